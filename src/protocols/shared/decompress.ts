/**
 * Compressed pieces of protocols (MySQL packets, MongoDB and Cassandra messages), undone by libraries that load when the first
 * one is met. What comes out is capped before room is made for it: a length in a header is only a claim.
 */
import { createRequire } from 'node:module'
import { inflateRawSync, inflateSync } from 'node:zlib'

/** zlib has a header, deflate has none; lz4 and snappy are bare blocks, without the frame that their command line tools write. */
export type Compression = 'zlib' | 'deflate' | 'zstd' | 'snappy' | 'lz4'

/**
 * Most bytes out for one byte in. Deflate's own limit is 1032 to 1; lz4's is 255, snappy's about 21. Zstandard has none, and real
 * rows of zeros stay below this.
 */
const MAX_RATIO = 1100

const load = createRequire(import.meta.url)
interface Libraries {
  fzstd?: { decompress(data: Uint8Array): Uint8Array; Decompress: new (onData: (chunk: Uint8Array, last: boolean) => void) => Zstd }
  snappyjs?: { uncompress(data: Uint8Array, max: number): Uint8Array }
  'lz4-wasm-nodejs'?: { decompress(data: Uint8Array): Uint8Array }
}
interface Zstd {
  push(data: Uint8Array, last: boolean): void
}
const loaded: Libraries = {}
function library<K extends keyof Libraries>(name: K): NonNullable<Libraries[K]> {
  loaded[name] ??= load(name) as Libraries[K]
  return loaded[name]!
}

/**
 * The bytes that were compressed, or undefined when they are damaged, when more than `max` come out, or when `size` (what the
 * message says comes out) is not what comes out.
 */
export function decompress(kind: Compression, data: Uint8Array, max: number, size?: number): Buffer | undefined {
  const limit = Math.min(max, data.length * MAX_RATIO + 64)
  if (size !== undefined && (size > limit || size < 0)) return undefined
  try {
    const out = undone(kind, data, size ?? limit, size)
    if (out === undefined || out.length > limit || (size !== undefined && out.length !== size)) return undefined
    return Buffer.from(out.buffer, out.byteOffset, out.length)
  } catch {
    return undefined // Damaged bytes: every one of the libraries throws.
  }
}

function undone(kind: Compression, data: Uint8Array, limit: number, size: number | undefined): Uint8Array | undefined {
  switch (kind) {
    case 'zlib':
      return inflateSync(data, { maxOutputLength: Math.max(1, limit) })
    case 'deflate':
      return inflateRawSync(data, { maxOutputLength: Math.max(1, limit) })
    case 'snappy':
      return library('snappyjs').uncompress(new Uint8Array(data), limit)
    case 'zstd':
      return zstd(data, limit)
    case 'lz4': {
      // The library wants the size in front, little endian; without a size there is no room to reserve.
      if (size === undefined) return undefined
      const block = new Uint8Array(data.length + 4)
      new DataView(block.buffer).setUint32(0, size, true)
      block.set(data, 4)
      return library('lz4-wasm-nodejs').decompress(block)
    }
  }
}

/** Piece by piece, so that a frame that lies about its size stops at the limit. */
function zstd(data: Uint8Array, limit: number): Uint8Array | undefined {
  const window = zstdWindow(data)
  if (window === undefined || window > Math.max(limit, MIN_WINDOW)) return undefined
  const pieces: Uint8Array[] = []
  let total = 0
  const stream = new (library('fzstd').Decompress)((chunk) => {
    total += chunk.length
    if (total > limit) throw new RangeError('more than the limit')
    pieces.push(chunk)
  })
  stream.push(new Uint8Array(data), true)
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
}
/** Every compressor may use this much however small its input is (RFC 8878 §3.1.1.1.2 asks decoders for 8 MB). */
const MIN_WINDOW = 8 << 20

/** The room that a Zstandard frame asks for, RFC 8878 §3.1.1.1; undefined when these bytes are no frame. */
function zstdWindow(data: Uint8Array): number | undefined {
  if (data.length < 6 || data[0] !== 0x28 || data[1] !== 0xb5 || data[2] !== 0x2f || data[3] !== 0xfd) return undefined
  const flags = data[4]!
  const single = (flags & 0x20) !== 0
  if (!single) {
    const exponent = data[5]! >> 3
    const base = 2 ** (10 + exponent)
    return base + (base / 8) * (data[5]! & 7)
  }
  const at = 5 + [0, 1, 2, 4][flags & 3]!
  const width = [1, 2, 4, 8][flags >> 6]!
  if (data.length < at + width) return undefined
  let size = 0
  for (let i = width - 1; i >= 0; i--) size = size * 256 + data[at + i]!
  return width === 2 ? size + 256 : size
}
