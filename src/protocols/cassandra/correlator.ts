/** Pairs requests and answers by their stream id, whatever the order, and gives the rows. */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { type Answered, answer } from './answer.js'
import { ask, bind, executes } from './ask.js'
import { type Asked, type CassandraRow, newRow } from './asked.js'
import { BodyCompression } from './compression.js'
import type { ConnectionState } from './connection.js'
import { EarlyAnswers } from './early.js'
import type { Header } from './header.js'
import type { CassandraMessage, Frame } from './messages.js'
import { Flag, flagText, Op, opName } from './names.js'
import type { StatementCache } from './statements.js'

export interface CassandraOptions {
  readonly send_request: boolean
  readonly send_response: boolean
  readonly send_request_header: boolean
  readonly send_response_header: boolean
  readonly compressor: string
  readonly ignored_ops: readonly string[]
  readonly max_rows: number
  readonly max_row_length: number
}
export type CassandraSession = Session<CassandraRow, CassandraOptions, StatementCache>

export class CassandraCorrelator implements Correlator<CassandraMessage> {
  private readonly state: ConnectionState
  /** By stream id. Ids have 16 bits, so there are never more than 65536. */
  private readonly waiting = new Map<number, Asked>()
  private readonly pieces: Record<Side, Trace | undefined> = { client: undefined, server: undefined }
  private readonly early = new EarlyAnswers()
  private readonly ignored: ReadonlySet<string>

