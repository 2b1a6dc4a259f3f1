/** One side's bytes as messages. Those of usual size are read where they lie; longer ones are read as they pass. */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Parser } from '../protocol.js'
import { i32le } from './bson.js'
import { type Allow, decode, type Odd } from './decode.js'
import { HEADER, MAX_MESSAGE, startsHere } from './header.js'
import { LargeMessage } from './large.js'
import { type Message, type MongoMessage, PART } from './messages.js'
import { Op, opNames } from './names.js'

/** Longest message that is held and read as a whole: most batches of most applications. */
export const MAX_WHOLE = 256 * 1024
/** Longest compressed message that is held: it says nothing before it is whole. `maxHeld` of the protocol is a little more. */
export const MAX_COMPRESSED = 4 * 1024 * 1024
/** Bytes read of a longer one of the legacy opcodes. */
const BEGINNING = 64 * 1024
/** Unknown opcodes named in anomalies, for one side. */
const MAX_UNKNOWN = 8

type Into = (message: MongoMessage) => void

export class MongoParser implements Parser<MongoMessage> {
  private large: LargeMessage | undefined
  /** A message whose remaining bytes only count; undefined for one of an unknown opcode. */
  private skipped: Message | undefined
  private toSkip = 0
  /** Bytes asked for from the run's budget. */
  private kept = 0
  /** Looking for the next message. */
  private lost = false
  private readonly unknown = new Set<number>()

  /** @param room bytes kept of a message that is read as it passes */
  constructor(
    private readonly side: Side,
    private readonly room: number,
    private readonly odd: Odd,
    private readonly allow: Allow,
    private readonly hold: (bytes: number) => boolean,
  ) {}

  next(cur: Cursor, into: Into): 'message' | 'need-more' {
    if (this.large) return this.pass(this.large, cur, into)
    if (this.toSkip > 0) return this.skip(cur, into)
    if (this.lost) return this.seek(cur, into)
    if (cur.left < HEADER) {
      cur.want = HEADER
      return 'need-more'
    }
    const { buf, pos } = cur
    const length = i32le(buf, pos)
    const op = i32le(buf, pos + 12)
    if (length < HEADER || length > MAX_MESSAGE || (!opNames.has(op) && (op < 0 || op > 0xffff))) {
      this.odd('mongodb.malformed', `${this.side}: length ${length}, opcode ${op}`)
      this.lost = true
      // Something starts at the next byte at the earliest.
      cur.pos++
      return 'message'
    }
    if (!opNames.has(op)) return this.unknownOp(op, length, cur, into)
    const most = op === Op.compressed ? MAX_COMPRESSED : MAX_WHOLE
    if (length <= most) {
      if (cur.left < length) {
        cur.want = length
        return 'need-more'
      }
      const message = this.header(buf, pos)
      decode(message, buf, pos + HEADER, pos + length, true, this.odd, this.allow)
      cur.pos = pos + length
      into(message)
      return 'message'
    }
    if (op === Op.msg) {
      const there = this.hold(this.room)
      this.kept = there ? this.room : 0
      this.large = new LargeMessage(this.header(buf, pos), length, there ? this.room : 0)
      cur.pos += HEADER
      into(PART)
      return 'message'
    }
    return this.beginning(length, op, cur, into)
  }

  gap(bytes: number, into: Into): 'resync' {
    if (this.large) {
      const inside = this.large.lose(bytes)
      if (inside && this.large.left > 0) return 'resync'
      into(this.large.finish())
      this.large = undefined
      this.free()
      this.lost = !inside
    } else if (this.toSkip > 0) {
      this.toSkip -= bytes
      const message = this.skipped
      if (message) message.lost = true
      if (this.toSkip > 0) return 'resync'
      this.lost = this.toSkip < 0
      this.toSkip = 0
      this.skipped = undefined
      if (message) into(message)
      this.free()
    } else this.lost = true
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    let message: Message | undefined
    if (this.large) message = this.large.finish()
    else if (this.toSkip > 0) message = this.skipped
    else if (!this.lost && held.left >= HEADER && startsHere(held.buf, held.pos, held.end, 'either') !== 'no') {
      message = this.header(held.buf, held.pos)
      decode(message, held.buf, held.pos + HEADER, held.end, false, this.odd, this.allow)
    }
    held.pos = held.end
    if (!message) return
    message.truncated = true
    into(message)
  }

  private free(): void {
    if (this.kept > 0) this.hold(-this.kept)
    this.kept = 0
  }

  private header(buf: Buffer, pos: number): Message {
    return {
      op: i32le(buf, pos + 12),
      requestId: i32le(buf, pos + 4),
      responseTo: i32le(buf, pos + 8),
      length: i32le(buf, pos),
      flags: 0,
      sequences: [],
    }
  }

  private pass(large: LargeMessage, cur: Cursor, into: Into): 'message' | 'need-more' {
    const taken = large.feed(cur)
    if (taken === 'more') return 'need-more'
    if (taken === 'part') into(PART)
    else {
      this.large = undefined
      into(large.finish())
      this.free()
    }
    return 'message'
  }

  private skip(cur: Cursor, into: Into): 'message' {
    const n = Math.min(this.toSkip, cur.left)
    cur.pos += n
    this.toSkip -= n
    if (this.toSkip > 0) {
      if (this.skipped) into(PART)
      return 'message'
    }
    const message = this.skipped
    this.skipped = undefined
    if (message) into(message)
    this.free()
    return 'message'
  }

  /** A long legacy or compressed message: its beginning is read, the rest counted. */
  private beginning(length: number, op: number, cur: Cursor, into: Into): 'message' | 'need-more' {
    const held = op === Op.compressed ? HEADER + 9 : BEGINNING
    if (cur.left < held) {
      cur.want = held
      return 'need-more'
    }
    const there = this.hold(held)
    const copy = there ? Buffer.from(cur.buf.subarray(cur.pos, cur.pos + held)) : cur.buf
    const start = there ? 0 : cur.pos
    const message = this.header(copy, start)
    this.kept = there ? held : 0
    if (there || op === Op.compressed) decode(message, copy, start + HEADER, start + held, false, this.odd, this.allow)
    else message.undecoded = 'too much is held already: the message was not read'
    if (op === Op.compressed) {
      this.odd('mongodb.message-cap', `${length} bytes compressed`)
      message.undecoded = `the compressed message of ${length} bytes is longer than what is read`
    } else message.shortened = true
    this.skipped = message
    this.toSkip = length - held
    cur.pos += held
    into(PART)
    return 'message'
  }

  private unknownOp(op: number, length: number, cur: Cursor, into: Into): 'message' {
    if (!this.unknown.has(op) && this.unknown.size < MAX_UNKNOWN) {
      this.unknown.add(op)
      this.odd('mongodb.unknown-opcode', `${this.side}: opcode ${op}, ${length} bytes`)
    }
    this.toSkip = length
    return this.skip(cur, into)
  }

  /** After a loss: to where a message could start. */
  private seek(cur: Cursor, into: Into): 'message' | 'need-more' {
    const { buf, pos, end } = cur
    for (let at = pos; at < end; at++) {
      const fit = startsHere(buf, at, end, this.side)
      if (fit === 'no') continue
      if (fit === 'yes') this.lost = false
      if (at > pos) {
        cur.pos = at
        return 'message'
      }
      return fit === 'yes' ? this.next(cur, into) : 'need-more'
    }
    cur.pos = end
    return 'message'
  }
}
