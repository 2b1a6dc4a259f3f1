/** Sets of frame numbers as ranges, read from the texts of a case (`12-14,2:1-3`, see model/trace.ts) and merged. */

/** Ranges of one capture that are held; a filter of more serves nobody, the packets themselves do. */
export const MAX_RANGES = 1_000_000
/** Ranges gathered before they are merged, at first. */
const MERGE_AT = 10_000

/** One frame of a text: capture (absent = the row's own), first, last. A `+` at the end of the text says that it is wider than the message. */
const PIECE = /^(?:(\d{1,15}):)?(\d{1,15})(?:-(\d{1,15}))?\+?$/

export type FrameRange = readonly [from: number, to: number]

/** One set for each capture. */
export class FrameSets {
  private readonly sets = new Map<number, RangeSet>()

  /** @returns false when the text is none of a case's */
  add(text: string, capture: number): boolean {
    const pieces = text.split(',').map((piece) => PIECE.exec(piece))
    if (!pieces.every((piece) => piece !== null)) return false
    for (const piece of pieces) {
      const from = Number(piece[2])
      const to = Number(piece[3] ?? piece[2])
      if (to < from) return false
      this.setOf(piece[1] === undefined ? capture : Number(piece[1])).add(from, to)
    }
    return true
  }

  private setOf(capture: number): RangeSet {
    const set = this.sets.get(capture) ?? new RangeSet()
    this.sets.set(capture, set)
    return set
  }

  /** Captures in the order of their numbers, each with its ranges from first to last. */
  merged(): readonly (readonly [capture: number, ranges: readonly FrameRange[]])[] {
    return [...this.sets].sort(([a], [b]) => a - b).map(([capture, set]) => [capture, set.merged()] as const)
  }

  get full(): boolean {
    return [...this.sets.values()].some((set) => set.full)
  }
}

class RangeSet {
  private ranges: FrameRange[] = []
  private mergeAt = MERGE_AT
  full = false

  add(from: number, to: number): void {
    this.ranges.push([from, to])
    if (this.ranges.length < this.mergeAt) return
    this.ranges = this.merged()
    this.full = this.ranges.length >= MAX_RANGES
    this.mergeAt = Math.max(MERGE_AT, this.ranges.length * 2)
  }

  merged(): FrameRange[] {
    const out: [number, number][] = []
    for (const [from, to] of this.ranges.sort(([a], [b]) => a - b)) {
      const last = out.at(-1)
      if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
      else out.push([from, to])
    }
    return out
  }
}
