/**
 * Takes packets off the devices, writes them down as pcapng in the order of their times, and tells the session. Evidence comes
 * first: with a ring every packet is on disk before anybody decodes it; without one, what the decoder does not take in time is
 * left out and counted.
 */

import { type InterfaceFacts, PcapngEncoder, RECORD_HEADER } from '../capture/pcapng-encoder.js'
import { UserError } from '../model/user-error.js'
import { ClockSteps } from './clock-steps.js'
import type { Device } from './device.js'
import { noCounts } from './device-counts.js'
import { untilEnded } from './device-ends.js'
import { noteGap } from './device-gaps.js'
import { InterfaceNotes, type NotedDevice } from './interface-notes.js'
import type { CaptureOrder, FromWorker, Renewed } from './messages.js'
import { Ring } from './ring.js'
import { unlistedFiles } from './unlisted-files.js'

/** Between two looks at devices that had nothing, milliseconds. */
const IDLE_MS = 5
/** The session is told that the ring has grown this often at most, milliseconds. */
const TELL_MS = 20
const COUNTS_MS = 1000
/** After this the system has handed over all that it gathered: its own time for it and a half more. */
const GATHERED_MS = 150

interface Lane extends NotedDevice {
  facts: InterfaceFacts
  /** Packets left out because the queue was full. */
  left: number
  /** Packets of this turn, and their bytes. */
  turn: number
  turnBytes: number
  taken: number
  takenBytes: number
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
  private toldAt = Number.NEGATIVE_INFINITY
  private grown = false
  private renewal: { readonly filter: string | undefined } | undefined
  private countedAt = Number.NEGATIVE_INFINITY
  private readonly notes: InterfaceNotes
  private readonly steps: ClockSteps

  constructor(
    private readonly order: CaptureOrder,
    private readonly devices: readonly Device[],
    private readonly tell: (message: FromWorker, transfer?: ArrayBuffer[]) => void,
    clock: () => number = Date.now,
    /** Never falls, whatever the clock is set to: what is done now and then goes by it. */
    private readonly steady: () => number = () => performance.now(),
  ) {
    this.steps = new ClockSteps(clock, steady)
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
      turnBytes: 0,
      taken: 0,
      takenBytes: 0,
      told: noCounts(device.name),
      known: noCounts(device.name),
      records: NONE,
      at: 0,
    }))
    this.notes = new InterfaceNotes(this.lanes, clock, (losses) => tell({ kind: 'lost', losses }))
    const { ring } = order
    if (ring)
      this.ring = new Ring(
        ring.folder,
        ring.limits,
        { head: (comments) => this.head(comments), tail: () => this.notes.tail() },
        {
          opened: (path, previousBytes) => tell({ kind: 'file', path, previousBytes }),
          removed: (path) => tell({ kind: 'removed', path }),
        },
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
      const unlisted = this.order.ring && unlistedFiles(this.order.ring.folder)
      if (unlisted !== undefined) this.tell({ kind: 'notice', message: unlisted })
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
      lane.turnBytes = 0
      got ||= lane.records.length > 0
      const gap = lane.device.returned?.()
      if (gap?.to !== undefined) noteGap(lane.gaps, gap.from, gap.to)
    }
    const { gone } = this.lanes[0]!.device
    if (gone && this.lanes.every(({ device }) => device.gone)) throw gone
    const before = this.packets
    if (got) this.write()
    if (this.packets > before) this.handOn()
    const now = this.steady()
    this.ring?.tick(now)
    if (this.grown && now - this.toldAt >= TELL_MS) {
      this.grown = false
      this.toldAt = now
      this.tell({ kind: 'grown' })
    }
    if (now - this.countedAt >= COUNTS_MS) {
      this.countedAt = now
      this.sayCounts()
      const step = this.steps.look()
      if (step !== undefined) this.tell({ kind: 'notice', message: step })
    }
    if (this.notes.waits) this.writeLosses()
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
      this.send(this.notes.tail())
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
      next.turnBytes += length - RECORD_HEADER
      this.packets++
      this.bytes += length - RECORD_HEADER
    }
  }

  private handOn(): void {
    const bytes = this.encoder.take()
    if (this.ring) {
      const gaps = this.notes.gaps()
      if (gaps.length > 0) this.ring.write(gaps, this.steady())
      this.ring.write(bytes, this.steady())
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
      const gaps = this.notes.gaps()
      if (gaps.length > 0) this.send(gaps)
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

  /** Where packets were lost is written down as soon as there is a place for it. */
  private writeLosses(): void {
    if (this.ring ? !this.ring.isOpen : !this.begun || this.queued >= this.order.queueBytes) return
    if (this.ring) {
      this.ring.write(this.notes.losses(), this.steady())
      this.grown = true
    } else this.send(this.notes.losses())
  }

  private sayCounts(): void {
    const { counts } = this.notes.read()
    this.tell({ kind: 'counts', packets: this.packets, bytes: this.bytes, devices: counts, ring: this.ring?.state })
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
      else if (this.begun) this.send(this.notes.tail())
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
