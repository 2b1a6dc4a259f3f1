/** IPv6 header and its extension headers (RFC 8200). */
import { u16, u32 } from '../../bytes/read.js'
import { Decoded, type Packet } from '../packet.js'
import { upper, withoutTransport } from './upper.js'

const HEADER = 40
/**
 * RFC 8200 §4.1 has each extension header once (destination options twice), which makes fewer than ten; twice that is a
 * packet built to keep decoders busy.
 */
const MAX_EXTENSIONS = 16
const JUMBO_PAYLOAD = 0xc2

enum Next {
  HopByHop = 0,
  Routing = 43,
  Fragment = 44,
  /** Authentication, RFC 4302: its length counts 32-bit words. */
  Ah = 51,
  None = 59,
  Destination = 60,
  Mobility = 135,
  Hip = 139,
  Shim6 = 140,
}

export function ipv6(p: Packet, at: number): Decoded {
  if (at + HEADER > p.end) return Decoded.Short
  const b = p.buf
  if (b[at]! >> 4 !== 6) return Decoded.Malformed
  p.ipVersion = 6
  p.ip = at
  p.srcIp = at + 8
  p.dstIp = at + 24
  p.ttl = b[at + 7]!
  let next = b[at + 6]!
  const length = u16(b, at + 4)
  const wireEnd = length !== 0 || next === Next.None ? at + HEADER + length : unsizedEnd(p, at, next)
  p.ipLength = wireEnd - at
  const end = Math.min(wireEnd, p.end)
  let o = at + HEADER
  for (let count = 0; ; count++) {
    p.proto = next
    let size = 0
    switch (next) {
      case Next.HopByHop:
      case Next.Routing:
      case Next.Destination:
      case Next.Mobility:
      case Next.Hip:
      case Next.Shim6:
        if (o + 8 > end) return Decoded.Short
        size = (b[o + 1]! + 1) * 8
        break
      case Next.Ah:
        if (o + 8 > end) return Decoded.Short
        size = (b[o + 1]! + 2) * 4
        break
      case Next.Fragment: {
        if (o + 8 > end) return Decoded.Short
        const fragment = u16(b, o + 2)
        p.fragmentOffset = fragment & 0xfff8
        p.moreFragments = fragment & 1
        size = 8
        break
      }
      default:
        return upper(p, next, o, end, wireEnd)
    }
    if (count === MAX_EXTENSIONS) return Decoded.Malformed
    if (o + size > wireEnd) return Decoded.Malformed
    if (o + size > end) return Decoded.Short
    next = b[o]!
    o += size
    if (p.fragmentOffset !== 0) {
      p.proto = next
      return withoutTransport(p, o, end, wireEnd)
    }
  }
}

/** Where a packet ends whose payload length is 0: a jumbogram (RFC 2675) says so itself, offload leaves the frame's length. */
function unsizedEnd(p: Packet, at: number, next: number): number {
  const b = p.buf
  const frameEnd = p.start + p.wireLength
  let o = at + HEADER
  if (next !== Next.HopByHop || o + 8 > p.end) return frameEnd
  const stop = Math.min(o + (b[o + 1]! + 1) * 8, p.end)
  for (o += 2; o + 6 <= stop; ) {
    const option = b[o]!
    if (option === JUMBO_PAYLOAD && b[o + 1] === 4) {
      // No datagram is longer than the frame that carries it, whatever 32 bits can say.
      return Math.min(at + HEADER + u32(b, o + 2), frameEnd)
    }
    o += option === 0 ? 1 : 2 + b[o + 1]!
  }
  return frameEnd
}
