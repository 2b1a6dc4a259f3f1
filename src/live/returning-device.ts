/**
 * A device that may go away and come back. An interface that goes down keeps its handle: the kernel hands over what comes once it is up
 * again. One that vanished has to be opened anew by its name, which takes the right to; where that was given up, it is gone for good.
 */
import { readFileSync } from 'node:fs'
import { UserError } from '../model/user-error.js'
import { quoted, thisMachine } from './advice.js'
import type { Absence, Device, KernelCounts } from './device.js'

/** Between two looks whether an interface is up, or back, milliseconds: one that is down for less may go unseen. */
const LOOK_MS = 250

/** A device of the system as this file needs it. */
export interface OpenedDevice extends Device {
  /** `poll` failed because the interface did, and fails until `resume`. */
  readonly failed: boolean
  /** The interface is up; `poll` says nothing of one that is not. */
  readonly up: boolean
  /** Lets `poll` try again. */
  resume(): void
}

/** What is asked of the system. */
export interface Devices {
  open(name: string): OpenedDevice
  /** Number of the interface; 0 where there is none of this name. */
  indexOf(name: string): number
  /** A device can still be opened. */
  mayOpen(): boolean
}

export class ReturningDevice implements Device {
  readonly linkType: number
  readonly snaplen: number
  gone: UserError | undefined
  private device: OpenedDevice
  private index: number
  private since: number | undefined
  private finished: Absence | undefined
  private nextLook = Number.NEGATIVE_INFINITY
  /** When it was last up. */
  private seen: number
  private filter: { readonly text: string | undefined } | undefined
  /** Counters of the handles that were closed, and those of the open one, as last read. */
  private before: KernelCounts = NO_COUNTS
  private own: KernelCounts = NO_COUNTS

  constructor(
    readonly name: string,
    private readonly system: Devices,
    private readonly say: (message: string) => void,
    private readonly clock: () => number = Date.now,
    /** Never falls, whatever the clock is set to. */
    private readonly steady: () => number = () => performance.now(),
  ) {
    this.seen = clock()
    this.device = system.open(name)
    this.index = system.indexOf(name)
    this.linkType = this.device.linkType
    this.snaplen = this.device.snaplen
  }

  get nanoseconds(): boolean {
    return this.device.nanoseconds
  }

  get away(): Absence | undefined {
    return this.since === undefined ? undefined : { from: this.since, to: undefined }
  }

  returned(): Absence | undefined {
    const { finished } = this
    this.finished = undefined
    return finished
  }

  poll(): Buffer {
    if (this.gone) return NONE
    const up = this.steady() >= this.nextLook && this.look()
    if (this.gone || this.device.failed) return NONE
    try {
      const records = this.device.poll()
      if (this.since !== undefined && (up || records.length > 0)) this.isBack()
      return records
    } catch (error) {
      // A device without a number, such as `any`, has nothing that could come back.
      if (!this.device.failed || this.index === 0) throw error
      if (this.since === undefined) this.wentAway(this.clock())
      return NONE
    }
  }

  private wentAway(now: number): void {
    this.since = now
    this.nextLook = this.steady() + LOOK_MS
    const there = this.system.indexOf(this.name) === this.index
    this.say(
      `${this.name} ${there ? 'went down' : 'has vanished'} at ${iso(now)}: nothing is captured there until it is ${there ? 'up again' : 'back'}`,
    )
    // Polled as before, so that the first packet tells that it is up.
    if (there) this.device.resume()
    else if (!this.system.mayOpen()) this.isGone()
  }

  /** Whether it is there again, and can be polled. */
  private look(): boolean {
    const now = this.clock()
    this.nextLook = this.steady() + LOOK_MS
    if (this.since === undefined) {
      if (this.index === 0 || this.device.up) this.seen = now
      else this.wentAway(this.seen)
      return false
    }
    const index = this.system.indexOf(this.name)
    if (index === 0) {
      // Down, and then away altogether.
      if (!this.system.mayOpen()) this.isGone()
      return false
    }
    if (index !== this.index) return this.reopen(index)
    if (!this.device.up) return false
    this.device.resume()
    return true
  }

  private reopen(index: number): boolean {
    if (!this.system.mayOpen()) {
      this.isGone()
      return false
    }
    let next: OpenedDevice
    try {
      next = this.system.open(this.name)
    } catch {
      // Not up yet, or gone again: the next look tells.
      return false
    }
    if (next.linkType !== this.linkType) {
      next.close()
      this.isGone(`it came back with frames of another kind (link type ${next.linkType}, not ${this.linkType})`)
      return false
    }
    if (this.filter) next.replaceFilter?.(this.filter.text)
    this.before = this.counts()
    this.own = NO_COUNTS
    this.device.close()
    this.device = next
    this.index = index
    return true
  }

  private isBack(): void {
    const to = this.clock()
    this.seen = to
    const from = this.since!
    this.since = undefined
    this.finished = { from, to }
    this.say(
      `${this.name} is captured again since ${iso(to)}: what passed there in ${(Math.max(0, to - from) / 1000).toFixed(1)} s is missing`,
    )
  }

  private isGone(why = 'it takes rights that this session gave up when it had opened its devices'): void {
    this.gone = new UserError(`${this.name} cannot be opened again: ${why}`, [
      `end this session, and start one that keeps its rights: sudo ${thisMachine().commandLine.map(quoted).join(' ')} --user root`,
    ])
    this.say(`${this.gone.message}; ${this.gone.nextSteps.join('; ')}`)
  }

  /** Since it was first opened; they never fall, whatever a handle forgets when its interface goes. */
  counts(): KernelCounts {
    const { before, own } = this
    try {
      const now = this.device.counts()
      this.own = of((key) => Math.max(own[key], now[key]))
    } catch {
      // Those it had.
    }
    return of((key) => before[key] + this.own[key])
  }

  /** Absent where the device's own cannot change. */
  get replaceFilter(): ((text: string | undefined) => string | undefined) | undefined {
    const { device } = this
    if (!device.replaceFilter) return undefined
    return (text) => {
      const wrong = device.replaceFilter!(text)
      if (wrong === undefined) this.filter = { text }
      return wrong
    }
  }

  close(): void {
    this.device.close()
  }
}

const NONE = Buffer.alloc(0)
const NO_COUNTS: KernelCounts = { received: 0, dropped: 0, interfaceDropped: 0 }
const of = (each: (key: 'received' | 'dropped' | 'interfaceDropped') => number): KernelCounts => ({
  received: each('received'),
  dropped: each('dropped'),
  interfaceDropped: each('interfaceDropped'),
})
const iso = (ms: number): string => new Date(ms).toISOString()

/** CAP_NET_RAW: capabilities(7). */
const NET_RAW = 13n

/** This thread may open a device: by its capabilities on Linux, as root elsewhere. */
export function mayCapture(): boolean {
  if (process.platform !== 'linux') return process.geteuid?.() === 0
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))?.[1]
    return effective !== undefined && ((BigInt(`0x${effective}`) >> NET_RAW) & 1n) === 1n
  } catch {
    return process.geteuid?.() === 0
  }
}
