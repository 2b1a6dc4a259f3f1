/** One datagram, one message: type, code, id and sequence, and what the body of its type says. */
import type { Cursor } from '../../bytes/cursor.js'
import { u16, u32 } from '../../bytes/read.js'
import { ipv4Text } from '../../model/address.js'
import type { Parser, Verdict } from '../protocol.js'
import type { IcmpDetail } from './fields.js'
import { type Role, roleOf } from './names.js'
import { readNeighbor } from './neighbor.js'
import { readQuote } from './quoted.js'

const HEADER = 8

export interface IcmpMessage {
  readonly type: number
  readonly code: number
  readonly role: Role
  /** Bytes behind the 8-byte header, on the wire. */
  readonly bytes: number
  /** The capture did not keep all of it. */
  readonly cut: boolean
  /** It ends before its type says it may, although nothing was cut. */
  readonly short: boolean
  /** -1 where the type has none or it was cut. */
  readonly id: number
  readonly seq: number
  /** Hash of the data behind the header. */
  readonly data: number
  readonly detail: IcmpDetail
  /** The data as latin1, when it is to be kept. */
  readonly text: string | undefined
}

export class IcmpParser implements Parser<IcmpMessage> {
  constructor(
    private readonly version: 4 | 6,
    private readonly keepRequests: boolean,
    private readonly keepReplies: boolean,
  ) {}

  next(cur: Cursor, into: (message: IcmpMessage) => void): Verdict {
    const { buf, pos: at, end } = cur
    const length = end - at
    const type = cur.u8()
    const code = cur.u8()
    const role = roleOf(this.version, type)
    const paired = role === 'request' || role === 'reply'
    const hasHeader = length >= HEADER
    const detail: IcmpDetail = {}
    const whole = hasHeader && (paired ? maskOf(this.version, type, buf, at, end, detail) : this.body(type, code, buf, at, end, detail))
    const numbered = hasHeader && (paired || isExtendedEcho(this.version, type))
    const keep = hasHeader && (role === 'reply' ? this.keepReplies : this.keepRequests)
    cur.pos = end
    into({
      type,
      code,
      role,
      bytes: Math.max(0, length + cur.cut - HEADER),
      cut: cur.cut > 0,
      short: !whole && cur.cut === 0,
      id: numbered ? u16(buf, at + 4) : -1,
      // RFC 8335 §2: eight bits of sequence, then flags.
      seq: !numbered ? -1 : paired ? u16(buf, at + 6) : buf[at + 6]!,
      data: paired && hasHeader ? hashOf(buf, at + HEADER, end) : 0,
      detail,
      text: keep ? buf.toString('latin1', at + HEADER, end) : undefined,
    })
    return 'message'
  }

  /** False when the message is shorter than its type requires. */
  private body(type: number, code: number, buf: Buffer, at: number, end: number, into: IcmpDetail): boolean {
    if (this.version === 6) {
      if (type === 2) into.mtu = u32(buf, at + 4)
      if (type === 4) into.pointer = u32(buf, at + 4)
      return type < 128 ? readQuote(buf, at + HEADER, end, into) : readNeighbor(type, buf, at, end, into)
    }
    switch (type) {
      case 3:
        // RFC 1191 §4: routers older than 1990 leave 0.
        if (code === 4 && u16(buf, at + 6) !== 0) into.mtu = u16(buf, at + 6)
        return readQuote(buf, at + HEADER, end, into)
      case 4:
      case 11:
        return readQuote(buf, at + HEADER, end, into)
      case 5: {
        into.gateway_ip = ipv4Text(buf, at + 4)
        const quoted = readQuote(buf, at + HEADER, end, into)
        if (quoted) into.redirected_ip = into.quoted_dst_ip
        return quoted
      }
      case 9:
        // RFC 1256 §3: count, words per entry, lifetime, entries of address and preference.
        into.router_lifetime_s = u16(buf, at + 6)
        if (buf[at + 4] === 0) return true
        if (at + 12 > end) return false
        into.gateway_ip = ipv4Text(buf, at + 8)
        return true
      case 12:
        if (code === 0) into.pointer = buf[at + 4]!
        return readQuote(buf, at + HEADER, end, into)
      default:
        return true
    }
  }
}

const isExtendedEcho = (version: 4 | 6, type: number): boolean =>
  version === 4 ? type === 42 || type === 43 : type === 160 || type === 161

/** RFC 950: the mask stands behind id and sequence; the other paired types carry free data there. */
function maskOf(version: 4 | 6, type: number, buf: Buffer, at: number, end: number, into: IcmpDetail): boolean {
  if (version === 6 || (type !== 17 && type !== 18)) return true
  if (at + 12 > end) return false
  if (type === 18) into.address_mask = ipv4Text(buf, at + HEADER)
  return true
}

/** FNV-1a, 32 bits: enough to tell that a reply's data is not the request's, without keeping the data. */
function hashOf(buf: Buffer, from: number, to: number): number {
  let h = 0x811c9dc5
  for (let i = from; i < to; i++) h = Math.imul(h ^ buf[i]!, 0x01000193)
  return h >>> 0
}
