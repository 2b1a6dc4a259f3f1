/**
 * One row a message. Requests wait until they are answered, so that their row tells by what and after how long; they are sent
 * to a group, and the answer comes in another flow.
 */
import { nanosecondsBetween } from '../../model/instant.js'
import { otherSide, type Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { setEndpoints } from '../shared/dhcp/endpoints.js'
import { MAX_EXCHANGES } from '../shared/dhcp/exchange.js'
import { waitingNotes as notes, WaitingList, type WaitingOwner } from '../shared/dhcp/waiting.js'
import { type Exchange, Exchanges } from './exchanges.js'
import type { Dhcpv6Row } from './fields.js'
import type { Dhcpv6Message } from './message.js'
import { fromServer, MessageType, messageTypeName } from './names.js'
import { oddities } from './oddities.js'
import { resultOf } from './result.js'
import { ownColumns } from './row.js'

const T = MessageType
/** What answers a request, by type (RFC 8415 §18.2, RFC 5007, RFC 6977, RFC 7341, RFC 9686). */
const answers: Readonly<Record<number, readonly number[]>> = {
  [T.SOLICIT]: [T.ADVERTISE, T.REPLY],
  [T.REQUEST]: [T.REPLY],
  [T.CONFIRM]: [T.REPLY],
  [T.RENEW]: [T.REPLY],
  [T.REBIND]: [T.REPLY],
  [T.RELEASE]: [T.REPLY],
  [T.DECLINE]: [T.REPLY],
  [T.INFORMATION_REQUEST]: [T.REPLY],
  [T.LEASEQUERY]: [T.LEASEQUERY_REPLY],
  [T.RECONFIGURE_REQUEST]: [T.RECONFIGURE_REPLY],
  [T.DHCPV4_QUERY]: [T.DHCPV4_RESPONSE],
  [T.ADDR_REG_INFORM]: [T.ADDR_REG_REPLY],
}
const ASKING = Object.keys(answers).map(Number)

interface Waiting {
  readonly owner: Dhcpv6Correlator
  readonly type: number
  readonly transactionId: string
  /** Which relay passed it on, if any: each leg has a request and an answer of its own. */
  readonly leg: string
  readonly cut: boolean
  readonly exchange: Exchange<Waiting>
  readonly row: Dhcpv6Row
  readonly at: Trace
}

/** What all DHCPv6 conversations of a run share. */
export class Shared {
  readonly exchanges = new Exchanges<Waiting>()
  readonly waiting = new WaitingList<Waiting>()
  exchangesTold = false
}

export class Dhcpv6Correlator implements Correlator<Dhcpv6Message>, WaitingOwner<Waiting> {
  open = 0
  private begun = 0

  constructor(private readonly session: Session<Dhcpv6Row, unknown, Shared>) {}

  see(side: Side, m: Dhcpv6Message, at: Trace): void {
    const { session } = this
    const { shared } = session
    oddities(m, (code, detail) => session.anomaly(code, at, detail))
    shared.waiting.expire(at)
    const row = ownColumns(m, (text) => session.secret(text))
    const reply = fromServer(m.type)
    const asker = session.flow[reply ? otherSide(side) : side].ip
    const nearest = m.relays[m.relays.length - 1]
    const server = row.server_duid
    const exchange = shared.exchanges.of(m, nearest?.peer ?? asker, server, at.first, () => `${session.flow.id}-${++this.begun}`)
    if (shared.exchanges.forgotten && !shared.exchangesTold) {
      shared.exchangesTold = true
      session.anomaly('dhcpv6.exchanges', at, `${MAX_EXCHANGES} are kept.`)
    }
    const outermost = m.relays[0]
    const leg = outermost === undefined ? '' : `${outermost.hops} ${outermost.link} ${outermost.peer} ${asker}`
    this.tellExchange(row, side, m, leg, exchange, at)
    if (reply) {
      const asked = ASKING.some((type) => answers[type]!.includes(m.type) && exchange.asked(type))
      this.answerWaiting(m, row, leg, exchange, at)
      this.emitReply(m, row, at, asked)
      return
    }
    const one = { owner: this, type: m.type, transactionId: row.transaction_id, leg, cut: m.cut, exchange, row, at }
    if (answers[m.type] === undefined) this.emitRequest(one, m.cut ? 'truncated' : 'complete')
    else shared.waiting.add(one, () => session.anomaly('dhcpv6.waiting', at))
  }

  end(): void {
    this.session.shared.waiting.end(this)
  }

  giveUp(one: Waiting, note: string): void {
    one.row.result = 'unanswered'
    this.emitRequest(one, one.cut ? 'truncated' : 'no-response', undefined, note)
  }

  /** The rows of the requests that this reply answers. */
  private answerWaiting(m: Dhcpv6Message, reply: Dhcpv6Row, leg: string, exchange: Exchange<Waiting>, at: Trace): void {
    const mine = exchange.waiting.filter((one) => one.transactionId === reply.transaction_id && answers[one.type]!.includes(m.type))
    if (mine.length === 0) return
    const ofLeg = mine.filter((one) => one.leg === leg)
    for (const one of ofLeg.length > 0 ? ofLeg : mine) {
      this.session.shared.waiting.take(one)
      one.row.answer = messageTypeName(m.type)
      one.row.result = reply.result
      one.owner.emitRequest(one, one.cut ? 'truncated' : 'complete', at)
    }
  }

  private emitRequest({ type, row, at }: Waiting, complete: Completeness, answered?: Trace, note?: string): void {
    const declined = type === T.DECLINE
    this.session.emit({
      ...this.common(row),
      request: at,
      complete,
      status: declined ? 'Error' : 'OK',
      ...(declined && { error: words(row) ?? 'declined' }),
      ...(answered && { answered: answered.first }),
      ...(note !== undefined && { notes: [note] }),
    })
  }

  /** The message's own trace stands as the request: it is what the row tells about, and no answer to it follows. */
  private emitReply(m: Dhcpv6Message, row: Dhcpv6Row, at: Trace, asked: boolean): void {
    const refused = row.result === 'refused'
    // RECONFIGURE is the server's own idea; what a relay hides cannot be matched.
    const unasked = m.type === T.RECONFIGURE || m.hidden !== undefined
    this.session.emit({
      ...this.common(row),
      request: at,
      request_bytes: 0,
      response_bytes: at.bytes,
      complete: m.cut ? 'truncated' : asked || unasked ? 'complete' : 'orphan-response',
      status: refused ? 'Error' : 'OK',
      ...(refused && { error: words(row) ?? 'refused' }),
      ...(!asked && !unasked && { notes: [notes.orphan] }),
    })
  }

  private common(row: Dhcpv6Row): Pick<Transaction<Dhcpv6Row>, 'method' | 'resource' | 'query' | 'row'> {
    const method = row.message_type
    const resource = (row.assigned_ips ?? row.assigned_prefixes ?? row.requested_ips ?? row.requested_prefixes)?.[0]
    const parts = [method]
    for (const list of [row.assigned_ips ?? row.requested_ips, row.assigned_prefixes ?? row.requested_prefixes])
      if (list !== undefined) parts.push(list.slice(0, MAX_TOLD).join(' '))
    if (row.server_duid !== undefined) parts.push(`from ${row.server_duid}`)
    const client = row.client_mac ?? row.client_duid
    if (client !== undefined) parts.push(`for ${client}`)
    if (row.client_name !== undefined) parts.push(`(${row.client_name})`)
    return { method, resource: resource === undefined ? undefined : String(resource), query: parts.join(' '), row }
  }

  private tellExchange(row: Dhcpv6Row, side: Side, m: Dhcpv6Message, leg: string, x: Exchange<Waiting>, at: Trace): void {
    const reply = fromServer(m.type)
    const isFirst = x.steps.length === 0
    const attempt = x.add(m, leg, at.first)
    x.name ??= row.fqdn
    row.result = reply ? resultOf(m.type, x.asking, row) : undefined
    if (row.result === 'offered') x.offeredBy(row.server_duid)
    if (m.type === T.REQUEST) x.chosen = row.server_duid ?? x.chosen
    else if (row.result === 'bound' || row.result === 'renewed') x.chosen ??= row.server_duid
    if (reply || side === 'server') setEndpoints(row, this.session.flow, side, reply, at.bytes)
    row.exchange = [...x.steps]
    row.exchange_id = x.id
    if (!isFirst) row.exchange_ns = Math.max(0, nanosecondsBetween(x.first, at.first))
    if (!reply) row.attempt = attempt
    if (x.servers.length > 0) row.offering_servers = [...x.servers]
    row.chosen_server = x.chosen
    row.client_name = x.name
  }
}

/** Addresses and prefixes told in the line that a row is read by; all of them are in their columns. */
const MAX_TOLD = 4

/** What the sender says went wrong. */
function words({ status_code, status_message }: Dhcpv6Row): string | undefined {
  if (status_code === undefined || status_code === 'Success') return status_message
  return status_message === undefined ? status_code : `${status_code}: ${status_message}`
}
