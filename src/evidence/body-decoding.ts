/** A body without the codings around it, as a stream: `content.ts` of HTTP does the same for bodies in memory, with the same caps. */
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { ZstdFrames } from '../bytes/zstd/frames.js'
import { ALWAYS_ALLOWED, MAX_CODINGS, MAX_RATIO } from '../protocols/http/content.js'

/** Bytes that one Zstandard frame may ask to look back; RFC 9659 §3 gives content codings this much. */
const MAX_WINDOW = 8 * 1024 * 1024

type Pieces = AsyncIterable<Buffer>

export interface DecodingLimits {
  /** Bytes as transferred: what comes out may be a multiple of it. */
  readonly encoded: number
  /** Most bytes out. */
  readonly most: number
}

/** What cannot be decoded, in words. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable'

  constructor(
    message: string,
    /** Nothing is wrong with it but that too much comes out. */
    readonly byCap = false,
  ) {
    super(message)
  }
}

/** Throws `Undecodable`, also after pieces were given. `whole` false = its end is missing, which is no fault then. */
export async function* decoded(source: Pieces, codings: readonly string[], whole: boolean, limits: DecodingLimits): AsyncGenerator<Buffer> {
  if (codings.length > MAX_CODINGS) throw new Undecodable('too many codings')
  const byRatio = Math.max(ALWAYS_ALLOWED, limits.encoded * MAX_RATIO)
  const most = Math.min(limits.most, byRatio)
  let pieces = source
  for (const coding of codings.toReversed()) pieces = capped(undone(coding, pieces, whole), most)
  yield* pieces
}

async function* capped(pieces: Pieces, most: number): AsyncGenerator<Buffer> {
  let total = 0
  for await (const piece of pieces) {
    total += piece.length
    if (total > most) throw new Undecodable(`it grows beyond ${most} bytes`, true)
    yield piece
  }
}

function undone(coding: string, source: Pieces, whole: boolean): Pieces {
  const finishFlush = whole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return through(coding, source, () => createGunzip({ finishFlush }))
    case 'deflate':
      // "deflate" means zlib, RFC 9110 §8.4.1.2, but some servers send it bare.
      return through(coding, source, (first) => (isZlib(first) ? createInflate({ finishFlush }) : createInflateRaw({ finishFlush })))
    case 'br':
      return through(coding, source, () =>
        createBrotliDecompress({ finishFlush: whole ? constants.BROTLI_OPERATION_FINISH : constants.BROTLI_OPERATION_FLUSH }),
      )
    case 'zstd':
      return zstd(source, whole)
    default:
      throw new Undecodable(`coding ${coding.slice(0, 20)} is not decoded`)
  }
}

const isZlib = (first: Buffer): boolean => first.length >= 2 && (first[0]! & 0x0f) === 8 && ((first[0]! << 8) | first[1]!) % 31 === 0

async function* through(coding: string, source: Pieces, make: (first: Buffer) => Transform): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]()
  let first: Buffer = Buffer.alloc(0)
  while (first.length < 2) {
    const next = await iterator.next()
    if (next.done) break
    first = Buffer.concat([first, next.value])
  }
  const rest = (async function* () {
    yield first
    for (;;) {
      const next = await iterator.next()
      if (next.done) return
      yield next.value
    }
  })()
  const decoder = make(first)
  let failure: unknown
  const done = pipeline(Readable.from(rest), decoder).catch((error: unknown) => {
    failure = error
  })
  try {
    for await (const piece of decoder) yield piece as Buffer
  } catch (error) {
    failure = error
  } finally {
    decoder.destroy()
    await done
  }
  if (failure === undefined) return
  if (failure instanceof Undecodable || !/^(?:Z_|ERR_)/.test(String((failure as NodeJS.ErrnoException).code))) throw failure
  throw new Undecodable(`not valid ${coding}`)
}

async function* zstd(source: Pieces, whole: boolean): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames(MAX_WINDOW)
  let held: Buffer = Buffer.alloc(0)
  let skip = 0
  try {
    for await (const piece of source) {
      held = held.length === 0 ? piece : Buffer.concat([held, piece])
      let at = Math.min(skip, held.length)
      skip -= at
      while (skip === 0 && held.length - at >= frames.need) {
        const { need } = frames
        const out = frames.step(held, at)
        at += need
        skip = frames.passes
        frames.passes = 0
        const passed = Math.min(skip, held.length - at)
        at += passed
        skip -= passed
        // The window is the decoder's and moves on.
        if (out) yield Buffer.from(out.buf.slice(out.from, out.to))
      }
      held = held.subarray(at)
    }
  } catch (error) {
    if (error instanceof Undecodable || (error as NodeJS.ErrnoException).code !== undefined) throw error
    throw new Undecodable('not valid zstd')
  } finally {
    frames.close()
  }
  if (whole && (held.length > 0 || !frames.betweenFrames)) throw new Undecodable('not valid zstd')
}
