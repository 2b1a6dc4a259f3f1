/**
 * Finds the next start line after a loss or a fault. Lines are judged whole, so that the result does not depend on how the
 * bytes are cut; what comes before the line being judged is let go.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import { findStart, MAX_SOUGHT_LINE } from './start-line.js'

/** What every start line of HTTP/1 has in it. */
export const VERSION_MARK = Buffer.from('HTTP/1.')

export class StartSeeker {
  /** Bytes let go since `start`. */
  skipped = 0
  /** Bytes from the cursor on that hold no mark. */
  private searched = 0

  constructor(private readonly side: Side) {}

  start(): void {
    this.skipped = 0
    this.searched = 0
  }

  /** Moves `cur` to the next start line and answers true, or past what cannot be part of one. */
  next(cur: Cursor): boolean {
    const from = cur.pos
    const found = this.seek(cur)
    this.skipped += cur.pos - from
    return found
  }

  private seek(cur: Cursor): boolean {
    const { buf, end } = cur
    for (;;) {
      const start = cur.pos
      const view = buf.subarray(start, end)
      const mark = view.indexOf(VERSION_MARK, this.searched)
      const lineFrom = (mark < 0 ? view.lastIndexOf(0x0a) : view.lastIndexOf(0x0a, mark)) + 1
      const lf = mark < 0 ? -1 : view.indexOf(0x0a, mark)
      if (lf < 0) {
        // The line is not whole yet; the start of a very long one is of no use.
        const keep = Math.max(lineFrom, view.length - MAX_SOUGHT_LINE)
        cur.pos = start + keep
        this.searched = mark < 0 ? Math.max(0, view.length - keep - VERSION_MARK.length) : 0
        return false
      }
      this.searched = 0
      const from = Math.max(lineFrom, lf - MAX_SOUGHT_LINE)
      const at = findStart(this.side, buf.toString('latin1', start + from, start + lf))
      if (at >= 0) {
        cur.pos = start + from + at
        return true
      }
      cur.pos = start + lf + 1
    }
  }
}
