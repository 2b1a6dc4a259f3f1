/**
 * One direction of a CQL connection: bytes in, frames out.
 *
 *   frames              frames follow each other: v1 to v4, DSE, and v5 up to the answer to STARTUP
 *   plain, compressed   segments, each with checksums, that hold frames: v5 from then on (`segment-parser.ts`)
 *
 * Which of them it is, the bytes tell: a segment's header carries a CRC-24, and each side is asked by itself, so nothing
 * depends on the order in which the two sides were captured.
 *
 * A frame that lies whole in front of us is handed on in place. One that does not is taken as it comes, so that a loss inside its
 * body costs that body and nothing behind it.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { gradeBody, HEADER, type Header, readHeader } from './header.js'
import { type CassandraMessage, Frame, PIECE } from './messages.js'
import { OpenFrame } from './open-frame.js'
import { readSegmentHeader, type SegmentHeader } from './segment.js'
import { SegmentParser } from './segment-parser.js'

export type Into = (message: CassandraMessage) => void
export interface ParserHost {
  anomaly(code: string, detail?: string): void
  /** Ask for room for bytes that are kept across calls; give back with a negative number. */
  hold(bytes: number): boolean
}

export class FrameParser implements Parser<CassandraMessage> {
  private segments: SegmentParser | undefined
  private open: OpenFrame | undefined
  /** Of the last frame; 0 before the first. */
  private version = 0
  /** We are not at a frame's start, and look for one. */
  private seeking = false
  /** Bytes passed over since then. */
  private skipped = 0

  constructor(
    private readonly fromServer: boolean,
    private readonly host: ParserHost,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    if (cur.left === 0) return 'need-more'
    if (this.segments) return this.segments.next(cur, into)
    if (this.open) return this.more(cur, into)
    // Only v5 changes over; until a version is known, a capture may begin behind the change.
    if (this.mayChange) {
      if (cur.left < HEADER) {
        // A frame of v1 without body is shorter than that.
        if (this.version !== 0 || (cur.peek() & 0x7f) > 2 || cur.left < HEADER - 1) {
          cur.want = HEADER
          return 'need-more'
        }
      } else if (this.startSegments(cur)) return this.segments!.next(cur, into)
    }
    return this.seeking ? this.seek(cur, into) : this.frame(cur, into)
  }

  private get mayChange(): boolean {
    return this.version === 0 || this.version === 5 || this.version === 6
  }

  private startSegments(cur: Cursor): boolean {
    const found = segmentAt(cur.buf, cur.pos, cur.end)
    if (!found) return false
    this.segments = new SegmentParser(this.fromServer, found.compressed, this.host)
    this.told()
    return true
  }

  private frame(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    const header = readHeader(buf, pos, end, this.fromServer)
    if (header === 'short') {
      cur.want = (buf[pos]! & 0x7f) <= 2 ? HEADER - 1 : HEADER
      return 'need-more'
    }
    if (!header) {
      this.seeking = true
      return this.seek(cur, into)
    }
    this.version = header.version
    const total = header.size + header.length
    if (end - pos >= total) {
      cur.pos = pos + total
      into(new Frame(header, buf.subarray(pos + header.size, pos + total)))
      return 'message'
    }
    cur.pos = pos + header.size
    this.open = new OpenFrame(header, this.host)
    return this.more(cur, into)
  }

  /** The next piece of a frame's body. */
  private more(cur: Cursor, into: Into): Verdict {
    const open = this.open!
    const take = Math.min(cur.left, open.left)
    open.take(cur.buf, cur.pos, cur.pos + take)
    cur.pos += take
    if (open.left > 0) into(PIECE)
    else this.finish(into)
    return 'message'
  }

  private finish(into: Into): void {
    const frame = this.open!.finish()
    this.open = undefined
    into(frame)
  }

  gap(bytes: number, into: Into): 'resync' {
    if (this.segments) {
      this.segments.gap(into)
      return 'resync'
    }
    const open = this.open
    if (open) {
      const inside = Math.min(bytes, open.left)
      open.lose(inside)
      if (open.left === 0) this.finish(into)
      // The loss ends inside the body, or with it: nothing behind it is in doubt.
      if (inside === bytes) return 'resync'
    }
    this.seeking = true
    return 'resync'
  }

  close(held: Cursor, why: EndReason, into: Into): void {
    if (this.segments) this.segments.close(held, why, into)
    else if (this.open) {
      const frame = this.open.finish()
      this.open = undefined
      into(frame)
    }
  }

  /** Look for the next frame: its header, and a body that fits it. */
  private seek(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    let at = pos
    for (; at < end; at++) {
      if (at > pos && this.mayChange && segmentAt(buf, at, end)) break
      if (this.version !== 0 && (buf[at]! & 0x7f) !== this.version) continue
      const header = readHeader(buf, at, end, this.fromServer)
      if (header === undefined) continue
      if (header === 'short') break
      const grade = gradeBody(buf, at, end, header)
      if (grade === 'no') continue
      if (grade === 'short') break
      if (grade === 'strong' || this.chained(buf, at, end, header, at === pos)) {
        this.skipped += at - pos
        cur.pos = at
        this.seeking = false
        this.told()
        return at > pos ? 'message' : this.frame(cur, into)
      }
    }
    if (at === pos) return 'need-more'
    this.skipped += at - pos
    cur.pos = at
    return 'message'
  }

  /** Nothing speaks for this body, but another frame follows it, or it ends where the bytes end, or a segment begins here. */
  private chained(buf: Buffer, at: number, end: number, h: Header, first: boolean): boolean {
    const next = at + h.size + h.length
    if (next > end) return first
    return next === end || readHeader(buf, next, end, this.fromServer) !== undefined
  }

  private told(): void {
    if (this.skipped > 0) this.host.anomaly('cassandra.resync', `${this.skipped} bytes passed over`)
    this.skipped = 0
    this.seeking = false
  }
}

/** The header of a segment of either kind. One without payload is no evidence. */
function segmentAt(buf: Buffer, at: number, end: number): SegmentHeader | undefined {
  const plain = readSegmentHeader(buf, at, end, false)
  if (plain && plain.length > 0) return plain
  const compressed = readSegmentHeader(buf, at, end, true)
  return compressed && compressed.length > 0 ? compressed : undefined
}
