/**
 * A reading position over the content of TTC messages, in the compact form that thin clients and JDBC use:
 *
 *   UB     one byte that says how many follow (top bit: negative), then the number, big-endian
 *   CLR    one byte of length, then the bytes; 0 and 255 are null; 254: chunks, each with its length, up to one of length 0
 *
 * Reads past the end, and what cannot be, set `bad` and give 0 or nothing.
 */
const NULL_LENGTH = 255
const LONG_LENGTH = 254
const NONE = Buffer.alloc(0)

export class TtcReader {
  bad = false
  constructor(
    readonly buf: Buffer,
    public pos: number,
    readonly end: number,
  ) {}

  get left(): number {
    return this.end - this.pos
  }

  peek(ahead = 0): number {
    return this.pos + ahead < this.end ? this.buf[this.pos + ahead]! : -1
  }

  u8(): number {
    return this.pos < this.end ? this.buf[this.pos++]! : this.fail()
  }

  u16(): number {
    return this.u8() * 256 + this.u8()
  }

  u16le(): number {
    return this.u8() + this.u8() * 256
  }

  skip(bytes: number): void {
    if (bytes < 0 || bytes > this.left) this.fail()
    else this.pos += bytes
  }

  bytes(length: number): Buffer {
    if (length < 0 || length > this.left) {
      this.fail()
      return NONE
    }
    this.pos += length
    return this.buf.subarray(this.pos - length, this.pos)
  }

  /** A number of at most `max` bytes. */
  ub(max = 4): number {
    const first = this.u8()
    const size = first & 0x7f
    if (size > max || size > this.left) return this.fail()
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + this.buf[this.pos++]!
    return first > 0x7f ? -value : value
  }

  /** Bytes with their length; undefined for null. Chunks are joined. */
  clr(): Buffer | undefined {
    const length = this.u8()
    if (length === 0 || length === NULL_LENGTH) return undefined
    if (length !== LONG_LENGTH) return this.bytes(length)
    const chunks: Buffer[] = []
    // Lengths of chunks are numbers of the UB kind in recent versions, single bytes before. The first is never below 5 then.
    const single = this.peek() > 4
    for (;;) {
      const size = single ? this.u8() : this.ub(4)
      if (size === 0 || this.bad) break
      chunks.push(this.bytes(size))
    }
    return this.bad ? undefined : Buffer.concat(chunks)
  }

  text(): string {
    const bytes = this.clr()
    return bytes ? decodeText(bytes) : ''
  }

  /** A number that says whether a value follows, then the value. */
  countedText(max = 4): string {
    return this.ub(max) > 0 ? this.text() : ''
  }

  private fail(): number {
    this.bad = true
    this.pos = this.end
    return 0
  }
}

/** UTF-8 where it is that, else ISO 8859-1: which of the client's character sets is in use, a late capture does not say. */
export function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') ? bytes.toString('latin1') : text
}
