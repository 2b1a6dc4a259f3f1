/**
 * The capture filter that a configuration stands for: what the user wrote, or else, where ports decide (`detection: ports`), the ports
 * of the protocols that are read. As with Packetbeat there is none where flows are reported, since those are of all packets; and none
 * with detection by content, which wants to see everything.
 *
 * Of a fragmented datagram such a filter passes the first fragment alone: the others have no ports.
 */
import type { Settings } from '../config/settings.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { MAX_FILTER_TEXT } from './libpcap.js'

/** LINKTYPE_ numbers whose filters know `vlan`: Ethernet, 802.11 bare and behind its headers. */
const WITH_VLAN_TAGS: ReadonlySet<number> = new Set([1, 105, 119, 127, 163])

export interface FilterWishes {
  readonly registry: readonly AnyProtocol[]
  readonly settings: Pick<Settings, 'detection' | 'protocols' | 'interfaces' | 'flows'>
  /** Tagged frames as well, where the system leaves the tags in the frames: a filter finds nothing behind a tag that it does not name. */
  readonly withVlans: boolean
  /** LINKTYPE_ number of the interface: cooked and raw frames have no tag that a filter could name. */
  readonly linkType: number
}

/** In the syntax of pcap-filter(7); undefined where everything is to be captured. */
export function captureFilter({ registry, settings, withVlans, linkType }: FilterWishes): string | undefined {
  const given = settings.interfaces.bpfFilter?.trim()
  if (given) return given
  if (settings.detection !== 'ports' || settings.flows.enabled) return undefined
  const ports = portFilter(registry, settings)
  const filter = withVlans && WITH_VLAN_TAGS.has(linkType) ? `${ports} or (vlan and (${ports}))` : ports
  // Nothing to name, or too much: without a filter more is looked at, and the same is read.
  return ports === '' || filter.length > MAX_FILTER_TEXT ? undefined : filter
}

/**
 * The ports of the protocols that are read, each once and in the registry's order, and ICMP where it is read:
 * `tcp port 80 or udp port 67 or port 53 or icmp or icmp6`. Empty where nothing is read.
 */
export function portFilter(registry: readonly AnyProtocol[], { protocols }: Pick<Settings, 'protocols'>): string {
  const terms = new Set<string>()
  let icmp = false
  for (const { name, transports, ports } of registry) {
    const one = protocols.get(name)
    if (!one?.enabled) continue
    const tcp = transports.includes('tcp')
    const udp = transports.includes('udp')
    const prefix = tcp && udp ? '' : tcp ? 'tcp ' : 'udp '
    if (tcp || udp) for (const port of one.ports ?? ports) terms.add(`${prefix}port ${port}`)
    icmp ||= transports.includes('icmp') || transports.includes('ipv6-icmp')
  }
  if (icmp) terms.add('icmp').add('icmp6')
  return [...terms].join(' or ')
}
