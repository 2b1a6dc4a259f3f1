/** The protocol's own integers and strings, read at an offset; a `Reader` never reads past its end. */

/** Reads one payload. `bad` is set by the first read that does not fit and stays. */
export class Reader {
  buf: Buffer = EMPTY
  at = 0
  end = 0
  bad = false

  reset(buf: Buffer, at: number, end: number): this {
    this.buf = buf
    this.at = at
    this.end = end
    this.bad = false
    return this
  }

  get left(): number {
    return this.end - this.at
  }

  u8(): number {
    const at = this.take(1)
    return at < 0 ? 0 : this.buf[at]!
  }

  u16(): number {
    const at = this.take(2)
    return at < 0 ? 0 : this.buf.readUInt16LE(at)
  }

  u24(): number {
    const at = this.take(3)
    return at < 0 ? 0 : this.buf.readUIntLE(at, 3)
  }

  u32(): number {
    const at = this.take(4)
    return at < 0 ? 0 : this.buf.readUInt32LE(at)
  }

  u64(): bigint {
    const at = this.take(8)
    return at < 0 ? 0n : this.buf.readBigUInt64LE(at)
  }

  /** int<lenenc>; NULL (0xfb) and 0xff are bad here. A length beyond 2^53 cannot be a length. */
  lenenc(): number {
    const first = this.u8()
    if (first < 0xfb) return first
    if (first === 0xfc) return this.u16()
    if (first === 0xfd) return this.u24()
    if (first === 0xfe) return Number(this.u64())
    this.bad = true
    return 0
  }

  /** int<lenenc> that may need all 64 bits: affected rows, insert id. */
  lenencBig(): number | bigint {
    if (this.buf[this.at] !== 0xfe || this.left < 1) return this.lenenc()
    this.at++
    const value = this.u64()
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  }

  skipString(): void {
    this.take(this.lenenc())
  }

  string(max = Number.MAX_SAFE_INTEGER): string {
    const length = this.lenenc()
    const at = this.take(length)
    return at < 0 ? '' : this.buf.toString('utf8', at, at + Math.min(length, max))
  }

  /** Up to a NUL, or to the end where there is none. */
  zeroString(max = Number.MAX_SAFE_INTEGER): string {
    let nul = this.buf.indexOf(0, this.at)
    if (nul < 0 || nul > this.end) nul = this.end
    const text = this.buf.toString('utf8', this.at, Math.min(nul, this.at + max))
    this.at = Math.min(nul + 1, this.end)
    return text
  }

  rest(max = Number.MAX_SAFE_INTEGER): string {
    const text = this.buf.toString('utf8', this.at, Math.min(this.end, this.at + max))
    this.at = this.end
    return text
  }

  skip(length: number): void {
    this.take(length)
  }

  /** Offset of the next `length` bytes, or -1 when they are not there. */
  take(length: number): number {
    const at = this.at
    if (!(length >= 0) || at + length > this.end) {
      this.bad = true
      this.at = this.end
      return -1
    }
    this.at = at + length
    return at
  }
}

const EMPTY = Buffer.alloc(0)
