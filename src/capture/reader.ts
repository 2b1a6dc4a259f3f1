/**
 * Reads one capture: takes its bytes from a source, finds out what they are, and has the container's reader fill the block.
 * Synchronous as long as the source is.
 */
import { basename } from 'node:path'
import { type ByteSource, Tally } from './byte-source.js'
import { addDamage, type Container, OVER, READY } from './container.js'
import { FramedBytes } from './framed-bytes.js'
import { GzipBytes } from './gzip-bytes.js'
import { COMPRESSION_BYTES, CONTAINER_BYTES, compressionOf, containerOf, DESCRIPTION_BYTES, describeUnknown, UNPACK } from './magic.js'
import { PcapContainer } from './pcap.js'
import { PcapngContainer } from './pcapng.js'
import { type CaptureInfo, type CaptureReader, FrameBlock } from './source.js'
import { READ_SIZE, Window } from './window.js'

export interface ReaderOptions {
  /** Bytes of one read, and of the buffer while no record is larger; 1 MiB unless told otherwise. */
  readonly readSize?: number
  /** Take the sha256 of what is read; on unless told otherwise. */
  readonly hash?: boolean
  /** Keep what a copy of a packet needs beside its bytes: see `raw-record.ts`. Off unless told otherwise. */
  readonly records?: boolean
}

/** Opens the stored bytes from their start and counts them. */
export type OpenBytes = (tally: Tally) => ByteSource

/** Hashing a file whose records ended early gives way to the event loop after so many reads. */
const DRAIN_TURN = 64

export const newCaptureInfo = (path: string): CaptureInfo => ({
  name: path === '-' ? '-' : basename(path),
  path,
  size: 0,
  container: 'unknown',
  compression: 'none',
  ticksPerSecond: 1_000_000,
  interfaces: [],
  comments: [],
  losses: [],
  packets: 0,
  bytes: 0,
  wireBytes: 0,
  damage: [],
})

type Stage = 'closed' | 'compression' | 'container' | 'records' | 'drain' | 'over'

export class Reader implements CaptureReader {
  readonly info: CaptureInfo
  readonly #hash: boolean
  readonly #records: boolean
  #readSize: number
  #stage: Stage = 'closed'
  #stored: ByteSource | undefined
  #source: ByteSource | undefined
  #tally: Tally | undefined
  #inner: Tally | undefined
  #window: Window | undefined
  #block: FrameBlock | undefined
  #container: Container | undefined

  constructor(
    path: string,
    private readonly open: OpenBytes,
    /** The bytes can be opened again: a file, not a pipe. */
    private readonly reopens: boolean,
    opts: ReaderOptions = {},
    block?: FrameBlock,
  ) {
    this.info = newCaptureInfo(path)
    this.#hash = opts.hash ?? true
    this.#records = opts.records ?? false
    this.#readSize = opts.readSize ?? READ_SIZE
    this.#block = block
  }

  next(): FrameBlock | null | Promise<FrameBlock | null> {
    const turn = this.#turn()
    return turn instanceof Promise ? this.#later(turn) : turn
  }

