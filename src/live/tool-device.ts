/**
 * One interface captured by a program: what it writes to its pipe, read by the reader of files, as the records that a session takes.
 *
 * Nothing is left out here. What nobody polls stays in the pipe, what does not fit the pipe stays with the kernel, and what does not
 * fit the kernel's buffer is counted by the program.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { RECORD_HEADER } from '../capture/pcapng-encoder.js'
import { Reader } from '../capture/reader.js'
import type { FrameBlock } from '../capture/source.js'
import { StreamBytes } from '../capture/stream-bytes.js'
import { UserError } from '../model/user-error.js'
import type { FoundTool, ToolOrder } from './capture-tools.js'
import type { Device, KernelCounts } from './device.js'
import { ToolProcess } from './tool-process.js'
import { toolRefusal, toolWords } from './tool-words.js'

/** The reader rests once so much waits for a poll; one block of its own comes on top. */
const QUEUE_BYTES = 1024 * 1024
/**
 * The same where packets are held back for the order of several devices: a second of 128 Mbit/s each. What is faster is handed out before
 * its time rather than left with the kernel.
 */
const HELD_BYTES = 16 * 1024 * 1024
const FIRST_SIZE = 256 * 1024
/** A program says what it captures at once, but for a filter that takes long: two seconds for the longest that is taken. */
const START_MS = 20_000
const LOOK_MS = 5
/** A service's end reaches the program and this process together: for so long its end may turn out to be ours. */
const GRACE_MS = 500
/** Seconds are 32 bits wide in a record. */
const MAX_SECOND = 0xffff_ffff

export class ToolDevice implements Device {
  readonly nanoseconds = true
  linkType = 0
  snaplen = 0

  readonly #tool: FoundTool['tool']
  readonly #process: ToolProcess
  readonly #reader: Reader
  #records: Buffer = Buffer.allocUnsafeSlow(FIRST_SIZE)
  /** Handed out up to here. */
  #from = 0
  #used = 0
  /** Nothing comes any more: what is held has no others to wait for. */
  #last = false
  #packets = 0
  #wake: (() => void) | undefined
  #told: Partial<KernelCounts> = {}
  /** It listens: a signal before would end it. */
  #listening = false
  #ending = false
  #closed = false
  #failure: UserError | undefined
  readonly #read: Promise<void>

  /**
   * @param holdMs keep packets back until they are so old, as long as another device may take to bring one that was before them
   * @throws UserError when the program cannot capture it, saying what helps where that is known
   */
  static async open({ tool, program }: FoundTool, order: ToolOrder, holdMs = 0): Promise<ToolDevice> {
    const device = new ToolDevice({ tool, program }, order, holdMs)
    try {
      await device.#started()
      return device
    } catch (error) {
      device.close()
      throw error
    }
  }

  private constructor(
    { tool, program }: FoundTool,
    private readonly order: ToolOrder,
    private readonly holdMs: number,
  ) {
    this.#tool = tool
    this.#process = new ToolProcess(program.path, tool.args(order), (line) => this.#hear(line))
    this.#reader = new Reader(order.name, (tally) => new StreamBytes(this.#process.output, tally), false, { hash: false })
    this.#read = this.#pump()
  }

  get name(): string {
    return this.order.name
  }

  poll(): Buffer {
    this.#forget()
    const { holdMs } = this
    const all = holdMs === 0 || this.#last || this.#failure !== undefined || this.#used - this.#from >= HELD_BYTES
    const to = all ? this.#used : this.#heldFrom(Date.now(), holdMs)
    const got = this.#records.subarray(this.#from, to)
    this.#from = to
    if (got.length === 0 && this.#failure && !this.#ending) throw this.#failure
    this.#wake?.()
    return got
  }

  /** What was handed out was lent until now. */
  #forget(): void {
    if (this.#from === this.#used) {
      this.#from = 0
      this.#used = 0
    } else if (this.#from > this.#records.length / 2) {
      this.#records.copyWithin(0, this.#from, this.#used)
      this.#used -= this.#from
      this.#from = 0
    }
  }

