/**
 * Pairs requests with their answers. TTC is half-duplex: an answer is what comes until the client speaks again. Clients that ask several
 * things at once mark where each request ends, and servers where each answer does.
 */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { type Expected, readAnswer } from './answer.js'
import { callRow, servicesRow } from './call-row.js'
import { type Call, readCall, readRows } from './calls.js'
import { readConnect, readRedirect, readRefuse } from './connect.js'
import { connectRow } from './connect-row.js'
import { Connection } from './connection.js'
import { Exchange, type Half } from './exchange.js'
import type { OracleRow } from './fields.js'
import type { OracleMessage, Packet } from './messages.js'
import { actsOnCursor, DataFlag, Fn, isLogin, Tns, Ttc } from './names.js'
import type { OracleOptions } from './options.js'
import { decodeText } from './reader.js'

export type OracleSession = Session<OracleRow, OracleOptions>

/** Requests that may wait at a time: pipelines have some tens. */
const MAX_WAITING = 1000

export class OracleCorrelator implements Correlator<OracleMessage> {
  private readonly state: Connection
  private readonly waiting: Exchange[] = []
  /** An answer whose request was not seen. */
  private orphan: Exchange | undefined
  private readonly pieces: Record<Side, Trace | undefined> = { client: undefined, server: undefined }
  private acceptBody: Buffer | undefined
  /** The server marks where its answers end. */
  private marked = false
  /** The client said that it closes; answers may still come. */
  private closing: Trace | undefined

  constructor(private readonly session: OracleSession) {
    this.state = new Connection(session.flow.id)
  }

  private readonly hold = (bytes: number): boolean => this.session.hold?.(bytes) ?? true
  private readonly secret = (text: string): string => this.session.secret(text)

  see(side: Side, message: OracleMessage, at: Trace): void {
    if (message.kind === 'hole') {
      this.hole(side)
      return
    }
    if (this.state.cipher !== undefined) this.session.opaque?.(at.bytes)
    if (message.kind === 'piece') {
      this.pieces[side] = joined(this.pieces[side], at)
      return
    }
    const trace = joined(this.pieces[side], at)
    this.pieces[side] = undefined
    if (side === 'client') this.client(message, trace)
    else this.server(message, trace)
  }

  end(_why: EndReason, _at: Instant): void {
    this.finishOrphan()
    while (this.waiting.length > 0) this.finish()
    if (this.closing) this.notice('client', this.closing, 'disconnect', 'DISCONNECT', undefined, undefined)
  }

  private hole(side: Side): void {
    const first = this.waiting[0]
    if (side === 'server') {
      if (first) first.unsure = true
      else if (this.orphan) this.orphan.response.lost = true
    } else if (first?.answered) this.finish()
    else if (first) first.request.lost = true
  }

  private client(packet: Packet, at: Trace): void {
    switch (packet.header.type) {
      case Tns.CONNECT: {
        this.finishAll()
        const x = this.open('connect', packet, at)
        x.connect = readConnect(packet.body)
        break
      }
      case Tns.DATA:
        this.request(packet, at)
        break
      case Tns.MARKER:
      case Tns.ATTENTION:
        this.marker('client', packet, at)
        break
      case Tns.CONTROL:
        this.control('client', packet, at)
        break
      default:
        break
    }
  }

  private request(packet: Packet, at: Trace): void {
    const { state } = this
    if (state.cipher !== undefined) return
    const flags = packet.body.length >= 2 ? packet.body.readUInt16BE(0) : 0
    const content = packet.body.subarray(2)
    const last = this.waiting[this.waiting.length - 1]
    if (last?.kind === 'connect' && !last.result && last.connect && last.connect.text === '' && content[0] === 0x28) {
      last.request.seen(at)
      last.connectText += decodeText(content).slice(0, MAX_TEXT)
      marks(last.request, packet)
      return
    }
    if (content.length === 0 && packet.lost + packet.missing === 0) {
      if ((flags & DataFlag.EOF) !== 0) this.closing ??= at
      return
    }
    if (this.orphan) this.finishOrphan()
    // What follows belongs to the request before only while that was not answered and its last packet was full.
    const more = last?.kind === 'call' && !last.asked && !last.answered && this.goesOn(last.request, content)
    // Many clients mark the end of each request; only servers that mark theirs let requests overlap.
    if (!more && last && (!last.asked || (!this.marked && last.answered))) this.finishAll()
    else if (!more && !this.marked) while (this.waiting[0]?.answered) this.finish()
    const x = more ? last : this.open('call', packet, at)
    if (more) {
      x.request.seen(at)
      marks(x.request, packet)
    }
    x.request.take((flags & DataFlag.COMPRESSED) !== 0 ? EMPTY : content)
    x.request.lastLength = packet.header.length
    if ((flags & DataFlag.END_OF_REQUEST) !== 0) x.asked = true
    if (this.waiting.length > MAX_WAITING) {
      this.session.anomaly('oracle.unanswered', at, `${MAX_WAITING} requests wait for an answer`)
      this.finish()
    }
  }

