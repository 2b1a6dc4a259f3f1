/** Are the checksums of a decoded packet right? Reads every byte, so the pipeline calls it only when it is asked for. */
import { internetSum } from '../bytes/checksum.js'
import { u16 } from '../bytes/read.js'
import { IpProto, type Packet } from './packet.js'

/** IPv4 options that make the destination in the header another than the one in the checksum. */
const LOOSE_ROUTE = 131
const STRICT_ROUTE = 137

/** True when a checksum that can be checked is wrong. */
export function verifyChecksums(p: Packet): boolean {
  return (p.ipVersion === 4 && wrongHeader(p)) || wrongTransport(p)
}

function wrongHeader(p: Packet): boolean {
  const header = (p.buf[p.ip]! & 0x0f) * 4
  return p.ip + header <= p.end && internetSum(p.buf, p.ip, header) !== 0xffff
}

function wrongTransport(p: Packet): boolean {
  const b = p.buf
  const at = p.transport
  if (at < 0 || p.moreFragments !== 0 || p.ip + p.ipLength > p.end) return false
  // Without a length in the header (offload) the packet was captured before its checksum was made.
  if (u16(b, p.ip + (p.ipVersion === 4 ? 2 : 4)) === 0) return false
  let length = p.ip + p.ipLength - at
  switch (p.proto) {
    case IpProto.Icmp:
      return internetSum(b, at, length) !== 0xffff
    case IpProto.Udp: {
      // RFC 768: 0 = the sender made none; over IPv6 that is not allowed (RFC 8200 §8.1).
      if (u16(b, at + 6) === 0) return p.ipVersion === 6
      const own = u16(b, at + 4)
      if (own < 8 || own > length) return false
      length = own
      break
    }
    case IpProto.Tcp:
    case IpProto.Icmp6:
      break
    default:
      return false
  }
  if (isRouted(p)) return false
  // Source and destination stand next to each other in both headers.
  const pseudo = internetSum(b, p.srcIp, p.ipVersion === 4 ? 8 : 32, p.proto + length)
  return internetSum(b, at, length, pseudo) !== 0xffff
}

/** Source routes and mobile nodes: the pseudo-header has other addresses than the IP header shows at this hop. */
function isRouted(p: Packet): boolean {
  const b = p.buf
  if (p.ipVersion === 4) {
    for (let o = p.ip + 20; o < p.transport; ) {
      const option = b[o]!
      if (option === LOOSE_ROUTE || option === STRICT_ROUTE) return true
      if (option === 0) return false
      o += option === 1 ? 1 : Math.max(2, b[o + 1]!)
    }
    return false
  }
  // decode() has walked these headers to the transport header before, within its cap.
  let next = b[p.ip + 6]!
  for (let o = p.ip + 40; o < p.transport; ) {
    if (next === 43 || next === 60) return true
    const size = next === 44 ? 8 : next === 51 ? (b[o + 1]! + 2) * 4 : (b[o + 1]! + 1) * 8
    next = b[o]!
    o += size
  }
  return false
}
