/**
 * Which intervals of a session lost packets. Counters are read once a second; the capture itself is told of them only around a loss:
 * how they stood before it, and after. So a day without loss writes nothing, and a loss is known to the second.
 */
import type { DeviceCounts, DeviceLoss } from './messages.js'

/** Counters of all interfaces, in their order. */
export interface LossMark {
  readonly counts: readonly DeviceCounts[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Marks that wait for a file, or for room in the queue; beyond, intervals are joined. Waiting is a matter of seconds. */
const MAX_WAITING = 64

export class LossMarks {
  #waiting: LossMark[] = []
  /** The last reading, and whether the capture knows it. */
  #last: LossMark
  #told = true

  constructor(begin: LossMark) {
    this.#last = begin
  }

  /** A reading of the counters. Answers what was lost since the one before. */
  note(mark: LossMark): readonly DeviceLoss[] {
    const last = this.#last
    this.#last = mark
    const losses = lossesBetween(last, mark)
    if (losses.length === 0) {
      this.#told = false
      return losses
    }
    if (this.#waiting.length >= MAX_WAITING) this.#waiting.pop()
    else if (!this.#told) this.#waiting.push(last)
    this.#waiting.push(mark)
    this.#told = true
    return losses
  }

  get waits(): boolean {
    return this.#waiting.length > 0
  }

  /** Marks that the capture is to be told of, once. */
  take(): readonly LossMark[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  /** A file ended with this reading: the next interval begins here. */
  began(mark: LossMark): void {
    this.#last = mark
    this.#told = true
  }
}

function lossesBetween(from: LossMark, to: LossMark): DeviceLoss[] {
  const found: DeviceLoss[] = []
  // The clock may have been set back between the two.
  const began = Math.min(from.at, to.at)
  to.counts.forEach((now, i) => {
    const before = from.counts[i]!
    for (const [counter, packets] of [
      ['kernel', now.dropped - before.dropped],
      ['interface', now.interfaceDropped - before.interfaceDropped],
      ['queue', now.left - before.left],
    ] as const)
      if (packets > 0) found.push({ interface: now.name, counter, from: began, to: to.at, packets })
  })
  return found
}
