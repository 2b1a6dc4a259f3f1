/**
 * A reading position over bytes that somebody else owns.
 *
 * Reads past `end` return 0 (or '') and set `short`; they never throw and never copy. A parser reads a whole message
 * straight through and asks `short` at each decision. A parser that knows how many bytes the message takes says so in
 * `want` before it answers 'need-more', and is not called again until that many are there.
 */
const NONE = Buffer.alloc(0)

export class Cursor {
  buf: Buffer = NONE
  pos = 0
  end = 0
  /** A read went past the end. */
  short = false
  /** Bytes, counted from where the message starts, that 'need-more' waits for; 0 = any. */
  want = 0
  /** No more bytes will ever follow `end`: the datagram or stream ends here. */
  last = false
  /** Bytes after `end` that the capture's snaplen cut off: of a datagram, and of a stream in `Parser.gap`; else 0. */
  cut = 0

  reset(buf: Buffer, start: number, end: number, last = false): this {
    this.buf = buf
    this.pos = start
    this.end = end
    this.short = false
    this.want = 0
    this.last = last
    this.cut = 0
    return this
  }

  get left(): number {
    return this.end - this.pos
  }

  /** The byte `ahead` places on, without moving; -1 past the end. Does not set `short`. */
  peek(ahead = 0): number {
    const at = this.pos + ahead
    return at < this.end ? this.buf[at]! : -1
  }

  u8(): number {
    const at = this.take(1)
    return at < 0 ? 0 : this.buf[at]!
  }

  u16(): number {
    const at = this.take(2)
    return at < 0 ? 0 : (this.buf[at]! << 8) | this.buf[at + 1]!
  }

  u24(): number {
    const at = this.take(3)
    return at < 0 ? 0 : (this.buf[at]! << 16) | (this.buf[at + 1]! << 8) | this.buf[at + 2]!
  }

  u32(): number {
    const at = this.take(4)
    return at < 0 ? 0 : ((this.buf[at]! << 24) | (this.buf[at + 1]! << 16) | (this.buf[at + 2]! << 8) | this.buf[at + 3]!) >>> 0
  }

  u16le(): number {
    const at = this.take(2)
    return at < 0 ? 0 : this.buf[at]! | (this.buf[at + 1]! << 8)
  }

  u24le(): number {
    const at = this.take(3)
    return at < 0 ? 0 : this.buf[at]! | (this.buf[at + 1]! << 8) | (this.buf[at + 2]! << 16)
  }

  u32le(): number {
    const at = this.take(4)
    return at < 0 ? 0 : (this.buf[at]! | (this.buf[at + 1]! << 8) | (this.buf[at + 2]! << 16) | (this.buf[at + 3]! << 24)) >>> 0
  }

  u64(): bigint {
    const at = this.take(8)
    return at < 0 ? 0n : this.buf.readBigUInt64BE(at)
  }

  u64le(): bigint {
    const at = this.take(8)
    return at < 0 ? 0n : this.buf.readBigUInt64LE(at)
  }

  latin1(length: number): string {
    const at = this.take(length)
    return at < 0 ? '' : this.buf.toString('latin1', at, at + length)
  }

  utf8(length: number): string {
    const at = this.take(length)
    return at < 0 ? '' : this.buf.toString('utf8', at, at + length)
  }

  /** The next `length` bytes as a borrowed view; copy what outlives the call. */
  bytes(length: number): Buffer {
    const at = this.take(length)
    return at < 0 ? NONE : this.buf.subarray(at, at + length)
  }

  skip(length: number): void {
    this.take(length)
  }

  /** Where the next LF stands, or -1 when it is not among the first `limit` bytes that are here. Does not move. */
  lineEnd(limit = Number.MAX_SAFE_INTEGER): number {
    const stop = Math.min(this.end, this.pos + limit)
    // A bounded view: indexOf on the whole buffer would run on into bytes that are not ours.
    const lf = this.buf.subarray(this.pos, stop).indexOf(0x0a)
    return lf < 0 ? -1 : this.pos + lf
  }

  /** Text up to CRLF or LF, without it, as latin1; sets `short` when the line has no end yet. */
  line(limit = Number.MAX_SAFE_INTEGER): string {
    const lf = this.lineEnd(limit)
    if (lf < 0) {
      this.short = true
      return ''
    }
    const stop = lf > this.pos && this.buf[lf - 1] === 0x0d ? lf - 1 : lf
    const text = this.buf.toString('latin1', this.pos, stop)
    this.pos = lf + 1
    return text
  }

  /** Offset of the next `length` bytes, or -1 when they are not all here. */
  private take(length: number): number {
    const at = this.pos
    if (!(length >= 0) || at + length > this.end) {
      this.short = true
      return -1
    }
    this.pos = at + length
    return at
  }
}