  private goesOn(half: Half, content: Buffer): boolean {
    const full = this.state.sdu > 0 ? this.state.sdu * 0.9 : MIN_SDU
    if (half.lastLength >= full) return true
    return content[0] !== Ttc.FUNCTION && content[0] !== Ttc.PIGGYBACK
  }

  private server(packet: Packet, at: Trace): void {
    const first = this.waiting[0]
    switch (packet.header.type) {
      case Tns.ACCEPT:
      case Tns.REFUSE:
      case Tns.REDIRECT:
      case Tns.RESEND:
      case Tns.ABORT:
        this.connectAnswer(packet, at)
        break
      case Tns.DATA:
        if (this.state.cipher !== undefined) break
        if (first?.kind === 'connect' && first.result && content(packet)[0] === 0x28) {
          first.response.seen(at)
          first.answerText += decodeText(content(packet)).slice(0, MAX_TEXT)
          this.finish()
        } else this.answer(packet, at)
        break
      case Tns.MARKER:
      case Tns.ATTENTION:
        this.marker('server', packet, at)
        break
      case Tns.CONTROL:
        this.control('server', packet, at)
        break
      default:
        break
    }
  }

  private connectAnswer(packet: Packet, at: Trace): void {
    let x = this.waiting[0]
    if (x?.kind !== 'connect') {
      this.finishAll()
      x = new Exchange('connect', this.hold)
      this.waiting.push(x)
    }
    x.response.seen(at)
    marks(x.response, packet)
    const { type } = packet.header
    x.result = RESULTS[type]
    let more = false
    if (type === Tns.ACCEPT) this.acceptBody = Buffer.from(packet.body.subarray(0, 64))
    else if (type === Tns.REFUSE) {
      x.refuse = readRefuse(packet.body)
      x.answerText = x.refuse?.text ?? ''
      more = x.answerText === '' && (x.refuse?.length ?? 0) > 0
    } else if (type === Tns.REDIRECT) {
      x.redirect = readRedirect(packet.body)
      x.answerText = x.redirect?.text ?? ''
      more = x.answerText === '' && (x.redirect?.length ?? 0) > 0
    }
    if (!more) this.finish()
    this.acceptBody = undefined
  }

  private answer(packet: Packet, at: Trace): void {
    let x = this.waiting[0]
    if (x?.kind === 'connect') {
      this.finish()
      x = this.waiting[0]
    }
    if (!x) {
      this.orphan ??= new Exchange('call', this.hold)
      x = this.orphan
    }
    const flags = packet.body.length >= 2 ? packet.body.readUInt16BE(0) : 0
    const bytes = content(packet)
    x.response.seen(at)
    marks(x.response, packet)
    x.response.take((flags & DataFlag.COMPRESSED) !== 0 ? EMPTY : bytes)
    const services = bytes.length >= 4 && bytes.readUInt32BE(0) === 0xdeadbeef
    const marked = (flags & DataFlag.END_OF_RESPONSE) !== 0
    this.marked ||= marked
    if (services || marked) {
      if (x === this.orphan) this.finishOrphan()
      else this.finish()
    }
  }

  private open(kind: Exchange['kind'], packet: Packet, at: Trace): Exchange {
    const x = new Exchange(kind, this.hold)
    x.request.seen(at)
    marks(x.request, packet)
    this.waiting.push(x)
    return x
  }

  private finishAll(): void {
    this.finishOrphan()
    while (this.waiting.length > 0) this.finish()
  }

  private finishOrphan(): void {
    const x = this.orphan
    this.orphan = undefined
    if (x) this.finishCall(x)
  }