  /** Where the packets begin that are so young that another device may still bring older ones. A time to come is a clock put back, and waits for nothing. */
  #heldFrom(nowMs: number, holdMs: number): number {
    let at = this.#from
    while (at < this.#used) {
      const ms = this.#records.readUInt32LE(at) * 1000 + this.#records.readUInt32LE(at + 4) / 1e6
      if (ms > nowMs - holdMs && ms <= nowMs) break
      at += RECORD_HEADER + this.#records.readUInt32LE(at + 8)
    }
    return at
  }

  counts(): KernelCounts {
    // The answer is there the next time.
    if (this.#tool.tellsCounts && this.#listening && !this.#ending) this.#process.say('counts')
    const { received = this.#packets, dropped, interfaceDropped = 0 } = this.#told
    return dropped === undefined
      ? { received, dropped: 0, interfaceDropped: 0, lossUnknown: true }
      : { received, dropped, interfaceDropped }
  }

  async end(gather: boolean): Promise<void> {
    this.#ending = true
    if (gather) await Promise.race([pause(this.#tool.gatherMs), this.#read])
    await Promise.all([this.#process.end(), this.#read])
    this.#countsOfCapture()
    if (gather) await pause(this.holdMs)
    this.#last = true
  }

  close(): void {
    this.#ending = true
    this.#closed = true
    this.#process.close()
    this.#wake?.()
  }

  /** Until the capture's header has come. */
  async #started(): Promise<void> {
    const { interfaces } = this.#reader.info
    let over = false
    void this.#read.then(() => {
      over = true
    })
    for (const until = performance.now() + START_MS; interfaces.length === 0; await pause(LOOK_MS)) {
      if (over) {
        await this.#process.over
        throw toolRefusal(this.#tool.name, this.order, this.#process.words, this.#words())
      }
      if (performance.now() > until) throw new UserError(`${this.name} cannot be captured: ${this.#tool.name} does not begin`)
    }
    this.linkType = interfaces[0]!.linkType
    this.snaplen = interfaces[0]!.snaplen
  }

  async #pump(): Promise<void> {
    const { info } = this.#reader
    for (;;) {
      const next = this.#reader.next()
      const block = next instanceof Promise ? await next : next
      if (block === null) break
      if (info.interfaces.some(({ linkType }) => linkType !== info.interfaces[0]!.linkType)) {
        // A device has one link type; what comes behind another would be read wrongly.
        break
      }
      for (let i = 0; i < block.count; i++) this.#keep(block, i)
      while (this.#used - this.#from >= (this.holdMs > 0 ? HELD_BYTES : QUEUE_BYTES) && !this.#closed)
        await new Promise<void>((done) => {
          this.#wake = done
        })
    }
    // Nobody reads on: a program that is still there has no more to do.
    this.#process.close()
    if (info.interfaces.length > 0) void this.#gone()
  }

  /** What a capture's own statistics tell, where standard error did not. */
  #countsOfCapture(): void {
    const { received = this.#packets, dropped } = this.#reader.info.interfaces[0] ?? {}
    if (dropped !== undefined) this.#told = { received, dropped, ...this.#told }
  }

  /** Its own, or else what is wrong with what it wrote. */
  #words(): string {
    const [damage] = this.#reader.info.damage
    return toolWords(this.#process.words) || (damage ? `what it wrote ${damage.message}` : 'it did not say why')
  }

  async #gone(): Promise<void> {
    await this.#process.over
    this.#countsOfCapture()
    await pause(GRACE_MS)
    this.#failure = new UserError(`${this.name} cannot be read any longer: ${this.#tool.name} ended: ${this.#words()}`, [
      'audit interfaces   lists what can be captured',
    ])
  }

  #keep(block: FrameBlock, i: number): void {
    const captured = block.captured[i]!
    this.#reserve(RECORD_HEADER + captured)
    const { offset } = block
    const at = this.#used
    const to = this.#records
    to.writeUInt32LE(Math.min(block.sec[i]!, MAX_SECOND), at)
    to.writeUInt32LE(block.nsec[i]!, at + 4)
    to.writeUInt32LE(captured, at + 8)
    to.writeUInt32LE(block.original[i]!, at + 12)
    block.buf.copy(to, at + RECORD_HEADER, offset[i]!, offset[i]! + captured)
    this.#used += RECORD_HEADER + captured
    this.#packets++
  }

  #reserve(more: number): void {
    const need = this.#used + more
    if (need <= this.#records.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(need, 2 * this.#records.length))
    this.#records.copy(grown, 0, 0, this.#used)
    this.#records = grown
  }

  #hear(line: string): void {
    if (/listening on /.test(line)) this.#listening = true
    const counts = this.#tool.counts(line)
    if (counts) this.#told = { ...this.#told, ...counts }
  }
}
