/**
 * Community ID v1: one name for a flow that other tools compute alike (https://github.com/corelight/community-id-spec).
 *
 * SHA-1 over seed, addresses, protocol, a zero byte and ports, with the smaller endpoint first. ICMP has no ports; type and
 * the type it pairs with (or its code) stand in for them.
 */
import { hash } from 'node:crypto'

const ICMP = 1
const ICMP6 = 58
/** TCP, UDP, SCTP and the two ICMPs: those whose ports are hashed. */
const withPorts = (proto: number): boolean => proto === 6 || proto === 17 || proto === 132 || proto === ICMP || proto === ICMP6

/** Largest input: seed 2, two IPv6 addresses 32, protocol and zero 2, ports 4. */
const scratch = Buffer.alloc(40)

/**
 * `src` and `dst` are 4 or 16 bytes each. `oneWay` flows (ICMP types without a pair) keep their direction instead of being
 * ordered. A negative `srcPort` says that the ports are not known (a fragment); they are left out then.
 */
export function communityId(
  seed: number,
  proto: number,
  src: Uint8Array,
  dst: Uint8Array,
  srcPort: number,
  dstPort: number,
  oneWay = false,
): string {
  const ports = srcPort >= 0 && withPorts(proto)
  const order = Buffer.compare(src, dst)
  const swap = !oneWay && (order > 0 || (order === 0 && ports && srcPort > dstPort))
  const first = swap ? dst : src
  const second = swap ? src : dst
  scratch.writeUInt16BE(seed & 0xffff, 0)
  scratch.set(first, 2)
  let at = 2 + first.length
  scratch.set(second, at)
  at += second.length
  scratch[at++] = proto
  scratch[at++] = 0
  if (ports) {
    at = scratch.writeUInt16BE((swap ? dstPort : srcPort) & 0xffff, at)
    at = scratch.writeUInt16BE((swap ? srcPort : dstPort) & 0xffff, at)
  }
  return `1:${hash('sha1', scratch.subarray(0, at), 'base64')}`
}

/** Per ICMP type the type it answers or is answered by, -1 for one-way types. */
const PAIRED_4 = pairs([8, 0], [13, 14], [15, 16], [10, 9], [17, 18])
const PAIRED_6 = pairs([128, 129], [130, 131], [133, 134], [135, 136], [139, 140], [144, 145])

function pairs(...list: readonly (readonly [number, number])[]): Int16Array {
  const table = new Int16Array(256).fill(-1)
  for (const [request, reply] of list) {
    table[request] = reply
    table[reply] = request
  }
  return table
}

/** The type that belongs to `type` in the same flow, or -1 when the type is one-way. `version` 4 or 6 says which ICMP. */
export const icmpPaired = (version: number, type: number): number => (version === 6 ? PAIRED_6 : PAIRED_4)[type] ?? -1