  constructor(private readonly session: CassandraSession) {
    const { flow, options } = session
    const { port, ip } = flow.server
    this.state = {
      secret: (text) => session.secret(text),
      mask: session.secret(''),
      statements: session.shared,
      compression: new BodyCompression(options.compressor),
      server: ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`,
      startupSeen: false,
      loginAsked: false,
      claimed: undefined,
      user: undefined,
      keyspace: undefined,
      serverHoles: 0,
      clientHoles: 0,
    }
    this.ignored = new Set(options.ignored_ops.map((op) => op.trim().toUpperCase()))
  }

  see(side: Side, message: CassandraMessage, at: Trace): void {
    if (message.kind === 'hole') this.gap(side)
    else if (message.kind === 'piece') this.pieces[side] = joined(this.pieces[side], at)
    else {
      const trace = joined(this.pieces[side], at)
      this.pieces[side] = undefined
      if (side === 'client') this.request(message, trace)
      else this.response(message, trace)
    }
  }

  gap(side: Side): void {
    if (side === 'server') this.state.serverHoles++
    else this.state.clientHoles++
  }

  end(_why: EndReason, _at: Instant): void {
    for (const { frame, at } of this.early.all()) this.answered(undefined, frame, at)
    for (const asked of this.waiting.values()) this.unanswered(asked)
    this.waiting.clear()
  }

  private request(frame: Frame, at: Trace): void {
    const { stream } = frame.header
    const orphan = this.early.asked(stream, at)
    if (orphan) this.answered(undefined, orphan.frame, orphan.at)
    const before = this.waiting.get(stream)
    const early = before && before.serverHoles === this.state.serverHoles ? this.early.take(stream) : undefined
    if (before && early) {
      this.waiting.delete(stream)
      this.answered(before, early.frame, early.at)
    } else if (before) {
      this.waiting.delete(stream)
      if (before.serverHoles === this.state.serverHoles) this.session.anomaly('cassandra.stream-reused', at, `stream ${stream}`)
      this.unanswered(before)
    }
    const body = this.plain(frame, at, 'request')
    const asked = ask(frame, body, at, this.state)
    tellCut(frame, asked.notes, 'request')
    if (body === undefined) asked.notes.push('the compressed body of the request could not be read')
    if (this.session.hold && !this.session.hold(asked.weight)) {
      asked.notes.push('the statement was not kept, for lack of memory')
      asked.query = undefined
      asked.params = undefined
      asked.prepares = undefined
      asked.raw = undefined
      asked.row.request_query = undefined
      asked.weight = 0
    }
    this.waiting.set(stream, asked)
  }

  private response(frame: Frame, at: Trace): void {
    const h = frame.header
    if (h.op === Op.EVENT) {
      this.answered(undefined, frame, at)
      return
    }
    const asked = this.waiting.get(h.stream)
    if (!asked) {
      if (!this.early.keep(frame, at)) this.answered(undefined, frame, at)
      return
    }
    this.waiting.delete(h.stream)
    const orphan = this.early.take(h.stream)
    if (orphan) this.answered(undefined, orphan.frame, orphan.at)
    this.answered(asked, frame, at)
  }

  private answered(asked: Asked | undefined, frame: Frame, at: Trace): void {
    const h = frame.header
    if (asked) this.catchUp(asked)
    const { max_rows, max_row_length, send_response } = this.session.options
    const limits = send_response && max_rows > 0 ? { rows: max_rows, length: max_row_length } : undefined
    const body = this.plain(frame, at, 'response')
    const user = this.state.user
    const row = this.rowOf(asked)
    const answered = answer(frame, body, asked, this.state, send_response ? row : {}, limits)
    tellCut(frame, answered.notes, 'response')
    if (body === undefined) answered.notes.push('the compressed body of the response could not be read')
    for (const [code, detail] of answered.odd) this.session.anomaly(code, at, detail)
    if (h.op === Op.READY && asked?.header.op === Op.STARTUP) this.state.loginAsked = false
    this.emit(asked, row, frame, at, answered, user)
  }

  /** A statement that was not known when it was executed: its preparation may have been captured since. */
  private catchUp(asked: Asked): void {
    const { row, raw } = asked
    if (asked.statement || row.statement_id === undefined) return
    const statement = this.state.statements.find(row.statement_id, this.state.server)
    if (statement) {
      executes(asked, statement, asked.header, this.state)
      if (raw) bind(asked, raw, statement, statement.query, asked.header, this.state)
    } else asked.notes.push('the preparation of the statement was not seen')
    asked.raw = undefined
  }

  private unanswered(asked: Asked): void {
    this.catchUp(asked)
    this.emit(asked, this.rowOf(asked), undefined, undefined, undefined, this.state.user)
  }

  /** The request's columns, to which the answer's are added. */
  private rowOf(asked: Asked | undefined): CassandraRow {
    if (!asked) return newRow()
    return this.session.options.send_request ? asked.row : ownOf(asked.row)
  }

  private emit(
    asked: Asked | undefined,
    row: CassandraRow,
    frame: Frame | undefined,
    at: Trace | undefined,
    a: Answered | undefined,
    user: string | undefined,
  ): void {
    if (asked) this.session.hold?.(-asked.weight)
    const asks = asked?.header
    const answers = frame?.header
    if (this.isIgnored(asks) || this.isIgnored(answers)) return
    const { options } = this.session
    if (answers?.op === Op.EVENT) row.no_request = true
    if (asked?.keyspace !== undefined && hasStatement(asked)) row.keyspace = asked.keyspace
    if (asks && options.send_request && options.send_request_header) putRequestHeader(row, asks)
    if (answers && options.send_response && options.send_response_header) putResponseHeader(row, answers)
    const compressed = (h: Header | undefined, segmented: boolean): boolean =>
      h !== undefined && !segmented && (h.flags & Flag.COMPRESSED) !== 0
    if (compressed(asks, false) || compressed(answers, frame?.segmented ?? false)) row.compression = this.state.compression.name
    const notes = asked ? [...asked.notes, ...(a?.notes ?? [])] : [...(a?.notes ?? [])]
    const complete = this.completeness(asked, frame)
    if (complete === 'orphan-response') notes.push('the request was not seen')
    if (!frame && complete === 'lost' && !asked?.lost) notes.push('the answer may be among bytes that were not captured')
    this.tellLogin(asks, answers, user, notes)
    const login = asks?.op === Op.AUTH_RESPONSE || asks?.op === Op.CREDENTIALS
    const failed = !frame || answers?.op === Op.ERROR
    this.session.emit({
      request: asked?.at,
      response: at,
      complete,
      status: failed || complete === 'orphan-response' ? 'Error' : 'OK',
      user: login ? asked?.login : user,
      method: asked?.method ?? (answers ? opName(answers.op) : undefined),
      resource: a?.resource ?? asked?.resource,
      query: asked?.query,
      params: asked?.params,
      error: a?.error,
      rows: a?.rows,
      ...(asks && { request_bytes: asks.size + asks.length }),
      ...(answers && { response_bytes: answers.size + answers.length }),
      ...(notes.length > 0 && { notes }),
      ...(options.send_request && asked?.query !== undefined && { request_text: asked.query }),
      ...(options.send_response && a?.text !== undefined && { response_text: a.text }),
      row,
    })
  }

  private completeness(asked: Asked | undefined, frame: Frame | undefined): Completeness {
    if (asked?.lost || (frame && frame.lost > 0)) return 'lost'
    if (asked?.truncated || (frame && frame.missing > 0)) return 'truncated'
    if (!frame) return asked && asked.serverHoles !== this.state.serverHoles ? 'lost' : 'no-response'
    return asked || frame.header.op === Op.EVENT ? 'complete' : 'orphan-response'
  }

  /** Whoever reads the row must know when the user is unknown because the login was not captured. */
  private tellLogin(asks: Header | undefined, answers: Header | undefined, user: string | undefined, notes: string[]): void {
    if (user !== undefined || answers?.op === Op.EVENT) return
    const op = asks?.op
    if (op === Op.STARTUP || op === Op.OPTIONS || op === Op.AUTH_RESPONSE || op === Op.CREDENTIALS) return
    if (!this.state.startupSeen || this.state.loginAsked) notes.push('login not seen')
  }

  private isIgnored(h: Header | undefined): boolean {
    return h !== undefined && this.ignored.size > 0 && this.ignored.has(opName(h.op))
  }

  /** The body as its sender wrote it, or undefined when it cannot be read. */
  private plain(frame: Frame, at: Trace, what: string): Buffer | undefined {
    const { header, body } = frame
    if (frame.segmented || (header.flags & Flag.COMPRESSED) === 0 || header.length === 0) return body
    if (frame.cut) return undefined
    const plain = this.state.compression.undo(body)
    if (!plain) this.session.anomaly('cassandra.decompress', at, `a ${what} of ${header.length} bytes`)
    return plain
  }
}

const joined = (pieces: Trace | undefined, at: Trace): Trace => {
  if (!pieces) return at
  // Told by a loss or the end: no packet of it came.
  if (at.bytes > 0) pieces.extend(at)
  return pieces
}

function tellCut(frame: Frame, notes: string[], what: string): void {
  const { lost, missing, header, body } = frame
  if (lost > 0) notes.push(`${lost} of ${header.length} bytes of the ${what} were not captured`)
  else if (missing > 0) notes.push(`${missing} of ${header.length} bytes of the ${what} did not come`)
  else if (frame.cut) notes.push(`the ${what} has ${header.length} bytes; its first ${body.length} were read`)
}

const hasStatement = (asked: Asked): boolean => {
  const op = asked.header.op
  return op === Op.QUERY || op === Op.PREPARE || op === Op.EXECUTE || op === Op.BATCH
}

function putRequestHeader(row: CassandraRow, h: Header): void {
  row.request_version = String(h.version)
  row.request_flags = flagText(h.flags)
  row.request_stream = h.stream
  row.request_op = opName(h.op)
  row.request_length = h.length
}

function putResponseHeader(row: CassandraRow, h: Header): void {
  row.response_version = String(h.version)
  row.response_flags = flagText(h.flags)
  row.response_stream = h.stream
  row.response_op = opName(h.op)
  row.response_length = h.length
}

/** Without send_request: what is not a copy of the request itself. */
function ownOf(row: CassandraRow): CassandraRow {
  const { fingerprint, tables, consistency, statement_id } = row
  return { ...newRow(), fingerprint, tables, consistency, statement_id }
}
