/** IPv4 header (RFC 791). */
import { u16 } from '../../bytes/read.js'
import { Decoded, type Packet } from '../packet.js'
import { upper, withoutTransport } from './upper.js'

const MIN_HEADER = 20

export function ipv4(p: Packet, at: number): Decoded {
  if (at + MIN_HEADER > p.end) return Decoded.Short
  const b = p.buf
  const lead = b[at]!
  const header = (lead & 0x0f) * 4
  if (lead >> 4 !== 4 || header < MIN_HEADER) return Decoded.Malformed
  p.ipVersion = 4
  p.ip = at
  p.srcIp = at + 12
  p.dstIp = at + 16
  p.ttl = b[at + 8]!
  const proto = b[at + 9]!
  p.proto = proto
  const total = u16(b, at + 2)
  // Segmentation offload leaves 0 in packets captured before the card cuts them: the frame's own length is all there is.
  const wireEnd = total === 0 ? p.start + p.wireLength : at + total
  p.ipLength = wireEnd - at
  const up = at + header
  if (up > wireEnd) return Decoded.Malformed
  if (up > p.end) return Decoded.Short
  // Beyond the datagram's own end there is only Ethernet padding.
  const end = Math.min(wireEnd, p.end)
  const fragment = u16(b, at + 6)
  if ((fragment & 0x3fff) !== 0) {
    p.moreFragments = (fragment >> 13) & 1
    p.fragmentOffset = (fragment & 0x1fff) * 8
    if (p.fragmentOffset !== 0) return withoutTransport(p, up, end, wireEnd)
  }
  return upper(p, proto, up, end, wireEnd)
}
