/**
 * One direction's packets: the four-byte header, payloads over 16 MB in pieces, the compressed protocol around it all.
 *
 * A packet that lies whole in the bytes shown is handed on where it lies. Of one that does not, the head is kept as its bytes
 * come and the rest is counted, so that nothing waits for 16 MB and a loss inside a long packet loses no more than that.
 */
import { Cursor } from '../../bytes/cursor.js'
import type { Verdict } from '../protocol.js'
import { decompress } from '../shared/decompress.js'
import type { Exchange } from './exchange.js'
import type { Link } from './link.js'

/** Length that says: the payload goes on in the next packet. */
const FULL = 0xffffff
const HEADER = 4
const PACKED_HEADER = 7
/** Packets whose kept bytes are asked of the run's budget; below it a connection costs what a socket buffer does. */
const FREE_KEEP = 16_384
/**
 * Bytes out beyond which the ratio counts, and the ratio. Rows compress a hundredfold at best over that much; a connection that
 * goes on beyond it is made to cost time.
 */
const RATIO_FROM = 64 << 20
const MAX_RATIO = 300

/** What a direction does with its packets. */
export interface Side {
  /**
   * A payload: `buf[from..to)`, of which `length` bytes were sent when not all is here; `bytes` counts headers too.
   * @returns false when it is no packet of this protocol at this place
   */
  packet(buf: Buffer, from: number, to: number, length: number, seq: number, bytes: number): boolean
  /** A long payload begins: its first bytes, at least one. */
  begin(buf: Buffer, from: number, to: number, length: number, seq: number): void
  /** Whose bytes those of an unfinished packet are. */
  current(): Exchange | undefined
  /** Could a packet of this side begin here? Asked after a loss and at the start. 'more' = too short to say. */
  plausible(buf: Buffer, at: number, end: number): 'yes' | 'no' | 'more'
  /** Is the thing that was just read over, so that what follows has packets of its own? */
  readonly pause: boolean
}

export class Packets {
  /** The messages of this call: whose bytes they were. */
  private readonly touched: Exchange[] = []
  /** Not in step: what comes may begin in the middle of a packet. */
  lost = true
  /** Bytes wanted, from where the cursor stands, before there is something to do. */
  private need = 0
  // A payload that goes over what is shown.
  private open = false
  private openSeq = 0
  private openBytes = 0
  private openLength = 0
  private remaining = 0
  private lastPiece = true
  private readonly kept: Buffer[] = []
  private keptBytes = 0
  private heldBytes = 0
  // The compressed protocol.
  private rest: Buffer | undefined
  private readonly inner = new Cursor()
  private bytesIn = 0
  private bytesOut = 0

  constructor(
    private readonly link: Link,
    private readonly side: Side,
    private readonly maxKept: number,
    private readonly hold: ((bytes: number) => boolean) | undefined,
  ) {}

  next(cur: Cursor, into: (exchange: Exchange) => void): Verdict {
    const start = cur.pos
    const compressed = this.wrapped(cur)
    if (compressed === undefined) {
      cur.want = cur.left + 1
      return 'need-more'
    }
    if (compressed) this.packed(cur)
    else this.plain(cur, true)
    if (cur.pos === start) {
      cur.want = this.need
      return 'need-more'
    }
    this.flush(into)
    return 'message'
  }

  /** Bytes are missing. True when it is known how many packets they were: none but a part of the open one. */
  gap(bytes: number): boolean {
    if (this.open && this.link.compressed !== true && bytes <= this.remaining) {
      this.remaining -= bytes
      this.keptBytes = this.maxKept
      return true
    }
    this.drop()
    this.rest = undefined
    this.lost = true
    return false
  }

  /** The end: what was kept of a payload that never ended. */
  close(): { head: Buffer; length: number; bytes: number } | undefined {
    if (!this.open) return undefined
    const open = { head: Buffer.concat(this.kept), length: this.openLength, bytes: this.openBytes }
    this.drop()
    return open
  }

