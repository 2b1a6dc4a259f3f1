/** From a frame to offsets: one call per packet, nothing allocated, every field of the packet set anew. */
import { bsdLoop, bsdNull } from './link/bsd-loopback.js'
import { ethernet } from './link/ethernet.js'
import { linuxCooked } from './link/linux-cooked.js'
import { linuxCooked2 } from './link/linux-cooked2.js'
import { rawIp } from './link/raw-ip.js'
import { ipv4 } from './network/ipv4.js'
import { ipv6 } from './network/ipv6.js'
import { Decoded, type Packet } from './packet.js'

export interface LinkType {
  /** As the LINKTYPE_ registry of tcpdump.org names it. */
  readonly name: string
  /** Reads the frame whose first byte is at `at`; `p` is already reset. */
  readonly decode: (p: Packet, at: number) => Decoded
}

const ETHERNET = 1

/** LINKTYPE number -> its decoder. A further link type is one line here and one file under `link/`. */
export const linkTypes: ReadonlyMap<number, LinkType> = new Map<number, LinkType>([
  [0, { name: 'NULL', decode: bsdNull }],
  [ETHERNET, { name: 'ETHERNET', decode: ethernet }],
  // 12 and 14 are raw IP where the writer put its system's own number into the file.
  [12, { name: 'RAW', decode: rawIp }],
  [14, { name: 'RAW', decode: rawIp }],
  [101, { name: 'RAW', decode: rawIp }],
  [108, { name: 'LOOP', decode: bsdLoop }],
  [113, { name: 'LINUX_SLL', decode: linuxCooked }],
  [228, { name: 'IPV4', decode: ipv4 }],
  [229, { name: 'IPV6', decode: ipv6 }],
  [276, { name: 'LINUX_SLL2', decode: linuxCooked2 }],
])

/** Point `p` at the frame of `captured` bytes at `start`, which had `original` bytes on the wire. */
export function decode(p: Packet, linkType: number, buf: Uint8Array, start: number, captured: number, original: number): Decoded {
  p.buf = buf
  p.start = start
  p.end = start + captured
  p.wireLength = Math.max(original, captured)
  p.macs = -1
  p.vlanCount = 0
  p.vlan0 = 0
  p.vlan1 = 0
  p.ipVersion = 0
  p.ip = 0
  p.srcIp = 0
  p.dstIp = 0
  p.ipLength = 0
  p.ttl = 0
  p.proto = 0
  p.fragmentOffset = 0
  p.moreFragments = 0
  p.transport = -1
  p.srcPort = 0
  p.dstPort = 0
  p.payload = 0
  p.payloadCaptured = 0
  p.payloadLength = 0
  p.seq = 0
  p.ack = 0
  p.tcpFlags = 0
  p.window = 0
  if (linkType === ETHERNET) return ethernet(p, start)
  const link = linkTypes.get(linkType)
  return link === undefined ? Decoded.UnknownLink : link.decode(p, start)
}

/**
 * Whether a decoded frame counts in a flow: it names both ends. A transport header that the snaplen cut, or that lies about its
 * length, still names its flow; a fragment that is not the first does not.
 */
export const namesFlow = (p: Packet, result: Decoded): boolean =>
  p.fragmentOffset === 0 &&
  (result === Decoded.Ok ||
    ((result === Decoded.Short || result === Decoded.Malformed) && p.ipVersion !== 0 && (p.srcPort | p.dstPort) !== 0))
