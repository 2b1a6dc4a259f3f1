/** Whether an address lies in a network: CIDR notation, or one of the names that Beats have for groups of networks. */
import ipaddr from 'ipaddr.js'

/** Ranges as ipaddr.js names them, by Beats' names. */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['loopback'],
  multicast: ['multicast'],
  private: ['private', 'uniqueLocal'],
  link_local_unicast: ['linkLocal'],
  unspecified: ['unspecified'],
}
export const NETWORK_NAMES: readonly string[] = [
  ...Object.keys(RANGES),
  ...['unicast', 'global_unicast', 'interface_local_multicast', 'link_local_multicast', 'public'],
]

export type InNetwork = (ip: string) => boolean

/** Whether `word` names a network at all. */
export const isNetwork = (word: string): boolean =>
  NETWORK_NAMES.includes(word) || ipaddr.IPv4.isValidCIDR(word) || ipaddr.IPv6.isValidCIDR(word)

/** True of an address that is in any of `words`; the answer for an address is kept, because few come often. */
export function inNetworks(words: readonly string[]): InNetwork {
  const tests = words.map(testOf)
  const known = new Map<string, boolean>()
  return (ip) => {
    let answer = known.get(ip)
    if (answer === undefined) {
      const address = ipaddr.isValid(ip) ? ipaddr.process(ip) : undefined
      answer = address !== undefined && tests.some((test) => test(address))
      if (known.size >= MAX_KNOWN) known.clear()
      known.set(ip, answer)
    }
    return answer
  }
}
/** Addresses whose answer is kept, so that a scan costs no memory. */
const MAX_KNOWN = 4096

type Address = ipaddr.IPv4 | ipaddr.IPv6

function testOf(word: string): (address: Address) => boolean {
  const ranges = RANGES[word]
  if (ranges) return (address) => ranges.includes(address.range())
  switch (word) {
    case 'unicast':
    case 'global_unicast':
      return (address) => !['multicast', 'broadcast', 'unspecified', 'loopback', 'linkLocal'].includes(address.range())
    case 'public':
      return (address) =>
        !['private', 'uniqueLocal', 'loopback', 'multicast', 'broadcast', 'unspecified', 'linkLocal'].includes(address.range())
    case 'interface_local_multicast':
      return (address) => isMulticastOf(address, 0x1)
    case 'link_local_multicast':
      return (address) => isMulticastOf(address, 0x2) || (address.kind() === 'ipv4' && address.match(ipaddr.parseCIDR('224.0.0.0/24')))
    default: {
      const network = ipaddr.parseCIDR(word)
      return (address) => address.kind() === network[0].kind() && address.match(network)
    }
  }
}

/** IPv6 multicast of a scope, RFC 4291 §2.7. */
const isMulticastOf = (address: Address, scope: number): boolean => {
  const bytes = address.toByteArray()
  return bytes.length === 16 && bytes[0] === 0xff && (bytes[1]! & 0xf) === scope
}
