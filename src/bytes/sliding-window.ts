/** What a decompressor wrote last, for matches that reach back: one buffer that moves its end to its front when it is full. */
import { Refused } from './broken-data.js'

/** New bytes between two moves, at least; of large windows an eighth, so that moving costs eight bytes a byte at most. */
const ROOM = 2 ** 20
const SHARE = 8
/** Up to this the buffer doubles; then it takes its full size at once, since doubling holds both the old one and the new. */
const SMALL = 8 * 2 ** 20

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
    const full = Math.ceil(this.size + Math.max(length, ROOM, this.size / SHARE))
    if (wanted > full) {
      const kept = Math.min(this.end, this.size)
      this.buf.copyWithin(0, this.end - kept, this.end)
      this.end = kept
    }
    // It grows with what is written: what a header claims takes no memory by itself.
    const needed = this.end + length
    if (needed > this.buf.length) this.grow(needed > SMALL ? full : Math.min(full, Math.max(needed, 2 * this.buf.length)))
    return this.end
  }

  close(): void {
    this.reserve(-this.buf.length)
    this.buf = new Uint8Array(0)
    this.end = 0
  }

  private grow(length: number): void {
    if (!this.reserve(length - this.buf.length))
      throw new Refused('wants more memory than is left beside the captures that are open: decompress it first')
    const buf = new Uint8Array(length)
    buf.set(this.buf.subarray(0, this.end))
    this.buf = buf
  }
}
