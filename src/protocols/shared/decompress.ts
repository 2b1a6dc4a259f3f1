/**
 * Compressed pieces of protocols (MySQL packets, MongoDB and Cassandra messages), undone by libraries that load when the first
 * one is met. What comes out is capped before room is made for it: a length in a header is only a claim.
 */
import { createRequire } from 'node:module'
import { inflateRawSync, inflateSync } from 'node:zlib'
import { readLz4Block } from '../../bytes/lz4.js'
import { ZstdFrames } from '../../bytes/zstd/frames.js'

/** zlib has a header, deflate has none; lz4 and snappy are bare blocks, without the frame that their command line tools write. */
export type Compression = 'zlib' | 'deflate' | 'zstd' | 'snappy' | 'lz4'

/**
 * Most bytes out for one byte in. Deflate's own limit is 1032 to 1; lz4's is 255, snappy's about 21. Zstandard has none, and real
 * rows of zeros stay below this.
 */
const MAX_RATIO = 1100

const load = createRequire(import.meta.url)
interface Libraries {
  snappyjs?: { uncompress(data: Uint8Array, max: number): Uint8Array }
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
      // Without a size there is no room to reserve.
      if (size === undefined) return undefined
      const out = new Uint8Array(size)
      const { end, wrong } = readLz4Block(data, 0, data.length, out, 0, 0, size)
      return wrong === undefined ? out.subarray(0, end) : undefined
    }
  }
}

/** Block by block, so that a frame that lies about its size stops at the limit. */
function zstd(data: Uint8Array, limit: number): Uint8Array | undefined {
  const frames = new ZstdFrames(Math.max(limit, MIN_WINDOW))
  const pieces: Uint8Array[] = []
  let total = 0
  let at = 0
  while (at < data.length || !frames.betweenFrames) {
    if (data.length - at < frames.need) return undefined
    const { need } = frames
    const piece = frames.step(data, at)
    at += need + frames.passes
    frames.passes = 0
    if (!piece) continue
    total += piece.to - piece.from
    if (total > limit) return undefined
    // The window is the decoder's and moves on.
    pieces.push(piece.buf.slice(piece.from, piece.to))
  }
  return at === data.length ? Buffer.concat(pieces) : undefined
}
/** Every compressor may use this much however small its input is (RFC 8878 §3.1.1.1.2 asks decoders for 8 MB). */
const MIN_WINDOW = 8 << 20
