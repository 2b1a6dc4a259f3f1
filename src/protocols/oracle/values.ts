/** Values of columns and binds, in Oracle's own formats, as text or numbers that JSON can hold. */
import type { TtcReader } from './reader.js'
import { decodeText } from './reader.js'

/** Characters of one value that are shown. */
const MAX_VALUE = 4096

/** Read one value of a type. undefined = null. Sets `bad` for a type whose length on the wire is not known. */
export function readValue(r: TtcReader, type: number, form: number): unknown {
  switch (type) {
    case 1:
    case 8:
    case 96: {
      const bytes = r.clr()
      return bytes && cut(form === 2 ? utf16(bytes) : decodeText(bytes))
    }
    case 2:
    case 3: {
      const bytes = r.clr()
      return bytes && oracleNumber(bytes)
    }
    case 12:
    case 180:
    case 181:
    case 231: {
      const bytes = r.clr()
      return bytes && oracleDate(bytes)
    }
    case 23:
    case 24:
    case 182:
    case 183: {
      const bytes = r.clr()
      return bytes && { hex: bytes.subarray(0, MAX_VALUE / 2).toString('hex'), bytes: bytes.length }
    }
    case 100: {
      const bytes = r.clr()
      return bytes && (bytes.length === 4 ? ieee(bytes) : { hex: bytes.toString('hex'), bytes: bytes.length })
    }
    case 101: {
      const bytes = r.clr()
      return bytes && (bytes.length === 8 ? ieee(bytes) : { hex: bytes.toString('hex'), bytes: bytes.length })
    }
    case 252: {
      if (r.peek() === 253) {
        r.skip(2)
        return undefined
      }
      const bytes = r.clr()
      return bytes && bytes[bytes.length - 1] === 1
    }
    case 11: {
      const length = r.u8()
      if (length === 0 || length === 255) return undefined
      r.ub()
      r.ub(2)
      r.u8()
      r.ub()
      r.ub(2)
      return { rowid: true }
    }
    case 112:
    case 113: {
      if (r.ub() === 0) return undefined
      const size = r.ub(8)
      r.ub()
      r.clr()
      return { lob: true, length: size }
    }
    default:
      r.skip(r.left + 1)
      return undefined
  }
}

const cut = (text: string): string => (text.length > MAX_VALUE ? text.slice(0, MAX_VALUE) : text)
const utf16 = (bytes: Buffer): string => {
  let text = ''
  for (let i = 0; i + 1 < bytes.length && i < MAX_VALUE * 2; i += 2) text += String.fromCharCode(bytes[i]! * 256 + bytes[i + 1]!)
  return text
}

/**
 * NUMBER: an exponent to base 100 with its sign, then digits to base 100, each one too high, or taken from 101 below zero.
 * Exact as text; a JavaScript number where nothing is lost.
 */
export function oracleNumber(bytes: Buffer): number | string {
  const head = bytes[0]!
  if (bytes.length === 1) return head === 0x80 ? 0 : head === 0 ? '-Infinity' : 'Infinity'
  const positive = (head & 0x80) !== 0
  const exponent = positive ? (head & 0x7f) - 65 : (~head & 0x7f) - 65
  let last = bytes.length
  if (!positive && bytes[last - 1] === 102) last--
  let digits = ''
  for (let i = 1; i < last && i <= 21; i++) {
    const pair = positive ? bytes[i]! - 1 : 101 - bytes[i]!
    if (pair < 0 || pair > 99) return `0x${bytes.toString('hex')}`
    digits += pair < 10 ? `0${pair}` : String(pair)
  }
  const point = (exponent + 1) * 2
  let text: string
  if (point <= 0) text = `0.${'0'.repeat(-point)}${digits}`
  else if (point >= digits.length) text = digits + '0'.repeat(point - digits.length)
  else text = `${digits.slice(0, point)}.${digits.slice(point)}`
  if (text.includes('.')) text = text.replace(/\.?0+$/, '')
  text = text.replace(/^0+(?=\d)/, '')
  if (!positive) text = `-${text}`
  const number = Number(text)
  return Number.isSafeInteger(number) || (text.length <= 15 && String(number) === text) ? number : text
}

/** DATE and TIMESTAMP: century and year with 100 added, month, day, and hour, minute, second with 1 added; nanoseconds; zone. */
function oracleDate(b: Buffer): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  if (b.length < 7) return b.toString('hex')
  const year = (b[0]! - 100) * 100 + b[1]! - 100
  let text = `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}-${two(b[2]!)}-${two(b[3]!)}`
  text += `T${two(b[4]! - 1)}:${two(b[5]! - 1)}:${two(b[6]! - 1)}`
  if (b.length >= 11) {
    const fraction = b.readUInt32BE(7)
    if (fraction > 0) text += `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`
  }
  // With a zone the time is UTC; a region instead of an offset has the top bit set.
  return b.length >= 13 ? `${text}Z` : text
}

/** BINARY_FLOAT and BINARY_DOUBLE: IEEE 754, changed so that bytes sort as values do. */
function ieee(b: Buffer): number | string {
  const plain = Buffer.from(b)
  if ((plain[0]! & 0x80) !== 0) plain[0]! &= 0x7f
  else for (let i = 0; i < plain.length; i++) plain[i] = ~plain[i]! & 0xff
  const value = plain.length === 4 ? plain.readFloatBE() : plain.readDoubleBE()
  return Number.isFinite(value) ? value : String(value)
}
