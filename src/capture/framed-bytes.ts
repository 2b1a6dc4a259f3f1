/**
 * Bytes inside a Zstandard or LZ4 file, all its frames, decompressed block by block: what is held is one block and the window that
 * matches reach back to. A fault or a cut ends them; all that precedes it is handed on.
 */
import { BrokenData, Refused } from '../bytes/broken-data.js'
import type { FrameSteps, Piece } from '../bytes/frame-steps.js'
import { Lz4Frames } from '../bytes/lz4.js'
import { u32le } from '../bytes/read.js'
import { ZstdFrames } from '../bytes/zstd/frames.js'
import type { ByteSource } from './byte-source.js'
import type { Damage } from './source.js'

export type Framing = 'zstd' | 'lz4'

const INPUT = 64 * 1024
/**
 * Most bytes out for one in, beyond the first. Frames of zeros as large as segmentation offload makes them come to 3,000 to 1
 * with `zstd --ultra -22`; LZ4 cannot exceed 255. What inflates further is a bomb that would keep a run busy for days.
 */
const MAX_RATIO = 10_000
const FREE = 16 * 2 ** 20
/** Memory of all windows together: captures that overlap in time are open at once, each with a window of its own. */
const MAX_WINDOWS = 512 * 2 ** 20
/** Reads in a row that bring nothing out before the event loop gets a turn. */
const TURN = 64

let windows = 0
const reserve = (bytes: number): boolean => {
  if (bytes > 0 && windows + bytes > MAX_WINDOWS) return false
  windows += bytes
  return true
}

export const framesOf = (framing: Framing): FrameSteps => (framing === 'zstd' ? new ZstdFrames(undefined, reserve) : new Lz4Frames(reserve))

/** What the beginning of a file decompresses to, as far as its first block; undefined when nothing comes out. */
export function firstBytes(framing: Framing, head: Buffer): Buffer | undefined {
  let at = 0
  const source = new FramedBytes(
    {
      read: (into, to, length) => {
        const n = head.copy(into, to, at, at + length)
        at += n
        return n
      },
      close() {},
    },
    framing,
    new Uint8Array(0),
  )
  const first = Buffer.alloc(64)
  const got = source.read(first, 0, first.length)
  source.close()
  return typeof got === 'number' && got > 0 ? first.subarray(0, got) : undefined
}

export class FramedBytes implements ByteSource {
  failure: Damage | undefined
  readonly #frames: FrameSteps
  #input: Uint8Array = new Uint8Array(INPUT)
  #start = 0
  #end = 0
  /** Compressed bytes that went before `#start`, and decompressed bytes handed on. */
  #consumed = 0
  #delivered = 0
  #piece: Piece | undefined
  #at = 0
  #inputEnded = false
  #over = false

  constructor(
    private readonly stored: ByteSource,
    private readonly framing: Framing,
    /** Compressed bytes already taken from `stored`. */
    first: Uint8Array,
  ) {
    this.#frames = framesOf(framing)
    this.#makeRoom(first.length)
    this.#input.set(first)
    this.#end = first.length
  }

