/**
 * The header of a TNS packet, 8 bytes, big-endian:
 *
 *   length 16, checksum 16, type 8, flags 8, header checksum 16      before ACCEPT, and all along below version 315
 *   length 32,              type 8, flags 8, header checksum 16      behind an ACCEPT of version 315 and later
 *
 * Which of the two it is, its own bytes tell: no packet is shorter than its header, so a length below 8 in the first 16 bits
 * is the upper half of a longer field.
 */
import { DATA_FLAGS, isTtcKind, Tns } from './names.js'

export const HEADER = 8
/** Longest packet: the largest session data unit, 2 MiB, and its header. */
export const MAX_PACKET = (2 << 20) + HEADER
/** 16 bits of a 32-bit length that no longer can be the upper half of one. */
const MAX_UPPER = MAX_PACKET >>> 16

export interface Header {
  readonly type: number
  readonly flags: number
  /** Of the packet, header included. */
  readonly length: number
  /** Of 32 bits. */
  readonly wide: boolean
  readonly checksum: number
  readonly headerChecksum: number
}

/**
 * @param wide this side has sent a header with 32 bits of length before
 * @returns undefined when these bytes are no header; 'short' when fewer than 8 are here
 */
export function readHeader(buf: Buffer, at: number, end: number, wide: boolean): Header | 'short' | undefined {
  if (end - at < HEADER) return 'short'
  const upper = (buf[at]! << 8) | buf[at + 1]!
  const lower = (buf[at + 2]! << 8) | buf[at + 3]!
  const type = buf[at + 4]!
  const isWide = upper < HEADER || (wide && upper <= MAX_UPPER)
  const length = isWide ? upper * 65536 + lower : upper
  if (length < least(type) || length > MAX_PACKET) return undefined
  const flags = buf[at + 5]!
  const headerChecksum = (buf[at + 6]! << 8) | buf[at + 7]!
  return { type, flags, length, wide: isWide, checksum: isWide ? 0 : lower, headerChecksum }
}

/** Fewest bytes of a packet of a type; more than any packet has for a type that there is not. */
function least(type: number): number {
  switch (type) {
    case Tns.CONNECT:
      return 34
    case Tns.ACCEPT:
      return 24
    case Tns.REFUSE:
      return 12
    case Tns.REDIRECT:
    case Tns.DATA:
      return 10
    case Tns.MARKER:
      return 11
    case Tns.CONTROL:
    case Tns.ACK:
    case Tns.NULL:
    case Tns.ABORT:
    case Tns.RESEND:
    case Tns.ATTENTION:
    case Tns.DESCRIPTOR:
      return HEADER
    default:
      return MAX_PACKET + 1
  }
}

export type Grade = 'no' | 'short' | 'weak' | 'strong'

/** How much speaks for a packet that begins here. Judged by what of its body is here. */
export function gradePacket(buf: Buffer, at: number, end: number, wide: boolean): Grade {
  const header = readHeader(buf, at, end, wide)
  if (header === 'short') return 'short'
  if (!header || (header.flags & 0xc0) !== 0) return 'no'
  const body = at + HEADER
  const stop = Math.min(end, at + header.length)
  switch (header.type) {
    case Tns.CONNECT:
      return gradeConnect(buf, at, stop, header)
    case Tns.ACCEPT: {
      if (stop - body < 16) return 'short'
      const order = buf.readUInt16BE(body + 8)
      const sane = isVersion(buf.readUInt16BE(body)) && (order === 1 || order === 256) && buf.readUInt16BE(at + 20) <= header.length
      return sane && !header.wide ? 'strong' : 'no'
    }
    case Tns.REFUSE:
    case Tns.REDIRECT: {
      const text = body + (header.type === Tns.REFUSE ? 4 : 2)
      if (stop - body < text - body) return 'short'
      if (header.wide || buf.readUInt16BE(text - 2) > MAX_DESCRIPTOR) return 'no'
      if (stop === text) return header.length === text - at ? 'weak' : 'short'
      return buf[text] === 0x28 && buf.readUInt16BE(text - 2) === header.length - (text - at) ? 'strong' : 'no'
    }
    case Tns.DATA:
      return gradeData(buf, body, stop, header)
    case Tns.MARKER:
      if (stop - body < 3) return 'short'
      return header.length === 11 && buf[body]! <= 2 && buf[body + 2]! <= 3 && header.headerChecksum === 0 ? 'weak' : 'no'
    case Tns.RESEND:
      return header.length === HEADER && header.checksum === 0 && header.headerChecksum === 0 ? 'weak' : 'no'
    case Tns.CONTROL:
      return header.length < 4096 && header.checksum === 0 && header.headerChecksum === 0 ? 'weak' : 'no'
    default:
      return 'no'
  }
}

/** Longest text of a descriptor that a packet may announce. */
const MAX_DESCRIPTOR = 32767
export const isVersion = (version: number): boolean => version >= 290 && version <= 339

function gradeConnect(buf: Buffer, at: number, stop: number, header: Header): Grade {
  if (header.wide) return 'no'
  if (stop - at < 34) return 'short'
  const version = buf.readUInt16BE(at + 8)
  const lowest = buf.readUInt16BE(at + 10)
  const order = buf.readUInt16BE(at + 22)
  const length = buf.readUInt16BE(at + 24)
  const offset = buf.readUInt16BE(at + 26)
  if (!isVersion(version) || lowest > version || lowest < 100 || (order !== 1 && order !== 256)) return 'no'
  if (offset < 26 || offset > header.length || length > MAX_DESCRIPTOR) return 'no'
  if (offset + length <= header.length) return length === 0 || stop <= at + offset || buf[at + offset] === 0x28 ? 'strong' : 'no'
  return offset === header.length ? 'strong' : 'no'
}

function gradeData(buf: Buffer, body: number, stop: number, header: Header): Grade {
  if (header.headerChecksum !== 0 || header.checksum !== 0) return 'no'
  if (stop - body < 2) return 'short'
  const flags = buf.readUInt16BE(body)
  if ((flags & ~DATA_FLAGS) !== 0) return 'no'
  if (header.length === HEADER + 2) return (flags & 0x40) !== 0 ? 'weak' : 'no'
  if (stop - body < 3) return 'short'
  const kind = buf[body + 2]!
  if (kind === 0xde) {
    if (stop - body < 6) return 'short'
    return buf.readUInt32BE(body + 2) === 0xdeadbeef ? 'strong' : 'no'
  }
  if (kind === 0x28) return 'weak'
  return isTtcKind(kind) ? 'weak' : 'no'
}