  private finish(): void {
    const x = this.waiting.shift()
    if (!x) return
    if (x.kind === 'connect') this.finishConnect(x)
    else this.finishCall(x)
  }

  private finishConnect(x: Exchange): void {
    const { row, query, resource, user, error, notes, answer } = connectRow(x, this.state, this.acceptBody, this.secret)
    const { send_request, send_response } = this.session.options
    const complete = completeness(x)
    this.session.emit({
      request: x.request.at,
      response: x.response.at,
      complete,
      status: error !== undefined || !x.answered || complete === 'orphan-response' ? 'Error' : 'OK',
      user,
      method: 'CONNECT',
      resource,
      query,
      error,
      session_event: true,
      ...(notes.length > 0 && { notes }),
      ...(send_request && query !== undefined && { request_text: query }),
      ...(send_response && answer && { response_text: answer }),
      row,
    })
  }

  private finishCall(x: Exchange): void {
    const { state, session } = this
    const asked = x.request.at !== undefined
    const request = x.request.content()
    const call = asked ? readCall(request) : undefined
    const known = call && call.sql === undefined ? state.cursor(call.cursor) : undefined
    if (call && known && known.binds.length > 0 && call.values.length === 0 && call.fn !== Fn.FETCH) boundAgain(request, known.binds, call)
    const bytes = x.response.content()
    const expected: Expected = {
      fn: call?.fn ?? 0,
      kind: call?.kind ?? 'data',
      columns: known?.columns,
      binds: call && call.binds.length > 0 ? call.binds : (known?.binds ?? []),
      keepRows: session.options.send_response ? session.options.max_rows : 0,
    }
    const isServices = call?.kind === 'na' || (bytes.length >= 4 && bytes.readUInt32BE(0) === 0xdeadbeef)
    const answer = bytes.length > 0 && !isServices ? readAnswer(bytes, expected, state.fields, state.tried) : undefined
    if (answer?.whole && answer.ended) state.tried = answer.fieldVersion
    if (answer?.serverFields !== undefined) state.fields = Math.min(answer.serverFields, state.clientFields ?? MAX_FIELDS)
    const made = callRow(call, answer, known, state, session.options, this.secret)
    if (call?.kind === 'types' && state.fields !== undefined && state.clientFields !== undefined)
      state.fields = Math.min(state.fields, state.clientFields)
    const { row, notes } = made
    if (isServices) {
      if (!asked) {
        row.request_type = 'services'
        made.method = 'SERVICES'
        made.housekeeping = true
      }
      state.cipher = servicesRow(request, bytes, row)
      if (state.cipher !== undefined) notes.push(`what follows is encrypted (${state.cipher}) and cannot be read`)
    }
    if (x.breakBy) {
      row.break_by = x.breakBy
      notes.push(`interrupted by a break of the ${x.breakBy}`)
    }
    if (x.request.over > 0) notes.push('the request was not kept whole')
    if (x.response.over > 0) notes.push('the answer was not kept whole')
    const complete = completeness(x)
    const failed = made.error !== undefined || !x.answered || complete === 'orphan-response'
    this.learn(call, known, answer, x, failed)
    const login = call !== undefined && (isLogin(call.fn) || call.fn === Fn.SESSION_KEY)
    if (complete === 'orphan-response') notes.push('the request was not seen')
    if (!login && made.user === undefined && !state.connectSeen && !state.loginSeen && !isServices) notes.push('login not seen')
    session.emit({
      request: x.request.at,
      response: x.response.at,
      complete,
      status: failed ? 'Error' : 'OK',
      user: made.user,
      method: made.method,
      resource: made.resource,
      query: made.query,
      params: made.params,
      error: made.error,
      rows: made.rows,
      session_event: made.housekeeping,
      ...(notes.length > 0 && { notes }),
      ...(session.options.send_request && made.query !== undefined && { request_text: made.query }),
      ...(session.options.send_response && made.text !== undefined && { response_text: made.text }),
      row,
    })
    x.request.release()
    x.response.release()
  }

