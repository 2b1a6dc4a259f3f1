/**
 * A packet as its capture has it, beside its bytes: its time in the ticks of its interface and its options, and the interface's own.
 * What a faithful copy needs and an analysis does not. For blocks of a reader that keeps records (`ReaderOptions.records`).
 */
import { u32, u32le } from '../bytes/read.js'
import { option } from './pcapng-encoder.js'
import { eachOption, OPT_COMMENT } from './pcapng-options.js'
import type { CaptureInterface, FrameBlock } from './source.js'

const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const OPT_TSRESOL = 9
const OPT_TSOFFSET = 14
/** Custom options: text or bytes, to be copied or not. */
const CUSTOM: ReadonlySet<number> = new Set([2988, 2989, 19_372, 19_373])

/** Numbers inside options, by code: their width in bytes. All else is bytes in their own order (specification §4.2, §4.3). */
const INTERFACE_NUMBERS: ReadonlyMap<number, number> = new Map([
  [8, 8], // if_speed
  [10, 4], // if_tzone
  [OPT_TSOFFSET, 8],
  [16, 8], // if_txspeed
  [17, 8], // if_rxspeed
])
const PACKET_NUMBERS: ReadonlyMap<number, number> = new Map([
  [2, 4], // epb_flags
  [4, 8], // epb_dropcount
  [5, 8], // epb_packetid
  [6, 4], // epb_queue
])

export interface RawRecord {
  readonly ticks: bigint
  /** Little-endian, comments included, without an end mark. */
  readonly options: Buffer
}

const NOTHING = Buffer.alloc(0)

/** Frame `i` of a block, of the interface `iface`. */
export function rawRecord(block: FrameBlock, i: number, iface: CaptureInterface): RawRecord {
  const sec = block.sec[i]!
  const nsec = block.nsec[i]!
  // pcap has no options, and its times are whole ticks.
  if (!block.record || !iface.described) return { ticks: ticksOf(sec, nsec, iface.ticksPerSecond, 0n), options: NOTHING }
  const { buf } = block
  const at = block.record[i]!
  const bigEndian = u32le(buf, at) > 0xffff
  const word = bigEndian ? u32 : u32le
  const type = word(buf, at)
  if (type === SIMPLE_PACKET) {
    // It has no time of its own: the reader gave it the one of the frame before.
    return { ticks: ticksOf(sec, nsec, iface.ticksPerSecond, offsetOf(iface)), options: NOTHING }
  }
  const ticks = (BigInt(word(buf, at + 12)) << 32n) | BigInt(word(buf, at + 16))
  const from = block.offset[i]! + ((block.captured[i]! + 3) & ~3)
  const to = at + word(buf, at + 4) - 4
  if ((type !== ENHANCED_PACKET && type !== OLD_PACKET) || from >= to) return { ticks, options: NOTHING }
  return { ticks, options: littleEndian(buf, from, to, bigEndian, PACKET_NUMBERS) }
}

/** The options of an interface for a copy of its block; `more` go behind them. */
export function interfaceOptions(iface: CaptureInterface, more: readonly Buffer[]): Buffer {
  const { described } = iface
  const own = described
    ? littleEndian(described.options, 0, described.options.length, described.bigEndian, INTERFACE_NUMBERS)
    : option(OPT_TSRESOL, Buffer.of(iface.ticksPerSecond === 1_000_000_000 ? 9 : 6))
  return Buffer.concat([own, ...more])
}

export const commentOption = (text: string): Buffer => option(OPT_COMMENT, text)

function littleEndian(buf: Buffer, from: number, to: number, bigEndian: boolean, numbers: ReadonlyMap<number, number>): Buffer {
  const parts: Buffer[] = []
  eachOption(buf, from, to, bigEndian, (code, at, length) => {
    const value = Buffer.from(buf.subarray(at, at + length))
    if (bigEndian) {
      const width = numbers.get(code)
      if (width !== undefined && width === length) value.reverse()
      // Custom options begin with the number of their maker.
      else if (CUSTOM.has(code) && length >= 4) value.subarray(0, 4).reverse()
    }
    parts.push(option(code, value))
  })
  return parts.length === 0 ? NOTHING : Buffer.concat(parts)
}

function ticksOf(sec: number, nsec: number, ticksPerSecond: number, offset: bigint): bigint {
  const perSecond = BigInt(ticksPerSecond)
  const ticks = (BigInt(sec) - offset) * perSecond + (BigInt(nsec) * perSecond) / 1_000_000_000n
  return BigInt.asUintN(64, ticks)
}

function offsetOf({ described }: CaptureInterface): bigint {
  let offset = 0n
  if (described)
    eachOption(described.options, 0, described.options.length, described.bigEndian, (code, at, length) => {
      if (code === OPT_TSOFFSET && length === 8)
        offset = described.bigEndian ? described.options.readBigInt64BE(at) : described.options.readBigInt64LE(at)
    })
  return offset
}
