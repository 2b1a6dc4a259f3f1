/**
 * LZ4 frames one after another, skippable ones among them, decompressed block by block. Source: the LZ4 project's
 * doc/lz4_Frame_format.md and doc/lz4_Block_format.md.
 */
import { BrokenData, Refused } from './broken-data.js'
import type { FrameSteps, Piece } from './frame-steps.js'
import { u32le } from './read.js'
import { SlidingWindow } from './sliding-window.js'
import { Xxh32, xxh32 } from './xxhash.js'
import { copyMatch } from './zstd/block.js'
import { isSkippable } from './zstd/frames.js'

const LZ4_MAGIC = 0x184d2204
/** How far back a match may reach. */
const HISTORY = 64 * 1024
/** Largest block, by the number in the descriptor: 64 KiB, 256 KiB, 1 MiB, 4 MiB. */
const BLOCK_SIZES = [0, 0, 0, 0, 2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22] as const
const MIN_MATCH = 4
/** Flags of the descriptor. */
const INDEPENDENT = 0x20
const BLOCK_SUM = 0x10
const SIZE = 0x08
const CONTENT_SUM = 0x04
const DICTIONARY = 0x01

type State = 'magic' | 'skip size' | 'flags' | 'descriptor' | 'block' | 'body' | 'checksum'

export class Lz4Frames implements FrameSteps {
  need = 4
  passes = 0
  private state: State = 'magic'
  private flags = 0
  private maxBlock = 0
  private promised = -1
  private produced = 0
  private sum: Xxh32 | undefined
  private size = 0
  private isStored = false
  private readonly window: SlidingWindow

  constructor(reserve?: (bytes: number) => boolean) {
    this.window = new SlidingWindow(reserve)
  }

  get betweenFrames(): boolean {
    return this.state === 'magic'
  }

  isMagic(magic: number): boolean {
    return magic === LZ4_MAGIC || isSkippable(magic)
  }

  step(buf: Uint8Array, at: number): Piece | undefined {
    switch (this.state) {
      case 'magic': {
        const magic = u32le(buf, at)
        if (magic !== LZ4_MAGIC && !isSkippable(magic)) throw new BrokenData('no frame')
        return magic === LZ4_MAGIC ? this.expect('flags', 1) : this.expect('skip size', 4)
      }
      case 'skip size':
        this.passes = u32le(buf, at)
        return this.expect('magic', 4)
      case 'flags':
        this.flags = buf[at]!
        // Flags again, block size, content size, dictionary, header checksum: the sum is over all but itself.
        return this.expect('descriptor', 2 + (this.flags & SIZE ? 8 : 0) + (this.flags & DICTIONARY ? 4 : 0))
      case 'descriptor':
        return this.readDescriptor(buf, at)
      case 'block':
        return this.readBlockHeader(u32le(buf, at))
      case 'body':
        return this.readBody(buf, at)
      default:
        if (this.sum!.digest() !== u32le(buf, at)) throw new BrokenData('a checksum that does not fit')
        return this.expect('magic', 4)
    }
  }

  /** A block is read forwards: all that is there is good, unless its checksum would have said otherwise. */
  cut(buf: Uint8Array, at: number, end: number): Piece | undefined {
    if (this.state !== 'body') return undefined
    const stop = Math.min(end, at + this.size)
    if (this.isStored) return { buf, from: at, to: stop }
    const from = this.window.makeRoom(this.maxBlock)
    const block = readLz4Block(buf, at, stop, this.window.buf, from, this.history, this.maxBlock)
    return { buf: this.window.buf, from, to: block.end }
  }

  close(): void {
    this.window.close()
  }

  private expect(state: State, need: number): undefined {
    this.state = state
    this.need = need
  }

  private get history(): number {
    return this.flags & INDEPENDENT ? 0 : Math.min(this.produced, HISTORY)
  }

