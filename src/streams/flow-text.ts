/** A flow's numbers as text: addresses, transport name, Community ID. Made once per flow, when a row needs them. */
import { IpProto } from '../decode/packet.js'
import { ipText } from '../model/address.js'
import { communityId } from '../model/community-id.js'
import type { Flow } from './flow.js'

const scratch = Buffer.alloc(16)

function writeAddress(to: Buffer, w0: number, w1: number, w2: number, w3: number): void {
  to.writeInt32BE(w0, 0)
  to.writeInt32BE(w1, 4)
  to.writeInt32BE(w2, 8)
  to.writeInt32BE(w3, 12)
}

export function addressText(flow: Flow, ofA: boolean): string {
  if (ofA) writeAddress(scratch, flow.a0, flow.a1, flow.a2, flow.a3)
  else writeAddress(scratch, flow.b0, flow.b1, flow.b2, flow.b3)
  return ipText(flow.ipVersion === 6 ? 6 : 4, scratch, 0)
}

/** IANA names of the IP protocols that a flow may have without a decoder; others by number. */
const NAMES = new Map<number, string>([
  [IpProto.Icmp, 'icmp'],
  [2, 'igmp'],
  [4, 'ipv4'],
  [IpProto.Tcp, 'tcp'],
  [8, 'egp'],
  [IpProto.Udp, 'udp'],
  [33, 'dccp'],
  [41, 'ipv6'],
  [46, 'rsvp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [IpProto.Icmp6, 'ipv6-icmp'],
  [59, 'ipv6-nonxt'],
  [88, 'eigrp'],
  [89, 'ospf'],
  [94, 'ipip'],
  [97, 'etherip'],
  [103, 'pim'],
  [108, 'ipcomp'],
  [112, 'vrrp'],
  [115, 'l2tp'],
  [IpProto.Sctp, 'sctp'],
  [135, 'mobility-header'],
  [136, 'udplite'],
])
export const transportName = (proto: number): string => NAMES.get(proto) ?? String(proto)

const addressA = Buffer.alloc(16)
const addressB = Buffer.alloc(16)

export function communityIdOf(flow: Flow, oneWay: boolean): string {
  writeAddress(addressA, flow.a0, flow.a1, flow.a2, flow.a3)
  writeAddress(addressB, flow.b0, flow.b1, flow.b2, flow.b3)
  const bytes = flow.ipVersion === 6 ? 16 : 4
  return communityId(0, flow.proto, addressA.subarray(0, bytes), addressB.subarray(0, bytes), flow.portA, flow.portB, oneWay)
}
