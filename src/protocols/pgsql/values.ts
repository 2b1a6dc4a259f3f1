/**
 * Values as text. In text format they are as the server writes them; the binary format is each type's own (send and receive
 * functions of PostgreSQL): numbers big-endian, times as microseconds and dates as days since 2000-01-01.
 */
import { type Form, typeOf } from './types.js'

/** Characters kept of one value. */
export const MAX_VALUE = 4096
/** Elements of an array that are written. */
const MAX_ELEMENTS = 256
/** Digits, groups of four, of a numeric that are written; more are only counted. */
const MAX_GROUPS = 512
/** Days from 1970 to 2000. */
const EPOCH_DAYS = 10_957
const DAY = 86_400_000_000n
const MAX_I64 = 0x7fffffffffffffffn

export interface Value {
  readonly text: string
  /** Written without quotes in JSON. */
  readonly bare: boolean
}
const quoted = (text: string): Value => ({ text: text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}...` : text, bare: false })
const bare = (text: string): Value => ({ text, bare: true })

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * @param type OID, 0 when nobody said it
 * @param binary the value came in binary format
 */
export function readValue(buf: Buffer, type: number, binary: boolean, latin: boolean): Value {
  const form = typeOf(type)?.form
  if (!binary) {
    const text = textOf(buf, latin)
    if ((form === 'int' || form === 'float' || form === 'numeric' || form === 'oid') && NUMBER.test(text)) return bare(text)
    if (form === 'bool' && /^(?:t|f|true|false)$/.test(text)) return bare(text[0] === 't' ? 'true' : 'false')
    return quoted(text)
  }
  return binaryValue(buf, form, latin) ?? quoted(hex(buf))
}

/** The same as a client's terminal shows it. */
export function cellText(buf: Buffer, type: number, binary: boolean, latin: boolean): string {
  if (!binary) return latin ? buf.toString('latin1') : buf.toString('utf8')
  const value = readValue(buf, type, true, latin)
  return value.bare && (value.text === 'true' || value.text === 'false') ? value.text[0]! : value.text
}

function textOf(buf: Buffer, latin: boolean): string {
  const all = buf.length > MAX_VALUE * 4 ? buf.subarray(0, MAX_VALUE * 4) : buf
  return latin ? all.toString('latin1') : all.toString('utf8')
}

const hex = (buf: Buffer): string => `\\x${buf.subarray(0, MAX_VALUE / 2).toString('hex')}${buf.length > MAX_VALUE / 2 ? '...' : ''}`

/** undefined when the bytes cannot be that type. */
function binaryValue(buf: Buffer, form: Form | undefined, latin: boolean): Value | undefined {
  const n = buf.length
  switch (form) {
    case 'bool':
      return n === 1 ? bare(buf[0] === 0 ? 'false' : 'true') : undefined
    case 'int':
      if (n === 2) return bare(String(buf.readInt16BE(0)))
      if (n === 4) return bare(String(buf.readInt32BE(0)))
      return n === 8 ? bare(String(buf.readBigInt64BE(0))) : undefined
    case 'oid':
      return n === 4 ? bare(String(buf.readUInt32BE(0))) : undefined
    case 'float': {
      if (n !== 4 && n !== 8) return undefined
      const value = n === 8 ? buf.readDoubleBE(0) : Number(buf.readFloatBE(0).toPrecision(7))
      if (!Number.isFinite(value)) return quoted(Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity')
      return bare(Object.is(value, -0) ? '-0' : String(value))
    }
    case 'numeric':
      return numeric(buf)
    case 'money': {
      if (n !== 8) return undefined
      const cents = buf.readBigInt64BE(0)
      const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
      return quoted(`${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`)
    }
    case 'text':
    case 'json':
      return quoted(textOf(buf, latin))
    case 'jsonb':
      return n > 0 && buf[0] === 1 ? quoted(textOf(buf.subarray(1), latin)) : undefined
    case 'uuid': {
      if (n !== 16) return undefined
      const h = buf.toString('hex')
      return quoted(`${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`)
    }
    case 'date': {
      if (n !== 4) return undefined
      const days = buf.readInt32BE(0)
      return quoted(days === 0x7fffffff ? 'infinity' : days === -0x80000000 ? '-infinity' : dateText(days))
    }
    case 'time':
      return n === 8 ? quoted(timeText(buf.readBigInt64BE(0))) : undefined
    case 'timetz':
      return n === 12 ? quoted(timeText(buf.readBigInt64BE(0)) + zoneText(-buf.readInt32BE(8))) : undefined
    case 'timestamp':
    case 'timestamptz': {
      if (n !== 8) return undefined
      const micros = buf.readBigInt64BE(0)
      if (micros === MAX_I64) return quoted('infinity')
      if (micros === -MAX_I64 - 1n) return quoted('-infinity')
      const days = micros >= 0n ? micros / DAY : -((-micros + DAY - 1n) / DAY)
      return quoted(`${dateText(Number(days))} ${timeText(micros - days * DAY)}${form === 'timestamptz' ? '+00' : ''}`)
    }
    case 'interval':
      return n === 16 ? quoted(intervalText(buf.readBigInt64BE(0), buf.readInt32BE(8), buf.readInt32BE(12))) : undefined
    case 'inet':
      return inet(buf)
    case 'macaddr':
      return n === 6 || n === 8 ? quoted(buf.toString('hex').replace(/..(?!$)/g, '$&:')) : undefined
    case 'bits': {
      if (n < 4) return undefined
      const count = Math.min(buf.readUInt32BE(0), (n - 4) * 8, MAX_VALUE)
      let bits = ''
      for (let i = 0; i < count; i++) bits += (buf[4 + (i >> 3)]! >> (7 - (i & 7))) & 1
      return quoted(bits)
    }
    case 'lsn':
      return n === 8 ? quoted(lsnText(buf.readBigUInt64BE(0))) : undefined
    case 'array':
      return array(buf, latin)
    default:
      return undefined
  }
}

/** Ordinary dates only; years beyond four digits are written as PostgreSQL does. */
function dateText(days: number): string {
  const date = new Date((days + EPOCH_DAYS) * 86_400_000)
  if (Number.isNaN(date.getTime())) return `2000-01-01 ${days >= 0 ? '+' : '-'} ${Math.abs(days)} days`
  const year = date.getUTCFullYear()
  const text = `${String(year <= 0 ? 1 - year : year).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
  return year <= 0 ? `${text} BC` : text
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

function timeText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n)
  const fraction = Number(micros % 1_000_000n)
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return fraction === 0 ? text : `${text}.${String(Math.abs(fraction)).padStart(6, '0').replace(/0+$/, '')}`
}

function zoneText(east: number): string {
  const minutes = Math.floor(Math.abs(east) / 60)
  return `${east < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${minutes % 60 === 0 ? '' : `:${two(minutes % 60)}`}`
}

function intervalText(micros: bigint, days: number, months: number): string {
  const parts: string[] = []
  const part = (n: number, word: string) => {
    if (n !== 0) parts.push(`${n} ${word}${Math.abs(n) === 1 ? '' : 's'}`)
  }
  part(Math.trunc(months / 12), 'year')
  part(months % 12, 'mon')
  part(days, 'day')
  if (micros !== 0n || parts.length === 0) parts.push(micros < 0n ? `-${timeText(-micros)}` : timeText(micros))
  return parts.join(' ')
}

/** Groups of four decimal digits with the place of the first, the sign, and the digits behind the point. */
function numeric(buf: Buffer): Value | undefined {
  if (buf.length < 8) return undefined
  const groups = buf.readUInt16BE(0)
  const weight = buf.readInt16BE(2)
  const sign = buf.readUInt16BE(4)
  const scale = buf.readUInt16BE(6)
  if (sign === 0xc000) return quoted('NaN')
  if (sign === 0xd000) return quoted('Infinity')
  if (sign === 0xf000) return quoted('-Infinity')
  if ((sign !== 0 && sign !== 0x4000) || buf.length !== 8 + 2 * groups || scale > 0x3fff) return undefined
  if (weight > MAX_GROUPS || groups > MAX_GROUPS || weight < -MAX_GROUPS) return quoted(`a number of ${groups * 4} digits`)
  const group = (i: number): string => (i >= 0 && i < groups ? String(buf.readUInt16BE(8 + 2 * i)).padStart(4, '0') : '0000')
  let whole = ''
  for (let i = 0; i <= weight; i++) whole += group(i)
  whole = whole.replace(/^0+(?=\d)/, '') || '0'
  let fraction = ''
  for (let i = weight + 1; fraction.length < Math.min(scale, MAX_VALUE); i++) fraction += group(i)
  fraction = fraction.slice(0, scale)
  return bare(`${sign === 0x4000 ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`)
}

/** Family, prefix, whether it is a network, length, address. */
function inet(buf: Buffer): Value | undefined {
  const length = buf[3]
  if (buf.length < 4 || (length !== 4 && length !== 16) || buf.length !== 4 + length) return undefined
  const prefix = buf[1]!
  const suffix = buf[2] === 1 || prefix !== length * 8 ? `/${prefix}` : ''
  if (length === 4) return quoted(`${buf[4]}.${buf[5]}.${buf[6]}.${buf[7]}${suffix}`)
  const words: string[] = []
  for (let i = 4; i < 20; i += 2) words.push(buf.readUInt16BE(i).toString(16))
  const zeros = /(?:^|:)0(?::0)+(?=:|$)/g
  const text = words.join(':')
  let longest = ''
  for (const [run] of text.matchAll(zeros)) if (run.length > longest.length) longest = run
  const at = text.indexOf(longest)
  const short = longest === '' ? text : `${text.slice(0, at)}::${text.slice(at + longest.length).replace(/^:/, '')}`
  return quoted(short.replace(':::', '::') + suffix)
}

export const lsnText = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`

/** Dimensions, whether there are NULLs, the element's type, then length and lower bound of each dimension, then the elements. */
function array(buf: Buffer, latin: boolean): Value | undefined {
  if (buf.length < 12) return undefined
  const dimensions = buf.readInt32BE(0)
  const element = buf.readUInt32BE(8)
  if (dimensions === 0) return quoted('{}')
  if (dimensions < 0 || dimensions > 6 || buf.length < 12 + 8 * dimensions) return undefined
  const lengths: number[] = []
  for (let i = 0; i < dimensions; i++) lengths.push(buf.readInt32BE(12 + 8 * i))
  if (lengths.some((length) => length < 0)) return undefined
  let pos = 12 + 8 * dimensions
  let written = 0
  let broken = false
  const level = (depth: number): string => {
    const items: string[] = []
    for (let i = 0; i < lengths[depth]! && !broken; i++) {
      if (written >= MAX_ELEMENTS) {
        items.push('...')
        break
      }
      if (depth + 1 < dimensions) {
        items.push(level(depth + 1))
        continue
      }
      written++
      const length = pos + 4 <= buf.length ? buf.readInt32BE(pos) : -2
      if (length < -1 || pos + 4 + length > buf.length) {
        broken = true
        break
      }
      items.push(length === -1 ? 'NULL' : item(readValue(buf.subarray(pos + 4, pos + 4 + length), element, true, latin)))
      pos += 4 + Math.max(0, length)
    }
    return `{${items.join(',')}}`
  }
  const text = level(0)
  return broken ? undefined : quoted(text)
}

const item = ({ text, bare: plain }: Value): string =>
  plain || (/^[^\s{}",\\]+$/.test(text) && text.toUpperCase() !== 'NULL') ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
