/** TCP header (RFC 9293 §3.1). */
import { u16, u32 } from '../../bytes/read.js'
import { Decoded, type Packet } from '../packet.js'
import { portsOnly } from './udp.js'

const MIN_HEADER = 20

export function tcp(p: Packet, at: number, end: number, wireEnd: number): Decoded {
  if (at + MIN_HEADER > end) return portsOnly(p, at, end)
  const b = p.buf
  p.transport = at
  p.srcPort = u16(b, at)
  p.dstPort = u16(b, at + 2)
  p.seq = u32(b, at + 4)
  p.ack = u32(b, at + 8)
  p.tcpFlags = b[at + 13]!
  p.window = u16(b, at + 14)
  const header = (b[at + 12]! >> 4) * 4
  const payload = at + header
  if (header < MIN_HEADER || payload > wireEnd) {
    p.payload = end
    return Decoded.Malformed
  }
  p.payloadLength = wireEnd - payload
  // With options cut by the snaplen the header still tells all that is kept; what is left of them ends at `payload`.
  if (payload > end) p.payload = end
  else {
    p.payload = payload
    p.payloadCaptured = end - payload
  }
  return Decoded.Ok
}
