/**
 * Takes packets off the devices, writes them down as pcapng in the order of their times, and tells the session. Evidence comes
 * first: with a ring every packet is on disk before anybody decodes it; without one, what the decoder does not take in time is
 * left out and counted.
 */

import { type InterfaceFacts, PcapngEncoder, RECORD_HEADER } from '../capture/pcapng-encoder.js'
import { UserError } from '../model/user-error.js'
import type { Device } from './device.js'
import { countsOf, minus, noCounts } from './device-counts.js'
import { untilEnded } from './device-ends.js'
import { type LossMark, LossMarks } from './loss-marks.js'
import type { CaptureOrder, DeviceCounts, FromWorker } from './messages.js'
import { Ring } from './ring.js'

/** Between two looks at devices that had nothing, milliseconds. */
const IDLE_MS = 5
/** The session is told that the ring has grown this often at most, milliseconds. */
const TELL_MS = 20
const COUNTS_MS = 1000
/** After this the system has handed over all that it gathered: its own time for it and a half more. */
const GATHERED_MS = 150

interface Lane {
  readonly device: Device
  readonly facts: InterfaceFacts
  /** Packets left out because the queue was full. */
  left: number
  /** Packets of this turn, and their bytes. */
  turn: number
  turnBytes: number
  taken: number
  takenBytes: number
  /** The counters as the last closed file had them. */
  told: DeviceCounts
  /** As last read. */
  known: DeviceCounts
  records: Buffer
  at: number
}

export class CaptureLoop {
  private readonly lanes: Lane[]
  private readonly encoder = new PcapngEncoder()
  private readonly ring: Ring | undefined
  private stopping = false
  private reason: string | undefined
  private queued = 0
  private begun = false
  private packets = 0
  private bytes = 0
  private toldAt = 0
  private grown = false
  private countedAt = 0
  private readonly marks: LossMarks
  /** When the counters of the newest file began. */
  private countedSince: number

  constructor(
    private readonly order: CaptureOrder,
    private readonly devices: readonly Device[],
    private readonly tell: (message: FromWorker, transfer?: ArrayBuffer[]) => void,
    private readonly clock: () => number = Date.now,
  ) {
    this.lanes = devices.map((device) => ({
      device,
      facts: {
        name: device.name,
        filter: order.filter,
        linkType: device.linkType,
        snaplen: device.snaplen,
      },
      left: 0,
      turn: 0,
      turnBytes: 0,
      taken: 0,
      takenBytes: 0,
      told: noCounts(device.name),
      known: noCounts(device.name),
      records: NONE,
      at: 0,
    }))
    this.countedSince = clock()
    this.marks = new LossMarks({ counts: this.lanes.map(({ told }) => told), at: this.countedSince })
    const { ring } = order
    if (ring)
      this.ring = new Ring(
        ring.folder,
        ring.limits,
        { head: (comments) => this.head(comments), tail: () => this.tail() },
        { opened: (path) => tell({ kind: 'file', path }), removed: (path) => tell({ kind: 'removed', path }) },
        ring.prefix,
      )
  }

  get interfaces(): readonly InterfaceFacts[] {
    return this.lanes.map(({ facts }) => facts)
  }

  stop(): void {
    this.stopping = true
  }

  /** The decoder has taken so many of the bytes it was given. */
  taken(bytes: number): void {
    this.queued -= bytes
  }

  /** Until `stop`, the wished number of packets, or a device that is gone. */
  async run(): Promise<void> {
    try {
      while (!this.stopping) {
        const got = this.turn()
        // The event loop has its turn either way: `stop` and `taken` come through it.
        await (got ? new Promise((done) => setImmediate(done)) : new Promise((done) => setTimeout(done, IDLE_MS)))
      }
      if (this.reason === undefined) await this.last()
    } catch (error) {
      this.reason = this.failed(error)
    }
    // What they count is final then; after the wished number of packets nobody wants the rest.
    if (this.reason !== undefined) await untilEnded(this.devices, false, () => this.devices.some(pollsOn))
    this.end()
  }

  /** What came before the end still belongs to the session: the system hands it over by the block, or when its time is up. */
  private async last(): Promise<void> {
    const ended = untilEnded(this.devices, true, () => this.turn())
    await new Promise((done) => setTimeout(done, GATHERED_MS))
    await ended
    while (this.turn());
  }

  private turn(): boolean {
    let got = false
    for (const lane of this.lanes) {
      lane.records = lane.device.poll()
      lane.at = 0
      lane.turn = 0
      lane.turnBytes = 0
      got ||= lane.records.length > 0
    }
    const before = this.packets
    if (got) this.write()
    if (this.packets > before) this.handOn()
    const now = this.clock()
    this.ring?.tick(now)
    if (this.grown && now - this.toldAt >= TELL_MS) {
      this.grown = false
      this.toldAt = now
      this.tell({ kind: 'grown' })
    }
    if (now - this.countedAt >= COUNTS_MS) {
      this.countedAt = now
      this.sayCounts()
    }
    if (this.marks.waits) this.writeMarks()
    return got
  }

