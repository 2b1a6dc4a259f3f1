/**
 * Exchanges of one run, by client and xid. A client has no address before the last packet, so its messages lie in several
 * flows: this is shared between all of them and filled in packet order.
 */
import { type Instant, nanosecondsBetween } from '../../model/instant.js'
import type { DhcpMessage } from './message.js'
import { MessageType, messageTypeName } from './names.js'
import { Option } from './options.js'

/** Exchanges remembered; about 4 MiB at most. A campus sees some hundred clients within EXCHANGE_WITHIN. */
export const MAX_EXCHANGES = 8192
/** Longer than clients go on repeating themselves under one xid; some use the same xid for ever. */
const EXCHANGE_WITHIN = 600e9
/** A REQUEST that comes later than this after its answer begins anew: no client repeats an answered one for so long. */
const REPEAT_WITHIN = 60e9
/** Steps told of one exchange, and servers: beyond it somebody plays. */
const MAX_STEPS = 32
const MAX_SERVERS = 16

export type RequestState = 'selecting' | 'init-reboot' | 'renewing' | 'rebinding'

/** `W` is what waits for an answer in it. */
export class Exchange<W> {
  readonly waiting: W[] = []
  readonly steps: string[] = []
  /** A bit for each type that was asked. */
  private requests = 0
  readonly servers: string[] = []
  /** How many times each kind of message came; a few kinds, so a list will do. */
  private readonly sent: { readonly kind: string; times: number }[] = []
  offered: string | undefined
  chosen: string | undefined
  name: string | undefined
  state: RequestState | undefined
  lastType = -1
  /** When an ACK, a NAK or a BOOTP reply came last. */
  ended: Instant | undefined
  last: Instant

  constructor(
    readonly id: string,
    readonly client: string,
    readonly first: Instant,
  ) {
    this.last = first
  }

  /** Takes a message in; how many times it was sent by now. */
  add(m: DhcpMessage, server: string | undefined, at: Instant): number {
    this.last = at
    const step = m.type === MessageType.BOOTP ? (m.reply ? 'bootreply' : 'bootrequest') : messageTypeName(m.type)
    if (this.steps[this.steps.length - 1] !== step && this.steps.length < MAX_STEPS) this.steps.push(step)
    this.lastType = m.type
    // What a relay passes on is no second attempt: relays and hops make it another message.
    const kind = `${step} ${m.giaddr ?? ''} ${m.hops}`
    let sent = this.sent.find((one) => one.kind === kind)
    if (sent) sent.times++
    else {
      sent = { kind, times: 1 }
      if (this.sent.length < MAX_STEPS) this.sent.push(sent)
    }
    if (!m.reply && m.type < 31) this.requests |= 1 << m.type
    if (m.type === MessageType.OFFER) {
      this.offered = m.yiaddr
      if (server !== undefined && this.servers.length < MAX_SERVERS && !this.servers.includes(server)) this.servers.push(server)
    }
    if (isFinal(m)) this.ended = at
    return sent.times
  }

  /** A request of this type was seen. */
  asked(type: number): boolean {
    return (this.requests & (1 << type)) !== 0
  }
}

const isFinal = (m: DhcpMessage): boolean => m.reply && m.type !== MessageType.OFFER

export class Exchanges<W> {
  private readonly byKey = new Map<string, Exchange<W>>()
  /** By client: the exchange whose offer was not taken up yet. Some clients choose under a new xid. */
  private readonly openOffers = new Map<string, Exchange<W>>()
  /** The cap was reached for an exchange that could still have gone on. */
  forgotten = false

  /** The exchange that the message belongs to, a new one when it begins one. */
  of(m: DhcpMessage, state: RequestState | undefined, at: Instant, newId: () => string): Exchange<W> {
    const client = clientOf(m)
    const key = `${client}/${m.xid}`
    let found = this.byKey.get(key)
    if (found && beginsAnew(found, m, state, at)) found = undefined
    found ??= this.byOffer(client, m, at)
    if (!found) found = new Exchange<W>(newId(), client, at)
    this.remember(key, found, at)
    if (m.type === MessageType.OFFER && found.ended === undefined) this.openFor(client, found)
    else if (!m.reply && this.openOffers.get(client) === found && m.type !== MessageType.DISCOVER) this.openOffers.delete(client)
    return found
  }

  private openFor(client: string, exchange: Exchange<W>): void {
    const { openOffers } = this
    openOffers.delete(client)
    openOffers.set(client, exchange)
    if (openOffers.size > MAX_EXCHANGES) openOffers.delete(openOffers.keys().next().value!)
  }

  private byOffer(client: string, m: DhcpMessage, at: Instant): Exchange<W> | undefined {
    if (m.reply || m.type !== MessageType.REQUEST) return undefined
    const open = this.openOffers.get(client)
    const wanted = m.options.values.get(Option.REQUESTED_IP)
    if (!open || wanted === undefined || wanted.length !== 4 || wanted.join('.') !== open.offered) return undefined
    return Math.abs(nanosecondsBetween(open.last, at)) < REPEAT_WITHIN ? open : undefined
  }

  private remember(key: string, exchange: Exchange<W>, at: Instant): void {
    const { byKey } = this
    byKey.delete(key)
    byKey.set(key, exchange)
    if (byKey.size <= MAX_EXCHANGES) return
    const [oldest, given] = byKey.entries().next().value!
    byKey.delete(oldest)
    if (this.openOffers.get(given.client) === given) this.openOffers.delete(given.client)
    if (given.ended === undefined && Math.abs(nanosecondsBetween(given.last, at)) < REPEAT_WITHIN) this.forgotten = true
  }
}

function beginsAnew(x: Exchange<unknown>, m: DhcpMessage, state: RequestState | undefined, at: Instant): boolean {
  if (Math.abs(nanosecondsBetween(x.last, at)) > EXCHANGE_WITHIN) return true
  if (m.reply) return false
  switch (m.type) {
    case MessageType.DISCOVER:
      return x.ended !== undefined
    case MessageType.REQUEST:
      if (x.ended === undefined) return false
      // Some clients keep the xid of their lease when they prolong it; a client that missed an ACK repeats itself at once.
      return m.ciaddr !== undefined || state !== x.state || Math.abs(nanosecondsBetween(x.ended, at)) > REPEAT_WITHIN
    case MessageType.DECLINE:
      return false
    case MessageType.BOOTP:
      return x.ended !== undefined && Math.abs(nanosecondsBetween(x.ended, at)) > REPEAT_WITHIN
    default:
      return x.lastType !== m.type && !(m.type < 31 && x.asked(m.type) && x.ended === undefined)
  }
}

/** Hardware address; the client identifier where the link has none that fits (InfiniBand, RFC 4390). */
function clientOf(m: DhcpMessage): string {
  const own = m.chaddr.length > 0 ? m.chaddr : (m.options.values.get(61) ?? m.chaddr)
  return `${m.hardwareType}/${own.toString('latin1', 0, 32)}`
}
