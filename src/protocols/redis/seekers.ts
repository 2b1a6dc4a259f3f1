/** After a loss or nonsense: passing over bytes up to where a message begins again, on either side. */
import type { Cursor } from '../../bytes/cursor.js'
import { plausibleReply } from './reply-types.js'
import { DOLLAR, head, LF, readHead, STAR } from './wire.js'

/** Arguments a server takes: the largest count it reads is 1024 times 1024, later versions allow 2^31. */
export const MAX_WORDS = 1 << 20
/** Longest name of a command that is read as one. */
export const MAX_NAME_BYTES = 4096
/** A command's header and the length of its name, whole. */
const MAX_START = 64

/** found: `cur` stands where a message begins. passed: `cur` has moved on. */
export type Sought = 'found' | 'passed' | 'need-more'

export class CommandSeeker {
  active = false
  /** The byte before what comes ended a line, or nothing is known of it. */
  private afterLine = true
  /** It did end a line. */
  private lineSure = false

  /** Bytes were lost: what comes may begin a line. */
  afterLoss(): void {
    this.active = true
    this.afterLine = true
    this.lineSure = false
  }

  /** The byte that makes no sense is passed over. */
  behind(cur: Cursor): void {
    this.active = true
    this.afterLine = cur.buf[cur.pos] === LF
    cur.pos++
  }

  /** Up to the header of a command, or the start of a line where the client speaks inline. */
  next(cur: Cursor, inline: boolean): Sought {
    const { buf, end } = cur
    const start = cur.pos
    let pos = start
    while (pos < end) {
      if (pos > start || this.afterLine) {
        if (inline && (pos > start || this.lineSure)) break
        const likely = plausibleCommand(buf, pos, end)
        if (likely === 'yes') break
        if (likely === 'maybe' && end - pos < MAX_START) {
          if (pos === start) return 'need-more'
          cur.pos = pos
          this.afterLine = this.lineSure = true
          return 'passed'
        }
      }
      const lf = buf.subarray(pos, end).indexOf(LF)
      if (lf < 0) {
        cur.pos = end
        this.afterLine = false
        this.lineSure = false
        return 'passed'
      }
      pos += lf + 1
    }
    cur.pos = pos
    if (pos < end) {
      this.active = false
      return 'found'
    }
    this.afterLine = this.lineSure = true
    return 'passed'
  }
}

/** Could a command begin here: '*n' and '$len', whole? */
function plausibleCommand(buf: Buffer, pos: number, end: number): 'yes' | 'maybe' | 'no' {
  if (pos >= end) return 'maybe'
  if (buf[pos] !== STAR) return 'no'
  const first = readHead(buf, pos, end)
  if (first === 'short') return 'maybe'
  if (first === 'bad' || head.value < 1 || head.value > MAX_WORDS) return 'no'
  const at = head.next
  if (at >= end) return 'maybe'
  if (buf[at] !== DOLLAR) return 'no'
  const second = readHead(buf, at, end)
  if (second === 'short') return 'maybe'
  return second === 'ok' && head.value > 0 && head.value <= MAX_NAME_BYTES ? 'yes' : 'no'
}

export class ReplySeeker {
  active = false
  private afterLine = true
  /** Strings and numbers that may be left of an aggregate whose head was lost. */
  private remnants = 0

  afterLoss(remnants: number): void {
    this.active = true
    this.afterLine = true
    this.remnants = remnants
  }

  /** The byte that makes no sense is passed over. */
  behind(cur: Cursor): void {
    this.active = true
    this.afterLine = cur.buf[cur.pos] === LF
    this.remnants = 0
    cur.pos++
  }

  /** Up to the next line that begins a reply. */
  next(cur: Cursor): Sought {
    const { buf, end } = cur
    const start = cur.pos
    let pos = start
    while (pos < end) {
      if (pos > start || this.afterLine) {
        const likely = plausibleReply(buf, pos, end, this.remnants > 0)
        if (likely === 'yes') {
          this.active = false
          this.remnants = 0
          cur.pos = pos
          return 'found'
        }
        if (likely === 'maybe') {
          this.afterLine = true
          if (pos === start) return 'need-more'
          cur.pos = pos
          return 'passed'
        }
        if (this.remnants > 0) this.remnants--
      }
      const lf = buf.subarray(pos, end).indexOf(LF)
      if (lf < 0) {
        this.afterLine = false
        cur.pos = end
        return 'passed'
      }
      pos += lf + 1
    }
    this.afterLine = true
    cur.pos = end
    return 'passed'
  }
}