  /** What was polled, earliest first; equal times go to the device named first. */
  private write(): void {
    const { lanes, encoder, order } = this
    for (;;) {
      let next: Lane | undefined
      let iface = 0
      for (let i = 0; i < lanes.length; i++) {
        const lane = lanes[i]!
        if (lane.at < lane.records.length && (next === undefined || isEarlier(lane, next))) {
          next = lane
          iface = i
        }
      }
      if (next === undefined) return
      if (this.packets >= order.packets) {
        this.stopping = true
        this.reason ??= ''
        return
      }
      const length = RECORD_HEADER + next.records.readUInt32LE(next.at + 8)
      encoder.packet(iface, next.records, next.at, next.device.nanoseconds)
      next.at += length
      next.turn++
      next.turnBytes += length - RECORD_HEADER
      this.packets++
      this.bytes += length - RECORD_HEADER
    }
  }

  private handOn(): void {
    const bytes = this.encoder.take()
    if (this.ring) {
      this.ring.write(bytes, this.clock())
      this.grown = true
    } else {
      if (!this.begun) {
        this.begun = true
        this.send(this.head([]))
      }
      if (this.queued + bytes.length > this.order.queueBytes) {
        this.leaveOut()
        return
      }
      this.send(bytes)
    }
    for (const lane of this.lanes) {
      lane.taken += lane.turn
      lane.takenBytes += lane.turnBytes
    }
  }

  /** This turn's packets find no room. */
  private leaveOut(): void {
    for (const lane of this.lanes) {
      lane.left += lane.turn
      this.packets -= lane.turn
      this.bytes -= lane.turnBytes
    }
  }

  private send(bytes: Buffer): void {
    const own = Uint8Array.from(bytes)
    this.queued += own.length
    this.tell({ kind: 'bytes', bytes: own }, [own.buffer as ArrayBuffer])
  }

  private head(comments: readonly string[]): Buffer {
    const encoder = new PcapngEncoder()
    encoder.section({ program: this.order.program, os: this.order.os, comments })
    for (const { facts } of this.lanes) encoder.interface(facts)
    return encoder.take()
  }

  /** The counters of this file: what came since the one before. */
  private tail(): Buffer {
    const encoder = new PcapngEncoder()
    const mark = this.reading()
    this.noteLoss(mark)
    const waiting = this.marks.take()
    for (const one of waiting) this.statistics(encoder, one)
    if (waiting.at(-1) !== mark) this.statistics(encoder, mark)
    this.lanes.forEach((lane, i) => {
      lane.told = mark.counts[i]!
    })
    this.countedSince = mark.at
    this.marks.began(mark)
    return encoder.take()
  }

  private statistics(encoder: PcapngEncoder, { counts, at }: LossMark): void {
    this.lanes.forEach((lane, i) => {
      encoder.statistics(i, minus(counts[i]!, lane.told), at, this.countedSince)
    })
  }

  /** Where packets were lost is written down as soon as there is a place for it. */
  private writeMarks(): void {
    if (this.ring ? !this.ring.isOpen : !this.begun || this.queued >= this.order.queueBytes) return
    const encoder = new PcapngEncoder()
    for (const mark of this.marks.take()) this.statistics(encoder, mark)
    if (this.ring) {
      this.ring.write(encoder.take(), this.clock())
      this.grown = true
    } else this.send(encoder.take())
  }

  private reading(): LossMark {
    return { counts: this.lanes.map(countsOf), at: this.clock() }
  }

  private noteLoss(mark: LossMark): void {
    const losses = this.marks.note(mark)
    if (losses.length > 0) this.tell({ kind: 'lost', losses })
  }

  private sayCounts(): void {
    const mark = this.reading()
    this.noteLoss(mark)
    this.tell({ kind: 'counts', packets: this.packets, bytes: this.bytes, devices: mark.counts, ring: this.ring?.state })
  }

  private failed(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error)
    const known = error instanceof UserError
    this.tell({
      kind: 'failed',
      message: known ? message : error instanceof Error ? (error.stack ?? message) : message,
      nextSteps: known ? error.nextSteps : [],
      bug: !known,
    })
    return message
  }

  private end(): void {
    try {
      if (this.ring) this.ring.close()
      else if (this.begun) this.send(this.tail())
    } catch (error) {
      this.failed(error)
    }
    this.sayCounts()
    for (const { device } of this.lanes) device.close()
    this.tell({ kind: 'over', reason: this.reason })
  }
}

const NONE = Buffer.alloc(0)

function isEarlier(a: Lane, b: Lane): boolean {
  const seconds = a.records.readUInt32LE(a.at) - b.records.readUInt32LE(b.at)
  if (seconds !== 0) return seconds < 0
  return fraction(a) < fraction(b)
}

const fraction = ({ device, records, at }: Lane): number => records.readUInt32LE(at + 4) * (device.nanoseconds ? 1 : 1000)

/** A device that fails has nothing more. */
function pollsOn(device: Device): boolean {
  try {
    return device.poll().length > 0
  } catch {
    return false
  }
}