  private readDescriptor(buf: Uint8Array, at: number): undefined {
    const { flags, need } = this
    if (flags >> 6 !== 1) throw new BrokenData('a frame of another version')
    const head = new Uint8Array(need)
    head[0] = flags
    head.set(buf.subarray(at, at + need - 1), 1)
    if (((xxh32(head, 0, need) >>> 8) & 0xff) !== buf[at + need - 1]) throw new BrokenData('a frame header whose checksum does not fit')
    this.maxBlock = BLOCK_SIZES[(buf[at]! >> 4) & 7]!
    if ((flags & 2) !== 0 || (buf[at]! & 0x8f) !== 0 || this.maxBlock === 0) throw new BrokenData('a frame header with reserved values')
    if ((flags & DICTIONARY) !== 0) throw new Refused("needs a dictionary: decompress it first with 'lz4 -d -D DICTIONARY'")
    this.promised = flags & SIZE ? u32le(buf, at + 1) + u32le(buf, at + 5) * 2 ** 32 : -1
    this.produced = 0
    this.sum = flags & CONTENT_SUM ? new Xxh32() : undefined
    this.window.begin(HISTORY)
    this.expect('block', 4)
  }

  private readBlockHeader(header: number): undefined {
    if (header === 0) {
      if (this.promised >= 0 && this.produced !== this.promised) throw new BrokenData('less data than the frame announces')
      return this.sum ? this.expect('checksum', 4) : this.expect('magic', 4)
    }
    this.isStored = header >= 2 ** 31
    this.size = header % 2 ** 31
    if (this.size > this.maxBlock) throw new BrokenData('a block that is too large')
    this.expect('body', this.size + (this.flags & BLOCK_SUM ? 4 : 0))
  }

  private readBody(buf: Uint8Array, at: number): Piece | undefined {
    const { window, size } = this
    const end = at + size
    if ((this.flags & BLOCK_SUM) !== 0 && xxh32(buf, at, end) !== u32le(buf, end))
      throw new BrokenData('a block whose checksum does not fit')
    const from = window.makeRoom(this.isStored ? size : this.maxBlock)
    const out = window.buf
    let to = from + size
    let wrong: string | undefined
    if (this.isStored) out.set(buf.subarray(at, end), from)
    else ({ end: to, wrong } = readLz4Block(buf, at, end, out, from, this.history, this.maxBlock))
    window.end = to
    this.produced += to - from
    this.sum?.update(out, from, to)
    if (wrong === undefined && this.promised >= 0 && this.produced > this.promised) wrong = 'more data than the frame announces'
    const piece = { buf: out, from, to }
    if (wrong !== undefined) throw new BrokenData(wrong, { cause: piece })
    this.expect('block', 4)
    return piece
  }
}

/**
 * Decompresses the block in `from`..`end` to `out` at `start`, where `max` bytes have room, behind `history` bytes that matches may
 * reach back to. Answers how far it got, and what stopped it.
 */
export function readLz4Block(
  buf: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  start: number,
  history: number,
  max: number,
): { end: number; wrong?: string } {
  const limit = start + max
  let at = from
  let o = start
  while (at < end) {
    const token = buf[at++]!
    let plain = token >> 4
    if (plain === 15) {
      let more = 255
      while (more === 255) {
        if (at >= end) return { end: o, wrong: 'a block that is cut' }
        more = buf[at++]!
        plain += more
      }
    }
    const there = Math.min(plain, end - at, limit - o)
    if (there < 16) for (let k = 0; k < there; k++) out[o + k] = buf[at + k]!
    else out.set(buf.subarray(at, at + there), o)
    o += there
    at += there
    if (there < plain) return { end: o, wrong: at === end ? 'a block that is cut' : 'a block that is longer than announced' }
    // The last sequence has no match.
    if (at === end) return { end: o }
    if (end - at < 2) return { end: o, wrong: 'a block that is cut' }
    const offset = buf[at]! | (buf[at + 1]! << 8)
    at += 2
    let match = (token & 15) + MIN_MATCH
    if (match === 15 + MIN_MATCH) {
      let more = 255
      while (more === 255) {
        if (at >= end) return { end: o, wrong: 'a block that is cut' }
        more = buf[at++]!
        match += more
      }
    }
    if (offset === 0 || offset > history + (o - start)) return { end: o, wrong: 'a match that reaches back too far' }
    if (match > limit - o) return { end: o, wrong: 'a block that is longer than announced' }
    copyMatch(out, o, offset, match)
    o += match
  }
  return { end: o, wrong: 'a block that is cut' }
}
