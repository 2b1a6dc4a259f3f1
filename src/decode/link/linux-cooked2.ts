/** Linux "cooked" v2 (LINKTYPE_LINUX_SLL2): the same with the interface's index. */
import { u16 } from '../../bytes/read.js'
import { Decoded, type Packet } from '../packet.js'
import { cookedProtocol } from './cooked-protocol.js'

const HEADER = 20

export function linuxCooked2(p: Packet, at: number): Decoded {
  if (at + HEADER > p.end) return Decoded.Short
  return cookedProtocol(p, u16(p.buf, at + 8), u16(p.buf, at), at + HEADER)
}
