/**
 * What a capture says of its interfaces beside their packets: how their counters stood around each loss and at the end of each file,
 * and when they were away. Counters in a file are those since it began, and only grow.
 */
import { PcapngEncoder } from '../capture/pcapng-encoder.js'
import { type Counted, countsOf, minus } from './device-counts.js'
import type { Gap } from './device-gaps.js'
import { type LossMark, LossMarks } from './loss-marks.js'
import type { DeviceCounts, DeviceLoss } from './messages.js'

export interface NotedDevice extends Counted {
  /** When it was away, to be written down with the next packets. */
  readonly gaps: Gap[]
  /** The counters as the last closed file had them. */
  told: DeviceCounts
}

export class InterfaceNotes {
  private readonly waiting: LossMarks
  /** When the counters of the newest file began. */
  private since: number

  /** @param onLoss told what was lost since the reading before */
  constructor(
    private readonly devices: readonly NotedDevice[],
    private readonly clock: () => number,
    private readonly onLoss: (losses: readonly DeviceLoss[]) => void,
  ) {
    this.since = clock()
    this.waiting = new LossMarks({ counts: devices.map(({ told }) => told), at: this.since })
  }

  /** Reads the counters. */
  read(): LossMark {
    const mark = { counts: this.devices.map(countsOf), at: this.clock() }
    const losses = this.waiting.note(mark)
    if (losses.length > 0) this.onLoss(losses)
    return mark
  }

  /** There is loss to be written down. */
  get waits(): boolean {
    return this.waiting.waits
  }

  /** Where packets were lost, once. */
  losses(): Buffer {
    const encoder = new PcapngEncoder()
    for (const mark of this.waiting.take()) this.statistics(encoder, mark)
    return encoder.take()
  }

  /**
   * When devices were away, as blocks between the packets: whoever reads the file learns what it lacks. Their counters are those of a
   * reading that the marks of loss know, so that what waits of these goes first.
   */
  gaps(): Buffer {
    if (this.devices.every(({ gaps }) => gaps.length === 0)) return NONE
    const encoder = new PcapngEncoder()
    const mark = this.read()
    for (const one of this.waiting.take()) this.statistics(encoder, one)
    this.absences(encoder, mark)
    return encoder.take()
  }

  /** The end of a file; what is counted from here on is of the next one. */
  tail(): Buffer {
    const encoder = new PcapngEncoder()
    const mark = this.read()
    for (const one of this.waiting.take()) if (one !== mark) this.statistics(encoder, one)
    for (const { device, gaps } of this.devices) if (device.away) gaps.push({ fromMs: device.away.from, toMs: mark.at })
    this.absences(encoder, mark)
    // The last that a file says of its interfaces are their totals.
    this.statistics(encoder, mark)
    this.devices.forEach((one, i) => {
      one.told = mark.counts[i]!
    })
    this.since = mark.at
    this.waiting.began(mark)
    return encoder.take()
  }

  private absences(encoder: PcapngEncoder, { counts, at }: LossMark): void {
    this.devices.forEach(({ gaps, told }, i) => {
      for (const gap of gaps.splice(0)) encoder.absence(i, minus(counts[i]!, told), at, gap)
    })
  }

  private statistics(encoder: PcapngEncoder, { counts, at }: LossMark): void {
    this.devices.forEach(({ told }, i) => {
      encoder.statistics(i, minus(counts[i]!, told), at, this.since)
    })
  }
}

const NONE = Buffer.alloc(0)
