/** Bodies of Neighbor Discovery (RFC 4861), its DNS option (RFC 8106) and Multicast Listener Discovery (RFC 2710, 3810). */
import { u16, u32 } from '../../bytes/read.js'
import { ipv6Text, macText } from '../../model/address.js'
import type { IcmpDetail } from './fields.js'
import { readQuote } from './quoted.js'

/** A router advertises a handful of each; a row of thousands would serve only who forged it. */
const MAX_LISTED = 64

/**
 * Adds the body of the ICMPv6 message `at`..`end` to `into`; false when it is shorter than its type requires. Bodies
 * start behind the 8-byte header.
 */
export function readNeighbor(type: number, buf: Buffer, at: number, end: number, into: IcmpDetail): boolean {
  switch (type) {
    case 130:
    case 131:
    case 132:
      if (at + 24 > end) return false
      // A general query asks for the unspecified group.
      if (!isZero(buf, at + 8)) into.groups = [ipv6Text(buf, at + 8)]
      return true
    case 133:
      return options(buf, at + 8, end, into)
    case 134: {
      if (at + 16 > end) return false
      const bits = buf[at + 5]!
      into.flags = named(bits, [
        [0x80, 'managed'],
        [0x40, 'other'],
        [0x20, 'home-agent'],
      ])
      into.router_lifetime_s = u16(buf, at + 6)
      return options(buf, at + 16, end, into)
    }
    case 135:
    case 136:
      if (at + 24 > end) return false
      into.target_ip = ipv6Text(buf, at + 8)
      if (type === 136)
        into.flags = named(buf[at + 4]!, [
          [0x80, 'router'],
          [0x40, 'solicited'],
          [0x20, 'override'],
        ])
      return options(buf, at + 24, end, into)
    case 137:
      if (at + 40 > end) return false
      into.gateway_ip = ipv6Text(buf, at + 8)
      into.redirected_ip = ipv6Text(buf, at + 24)
      return options(buf, at + 40, end, into)
    case 143:
      return listenerReport(buf, at, end, into)
    default:
      return true
  }
}

/** RFC 4861 §4.6: type, length in units of 8 bytes, body. */
function options(buf: Buffer, from: number, end: number, into: IcmpDetail): boolean {
  const prefixes: string[] = []
  const servers: string[] = []
  let whole = true
  for (let o = from; o + 2 <= end; ) {
    const size = buf[o + 1]! * 8
    // §4.6: a length of 0 makes the packet invalid; the cut one ends here as well.
    if (size === 0 || o + size > end) {
      whole = false
      break
    }
    switch (buf[o]) {
      case 1:
      case 2:
        // Six bytes on Ethernet and Wi-Fi; other links have other sizes and no such text form.
        if (size === 8) into.link_address = macText(buf, o + 2)
        break
      case 3:
        if (size !== 32) break
        if (prefixes.length < MAX_LISTED) prefixes.push(`${ipv6Text(buf, o + 16)}/${buf[o + 2]!}`)
        else into.more_listed = true
        break
      case 4:
        readQuote(buf, o + 8, o + size, into)
        break
      case 5:
        if (size === 8) into.mtu = u32(buf, o + 4)
        break
      case 25:
        for (let a = o + 8; a + 16 <= o + size; a += 16) {
          if (servers.length < MAX_LISTED) servers.push(ipv6Text(buf, a))
          else into.more_listed = true
        }
        break
    }
    o += size
  }
  if (prefixes.length > 0) into.prefixes = prefixes
  if (servers.length > 0) into.dns_servers = servers
  return whole
}

/** RFC 3810 §5.2: records of type, auxiliary words, number of sources, group. */
function listenerReport(buf: Buffer, at: number, end: number, into: IcmpDetail): boolean {
  const count = u16(buf, at + 6)
  const groups: string[] = []
  let o = at + 8
  let read = 0
  for (; read < count && o + 20 <= end; read++) {
    if (groups.length < MAX_LISTED) groups.push(ipv6Text(buf, o + 4))
    else into.more_listed = true
    o += 20 + u16(buf, o + 2) * 16 + buf[o + 1]! * 4
  }
  if (groups.length > 0) into.groups = groups
  return read === count
}

const named = (bits: number, names: readonly (readonly [number, string])[]): string[] =>
  names.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)

function isZero(buf: Buffer, at: number): boolean {
  for (let i = at; i < at + 16; i++) if (buf[i] !== 0) return false
  return true
}
