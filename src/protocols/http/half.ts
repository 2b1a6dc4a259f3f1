/** One message as it grows: its head, its packets, and what is kept of its body. */
import { createHash, type Hash, hash } from 'node:crypto'
import type { BodySink } from '../../model/body-sink.js'
import type { Trace } from '../../model/trace.js'
import { type Decoded, decode } from './content.js'
import type { Head } from './head.js'
import type { BodyPiece, Fault } from './messages.js'

/** Compressed bytes kept only to hash the content behind them; beyond it the hash is of the bytes as sent. */
export const MAX_KEPT_FOR_HASH = 1 << 20
/** First size of a kept body: most fit, none costs much. */
const FIRST_KEPT = 4096

export interface BodyWish {
  /** Bytes of content that the row or its parameters want; 0 = none. */
  readonly keep: number
  /** Codings around the content, in the order they were applied. */
  readonly codings: readonly string[]
  /** Undo them. */
  readonly decode: boolean
  /** Most bytes that decoding may give. */
  readonly limit: number
}

/** Room for bytes that are kept, from the run's budget; false = there is none. Negative gives back. */
export type Hold = (bytes: number) => boolean

/** Most bodies are neither wanted nor compressed: then a piece costs one hash update and nothing is copied. */
export class Half {
  /** Body bytes on the wire without chunk framing, lost ones included. */
  bodyBytes = 0
  missing = 0
  done = false
  fault: Fault = ''
  trailers = ''
  sha256: string | undefined
  hashOf: 'content' | 'encoded' | undefined
  /** The content, decoded, as far as it was wanted. */
  content: Buffer | undefined
  /** More content came than was kept. */
  cropped = false
  failure: string | undefined
  private hash: Hash | undefined
  private kept: Buffer | undefined
  private keptLength = 0
  /** Body bytes go through `kept` and are hashed at the end. */
  private readonly holds: boolean

  constructor(
    readonly head: Head | undefined,
    public trace: Trace,
    private readonly wish: BodyWish,
    private readonly hold: Hold,
    /** The head is all there; of a part of one nobody knows what body it announced. */
    private readonly wholeHead = true,
    /** Takes the body as it passes. */
    readonly out?: BodySink | undefined,
  ) {
    this.holds = wish.decode && wish.codings.length > 0
  }

  /** Body bytes, undefined when the head that would tell is not all there. */
  get knownBodyBytes(): number | undefined {
    return this.wholeHead ? this.bodyBytes : undefined
  }

  take(piece: BodyPiece): void {
    if (this.out && !this.done) passOn(piece, this.out)
    if (piece.missing > 0) {
      this.missing += piece.missing
      this.bodyBytes += piece.missing
      this.hash = undefined
      if (this.fault !== 'lost') this.fault = piece.snapped ? 'snapped' : 'lost'
    }
    const length = piece.end - piece.start
    if (length > 0) {
      const first = this.bodyBytes === 0
      this.bodyBytes += length
      const { keep } = this.wish
      if (keep > 0 || this.holds) this.keep(piece, Math.max(keep, this.holds ? MAX_KEPT_FOR_HASH : 0))
      if (this.fault === '' && !(this.holds && !this.cropped)) {
        const bytes = piece.buf.subarray(piece.start, piece.end)
        if (first && piece.last) this.sha256 = hash('sha256', bytes)
        else {
          this.hash ??= this.lateHash(length)
          this.hash.update(bytes)
          if (keep === 0) this.release()
        }
      }
    }
    if (piece.last) this.finish(piece.fault, piece.trailers)
  }

  finish(fault: Fault, trailers = ''): void {
    if (this.done) return
    this.done = true
    if (this.fault === '') this.fault = fault
    this.out?.end(this.fault === '')
    this.trailers = trailers
    const whole = this.fault === ''
    const kept = this.kept?.subarray(0, this.keptLength)
    this.release()
    if (this.bodyBytes === 0) return
    if (this.hash && whole) this.sha256 = this.hash.digest('hex')
    this.hash = undefined
    if (this.sha256 !== undefined) this.hashOf = this.wish.codings.length > 0 ? 'encoded' : 'content'
    if (!kept) return
    if (this.missing > 0 && this.wish.codings.length > 0) {
      this.failure = 'bytes of it are lost'
      return
    }
    const decoded: Decoded = this.holds
      ? decode(this.wish.codings, kept, this.wish.limit, whole && !this.cropped)
      : { bytes: kept, failure: undefined }
    this.failure = decoded.failure
    if (this.holds && whole && !this.cropped) {
      this.sha256 = hash('sha256', decoded.bytes)
      this.hashOf = decoded.failure === undefined ? 'content' : 'encoded'
    }
    if (this.wish.keep === 0 || decoded.failure !== undefined) return
    if (decoded.bytes.length > this.wish.keep) this.cropped = true
    this.content = decoded.bytes.subarray(0, this.wish.keep)
  }

  /** A hash that starts late: over what was kept before the body outgrew its cap. */
  private lateHash(now: number): Hash {
    const fresh = createHash('sha256')
    const before = this.bodyBytes - now
    if (this.holds && before > 0 && this.kept) fresh.update(this.kept.subarray(0, before))
    return fresh
  }

  private release(): void {
    if (this.kept) this.hold(-this.kept.length)
    this.kept = undefined
  }

  private keep(piece: BodyPiece, most: number): void {
    // Once something is left out, what comes after it has no place.
    if (this.cropped) return
    const length = Math.min(piece.end - piece.start, most - this.keptLength)
    if (length < piece.end - piece.start) this.cropped = true
    if (length <= 0) return
    const need = this.keptLength + length
    if (!this.kept || this.kept.length < need) {
      const have = this.kept?.length ?? 0
      const size = Math.min(most, Math.max(need, have * 2, FIRST_KEPT))
      if (!this.hold(size - have)) {
        this.cropped = true
        return
      }
      const grown = Buffer.allocUnsafe(size)
      this.kept?.copy(grown, 0, 0, this.keptLength)
      this.kept = grown
    }
    piece.buf.copy(this.kept, this.keptLength, piece.start, piece.start + length)
    this.keptLength = need
  }
}

/** What is missing stands before what is there. */
function passOn({ buf, start, end, missing }: BodyPiece, out: BodySink): void {
  if (missing > 0) out.gap(missing)
  if (end > start) out.write(buf, start, end)
}