  touch(exchange: Exchange | undefined): void {
    if (exchange && this.touched[this.touched.length - 1] !== exchange) this.touched.push(exchange)
  }

  private flush(into: (exchange: Exchange) => void): void {
    const touched = this.touched
    if (touched.length === 0) return
    for (let i = 0; i < touched.length; i++) into(touched[i]!)
    touched.length = 0
  }

  /** @param one stop where something is over, so that each command and answer has a trace of its own */
  private plain(cur: Cursor, one: boolean): void {
    const { buf } = cur
    const start = cur.pos
    this.need = 0
    while (cur.pos < cur.end) {
      if (this.open && this.remaining > 0) {
        this.take(cur)
        if (this.remaining > 0) break
        if (this.lastPiece && this.finish() && one && this.side.pause) return
        continue
      }
      if (this.lost) {
        const plausible = this.side.plausible(buf, cur.pos, cur.end)
        if (plausible === 'more') {
          this.need = cur.end - cur.pos + 1
          break
        }
        if (plausible === 'no') {
          cur.pos = cur.end
          return
        }
        this.lost = false
      }
      const at = cur.pos
      if (cur.end - at < HEADER) {
        this.need = HEADER
        break
      }
      const length = buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16)
      const from = at + HEADER
      if (this.open || length === FULL || from + length > cur.end) {
        // Its first byte tells what it is; the header alone is not worth beginning with.
        if (!this.open && length > 0 && from >= cur.end) {
          this.need = HEADER + 1
          break
        }
        this.begin(cur, length, buf[at + 3]!)
        if (this.open && this.remaining === 0 && this.lastPiece && this.finish() && one && this.side.pause) return
        continue
      }
      cur.pos = from + length
      if (!this.side.packet(buf, from, cur.pos, length, buf[at + 3]!, HEADER + length)) {
        this.lose()
        cur.pos = cur.end
        return
      }
      if (one && this.side.pause) return
    }
    if (this.open && cur.pos > start) this.touch(this.side.current())
  }

  private lose(): void {
    this.lost = true
    this.rest = undefined
    this.drop()
  }

  // ---- long payloads ---------------------------------------------------------------------------------------------------

  private begin(cur: Cursor, length: number, seq: number): void {
    cur.pos += HEADER
    this.openBytes += HEADER + length
    this.openLength += length
    this.remaining = length
    this.lastPiece = length !== FULL
    if (this.open) return
    this.open = true
    this.openSeq = seq
    this.side.begin(cur.buf, cur.pos, cur.end, length, seq)
  }

  private take(cur: Cursor): void {
    const there = Math.min(cur.end - cur.pos, this.remaining)
    let keep = Math.min(there, this.maxKept - this.keptBytes)
    if (keep > 0 && this.keptBytes + keep > FREE_KEEP && this.hold) {
      if (this.hold(keep)) this.heldBytes += keep
      else {
        keep = 0
        this.keptBytes = this.maxKept
      }
    }
    if (keep > 0) {
      this.kept.push(Buffer.from(cur.buf.subarray(cur.pos, cur.pos + keep)))
      this.keptBytes += keep
    }
    cur.pos += there
    this.remaining -= there
  }

  private finish(): boolean {
    const head = this.kept.length === 1 ? this.kept[0]! : Buffer.concat(this.kept)
    const length = this.openLength
    const bytes = this.openBytes
    const seq = this.openSeq
    this.drop()
    if (this.side.packet(head, 0, head.length, length, seq, bytes)) return true
    this.lose()
    return false
  }

  private drop(): void {
    if (this.heldBytes > 0) this.hold?.(-this.heldBytes)
    this.heldBytes = this.keptBytes = this.openBytes = this.openLength = this.remaining = 0
    this.kept.length = 0
    this.open = false
    this.lastPiece = true
  }

  // ---- the compressed protocol -----------------------------------------------------------------------------------------

  private packed(cur: Cursor): void {
    const { buf, pos } = cur
    this.need = 0
    if (cur.left < PACKED_HEADER) {
      this.need = PACKED_HEADER
      return
    }
    if (this.lost && packedAt(buf, pos, cur.end) === 'no') {
      cur.pos = cur.end
      return
    }
    const length = buf[pos]! | (buf[pos + 1]! << 8) | (buf[pos + 2]! << 16)
    const size = buf[pos + 4]! | (buf[pos + 5]! << 8) | (buf[pos + 6]! << 16)
    const from = pos + PACKED_HEADER
    if (from + length > cur.end) {
      this.need = PACKED_HEADER + length
      return
    }
    cur.pos = from + length
    const bytes = buf.subarray(from, cur.pos)
    let data: Buffer | undefined = bytes
    if (size > 0) {
      this.bytesIn += length
      this.bytesOut += size
      if (this.bytesOut > RATIO_FROM && this.bytesOut > this.bytesIn * MAX_RATIO) {
        this.link.listener.odd('mysql.compression-ratio')
        data = undefined
      } else data = decompress(bytes[0] === 0x28 ? 'zstd' : 'zlib', bytes, size, size)
      if (data === undefined) {
        this.link.listener.odd('mysql.compression')
        this.touch(this.side.current())
        this.lose()
        return
      }
    }
    this.unwrapped(data)
  }

  private unwrapped(data: Buffer): void {
    const all = this.rest ? Buffer.concat([this.rest, data]) : data
    this.rest = undefined
    const inner = this.inner.reset(all, 0, all.length)
    this.plain(inner, false)
    // At most a header is left: payloads are taken as they come.
    if (inner.left > 0) this.rest = Buffer.from(all.subarray(inner.pos))
  }

  private wrapped(cur: Cursor): boolean | undefined {
    const { link } = this
    if (link.compressed === undefined) return this.sniff(cur)
    // Agreed on, and the server's word that ends the login was not seen: a packet that begins a command or an answer tells.
    if (!link.compressed && link.compression && !this.open && cur.left > HEADER && cur.peek(3) < 2)
      if (packedAt(cur.buf, cur.pos, cur.end) === 'yes') link.compressed = true
    return link.compressed
  }

  /** Nothing told whether packets are wrapped: the first ones do. undefined = too short to say. */
  private sniff(cur: Cursor): boolean | undefined {
    const found = packedAt(cur.buf, cur.pos, cur.end)
    if (found === 'more') return undefined
    if (found === 'yes') {
      this.link.compressed = true
      return true
    }
    if (this.side.plausible(cur.buf, cur.pos, cur.end) === 'yes') this.link.compressed = false
    return false
  }
}

