/**
 * One row a message. Requests wait until they are answered, so that their row tells by what and after how long; the answer
 * may come in another flow.
 */
import { nanosecondsBetween } from '../../model/instant.js'
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { setEndpoints } from '../shared/dhcp/endpoints.js'
import { MAX_EXCHANGES } from '../shared/dhcp/exchange.js'
import { waitingNotes as notes, WaitingList, type WaitingOwner } from '../shared/dhcp/waiting.js'
import { type Exchange, Exchanges, type RequestState } from './exchanges.js'
import type { Dhcpv4Row } from './fields.js'
import type { DhcpMessage } from './message.js'
import { MessageType, messageTypeName } from './names.js'
import { oddities } from './oddities.js'
import { Option } from './options.js'
import { ownColumns } from './row.js'

const T = MessageType
/** What answers a request, by type. */
const answers: Readonly<Record<number, readonly number[]>> = {
  [T.BOOTP]: [T.BOOTP],
  [T.DISCOVER]: [T.OFFER, T.ACK],
  [T.REQUEST]: [T.ACK, T.NAK],
  [T.INFORM]: [T.ACK, T.NAK],
  [T.LEASEQUERY]: [T.LEASEUNASSIGNED, T.LEASEUNKNOWN, T.LEASEACTIVE],
}

const ASKING = Object.keys(answers).map(Number)

interface Waiting {
  readonly owner: Dhcpv4Correlator
  readonly message: DhcpMessage
  readonly exchange: Exchange<Waiting>
  readonly row: Dhcpv4Row
  readonly at: Trace
}

/** What all DHCP conversations of a run share. */
export class Shared {
  readonly exchanges = new Exchanges<Waiting>()
  readonly waiting = new WaitingList<Waiting>()
  exchangesTold = false
}

type DhcpSession = Session<Dhcpv4Row, unknown, Shared>

export class Dhcpv4Correlator implements Correlator<DhcpMessage>, WaitingOwner<Waiting> {
  open = 0
  private begun = 0

  constructor(private readonly session: DhcpSession) {}

  see(side: Side, m: DhcpMessage, at: Trace): void {
    const { session } = this
    const { exchanges, waiting } = session.shared
    oddities(m, (code, detail) => session.anomaly(code, at, detail))
    waiting.expire(at)
    const state = this.stateOf(m)
    const exchange = exchanges.of(m, state, at.first, () => `${session.flow.id}-${++this.begun}`)
    if (exchanges.forgotten && !session.shared.exchangesTold) {
      session.shared.exchangesTold = true
      session.anomaly('dhcpv4.exchanges', at, `${MAX_EXCHANGES} are kept.`)
    }
    const row = this.rowOf(side, m, state, exchange, at)
    if (m.reply) {
      const asked = ASKING.some((type) => answers[type]!.includes(m.type) && exchange.asked(type))
      this.answerWaiting(m, exchange, at)
      this.emitReply(m, row, at, asked)
    } else if (answers[m.type] === undefined) {
      this.emitRequest({ owner: this, message: m, exchange, row, at }, m.cut ? 'truncated' : 'complete')
    } else {
      waiting.add({ owner: this, message: m, exchange, row, at }, () => session.anomaly('dhcpv4.waiting', at))
    }
  }

  end(): void {
    this.session.shared.waiting.end(this)
  }

  /** The rows of the requests that this reply answers. */
  private answerWaiting(reply: DhcpMessage, exchange: Exchange<Waiting>, at: Trace): void {
    const mine = exchange.waiting.filter((one) => answers[one.message.type]?.includes(reply.type))
    if (mine.length === 0) return
    // Seen on both sides of a relay, each leg has a request and an answer of its own: RFC 2131 §4.1 sends to giaddr, if any.
    const leg = reply.giaddr !== undefined && this.session.flow.client.ip === reply.giaddr ? reply.giaddr : undefined
    const ofLeg = mine.filter((one) => one.message.giaddr === leg)
    for (const one of ofLeg.length > 0 ? ofLeg : mine) {
      this.session.shared.waiting.take(one)
      one.owner.emitAnswered(one, reply, at)
    }
  }

  private emitAnswered(one: Waiting, reply: DhcpMessage, at: Trace): void {
    one.row.answer = reply.type === T.BOOTP ? 'bootreply' : messageTypeName(reply.type)
    one.row.result = resultOf(reply, one.exchange)
    this.emitRequest(one, one.message.cut ? 'truncated' : 'complete', at)
  }

  giveUp(one: Waiting, note: string): void {
    one.row.result = 'unanswered'
    this.emitRequest(one, one.message.cut ? 'truncated' : 'no-response', undefined, note)
  }

