/**
 * One interface that is captured: opened, asked for what came in since, closed.
 *
 * libpcap writes the records by itself (pcap_dump into memory), so that no call comes back here for a packet, and what `poll` hands
 * out are records of a pcap file: the reader of files reads them. Nothing here waits; whoever polls decides how often.
 */
import { endianness } from 'node:os'
import { UserError } from '../model/user-error.js'
import { type Libpcap, libpcap, type Pointer } from './libpcap.js'
import { DEFAULT_GATHER_MS, failedReading, LIST, type LiveOptions, startCapture } from './live-start.js'
import { MemoryStream } from './memory-stream.js'

/** Packets since the device was opened. */
export interface LiveStats {
  /** That passed the filter, those dropped for want of buffer included on Linux. */
  readonly received: number
  /** By the kernel, because the buffer was full. */
  readonly dropped: number
  /** By the interface or its driver, where the system tells. */
  readonly droppedByInterface: number
}

/** A poll ends with the batch that brings it here: one buffer of the reader of files. */
export const POLL_BYTES = 1024 * 1024
/** Packets of one batch are so few that they cannot fill more than this, however long they are. */
const BATCH_BYTES = 1024 * 1024
/** The kernel's clock for it is not ours. */
const GATHER_MARGIN_MS = 20
/** pcap_sf_pkthdr: seconds, fraction, captured and original length. */
const RECORD_HEADER = 16
const FILE_HEADER = 24
const SNAPLEN_AT = 16
const LINK_TYPE_AT = 20
/** LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2. */
const LINUX_SLL = 113
const LINUX_SLL2 = 276

export class LiveDevice {
  /** The file header that belongs before the records: byte order, precision, snaplen, link type. */
  readonly fileHeader: Buffer
  /** LINKTYPE_ number, as in a capture file. */
  readonly linkType: number
  readonly snaplen: number
  /** 1e9 or, where libpcap or the interface offers no more, 1e6. */
  readonly ticksPerSecond: 1e6 | 1e9
  /** What libpcap had to say though it went on, one sentence each. */
  readonly warnings: readonly string[]
  /**
   * What comes in is handed out so many milliseconds later at most. Whoever ends a capture polls once more after that time, or
   * loses what the kernel still gathers.
   */
  readonly gatherMs: number
  /** Packets handed out by `poll`. */
  packets = 0

  readonly #batch: number
  readonly #counted = [0, 0, 0]
  #lastCounters: Uint32Array = new Uint32Array(3)
  #buf: Buffer = Buffer.allocUnsafeSlow(POLL_BYTES + BATCH_BYTES)
  #failure: UserError | undefined
  #open = true

  /** @throws UserError when it cannot be opened, saying what helps */
  static open(name: string, options: LiveOptions = {}, pcap: Libpcap = libpcap()): LiveDevice {
    const handle = pcap.create(name)
    if (typeof handle !== 'bigint') throw new UserError(`${name} cannot be captured: ${handle.failure}`, LIST)
    let stream: MemoryStream | undefined
    let dumper: Pointer | null = null
    try {
      const warnings = startCapture(pcap, handle, name, options)
      stream = new MemoryStream(pcap.koffi)
      dumper = pcap.openDumper(handle, stream.file)
      if (dumper === null) throw new UserError(`${name} cannot be captured: ${pcap.errorOf(handle)}`, LIST)
      return new LiveDevice(pcap, name, handle, stream, dumper, warnings, options.gatherMs ?? DEFAULT_GATHER_MS)
    } catch (error) {
      if (dumper !== null) pcap.closeDumper(dumper)
      else stream?.close()
      stream?.free()
      pcap.close(handle)
      throw error
    }
  }

