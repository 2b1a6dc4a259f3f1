/**
 * Reads XDR (RFC 4506): big-endian, everything in units of four bytes.
 *
 * Nothing here throws. A read past the end gives 0 or '' and sets `short`; a length that no sender may use sets `fault` as
 * well, and then more bytes would not help. Decoders read straight through and ask `short` in their loops.
 *
 * Bulk (file content) need not be there: `bulk()` says in `bulkAt` and `bulkBytes` what is missing, the caller passes those
 * bytes over, notes the place with `elide()`, and the next pass steps across it.
 */
const UNPRINTABLE = /[^\x20-\x7e]/

export class Xdr {
  buf: Buffer = Buffer.alloc(0)
  pos = 0
  end = 0
  short = false
  /** What cannot be right, '' while all is well. */
  fault = ''
  /** Where bulk begins that is not here in full; -1 = none. */
  bulkAt = -1
  /** Its bytes with padding. */
  bulkBytes = 0
  private base = 0
  private watched: Record<string, unknown> | undefined
  private keysInTime = 0
  private elided: readonly number[] = NOTHING

  reset(buf: Buffer, start: number, end: number, elided: readonly number[] = NOTHING): this {
    this.buf = buf
    this.pos = start
    this.base = start
    this.end = end
    this.short = false
    this.fault = ''
    this.bulkAt = -1
    this.bulkBytes = 0
    this.elided = elided
    this.watched = undefined
    return this
  }

  /** Values go into this object from here on; see `prune`. */
  watch(into: object): void {
    this.watched = into as Record<string, unknown>
    this.keysInTime = Number.MAX_SAFE_INTEGER
  }

  /** Take back what was put into the watched object after the bytes had run out: nothing of it was on the wire. */
  prune(): void {
    if (!this.short || this.watched === undefined) return
    for (const key of Object.keys(this.watched).slice(this.keysInTime)) delete this.watched[key]
  }

  get left(): number {
    return this.end - this.pos
  }

  /** No further read may succeed, or values would come from the wrong place. */
  private stop(): void {
    if (!this.short && this.watched !== undefined) this.keysInTime = Object.keys(this.watched).length
    this.short = true
    this.pos = this.end
  }

  fail(why: string): void {
    if (!this.short) this.fault = why
    this.stop()
  }

  u32(): number {
    const at = this.pos
    if (at + 4 > this.end) {
      this.stop()
      return 0
    }
    this.pos = at + 4
    const b = this.buf
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
  }

  /** A status decides how to read on: undefined when it is not here. */
  status(): number | undefined {
    const status = this.u32()
    return this.short ? undefined : status
  }

  bool(): boolean {
    return this.u32() !== 0
  }

  /** A number where that is exact. */
  u64(): number | bigint {
    const high = this.u32()
    const low = this.u32()
    return high < 0x200000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low)
  }

  skip(bytes: number): void {
    if (this.pos + bytes > this.end) this.stop()
    else this.pos += bytes
  }

  /** Fixed bytes in hex. */
  hex(bytes: number): string {
    const at = this.fixed(bytes)
    return at < 0 ? '' : this.buf.toString('hex', at, at + bytes)
  }

  opaqueHex(max: number): string {
    const length = this.length(max)
    const at = this.fixed(length)
    return at < 0 ? '' : this.buf.toString('hex', at, at + length)
  }

  /** A string; its bytes are UTF-8 by RFC 7530 §12 and whatever the client's file system holds before that. */
  text(max: number): string {
    const length = this.length(max)
    const at = this.fixed(length)
    return at < 0 ? '' : this.buf.toString('utf8', at, at + length)
  }

  /** Bytes that are text for most senders: as text when printable ASCII, else in hex. */
  label(max: number): string {
    const length = this.length(max)
    const at = this.fixed(length)
    if (at < 0) return ''
    const text = this.buf.toString('latin1', at, at + length)
    return UNPRINTABLE.test(text) ? this.buf.toString('hex', at, at + length) : text
  }

  skipOpaque(max: number): number {
    const length = this.length(max)
    this.fixed(length)
    return length
  }

  /** File content: its length; the bytes are passed over wherever they are. */
  bulk(): number {
    const length = this.u32()
    if (this.short) return length
    const padded = length + (-length & 3)
    if (this.elided.includes(this.pos - this.base)) return length
    if (this.pos + padded <= this.end) {
      this.pos += padded
      return length
    }
    this.bulkAt = this.pos - this.base
    this.bulkBytes = padded
    this.stop()
    return length
  }

  /** The count of a list: at most `max`, and no more than the bytes behind it can hold at `each` bytes an element. */
  count(max: number, each = 4): number {
    const n = this.u32()
    if (n > max) {
      this.fail(`A list announces ${n} elements.`)
      return 0
    }
    // Not a fault: more bytes may follow.
    if (n * each > this.left) {
      this.stop()
      return 0
    }
    return n
  }

  /** Bits as words, lowest first (RFC 7530 §2.1). */
  bitmap(): number[] {
    const words: number[] = []
    for (let n = this.count(MAX_BITMAP_WORDS); n > 0; n--) words.push(this.u32())
    return words
  }

  private length(max: number): number {
    const length = this.u32()
    if (length > max) {
      this.fail(`A text or opaque announces ${length} bytes where at most ${max} may stand.`)
      return 0
    }
    return length
  }

  /** Offset of `length` bytes, padding passed over; -1 when they are not here. */
  private fixed(length: number): number {
    const at = this.pos
    if (this.short || at + length > this.end) {
      this.stop()
      return -1
    }
    // The last padding may be cut without harm.
    this.pos = Math.min(at + length + (-length & 3), this.end)
    return at
  }
}

const NOTHING: readonly number[] = []
/** Attributes use three words; room for what comes. */
const MAX_BITMAP_WORDS = 16
