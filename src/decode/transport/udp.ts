/** UDP header (RFC 768). */
import { u16 } from '../../bytes/read.js'
import { Decoded, type Packet } from '../packet.js'

const HEADER = 8

export function udp(p: Packet, at: number, end: number, wireEnd: number): Decoded {
  if (at + HEADER > end) return portsOnly(p, at, end)
  const b = p.buf
  p.transport = at
  p.srcPort = u16(b, at)
  p.dstPort = u16(b, at + 2)
  const length = u16(b, at + 4)
  // 0 comes from offload and jumbograms (RFC 2675 §4); in a first fragment the field counts the whole datagram.
  const stop = length >= HEADER && at + length < wireEnd ? at + length : wireEnd
  const payload = at + HEADER
  p.payload = payload
  p.payloadLength = stop - payload
  p.payloadCaptured = Math.min(stop, end) - payload
  return Decoded.Ok
}

/** The header is cut; TCP and UDP begin with the ports alike. */
export function portsOnly(p: Packet, at: number, end: number): Decoded {
  if (at + 4 <= end) {
    p.srcPort = u16(p.buf, at)
    p.dstPort = u16(p.buf, at + 2)
  }
  return Decoded.Short
}