  private constructor(
    private readonly pcap: Libpcap,
    readonly name: string,
    private readonly handle: Pointer,
    private readonly stream: MemoryStream,
    private readonly dumper: Pointer,
    warnings: readonly string[],
    gatherMs: number,
  ) {
    this.gatherMs = gatherMs
    const header = stream.take(this.#buf)
    if (header?.length !== FILE_HEADER) throw new Error('libpcap wrote no file header')
    this.fileHeader = Buffer.from(header)
    this.snaplen = hostU32(this.fileHeader, SNAPLEN_AT)
    // The bits above tell about a frame check sequence: draft-ietf-opsawg-pcap §4.
    this.linkType = hostU32(this.fileHeader, LINK_TYPE_AT) & 0xffff
    this.ticksPerSecond = pcap.isNanosecond(handle) ? 1e9 : 1e6
    this.warnings = warnings
    this.#batch = Math.max(1, Math.floor(BATCH_BYTES / (this.snaplen + RECORD_HEADER)))
  }

  /**
   * The records of what came in since the last poll, oldest first, whole, at most two MiB; empty when nothing did. The bytes are
   * borrowed until the next call; what is more stays in the kernel's buffer. Does not wait, but for one moment when the interface
   * failed, for the last that it saw.
   * @throws UserError when the interface is gone or down; what was read before it was handed out by an earlier call
   */
  poll(): Buffer {
    if (!this.#open) return NONE
    const { pcap, handle, dumper } = this
    let taken = 0
    for (;;) {
      const n = pcap.dispatch(handle, this.#batch, pcap.dumpCallback, dumper)
      if (n > 0) {
        taken += n
        if (pcap.dumperPosition(dumper) >= POLL_BYTES) break
      } else if (n < 0 && !this.#failure) {
        this.#failure = failedReading(pcap, handle, this.name)
        // What the kernel still gathers is the last that the interface saw, and worth the one wait.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.gatherMs + GATHER_MARGIN_MS)
      } else break
    }
    if (taken === 0) {
      if (this.#failure) throw this.#failure
      return NONE
    }
    const records = this.stream.take(this.#buf)
    if (records === undefined) throw new UserError(`${this.name}: no memory is left for the packets that were read`, [])
    this.packets += taken
    return records
  }

  /**
   * Another filter from now on, undefined for none; no packet that passes both is lost. Packets that the kernel holds by now are those
   * that passed the one before. Answers what is wrong with it, and changes nothing then.
   */
  replaceFilter(text: string | undefined): string | undefined {
    const { pcap, handle } = this
    // Until the first block went through it, libpcap filters by the first filter itself, whatever the kernel has by then.
    return this.packets > 0 ? pcap.replaceFilter(handle, text) : pcap.setFilter(handle, text ?? '')
  }

  /** The interface failed: `poll` says so until `resume`. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Undefined where the system does not tell. */
  get up(): boolean | undefined {
    return this.#open ? this.pcap.isUp(this.handle, this.name) : undefined
  }

  /** The interface is up again, or may be. */
  resume(): void {
    this.#failure = undefined
  }

  /** Its filter can be replaced: libpcap's own frames, such as those of `any`, have offsets that only libpcap puts right. */
  get refilters(): boolean {
    return process.platform === 'linux' && this.linkType !== LINUX_SLL && this.linkType !== LINUX_SLL2
  }

  /** Counters since the device was opened; they run on past the 32 bits that libpcap has. Undefined where there are none. */
  stats(): LiveStats | undefined {
    const counters = this.#open ? this.pcap.stats(this.handle) : undefined
    if (counters) {
      for (let i = 0; i < this.#counted.length; i++) this.#counted[i]! += (counters[i]! - this.#lastCounters[i]!) >>> 0
      this.#lastCounters = counters
    } else if (this.#open) return undefined
    const [received, dropped, droppedByInterface] = this.#counted as [number, number, number]
    return { received, dropped, droppedByInterface }
  }

  /** Ends the capture; counters of the last `stats()` stay. Twice does no harm. */
  close(): void {
    if (!this.#open) return
    this.stats()
    this.#open = false
    this.pcap.closeDumper(this.dumper)
    this.stream.free()
    this.pcap.close(this.handle)
    this.#buf = NONE
  }
}

const NONE = Buffer.alloc(0)
const hostU32 = (buf: Buffer, at: number): number => (endianness() === 'LE' ? buf.readUInt32LE(at) : buf.readUInt32BE(at))
