/**
 * Pairs answers with requests by requestID and responseTo, in whatever order they come. A request may be answered once, never
 * (moreToCome, legacy writes), or many times (exhaust): then each answer names the one before it, and each is a row.
 */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { type Answer, readAnswer } from './answer.js'
import { type Ask, readAsk } from './ask.js'
import type { Cursors } from './cursors.js'
import type { MongodbRow } from './fields.js'
import { isLoginCommand, Secrecy } from './masking.js'
import type { Message, MongoMessage } from './messages.js'
import { isAnswer } from './names.js'
import type { MongodbOptions } from './options.js'
import { SessionFacts } from './session-facts.js'

export type MongodbSession = Session<MongodbRow, MongodbOptions, Cursors>

/** Requests that wait for an answer: drivers have one, proxies some dozens. */
const MAX_WAITING = 1024
/** Answers that wait for a request, captured out of order; and how many requests may come before one is given up. */
const MAX_EARLY = 64
const MAX_LATE = 32
/** Bytes counted for a waiting request beside its texts. */
const BASE = 1024

interface Waiting {
  readonly ask: Ask
  readonly at: Trace
  readonly held: number
  /** Answers so far. */
  answers: number
  /** Bytes of the server were lost while it waited. */
  lost: boolean
}
interface Early {
  readonly answer: Answer
  readonly at: Trace
  /** Requests that had been seen when it came. */
  readonly asked: number
}

export class MongoCorrelator implements Correlator<MongoMessage> {
  private readonly facts = new SessionFacts()
  private readonly waiting = new Map<number, Waiting>()
  private readonly early = new Map<number, Early>()
  private readonly parts: { client?: Trace | undefined; server?: Trace | undefined } = {}
  private readonly secret: (text: string) => string
  private asked = 0
  private clientLost = false
  private serverName: string | undefined

  constructor(private readonly session: MongodbSession) {
    this.secret = (text) => session.secret(text)
  }

  /** Where the message that is being read has come to, for anomalies of the parsers. */
  odd(code: string, detail: string): void {
    this.session.anomaly(code, undefined, detail)
  }

  see(side: Side, message: MongoMessage, at: Trace): void {
    let trace = this.parts[side]
    if (trace) trace.extend(at)
    else trace = message.part ? at.copy() : at
    if (message.part) {
      this.parts[side] = trace
      return
    }
    this.parts[side] = undefined
    if (side === 'client') {
      if (isAnswer(message.op)) this.odd('mongodb.wrong-side', 'the client sent an answer')
      else this.request(message, trace)
    } else this.response(message, trace)
  }

  gap(side: Side, _bytes: number): void {
    if (side === 'client') {
      this.clientLost = true
      return
    }
    for (const one of this.waiting.values()) one.lost = true
  }

  end(_why: EndReason, _at: Instant): void {
    for (const one of this.waiting.values()) this.unanswered(one)
    for (const one of this.early.values()) this.orphan(one.answer, one.at)
    this.waiting.clear()
    this.early.clear()
  }

  private request(message: Message, at: Trace): void {
    this.asked++
    const { session } = this
    const ask = readAsk(message, session.options, this.secret)
    this.facts.asked(ask)
    if (ask.row.cursor_id !== undefined) this.link(ask)
    if (ask.silent) {
      this.emit(ask, undefined, at, undefined, ask.truncated ? 'truncated' : ask.lost ? 'lost' : 'complete')
      return
    }
    const before = this.waiting.get(message.requestId)
    if (before) {
      this.waiting.delete(message.requestId)
      this.unanswered(before)
    }
    const held = BASE + sizeOf(ask)
    const one: Waiting = { ask, at, held, answers: 0, lost: false }
    const early = this.early.get(message.requestId)
    if (early) {
      this.early.delete(message.requestId)
      this.hideQuoted(early.answer, ask.secrets)
      if (!this.pair(one, early.answer, early.at)) return
    }
    if (this.waiting.size >= MAX_WAITING || session.hold?.(held) === false) {
      session.anomaly('mongodb.requests-waiting', at)
      const [id, oldest] = this.waiting.entries().next().value ?? []
      if (id === undefined || !oldest) {
        this.unanswered({ ...one, held: 0 })
        return
      }
      this.waiting.delete(id)
      this.unanswered(oldest)
      if (session.hold?.(held) === false) {
        this.unanswered({ ...one, held: 0 })
        return
      }
    }
    this.waiting.set(early ? early.answer.requestId : message.requestId, one)
    for (const [id, old] of this.early) {
      if (this.asked - old.asked <= MAX_LATE) break
      this.early.delete(id)
      this.orphan(old.answer, old.at)
    }
  }

