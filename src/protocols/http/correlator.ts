/** Heads and body pieces in, exchanges out: every request with its answer, those without one, and answers without request. */
import type { BodySink } from '../../model/body-sink.js'
import { type Instant, isBefore } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator, Session } from '../protocol.js'
import { codingsOf } from './content.js'
import type { HttpRow } from './fields.js'
import { transferCodings } from './framing.js'
import { type BodyWish, Half, type Hold } from './half.js'
import type { Head } from './head.js'
import { Masking } from './masking.js'
import { mediaType } from './media-type.js'
import { type BodyPiece, type Fault, faultOf, type HttpMessage } from './messages.js'
import type { HttpOptions } from './options.js'
import { type AllOptions, includes, transactionOf } from './transaction.js'
import type { Tunnels } from './tunnels.js'
import { Exchange, type Turns } from './turns.js'
import type { Host } from './url.js'

/** Answers without request that wait for one which was captured late; more means that the client's side is not in the capture. */
const MAX_EARLY = 8
/** Form bytes kept for `params`: logins and searches take hundreds, uploads are not parameters. */
const MAX_FORM = 64 << 10
/** Interim responses listed; a server that sends more says nothing new. */
const MAX_INTERIM = 32

const NOTHING_KEPT: BodyWish = { keep: 0, codings: [], decode: false, limit: 0 }

export class HttpCorrelator implements Correlator<HttpMessage> {
  /** All that is not written yet, in the order of first sight. */
  private readonly live: Exchange[] = []
  /** Answers whose request was not seen (yet), oldest first. */
  private readonly early: Exchange[] = []
  /** Whose body is being read on each side. */
  private asking: Exchange | undefined
  private answering: Exchange | undefined
  private readonly upgrades = new Map<Exchange, string>()
  private readonly options: AllOptions
  private readonly masking: Masking
  private readonly hold: Hold
  /** What this conversation is connected to, when it runs inside a tunnel. */
  private readonly tunnel: Host | undefined

  constructor(
    private readonly session: Session<HttpRow, HttpOptions, Tunnels>,
    private readonly turns: Turns,
  ) {
    this.tunnel = session.shared.targetOf(session.flow)
    this.options = session.options as AllOptions
    this.masking = new Masking(session.options, (text) => session.secret(text))
    this.hold = (bytes) => session.hold?.(bytes) ?? true
  }

  see(side: Side, message: HttpMessage, at: Trace): void {
    if (message.kind === 'body') {
      const exchange = side === 'client' ? this.asking : this.answering
      if (exchange) this.takeBody(side, exchange, message, at)
    } else if (message.kind === 'interim') {
      const { exchange } = message
      if (!exchange) return
      exchange.interim ??= []
      if (exchange.interim.length < MAX_INTERIM) exchange.interim.push(message.code)
      if (exchange.interimTrace) exchange.interimTrace.extend(at)
      else exchange.interimTrace = at
    } else if (message.kind === 'request') {
      this.settle('client', message.before)
      this.dropLeftOver()
      const { exchange } = message
      exchange.request = new Half(
        message.head,
        at,
        this.wish(message.head, 'client'),
        this.hold,
        message.fault === '',
        this.carry('client', message),
      )
      this.adopt(exchange, at)
      this.live.push(exchange)
      this.asking = exchange
      if (message.last) this.settle('client', message.fault)
    } else {
      this.settle('server', message.before)
      this.dropLeftOver()
      const exchange = message.exchange ?? this.orphan()
      exchange.response = new Half(
        message.head,
        at,
        this.wish(message.head, 'server'),
        this.hold,
        message.fault === '',
        this.carry('server', message),
      )
      if (message.upgrade !== undefined) {
        this.upgrades.set(exchange, message.upgrade)
        if (exchange.method === 'CONNECT') this.session.shared.open(this.session.flow, exchange.request?.head?.request?.target ?? '')
      }
      this.answering = exchange
      if (message.body) exchange.response.take(message.body)
      if (message.last) this.settle('server', message.fault)
    }
  }

  end(why: EndReason, _at: Instant): void {
    this.settle('client', faultOf(why))
    this.settle('server', faultOf(why))
    this.dropLeftOver()
    for (const exchange of [...this.early.splice(0), ...this.live]) this.write(exchange)
    this.live.length = 0
  }

  private takeBody(side: Side, exchange: Exchange, piece: BodyPiece, at: Trace): void {
    const half = side === 'client' ? exchange.request : exchange.response
    if (!half) return
    // A piece that only tells of a loss, or of the end, came in no packet.
    if (at.bytes > 0) half.trace.extend(at)
    half.take(piece)
    if (half.done) this.settle(side, '')
  }