  /** Smaller reads, for one of many readers; only before the first `next()`. */
  economize(readSize: number): void {
    if (this.#stage === 'closed') this.#readSize = Math.min(this.#readSize, readSize)
  }

  rest(): void {
    this.#source?.rest?.()
  }

  async close(): Promise<void> {
    if (this.#stage !== 'over') this.#broken()
    await this.#release()
  }

  /** Closed before the end: says how far it was read. */
  #broken(): void {
    const { info } = this
    const window = this.#window
    info.size = this.#tally?.size ?? 0
    const offset = window ? window.base + window.end : 0
    let message = 'was not read: the run was interrupted'
    if (this.#stage === 'drain') message = 'was not hashed, its packets were read: the run was interrupted'
    else if (window) message = 'was read up to here: the run was interrupted'
    addDamage(info, 'capture.interrupted', offset, message)
  }

  async #later(turn: Promise<unknown>): Promise<FrameBlock | null> {
    for (;;) {
      await turn
      const again = this.#turn()
      if (!(again instanceof Promise)) return again
      turn = again
    }
  }

  /** Works until there is a block, the end, or bytes to wait for. */
  #turn(): FrameBlock | null | Promise<unknown> {
    for (;;) {
      if (this.#stage === 'over') return null
      if (this.#stage === 'closed') this.#begin()
      if (this.#stage === 'drain') return this.#drain()
      const window = this.#window!
      const want = this.#step(window)
      if (want === READY) return this.#counted(window)
      if (want === OVER) {
        const finished = this.#finish(window)
        if (finished) return finished
      } else {
        const filled = window.fill(this.#source!, want)
        if (typeof filled !== 'number') return filled
      }
    }
  }

  #begin(): void {
    this.#tally = new Tally(this.#hash)
    this.#stored = this.open(this.#tally)
    this.#source = this.#stored
    this.#window = new Window(this.#readSize)
    this.#block ??= new FrameBlock(this.#records)
    this.#stage = 'compression'
  }

  /** READY: the block has frames. OVER: no more records. Else the bytes it takes to go on. */
  #step(window: Window): number {
    if (this.#stage === 'compression') {
      if (window.left < COMPRESSION_BYTES && !window.atEnd) return COMPRESSION_BYTES
      if (!this.#chooseSource(window)) return OVER
    }
    if (this.#stage === 'container') {
      if (window.left < CONTAINER_BYTES && !window.atEnd) return CONTAINER_BYTES
      if (containerOf(window.buf, window.start, window.end) === 'unknown' && window.left < DESCRIPTION_BYTES && !window.atEnd)
        return DESCRIPTION_BYTES
      if (!this.#chooseContainer(window)) return OVER
    }
    const block = this.#block!
    block.count = 0
    block.firstFrame = this.info.packets + 1
    return this.#container!.read(window, block)
  }

  #chooseSource(window: Window): boolean {
    const { info } = this
    info.compression = compressionOf(window.buf, window.start, window.end)
    this.#stage = 'container'
    if (info.compression === 'none') return true
    if (info.compression === 'xz') {
      addDamage(info, 'capture.compression', 0, `is compressed with xz, not supported yet: decompress first with '${UNPACK.xz}'`)
      return false
    }
    const first = Buffer.from(window.buf.subarray(window.start, window.end))
    this.#inner = new Tally(this.#hash)
    this.#source = new Tallied(this.#decompressed(info.compression, first), this.#inner)
    window.clear()
    return true
  }

  #decompressed(compression: 'gzip' | 'zstd' | 'lz4', first: Buffer): ByteSource {
    if (compression !== 'gzip') return new FramedBytes(this.#stored!, compression, first)
    return new GzipBytes(this.#stored!, first, this.reopens ? () => this.open(new Tally(false)) : undefined)
  }

  #chooseContainer(window: Window): boolean {
    const { info } = this
    info.container = containerOf(window.buf, window.start, window.end)
    if (info.container === 'pcap') this.#container = new PcapContainer(info)
    else if (info.container === 'pcapng') this.#container = new PcapngContainer(info, this.#records)
    else {
      // What ended the bytes early is told by the source.
      if (window.left > 0) addDamage(info, 'capture.magic', 0, describeUnknown(window.buf, window.start, window.end))
      else if (!this.#source!.failure)
        addDamage(info, 'capture.empty', 0, info.compression === 'none' ? 'is empty' : 'is empty inside its compression')
      return false
    }
    this.#stage = 'records'
    return true
  }

  #counted(window: Window): FrameBlock {
    const block = this.#block!
    const { captured, original, count } = block
    let bytes = 0
    let wire = 0
    for (let i = 0; i < count; i++) {
      bytes += captured[i]!
      wire += original[i]!
    }
    this.info.packets += count
    this.info.bytes += bytes
    this.info.wireBytes += wire
    block.buf = window.buf
    return block
  }

  /** The records are over; the hash wants the rest of the file too. Nothing = done at once. */
  #finish(window: Window): Promise<unknown> | undefined {
    if (window.atEnd && this.#source === this.#stored) return this.#sum()
    // A pipe that is no capture may never end.
    if (this.info.container === 'unknown' && !this.reopens) return this.#sum(false)
    this.#stage = 'drain'
    return undefined
  }

  async #drain(): Promise<void> {
    const scratch = this.#window!.buf
    for (const source of this.#source === this.#stored ? [this.#stored!] : [this.#source!, this.#stored!]) {
      for (let reads = 1; ; reads++) {
        const got = source.read(scratch, 0, Math.min(scratch.length, this.#readSize))
        if ((typeof got === 'number' ? got : await got) === 0) break
        if (reads % DRAIN_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
    // Closed meanwhile.
    if (this.#stage !== 'drain') return
    await this.#sum()
  }

  #sum(whole = true): Promise<void> | undefined {
    const failure = this.#source!.failure
    if (failure) addDamage(this.info, failure.code, failure.offset, failure.message)
    this.info.size = this.#tally!.size
    if (whole && this.#hash && !this.#stored!.failure) {
      this.info.sha256 = this.#tally!.digest()
      if (this.#inner) this.info.innerSha256 = this.#inner.digest()
    }
    return this.#release()
  }

  /** Buffers go, the facts stay: thousands of readers may have been. */
  #release(): Promise<void> | undefined {
    this.#stage = 'over'
    const closing = this.#source?.close()
    this.#source = undefined
    this.#stored = undefined
    this.#window = undefined
    this.#block = undefined
    this.#container = undefined
    return closing instanceof Promise ? closing : undefined
  }
}

/** A source whose bytes are counted on their way. */
class Tallied implements ByteSource {
  constructor(
    private readonly source: ByteSource,
    private readonly tally: Tally,
  ) {}

  get failure() {
    return this.source.failure
  }

  read(into: Buffer, at: number, length: number): number | Promise<number> {
    const got = this.source.read(into, at, length)
    return typeof got === 'number' ? this.#count(into, at, got) : got.then((n) => this.#count(into, at, n))
  }

  #count(into: Buffer, at: number, got: number): number {
    this.tally.add(into, at, at + got)
    return got
  }

  rest(): void {
    this.source.rest?.()
  }

  close(): void | Promise<void> {
    return this.source.close()
  }
}
