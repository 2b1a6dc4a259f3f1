/**
 * Messages to transactions. Responses find their request by the topmost Via and CSeq (RFC 3261 §17.1.3, §17.2.3), those of
 * RFC 2543 peers by Call-ID and CSeq. The ACK belongs to its INVITE, also the one for a 2xx, which the RFC sends apart.
 *
 * A transaction stays open for repeats and forked answers after its final response, and is then told. Time is the packets'.
 */
import { type Instant, nanosecondsBetween } from '../../model/instant.js'
import { otherSide, type Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator, Session } from '../protocol.js'
import { readAddress } from './address.js'
import { mediaType } from './body.js'
import type { Calls } from './calls.js'
import { readCredentials } from './credentials.js'
import { type Answer, Exchange, MAX_LISTED } from './exchange.js'
import type { SipRow } from './fields.js'
import { type Ids, idsOf, tagOf } from './ids.js'
import { maskUri } from './masking.js'
import { readSequence, type SipMessage } from './message.js'
import type { SipOptions } from './options.js'
import { transactionOf } from './transaction.js'

/** Transactions open per flow: a trunk with a hundred calls a second has 3200. The oldest are told early. */
export const MAX_OPEN = 4096
/** Transactions of all flows that an answer on another flow may find. */
const MAX_REACHABLE = 65_536
/** 64*T1, for which RFC 3261 §17 and RFC 6026 repeat and take repeats. Seconds. */
const LINGER = 32
/** Twice that for an answer; a user agent has given up by then. */
const UNANSWERED = 64
/** For an INVITE that rings: RFC 3261 §16.6 lets a proxy wait three minutes, queues play music for longer. */
const RINGING = 900

/** What the flows of a run share. */
export interface Shared {
  readonly calls: Calls
  /** Requests that wait, by who asked whom: devices send from one port and are answered on another. */
  readonly reachable: Map<string, { readonly owner: SipCorrelator; readonly exchange: Exchange }>
}
export type SipSession = Session<SipRow, SipOptions, Shared>

export class SipCorrelator implements Correlator<SipMessage> {
  private readonly open = new Map<string, Exchange>()
  /** The same by Call-ID and CSeq: finds the INVITE of an ACK or CANCEL, and what lost its branch. */
  private readonly loose = new Map<string, Exchange>()
  private swept = 0
  private overflowed = false

  constructor(private readonly session: SipSession) {}

  see(side: Side, message: SipMessage, at: Trace): void {
    this.sweep(at.last)
    if (message.request) this.request(side, message, at)
    else this.response(side, message, at)
  }

  gap(side: Side): void {
    for (const exchange of this.open.values()) if (!exchange.final && exchange.requester !== side) exchange.gapped = true
  }

  end(): void {
    for (const exchange of [...this.open.values()]) this.finish(exchange)
  }

  // ---- requests ----------------------------------------------------------------------------------------------------------

  private request(side: Side, message: SipMessage, at: Trace): void {
    const method = message.request!.method
    this.check(message, method, at)
    const ids = idsOf(side, message, method)
    if (method === 'ACK') {
      const invite = this.open.get(ids.as('INVITE')) ?? this.loose.get(ids.looseAs('INVITE'))
      if (invite) {
        this.acknowledge(invite, message, at)
        return
      }
    }
    let exchange = this.open.get(ids.key)
    if (exchange?.request && asksAnew(exchange, message)) {
      this.finish(exchange)
      exchange = undefined
    }
    if (exchange?.request) {
      exchange.retransmissions++
      exchange.addRequest(at)
      return
    }
    exchange ??= this.begin(side, method, ids, at)
    exchange.request = message
    exchange.addRequest(at)
    exchange.user = this.userOf(message, method, ids)
    if (method === 'BYE') exchange.call = this.callOf(message)
    if (method === 'CANCEL') {
      const invite = this.loose.get(ids.looseAs('INVITE'))
      if (invite && !invite.final) invite.cancelled ??= at.first
    }
    this.keep(exchange, message, at)
    if (method === 'ACK' && this.isStream) this.finish(exchange)
  }

  private acknowledge(invite: Exchange, message: SipMessage, at: Trace): void {
    invite.addRequest(at)
    invite.acked ??= at.first
    if (invite.ack) return
    invite.ack = message
    this.keep(invite, message, at)
  }

