/** Tells by the first bytes what a file is: its compression, its container, or what to do with it instead. */
import { u32, u32le } from '../bytes/read.js'
import { isSkippable } from '../bytes/zstd/frames.js'
import type { CaptureInfo } from './source.js'

/** Bytes that decide the compression: xz has the longest magic. */
export const COMPRESSION_BYTES = 6
/** Bytes that decide the container. */
export const CONTAINER_BYTES = 4
/** Bytes that say what something else is. */
export const DESCRIPTION_BYTES = 16

export const SECTION_HEADER = 0x0a0d0d0a

type Compression = CaptureInfo['compression']

export function compressionOf(buf: Uint8Array, start: number, end: number): Compression {
  if (startsWith(buf, start, end, [0x1f, 0x8b])) return 'gzip'
  if (startsWith(buf, start, end, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd'
  // Parallel zstd begins with a skippable frame; LZ4 could, and no program makes it.
  if (end - start >= 4 && isSkippable(u32le(buf, start))) return 'zstd'
  if (startsWith(buf, start, end, [0x04, 0x22, 0x4d, 0x18])) return 'lz4'
  if (startsWith(buf, start, end, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) return 'xz'
  return 'none'
}

/** What undoes a compression that is recognised but not read. */
export const UNPACK: Readonly<Record<'xz', string>> = { xz: 'xz -d' }

export interface PcapMagic {
  readonly bigEndian: boolean
  readonly ticksPerSecond: 1_000_000 | 1_000_000_000
  /** Record headers of patched Linux kernels have eight bytes more. */
  readonly recordHeader: 16 | 24
}

export function pcapMagic(buf: Uint8Array, start: number): PcapMagic | undefined {
  return pcapKind(u32le(buf, start), false) ?? pcapKind(u32(buf, start), true)
}

function pcapKind(word: number, bigEndian: boolean): PcapMagic | undefined {
  if (word === 0xa1b2c3d4) return { bigEndian, ticksPerSecond: 1_000_000, recordHeader: 16 }
  if (word === 0xa1b23c4d) return { bigEndian, ticksPerSecond: 1_000_000_000, recordHeader: 16 }
  if (word === 0xa1b2cd34) return { bigEndian, ticksPerSecond: 1_000_000, recordHeader: 24 }
  return undefined
}

export function containerOf(buf: Uint8Array, start: number, end: number): CaptureInfo['container'] {
  if (end - start < CONTAINER_BYTES) return 'unknown'
  // The section header's type reads the same in both byte orders.
  if (u32(buf, start) === SECTION_HEADER) return 'pcapng'
  return pcapMagic(buf, start) ? 'pcap' : 'unknown'
}

/** Formats that people take for captures, and the way out. */
const KNOWN: readonly (readonly [magic: string, what: string])[] = [
  ['snoop\0\0\0', "a snoop capture: convert it with 'editcap -F pcapng'"],
  ['GMBU', "a Microsoft Network Monitor capture: convert it with 'editcap -F pcapng'"],
  ['RTSS', "a Microsoft Network Monitor capture: convert it with 'editcap -F pcapng'"],
  ['PK\x03\x04', 'a zip archive: unpack it first'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive: unpack it first'],
  ['BZh', "compressed with bzip2: decompress it first with 'bzip2 -d'"],
  ['\x1f\x9d', "compressed with compress: decompress it first with 'uncompress'"],
  ['\x02\x21\x4c\x18', "compressed with lz4's legacy format: decompress it first with 'lz4 -d'"],
  ['SQLite format 3\0', 'an SQLite database: a case is opened with query, report or verify'],
]

/** One sentence about bytes that are neither pcap nor pcapng. */
export function describeUnknown(buf: Buffer, start: number, end: number): string {
  const head = buf.toString('latin1', start, Math.min(end, start + DESCRIPTION_BYTES))
  for (const [magic, what] of KNOWN) if (head.startsWith(magic)) return `is not a pcap or pcapng file but ${what}`
  const shown = buf.subarray(start, Math.min(end, start + 8))
  const printable = shown.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09)
  const more = end - start > shown.length ? '...' : ''
  const start8 = printable
    ? `'${shown.toString('latin1').replace(/[\n\r\t]/g, ' ')}${more}'`
    : `bytes ${shown.toString('hex').replace(/..(?=.)/g, '$& ')}`
  return `is not a pcap or pcapng file (starts with ${start8})`
}

function startsWith(buf: Uint8Array, start: number, end: number, magic: readonly number[]): boolean {
  if (end - start < magic.length) return false
  for (let i = 0; i < magic.length; i++) if (buf[start + i] !== magic[i]) return false
  return true
}