  read(into: Buffer, at: number, length: number): number | Promise<number> {
    for (let reads = 0; ; reads++) {
      this.#work()
      if (this.#piece) return this.#hand(into, at, length)
      if (this.#over) return 0
      const got = this.#fill()
      if (got instanceof Promise) return this.#later(got, into, at, length)
      if (reads === TURN) return this.#later(new Promise((done) => setImmediate(done)), into, at, length)
    }
  }

  async #later(wait: Promise<unknown>, into: Buffer, at: number, length: number): Promise<number> {
    await wait
    return this.read(into, at, length)
  }

  /** Steps until something came out, or more input is wanted. */
  #work(): void {
    const frames = this.#frames
    try {
      while (!this.#piece && !this.#over) {
        const here = this.#end - this.#start
        const passed = Math.min(frames.passes, here)
        frames.passes -= passed
        this.#consume(passed)
        if (frames.passes > 0 || here - passed < frames.need) {
          if (this.#inputEnded) this.#finish()
          return
        }
        if (frames.betweenFrames && !frames.isMagic(u32le(this.#input, this.#start))) {
          this.#fail(`holds something else behind the ${this.framing} data, at byte ${this.#where()}`)
          return
        }
        const { need } = frames
        const piece = frames.step(this.#input, this.#start)
        this.#consume(need)
        if (piece) this.#take(piece)
      }
    } catch (error) {
      if (!(error instanceof BrokenData)) throw error
      if (error.cause) this.#take(error.cause as Piece)
      if (error instanceof Refused) this.#fail(`${error.message} (${this.framing} frame near byte ${this.#where()})`)
      else this.#fail(`holds ${this.framing} data that is broken near byte ${this.#where()}: ${error.message}`)
    }
  }

  #where(): string {
    return `${this.#consumed.toLocaleString('en-US')} of the file`
  }

  #consume(bytes: number): void {
    this.#start += bytes
    this.#consumed += bytes
  }

  #take(piece: Piece): void {
    if (piece.to === piece.from) return
    if (this.#delivered + (piece.to - piece.from) > FREE + MAX_RATIO * this.#consumed) {
      this.#fail(`inflates more than ${MAX_RATIO.toLocaleString('en-US')} to 1, as no capture does`)
      return
    }
    this.#piece = piece
    this.#at = piece.from
    this.#delivered += piece.to - piece.from
  }

  /** The input is over. */
  #finish(): void {
    const frames = this.#frames
    const rest = this.#end - this.#start
    const whole = frames.betweenFrames && frames.passes === 0
    if (this.stored.failure) this.failure = this.stored.failure
    if (!whole || (rest > 0 && this.#delivered === 0)) {
      const piece = frames.cut(this.#input, this.#start, this.#end)
      if (piece) this.#take(piece)
      this.#fail(`ends inside the ${this.framing} data: it was cut`)
    } else if (rest > 0) this.#fail(`holds something else behind the ${this.framing} data, at byte ${this.#where()}`)
    this.#over = true
  }

  #fail(message: string): void {
    this.#over = true
    this.failure ??= {
      code: `capture.${this.framing}`,
      offset: this.#delivered,
      message: `${message}; what could be decompressed is read`,
    }
  }

  #fill(): number | Promise<number> {
    this.#makeRoom(this.#frames.need)
    // A Buffer over the same bytes: sources fill Buffers.
    const buf = Buffer.from(this.#input.buffer, this.#input.byteOffset, this.#input.length)
    const got = this.stored.read(buf, this.#end, buf.length - this.#end)
    return typeof got === 'number' ? this.#filled(got) : got.then((n) => this.#filled(n))
  }

  #filled(got: number): number {
    this.#end += got
    if (got === 0) this.#inputEnded = true
    return got
  }

  /** Decoders cap what they need: a block and its checksum. */
  #makeRoom(need: number): void {
    const old = this.#input
    if (need > old.length) this.#input = new Uint8Array(Math.max(need, 2 * old.length))
    else if (this.#start === 0) return
    if (this.#input === old) old.copyWithin(0, this.#start, this.#end)
    else this.#input.set(old.subarray(this.#start, this.#end))
    this.#end -= this.#start
    this.#start = 0
  }

  #hand(into: Buffer, at: number, length: number): number {
    const { buf, to } = this.#piece!
    const n = Math.min(length, to - this.#at)
    into.set(buf.subarray(this.#at, this.#at + n), at)
    this.#at += n
    if (this.#at === to) this.#piece = undefined
    return n
  }

  rest(): void {
    this.stored.rest?.()
  }

  close(): void | Promise<void> {
    this.#over = true
    this.#piece = undefined
    this.#frames.close()
    return this.stored.close()
  }
}
