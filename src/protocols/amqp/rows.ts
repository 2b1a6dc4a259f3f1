/** Gives the rows, with what the connection knows: user, virtual host, whether its login was seen. */
import type { Instant } from '../../model/instant.js'
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Session } from '../protocol.js'
import type { Content } from './channel.js'
import type { AmqpRow } from './fields.js'
import type { MethodMessage } from './messages.js'
import { bodyText, putArguments, putProperties, queryOf, resourceOf } from './row.js'

export interface AmqpOptions {
  readonly send_request: boolean
  readonly send_response: boolean
  readonly max_body_length: number
  readonly parse_headers: boolean
  readonly parse_arguments: boolean
  readonly hide_connection_information: boolean
}
export type AmqpSession = Session<AmqpRow, AmqpOptions>

/** What one row is made of; the two traces are in the order of the wire, whoever asked. */
export interface Draft {
  readonly row: AmqpRow
  readonly name: string
  readonly query: string
  readonly resource?: string | undefined
  readonly channel: number
  /** Who sent `first`. */
  readonly from: Side
  readonly first?: Trace | undefined
  readonly second?: Trace | undefined
  readonly answered?: Instant | undefined
  readonly complete: Completeness
  readonly failed?: boolean
  readonly error?: string | undefined
  readonly rows?: number | undefined
  readonly notes?: string[]
  readonly requestBytes?: number
  readonly responseBytes?: number
  readonly requestText?: string | undefined
  readonly responseText?: string | undefined
  readonly sessionEvent?: boolean
}

const HOUSEKEEPING = new Set([
  'connection.start',
  'connection.secure',
  'connection.tune',
  'connection.open',
  'connection.update-secret',
  'channel.open',
  'channel.flow',
  'basic.qos',
  'heartbeat',
])

const NAME_ONLY = /^(?:basic\.n?ack|(?:connection|channel)\.\w+)$/

export class Rows {
  user: string | undefined
  vhost: string | undefined
  /** The capture began after the login. */
  midStream = false

  constructor(private readonly session: AmqpSession) {}

  readonly secret = (text: string): string => this.session.secret(text)

  get options(): AmqpOptions {
    return this.session.options
  }

  anomaly(code: string, at?: Trace, detail?: string): void {
    this.session.anomaly(code, at, detail)
  }

  emit(draft: Draft): void {
    const { row, from, first, second } = draft
    const { options } = this
    row.action = `amqp.${draft.name}`
    row.channel = draft.channel
    row.vhost ??= this.vhost
    const notes = draft.notes ?? []
    if (this.midStream) notes.push('login not seen')
    // What the server asks (close, flow) is the request all the same: it comes first, and the client's octets are the client's.
    const pushed = from === 'server' && second === undefined && draft.complete === 'complete'
    const asked = from === 'client' ? first : second
    const told = from === 'client' ? second : first
    const hidden = options.hide_connection_information && (draft.sessionEvent ?? HOUSEKEEPING.has(draft.name))
    const tx: Transaction<AmqpRow> = {
      request: pushed ? undefined : first,
      response: pushed ? first : second,
      answered: draft.answered,
      complete: draft.complete,
      status: draft.failed ? 'Error' : 'OK',
      user: this.user,
      method: draft.name,
      resource: draft.resource,
      query: draft.query,
      error: draft.error,
      rows: draft.rows,
      request_bytes: draft.requestBytes ?? asked?.bytes ?? 0,
      response_bytes: draft.responseBytes ?? told?.bytes ?? 0,
      notes: notes.length > 0 ? notes : undefined,
      session_event: hidden,
      ...(options.send_request && draft.requestText !== undefined && { request_text: draft.requestText }),
      ...(options.send_response && draft.responseText !== undefined && { response_text: draft.responseText }),
      row,
    }
    this.session.emit(tx)
  }

  /** Room for a body that some option wants to see. */
  keep(content: Content, buf: Buffer, start: number, end: number): void {
    const { options } = this
    const wanted = content.side === 'client' ? options.send_request : options.send_response
    if (!wanted) return
    const take = Math.min(end - start, options.max_body_length - content.keptBytes)
    if (take <= 0 || !(this.session.hold?.(take) ?? true)) return
    content.kept.push(Buffer.from(buf.subarray(start, start + take)))
    content.keptBytes += take
  }

  release(content: Content): void {
    if (content.keptBytes > 0) this.session.hold?.(-content.keptBytes)
    content.kept = []
  }

  /** Row, body text and size of a content. */
  contentRow(
    content: Content,
    message: MethodMessage,
    queue: string | undefined,
  ): { row: AmqpRow; text: string | undefined; size: number } {
    const row: AmqpRow = {}
    if (content.asked) putArguments(row, content.asked.message, this.secret)
    putArguments(row, message, this.secret)
    if (queue) row.queue ??= queue
    const { header } = content
    const size = header?.size ?? content.received
    if (header) {
      putProperties(row, header.properties, this.secret)
      row.body_size = size
    }
    if (content.lost > 0) row.body_lost_bytes = content.lost
    const wanted = content.side === 'client' ? this.options.send_request : this.options.send_response
    const text = wanted
      ? bodyText(Buffer.concat(content.kept), content.keptBytes >= size, header?.properties ?? {}, this.secret)
      : undefined
    this.release(content)
    return { row, text, size }
  }

  /** Row of a method without content, and of what answered it. */
  methodRow(
    message: MethodMessage,
    answer: MethodMessage | undefined,
  ): { row: AmqpRow; query: string; resource: string | undefined; request: string } {
    const row: AmqpRow = {}
    putArguments(row, message, this.secret)
    if (message.name === 'connection.update-secret' && typeof message.args['new-secret'] === 'string')
      row.auth_secret = this.secret(message.args['new-secret'])
    if (answer) putArguments(row, answer, this.secret)
    const query = queryOf(message, row)
    // As Packetbeat has it: no tags of acknowledgements, no words of a close.
    const request = NAME_ONLY.test(message.name) ? message.name : query
    return { row, query, resource: resourceOf(message, row), request }
  }
}
