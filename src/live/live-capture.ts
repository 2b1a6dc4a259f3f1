/**
 * A live session's captures as a timeline: the files of its ring one after the other while they grow, or, without a ring, one
 * capture that exists nowhere else. Packets are taken by a thread of their own.
 */
import { Worker } from 'node:worker_threads'
import type { InterfaceFacts } from '../capture/pcapng-encoder.js'
import { Reader } from '../capture/reader.js'
import type { CaptureReader, FrameBlock } from '../capture/source.js'
import type { Slice } from '../capture/timeline.js'
import { UserError } from '../model/user-error.js'
import type { LiveTimeline } from '../pipeline/analyze.js'
import { GrowingFile } from './growing-file.js'
import type { CaptureOrder, DeviceCounts, DeviceLoss, FromWorker, Renewed, RingState, ToWorker } from './messages.js'
import { QueuedBytes } from './queued-bytes.js'
import { Ticks } from './ticks.js'

/** What was decoded becomes visible this often, milliseconds. */
const COMMIT_MS = 1000
/** The thread has so long to end the ring's last file when the session cannot go on, milliseconds. */
const LAST_MS = 5000
/** Losses told between two commits, for who watches: one a second and interface; the case has them all. */
const MAX_LOST = 1024
/** What the one capture of a session without a ring is called. */
const UNKEPT = 'live'

export class LiveCapture implements LiveTimeline {
  /** One for each file of the ring, as they are begun. */
  readonly readers: CaptureReader[] = []
  readonly names: string[] = []
  /** How often the session had been renewed when each of them was begun. */
  readonly renewals: number[] = []
  interfaces: readonly InterfaceFacts[] = []
  /** What the system had to say though it went on. */
  warnings: readonly string[] = []
  packets = 0
  bytes = 0
  devices: readonly DeviceCounts[] = []
  /** Undefined without a ring. */
  ring: RingState | undefined
  /** Intervals that lost packets and were not taken yet. */
  private lost: DeviceLoss[] = []
  /** Ring files that went to make room. */
  removed = 0
  /** Why the session ended by itself. */
  failure: Error | undefined

  /** The thread takes packets. */
  readonly running: Promise<void>
  /** When the thread was last heard of, by performance.now(). */
  heardAt = 0
  /** Told what happens to the devices. */
  onNotice: ((message: string) => void) | undefined

  private renewed = 0
  private hearRenewed: ((answer: Renewed | undefined) => void) | undefined
  private readonly ticks = new Ticks(COMMIT_MS)
  private current = 0
  private over = false
  private wake: (() => void) | undefined
  private file: GrowingFile | undefined
  private queue: QueuedBytes | undefined
  private readonly worker: Worker
  private onOver: (() => void) | undefined
  private readonly opened: Promise<void>
  private begun = (): void => {}

  /** @param script the compiled worker */
  constructor(order: CaptureOrder, script: string) {
    this.worker = new Worker(script, { workerData: order, stdout: false, stderr: false })
    this.opened = new Promise((ready, refused) => {
      this.worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          this.interfaces = message.interfaces
          this.warnings = message.warnings
          ready()
        }
        this.hear(message)
        if (message.kind === 'over') refused(this.failure ?? new Error('the capture ended before it began'))
      })
      this.worker.on('error', (error) => {
        this.failure ??= error
        this.finish()
        refused(error)
      })
      this.worker.on('exit', () => this.finish())
    })
    this.running = new Promise((done) => {
      this.begun = done
    })
    // Heard of where it is awaited.
    this.opened.catch(() => {})
  }

  /** The devices are open; rights may be given up now. */
  ready(): Promise<void> {
    return this.opened
  }

  start(): void {
    this.say({ kind: 'start' })
  }

  /** Takes what the system holds by now, and no more. */
  stop(): void {
    this.say({ kind: 'stop' })
  }

  /**
   * Ends the capture at hand, so that what comes from now on is another one, under this filter; no packet is lost. One at a time.
   * Undefined when the session is over.
   */
  renew(filter: string | undefined): Promise<Renewed | undefined> {
    return new Promise((done) => {
      if (this.over) return done(undefined)
      this.hearRenewed = done
      this.say({ kind: 'renew', filter })
    })
  }

  async close(): Promise<void> {
    // What failed here is no reason to leave the evidence open: its file is ended and hashed first.
    if (this.ring && !this.over) {
      this.stop()
      await new Promise<void>((done) => {
        const timer = setTimeout(done, LAST_MS)
        this.onOver = () => {
          clearTimeout(timer)
          done()
        }
      })
    }
    await this.worker.terminate()
    for (const reader of this.readers) await reader.close()
  }

  look(work: () => void): void {
    this.ticks.look(work)
  }

  during<T>(answer: Promise<T>, work: () => void): Promise<T> {
    return this.ticks.during(answer, work)
  }

  next(): Slice | null | Promise<Slice | null> {
    const reader = this.readers[this.current]
    if (!reader) return this.over ? null : this.more().then(() => this.next())
    const block = reader.next()
    return block instanceof Promise ? block.then((one) => this.slice(one)) : this.slice(block)
  }

  /** What was lost since this was last asked. */
  takeLosses(): readonly DeviceLoss[] {
    const { lost } = this
    this.lost = []
    return lost
  }

  private slice(block: FrameBlock | null): Slice | null | Promise<Slice | null> {
    if (block !== null) return { capture: this.current, block, from: 0, to: block.count }
    this.current++
    return this.next()
  }

  private more(): Promise<void> {
    return new Promise((done) => {
      this.wake = done
    })
  }

  private hear(message: FromWorker): void {
    switch (message.kind) {
      case 'file': {
        this.file?.finished(message.previousBytes)
        const file = new GrowingFile(message.path)
        this.file = file
        this.begin(message.path, (tally) => file.counted(tally))
        break
      }
      case 'grown':
        this.file?.grew()
        break
      case 'bytes':
        if (!this.queue) {
          const queue = new QueuedBytes((bytes) => this.say({ kind: 'taken', bytes }))
          this.queue = queue
          this.begin(this.renewed === 0 ? UNKEPT : `${UNKEPT}-${this.renewed + 1}`, (tally) => queue.counted(tally))
        }
        this.queue.push(message.bytes)
        break
      case 'removed':
        this.removed++
        break
      case 'notice':
        this.onNotice?.(message.message)
        break
      case 'lost':
        if (this.lost.length < MAX_LOST) this.lost.push(...message.losses)
        break
      case 'renewed':
        if (message.refused === undefined) {
          this.renewed++
          this.file?.finished()
          this.queue?.finished()
          this.queue = undefined
        }
        this.hearRenewed?.(message)
        break
      case 'counts':
        this.heardAt = performance.now()
        // A session that failed before it began tells its counts as well.
        if (!this.failure) this.begun()
        this.packets = message.packets
        this.bytes = message.bytes
        this.devices = message.devices
        this.ring = message.ring
        break
      case 'failed':
        this.failure = message.bug ? new Error(message.message) : new UserError(message.message, message.nextSteps)
        break
      case 'over':
        this.finish()
    }
  }

  private begin(path: string, open: ConstructorParameters<typeof Reader>[1]): void {
    const reader = new Reader(path, open, false)
    this.readers.push(reader)
    this.names.push(reader.info.name)
    this.renewals.push(this.renewed)
    this.wake?.()
  }

  private finish(): void {
    this.over = true
    this.file?.finished()
    this.queue?.finished()
    this.wake?.()
    this.hearRenewed?.(undefined)
    this.onOver?.()
  }

  private say(message: ToWorker): void {
    if (!this.over) this.worker.postMessage(message)
  }
}
