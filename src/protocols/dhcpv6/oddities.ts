/** What is odd about a message that can still be read. */
import { isWellFormedDuid } from './duid.js'
import { type Dhcpv6Message, MAX_RELAYS } from './message.js'
import { Option, optionName } from './names.js'
import { MAX_OPTIONS, type Options } from './options.js'
import { MAX_ITEMS } from './values.js'

export const anomalies = {
  'dhcpv6.malformed': 'A datagram on a DHCPv6 flow cannot be a DHCPv6 message.',
  'dhcpv6.option-cut': 'An option is longer than what it stands in; what follows is unread.',
  'dhcpv6.option-length': 'An option is too short for what it is, or lists more than is kept.',
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
/** May stand several times: associations, vendor blocks, time servers, containers of softwires and the answer of a lease query. */
const MANY = new Set([3, 4, 16, 17, 25, 45, 56, 94, 95, 96, 97, 138, 144])

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

function common(options: Options, cut: boolean, tell: Tell): void {
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
    const need = least.get(code)
    if (need === undefined) continue
    const badList = ADDRESS_LISTS.has(code) && (bytes.length % 16 !== 0 || bytes.length / 16 > MAX_ITEMS)
    if (bytes.length < need || badList) tell('dhcpv6.option-length', `${named(code).slice(0, -1)} with ${bytes.length} bytes.`)
  }
}

const named = (code: number): string => (code < 0 ? 'A head of less than 4 bytes.' : `${optionName(code)} (${code}).`)
