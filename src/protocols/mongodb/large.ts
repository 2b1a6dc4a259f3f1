/**
 * Reads an OP_MSG that is too long to be held, as it passes: what remains of it is a smaller message of the same shape. Long
 * arrays keep their first elements and their length, long texts their beginning; counts, cursor ids and everything else
 * that a row needs stays whole, wherever in the message it stands.
 */
import type { Cursor } from '../../bytes/cursor.js'
import { fixedSize, i32le, lengthWord, T, zero } from './bson.js'
import { Doc, Docs } from './doc.js'
import type { Message } from './messages.js'

/** A value up to this size is kept or left out as a whole. */
const SMALL = 4096
/** Bytes kept of a text or binary value that is longer. */
const KEPT_OF_TEXT = 3072
/** Bytes of a field's name: no driver allows the longer ones that BSON does. */
const MAX_NAME = 1024
/** Levels entered; the server's own limit is 180. What lies deeper is passed over. */
const MAX_DEPTH = 100
/** Bytes kept of short values of the command itself (`ok`, `cursor.id`, `lsid`) when all else is full. */
const RESERVE = 16384
const MAX_ESSENTIAL = 512

interface Frame {
  /** Offset in the message where it ends. */
  readonly end: number
  readonly kind: 'document' | 'array' | 'sequence'
  /** Where its length stands among the kept bytes; a sequence has none. */
  readonly at: number
  readonly path: string
  count: number
}

export class LargeMessage {
  private readonly frames: Frame[] = []
  private readonly counts = new Map<string, number>()
  private kept = Buffer.allocUnsafe(SMALL * 4)
  private used = 0
  private reserve = RESERVE
  /** Offset in the message of the next byte. */
  private pos = 16
  private toKeep = 0
  private toSkip = 0
  private flagsRead = false
  private bodyAt = -1
  private readonly sections: { name: string; from: number; to: number; count: number }[] = []
  /** Bytes the next step needs; 0 = any. */
  private need = 0
  private broken = false

  /**
   * @param length of the whole message
   * @param room bytes that may be kept
   */
  constructor(
    readonly message: Message,
    private readonly length: number,
    private readonly room: number,
  ) {}

  get left(): number {
    return this.length - this.pos
  }

  /** Takes what it can; 'more' when nothing could be taken. */
  feed(cur: Cursor): 'more' | 'part' | 'done' {
    const start = cur.pos
    while (this.pos < this.length) {
      const before = cur.pos
      if (!this.step(cur)) {
        if (before > start) {
          cur.pos = before
          return 'part'
        }
        cur.want = this.need
        return 'more'
      }
      this.pos += cur.pos - before
    }
    return 'done'
  }

  /** Bytes in the middle are missing: the rest only counts. False when the message ends inside of what is missing. */
  lose(bytes: number): boolean {
    this.message.lost = true
    this.pos += bytes
    this.giveUp()
    return this.pos <= this.length
  }

  finish(): Message {
    while (this.frames.length > 0) this.close()
    const message = this.message
    if (this.bodyAt >= 0) message.body = new Doc(this.kept, this.bodyAt, this.used, this.counts)
    for (const { name, from, to, count } of this.sections) message.sequences.push(new Docs(name, this.kept, from, to, count, this.counts))
    if (this.broken && !message.lost) message.undecoded ??= 'the message is damaged'
    return message
  }

  private step(cur: Cursor): boolean {
    this.need = 0
    if (this.toKeep > 0) {
      const n = Math.min(this.toKeep, cur.left)
      this.append(cur.buf, cur.pos, cur.pos + n)
      this.toKeep -= n
      cur.pos += n
      return n > 0
    }
    if (this.toSkip > 0) {
      const n = Math.min(this.toSkip, cur.left)
      this.toSkip -= n
      cur.pos += n
      return n > 0
    }
    if (!this.flagsRead) {
      if (!this.has(cur, 4)) return false
      this.message.flags = i32le(cur.buf, cur.pos)
      this.flagsRead = true
      cur.pos += 4
      return true
    }
    const frame = this.frames[this.frames.length - 1]
    if (!frame) return this.section(cur)
    return frame.kind === 'sequence' ? this.sequence(cur, frame) : this.element(cur, frame)
  }

  private has(cur: Cursor, bytes: number): boolean {
    this.need = bytes
    return cur.left >= bytes
  }

  private get full(): boolean {
    return this.used >= this.room
  }

  private section(cur: Cursor): boolean {
    // The last four bytes may be a checksum.
    if ((this.message.flags & 1) !== 0 && this.left <= 4) {
      this.toSkip = this.left
      return true
    }
    if (!this.has(cur, 5)) return this.left >= 5 ? false : this.giveUp()
    const kind = cur.buf[cur.pos]!
    const size = i32le(cur.buf, cur.pos + 1)
    if (kind > 1 || size < 5 || size > this.left - 1) return this.giveUp()
    if (kind === 0) {
      if (this.bodyAt >= 0) return this.giveUp()
      this.bodyAt = this.used
      cur.pos += 5
      this.open('document', this.pos + 1 + size, '')
      return true
    }
    const end = zero(cur.buf, cur.pos + 5, Math.min(cur.end, cur.pos + 5 + MAX_NAME))
    if (end < 0) {
      this.need = 0
      return cur.left > MAX_NAME + 5 ? this.giveUp() : false
    }
    const name = cur.buf.toString('utf8', cur.pos + 5, end)
    this.sections.push({ name, from: this.used, to: this.used, count: 0 })
    this.frames.push({ end: this.pos + 1 + size, kind: 'sequence', at: -1, path: name, count: 0 })
    cur.pos = end + 1
    return true
  }