/** Does a packet of the compressed protocol begin here? A plain one of the same bytes would make no sense. */
export function packedAt(buf: Buffer, at: number, end: number): 'yes' | 'no' | 'more' {
  const left = end - at
  if (left < 3) return 'more'
  const length = buf.readUIntLE(at, 3)
  if (length < HEADER) return 'no'
  if (left < PACKED_HEADER) return 'more'
  const size = buf.readUIntLE(at + 4, 3)
  const from = at + PACKED_HEADER
  if (size > 0) {
    if (size < length / 2) return 'no'
    if (left < PACKED_HEADER + 2) return 'more'
    const head = buf.readUInt16BE(from)
    return ((head >> 8) & 0x0f) === 8 && head >> 12 <= 7 && head % 31 === 0 ? 'yes' : head === 0x28b5 ? 'yes' : 'no'
  }
  if (left < PACKED_HEADER + HEADER) return 'more'
  // Not compressed: whole packets inside, or the beginning of one that is larger than a wrapper.
  let inside = from
  while (inside + HEADER <= end && inside < from + length) {
    const next = inside + HEADER + buf.readUIntLE(inside, 3)
    if (next > from + length) return length >= 4096 && inside === from ? 'yes' : 'no'
    inside = next
  }
  return inside === from + length || (inside > end && inside <= from + length) ? 'yes' : 'no'
}