  /** Who asks: its own credentials, those that its call was begun with, or those of the INVITE that it cancels. */
  private userOf(message: SipMessage, method: string, ids: Ids): string | undefined {
    if (!this.session.options.parse_authorization) return undefined
    const value = message.headers.first('authorization') ?? message.headers.first('proxy-authorization')
    const named = value === undefined ? undefined : readCredentials(value)?.user
    if (named !== undefined) return named
    if (method === 'CANCEL') return this.loose.get(ids.looseAs('INVITE'))?.user
    const call = this.callOf(message)
    return call?.user !== undefined && call.callerTag === tagOf(message, 'from') ? call.user : undefined
  }

  private callOf(message: SipMessage) {
    const from = tagOf(message, 'from')
    const to = tagOf(message, 'to')
    return from === undefined || to === undefined ? undefined : this.session.shared.calls.find(message.callId, from, to)
  }

  // ---- responses ---------------------------------------------------------------------------------------------------------

  private response(side: Side, message: SipMessage, at: Trace): void {
    const requester = otherSide(side)
    const method = readSequence(message.headers.first('cseq'))?.method ?? ''
    this.check(message, method, at)
    const ids = idsOf(requester, message, method)
    const exchange = this.open.get(ids.key) ?? this.loose.get(ids.looseKey)
    if (exchange) {
      this.answer(exchange, message, at)
      return
    }
    const far = this.session.shared.reachable.get(this.reach(requester, ids.key))
    if (far && far.owner !== this) {
      const { client, server } = this.session.flow
      const [from, to] = side === 'client' ? [client, server] : [server, client]
      far.exchange.elsewhere ??= `${hostPort(from)} > ${hostPort(to)}`
      far.owner.answer(far.exchange, message, at)
    } else this.answer(this.begin(requester, method, ids, at), message, at)
  }

  private answer(exchange: Exchange, message: SipMessage, at: Trace): void {
    const { code, reason } = message.status!
    exchange.addResponse(at, code)
    const toTag = tagOf(message, 'to')
    const contact = readAddress(message.headers.list('contact')[0] ?? '')?.uri.original
    const answer: Answer = {
      code,
      status: reason,
      toTag,
      at: at.first,
      contact: contact === undefined ? undefined : maskUri(contact, (text) => this.session.secret(text)),
    }
    if (code < 200) {
      exchange.provisionals++
      if (exchange.provisional.length < MAX_LISTED) exchange.provisional.push(answer)
      if (code >= 180 && code <= 189) exchange.ringing ??= at.first
      if (exchange.final) return
      exchange.lastProvisional = message
      if (hasSdp(message)) exchange.early = message
      this.keep(exchange, message, at)
      return
    }
    if (exchange.final) {
      if (exchange.final.status?.code === code && exchange.finalTag === toTag) exchange.finalRetransmissions++
      else {
        exchange.forked++
        if (exchange.forks.length < MAX_LISTED) exchange.forks.push(answer)
        this.remember(exchange, message, at)
      }
      return
    }
    exchange.final = message
    exchange.finalAt = at.first
    exchange.finalTag = toTag
    this.remember(exchange, message, at)
    this.keep(exchange, message, at)
    // Over TCP nothing is repeated but the answer to an INVITE.
    if (this.isStream && exchange.method !== 'INVITE') this.finish(exchange)
  }

  /** A 2xx to an INVITE begins a call. */
  private remember(exchange: Exchange, message: SipMessage, at: Trace): void {
    if (exchange.method !== 'INVITE' || message.status!.code >= 300) return
    const { request } = exchange
    const from = tagOf(message, 'from')
    const to = tagOf(message, 'to')
    if (from === undefined || to === undefined || (request && tagOf(request, 'to') !== undefined)) return
    this.session.shared.calls.answered(message.callId, from, to, {
      answered: at.first,
      callerTag: request ? from : undefined,
      from: this.uriIn(message, 'from'),
      to: this.uriIn(message, 'to'),
      user: exchange.user,
    })
  }

  private uriIn(message: SipMessage, field: string): string | undefined {
    const uri = readAddress(message.headers.first(field) ?? '')?.uri.original
    return uri === undefined ? undefined : maskUri(uri, (text) => this.session.secret(text))
  }

