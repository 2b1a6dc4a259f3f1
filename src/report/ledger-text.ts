/** The ledger of a flow for people. Names and messages may come from the wire: nothing of them reaches a terminal as it is. */
import { type FateBytes, type FateRange, type FlowEvent, type FlowLedger, fates, type SideLedger } from '../model/flow-ledger.js'
import { toIso } from '../model/instant.js'
import { countText, plural } from './quantities.js'
import { sanitize } from './sanitize.js'

/** Lines of each list; `--json` has all of them. */
const MAX_EVENTS_SHOWN = 120
const MAX_RANGES_SHOWN = 20
const MAX_TRANSACTIONS_SHOWN = 50
/** Bytes of one line of hex. */
const LINE = 16

const ROLE_WORDS: Readonly<Record<string, string>> = {
  syn: 'it sent the SYN',
  'syn-ack': 'the SYN was not captured, the SYN-ACK was',
  protocol: 'no handshake was captured; the protocol shows it',
  port: 'no handshake was captured; the other side has the port of a service',
  'first-packet': 'no handshake was captured; it sent the first packet',
}
const CHOICE_WORDS: Readonly<Record<string, string>> = {
  content: 'by its bytes',
  port: 'by its port, which settled what the bytes left open',
  upgrade: 'behind an upgrade',
}

export function ledgerText(ledger: FlowLedger): string {
  return [...lines(ledger)].map((line) => `${sanitize(line)}\n`).join('')
}

function* lines(ledger: FlowLedger): Generator<string> {
  const captures = new Set(ledger.events?.map((event) => event.capture_id))
  const frame = (place: { readonly capture_id: number; readonly frame: number }): string =>
    captures.size > 1 ? `${place.capture_id}:${place.frame}` : String(place.frame)
  yield* heading(ledger)
  if (ledger.why_not) {
    yield ''
    yield 'Its packets were not read; this is what the case alone tells:'
    for (const line of ledger.why_not) yield `  ${line}`
  }
  for (const difference of ledger.differences ?? []) yield `Read alone it differs: ${difference}`
  yield* history(ledger, frame)
  yield* bytesOf(ledger, frame)
  yield* failure(ledger, frame)
  yield* rowsOf(ledger)
}

function* heading({ flow, packets, hints, detection }: FlowLedger): Generator<string> {
  const end = (side: 'client' | 'server'): string => {
    const [ip, port] = [String(flow[`${side}_ip`]), Number(flow[`${side}_port`])]
    return port === 0 ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
  }
  yield `flow ${flow.id}  ${flow.flow}  ${flow.transport}  ${end('client')} > ${end('server')}`
  yield `  time      ${nsText(flow.first_ns)} to ${nsText(flow.last_ns)}`
  const found = packets && packets.found < packets.wanted ? `; ${plural(packets.found, 'packet')} of ${packets.wanted} found` : ''
  yield `  packets   ${flow.client_packets} of the client, ${flow.server_packets} of the server${found}`
  yield `  client    told by ${flow.role_by}: ${ROLE_WORDS[String(flow.role_by)] ?? ''}`
  if (flow.protocol === null) yield `  protocol  none${flow.service ? `; may be ${flow.service} (by ${flow.service_by})` : ''}`
  else
    yield `  protocol  ${flow.protocol} ${CHOICE_WORDS[String(flow.protocol_by)] ?? ''}${flow.upgraded_to ? `, then ${flow.upgraded_to}` : ''}`
  if (hints) {
    const only = detection === 'ports' ? '; detection: ports, so that no others were asked' : ''
    yield `  ports     ${hints.length === 0 ? 'no protocol’s own' : `those of ${hints.join(', ')}`}${only}`
  }
  yield `  ended     ${flow.end_reason}, state ${flow.state}${flow.history ? ` (${flow.history})` : ''}`
}

function* history({ events, omitted_events = 0 }: FlowLedger, frame: Framed): Generator<string> {
  if (!events) return
  yield ''
  yield 'How it was read'
  if (events.length === 0) yield '  nothing was: it has no payload'
  const left = omitted_events + Math.max(0, events.length - MAX_EVENTS_SHOWN)
  const shown = left === 0 ? events : [...events.slice(0, MAX_EVENTS_SHOWN - 20), ...events.slice(-20)]
  for (const [i, event] of shown.entries()) {
    if (left > 0 && i === MAX_EVENTS_SHOWN - 20)
      yield `  ... ${plural(left, 'event')} left out${omitted_events === 0 ? '; --json has them' : ''}`
    yield `  ${eventText(event, frame)}`
  }
}

