/** Options of a pcapng block: code, length, value, padded to four bytes (draft-ietf-opsawg-pcapng §3.5). */
import { u16, u16le, u32, u32le } from '../bytes/read.js'

export const OPT_COMMENT = 1

/** Calls back with each option's place; stops at the end mark or at a length that leaves the block. */
export function eachOption(
  buf: Buffer,
  from: number,
  to: number,
  bigEndian: boolean,
  see: (code: number, at: number, length: number) => void,
): void {
  let at = from
  while (at + 4 <= to) {
    const code = bigEndian ? u16(buf, at) : u16le(buf, at)
    const length = bigEndian ? u16(buf, at + 2) : u16le(buf, at + 2)
    at += 4
    if (code === 0 || at + length > to) return
    see(code, at, length)
    at += (length + 3) & ~3
  }
}

/** Text of an option; writers that count a closing NUL are common. */
export function optionText(buf: Buffer, at: number, length: number): string {
  const nul = buf.subarray(at, at + length).indexOf(0)
  return buf.toString('utf8', at, at + (nul < 0 ? length : nul))
}

/** Unsigned 64-bit counter; exact up to 2^53, which no counter of packets reaches. */
export const optionCounter = (buf: Buffer, at: number, bigEndian: boolean): number =>
  bigEndian ? u32(buf, at) * 2 ** 32 + u32(buf, at + 4) : u32le(buf, at + 4) * 2 ** 32 + u32le(buf, at)
