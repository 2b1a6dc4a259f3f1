/** Exchanges by client and xid, and which of them a message belongs to. */
import type { Instant } from '../../model/instant.js'
import { ExchangeTable, Exchange as SharedExchange } from '../shared/dhcp/exchange.js'
import type { DhcpMessage } from './message.js'
import { MessageType, messageTypeName } from './names.js'
import { Option } from './options.js'

export type RequestState = 'selecting' | 'init-reboot' | 'renewing' | 'rebinding'

/** `W` is what waits for an answer in it. */
export class Exchange<W> extends SharedExchange<W> {
  offered: string | undefined
  state: RequestState | undefined

  /** Takes a message in; how many times it was sent by now. */
  add(m: DhcpMessage, server: string | undefined, at: Instant): number {
    const step = m.type === MessageType.BOOTP ? (m.reply ? 'bootreply' : 'bootrequest') : messageTypeName(m.type)
    // Relays and hops make it another message.
    const times = this.count(step, `${m.giaddr ?? ''} ${m.hops}`, m.type, at)
    if (!m.reply) this.ask(m.type)
    if (m.type === MessageType.OFFER) {
      this.offered = m.yiaddr
      this.offeredBy(server)
    }
    if (isFinal(m)) this.ended = at
    return times
  }
}

const isFinal = (m: DhcpMessage): boolean => m.reply && m.type !== MessageType.OFFER

export class Exchanges<W> {
  private readonly table = new ExchangeTable<Exchange<W>>()

  /** The cap was reached for an exchange that could still have gone on. */
  get forgotten(): boolean {
    return this.table.forgotten
  }

  /** The exchange that the message belongs to, a new one when it begins one. */
  of(m: DhcpMessage, state: RequestState | undefined, at: Instant, newId: () => string): Exchange<W> {
    const client = clientOf(m)
    const key = `${client}/${m.xid}`
    let found = this.table.get(key)
    if (found && beginsAnew(found, m, state, at)) found = undefined
    found ??= this.byOffer(client, m, at)
    if (!found) found = new Exchange<W>(newId(), client, at)
    this.table.remember(key, found, at)
    if (m.type === MessageType.OFFER && found.ended === undefined) this.table.setOpen(client, found)
    else if (!m.reply && m.type !== MessageType.DISCOVER) this.table.shut(client, found)
    return found
  }

  private byOffer(client: string, m: DhcpMessage, at: Instant): Exchange<W> | undefined {
    if (m.reply || m.type !== MessageType.REQUEST) return undefined
    const open = this.table.openOf(client)
    const wanted = m.options.values.get(Option.REQUESTED_IP)
    if (!open || wanted === undefined || wanted.length !== 4 || wanted.join('.') !== open.offered) return undefined
    return open.lively(at) ? open : undefined
  }
}

function beginsAnew(x: Exchange<unknown>, m: DhcpMessage, state: RequestState | undefined, at: Instant): boolean {
  if (x.stale(at)) return true
  if (m.reply) return false
  switch (m.type) {
    case MessageType.DISCOVER:
      return x.ended !== undefined
    case MessageType.REQUEST:
      if (x.ended === undefined) return false
      // Some clients keep the xid of their lease when they prolong it; a client that missed an ACK repeats itself at once.
      return m.ciaddr !== undefined || state !== x.state || x.closed(at)
    case MessageType.DECLINE:
      return false
    case MessageType.BOOTP:
      return x.closed(at)
    default:
      return x.lastType !== m.type && !(x.asked(m.type) && x.ended === undefined)
  }
}

/** Hardware address; the client identifier where the link has none that fits (InfiniBand, RFC 4390). */
function clientOf(m: DhcpMessage): string {
  const own = m.chaddr.length > 0 ? m.chaddr : (m.options.values.get(61) ?? m.chaddr)
  return `${m.hardwareType}/${own.toString('latin1', 0, 32)}`
}
