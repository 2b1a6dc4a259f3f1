/**
 * Takes packets off the devices, writes them down as pcapng in the order of their times, and tells the session. Evidence comes
 * first: with a ring every packet is on disk before anybody decodes it; without one, what the decoder does not take in time is
 * left out and counted.
 */
import { UserError } from '../model/user-error.js'
import type { Device, KernelCounts } from './device.js'
import type { CaptureOrder, DeviceCounts, FromWorker, Renewed } from './messages.js'
import { type InterfaceFacts, PcapngEncoder, RECORD_HEADER } from './pcapng-encoder.js'
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
  facts: InterfaceFacts
  /** Packets left out because the queue was full. */
  left: number
  /** When it was away, to be written down with the next packets. */
  gaps: { from: number; to: number }[]
  /** Packets of this turn. */
  turn: number
  /** The counters as the last closed file had them. */
  told: DeviceCounts
  records: Buffer
  at: number
}

const noCounts = (name: string): DeviceCounts => ({ name, received: 0, dropped: 0, interfaceDropped: 0, left: 0 })

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
  private renewal: { readonly filter: string | undefined } | undefined
  private countedAt = 0

  constructor(
    private readonly order: CaptureOrder,
    devices: readonly Device[],
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
      gaps: [],
      turn: 0,
      told: noCounts(device.name),
      records: NONE,
      at: 0,
    }))
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

  /** What comes from the next look on is another capture, under this filter. */
  renew(filter: string | undefined): void {
    this.renewal = { filter }
  }

  /** Until `stop`, the wished number of packets, or a device that is gone. */
  async run(): Promise<void> {
    try {
      this.ring?.prepare()
      while (!this.stopping) {
        const got = this.turn()
        // The event loop has its turn either way: `stop` and `taken` come through it.
        await (got ? new Promise((done) => setImmediate(done)) : new Promise((done) => setTimeout(done, IDLE_MS)))
      }
      if (this.reason === undefined) await this.last()
    } catch (error) {
      this.reason = this.failed(error)
    }
    this.end()
  }

  /** What came before the end still belongs to the session: the system hands it over by the block, or when its time is up. */
  private async last(): Promise<void> {
    await new Promise((done) => setTimeout(done, GATHERED_MS))
    while (this.turn());
  }

  private turn(): boolean {
    const { renewal } = this
    if (renewal) {
      this.renewal = undefined
      this.tell(this.renewed(renewal.filter))
    }
    let got = false
    for (const lane of this.lanes) {
      lane.records = lane.device.poll()
      lane.at = 0
      lane.turn = 0
      got ||= lane.records.length > 0
      const gap = lane.device.returned?.()
      if (gap?.to !== undefined) noteGap(lane.gaps, gap.from, gap.to)
    }
    const { gone } = this.lanes[0]!.device
    if (gone && this.lanes.every(({ device }) => device.gone)) throw gone
    const before = this.packets
    if (got) this.write()
    if (this.packets > before) this.handOn(this.packets - before)
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
    return got
  }

  /** Ends the capture at hand: nothing is polled and not handed on here. */
  private renewed(filter: string | undefined): Renewed {
    const changing = this.lanes.filter(({ facts }) => facts.filter !== filter)
    for (const lane of changing) {
      const wrong = lane.device.replaceFilter?.(filter)
      // Wrong for one is wrong for the first; those after it have not been asked.
      if (wrong !== undefined) {
        for (const before of changing.slice(0, changing.indexOf(lane))) before.device.replaceFilter?.(before.facts.filter)
        return { kind: 'renewed', refused: wrong, kept: [] }
      }
    }
    if (this.ring) this.ring.close()
    else if (this.begun) {
      this.send(this.tail())
      this.begun = false
    }
    const kept = changing.filter(({ device }) => !device.replaceFilter)
    for (const lane of changing) if (!kept.includes(lane)) lane.facts = { ...lane.facts, filter }
    return { kind: 'renewed', kept: kept.map(({ facts }) => facts.name) }
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
      this.packets++
      this.bytes += length - RECORD_HEADER
    }
  }

  private handOn(packets: number): void {
    const gaps = this.gaps()
    if (this.ring) {
      if (gaps.length > 0) this.ring.write(gaps, this.clock())
      this.ring.write(this.encoder.take(), this.clock())
      this.grown = true
      return
    }
    if (!this.begun) {
      this.begun = true
      this.send(this.head([]))
    }
    if (gaps.length > 0) this.send(gaps)
    const bytes = this.encoder.take()
    if (this.queued + bytes.length <= this.order.queueBytes) this.send(bytes)
    else {
      for (const lane of this.lanes) lane.left += lane.turn
      this.packets -= packets
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
    const gaps = Buffer.from(this.gaps())
    const encoder = new PcapngEncoder()
    this.lanes.forEach((lane, i) => {
      const all = countsOf(lane)
      const now = this.clock()
      const from = lane.device.away?.from
      encoder.statistics(i, minus(all, lane.told), now, from === undefined ? undefined : { from, to: now })
      lane.told = all
    })
    return Buffer.concat([gaps, encoder.take()])
  }

  /** When devices were away, as blocks between the packets: whoever reads the file learns what it lacks. */
  private gaps(): Buffer {
    if (this.lanes.every(({ gaps }) => gaps.length === 0)) return NONE
    const encoder = new PcapngEncoder()
    this.lanes.forEach((lane, i) => {
      for (const gap of lane.gaps.splice(0)) encoder.statistics(i, minus(countsOf(lane), lane.told), this.clock(), gap)
    })
    return encoder.take()
  }

  private sayCounts(): void {
    this.tell({ kind: 'counts', packets: this.packets, bytes: this.bytes, devices: this.lanes.map(countsOf) })
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
/** An interface that comes and goes without a packet: beyond so many, its absences count as one long one. */
const MAX_GAPS = 64

function noteGap(gaps: { from: number; to: number }[], from: number, to: number): void {
  if (gaps.length < MAX_GAPS) gaps.push({ from, to })
  else gaps[MAX_GAPS - 1]!.to = to
}

function isEarlier(a: Lane, b: Lane): boolean {
  const seconds = a.records.readUInt32LE(a.at) - b.records.readUInt32LE(b.at)
  if (seconds !== 0) return seconds < 0
  return fraction(a) < fraction(b)
}

const fraction = ({ device, records, at }: Lane): number => records.readUInt32LE(at + 4) * (device.nanoseconds ? 1 : 1000)

/** A device that is gone keeps the counters it had. */
function countsOf(lane: Lane): DeviceCounts {
  let kernel: KernelCounts
  try {
    kernel = lane.device.counts()
  } catch {
    kernel = lane.told
  }
  return { name: lane.facts.name, ...kernel, left: lane.left }
}

const minus = (a: DeviceCounts, b: DeviceCounts): DeviceCounts => ({
  name: a.name,
  received: a.received - b.received,
  dropped: a.dropped - b.dropped,
  interfaceDropped: a.interfaceDropped - b.interfaceDropped,
  left: a.left - b.left,
})
