/** When packets were lost while a capture was taken, as its interface statistics tell: the differences between one count and the next. */
import type { Instant } from '../model/instant.js'

/**
 * Where packets were lost: in the system's buffer, at the interface or its driver, or between the system and who captured (a queue
 * that was full). `unknown` where the capture does not tell them apart.
 */
export type LossCounter = 'kernel' | 'interface' | 'queue' | 'unknown'

export interface CaptureLoss {
  /** Index into `CaptureInfo.interfaces`. */
  readonly iface: number
  readonly counter: LossCounter
  /** When it was last known that nothing more was lost; absent where nobody counted before. */
  readonly start?: Instant | undefined
  /** When the loss was known. */
  end: Instant
  packets: number
}

/** One interface statistics block: counters since the capture of the interface began. Undefined what it does not tell. */
export interface LossCounts {
  readonly start: Instant | undefined
  readonly end: Instant
  /** isb_ifdrop: all that were dropped. */
  readonly dropped: number
  /** isb_osdrop: those of them that the system dropped. */
  readonly byKernel: number | undefined
  /** isb_filteraccept. */
  readonly accepted: number | undefined
  /** isb_usrdeliv. */
  readonly delivered: number | undefined
}

/** Intervals kept of one capture: more than an hour of loss that comes and goes each second, in 400 KB. */
export const MAX_LOSSES = 4096

interface Known {
  readonly totals: Readonly<Record<LossCounter, number>>
  readonly dropped: number
  readonly end: Instant
}

export class LossIntervals {
  readonly #known = new Map<number, Known>()
  readonly #last = new Map<string, CaptureLoss>()

  constructor(private readonly losses: CaptureLoss[]) {}

  /** Counters of an interface as a block tells them. False when they tell of an interval that found no room of its own. */
  see(iface: number, counts: LossCounts): boolean {
    const known = this.#known.get(iface)
    const totals = totalsOf(counts)
    // A clock that was set back while it was captured gives an end before the last one.
    const start = earlier(known?.end ?? counts.start, counts.end)
    let room = true
    // What the kinds grew by may contradict what the sum grew by, which counts.
    let left = counts.dropped - (known?.dropped ?? 0)
    for (const counter of Object.keys(totals) as LossCounter[]) {
      const packets = Math.min(left, totals[counter] - (known?.totals[counter] ?? 0))
      if (packets <= 0) continue
      left -= packets
      if (!this.add(iface, counter, start, counts.end, packets)) room = false
    }
    this.#known.set(iface, { totals, dropped: counts.dropped, end: counts.end })
    return room
  }

  /** Packets that were lost in an interval. One that goes on where the last one ended is the same. */
  add(iface: number, counter: LossCounter, start: Instant | undefined, end: Instant, packets: number): boolean {
    const key = `${iface} ${counter}`
    const last = this.#last.get(key)
    const goesOn = last !== undefined && start !== undefined && last.end.sec === start.sec && last.end.nsec === start.nsec
    if (goesOn || (last !== undefined && this.losses.length >= MAX_LOSSES)) {
      last.end = end
      last.packets += packets
      return goesOn
    }
    if (this.losses.length >= MAX_LOSSES) return false
    const loss: CaptureLoss = { iface, counter, start, end, packets }
    this.losses.push(loss)
    this.#last.set(key, loss)
    return true
  }
}

const earlier = (start: Instant | undefined, end: Instant): Instant | undefined =>
  start !== undefined && (start.sec > end.sec || (start.sec === end.sec && start.nsec > end.nsec)) ? end : start

/** Writers put all that was dropped into isb_ifdrop, and what they know better beside it. */
function totalsOf({ dropped, byKernel, accepted, delivered }: LossCounts): Record<LossCounter, number> {
  if (byKernel === undefined) return { kernel: 0, queue: 0, interface: 0, unknown: dropped }
  const kernel = Math.min(byKernel, dropped)
  const undelivered = accepted === undefined || delivered === undefined ? 0 : Math.max(0, accepted - byKernel - delivered)
  const queue = Math.min(undelivered, dropped - kernel)
  return { kernel, queue, interface: dropped - kernel - queue, unknown: 0 }
}
