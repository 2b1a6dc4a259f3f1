/** What is odd about a message that can still be read. */
import { isWellFormedDuid } from './duid.js'
import { type Dhcpv6Message, MAX_RELAYS } from './message.js'
import { Option, optionName } from './names.js'
import { MAX_OPTIONS, type Options, readOptions } from './options.js'
import { MAX_ITEMS } from './values.js'

export const anomalies = {
  'dhcpv6.malformed': 'A datagram on a DHCPv6 flow cannot be a DHCPv6 message.',
  'dhcpv6.option-cut': 'An option is longer than what it stands in; what follows is unread.',
  'dhcpv6.option-length': 'An option does not have the length that its kind asks for, or lists more than is kept.',
  'dhcpv6.option-repeated': 'An option that may stand once stands several times; the first one counts.',
  'dhcpv6.options': 'A message has more options than are kept; the rest is unread.',
  'dhcpv6.duid': 'An identifier of a client or server does not have the form of its type.',
  'dhcpv6.relay': 'A relay passes on no message that can be read.',
  'dhcpv6.relay-depth': 'A message is wrapped in more relays than may pass one on; what they wrap is unread.',
  'dhcpv6.waiting': 'More requests waited for an answer than are kept; the oldest were given up.',
  'dhcpv6.exchanges': 'More exchanges were under way than are kept; the oldest were forgotten.',
}

type Tell = (code: keyof typeof anomalies, detail?: string) => void

/** Least length of options that are read as numbers, addresses and the like. */
const least = new Map<number, number>([
  ...([
    [3, 12],
    [4, 4],
    [5, 24],
    [25, 12],
    [26, 25],
    [7, 1],
    [8, 2],
    [11, 11],
    [12, 16],
    [13, 2],
    [16, 4],
    [17, 4],
    [19, 1],
    [39, 1],
  ] as const),
  ...[32, 82, 83].map((code) => [code, 4] as const),
  ...[22, 23, 27, 28, 31].map((code) => [code, 16] as const),
])
const ADDRESS_LISTS = new Set([22, 23, 27, 28, 31])
/** May stand several times: associations and what is in them, vendor blocks, time servers, containers of softwires and the answer of a lease query. */
const MANY = new Set([3, 4, 5, 16, 17, 25, 26, 45, 56, 94, 95, 96, 97, 138, 144])

export function oddities(m: Dhcpv6Message, tell: Tell): void {
  for (const { options } of m.relays) common(options, m.cut, tell)
  if (m.hidden === 'deep') tell('dhcpv6.relay-depth', `${MAX_RELAYS} are followed.`)
  // What the capture did not keep is nobody's fault; the row says so.
  else if (m.hidden !== undefined && !m.cut) tell('dhcpv6.relay')
  common(m.options, m.cut, tell)
  for (const { code, bytes } of m.options.list)
    if ((code === Option.CLIENTID || code === Option.SERVERID) && !isWellFormedDuid(bytes, 0, bytes.length))
      tell('dhcpv6.duid', `${optionName(code)} with ${bytes.length} bytes.`)
}

/** Where options begin that stand inside an option. */
const INSIDE: Readonly<Record<number, number>> = {
  ...{ [Option.IA_NA]: 12, [Option.IA_TA]: 4, [Option.IA_PD]: 12, [Option.IAADDR]: 24, [Option.IAPREFIX]: 25 },
  ...{ [Option.LQ_QUERY]: 17, [Option.CLIENT_DATA]: 0 },
}

/** Associations hold addresses, which hold a status; the answer of a lease query holds addresses. Deeper nothing is read. */
const MAX_DEPTH = 2

function common(options: Options, cut: boolean, tell: Tell, depth = 0): void {
  if (options.overrun !== undefined && !cut) tell('dhcpv6.option-cut', named(options.overrun))
  if (options.many) tell('dhcpv6.options', `${MAX_OPTIONS} are kept.`)
  const seen = new Set<number>()
  const told = new Set<number>()
  for (const { code, bytes } of options.list) {
    if (seen.has(code) && !MANY.has(code) && !told.has(code)) {
      told.add(code)
      tell('dhcpv6.option-repeated', named(code))
    }
    seen.add(code)
    if (bytes.length < (least.get(code) ?? 0) || !isWhole(code, bytes))
      tell('dhcpv6.option-length', `${named(code).slice(0, -1)} with ${bytes.length} bytes.`)
    const inside = INSIDE[code]
    if (inside === undefined || bytes.length < inside || depth >= MAX_DEPTH) continue
    const within = readOptions(bytes, inside)
    if (!within.many && within.list.length > MAX_ITEMS)
      tell('dhcpv6.option-length', `${named(code).slice(0, -1)} with ${within.list.length} options.`)
    common(within, cut, tell, depth + 1)
  }
}

/** Whether the value is a list that ends where its last item does, and of which every item is kept. */
function isWhole(code: number, bytes: Buffer): boolean {
  if (ADDRESS_LISTS.has(code)) return bytes.length % 16 === 0 && bytes.length / 16 <= MAX_ITEMS
  if (CODE_LISTS.has(code)) return bytes.length % 2 === 0 && bytes.length / 2 <= MAX_ITEMS
  if (code === Option.VENDOR_OPTS || code === NTP_SERVER) {
    const { list, overrun, many } = readOptions(bytes, code === NTP_SERVER ? 0 : 4)
    return overrun === undefined && !many && list.length <= MAX_ITEMS
  }
  const length = NAME_LISTS.has(code) ? nameLength : PART_LISTS.has(code) ? partLength : undefined
  if (length === undefined) return true
  let at = code === Option.VENDOR_CLASS ? 4 : 0
  for (let items = 0; items < MAX_ITEMS && at < bytes.length; items++) at += length(bytes, at)
  return at === bytes.length
}
const NTP_SERVER = 56
const CODE_LISTS = new Set([6, 43, 61])
const NAME_LISTS = new Set([21, 24])
const PART_LISTS = new Set([15, 16, 60])

const partLength = (bytes: Buffer, at: number): number => (at + 2 <= bytes.length ? 2 + bytes.readUInt16BE(at) : bytes.length)

/** RFC 8415 §10 forbids compression; who uses it all the same is understood. */
function nameLength(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length) {
    const label = bytes[at]!
    if (label >= 0xc0) return at + 2 - from
    at += 1 + label
    if (label === 0) return at - from
  }
  return bytes.length
}

const named = (code: number): string => (code < 0 ? 'A head of less than 4 bytes.' : `${optionName(code)} (${code}).`)
