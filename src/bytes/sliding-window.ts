/** What a decompressor wrote last, for matches that reach back: one buffer that moves its end to its front when it is full. */
import { Refused } from './broken-data.js'

/** New bytes between two moves, at least: a quarter of what is moved, so that moving costs at most four bytes a byte. */
const ROOM = 2 ** 20

export class SlidingWindow {
  buf = new Uint8Array(0)
  /** Where the next byte goes. */
  end = 0
  private size = 0

  /** @param reserve asks for memory, or gives it back when negative; false = there is none */
  constructor(private readonly reserve: (bytes: number) => boolean = () => true) {}

  /** Starts anew: nothing to look back on, up to `size` bytes later. */
  begin(size: number): void {
    this.size = size
    this.end = 0
  }

  /** Room for `length` more bytes at the offset that is answered, with the last `size` bytes before it. */
  makeRoom(length: number): number {
    const wanted = this.end + length
    if (wanted <= this.buf.length) return this.end
    const full = this.size + Math.max(length, ROOM, this.size / 4)
    if (wanted > full) {
      const kept = Math.min(this.end, this.size)
      this.buf.copyWithin(0, this.end - kept, this.end)
      this.end = kept
    }
    // It grows with what is written: what a header claims takes no memory.
    if (this.end + length > this.buf.length) this.grow(Math.min(full, Math.max(this.end + length, 2 * this.buf.length)))
    return this.end
  }

  close(): void {
    this.reserve(-this.buf.length)
    this.buf = new Uint8Array(0)
    this.end = 0
  }

  private grow(length: number): void {
    const size = Math.ceil(length)
    if (!this.reserve(size - this.buf.length))
      throw new Refused('wants more memory than is left beside the captures that are open: decompress it first')
    const buf = new Uint8Array(size)
    buf.set(this.buf.subarray(0, this.end))
    this.buf = buf
  }
}