  /** The open message of `side` is over. */
  private settle(side: Side, fault: Fault | undefined): void {
    const exchange = side === 'client' ? this.asking : this.answering
    if (!exchange) return
    if (side === 'client') this.asking = undefined
    else this.answering = undefined
    const half = side === 'client' ? exchange.request : exchange.response
    half?.finish(fault ?? '')
    if (half?.failure !== undefined) this.session.anomaly('http.body-decode', half.trace, `Of the ${side}: ${half.failure}.`)
    // An answer alone may still be waiting for a request that was captured late.
    const whole = exchange.response?.done && (exchange.request ? exchange.request.done : !this.early.includes(exchange))
    if (whole) {
      const { live } = this
      const at = live.indexOf(exchange)
      if (at >= 0 && at === live.length - 1) live.pop()
      else if (at >= 0) live.splice(at, 1)
      this.write(exchange)
    }
  }

  private write(exchange: Exchange): void {
    const upgrade = this.upgrades.size === 0 ? undefined : this.upgrades.get(exchange)
    if (upgrade !== undefined) this.upgrades.delete(exchange)
    this.session.emit(transactionOf(exchange, upgrade, this.tunnel, this.options, this.masking, this.session))
  }

  /** Requests that the queue gave up: their answers are lost, or too many wait. */
  private dropLeftOver(): void {
    const { dropped } = this.turns
    if (dropped.length === 0) return
    for (const exchange of dropped.splice(0)) {
      const at = this.live.indexOf(exchange)
      if (at < 0) continue
      this.live.splice(at, 1)
      if (this.asking === exchange) this.asking = undefined
      exchange.request?.finish('cut')
      this.write(exchange)
    }
  }

  private orphan(): Exchange {
    if (this.early.length >= MAX_EARLY) {
      const oldest = this.early.shift()!
      if (this.answering === oldest) this.answering = undefined
      oldest.response?.finish('cut')
      this.write(oldest)
    }
    const exchange = new Exchange('', '', '', 0)
    this.early.push(exchange)
    return exchange
  }

  /**
   * A request came: answers that were seen before it are not its own, unless its packet is the older one and only reached
   * us later (segments put in order, an HTTP/0.9 line that ends with the connection).
   */
  private adopt(exchange: Exchange, at: Trace): void {
    while (this.early.length > 0) {
      const first = this.early.shift()!
      const response = first.response
      if (response && (exchange.version === '0.9' ? !response.head : !isBefore(response.trace.first, at.first))) {
        exchange.response = response
        if (this.answering === first) this.answering = exchange
        const upgrade = this.upgrades.get(first)
        this.upgrades.delete(first)
        if (upgrade !== undefined) this.upgrades.set(exchange, upgrade)
        this.turns.forget(exchange)
        return
      }
      if (this.answering === first) this.live.push(first)
      else this.write(first)
    }
  }

  /** Where the body of a message goes, when it has one and somebody asked for bodies. */
  private carry(side: Side, { head, last }: { readonly head: Head | undefined; readonly last: boolean }): BodySink | undefined {
    const { carry } = this.session
    if (!carry || last) return undefined
    return carry({
      part: side === 'client' ? 'request' : 'response',
      contentType: head?.get('content-type') ?? '',
      codings: head ? [...codingsOf(head.get('content-encoding')), ...transferCodings(head)] : [],
      range: head && rangeOf(head),
    })
  }

  private wish(head: Head | undefined, side: Side): BodyWish {
    if (!head) return NOTHING_KEPT
    const { options } = this
    const type = head.get('content-type') ?? ''
    const own = side === 'client' ? options.include_request_body_for : options.include_response_body_for
    const include = includes(type, options.include_body_for, own)
    const form = side === 'client' && mediaType(type).form
    const encoding = head.get('content-encoding')
    const transfer = head.get('transfer-encoding') === undefined ? [] : transferCodings(head)
    if (!include && !form && encoding === undefined && transfer.length === 0) return NOTHING_KEPT
    const limit = options.max_message_size
    return {
      keep: include ? limit : form ? Math.min(limit, MAX_FORM) : 0,
      codings: [...codingsOf(encoding), ...transfer],
      decode: options.decode_body,
      limit,
    }
  }
}

function rangeOf(head: Head): string | undefined {
  const scan = head.scan()
  while (scan.step()) if (scan.name === 'content-range') return scan.value
  return undefined
}
