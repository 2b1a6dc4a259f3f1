/** Which rows a packet of one capture evidences: the rows' ranges, walked once in the order of frames. */
import type { TransactionRow } from './case-rows.js'

interface MarkedRange {
  readonly first: number
  readonly last: number
  readonly row: TransactionRow
}

/** Rows named for one packet: a packet of a pipelined protocol carries dozens, and the reader wants to find one of them. */
const MAX_NAMED = 16

export class MarkedFrames {
  private readonly ranges: readonly MarkedRange[]
  private next = 0
  /** Rows whose ranges the walk is in. */
  private open: MarkedRange[] = []
  /** Ranges beyond those that are named end here. */
  private unnamedUntil = 0
  /** The last packet of interest. */
  readonly last: number
  /** Rows of the last answer were more than it names. */
  more = false

  constructor(rows: readonly TransactionRow[], captureId: number) {
    const ranges: MarkedRange[] = []
    for (const row of rows) for (const { captureId: id, first, last } of row.ranges) if (id === captureId) ranges.push({ first, last, row })
    this.ranges = ranges.sort((a, b) => a.first - b.first || a.row.id - b.row.id)
    this.last = ranges.reduce((last, range) => Math.max(last, range.last), 0)
  }

  /** The rows of a frame, those that can be named; frames must be asked for in rising order. Empty when it evidences none. */
  at(frame: number): readonly TransactionRow[] {
    const { ranges } = this
    if (this.open.length > 0) this.open = this.open.filter(({ last }) => last >= frame)
    while (this.next < ranges.length && ranges[this.next]!.first <= frame) {
      const range = ranges[this.next++]!
      if (range.last < frame) continue
      if (this.open.length < MAX_NAMED) this.open.push(range)
      else this.unnamedUntil = Math.max(this.unnamedUntil, range.last)
    }
    this.more = this.unnamedUntil >= frame
    return this.open.length === 0 ? NONE : this.open.map(({ row }) => row)
  }

  /** Whether the frame of the last answer is wanted, named or not. */
  get marked(): boolean {
    return this.open.length > 0 || this.more
  }
}

const NONE: readonly TransactionRow[] = []
