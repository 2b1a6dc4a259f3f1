/** Values of the binary protocol: bound parameters, binary rows, query attributes. Read as what a JSON text holds. */
import { Type } from './names.js'
import type { Reader } from './wire.js'

/** Characters kept of one value; what is longer tells its length. */
const MAX_TEXT = 4096

/** Not JSON's own types: 64-bit numbers are bigint; a blob is told by its length. */
export type Value = string | number | bigint | boolean | null

const pad = (n: number, digits = 2): string => String(n).padStart(digits, '0')

/** One value of `type` at the reader; sets `bad` where it does not fit. */
export function readValue(r: Reader, type: number, unsigned: boolean): Value {
  switch (type) {
    case Type.Null:
      return null
    case Type.Tiny: {
      const n = r.u8()
      return unsigned ? n : (n << 24) >> 24
    }
    case Type.Short:
    case Type.Year: {
      const n = r.u16()
      return unsigned ? n : (n << 16) >> 16
    }
    case Type.Long:
    case Type.Int24: {
      const n = r.u32()
      return unsigned ? n : n | 0
    }
    case Type.LongLong: {
      const n = r.u64()
      const value = unsigned ? n : BigInt.asIntN(64, n)
      return value >= -SAFE && value <= SAFE ? Number(value) : value
    }
    case Type.Float: {
      const at = r.take(4)
      // Seven digits are what a float holds; more would be noise of the conversion.
      return at < 0 ? 0 : real(r.buf.readFloatLE(at), 7)
    }
    case Type.Double: {
      const at = r.take(8)
      return at < 0 ? 0 : real(r.buf.readDoubleLE(at), 17)
    }
    case Type.Date:
    case Type.NewDate:
    case Type.DateTime:
    case Type.Timestamp:
      return dateTime(r, type === Type.Date || type === Type.NewDate)
    case Type.Time:
      return time(r)
    default:
      return string(r, type)
  }
}
const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** JSON has no infinity; the server takes none either, but a client may send it. */
const real = (n: number, digits: number): number | string => {
  if (!Number.isFinite(n)) return String(n)
  return digits < 17 ? Number(n.toPrecision(digits)) : n
}

function dateTime(r: Reader, dateOnly: boolean): string {
  const length = r.u8()
  if (length !== 0 && length !== 4 && length !== 7 && length !== 11) r.bad = true
  if (length === 0 || r.bad) return dateOnly ? '0000-00-00' : '0000-00-00 00:00:00'
  const date = `${pad(r.u16(), 4)}-${pad(r.u8())}-${pad(r.u8())}`
  if (length === 4) return dateOnly ? date : `${date} 00:00:00`
  const clock = ` ${pad(r.u8())}:${pad(r.u8())}:${pad(r.u8())}`
  return length === 7 ? date + clock : `${date}${clock}.${pad(r.u32(), 6)}`
}

function time(r: Reader): string {
  const length = r.u8()
  if (length !== 0 && length !== 8 && length !== 12) r.bad = true
  if (length === 0 || r.bad) return '00:00:00'
  const negative = r.u8()
  const days = r.u32()
  const text = `${negative ? '-' : ''}${pad(days * 24 + r.u8())}:${pad(r.u8())}:${pad(r.u8())}`
  return length === 8 ? text : `${text}.${pad(r.u32(), 6)}`
}

/** Types whose bytes are data rather than words. */
const isBlob = (type: number): boolean =>
  (type >= Type.TinyBlob && type <= Type.Blob) || type === Type.Geometry || type === Type.Vector || type === Type.Bit

function string(r: Reader, type: number): string {
  const length = r.lenenc()
  const at = r.take(length)
  if (at < 0) return ''
  return isBlob(type) ? blobText(length) : bytesText(r.buf, at, at + length)
}

export const blobText = (length: number): string => `<${length} bytes>`

/** Text of `buf[from..to)`: as UTF-8, else as Latin-1 where no control characters stand in it, else its length. */
export function bytesText(buf: Buffer, from: number, to: number): string {
  const cut = to - from > MAX_TEXT
  const stop = cut ? from + MAX_TEXT : to
  let text = buf.toString('utf8', from, stop)
  if (text.includes('\ufffd')) {
    // A character cut in half at the limit is no sign of bytes.
    if (cut && !text.slice(0, -1).includes('\ufffd')) text = text.slice(0, -1)
    else if (isPlain(buf, from, stop)) text = buf.toString('latin1', from, stop)
    else return blobText(to - from)
  } else if (text.includes('\0')) return blobText(to - from)
  return cut ? `${text}... <${to - from} bytes>` : text
}

function isPlain(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = buf[i]!
    if ((c < 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) || (c >= 0x7f && c < 0xa0)) return false
  }
  return true
}
