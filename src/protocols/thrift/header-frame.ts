/** The header transport (thrift/doc/specs/HeaderFormat.md): a frame with protocol, transforms and key-value pairs before the message. */
import { Cursor } from '../../bytes/cursor.js'
import { type Compression, decompress } from '../shared/decompress.js'
import { varint } from './decoder.js'

export const HEADER_MAGIC = 0x0fff
/** Magic, flags, sequence id, header size. */
export const MIN_HEADER_FRAME = 10
/** Offset of the header's words from the start of the frame, the size included. */
const HEADER_AT = 14
/** Pairs read, and octets of a key or value: trace ids and a few more in the field. */
const MAX_PAIRS = 64
const MAX_PAIR_TEXT = 1024
/** A transformed frame is held whole and undone: no more than this, and no more than this comes out. */
const MAX_PACKED = 512 << 10
const MAX_UNPACKED = 8 << 20
/** Transforms one after the other; libraries know five. */
const MAX_TRANSFORMS = 4

const PROTOCOLS: Readonly<Record<number, string>> = { 0: 'binary', 1: 'json', 2: 'compact' }
const TRANSFORMS: Readonly<Record<number, string>> = { 1: 'zlib', 2: 'hmac', 3: 'snappy', 4: 'qlz', 5: 'zstd' }

export interface HeaderFrame {
  readonly protocol: string
  readonly seqid: number
  readonly transforms: readonly string[]
  readonly info: Readonly<Record<string, string>>
  /** Where the message starts, from the start of the frame. */
  readonly payload: number
  /** The message, when transforms had to be undone: all of it. */
  readonly bytes: Buffer | undefined
}

export function readHeaderFrame(buf: Buffer, at: number, end: number, size: number): HeaderFrame | 'maybe' | 'no' {
  if (end - at < HEADER_AT) return 'maybe'
  const seqid = buf.readUInt32BE(at + 8) | 0
  const length = buf.readUInt16BE(at + 12) * 4
  if (length === 0 || length + MIN_HEADER_FRAME > size) return 'no'
  if (end - at < HEADER_AT + length) return 'maybe'
  const cur = new Cursor().reset(buf, at + HEADER_AT, at + HEADER_AT + length, true)
  const protocol = PROTOCOLS[small(cur)]
  const count = small(cur)
  if (protocol === undefined || count > MAX_TRANSFORMS) return 'no'
  const numbers: number[] = []
  for (let i = 0; i < count; i++) numbers.push(small(cur))
  if (numbers.some((one) => one < 0)) return 'no'
  const info = pairs(cur)
  const payload = HEADER_AT + length
  let bytes: Buffer | undefined
  if (numbers.length > 0) {
    if (size > MAX_PACKED) return 'no'
    if (end - at < 4 + size) return 'maybe'
    bytes = undo(numbers, buf.subarray(at + payload, at + 4 + size))
    if (!bytes) return 'no'
  }
  return { protocol, seqid, transforms: numbers.map((one) => TRANSFORMS[one] ?? String(one)), info, payload, bytes }
}

/** A varint that is small, -1 for anything else. */
function small(cur: Cursor): number {
  const value = varint(cur)
  return value === undefined || value > 0xffffn ? -1 : Number(value)
}

function pairs(cur: Cursor): Record<string, string> {
  const info: Record<string, string> = Object.create(null)
  let left = MAX_PAIRS
  // 1 = for this request, 2 = for the connection; 0 is padding.
  for (let kind = small(cur); kind === 1 || kind === 2; kind = small(cur)) {
    for (let count = small(cur); count > 0 && left > 0; count--, left--) {
      const name = cur.utf8(small(cur))
      const value = cur.utf8(small(cur))
      if (cur.short) return info
      info[name.slice(0, MAX_PAIR_TEXT)] = value.slice(0, MAX_PAIR_TEXT)
    }
  }
  return info
}

function undo(transforms: readonly number[], packed: Buffer): Buffer | undefined {
  let bytes: Buffer | undefined = packed
  for (const one of [...transforms].reverse()) {
    const kind: Compression | undefined = one === 1 ? 'zlib' : one === 3 ? 'snappy' : one === 5 ? 'zstd' : undefined
    if (!kind || !bytes) return undefined
    bytes = decompress(kind, bytes, MAX_UNPACKED)
  }
  return bytes
}
