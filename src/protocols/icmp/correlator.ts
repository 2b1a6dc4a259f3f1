/**
 * Pairs requests with replies by type, identifier and sequence; every other message is a transaction of its own.
 *
 * Time is the packets': a request that saw no reply for ANSWER_WITHIN seconds is given up when the next packet comes.
 */
import { nanosecondsBetween } from '../../model/instant.js'
import { otherSide, type Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { ANY_GROUP, type Asker, type Askers, isGroup, type Quoted } from './askers.js'
import type { IcmpRow } from './fields.js'
import { messageName, requestOf, typeName } from './names.js'
import type { IcmpMessage } from './parser.js'
import { Replies, type Seen } from './seen.js'

/** Requests waiting per flow: a flood ping that nobody answers must not grow memory; about 1 MiB at most. */
export const MAX_WAITING = 4096
/** Answered requests remembered per flow to tell a second reply from one whose request was not seen. */
const MAX_ANSWERED = 1024
/** Longer than any reply is late in practice: satellites and full buffers delay by tens of seconds. */
const ANSWER_WITHIN = 60

export const notes = {
  unanswered: 'No reply to this request was captured.',
  orphan: 'No request for this reply was captured.',
  repeatedRequest: 'Another request with the same identifier and sequence number followed before a reply.',
  repeatedReply: 'A further reply to a request that was already answered.',
  evicted: `Given up because more than ${MAX_WAITING} requests were waiting.`,
  short: 'The message is shorter than its type requires.',
}

export class IcmpCorrelator implements Correlator<IcmpMessage>, Asker {
  /** By `keyOf`, in the order in which they were asked. */
  private readonly waiting = new Map<number, Seen>()
  private readonly answered = new Set<number>()
  private overflowed = false
  /** Sides that have asked and can be found by `session.shared`. */
  private readonly known = new Set<Side>()

  constructor(
    private readonly session: Session<IcmpRow, unknown, Askers>,
    private readonly version: 4 | 6,
  ) {}

  see(side: Side, message: IcmpMessage, at: Trace): void {
    if (message.short)
      this.session.anomaly('icmp.short', at, `${typeName(this.version, message.type)} with ${message.bytes} bytes of body.`)
    const seen = { side, message, at }
    this.expire(at)
    if (message.id < 0 || (message.role !== 'request' && message.role !== 'reply')) this.alone(seen)
    else if (message.role === 'request') this.request(seen)
    else this.reply(seen)
  }

  end(): void {
    for (const request of this.waiting.values()) this.unanswered(request, notes.unanswered)
    this.waiting.clear()
    for (const side of this.known) for (const dst of this.targetsOf(side)) this.session.shared.remove(this.ipOf(side), dst, this)
  }

  refuse(src: string, request: Quoted, error: Seen, from: string): boolean {
    const seen = this.take(src, request)
    if (!seen) return false
    const name = messageName(this.version, error.message.type, error.message.code)
    this.emit(seen, error, seen.message.cut ? 'truncated' : 'complete', 'Error', `${from} answered with an error: ${name}.`)
    return true
  }

  join(to: string, request: Quoted, reply: Seen, from: string): boolean {
    const seen = this.waiting.get(keyOf(request.type, request))
    if (!seen || this.ipOf(seen.side) !== to) return false
    seen.replies ??= new Replies(reply)
    seen.replies.add(seen.message, reply, from)
    return true
  }

  /** The waiting request that `src` asked, which is answered now. */
  private take(src: string, request: Quoted): Seen | undefined {
    const key = keyOf(request.type, request)
    const seen = this.waiting.get(key)
    if (!seen || this.ipOf(seen.side) !== src) return undefined
    this.waiting.delete(key)
    this.remember(key)
    return seen
  }

  private remember(key: number): void {
    if (this.answered.size >= MAX_ANSWERED) this.answered.delete(this.answered.values().next().value!)
    this.answered.add(key)
  }

  private ipOf(side: Side): string {
    return this.session.flow[side].ip
  }

  /** Under which addresses requests of `side` are found. */
  private targetsOf(side: Side): readonly string[] {
    const dst = this.ipOf(otherSide(side))
    return isGroup(dst) ? [dst, ANY_GROUP] : [dst]
  }

  private request(seen: Seen): void {
    const key = keyOf(seen.message.type, seen.message)
    const before = this.waiting.get(key)
    if (before) {
      this.waiting.delete(key)
      this.unanswered(before, notes.repeatedRequest)
    } else if (this.waiting.size >= MAX_WAITING) {
      const [oldest, given] = this.waiting.entries().next().value!
      this.waiting.delete(oldest)
      this.unanswered(given, notes.evicted)
      if (!this.overflowed) this.session.anomaly('icmp.waiting', seen.at)
      this.overflowed = true
    }
    this.answered.delete(key)
    this.waiting.set(key, seen)
    if (this.known.has(seen.side)) return
    this.known.add(seen.side)
    for (const dst of this.targetsOf(seen.side)) this.session.shared.add(this.ipOf(seen.side), dst, this)
  }

  private reply(seen: Seen): void {
    const key = keyOf(requestOf(this.version, seen.message.type), seen.message)
    const request = this.waiting.get(key)
    if (!request || request.side === seen.side) {
      const { id, seq } = seen.message
      const to = this.ipOf(otherSide(seen.side))
      const asked = { type: requestOf(this.version, seen.message.type), id, seq }
      for (const asker of this.session.shared.of(to, ANY_GROUP)) if (asker.join(to, asked, seen, this.ipOf(seen.side))) return
      this.emit(undefined, seen, 'orphan-response', 'Error', this.answered.has(key) ? notes.repeatedReply : notes.orphan)
      return
    }
    this.waiting.delete(key)
    this.remember(key)
    this.emit(request, seen, request.message.cut || seen.message.cut ? 'truncated' : 'complete', 'OK')
  }

  /** A message that nothing is paired with: what the server of the flow says stands on the response's side. */
  private alone(seen: Seen): void {
    const { message, side } = seen
    if (message.role === 'error') this.refer(seen)
    const complete = message.cut || message.short ? 'truncated' : 'complete'
    const status = message.role === 'error' ? 'Error' : 'OK'
    const note = message.short ? notes.short : undefined
    if (side === 'client') this.emit(seen, undefined, complete, status, note)
    else this.emit(undefined, seen, complete, status, note)
  }

  /** An error is the answer to the request that it quotes. */
  private refer(error: Seen): void {
    const { quoted_src_ip: src, quoted_dst_ip: dst, quoted_type: type, quoted_id: id, quoted_seq: seq } = error.message.detail
    // Source quench asks to slow down; the request it quotes was forwarded or will be sent again.
    if (typeof src !== 'string' || typeof dst !== 'string' || (this.version === 4 && error.message.type === SOURCE_QUENCH)) return
    if (typeof type !== 'number' || typeof id !== 'number' || typeof seq !== 'number') return
    for (const asker of this.session.shared.of(src, dst)) if (asker.refuse(src, { type, id, seq }, error, this.ipOf(error.side))) return
  }

  private unanswered(request: Seen, note: string): void {
    const { replies } = request
    if (replies) {
      const reply = { side: otherSide(request.side), message: replies.message, at: replies.at }
      this.emit(request, reply, request.message.cut || replies.cut ? 'truncated' : 'complete', 'OK')
      return
    }
    this.emit(request, undefined, 'no-response', 'Error', note)
  }

  private expire(at: Trace): void {
    if (this.waiting.size === 0) return
    for (const [key, request] of this.waiting) {
      if (nanosecondsBetween(request.at.last, at.first) < ANSWER_WITHIN * 1e9) return
      this.waiting.delete(key)
      this.unanswered(request, notes.unanswered)
    }
  }

  private emit(request: Seen | undefined, response: Seen | undefined, complete: Completeness, status: 'OK' | 'Error', note?: string): void {
    const { version } = this
    const lead = (request ?? response)!
    // A router answered in place of the host; what it quotes is the request itself.
    const refused = request !== undefined && response?.message.role === 'error'
    const { type, code, id, seq, role } = lead.message
    const { client, server } = this.session.flow
    // An orphan reply comes from whom the request went to; every other message goes to the other side.
    const target = lead === response && role === 'reply' ? lead.side : otherSide(lead.side)
    const path = (target === 'client' ? client : server).ip
    const row: IcmpRow = {
      version,
      type,
      code,
      identifier: id < 0 ? undefined : id,
      sequence: seq < 0 ? undefined : seq,
      path,
      ...request?.message.detail,
      ...(refused ? {} : response?.message.detail),
    }
    const replies = request?.replies
    if (refused && response.message.detail.mtu !== undefined) row.mtu = response.message.detail.mtu
    if (replies) {
      row.replies = replies.count
      row.responders = replies.responders
      if (replies.more) row.more_listed = true
    }
    if (request) {
      row.request_message = messageName(version, request.message.type, request.message.code)
      row.request_type = request.message.type
      row.request_code = request.message.code
    }
    if (response) {
      row.response_message = messageName(version, response.message.type, response.message.code)
      row.response_type = response.message.type
      row.response_code = response.message.code
    }
    // Echo alone must return its data (RFC 792, RFC 4443 §4.2); other pairs answer with their own.
    if (request && response && !refused && isEcho(type) && complete === 'complete')
      row.same_data = replies
        ? replies.sameData
        : request.message.bytes === response.message.bytes && request.message.data === response.message.data
    this.session.emit({
      request: request?.at,
      response: response?.at,
      complete,
      status,
      method: typeName(version, type),
      resource: path,
      error: refused
        ? messageName(version, response.message.type, response.message.code)
        : role === 'error'
          ? messageName(version, type, code)
          : undefined,
      request_bytes: request?.message.bytes ?? 0,
      response_bytes: refused ? 0 : (replies?.bytes ?? response?.message.bytes ?? 0),
      notes: note === undefined ? undefined : [note],
      request_text: request?.message.text,
      response_text: response?.message.text,
      row,
    })
  }
}

const SOURCE_QUENCH = 4

const isEcho = (type: number): boolean => type === 8 || type === 128

/** Request type, identifier and sequence in one number below 2^53. */
const keyOf = (requestType: number, m: Quoted): number => requestType * 2 ** 32 + m.id * 65_536 + m.seq
