/** ICMP header of both versions (RFC 792, RFC 4443): type, code, checksum and four bytes that depend on the type. */
import { icmpPaired } from '../../model/community-id.js'
import { Decoded, IpProto, type Packet } from '../packet.js'

export { icmpPaired }

/** Type, code and checksum: what every message has. */
const MIN_HEADER = 4
const HEADER = 8

export function icmp(p: Packet, at: number, end: number, wireEnd: number): Decoded {
  if (at + MIN_HEADER > end) return Decoded.Short
  p.transport = at
  icmpPorts(p)
  const payload = at + HEADER
  if (wireEnd > payload) p.payloadLength = wireEnd - payload
  if (payload > end) p.payload = end
  else {
    p.payload = payload
    p.payloadCaptured = end - payload
  }
  return Decoded.Ok
}

/**
 * Community ID's stand-ins for ports: a type and the type that answers it, so that both directions are one flow; type and
 * code for types that nothing answers (`isOneWay`), whose flows have one direction.
 */
export function icmpPorts(p: Packet): void {
  const type = p.buf[p.transport]!
  const paired = icmpPaired(icmpVersion(p), type)
  p.srcPort = type
  p.dstPort = paired >= 0 ? paired : p.buf[p.transport + 1]!
}

/** True for an ICMP packet of a type that nothing answers: its flow must not be turned round. */
export const isOneWay = (p: Packet): boolean => p.transport >= 0 && icmpPaired(icmpVersion(p), p.buf[p.transport]!) < 0

const icmpVersion = (p: Packet): number => (p.proto === IpProto.Icmp6 ? 6 : 4)
