/** Linux "cooked" v1 (LINKTYPE_LINUX_SLL): what `-i any` gave for years. */
import { u16 } from '../../bytes/read.js'
import { Decoded, type Packet } from '../packet.js'
import { cookedProtocol } from './cooked-protocol.js'

const HEADER = 16

export function linuxCooked(p: Packet, at: number): Decoded {
  if (at + HEADER > p.end) return Decoded.Short
  return cookedProtocol(p, u16(p.buf, at + 2), u16(p.buf, at + 14), at + HEADER)
}