  private emitRequest({ message, row, at }: Waiting, complete: Completeness, answered?: Trace, note?: string): void {
    const declined = message.type === T.DECLINE
    const tx: Transaction<Dhcpv4Row> = {
      ...this.common(row),
      request: at,
      complete,
      status: declined ? 'Error' : 'OK',
      ...(declined && { error: row.message ?? 'declined' }),
      ...(answered && { answered: answered.first }),
      ...(note !== undefined && { notes: [note] }),
    }
    this.session.emit(tx)
  }

  /** The message's own trace stands as the request: it is what the row tells about, and no answer to it follows. */
  private emitReply(m: DhcpMessage, row: Dhcpv4Row, at: Trace, asked: boolean): void {
    const refused = m.type === T.NAK
    this.session.emit({
      ...this.common(row),
      request: at,
      request_bytes: 0,
      response_bytes: at.bytes,
      complete: m.cut ? 'truncated' : asked || unasked(m) ? 'complete' : 'orphan-response',
      status: refused ? 'Error' : 'OK',
      ...(refused && { error: row.message ?? 'refused' }),
      ...(!asked && !unasked(m) && { notes: [notes.orphan] }),
    })
  }

  private common(row: Dhcpv4Row): Pick<Transaction<Dhcpv4Row>, 'method' | 'resource' | 'query' | 'row'> {
    const method = row.message_type ?? row.op_code
    // 0.0.0.0 asks for any.
    const wanted = row.requested_ip === '0.0.0.0' ? undefined : row.requested_ip
    const resource = (row.op_code === 'bootreply' ? row.assigned_ip : wanted) ?? row.ciaddr ?? row.assigned_ip
    const parts = [method]
    if (resource !== undefined) parts.push(resource)
    if (row.server_identifier !== undefined) parts.push(`from ${row.server_identifier}`)
    if (row.client_mac !== undefined) parts.push(`for ${row.client_mac}`)
    if (row.client_name !== undefined) parts.push(`(${row.client_name})`)
    return { method, resource, query: parts.join(' '), row }
  }

  private stateOf(m: DhcpMessage): RequestState | undefined {
    if (m.reply || m.type !== T.REQUEST) return undefined
    if (m.ciaddr === undefined) return m.options.values.has(Option.SERVER_IDENTIFIER) ? 'selecting' : 'init-reboot'
    // Only what is broadcast passes a relay.
    return m.giaddr !== undefined || this.session.flow.server.ip === '255.255.255.255' ? 'rebinding' : 'renewing'
  }

  private rowOf(side: Side, m: DhcpMessage, state: RequestState | undefined, x: Exchange<Waiting>, at: Trace): Dhcpv4Row {
    const { session } = this
    const row = ownColumns(m, (text) => session.secret(text))
    const server = row.server_identifier ?? (m.reply ? session.flow[side].ip : undefined)
    const first = x.steps.length === 0
    const attempt = x.add(m, server, at.first)
    x.name ??= row.hostname ?? row.fqdn
    if (state !== undefined) {
      x.state = state
      x.chosen = row.server_identifier ?? x.chosen
    }
    if (m.type === T.ACK) x.chosen ??= server
    if (m.reply || side === 'server') setEndpoints(row, session.flow, side, m.reply, at.bytes)
    row.result = m.reply ? resultOf(m, x) : m.type === T.RELEASE ? 'released' : m.type === T.DECLINE ? 'declined' : undefined
    row.exchange = [...x.steps]
    row.exchange_id = x.id
    if (!first) row.exchange_ns = Math.max(0, nanosecondsBetween(x.first, at.first))
    if (!m.reply) row.attempt = attempt
    row.request_state = state
    if (x.servers.length > 0) row.offering_servers = [...x.servers]
    row.chosen_server = x.chosen
    row.client_name = x.name
    return row
  }
}

/** FORCERENEW (RFC 3203) is the server's own idea. */
const unasked = (m: DhcpMessage): boolean => m.type === 9

function resultOf(reply: DhcpMessage, x: Exchange<unknown>): string | undefined {
  switch (reply.type) {
    case T.OFFER:
      return 'offered'
    case T.NAK:
      return 'refused'
    case T.ACK:
      if (x.asked(T.INFORM) || (reply.yiaddr === undefined && !reply.options.values.has(Option.LEASE_TIME))) return 'informed'
      return x.state === 'renewing' || x.state === 'rebinding' ? 'renewed' : 'bound'
    default:
      return unasked(reply) ? undefined : 'answered'
  }
}
