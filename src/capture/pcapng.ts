/**
 * pcapng: sections of blocks, each block with its length on both ends. Packets come from enhanced, simple and the early
 * "packet" blocks; interfaces, statistics and comments are noted; names, secrets, journals, custom and unknown blocks
 * are passed over. Block layout: draft-ietf-opsawg-pcapng §4.
 */
import { u16, u16le, u32, u32le } from '../bytes/read.js'
import type { Instant } from '../model/instant.js'
import { InterfaceClock } from './clock.js'
import {
  addDamage,
  type Container,
  count,
  MAX_FRAME,
  MAX_RESYNCS,
  MAX_SECOND,
  OVER,
  READY,
  RESYNC_SCAN,
  RESYNC_WINDOW,
} from './container.js'
import { LossIntervals, MAX_LOSSES } from './loss.js'
import { SECTION_HEADER } from './magic.js'
import { eachOption, OPT_COMMENT, optionCounter, optionText } from './pcapng-options.js'
import { type CaptureInfo, type FrameBlock, MAX_BLOCK_FRAMES } from './source.js'
import type { Window } from './window.js'

const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const STATISTICS = 5
const ENHANCED_PACKET = 6
/** Block types that a writer may use: what a resync believes. Names, journal, decryption secrets, custom (two). */
const KNOWN_TYPES: ReadonlySet<number> = new Set([
  INTERFACE,
  OLD_PACKET,
  SIMPLE_PACKET,
  4,
  STATISTICS,
  ENHANCED_PACKET,
  9,
  10,
  0xbad,
  0x4000_0bad,
])

/** Type and both lengths. */
const FRAME = 12
/** A block is the biggest frame with its header and the most that options can take in practice. */
const MAX_BLOCK = MAX_FRAME + 256 * 1024
/** The frame column `iface` is 16 bits wide. */
const MAX_INTERFACES = 65_535
/** Memory for names, filters and comments of one capture: enough for a short comment on each of 100,000 packets. */
const MAX_TEXT = 16 * 1024 * 1024
/** What a kept text takes beside its bytes. */
const TEXT_COST = 80

interface SectionInterface {
  /** Index in the capture; interfaces are numbered per section in the file. */
  readonly index: number
  readonly snaplen: number
  readonly clock: InterfaceClock
}

export class PcapngContainer implements Container {
  #bigEndian = false
  #interfaces: SectionInterface[] = []
  #lastSecond = 0
  #lastNanosecond = 0
  #resyncs = 0
  #textLeft = MAX_TEXT
  readonly #once = new Set<string>()

  readonly #losses: LossIntervals

  constructor(
    private readonly info: CaptureInfo,
    /** Keep the words of interfaces and where packets' blocks stand. */
    private readonly records = false,
  ) {
    this.#losses = new LossIntervals(info.losses)
  }

  read(win: Window, block: FrameBlock): number {
    for (;;) {
      const want = this.#blocks(win, block)
      if (block.count > 0) return READY
      if (want > 0 && !win.atEnd) return want
      if (win.left === 0) return OVER
      const mended = this.#mend(win, want)
      if (mended !== READY) return mended
    }
  }

  /** Whole blocks. Answers the bytes the next one takes, or 0 when the frames are full or the next block cannot be right. */
  #blocks(win: Window, block: FrameBlock): number {
    const { buf, end } = win
    while (block.count < MAX_BLOCK_FRAMES) {
      const at = win.start
      const left = end - at
      if (left < FRAME) return FRAME
      const type = this.#u32(buf, at)
      if (type === SECTION_HEADER) {
        const bigEndian = byteOrder(buf, at)
        if (bigEndian === undefined) return READY
        this.#bigEndian = bigEndian
      }
      const length = this.#u32(buf, at + 4)
      if (length < FRAME || length % 4 !== 0 || length > MAX_BLOCK) return READY
      if (length > left) return length
      if (this.#u32(buf, at + length - 4) !== length) return READY
      if (type === ENHANCED_PACKET) this.#packet(win, block, length, this.#u32(buf, at + 8))
      else if (type === OLD_PACKET) this.#oldPacket(win, block, length)
      else if (type === SIMPLE_PACKET) this.#simplePacket(win, block, length)
      else if (type === SECTION_HEADER) this.#section(win, length)
      else if (type === INTERFACE) this.#interface(win, length)
      else if (type === STATISTICS) this.#statistics(win, length)
      win.start = at + length
    }
    return READY
  }

