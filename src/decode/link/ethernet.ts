/** Ethernet II and IEEE 802.3 frames: two addresses and a type, or a length before an LLC header. */
import { u16 } from '../../bytes/read.js'
import { ipv4 } from '../network/ipv4.js'
import { Decoded, type Packet } from '../packet.js'
import { etherType } from './ether-type.js'

const HEADER = 14

export function ethernet(p: Packet, at: number): Decoded {
  if (at + HEADER > p.end) return Decoded.Short
  p.macs = at
  const type = u16(p.buf, at + 12)
  return type === 0x0800 ? ipv4(p, at + HEADER) : etherType(p, type, at + HEADER)
}
