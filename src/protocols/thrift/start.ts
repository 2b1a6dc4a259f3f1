/**
 * Where a message begins: its transport (none, framed, header), its protocol (binary, strict or old, or compact), its name, kind
 * and sequence id. Thrift says nothing of this in advance: each message is looked at.
 */
import { Cursor } from '../../bytes/cursor.js'
import { varint } from './decoder.js'
import { HEADER_MAGIC, type HeaderFrame, MIN_HEADER_FRAME, readHeaderFrame } from './header-frame.js'
import { isType, Kind, T } from './names.js'

/** Longest method name believed, with the service before it; generated names have some tens of characters. */
const MAX_NAME = 256
/** Largest frame believed: libraries refuse beyond 16 MiB by default, the protocol allows 256 MB (2^30 / 4). */
export const MAX_FRAME = 256 << 20

/** A name that an IDL can give, with "service:" before it where services share a connection. */
const NAME = /^(?:[A-Za-z_][\w.]*:)?[A-Za-z_][\w.]*$/

export interface Start {
  readonly protocol: 'binary' | 'old' | 'compact'
  readonly kind: number
  readonly name: string
  readonly seqid: number
  /** Size the frame gives itself; 0 without frame. */
  readonly frame: number
  /** Octets from the first one to the body, the frame's size and the header included. */
  readonly length: number
  readonly header: HeaderFrame | undefined
}

const cur = new Cursor()

/**
 * The message at `at`, 'maybe' when more bytes are needed to tell, 'no' when none starts there.
 */
export function readStart(buf: Buffer, at: number, end: number): Start | 'maybe' | 'no' {
  const left = end - at
  if (left === 0) return 'maybe'
  const first = buf[at]!
  if (first === 0x80 || first === 0x82) return bare(buf, at, end, 0, at)
  if (left < 4) return first === 0 || first < 0x10 ? 'maybe' : 'no'
  const size = buf.readUInt32BE(at)
  if (size === 0 || size > MAX_FRAME) return 'no'
  if (left < 6) return 'maybe'
  const inner = buf[at + 4]!
  if (inner === 0x80 || inner === 0x82) return size < 7 ? 'no' : bare(buf, at + 4, end, size, at)
  if (buf.readUInt16BE(at + 4) === HEADER_MAGIC) return size < MIN_HEADER_FRAME ? 'no' : inHeader(buf, at, end, size)
  // Old binary: a name's length first, alone or in a frame. The octet after the length tells which.
  return inner === 0 ? (size < 10 ? 'no' : old(buf, at + 4, end, size, at)) : old(buf, at, end, 0, at)
}

/** Strict binary or compact. */
function bare(buf: Buffer, at: number, end: number, frame: number, from: number, header?: HeaderFrame): Start | 'maybe' | 'no' {
  cur.reset(buf, at, end)
  let protocol: 'binary' | 'compact'
  let kind: number
  let seqid: number
  let length: number
  if (cur.left < 2) return 'maybe'
  if (buf[at] === 0x80) {
    if (buf[at + 1] !== 0x01) return 'no'
    if (cur.left < 4) return 'maybe'
    protocol = 'binary'
    kind = buf[at + 3]!
    if (buf[at + 2] !== 0 || kind < Kind.call || kind > Kind.oneway) return 'no'
    if (cur.left < 8) return 'maybe'
    length = buf.readUInt32BE(at + 4)
    cur.pos = at + 8
    seqid = 0
  } else {
    protocol = 'compact'
    const second = buf[at + 1]!
    kind = second >> 5
    // Version 1; fbthrift counts 2 for its other doubles.
    if ((second & 0x1f) !== 1 || kind < Kind.call || kind > Kind.oneway) return 'no'
    cur.pos = at + 2
    const sequence = varint(cur)
    const size = sequence === undefined ? undefined : varint(cur)
    if (sequence === undefined || size === undefined) return end - at > 24 ? 'no' : 'maybe'
    seqid = Number(BigInt.asIntN(32, sequence))
    length = Number(size)
  }
  if (length === 0 || length > MAX_NAME || (frame > 0 && length > frame)) return 'no'
  const name = nameAt(cur, length)
  if (name === undefined) return 'no'
  if (name === '' || cur.left < (protocol === 'binary' ? 5 : 1)) return 'maybe'
  if (protocol === 'binary') seqid = cur.u32() | 0
  if (!plausibleBody(cur, protocol)) return 'no'
  return { protocol, kind, name, seqid, frame, length: cur.pos - from, header }
}

function old(buf: Buffer, at: number, end: number, frame: number, from: number, header?: HeaderFrame): Start | 'maybe' | 'no' {
  cur.reset(buf, at, end)
  if (cur.left < 4) return 'maybe'
  const length = cur.u32()
  if (length === 0 || length > MAX_NAME) return 'no'
  const name = nameAt(cur, length)
  if (name === undefined) return 'no'
  if (name === '' || cur.left < 6) return 'maybe'
  const kind = cur.u8()
  if (kind < Kind.call || kind > Kind.oneway) return 'no'
  const seqid = cur.u32() | 0
  if (!plausibleBody(cur, 'old')) return 'no'
  return { protocol: 'old', kind, name, seqid, frame, length: cur.pos - from, header }
}

/** The name at `cursor`; '' when it is not all here and could be one, undefined when it is none. */
function nameAt(cursor: Cursor, length: number): string | undefined {
  const here = Math.min(length, cursor.left)
  const text = cursor.buf.toString('latin1', cursor.pos, cursor.pos + here)
  if (here < length) return /^[A-Za-z_]?[\w.:]*$/.test(text) ? '' : undefined
  cursor.pos += length
  return NAME.test(text) ? text : undefined
}

/** A body starts with a field or ends at once: an octet that is always there. */
function plausibleBody(cursor: Cursor, protocol: Start['protocol']): boolean {
  const next = cursor.peek()
  if (next <= 0) return true
  return protocol === 'compact' ? (next & 0x0f) >= 1 && (next & 0x0f) <= 13 : next !== T.stop && isType(next)
}

function inHeader(buf: Buffer, at: number, end: number, size: number): Start | 'maybe' | 'no' {
  const header = readHeaderFrame(buf, at, end, size)
  if (typeof header === 'string') return header
  if (header.protocol !== 'binary' && header.protocol !== 'compact') return 'no'
  const { bytes } = header
  const inner = bytes ?? buf
  const from = bytes ? 0 : at + header.payload
  const stop = bytes ? bytes.length : Math.min(end, at + 4 + size)
  if (from === stop) return bytes || stop < end ? 'no' : 'maybe'
  const first = inner[from]
  const start =
    first === 0x80 || first === 0x82
      ? bare(inner, from, stop, size, bytes ? 0 : at, header)
      : old(inner, from, stop, size, bytes ? 0 : at, header)
  return start === 'maybe' && (bytes || end >= at + 4 + size) ? 'no' : start
}