  private sequence(cur: Cursor, frame: Frame): boolean {
    if (this.pos >= frame.end) {
      this.close()
      return true
    }
    if (!this.has(cur, 4)) return false
    const size = i32le(cur.buf, cur.pos)
    if (size < 5 || size > frame.end - this.pos) return this.giveUp()
    frame.count++
    if (this.full) this.toSkip = size
    else if (size <= SMALL) this.toKeep = size
    else {
      cur.pos += 4
      this.open('document', this.pos + size, '*')
    }
    return true
  }

  private element(cur: Cursor, frame: Frame): boolean {
    if (!this.has(cur, 1)) return false
    const { buf, pos } = cur
    const type = buf[pos]!
    const rest = frame.end - this.pos - 1
    if (rest < 0) return this.giveUp()
    if (type === 0) {
      cur.pos++
      if (rest > 0) this.broken = true
      this.toSkip = rest
      this.close()
      return true
    }
    const nameEnd = zero(buf, pos + 1, Math.min(cur.end, pos + 1 + MAX_NAME))
    if (nameEnd < 0) {
      this.need = 0
      return cur.left > MAX_NAME ? this.giveUp() : false
    }
    const from = nameEnd + 1
    const head = from - pos
    const room = rest - head
    let size = fixedSize(type)
    const word = size < 0 ? lengthWord(type) : undefined
    if (word) {
      if (!this.has(cur, head + 4)) return false
      const length = i32le(buf, from)
      if (length < word.least) return this.giveUp()
      size = length + word.extra
    } else if (type === T.regex) {
      const limit = Math.min(cur.end, from + SMALL)
      const pattern = zero(buf, from, limit)
      const end = pattern < 0 ? -1 : zero(buf, pattern + 1, limit)
      if (end < 0) {
        this.need = 0
        return cur.left > SMALL + head ? this.giveUp() : false
      }
      size = end + 1 - from
    }
    if (size < 0 || size > room) return this.giveUp()
    frame.count++
    const wanted = !this.full
    if (size <= SMALL) {
      const keep = wanted || this.essential(frame, head + size)
      cur.pos = pos
      if (keep) this.toKeep = head + size
      else this.toSkip = head + size
      return true
    }
    cur.pos = from
    if ((type === T.document || type === T.array) && wanted && this.frames.length < MAX_DEPTH) {
      this.append(buf, pos, from)
      const name = buf.toString('utf8', pos + 1, nameEnd)
      cur.pos = from + 4
      this.open(type === T.array ? 'array' : 'document', this.pos + head + size, frame.path === '' ? name : `${frame.path}.${name}`)
    } else if (wanted && (type === T.string || type === T.symbol || type === T.code || type === T.binary)) {
      // The length it claims stays: whoever reads it finds less, and knows that it was cut.
      if (!this.has(cur, KEPT_OF_TEXT)) {
        this.need = head + KEPT_OF_TEXT
        cur.pos = pos
        return false
      }
      const binary = type === T.binary
      this.append(buf, pos, from)
      const at = this.used
      this.append(buf, from, from + KEPT_OF_TEXT)
      if (binary) this.kept.writeInt32LE(KEPT_OF_TEXT - 5, at)
      else {
        this.kept.writeInt32LE(KEPT_OF_TEXT - 4, at)
        this.kept[at + KEPT_OF_TEXT - 1] = 0
      }
      this.message.shortened = true
      cur.pos = from + KEPT_OF_TEXT
      this.toSkip = size - KEPT_OF_TEXT
    } else this.toSkip = size
    return true
  }

  /** A short value of the command itself: there is room for it in any case. */
  private essential(frame: Frame, size: number): boolean {
    if (frame.kind !== 'document' || size > MAX_ESSENTIAL || size > this.reserve) return false
    if (frame.path !== '' && frame.path !== 'cursor') return false
    this.reserve -= size
    return true
  }

  private open(kind: 'document' | 'array', end: number, path: string): void {
    this.frames.push({ end, kind, at: this.used, path, count: 0 })
    this.append(ZERO, 0, 4)
  }

  private close(): void {
    const frame = this.frames.pop()!
    if (frame.kind === 'sequence') {
      const section = this.sections[this.sections.length - 1]!
      section.to = this.used
      section.count = frame.count
      return
    }
    this.append(ZERO, 0, 1)
    this.kept.writeInt32LE(this.used - frame.at, frame.at)
    // Deeper arrays are data; their lengths are nobody's concern.
    if (frame.kind === 'array' && this.frames.length <= 2) this.counts.set(frame.path, frame.count)
  }

  private giveUp(): true {
    this.broken = true
    // What was being kept is not all there: its frame ends in front of it when it is read.
    this.toKeep = 0
    while (this.frames.length > 0) this.close()
    this.toSkip = Math.max(0, this.left)
    return true
  }

  private append(buf: Uint8Array, from: number, to: number): void {
    const size = to - from
    if (this.used + size > this.kept.length) {
      const more = Buffer.allocUnsafe(Math.max(this.kept.length * 2, this.used + size))
      this.kept.copy(more, 0, 0, this.used)
      this.kept = more
    }
    this.kept.set(buf.subarray(from, to), this.used)
    this.used += size
  }
}
const ZERO = new Uint8Array(4)
