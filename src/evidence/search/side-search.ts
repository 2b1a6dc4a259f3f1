/** Looks for a pattern in the bytes of one side, over the borders of packets. What waits is bounded: an overlap, and what is gathered. */
import type { Instant } from '../../model/instant.js'
import { type Pattern, SHOWN_AROUND } from './pattern.js'

const EMPTY = Buffer.alloc(0)

export interface RawMatch {
  /** Bytes of the side before it. */
  readonly offset: number
  readonly length: number
  /** Packets that brought it, in order. */
  readonly refs: readonly number[]
  /** Time of the first of them. */
  readonly at: Instant
  /** The match with what stands around it: copied, and cut where it is long. */
  readonly snippet: Buffer
}

/** Bytes kept of a match to be shown. */
const SHOWN_BYTES = 96
/** Packets named of one match; a longer one is not evidence of a place any more. */
const MAX_REFS = 64

export class SideSearch {
  /** Bytes that wait, and the offset of the first of them. */
  private held = EMPTY
  private offset = 0
  /** Matches begin here or behind it, as an offset of the side: those before are found. */
  private from = 0
  private ends: number[] = []
  private refs: number[] = []
  private times: Instant[] = []
  /** Bytes behind `held` that were not looked at, packet by packet. */
  private pieces: Buffer[] = []
  private fresh = 0

  constructor(
    private readonly pattern: Pattern,
    private readonly found: (match: RawMatch) => void,
  ) {}

  get bytes(): number {
    return this.held.length + this.fresh
  }

  /** Bytes that are borrowed until the call returns. */
  data(buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    this.pieces.push(Buffer.from(buf.subarray(start, end)))
    this.fresh += end - start
    this.ends.push(this.offset + this.bytes)
    this.refs.push(ref)
    this.times.push(at)
    if (this.fresh >= Math.max(this.pattern.gather, 1)) this.look(false)
  }

  /** Bytes are missing, or none will come: what waits is looked at to its end, and nothing reaches across. */
  break(missing: number): void {
    this.look(true)
    this.offset += this.held.length + missing
    this.from = this.offset
    this.held = EMPTY
    this.ends = []
    this.refs = []
    this.times = []
  }

  /** Look at what waits, so that little does. */
  economize(): void {
    this.look(false)
  }

  private look(final: boolean): void {
    if (this.pieces.length > 0) this.held = Buffer.concat([this.held, ...this.pieces])
    this.pieces = []
    this.fresh = 0
    const { held, pattern } = this
    const until = final ? held.length : held.length - pattern.overlap
    let at = this.from - this.offset
    while (at < until) {
      const match = pattern.find(held, at)
      if (!match || match.start >= until) break
      this.tell(match.start, match.end)
      at = match.end
    }
    if (final) return
    // What began before `until` was found or is none; a match that reaches further is not looked into again.
    this.from = this.offset + Math.max(at, until, 0)
    this.forget(Math.min(this.from, this.offset + Math.max(until, 0)) - SHOWN_AROUND)
  }

  private tell(start: number, end: number): void {
    const { held, offset } = this
    let i = 0
    while (i < this.ends.length - 1 && this.ends[i]! <= offset + start) i++
    const at = this.times[i]!
    const refs: number[] = []
    for (; i < this.refs.length && refs.length < MAX_REFS; i++) {
      refs.push(this.refs[i]!)
      if (this.ends[i]! >= offset + end) break
    }
    const from = Math.max(0, start - SHOWN_AROUND)
    const snippet = Buffer.from(held.subarray(from, Math.min(held.length, end + SHOWN_AROUND, start + SHOWN_BYTES)))
    this.found({ offset: offset + start, length: end - start, refs, at, snippet })
  }

  /** Bytes before this offset are needed no more. */
  private forget(offset: number): void {
    const gone = offset - this.offset
    if (gone <= 0) return
    this.held = Buffer.from(this.held.subarray(gone))
    this.offset = offset
    let i = 0
    while (i < this.ends.length && this.ends[i]! <= offset) i++
    if (i === 0) return
    this.ends = this.ends.slice(i)
    this.refs = this.refs.slice(i)
    this.times = this.times.slice(i)
  }
}
