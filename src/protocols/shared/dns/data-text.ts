/** Small pieces of record data as text: character strings, digits of other bases, DNSSEC times, type bitmaps. */
import { typeName } from './names.js'
import type { Wire } from './wire.js'

/** A <character-string> (RFC 1035 §3.3): one length octet and that many bytes. */
export function characterString(w: Wire): string {
  const length = w.u8()
  const from = w.pos
  w.skip(length)
  return w.short ? '' : printable(w.buf, from, from + length)
}

/** The character strings that fill the data up to `w.end`. */
export function characterStrings(w: Wire): string[] {
  const all: string[] = []
  while (w.pos < w.end) {
    const one = characterString(w)
    if (w.short) break
    all.push(one)
  }
  return all
}

/** Text as it is where it can be shown, other bytes as \DDD and the backslash doubled, so that nothing is lost. */
export function printable(buf: Buffer, from: number, to: number): string {
  let at = from
  while (at < to && buf[at]! >= 0x20 && buf[at]! < 0x7f && buf[at] !== 0x5c) at++
  if (at === to) return buf.toString('latin1', from, to)
  const decoded = buf.toString('utf8', from, to)
  let text = ''
  if (decoded.includes('\ufffd')) {
    for (at = from; at < to; at++) text += escapedCode(buf[at]!, buf[at]! < 0x7f)
    return text
  }
  for (const char of decoded) {
    const code = char.codePointAt(0) ?? 0
    text += code < 0xa0 ? escapedCode(code, code < 0x7f) : char
  }
  return text
}

function escapedCode(code: number, ascii: boolean): string {
  if (code === 0x5c) return '\\\\'
  return ascii && code >= 0x20 ? String.fromCharCode(code) : `\\${String(code).padStart(3, '0')}`
}

export const hexTo = (w: Wire, to: number): string => w.bytes(Math.max(0, to - w.pos)).toString('hex')
export const base64To = (w: Wire, to: number): string => w.bytes(Math.max(0, to - w.pos)).toString('base64')
export const hexOf = (w: Wire, length: number): string => w.bytes(length).toString('hex')

const BASE32HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

/** RFC 4648 §7 without padding: how NSEC3 writes hashes. */
export function base32hex(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32HEX[(value >>> bits) & 31]
    }
  }
  return bits > 0 ? text + BASE32HEX[(value << (5 - bits)) & 31] : text
}

/** RFC 4034 §3.2: YYYYMMDDHHmmSS in UTC. */
export function signatureTime(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString()
  return iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19)
}

/** RFC 4034 §4.1.2: windows of 256 types in rising order, 1 to 32 octets each. */
export function typeBitmap(w: Wire): string {
  const names: string[] = []
  let before = -1
  while (w.pos < w.end) {
    const window = w.u8()
    const length = w.u8()
    if (w.short || length > 32 || window <= before) {
      w.short = true
      break
    }
    before = window
    for (let i = 0; i < length; i++) {
      const bits = w.u8()
      for (let bit = 0; bit < 8; bit++) {
        if ((bits & (0x80 >> bit)) === 0) continue
        const name = typeName(window * 256 + i * 8 + bit)
        if (!w.charge(name.length)) return names.join(' ')
        names.push(name)
      }
    }
  }
  return names.join(' ')
}

/** A count of seconds since 1970 in 48 bits (TSIG). */
export function u48(w: Wire): number {
  const high = w.u16()
  return high * 2 ** 32 + w.u32()
}
