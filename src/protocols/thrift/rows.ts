/** Rows from calls and replies: names by the IDL, results, exceptions. */
import type { EndReason } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness } from '../../model/transaction.js'
import type { GivenFile } from '../../schema/options.js'
import type { Session } from '../protocol.js'
import { isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import type { ThriftRow } from './fields.js'
import { type Fields, type Idl, type IdlMethod, idlOf, type Type } from './idl.js'
import type { Message } from './messages.js'
import { applicationKind, Kind } from './names.js'
import type { Node, StructNode } from './nodes.js'
import { Texts } from './text.js'

export interface ThriftOptions {
  readonly send_request?: boolean
  readonly send_response?: boolean
  readonly transport_type: string
  readonly protocol_type: string
  readonly idl_files: readonly GivenFile[]
  readonly string_max_size: number
  readonly collection_max_size: number
  readonly drop_after_n_struct_fields: number
  readonly capture_reply: boolean
  readonly obfuscate_strings: boolean
}
export type ThriftSession = Session<ThriftRow, ThriftOptions>

/** A call that waits for its reply: its row is made at once, the values need not stay. */
export interface Pending {
  readonly seqid: number
  readonly name: string
  readonly method: IdlMethod | undefined
  readonly at: Trace
  readonly row: ThriftRow
  readonly params: string
  readonly size: number
  readonly notes: readonly string[]
  readonly fault: string
  doubtful: boolean
}

/** Methods whose arguments are a name and a password, where no IDL says which is which. */
const LOGIN = /^(?:log_?(?:in|on)|sign_?in|auth(?:enticate)?)$/i
const APPLICATION: Fields = new Map([
  [1, { id: 1, name: 'message', type: { is: 'base', name: 'string' } }],
  [2, { id: 2, name: 'type', type: { is: 'base', name: 'i32' } }],
])

export class Rows {
  private readonly idl: Idl | undefined
  private readonly texts: Texts

  constructor(private readonly session: ThriftSession) {
    this.idl = idlOf(session.options.idl_files)
    this.texts = new Texts(this.idl, session.options, (text) => session.secret(text))
  }

  pending(message: Message, at: Trace): Pending {
    const { start, root } = message
    const colon = start.name.indexOf(':')
    const name = start.name.slice(colon + 1)
    const service = colon > 0 ? start.name.slice(0, colon) : undefined
    const notes: string[] = []
    const method = this.method(name, service, root, notes)
    const row: ThriftRow = {
      service: service ?? method?.service,
      ...envelope(message),
      message_type: start.kind === Kind.oneway ? 'oneway' : 'call',
    }
    if (start.header && Object.keys(start.header.info).length > 0) row.headers = this.pairs(start.header.info)
    const hide = isSecretName(name) || (LOGIN.test(name) && !method)
    row.call_params = this.texts.struct(root, method?.params, hide)
    const params = JSON.stringify(this.texts.object(root, method?.params, hide))
    faultNote(message, 'the call', notes)
    return { seqid: start.seqid, name, method, at, row, params, size: message.size, notes, fault: message.fault, doubtful: false }
  }

  answered(call: Pending, message: Message, at: Trace): void {
    const notes = [...call.notes]
    const { row } = call
    row.oneway = false
    const told = this.result(row, message, call.method, isSecretName(call.name))
    if (message.fault === 'lost' || message.fault === 'cut') notes.push('packet loss while capturing the response')
    else faultNote(message, 'the reply', notes)
    this.emit(call, message, at, worst(call.fault, message.fault), told.failed ? 'Error' : 'OK', told.error, notes, told.text)
  }

  oneway(call: Pending): void {
    call.row.oneway = true
    this.emit(call, undefined, undefined, worst(call.fault, ''), 'OK', undefined, call.notes)
  }

  /** @param why the conversation is over, undefined = a later call was answered */
  unanswered(call: Pending, why: EndReason | undefined): void {
    const { doubtful } = call
    const assumed = why === undefined || why === 'close'
    const note = doubtful
      ? 'its reply may be among the bytes that were not captured'
      : assumed
        ? 'no reply: one-way, or never answered'
        : 'no reply was seen'
    const complete: Completeness = doubtful ? 'lost' : call.fault === '' ? 'no-response' : worst(call.fault)
    this.emit(call, undefined, undefined, complete, assumed && !doubtful && call.fault === '' ? 'OK' : 'Error', undefined, [
      ...call.notes,
      note,
    ])
  }

  orphan(message: Message, at: Trace): void {
    const notes: string[] = []
    const name = message.start.name.slice(message.start.name.indexOf(':') + 1)
    const method = this.method(name, undefined, undefined, notes)
    const row: ThriftRow = { service: method?.service, ...envelope(message) }
    const told = this.result(row, message, method, isSecretName(name))
    faultNote(message, 'the reply', notes)
    this.session.emit({
      response: at,
      complete: 'orphan-response',
      status: told.failed ? 'Error' : 'OK',
      method: name,
      resource: row.service,
      query: name,
      error: told.error,
      response_bytes: message.size,
      notes: notes.length > 0 ? notes : undefined,
      ...(this.session.options.send_response && { response_text: told.text }),
      row,
    })
  }

  private emit(
    call: Pending,
    reply: Message | undefined,
    response: Trace | undefined,
    complete: Completeness,
    status: 'OK' | 'Error',
    error: string | undefined,
    notes: readonly string[],
    text?: string,
  ): void {
    const query = call.name + call.row.call_params
    const { send_request, send_response } = this.session.options
    this.session.emit({
      request: call.at,
      response,
      complete,
      status,
      method: call.name,
      resource: call.row.service,
      query,
      params: call.params,
      error,
      request_bytes: call.size,
      response_bytes: reply?.size ?? 0,
      notes: notes.length > 0 ? notes : undefined,
      ...(send_request && { request_text: query }),
      ...(send_response && text !== undefined && { response_text: text }),
      row: call.row,
    })
  }

  /** Fills in what a reply says: field 0 is the result, any other an exception. */
  private result(
    row: ThriftRow,
    message: Message,
    method: IdlMethod | undefined,
    hide: boolean,
  ): { failed: boolean; error?: string; text: string } {
    const { root, start } = message
    const application = start.kind === Kind.exception
    if (!this.session.options.capture_reply) {
      row.return_value = ''
      return { failed: application, text: '' }
    }
    const { texts } = this
    const first = root.items[0]
    if (!application && (first === undefined || root.ids[0] === 0)) {
      row.return_value = first ? texts.value(first, method?.returns, hide) : ''
      if (first) row.result = texts.json(first, method?.returns, hide)
      return { failed: false, text: row.return_value }
    }
    row.return_value = ''
    row.exceptions = texts.struct(root, application ? undefined : method?.throws, false)
    if (application) {
      const values = texts.object(root, APPLICATION, false)
      row.exception_type = 'TApplicationException'
      row.exception_kind = applicationKind(typeof values.type === 'number' ? values.type : 0)
      row.exception = values
      return { failed: true, error: textOf(values.message) || row.exception_kind, text: `Exceptions: ${row.exceptions}` }
    }
    const declared = method?.throws.get(root.ids[0]!)
    const type = this.idl?.resolve(declared?.type)
    row.exception_type = type?.is === 'named' ? type.name.replace(/^.*\./, '') : undefined
    row.exception = texts.json(first!, declared?.type, false)
    return { failed: true, error: this.words(first!, type) ?? row.exceptions, text: `Exceptions: ${row.exceptions}` }
  }

  /** The text of an exception: its first string that is not a secret. */
  private words(node: Node, type: Type | undefined): string | undefined {
    if (node.t !== 'struct') return undefined
    const fields = this.idl?.fieldsOf(type)
    const at = node.items.findIndex(
      (item, i) => item.t === 'string' && item.size > 0 && !isSecretName(fields?.get(node.ids[i]!)?.name ?? ''),
    )
    return at < 0 ? undefined : textOf(this.texts.json(node.items[at]!, undefined, false))
  }

  private pairs(info: Readonly<Record<string, string>>): Record<string, string> {
    const out: Record<string, string> = {}
    const secret = (text: string) => this.session.secret(text)
    for (const [name, value] of Object.entries(info))
      Object.defineProperty(out, name, {
        value: isSecretName(name) && value !== '' ? secret(value) : maskText(value, secret),
        enumerable: true,
      })
    return out
  }

  /** The method of that name; among services that share it, the one whose arguments these can be. */
  private method(name: string, service: string | undefined, root: StructNode | undefined, notes: string[]): IdlMethod | undefined {
    let all = this.idl?.methods.get(name)
    if (!all || all.length === 0) return undefined
    if (service !== undefined) {
      for (let at: string | undefined = service, i = 0; at !== undefined && i < 32; at = this.idl!.extending.get(at), i++) {
        const own = all.find((one) => one.service === at)
        if (own) return own
      }
    }
    if (all.length > 1 && root) {
      const fitting = all.filter((one) => root.items.every((item, i) => fits(item, this.idl!.resolve(one.params.get(root.ids[i]!)?.type))))
      if (fitting.length > 0) all = fitting
      if (all.length > 1) notes.push(`${name} is declared by ${all.map((one) => one.service).join(', ')}; the first was taken`)
    }
    return all[0]
  }
}

const WIRE: Readonly<Record<string, string>> = { bool: 'bool', double: 'double', string: 'string', binary: 'string', uuid: 'string' }

/** Can a value be of that type? An undeclared argument (no type) is none of this method's. */
function fits(node: Node, type: Type | undefined): boolean {
  if (!type) return false
  if (type.is === 'base') return node.t === (WIRE[type.name] ?? 'int')
  if (type.is === 'map') return node.t === 'map'
  if (type.is === 'list') return node.t === 'list' || node.t === 'set'
  return node.t === 'struct' || node.t === 'int'
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const envelope = ({ start }: Message): ThriftRow => ({
  seqid: start.seqid,
  protocol_type: start.protocol === 'old' ? 'binary-old' : start.protocol,
  transport_type: start.header ? 'header' : start.frame > 0 ? 'framed' : 'socket',
  transforms: start.header && start.header.transforms.length > 0 ? start.header.transforms : undefined,
})

function faultNote(message: Message, what: string, notes: string[]): void {
  if (message.fault === 'lost') notes.push(`${message.lost} bytes of ${what} were not captured`)
  else if (message.fault === 'cut') notes.push(`${what} ends in the middle`)
  else if (message.fault !== '') notes.push(`${what} is damaged: ${message.fault}`)
}

const worst = (...faults: string[]): Completeness =>
  faults.includes('lost') ? 'lost' : faults.some((fault) => fault !== '') ? 'truncated' : 'complete'