  /** What later rows need: who is logged in, and which statement a cursor stands for. */
  private learn(
    call: Call | undefined,
    known: ReturnType<Connection['cursor']>,
    answer: ReturnType<typeof readAnswer> | undefined,
    x: Exchange,
    failed: boolean,
  ): void {
    const { state } = this
    if (!call) return
    if (isLogin(call.fn)) {
      state.loginSeen = true
      if (x.answered && !failed) state.user = state.proxy === undefined ? state.claimed : `${state.claimed ?? ''}[${state.proxy}]`
    }
    if (call.fn === Fn.LOGOFF && !failed) state.user = undefined
    const id = answer?.whole ? (answer.cursor ?? call.cursor) : call.cursor
    if (id === undefined || failed) return
    if (call.sql !== undefined)
      state.learn(id, { sql: call.sql, sqlBy: call.sqlBy ?? 'layout', binds: call.binds, columns: answer?.columns })
    else if (known && answer?.columns) known.columns = answer.columns
    if (actsOnCursor(call.fn) && known && answer?.columns) known.columns = answer.columns
  }

  /** A marker belongs to the call that it interrupts; one without a call has a row of its own. */
  private marker(side: Side, packet: Packet, at: Trace): void {
    const kind = packet.body[2] ?? 1
    const x = this.waiting[0]
    if (x && x.kind === 'call') {
      // Behind the answer it is the rest of a break that is told already.
      if (!x.answered) x.breakBy ??= side
      return
    }
    this.notice(side, at, 'marker', MARKERS[kind] ?? 'MARKER', undefined, undefined)
  }

  private control(side: Side, packet: Packet, at: Trace): void {
    const { body } = packet
    const command = body.length >= 2 ? body.readUInt16BE(0) : 0
    const code = command === CONTROL_ERROR && body.length >= 14 ? body.readUInt32BE(6) : undefined
    const facility = code !== undefined && body.readUInt32BE(2) === 22 ? 'ORA' : 'TNS'
    const error = code === undefined ? undefined : `${facility}-${String(code).padStart(5, '0')}`
    this.notice(side, at, 'control', 'CONTROL', error, error)
  }

  /** Something that has no answer, or is none. */
  private notice(side: Side, at: Trace, type: string, method: string, error: string | undefined, code: string | undefined): void {
    const row = this.state.common()
    row.request_type = type
    if (code !== undefined) row.error_code = code
    this.session.emit({
      ...(side === 'client' ? { request: at } : { response: at }),
      complete: 'complete',
      status: error === undefined ? 'OK' : 'Error',
      user: this.state.user,
      method,
      error,
      session_event: true,
      row,
    })
  }
}

const EMPTY = Buffer.alloc(0)
/** Highest version of fields that is known. */
const MAX_FIELDS = 24
/** Smallest session data unit there is. */
const MIN_SDU = 512
/** Characters of one data packet that carries connect data. */
const MAX_TEXT = 32_767
const CONTROL_ERROR = 8
const MARKERS: Readonly<Record<number, string>> = { 1: 'BREAK', 2: 'RESET', 3: 'INTERRUPT' }
const RESULTS: Readonly<Record<number, Exchange['result']>> = {
  [Tns.ACCEPT]: 'accept',
  [Tns.REFUSE]: 'refuse',
  [Tns.REDIRECT]: 'redirect',
  [Tns.RESEND]: 'resend',
  [Tns.ABORT]: 'abort',
}
const content = (packet: Packet): Buffer => packet.body.subarray(2)

function marks(half: Half, packet: Packet): void {
  if (packet.lost > 0) half.lost = true
  if (packet.missing > 0) half.truncated = true
  half.over += packet.left
}

function boundAgain(request: Buffer, binds: Parameters<typeof readRows>[2], call: Call): void {
  // Rows of values end the request; numbers before them are small, so the first marker that reads to the end is theirs.
  for (let at = 3; at < Math.min(request.length, 64); at++) {
    if (request[at] !== Ttc.ROW_DATA) continue
    readRows(request, at, binds, call)
    if (call.bindsRead) return
  }
}

const joined = (pieces: Trace | undefined, at: Trace): Trace => {
  if (!pieces) return at
  if (at.bytes > 0) pieces.extend(at)
  return pieces
}

function completeness(x: Exchange): Completeness {
  if (x.request.lost || x.response.lost || (x.unsure && x.answered)) return 'lost'
  if (x.request.truncated || x.response.truncated) return 'truncated'
  if (!x.answered) return x.unsure ? 'lost' : 'no-response'
  return x.request.at ? 'complete' : 'orphan-response'
}
