/**
 * pcap: one header, then records of a 16-byte header and a frame. Micro- and nanosecond files, both byte orders, and the
 * longer record header of patched kernels. Nothing in a record marks its beginning, so a broken length is mended by
 * looking for the next chain of headers that make sense.
 */
import { u32, u32le } from '../bytes/read.js'
import {
  addDamage,
  type Container,
  count,
  LARGE_LINKS,
  MAX_FRAME,
  MAX_RESYNCS,
  OVER,
  READY,
  RESYNC_SCAN,
  RESYNC_WINDOW,
  USUAL_FRAME,
} from './container.js'
import { type PcapMagic, pcapMagic } from './magic.js'
import { type CaptureInfo, type FrameBlock, MAX_BLOCK_FRAMES } from './source.js'
import type { Window } from './window.js'

const FILE_HEADER = 24
/** Headers in a row that make sense before one is believed: by chance that is less than one in 10^12 places. */
const CHAIN = 3
/** A record found again is at most this far from the last good one. */
const DAY = 86_400

export class PcapContainer implements Container {
  #magic: PcapMagic | undefined
  #largestFrame = USUAL_FRAME
  /** Second of the last frame read; -1 before the first. */
  #lastSecond = -1
  #resyncs = 0

  constructor(private readonly info: CaptureInfo) {}

  read(win: Window, block: FrameBlock): number {
    const magic = this.#magic ?? this.#fileHeader(win)
    if (typeof magic === 'number') return magic
    for (;;) {
      const want = magic.bigEndian ? this.#recordsBig(win, block, magic) : this.#recordsLittle(win, block, magic)
      if (block.count > 0) {
        this.#lastSecond = block.sec[block.count - 1]!
        return READY
      }
      if (want > 0 && !win.atEnd) return want
      if (win.left === 0) return OVER
      const mended = this.#mend(win, magic, want)
      if (mended !== READY) return mended
    }
  }

