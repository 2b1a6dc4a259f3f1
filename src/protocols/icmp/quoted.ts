/** The packet that an ICMP error quotes: an IP header and at least the first bytes of what it carried. */
import { u16 } from '../../bytes/read.js'
import { ipText } from '../../model/address.js'
import { communityId, icmpPaired } from '../../model/community-id.js'
import type { IcmpDetail } from './fields.js'

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp', 132: 'sctp' }
/** As in the decoder: RFC 8200 allows fewer than ten extension headers. */
const MAX_EXTENSIONS = 16

/** Adds what can be read of the packet at `at`..`end` to `into`; false when not even its addresses can. */
export function readQuote(buf: Buffer, at: number, end: number, into: IcmpDetail): boolean {
  const version = at < end ? buf[at]! >> 4 : 0
  if (version === 4) {
    const header = (buf[at]! & 0x0f) * 4
    if (at + 20 > end || header < 20) return false
    const first = (u16(buf, at + 6) & 0x1fff) === 0
    quote(buf, 4, at + 12, at + 16, 4, buf[at + 9]!, first ? at + header : -1, end, into)
    return true
  }
  if (version !== 6 || at + 40 > end) return false
  let next = buf[at + 6]!
  let o = at + 40
  for (let i = 0; i < MAX_EXTENSIONS && o >= 0; i++) {
    const known = next === 0 || next === 43 || next === 44 || next === 51 || next === 60 || next === 135 || next === 139 || next === 140
    if (!known) break
    if (o + 8 > end) o = -1
    else {
      const size = next === 44 ? 8 : next === 51 ? (buf[o + 1]! + 2) * 4 : (buf[o + 1]! + 1) * 8
      const laterFragment = next === 44 && (u16(buf, o + 2) & 0xfff8) !== 0
      next = buf[o]!
      o = laterFragment ? -1 : o + size
    }
  }
  quote(buf, 6, at + 8, at + 24, 16, next, o, end, into)
  return true
}

function quote(
  buf: Buffer,
  version: 4 | 6,
  src: number,
  dst: number,
  size: number,
  proto: number,
  transport: number,
  end: number,
  into: IcmpDetail,
): void {
  into.quoted_src_ip = ipText(version, buf, src)
  into.quoted_dst_ip = ipText(version, buf, dst)
  into.quoted_transport = NAMES[proto] ?? String(proto)
  let srcPort = -1
  let dstPort = -1
  let oneWay = false
  if (transport >= 0 && transport + 4 <= end) {
    if (proto === 6 || proto === 17 || proto === 132) {
      srcPort = into.quoted_src_port = u16(buf, transport)
      dstPort = into.quoted_dst_port = u16(buf, transport + 2)
    } else if (proto === 1 || proto === 58) {
      const type = buf[transport]!
      const paired = icmpPaired(proto === 58 ? 6 : 4, type)
      into.quoted_type = srcPort = type
      oneWay = paired < 0
      dstPort = oneWay ? buf[transport + 1]! : paired
      if (transport + 8 <= end && !oneWay) {
        into.quoted_id = u16(buf, transport + 4)
        into.quoted_seq = u16(buf, transport + 6)
      }
    }
  }
  // Without its ports a flow of these protocols has no id that other packets of it would have.
  const needsPorts = NAMES[proto] !== undefined
  if (needsPorts && srcPort < 0) return
  into.quoted_community_id = communityId(0, proto, buf.subarray(src, src + size), buf.subarray(dst, dst + size), srcPort, dstPort, oneWay)
}
