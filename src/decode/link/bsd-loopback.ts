/** BSD loopback: a 32-bit address family, in the byte order of the capturing host (NULL) or of the network (LOOP). */
import { i32 } from '../../bytes/read.js'
import { ipv4 } from '../network/ipv4.js'
import { ipv6 } from '../network/ipv6.js'
import { Decoded, type Packet } from '../packet.js'

const HEADER = 4

/** Families are small numbers, so one of the two orders has its upper half empty; that is the one that was meant. */
export function bsdNull(p: Packet, at: number): Decoded {
  if (at + HEADER > p.end) return Decoded.Short
  const b = p.buf
  const family = b[at] === 0 && b[at + 1] === 0 ? i32(b, at) : b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)
  return byFamily(p, family, at + HEADER)
}

export function bsdLoop(p: Packet, at: number): Decoded {
  if (at + HEADER > p.end) return Decoded.Short
  return byFamily(p, i32(p.buf, at), at + HEADER)
}

function byFamily(p: Packet, family: number, at: number): Decoded {
  switch (family) {
    case 2:
      return ipv4(p, at)
    case 10: // Linux
    case 24: // NetBSD, OpenBSD, BSD/OS
    case 28: // FreeBSD, DragonFly
    case 30: // macOS
      return ipv6(p, at)
    default:
      return Decoded.NotIp
  }
}
