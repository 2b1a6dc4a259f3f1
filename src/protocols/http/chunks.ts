/** A chunked body: sizes with extensions, data, trailers. RFC 9112 §7.1. Data is handed on as it comes; only size lines wait. */
import type { Cursor } from '../../bytes/cursor.js'
import { textOf } from './head.js'
import type { BodyPiece } from './messages.js'
import { startLikeness } from './start-line.js'

/** Longest size line: sizes have a dozen digits, extensions are hardly ever used; past it the line is not one. */
const MAX_SIZE_LINE = 4096
/** Longest block of trailers; a checksum and a signature take two hundred bytes. */
const MAX_TRAILERS = 64 << 10
/** Hex digits of a size that a JavaScript number holds exactly. */
const MAX_SIZE_DIGITS = 13

type Phase = 'size' | 'data' | 'after' | 'trailers'

const hexDigit = (c: number): number => {
  if (c >= 0x30 && c <= 0x39) return c - 0x30
  const lower = c | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

export class ChunkReader {
  private phase: Phase = 'size'
  private remaining = 0
  private searched = 0

  reset(): void {
    this.phase = 'size'
    this.remaining = 0
    this.searched = 0
  }

  /** The last chunk was seen; only trailers may be missing. */
  get ended(): boolean {
    return this.phase === 'trailers'
  }

  /** Bytes were lost: true when all of them lie inside the data of the present chunk. */
  lose(bytes: number): boolean {
    if (this.phase !== 'data' || bytes > this.remaining) return false
    this.remaining -= bytes
    if (this.remaining === 0) this.phase = 'after'
    return true
  }

  next(cur: Cursor, piece: BodyPiece): 'message' | 'need-more' | 'broken' {
    if (this.phase === 'trailers') return this.readTrailers(cur, piece)
    const start = cur.pos
    if (this.phase !== 'data') {
      const verdict = this.readSize(cur)
      if (verdict !== 'message') {
        cur.pos = start
        return verdict
      }
    }
    const from = cur.pos
    const take = Math.min(this.remaining, cur.end - from)
    this.remaining -= take
    cur.pos = from + take
    if (this.remaining === 0 && this.phase === 'data') this.phase = 'after'
    piece.set(cur.buf, from, from + take, false)
    return 'message'
  }

  private readSize(cur: Cursor): 'message' | 'need-more' | 'broken' {
    if (this.phase === 'after') {
      const c = cur.peek()
      if (c === 0x0d) {
        const d = cur.peek(1)
        if (d < 0) return 'need-more'
        if (d !== 0x0a) return 'broken'
        cur.pos += 2
      } else if (c === 0x0a) cur.pos++
      else return c < 0 ? 'need-more' : 'broken'
    }
    const { buf } = cur
    let at = cur.pos
    while (at < cur.end && (buf[at] === 0x20 || buf[at] === 0x09) && at - cur.pos < MAX_SIZE_LINE) at++
    let size = 0
    let digits = 0
    for (let digit = 0; at < cur.end && digit >= 0; ) {
      digit = hexDigit(buf[at] ?? 0)
      if (digit < 0) break
      size = size * 16 + digit
      if (size > 0) digits++
      at++
      if (digits > MAX_SIZE_DIGITS) return 'broken'
    }
    const hasDigits = at > cur.pos && hexDigit(buf[at - 1] ?? 0) >= 0
    if (at < cur.end) {
      const c = buf[at] ?? 0
      if (!hasDigits || (c !== 0x0d && c !== 0x0a && c !== 0x3b && c !== 0x20 && c !== 0x09)) return 'broken'
    }
    const lf = cur.lineEnd(MAX_SIZE_LINE)
    if (lf < 0) return cur.left >= MAX_SIZE_LINE ? 'broken' : 'need-more'
    cur.pos = lf + 1
    this.remaining = size
    this.searched = 0
    this.phase = size === 0 ? 'trailers' : 'data'
    return 'message'
  }

  private readTrailers(cur: Cursor, piece: BodyPiece): 'message' | 'need-more' | 'broken' {
    const start = cur.pos
    const c = cur.peek()
    if (c === 0x0a || (c === 0x0d && cur.peek(1) === 0x0a)) {
      cur.pos += c === 0x0a ? 1 : 2
      piece.set(cur.buf, start, start, true)
      return 'message'
    }
    // Fields up to an empty line.
    for (let at = start + this.searched; at < cur.end; ) {
      const lf = cur.buf.subarray(at, Math.min(cur.end, start + MAX_TRAILERS)).indexOf(0x0a)
      if (lf < 0) break
      const lineEnd = at + lf
      const blank = lineEnd === at || (lineEnd === at + 1 && cur.buf[at] === 0x0d)
      if (blank) {
        piece.set(cur.buf, start, start, true)
        piece.trailers = textOf(cur.buf, start, lineEnd + 1)
        cur.pos = lineEnd + 1
        return 'message'
      }
      // A server that forgets the empty line goes on with its next message.
      if (at === start && startLikeness('server', cur.buf.toString('latin1', start, Math.min(lineEnd + 1, start + 512))) === 'yes')
        return 'broken'
      at = lineEnd + 1
      this.searched = at - start
    }
    return cur.left >= MAX_TRAILERS ? 'broken' : 'need-more'
  }
}
