/** No link header at all: the IP version tells which header follows. */
import { ipv4 } from '../network/ipv4.js'
import { ipv6 } from '../network/ipv6.js'
import { Decoded, type Packet } from '../packet.js'

export function rawIp(p: Packet, at: number): Decoded {
  if (at >= p.end) return Decoded.Short
  const version = p.buf[at]! >> 4
  if (version === 4) return ipv4(p, at)
  return version === 6 ? ipv6(p, at) : Decoded.Malformed
}