  /** An answer that was read before its request: what it quotes of the request's secrets. */
  private hideQuoted(answer: Answer, secrets: readonly string[]): void {
    const hidden = (text: string | undefined): string | undefined => {
      let out = text
      for (const one of secrets) {
        out = out?.replaceAll(one, this.secret(one))
        const escaped = JSON.stringify(one).slice(1, -1)
        if (escaped !== one) out = out?.replaceAll(escaped, this.secret(escaped))
      }
      return out
    }
    answer.error = hidden(answer.error)
    answer.text = hidden(answer.text)
    answer.row.error_document = hidden(answer.row.error_document)
  }

  private response(message: Message, at: Trace): void {
    const one = this.waiting.get(message.responseTo)
    const { session } = this
    const secrecy = one?.ask.method !== undefined && isLogin(one.ask) ? Secrecy.login : Secrecy.none
    const answer = readAnswer(message, session.options, this.secret, one?.ask.command, one?.ask.secrets ?? [], secrecy)
    if (!one) {
      const late = this.early.get(message.responseTo)
      if (late) this.orphan(late.answer, late.at)
      else if (this.early.size >= MAX_EARLY) {
        const [id, oldest] = this.early.entries().next().value!
        this.early.delete(id)
        this.orphan(oldest.answer, oldest.at)
      }
      this.early.delete(message.responseTo)
      this.early.set(message.responseTo, { answer, at, asked: this.asked })
      return
    }
    this.waiting.delete(message.responseTo)
    if (this.pair(one, answer, at)) this.waiting.set(answer.requestId, one)
    else session.hold?.(-one.held)
  }

  /** Gives the row; says whether another answer will come. */
  private pair(one: Waiting, answer: Answer, at: Trace): boolean {
    const { ask } = one
    one.answers++
    one.lost = false
    const truncated = ask.truncated || answer.truncated
    const complete = truncated ? 'truncated' : ask.lost || answer.lost ? 'lost' : 'complete'
    this.facts.answered(ask, answer)
    this.cursors(ask, answer)
    const first = one.answers === 1
    // An exhaust cursor of OP_QUERY goes on while it is open.
    const more = answer.more || (ask.exhaust && !ask.command && (answer.cursor ?? 0n) !== 0n)
    this.emit(ask, answer, first ? one.at : undefined, at, complete, more || !first)
    return more
  }

  private unanswered(one: Waiting): void {
    this.session.hold?.(-one.held)
    // One that was answered already has its rows.
    if (one.answers > 0) return
    const { ask } = one
    this.emit(ask, undefined, one.at, undefined, ask.truncated ? 'truncated' : ask.lost || one.lost ? 'lost' : 'no-response')
  }

  private orphan(answer: Answer, at: Trace): void {
    const row = answer.row
    row.opcode = answer.opcode
    row.compressor = answer.compressor
    this.facts.put(row)
    const notes = answer.notes
    if (this.clientLost) notes.push('bytes of the client were not captured')
    this.session.emit({
      response: at,
      complete: answer.truncated ? 'truncated' : answer.lost ? 'lost' : 'orphan-response',
      status: answer.failed ? 'Error' : 'OK',
      user: this.facts.user,
      error: answer.error,
      rows: answer.rows,
      notes: notes.length > 0 ? notes : undefined,
      // Heartbeats and hellos are answered alike.
      session_event: answer.hello || undefined,
      response_text: answer.text,
      row: withCursor(row, answer),
    })
  }

