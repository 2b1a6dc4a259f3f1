/** Exchanges by client and transaction id, and which of them a message belongs to. */
import type { Instant } from '../../model/instant.js'
import { ExchangeTable, Exchange as SharedExchange } from '../shared/dhcp/exchange.js'
import { carriedXid, type Dhcpv6Message } from './message.js'
import { fromServer, MessageType, messageTypeName, Option } from './names.js'
import { first } from './options.js'

const T = MessageType

/** `W` is what waits for an answer in it. */
export class Exchange<W> extends SharedExchange<W> {
  /** Type of the request that came last: what a reply is about. */
  asking: number | undefined

  /** Takes a message in; how many times it was sent by now. */
  add(m: Dhcpv6Message, leg: string, at: Instant): number {
    const times = this.count(messageTypeName(m.type), leg, m.type, at)
    if (!fromServer(m.type)) {
      this.ask(m.type)
      this.asking = m.type
    } else if (m.type !== T.ADVERTISE && m.type !== T.RECONFIGURE) this.ended = at
    return times
  }
}

export class Exchanges<W> {
  private readonly table = new ExchangeTable<Exchange<W>>()

  /** The cap was reached for an exchange that could still have gone on. */
  get forgotten(): boolean {
    return this.table.forgotten
  }

  /** @param client the client's address, for messages that do not say who it is */
  of(m: Dhcpv6Message, client: string, server: string | undefined, at: Instant, newId: () => string): Exchange<W> {
    const who = first(m.options, Option.CLIENTID)?.toString('latin1', 0, MAX_KEY) ?? client
    const key = `${carriedXid(m) ?? m.xid}/${who}`
    let found = this.table.get(key)
    if (found && beginsAnew(found, m, at)) found = undefined
    found ??= this.goneOnWith(who, m, server, at)
    if (!found) found = new Exchange<W>(newId(), who, at)
    this.table.remember(key, found, at)
    if ((m.type === T.ADVERTISE && found.ended === undefined) || m.type === T.RECONFIGURE) this.table.setOpen(who, found)
    else if (!fromServer(m.type) && m.type !== T.SOLICIT) this.table.shut(who, found)
    return found
  }

  /** A REQUEST takes up an offer under a transaction id of its own (RFC 8415 §16.1), and so is done what RECONFIGURE demands. */
  private goneOnWith(who: string, m: Dhcpv6Message, server: string | undefined, at: Instant): Exchange<W> | undefined {
    const open = this.table.openOf(who)
    if (!open?.lively(at)) return undefined
    if (open.lastType === T.RECONFIGURE) return DEMANDED.has(m.type) ? open : undefined
    return m.type === T.REQUEST && server !== undefined && open.servers.includes(server) ? open : undefined
  }
}
/** RFC 8415 §21.19. */
const DEMANDED: ReadonlySet<number> = new Set([T.RENEW, T.REBIND, T.INFORMATION_REQUEST])
/** Of an identifier: as long as it may be. */
const MAX_KEY = 130

function beginsAnew(x: Exchange<unknown>, m: Dhcpv6Message, at: Instant): boolean {
  if (x.stale(at)) return true
  if (m.type === T.RECONFIGURE) return x.lastType !== T.RECONFIGURE
  if (fromServer(m.type)) return false
  // Some clients use a transaction id again; one that missed the answer repeats itself at once.
  return x.ended !== undefined && (x.asking !== m.type || x.closed(at))
}
