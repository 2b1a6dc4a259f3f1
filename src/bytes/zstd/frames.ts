/**
 * Zstandard frames one after another, skippable ones among them (RFC 8878 §3), decompressed block by block: `need` says how many bytes
 * the next step takes, `step` takes them and answers what came out.
 */
import { BrokenData, Refused } from '../broken-data.js'
import type { FrameSteps, Piece } from '../frame-steps.js'
import { u32le } from '../read.js'
import { SlidingWindow } from '../sliding-window.js'
import { Xxh64 } from '../xxhash.js'
import { BlockReader, MAX_BLOCK } from './block.js'

export const ZSTD_MAGIC = 0xfd2fb528
/** Sixteen magic numbers; what stands in such a frame is for programs that know it. */
export const isSkippable = (magic: number): boolean => magic >>> 4 === 0x184d2a5
/** What `zstd -d` takes unasked, and what its highest level uses: 128 MiB. */
export const MAX_ZSTD_WINDOW = 2 ** 27

type State = 'magic' | 'skip size' | 'skip' | 'descriptor' | 'header' | 'block' | 'body' | 'checksum'

export class ZstdFrames implements FrameSteps {
  need = 4
  passes = 0
  private state: State = 'magic'
  private descriptor = 0
  private windowSize = 0
  /** Size that the header promises; -1 = none. */
  private promised = -1
  private readonly blocks = new BlockReader()
  private sum: Xxh64 | undefined
  private produced = 0
  private isLast = false
  private kind = 0
  private size = 0
  private readonly window: SlidingWindow

  /** @param maxWindow bytes that matches may reach back, at most; a frame that asks for more is refused */
  constructor(
    private readonly maxWindow = MAX_ZSTD_WINDOW,
    reserve?: (bytes: number) => boolean,
  ) {
    this.window = new SlidingWindow(reserve)
  }

  get betweenFrames(): boolean {
    return this.state === 'magic'
  }

  isMagic(magic: number): boolean {
    return magic === ZSTD_MAGIC || isSkippable(magic)
  }

  step(buf: Uint8Array, at: number): Piece | undefined {
    switch (this.state) {
      case 'magic':
        return this.begin(u32le(buf, at))
      case 'skip size':
        this.passes = u32le(buf, at)
        return this.expect('magic', 4)
      case 'descriptor':
        return this.describe(buf[at]!)
      case 'header':
        return this.readHeader(buf, at)
      case 'block':
        return this.readBlockHeader(buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16))
      case 'body':
        return this.readBody(buf, at)
      default:
        if (this.sum!.digest() !== u32le(buf, at)) throw new BrokenData('a checksum that does not fit')
        return this.expect('magic', 4)
    }
  }

  /** The beginning of a stored block is the data itself; compressed ones are read from their end. */
  cut(buf: Uint8Array, at: number, end: number): Piece | undefined {
    if (this.state !== 'body' || this.kind !== 0) return undefined
    return { buf, from: at, to: Math.min(end, at + this.size) }
  }

  close(): void {
    this.window.close()
  }

  private expect(state: State, need: number): undefined {
    this.state = state
    this.need = need
  }

  private begin(magic: number): undefined {
    if (isSkippable(magic)) return this.expect('skip size', 4)
    if (magic !== ZSTD_MAGIC) throw new BrokenData('no frame')
    this.expect('descriptor', 1)
  }

  /** RFC 8878 §3.1.1.1.1. */
  private describe(flags: number): undefined {
    if ((flags & 0x08) !== 0) throw new BrokenData('a frame header with reserved bits')
    this.descriptor = flags
    const single = (flags & 0x20) !== 0
    this.expect('header', (single ? 0 : 1) + DICTIONARY_BYTES[flags & 3]! + this.sizeBytes())
  }

  private sizeBytes(): number {
    const width = this.descriptor >> 6
    return width === 0 ? (this.descriptor & 0x20 ? 1 : 0) : 1 << width
  }

  private readHeader(buf: Uint8Array, at: number): undefined {
    const flags = this.descriptor
    const single = (flags & 0x20) !== 0
    let next = at
    let window = 0
    if (!single) {
      const exponent = buf[next]! >> 3
      window = 2 ** (10 + exponent) + 2 ** (7 + exponent) * (buf[next]! & 7)
      next++
    }
    let dictionary = 0
    for (let i = 0; i < DICTIONARY_BYTES[flags & 3]!; i++) dictionary |= buf[next++]!
    if (dictionary !== 0) throw new Refused("needs a dictionary: decompress it first with 'zstd -d -D DICTIONARY'")
    const width = this.sizeBytes()
    let size = 0
    for (let i = width - 1; i >= 0; i--) size = size * 256 + buf[next + i]!
    this.promised = width === 0 ? -1 : width === 2 ? size + 256 : size
    if (single) window = this.promised
    if (window > this.maxWindow)
      throw new Refused(
        `wants to look back ${mebibytes(window)}, more than the ${mebibytes(this.maxWindow)} it may: decompress it first with 'zstd -d --long=31'`,
      )
    this.windowSize = window
    this.blocks.begin()
    this.sum = (flags & 4) !== 0 ? new Xxh64() : undefined
    this.produced = 0
    this.window.begin(window)
    this.expect('block', 3)
  }

  private readBlockHeader(header: number): undefined {
    this.isLast = (header & 1) !== 0
    this.kind = (header >> 1) & 3
    this.size = header >> 3
    if (this.kind === 3) throw new BrokenData('a block of a reserved kind')
    if (this.size > this.maxBlock) throw new BrokenData('a block that is too large')
    this.expect('body', this.kind === 1 ? 1 : this.size)
  }

  private get maxBlock(): number {
    return Math.min(MAX_BLOCK, Math.max(this.windowSize, 1))
  }

  private readBody(buf: Uint8Array, at: number): Piece | undefined {
    const { window, size } = this
    const room = this.kind === 2 ? this.maxBlock : size
    const from = window.makeRoom(room)
    const out = window.buf
    let to = from + size
    if (this.kind === 0) out.set(buf.subarray(at, at + size), from)
    else if (this.kind === 1) out.fill(buf[at]!, from, to)
    else {
      const history = Math.min(this.produced, this.windowSize)
      to = this.blocks.read(buf, at, at + size, out, from, history, room)
    }
    window.end = to
    this.produced += to - from
    this.sum?.update(out, from, to)
    if (this.promised >= 0 && this.produced > this.promised) throw new BrokenData('more data than the frame announces')
    if (!this.isLast) this.expect('block', 3)
    else {
      if (this.promised >= 0 && this.produced !== this.promised) throw new BrokenData('less data than the frame announces')
      if (this.sum) this.expect('checksum', 4)
      else this.expect('magic', 4)
    }
    return to > from ? { buf: out, from, to } : undefined
  }
}

const DICTIONARY_BYTES = [0, 1, 2, 4] as const
const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20).toLocaleString('en-US')} MiB`
