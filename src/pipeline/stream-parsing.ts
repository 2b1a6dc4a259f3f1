/** Shows each side's bytes to that side's parser, and hands messages with their packets to the correlator. */
import { Cursor } from '../bytes/cursor.js'
import type { Instant } from '../model/instant.js'
import type { EndReason } from '../model/side.js'
import { Trace } from '../model/trace.js'
import type { Parser, Verdict } from '../protocols/protocol.js'
import type { Direction } from '../streams/flow.js'
import { lastInstant } from './flow-reader.js'
import { MAX_PROBE_BYTES } from './limits.js'
import type { StreamSide } from './stream-side.js'
import { EMPTY, StreamState } from './stream-state.js'

/** One for all connections: nothing is read while something is read. */
const cursor = new Cursor()

export abstract class StreamParsing extends StreamState {
  // The message being read: which side, where it starts, and the bytes' origin. The callback below makes traces from it.
  private readDir: Direction = 0
  private readStart = 0
  private readBase = 0
  private readOffset = 0
  private fromStore = false
  private readRef = 0
  private readAt: Instant = { sec: 0, nsec: 0 }

  private readonly seeMessage = (message: unknown): void => {
    const end = Math.max(cursor.pos, this.readStart)
    const offset = this.readOffset + (this.readStart - this.readBase)
    const trace = this.fromStore
      ? this.sides[this.readDir].store.trace(this.readStart, end, offset)
      : new Trace(this.readRef, this.readAt, this.readAt, end - this.readStart, offset)
    this.conversation!.correlator.see(this.sideOf(this.readDir), message, trace)
  }

  /** A side's parser answered 'upgrade'. */
  protected abstract switchOver(dir: Direction): void

  // ---- parsing ---------------------------------------------------------------------------------------------------------
  protected feed(dir: Direction, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    const side = this.sides[dir]
    if (side.done) {
      this.behindTheEnd(side, buf, start, end, ref, at)
      return
    }
    const parser = this.parserOf(dir)
    if (side.store.length > 0) {
      if (this.keep(side, buf, start, end, ref, at)) this.readStore(dir, side, parser)
      return
    }
    let pos = start
    this.readRef = ref
    this.readAt = at
    while (pos < end) {
      if (side.want > end - pos) break
      side.want = 0
      this.readFrom(dir, pos, pos, side.offset)
      this.fromStore = false
      const verdict = parser.next(cursor.reset(buf, pos, end), this.seeMessage)
      if (verdict === 'need-more') {
        side.want = cursor.want
        break
      }
      const next = this.taken(dir, side, verdict, pos, cursor.pos)
      side.offset += next - pos
      this.decoded += next - pos
      pos = next
      if (side.done) {
        if (pos < end) this.behindTheEnd(side, buf, pos, end, ref, at)
        if (side.switched) this.switchOver(dir)
        return
      }
    }
    if (pos < end) this.keep(side, buf, pos, end, ref, at)
  }

  private readStore(dir: Direction, side: StreamSide, parser: Parser<unknown>): void {
    const store = side.store
    while (store.length > 0) {
      if (side.want > store.length) return
      side.want = 0
      this.readFrom(dir, store.start, store.start, side.offset)
      this.fromStore = true
      const before = store.start
      const verdict = parser.next(cursor.reset(store.buf, store.start, store.end), this.seeMessage)
      if (verdict === 'need-more') {
        side.want = cursor.want
        return
      }
      const next = this.taken(dir, side, verdict, before, cursor.pos)
      side.offset += next - before
      this.decoded += next - before
      this.engine.reserve(before - next)
      store.consumeTo(next)
      if (side.done) {
        if (side.switched) this.switchOver(dir)
        else {
          this.unknown += store.length
          this.dropStore(side)
        }
        return
      }
    }
  }

  /** Act on a verdict; answers where reading goes on. */
  private taken(dir: Direction, side: StreamSide, verdict: Verdict, from: number, to: number): number {
    if (verdict === 'message' && to > from) return to
    if (verdict === 'upgrade') {
      side.done = true
      side.switched = true
      return to
    }
    if (verdict === 'message' && this.engine.strict) throw new Error(`${this.runtime!.name}: parser answered 'message' without moving`)
    this.engine.note(
      'stream.malformed',
      this.flow,
      `The ${this.sideOf(dir)} of this ${this.runtime!.name} connection stopped making sense.`,
    )
    side.done = true
    return from
  }

  /** `bytes` of a side are lost: its parser says whether it reads on behind them. */
  protected skip(dir: Direction, bytes: number, cut: boolean): void {
    const side = this.sides[dir]
    const { store } = side
    this.conversation!.correlator.gap?.(this.sideOf(dir), bytes)
    side.want = 0
    if (side.done) {
      this.unknown += store.length
      side.offset += store.length + bytes
      this.dropStore(side)
      return
    }
    this.readFrom(dir, store.start, store.start, side.offset + (store.length > 0 ? 0 : bytes))
    this.fromStore = store.length > 0
    this.readRef = this.flow.lastRef
    this.readAt = lastInstant(this.flow)
    cursor.reset(store.buf, store.start, store.end, true).cut = cut ? bytes : 0
    const answer = this.parserOf(dir).gap?.(bytes, this.seeMessage, cursor) ?? 'stop'
    const read = Math.min(Math.max(cursor.pos, store.start), store.end) - store.start
    this.decoded += read
    this.unknown += store.length - read
    side.offset += store.length + bytes
    this.dropStore(side)
    if (answer === 'stop') this.stopSide(dir)
  }

  private stopSide(dir: Direction): void {
    const side = this.sides[dir]
    side.done = true
    this.unknown += side.store.length
    this.dropStore(side)
  }

  protected closeSide(dir: Direction, why: EndReason): void {
    const side = this.sides[dir]
    const store = side.store
    this.readFrom(dir, store.start, store.start, side.offset)
    this.fromStore = store.length > 0
    this.readRef = this.flow.lastRef
    this.readAt = lastInstant(this.flow)
    cursor.reset(store.buf, store.start, store.end, true)
    side.done = true
    this.parserOf(dir).close?.(cursor, why, this.seeMessage)
    const read = Math.min(Math.max(cursor.pos, store.start), store.end) - store.start
    this.decoded += read
    this.unknown += store.length - read
    this.dropStore(side)
  }

  protected endConversation(why: EndReason): void {
    this.phase = 'unknown'
    this.conversation!.correlator.end(why, lastInstant(this.flow))
    this.session!.release()
    this.conversation = null
    for (const side of this.sides) {
      this.opaque += side.store.length
      this.dropStore(side)
    }
  }

  /** Bytes of a side whose parser is through: kept while the other side still has to switch, else counted. */
  private behindTheEnd(side: StreamSide, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    if (!side.switched) this.unknown += end - start
    else if (side.store.length + (end - start) > MAX_PROBE_BYTES || !this.keep(side, buf, start, end, ref, at)) this.opaque += end - start
    if (!side.switched || side.store.length === 0) side.offset += end - start
  }

  /** Whether a side that has not switched over yet does so at this point, without any of its bytes. */
  protected switchesAlong(dir: Direction): boolean {
    this.readFrom(dir, 0, 0, this.sides[dir].offset)
    this.fromStore = false
    return this.parserOf(dir).next(cursor.reset(EMPTY, 0, 0), this.seeMessage) === 'upgrade'
  }

  // ---- small parts -----------------------------------------------------------------------------------------------------
  private readFrom(dir: Direction, start: number, base: number, offset: number): void {
    this.readDir = dir
    this.readStart = start
    this.readBase = base
    this.readOffset = offset
  }
}
