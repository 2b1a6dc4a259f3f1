/** Bytes of one direction that a parser has not finished with, and which packet brought each of them. */
import type { Instant } from '../model/instant.js'
import { Trace } from '../model/trace.js'

const EMPTY = Buffer.alloc(0)
/** A drained buffer up to this size is kept for the next message; larger ones go back to the heap. */
const KEEP_CAPACITY = 64 * 1024

export class ByteStore {
  buf: Buffer = EMPTY
  start = 0
  end = 0
  // One mark per appended segment: where it ends (in `buf`), its packet and time. `firstMark` is the oldest still needed.
  private ends: number[] = []
  private refs: number[] = []
  private times: Instant[] = []
  private orders: number[] = []
  private firstMark = 0

  get length(): number {
    return this.end - this.start
  }

  /** @param order tells segments of both directions apart by when they were handed on, which frame numbers do not: frames may be swapped */
  append(from: Uint8Array, start: number, end: number, ref: number, at: Instant, order: number): void {
    const more = end - start
    if (this.end + more > this.buf.length) this.makeRoom(more)
    this.buf.set(from.subarray(start, end), this.end)
    this.end += more
    this.ends.push(this.end)
    this.refs.push(ref)
    this.times.push(at)
    this.orders.push(order)
  }

  /** Forget the bytes up to `position` (an offset into `buf`). */
  consumeTo(position: number): void {
    this.start = position
    if (position >= this.end) {
      this.clear()
      return
    }
    while (this.ends[this.firstMark]! <= position) this.firstMark++
  }

  clear(): void {
    if (this.buf.length > KEEP_CAPACITY) this.buf = EMPTY
    this.start = 0
    this.end = 0
    this.ends.length = 0
    this.refs.length = 0
    this.times.length = 0
    this.orders.length = 0
    this.firstMark = 0
  }

  /** The packets that brought the bytes from `from` up to `to` (offsets into `buf`). */
  trace(from: number, to: number, offset: number): Trace {
    let i = this.firstMark
    const last = this.ends.length - 1
    while (i < last && this.ends[i]! <= from) i++
    const trace = new Trace(this.refs[i]!, this.times[i]!, this.times[i]!, to - from, offset)
    for (; i < last && this.ends[i]! < to; ) {
      i++
      trace.addRef(this.refs[i]!)
    }
    trace.last = this.times[i]!
    return trace
  }

  /** Calls `visit` for each held segment, oldest first. */
  eachSegment(visit: (start: number, end: number, ref: number, at: Instant, order: number) => void): void {
    let start = this.start
    for (let i = this.firstMark; i < this.ends.length; i++) {
      if (this.ends[i]! > start) visit(start, this.ends[i]!, this.refs[i]!, this.times[i]!, this.orders[i]!)
      start = this.ends[i]!
    }
  }

  private makeRoom(more: number): void {
    const held = this.length
    const target = held + more > this.buf.length ? Buffer.allocUnsafe(Math.max(1024, 2 ** Math.ceil(Math.log2(held + more)))) : this.buf
    // Moving inside the same buffer is safe: the bytes only travel towards its front.
    this.buf.copy(target, 0, this.start, this.end)
    const shift = this.start
    this.ends = this.ends.slice(this.firstMark).map((end) => end - shift)
    this.refs = this.refs.slice(this.firstMark)
    this.times = this.times.slice(this.firstMark)
    this.orders = this.orders.slice(this.firstMark)
    this.firstMark = 0
    this.buf = target
    this.start = 0
    this.end = held
  }
}