  // ---- open transactions -------------------------------------------------------------------------------------------------

  private begin(requester: Side, method: string, ids: Ids, at: Trace): Exchange {
    if (this.open.size >= MAX_OPEN) {
      const oldest: Exchange = this.open.values().next().value!
      if (!this.overflowed && !oldest.final) {
        this.overflowed = true
        this.session.anomaly('sip.waiting', at, `${MAX_OPEN} transactions are open.`)
      }
      this.finish(oldest)
    }
    const exchange = new Exchange(requester, method, ids.key, ids.looseKey, at.last)
    this.open.set(ids.key, exchange)
    this.loose.set(ids.looseKey, exchange)
    const { reachable } = this.session.shared
    const reach = this.reach(requester, ids.key)
    if (reachable.size < MAX_REACHABLE && !reachable.has(reach)) reachable.set(reach, { owner: this, exchange })
    return exchange
  }

  /** Asks for room for a message that is kept; without room the transaction is told as it stands. */
  private keep(exchange: Exchange, message: SipMessage, at: Trace): void {
    const bytes = message.head.length + message.body.length
    if (this.session.hold?.(bytes) ?? true) {
      exchange.held += bytes
      return
    }
    this.session.anomaly('sip.waiting', at, 'The memory for open transactions is used up.')
    this.finish(exchange)
  }

  private finish(exchange: Exchange): void {
    if (!this.open.delete(exchange.key)) return
    if (this.loose.get(exchange.looseKey) === exchange) this.loose.delete(exchange.looseKey)
    const { reachable } = this.session.shared
    const reach = this.reach(exchange.requester, exchange.key)
    if (reachable.get(reach)?.exchange === exchange) reachable.delete(reach)
    if (exchange.held > 0) this.session.hold?.(-exchange.held)
    this.session.emit(transactionOf(exchange, this.session))
  }

  /** Once a second at most: tell what nothing more is expected of. */
  private sweep(now: Instant): void {
    if (now.sec === this.swept) return
    this.swept = now.sec
    for (const exchange of [...this.open.values()]) {
      const quiet = nanosecondsBetween(exchange.last, now) / 1e9
      const limit = exchange.final || exchange.method === 'ACK' ? LINGER : exchange.provisionals > 0 ? RINGING : UNANSWERED
      if (quiet > limit) this.finish(exchange)
    }
  }

  private check(message: SipMessage, method: string, at: Trace): void {
    const { headers } = message
    if (headers.overfull) this.session.anomaly('sip.header-count', at)
    if (headers.strange && !message.cut) this.session.anomaly('sip.header-syntax', at)
    if (message.cut) return
    const missing = REQUIRED.filter((name) => headers.first(name) === undefined)
    if (missing.length > 0) this.session.anomaly('sip.missing-header', at, `It has no ${missing.join(', ')}.`)
    const cseq = headers.first('cseq')
    const sequence = readSequence(cseq)
    if (cseq !== undefined && (!sequence || (message.request && sequence.method !== method.toUpperCase())))
      this.session.anomaly('sip.cseq', at, `CSeq is "${cseq.slice(0, 64)}" in a ${method || 'response'}.`)
  }

  private reach(requester: Side, key: string): string {
    const { client, server } = this.session.flow
    const [from, to] = requester === 'client' ? [client, server] : [server, client]
    return `${from.ip}\n${to.ip}\n${key.slice(1)}`
  }

  private get isStream(): boolean {
    return this.session.flow.transport === 'tcp'
  }
}

const REQUIRED = ['via', 'from', 'to', 'call-id', 'cseq']

/** The same request with credentials, once they were asked for, is a new one even if its branch and CSeq are not. */
function asksAnew(exchange: Exchange, message: SipMessage): boolean {
  const code = exchange.final?.status?.code
  if (code !== 401 && code !== 407) return false
  const signs = (one: SipMessage) => `${one.headers.first('authorization')}\n${one.headers.first('proxy-authorization')}`
  return signs(exchange.request!) !== signs(message)
}

const hasSdp = (message: SipMessage): boolean => {
  const type = mediaType(message.headers.first('content-type'))
  return message.body !== '' && (type === 'application/sdp' || type.startsWith('multipart/'))
}
const hostPort = ({ ip, port }: { ip: string; port: number }): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)