  #u32(buf: Uint8Array, at: number): number {
    return this.#bigEndian ? u32(buf, at) : u32le(buf, at)
  }

  /** Enhanced packet block, and the old one, which differs in its first word only (§4.3, appendix A). */
  #packet(win: Window, block: FrameBlock, length: number, id: number): void {
    const at = win.start
    const { buf } = win
    if (length < 32) {
      this.#damage(win, 'capture.block', `has a packet block of ${length} bytes, too short for its own header`)
      return
    }
    const iface = this.#interfaces[id]
    if (!iface) {
      this.#noInterface(win, id)
      return
    }
    iface.clock.set(this.#u32(buf, at + 12), this.#u32(buf, at + 16))
    let captured = this.#u32(buf, at + 20)
    if (captured > length - 32) {
      this.#damage(
        win,
        'capture.length',
        `has a packet of ${count(captured, 'byte')} in a block that holds ${length - 32}: what is there is kept`,
      )
      captured = length - 32
    }
    this.#frame(win, block, iface.index, at + 28, captured, this.#u32(buf, at + 24), iface.clock.sec, iface.clock.nsec)
    const options = at + 28 + ((captured + 3) & ~3)
    if (options + 4 < at + length) this.#comments(win, options, at + length - 4, block.firstFrame + block.count - 1)
  }

  #oldPacket(win: Window, block: FrameBlock, length: number): void {
    if (length < 32) {
      this.#damage(win, 'capture.block', `has a packet block of ${length} bytes, too short for its own header`)
      return
    }
    const read = this.#bigEndian ? u16 : u16le
    const id = read(win.buf, win.start + 8)
    const drops = read(win.buf, win.start + 10)
    const before = { sec: this.#lastSecond, nsec: this.#lastNanosecond }
    this.#packet(win, block, length, id)
    const index = this.#interfaces[id]?.index
    // 0xffff: the writer does not know.
    if (drops === 0xffff || index === undefined) return
    const entry = this.info.interfaces[index]!
    entry.dropped = (entry.dropped ?? 0) + drops
    if (drops === 0) return
    const start = before.sec > 0 ? before : undefined
    this.#lost(win, this.#losses.add(index, 'unknown', start, { sec: this.#lastSecond, nsec: this.#lastNanosecond }, drops))
  }

  /** Simple packet block: no interface number and no time; it takes the first interface and the time of the frame before. */
  #simplePacket(win: Window, block: FrameBlock, length: number): void {
    if (length < 16) {
      this.#damage(win, 'capture.block', `has a packet block of ${length} bytes, too short for its own header`)
      return
    }
    const iface = this.#interfaces[0]
    if (!iface) {
      this.#noInterface(win, 0)
      return
    }
    const original = this.#u32(win.buf, win.start + 8)
    const captured = Math.min(original, length - 16, iface.snaplen || MAX_FRAME)
    this.#frame(win, block, iface.index, win.start + 12, captured, original, this.#lastSecond, this.#lastNanosecond)
  }

  #frame(win: Window, block: FrameBlock, iface: number, at: number, captured: number, original: number, sec: number, nsec: number): void {
    const n = block.count
    if (sec > MAX_SECOND || sec < 0) {
      this.#damage(win, 'capture.time', 'has a time outside 1970 to 2262: such times are set to the nearer end')
      sec = sec < 0 ? 0 : MAX_SECOND
      nsec = 0
    }
    block.offset[n] = at
    block.captured[n] = captured
    block.original[n] = Math.max(captured, original)
    block.sec[n] = sec
    block.nsec[n] = nsec
    block.iface[n] = iface
    if (block.record) block.record[n] = win.start
    block.count = n + 1
    this.#lastSecond = sec
    this.#lastNanosecond = nsec
  }

  #section(win: Window, length: number): void {
    this.#interfaces = []
    if (length < 28) return
    const { buf, start } = win
    const names = ['', '', '']
    eachOption(buf, start + 24, start + length - 4, this.#bigEndian, (code, at, size) => {
      if (code >= 2 && code <= 4) names[code - 2] = this.#text(win, at, size)
    })
    this.#comments(win, start + 24, start + length - 4, 0)
    const writer = names.filter((name) => name !== '').join('; ')
    if (writer !== '') this.info.writer ??= writer
  }

  #interface(win: Window, length: number): void {
    const { buf, start } = win
    if (length < 20) {
      this.#damage(win, 'capture.block', `has an interface block of ${length} bytes, too short for its own header`)
      return
    }
    if (this.info.interfaces.length >= MAX_INTERFACES) {
      this.#damage(win, 'capture.interfaces', `names more than ${count(MAX_INTERFACES, 'interface')}: packets of the others are not read`)
      return
    }
    const texts: { name?: string; description?: string; filter?: string; os?: string } = {}
    let resolution = 6
    let offset = 0
    eachOption(buf, start + 16, start + length - 4, this.#bigEndian, (code, at, size) => {
      if (code === 2) texts.name = this.#text(win, at, size)
      else if (code === 3) texts.description = this.#text(win, at, size)
      else if (code === 9 && size >= 1) resolution = buf[at]!
      // if_filter: a byte that says how it is written, 0 = text, then the filter (§4.2).
      else if (code === 11 && size > 1 && buf[at] === 0) texts.filter = this.#text(win, at + 1, size - 1)
      else if (code === 12) texts.os = this.#text(win, at, size)
      else if (code === 14 && size === 8) offset = Number(this.#bigEndian ? buf.readBigInt64BE(at) : buf.readBigInt64LE(at))
    })
    const read = this.#bigEndian ? u16 : u16le
    const clock = new InterfaceClock(resolution, offset)
    const index = this.info.interfaces.length
    const snaplen = this.#u32(buf, start + 12)
    const described = this.records ? this.#described(win, start + 16, start + length - 4) : undefined
    this.info.interfaces.push({
      linkType: read(buf, start + 8),
      snaplen,
      ticksPerSecond: clock.ticksPerSecond,
      ...texts,
      ...(described && { described }),
    })
    this.info.ticksPerSecond = index === 0 ? clock.ticksPerSecond : Math.max(this.info.ticksPerSecond, clock.ticksPerSecond)
    this.#interfaces.push({ index, snaplen, clock })
  }

  /** The options as they stand; beyond the budget of texts only the two that the clock is made of. */
  #described(win: Window, from: number, to: number): { options: Buffer; bigEndian: boolean } {
    const { buf } = win
    const cost = to - from + TEXT_COST
    if (cost <= this.#textLeft) {
      this.#textLeft -= cost
      return { options: Buffer.from(buf.subarray(from, to)), bigEndian: this.#bigEndian }
    }
    const clock: Buffer[] = []
    eachOption(buf, from, to, this.#bigEndian, (code, at, size) => {
      if ((code === 9 && size === 1) || (code === 14 && size === 8)) clock.push(buf.subarray(at - 4, at + ((size + 3) & ~3)))
    })
    return { options: Buffer.concat(clock), bigEndian: this.#bigEndian }
  }

  /** The writer repeats the counters; the last ones are the totals, and what grew between two of them was lost in between. */
  #statistics(win: Window, length: number): void {
    if (length < 24) return
    const { buf, start } = win
    const iface = this.#interfaces[this.#u32(buf, start + 8)]
    if (iface === undefined) return
    const entry = this.info.interfaces[iface.index]!
    const counters: (number | undefined)[] = []
    let from: Instant | undefined
    let end = this.#timeOf(iface, buf, start + 12)
    eachOption(buf, start + 20, start + length - 4, this.#bigEndian, (code, at, size) => {
      if (size !== 8) return
      if (code === 2) from = this.#timeOf(iface, buf, at)
      else if (code === 3) end = this.#timeOf(iface, buf, at)
      else if (code >= 4 && code <= 8) counters[code] = optionCounter(buf, at, this.#bigEndian)
    })
    const [, , , , received, dropped, accepted, byKernel, delivered] = counters
    if (received !== undefined) entry.received = received
    if (dropped === undefined) return
    entry.dropped = dropped
    this.#lost(win, this.#losses.see(iface.index, { start: from, end, dropped, byKernel, accepted, delivered }))
  }

  #timeOf({ clock }: SectionInterface, buf: Buffer, at: number): Instant {
    clock.set(this.#u32(buf, at), this.#u32(buf, at + 4))
    if (clock.sec > MAX_SECOND || clock.sec < 0) return { sec: clock.sec < 0 ? 0 : MAX_SECOND, nsec: 0 }
    return { sec: clock.sec, nsec: clock.nsec }
  }

  #lost(win: Window, listed: boolean): void {
    if (!listed)
      this.#damage(
        win,
        'capture.losses',
        `lost packets in more than ${count(MAX_LOSSES, 'interval')}: later ones are added to the last of their kind, or not listed`,
      )
  }

  #comments(win: Window, from: number, to: number, frame: number): void {
    eachOption(win.buf, from, to, this.#bigEndian, (code, at, size) => {
      if (code !== OPT_COMMENT) return
      const text = this.#text(win, at, size)
      if (text !== '') this.info.comments.push({ frame, text })
    })
  }

  #text(win: Window, at: number, length: number): string {
    const cost = length + TEXT_COST
    if (cost > this.#textLeft) {
      this.#damage(win, 'capture.text', `holds more than ${MAX_TEXT / 1024 / 1024} MiB of comments and names: the rest of them is not kept`)
      return ''
    }
    this.#textLeft -= cost
    return optionText(win.buf, at, length)
  }

  #noInterface(win: Window, id: number): void {
    this.#damage(win, 'capture.interface', `has packets of interface ${id}, which is not described: they cannot be read`)
  }

  /** Faults of single blocks come by the thousand: the first of each kind is entered. */
  #damage(win: Window, code: string, message: string): void {
    if (this.#once.has(code)) return
    this.#once.add(code)
    addDamage(this.info, code, win.offset, message)
  }

  /**
   * The block at the window's start cannot be read: its lengths are impossible or differ (`want` 0), or it runs past the
   * end. Finds the next good one, or says why there is none. Answers READY to go on, OVER, or the bytes to look at.
   */
  #mend(win: Window, want: number): number {
    const cut = want > 0
    if (!cut && win.left < RESYNC_WINDOW && !win.atEnd) return RESYNC_WINDOW
    const found = this.#resyncs < MAX_RESYNCS ? this.#nextGood(win) : -1
    if (found >= 0) {
      this.#resyncs++
      const skipped = count(found - win.start, 'byte')
      addDamage(
        this.info,
        'capture.length',
        win.offset,
        `has a block whose length cannot be: ${skipped} are skipped up to the next block that makes sense`,
      )
      win.start = found
      return READY
    }
    if (cut) {
      const there = count(win.left, 'byte')
      addDamage(
        this.info,
        'capture.cut',
        win.offset,
        want > FRAME
          ? `ends inside a block: ${there} of ${want.toLocaleString('en-US')} are there`
          : `ends inside a block's header, after ${there}`,
      )
    } else
      addDamage(
        this.info,
        'capture.length',
        win.offset,
        'has a block whose length cannot be, and no good block behind it: the rest is not read',
      )
    return OVER
  }

  /** Where the next block of a known type begins whose two lengths agree, or -1. Lost bytes may have broken the alignment. */
  #nextGood(win: Window): number {
    const { buf, start } = win
    // The same bytes decide, however large the reads were.
    const end = Math.min(win.end, start + RESYNC_WINDOW)
    const last = Math.min(start + RESYNC_SCAN, end - FRAME)
    for (let at = start + 1; at <= last; at++) {
      let big = this.#bigEndian
      if (u32le(buf, at) === SECTION_HEADER) {
        const order = at + FRAME <= end ? byteOrder(buf, at) : undefined
        if (order === undefined) continue
        big = order
      } else if (!KNOWN_TYPES.has(big ? u32(buf, at) : u32le(buf, at))) continue
      const length = big ? u32(buf, at + 4) : u32le(buf, at + 4)
      if (length < FRAME || length % 4 !== 0 || at + length > end) continue
      if ((big ? u32(buf, at + length - 4) : u32le(buf, at + length - 4)) === length) return at
    }
    return -1
  }
}

/** True for big-endian, by the section header's byte-order magic; undefined when it is neither. */
function byteOrder(buf: Uint8Array, at: number): boolean | undefined {
  const word = u32(buf, at + 8)
  if (word === 0x1a2b3c4d) return true
  return word === 0x4d3c2b1a ? false : undefined
}