  #fileHeader(win: Window): PcapMagic | number {
    if (win.left < FILE_HEADER) {
      if (!win.atEnd) return FILE_HEADER
      addDamage(this.info, 'capture.cut', 0, `ends inside the file header, after ${count(win.left, 'byte')}`)
      return OVER
    }
    const at = win.start
    const magic = pcapMagic(win.buf, at)!
    const read = magic.bigEndian ? u32 : u32le
    const snaplen = read(win.buf, at + 16)
    // draft-ietf-opsawg-pcap §4: the link type is the low half; the bits above tell about a frame check sequence.
    const linkType = read(win.buf, at + 20) & 0xffff
    win.start += FILE_HEADER
    this.#magic = magic
    this.#largestFrame = LARGE_LINKS.has(linkType) ? MAX_FRAME : Math.min(MAX_FRAME, Math.max(USUAL_FRAME, snaplen))
    this.info.ticksPerSecond = magic.ticksPerSecond
    this.info.interfaces.push({ linkType, snaplen, ticksPerSecond: magic.ticksPerSecond })
    return magic
  }

  /**
   * Whole records into the block. Answers the bytes the next record takes, or 0 when the block is full or the next
   * header cannot be right. The loop every capture goes through: fixed offsets, columns, no call that is not inlined.
   */
  #recordsLittle(win: Window, block: FrameBlock, magic: PcapMagic): number {
    const { buf, end } = win
    const { offset, captured, original, sec, nsec } = block
    const header = magic.recordHeader
    const ticks = magic.ticksPerSecond
    const scale = 1e9 / ticks
    const largest = this.#largestFrame
    let at = win.start
    let n = block.count
    let want = READY
    while (n < MAX_BLOCK_FRAMES) {
      const data = at + header
      if (data > end) {
        want = header
        break
      }
      const length = u32le(buf, at + 8)
      if (length > largest) break
      const next = data + length
      if (next > end) {
        want = header + length
        break
      }
      const wire = u32le(buf, at + 12)
      let fraction = u32le(buf, at + 4)
      let second = u32le(buf, at)
      if (fraction >= ticks) {
        second += Math.floor(fraction / ticks)
        fraction %= ticks
      }
      offset[n] = data
      captured[n] = length
      original[n] = Math.max(length, wire)
      sec[n] = second
      nsec[n] = fraction * scale
      n++
      at = next
    }
    block.count = n
    win.start = at
    return want
  }

  /** As above for the byte order hardly anybody writes any more; apart, so that the other stays free of choices. */
  #recordsBig(win: Window, block: FrameBlock, magic: PcapMagic): number {
    const { buf, end } = win
    const header = magic.recordHeader
    const ticks = magic.ticksPerSecond
    let n = block.count
    let want = READY
    while (n < MAX_BLOCK_FRAMES) {
      const at = win.start
      const data = at + header
      if (data > end) {
        want = header
        break
      }
      const length = u32(buf, at + 8)
      if (length > this.#largestFrame) break
      if (data + length > end) {
        want = header + length
        break
      }
      const fraction = u32(buf, at + 4)
      block.offset[n] = data
      block.captured[n] = length
      block.original[n] = Math.max(length, u32(buf, at + 12))
      block.sec[n] = u32(buf, at) + Math.floor(fraction / ticks)
      block.nsec[n] = (fraction % ticks) * (1e9 / ticks)
      n++
      win.start = data + length
    }
    block.count = n
    return want
  }

  /**
   * The record at the window's start cannot be read: its length is impossible (`want` 0) or it runs past the end of the
   * capture. Finds the next good one, or says why there is none. Answers READY to go on, OVER, or the bytes to look at.
   */
  #mend(win: Window, magic: PcapMagic, want: number): number {
    const at = win.start
    const cut = want > 0
    const length = win.left >= magic.recordHeader ? (magic.bigEndian ? u32 : u32le)(win.buf, at + 8) : 0
    if (!cut && win.left < RESYNC_WINDOW && !win.atEnd) return RESYNC_WINDOW
    const found = this.#resyncs < MAX_RESYNCS ? this.#nextGood(win, magic) : -1
    if (found >= 0) {
      this.#resyncs++
      addDamage(
        this.info,
        'capture.length',
        win.offset,
        `has a packet record that says ${count(length, 'byte')}, which cannot be: ${count(found - at, 'byte')} are skipped up to the next record that makes sense`,
      )
      win.start = found
      return READY
    }
    if (cut) {
      const rest = win.left
      const message =
        rest < magic.recordHeader
          ? `ends inside a packet record's header, after ${count(rest, 'byte')} of ${magic.recordHeader}`
          : `ends inside a packet: ${count(rest - magic.recordHeader, 'byte')} of ${length.toLocaleString('en-US')} are there`
      addDamage(this.info, 'capture.cut', win.offset, message)
    } else
      addDamage(
        this.info,
        'capture.length',
        win.offset,
        `has a packet record that says ${count(length, 'byte')}, which cannot be, and no good record behind it: the rest is not read`,
      )
    return OVER
  }

  /** Where the next chain of believable records begins, or -1. */
  #nextGood(win: Window, magic: PcapMagic): number {
    // The same bytes decide, however large the reads were.
    const end = Math.min(win.end, win.start + RESYNC_WINDOW)
    const last = Math.min(win.start + RESYNC_SCAN, end - magic.recordHeader)
    for (let at = win.start + 1; at <= last; at++) if (this.#chain(win.buf, at, end, win.atEnd && end === win.end, magic)) return at
    return -1
  }

  #chain(buf: Buffer, from: number, end: number, endsThere: boolean, magic: PcapMagic): boolean {
    const { bigEndian, ticksPerSecond, recordHeader } = magic
    const read = bigEndian ? u32 : u32le
    let reference = this.#lastSecond
    let at = from
    for (let i = 0; i < CHAIN; i++) {
      // Fewer will do where the capture ends right behind one, and a time to compare with vouches for it.
      if (i > 0 && at === end && endsThere) return i > 1 || this.#lastSecond >= 0
      if (at + recordHeader > end) return false
      const length = read(buf, at + 8)
      // Zeros would make a chain of empty records.
      if (length === 0 || length > this.#largestFrame) return false
      const wire = read(buf, at + 12)
      if (wire < length || wire > MAX_FRAME) return false
      if (read(buf, at + 4) >= ticksPerSecond) return false
      const second = read(buf, at)
      if (reference >= 0 && Math.abs(second - reference) > DAY) return false
      reference = second
      at += recordHeader + length
    }
    return true
  }
}