  private emit(
    ask: Ask,
    answer: Answer | undefined,
    request: Trace | undefined,
    response: Trace | undefined,
    complete: Completeness,
    exhaust = false,
  ): void {
    // A request that is answered again needs its columns again.
    const row: MongodbRow = exhaust ? { ...ask.row } : ask.row
    if (answer) {
      fill(row, answer.row)
      row.compressor ??= answer.compressor
      withCursor(row, answer)
    }
    if (exhaust) row.exhaust = true
    this.facts.put(row)
    const notes = answer ? [...ask.notes, ...answer.notes] : [...ask.notes]
    if (this.facts.middle && this.facts.user === undefined && row.auth_user === undefined) notes.push('login not seen')
    if (exhaust && !request) notes.push(`a further answer to request ${ask.requestId}`)
    const tx: Transaction<MongodbRow> = {
      request,
      response,
      complete,
      status: answer ? (answer.failed ? 'Error' : 'OK') : ask.silent && complete === 'complete' ? 'OK' : 'Error',
      user: this.facts.userOf(ask),
      method: ask.method,
      resource: ask.resource,
      query: ask.query,
      error: answer?.error,
      rows: answer?.rows,
      notes: notes.length > 0 ? notes : undefined,
      session_event: ask.sessionEvent || undefined,
      request_text: ask.text,
      response_text: answer?.text,
      row,
    }
    this.session.emit(tx)
  }

  private get server(): string {
    this.serverName ??= `${this.session.flow.server.ip}:${this.session.flow.server.port}`
    return this.serverName
  }

  /** Of getMore and killCursors: who opened the cursor. */
  private link(ask: Ask): void {
    const { row } = ask
    const opened = this.session.shared.of(this.server, row.cursor_id!)
    if (!opened) return
    row.origin_flow = opened.flow
    row.origin_request_id = opened.requestId
    row.origin_query = opened.query
    // OP_KILL_CURSORS names no collection.
    if (ask.resource === undefined && opened.resource !== undefined) {
      ask.resource = opened.resource
      ask.query = `${opened.resource}.${ask.query ?? ''}`
    }
  }

  private cursors(ask: Ask, answer: Answer): void {
    const { cursor } = answer
    if (ask.row.cursor_id !== undefined) {
      if (cursor === 0n || (ask.method === 'killCursors' && !answer.failed)) this.session.shared.closed(this.server, ask.row.cursor_id)
    } else if (cursor !== undefined && cursor !== 0n)
      this.session.shared.opened(this.server, cursor, {
        flow: this.session.flow.id,
        requestId: ask.requestId,
        query: ask.query,
        resource: ask.resource,
      })
  }
}

const isLogin = (ask: Ask): boolean => ask.login !== undefined || isLoginCommand(ask.method ?? '')

/** The cursor of a getMore stays the one that it named. */
function withCursor(row: MongodbRow, answer: Answer): MongodbRow {
  const { cursor } = answer
  if (cursor === undefined) return row
  row.cursor_id ??= String(cursor)
  row.cursor_exhausted = cursor === 0n
  return row
}

function fill(row: MongodbRow, from: MongodbRow): void {
  const shortened = row.shortened && from.shortened ? [...row.shortened, ...from.shortened].map(String) : undefined
  const to = row as Record<string, unknown>
  for (const [name, value] of Object.entries(from)) if (value !== undefined) to[name] = value
  if (shortened) row.shortened = shortened
}

/** Characters of a request's texts, roughly its bytes. */
function sizeOf(ask: Ask): number {
  const { row } = ask
  let size = (ask.query?.length ?? 0) + (ask.text?.length ?? 0)
  for (const text of [row.filter, row.changes, row.pipeline, row.documents, row.projection, row.sort]) size += text?.length ?? 0
  return size
}