type Framed = (place: { readonly capture_id: number; readonly frame: number }) => string

function eventText(event: FlowEvent, frame: Framed): string {
  const times = event.count > 1 ? ` (${event.count} times, until frame ${event.last_frame})` : ''
  const where = event.offset === undefined ? '' : `, ${event.side ?? ''} byte ${event.offset}`
  const bytes = event.bytes === undefined ? '' : `${countText(event.bytes)} `
  return `frame ${frame(event)}  ${event.ts}${where}: ${bytes}${event.text}${times}`
}

function* bytesOf({ client, server }: FlowLedger, frame: Framed): Generator<string> {
  if (!client || !server) return
  yield ''
  yield 'Bytes'
  for (const [name, side] of [
    ['client', client],
    ['server', server],
  ] as const) {
    yield `  ${name}  ${totals(side.bytes)}`
    yield* rangesOf(side, frame)
  }
}

function* rangesOf({ ranges, more_ranges, head }: SideLedger, frame: Framed): Generator<string> {
  if (ranges.length === 0) return
  yield `    begins ${spaced(head.slice(0, 2 * LINE))}  ${printable(head.slice(0, 2 * LINE))}`
  for (const range of ranges.slice(0, MAX_RANGES_SHOWN)) yield `    ${rangeText(range, frame)}`
  const more = more_ranges + Math.max(0, ranges.length - MAX_RANGES_SHOWN)
  if (more > 0) yield `    ... ${plural(more, 'range')} more`
}

function rangeText(range: FateRange, frame: Framed): string {
  const { first, last } = range
  const frames =
    !first || !last ? '' : frame(first) === frame(last) ? `, frame ${frame(first)}` : `, frames ${frame(first)} to ${frame(last)}`
  return `${range.from}-${range.to}  ${range.fate.includes('+') ? totals(range.bytes) : range.fate}${frames}`
}

const totals = (bytes: FateBytes): string => {
  const parts = fates.filter((fate) => bytes[fate] > 0).map((fate) => `${countText(bytes[fate])} ${fate}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function* failure({ first_failure: failed, source }: FlowLedger, frame: Framed): Generator<string> {
  if (source === 'case') return
  yield ''
  if (!failed) {
    yield 'Nothing failed, and no parser met an anomaly'
    return
  }
  yield 'First failure, or anomaly'
  const where = failed.offset === undefined ? '' : `, ${failed.side ?? ''} byte ${failed.offset}`
  yield `  frame ${frame(failed)}  ${failed.ts}${where}: ${failed.text}`
  if (failed.before !== '') yield `    before  ${spaced(failed.before)}  ${printable(failed.before)}`
  for (let at = 0; at < failed.after.length; at += 2 * LINE) {
    const line = failed.after.slice(at, at + 2 * LINE)
    yield `    ${at === 0 ? 'here  ' : '      '}  ${spaced(line)}  ${printable(line)}`
  }
}

function* rowsOf({ anomalies, transactions, omitted_transactions }: FlowLedger): Generator<string> {
  if (anomalies.length > 0) {
    yield ''
    yield 'Anomalies'
    for (const { code, message, count, frame, offset } of anomalies)
      yield `  ${code}  ${message}${frame === undefined ? '' : `  frame ${frame}`}${offset === undefined ? '' : `, byte ${offset}`}${count > 1 ? `  (${count} times)` : ''}`
  }
  yield ''
  yield transactions.length === 0 ? 'No transactions' : 'Transactions'
  for (const { id, tx, protocol, status, complete, frames, again } of transactions.slice(0, MAX_TRANSACTIONS_SHOWN)) {
    const note = id === undefined ? '  (not in the case)' : again === false ? '  (in the case alone)' : ''
    yield `  ${id ?? '-'}  ${tx}  ${protocol}  ${status}, ${complete}  frames ${frames}${note}`
  }
  const more = omitted_transactions + Math.max(0, transactions.length - MAX_TRANSACTIONS_SHOWN)
  if (more > 0) yield `  ... ${plural(more, 'transaction')} more`
}

const spaced = (hex: string): string => hex.replace(/..(?=.)/g, '$& ').padEnd(3 * LINE - 1)
const printable = (hex: string): string =>
  Buffer.from(hex, 'hex')
    .toString('latin1')
    .replace(/[^ -~]/g, '.')

function nsText(value: string | number | bigint | null | undefined): string {
  const ns = BigInt(value ?? 0)
  return toIso({ sec: Number(ns / 1_000_000_000n), nsec: Number(ns % 1_000_000_000n) })
}
