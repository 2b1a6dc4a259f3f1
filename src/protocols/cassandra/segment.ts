/**
 * Segments, the outer framing of v5 once the connection is set up, native protocol v5 §2.1 and §2.2. Everything in them is
 * little-endian:
 *
 *     plain       17 bits length, 1 bit self-contained, 6 bits nothing                        | CRC-24 | payload | CRC-32
 *     compressed  17 bits length, 17 bits uncompressed length, 1 bit self-contained, 5 bits   | CRC-24 | payload | CRC-32
 */
import { crc32 } from 'node:zlib'

/** Bytes of a header with its CRC-24. */
export const PLAIN_HEADER = 6
export const COMPRESSED_HEADER = 8
/** Bytes of the CRC-32 behind the payload. */
export const TRAILER = 4
/** Longest payload: 17 bits. */
export const MAX_PAYLOAD = (1 << 17) - 1

export interface SegmentHeader {
  readonly compressed: boolean
  /** Bytes of the payload as sent. */
  readonly length: number
  /** Bytes of the payload once uncompressed; 0 when it is sent as it is. */
  readonly uncompressed: number
  /** The payload holds whole frames; otherwise it is a piece of one that is too long for a segment. */
  readonly selfContained: boolean
  readonly size: number
}

const INITIAL_24 = 0x875060
const POLYNOMIAL_24 = 0x1974f0b
const table24 = new Uint32Array(256)
for (let i = 0; i < 256; i++) {
  let crc = i << 16
  for (let bit = 0; bit < 8; bit++) {
    crc <<= 1
    if ((crc & 0x1000000) !== 0) crc ^= POLYNOMIAL_24
  }
  table24[i] = crc
}

export function crc24(buf: Uint8Array, from: number, to: number): number {
  let crc = INITIAL_24
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffffff) ^ table24[((crc >> 16) ^ buf[i]!) & 0xff]!
  return crc
}

/** The CRC-32 of zlib over these four bytes and the payload. */
const INITIAL_32 = crc32(Buffer.from([0xfa, 0x2d, 0x55, 0xca]))
export const payloadCrc = (payload: Uint8Array): number => crc32(payload, INITIAL_32)

/** The header of a segment at `at`, or undefined: too few bytes, or the CRC-24 says no. */
export function readSegmentHeader(buf: Buffer, at: number, end: number, compressed: boolean): SegmentHeader | undefined {
  const size = compressed ? COMPRESSED_HEADER : PLAIN_HEADER
  if (end - at < size) return undefined
  const crcAt = at + size - 3
  if (crc24(buf, at, crcAt) !== buf.readUIntLE(crcAt, 3)) return undefined
  const low = buf.readUIntLE(at, 3)
  const length = low & MAX_PAYLOAD
  if (!compressed) return { compressed, length, uncompressed: 0, selfContained: (low & 0x20000) !== 0, size }
  const high = buf.readUIntLE(at + 2, 3)
  return { compressed, length, uncompressed: (high >> 1) & MAX_PAYLOAD, selfContained: (high & 0x40000) !== 0, size }
}
