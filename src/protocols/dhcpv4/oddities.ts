/** What is odd about a message that can still be read. */
import type { DhcpMessage } from './message.js'
import { optionName } from './names.js'
import { MAX_ITEMS } from './values.js'

export const anomalies = {
  'dhcpv4.malformed': 'A datagram on a DHCP flow cannot be a DHCP message.',
  'dhcpv4.short': 'A message ends before its fixed part does.',
  'dhcpv4.option-cut': 'An option is longer than the field it stands in; what follows is unread.',
  'dhcpv4.no-end': 'The options end without the End option.',
  'dhcpv4.option-length': 'An option is too short for what it is, or lists more than is kept.',
  'dhcpv4.option-repeated': 'An option that may stand once stands several times; the first one counts.',
  'dhcpv4.waiting': 'More requests waited for an answer than are kept; the oldest were given up.',
  'dhcpv4.exchanges': 'More exchanges were under way than are kept; the oldest were forgotten.',
}

/** Least length of options that are read as numbers and addresses. */
const least = new Map<number, number>([
  ...[1, 2, 3, 4, 6, 28, 42, 44, 50, 51, 54, 58, 59, 150].map((code) => [code, 4] as const),
  ...[26, 57].map((code) => [code, 2] as const),
  ...[52, 53].map((code) => [code, 1] as const),
])

export function oddities(m: DhcpMessage, tell: (code: keyof typeof anomalies, detail?: string) => void): void {
  const { options } = m
  // What the capture did not keep is nobody's fault; the row says so.
  if (m.short) tell('dhcpv4.short')
  if (options.overrun !== undefined) tell('dhcpv4.option-cut', `${optionName(options.overrun)} (${options.overrun}).`)
  if (options.endless) tell('dhcpv4.no-end')
  for (const code of options.repeated) tell('dhcpv4.option-repeated', `${optionName(code)} (${code}).`)
  for (const [code, bytes] of options.values) {
    const need = least.get(code)
    if (need === undefined) continue
    if (bytes.length < need || (need === 4 && bytes.length / 4 > MAX_ITEMS))
      tell('dhcpv4.option-length', `${optionName(code)} (${code}) with ${bytes.length} bytes.`)
  }
}
