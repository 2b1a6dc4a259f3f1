/**
 * Values of CQL types as JSON values, native protocol §5. Whatever does not fit its type is shown as what it is: its length and
 * its bytes. 64-bit integers and varints are bigints, which become JSON numbers with every digit; decimals are texts.
 */
import { Cursor } from '../../bytes/cursor.js'
import { ipText } from '../../model/address.js'
import { isPrintable, readBytes, readInt, uuidText } from './notation.js'
import type { CqlType } from './types.js'

/** Characters of one text or blob that are shown; a longer one is shown with its length. */
const MAX_TEXT = 1024
/** Bytes of a value of unknown type that are shown. */
const MAX_RAW = 256
/** Bytes of a number of any length: 600 digits. */
const MAX_VARINT = 256

/** What may still be shown: shared by all values of a row or request, so that no nesting of them can grow without bound. */
export class Budget {
  /** Some element was left out. */
  cut = false
  constructor(private left: number) {}
  spend(): boolean {
    if (this.left <= 0) {
      this.cut = true
      return false
    }
    this.left--
    return true
  }
}

/** A value whose type is not known: its length and its bytes, and the text that they may be. */
export function rawValue(bytes: Buffer): object {
  const shown = bytes.subarray(0, MAX_RAW)
  const out: Record<string, unknown> = { bytes: bytes.length, hex: shown.toString('hex') }
  if (shown.length > 0 && isPrintable(shown)) out.text = shown.toString('utf8')
  if (shown.length < bytes.length) out.cut = true
  return out
}

export const UNSET = { unset: true } as const

/** @param wide collections count with four bytes, as since v3 */
export function cqlValue(type: CqlType, bytes: Buffer, wide: boolean, budget: Budget): unknown {
  if (!budget.spend()) return { cut: true }
  return read(type, bytes, wide, budget) ?? rawValue(bytes)
}

function read(type: CqlType, bytes: Buffer, wide: boolean, budget: Budget): unknown {
  const n = bytes.length
  switch (type.kind) {
    case 'ascii':
    case 'text': {
      if (n <= MAX_TEXT) return bytes.toString('utf8')
      return { bytes: n, text: bytes.toString('utf8', 0, MAX_TEXT), cut: true }
    }
    case 'blob': {
      const hex = `0x${bytes.toString('hex', 0, Math.min(n, MAX_TEXT))}`
      return n <= MAX_TEXT ? hex : { bytes: n, hex, cut: true }
    }
    case 'bigint':
    case 'counter':
      return n === 8 ? bytes.readBigInt64BE(0) : undefined
    case 'int':
      return n === 4 ? bytes.readInt32BE(0) : undefined
    case 'smallint':
      return n === 2 ? bytes.readInt16BE(0) : undefined
    case 'tinyint':
      return n === 1 ? bytes.readInt8(0) : undefined
    case 'boolean':
      return n === 1 ? bytes[0] !== 0 : undefined
    case 'double':
      return n === 8 ? finite(bytes.readDoubleBE(0)) : undefined
    case 'float':
      return n === 4 ? finite(shortest(bytes.readFloatBE(0))) : undefined
    case 'varint':
      return n > 0 && n <= MAX_VARINT ? varint(bytes) : undefined
    case 'decimal':
      return n > 4 && n <= MAX_VARINT ? decimal(bytes.readInt32BE(0), varint(bytes.subarray(4))) : undefined
    case 'uuid':
    case 'timeuuid':
      return n === 16 ? uuidText(bytes) : undefined
    case 'inet':
      return n === 4 ? ipText(4, bytes, 0) : n === 16 ? ipText(6, bytes, 0) : undefined
    case 'timestamp':
      return n === 8 ? instant(bytes.readBigInt64BE(0)) : undefined
    case 'date':
      return n === 4 ? day(bytes.readUInt32BE(0)) : undefined
    case 'time':
      return n === 8 ? timeOfDay(bytes.readBigInt64BE(0)) : undefined
    case 'duration':
      return duration(bytes)
    case 'list':
    case 'set':
      return elements(type.of[0]!, bytes, wide, budget)
    case 'map':
      return pairs(type, bytes, wide, budget)
    case 'tuple':
      return sequence(type.of, bytes, wide, budget)
    case 'udt': {
      const values = sequence(type.of, bytes, wide, budget)
      if (!values) return undefined
      return Object.fromEntries(values.map((value, i) => [type.fields?.[i] ?? String(i), value]))
    }
    case 'vector':
      return vector(type, bytes, wide, budget)
    default:
      return undefined
  }
}

const finite = (value: number): number | string => (Number.isFinite(value) ? value : String(value))

/** The shortest decimal that is this 32-bit float: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return rounded
  }
  return value
}

function varint(bytes: Buffer): bigint {
  const value = BigInt(`0x${bytes.toString('hex')}`)
  return (bytes[0]! & 0x80) === 0 ? value : value - (1n << BigInt(bytes.length * 8))
}

/** Zeros that are written out; beyond them the exponent is. */
const MAX_SCALE = 64

function decimal(scale: number, unscaled: bigint): string {
  if (scale === 0) return String(unscaled)
  if (scale < 0 || scale > MAX_SCALE) return `${unscaled}E${-scale}`
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The days that ECMAScript has dates for, milliseconds. */
const MAX_DATE = 8_640_000_000_000_000n

function instant(ms: bigint): string {
  if (ms > MAX_DATE || ms < -MAX_DATE) return `${ms} ms`
  return new Date(Number(ms)).toISOString()
}

function day(days: number): string {
  const ms = BigInt(days - 0x80000000) * 86_400_000n
  return ms > MAX_DATE || ms < -MAX_DATE ? `${days - 0x80000000} days` : new Date(Number(ms)).toISOString().split('T')[0]!
}

function timeOfDay(ns: bigint): string | undefined {
  if (ns < 0n || ns >= 86_400_000_000_000n) return undefined
  const seconds = Number(ns / 1_000_000_000n)
  const two = (n: number): string => String(n).padStart(2, '0')
  const rest = String(ns % 1_000_000_000n).padStart(9, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${rest}`
}

/** Months, days and nanoseconds as CQL writes them: 1mo2d3ns. */
function duration(bytes: Buffer): string | undefined {
  let at = 0
  const next = (): bigint | undefined => {
    if (at >= bytes.length) return undefined
    const first = bytes[at++]!
    let more = 0
    while (more < 8 && (first & (0x80 >> more)) !== 0) more++
    let value = BigInt(more >= 8 ? 0 : first & (0xff >> (more + 1)))
    for (let i = 0; i < more; i++) {
      if (at >= bytes.length) return undefined
      value = (value << 8n) | BigInt(bytes[at++]!)
    }
    return (value >> 1n) ^ -(value & 1n)
  }
  const months = next()
  const days = next()
  const nanoseconds = next()
  if (months === undefined || days === undefined || nanoseconds === undefined || at !== bytes.length) return undefined
  const size = (n: bigint): bigint => (n < 0n ? -n : n)
  const sign = months < 0n || days < 0n || nanoseconds < 0n ? '-' : ''
  return `${sign}${size(months)}mo${size(days)}d${size(nanoseconds)}ns`
}

/** One element of a collection: [bytes], which v1 and v2 measure with two bytes. */
function element(cur: Cursor, wide: boolean): Buffer | undefined {
  if (!wide) return cur.bytes(cur.u16())
  const bytes = readBytes(cur)
  return bytes === 'unset' ? undefined : bytes
}

const nested = (type: CqlType, bytes: Buffer | undefined, wide: boolean, budget: Budget): unknown =>
  bytes === undefined ? null : cqlValue(type, bytes, wide, budget)

function elements(type: CqlType, bytes: Buffer, wide: boolean, budget: Budget): unknown[] | undefined {
  const cur = new Cursor().reset(bytes, 0, bytes.length)
  const count = wide ? readInt(cur) : cur.u16()
  if (cur.short || count < 0 || count > bytes.length) return undefined
  const out: unknown[] = []
  for (let i = 0; i < count; i++) {
    const one = element(cur, wide)
    if (cur.short) return undefined
    if (budget.cut) return [...out, { more: count - i }]
    out.push(nested(type, one, wide, budget))
  }
  return out
}

function pairs(type: CqlType, bytes: Buffer, wide: boolean, budget: Budget): unknown {
  const cur = new Cursor().reset(bytes, 0, bytes.length)
  const count = wide ? readInt(cur) : cur.u16()
  if (cur.short || count < 0 || count > bytes.length) return undefined
  const out: [unknown, unknown][] = []
  for (let i = 0; i < count; i++) {
    const key = element(cur, wide)
    const value = element(cur, wide)
    if (cur.short) return undefined
    if (budget.cut) break
    out.push([nested(type.of[0]!, key, wide, budget), nested(type.of[1]!, value, wide, budget)])
  }
  // Keys that JSON can name make an object, others a list of pairs.
  return out.every(([key]) => typeof key !== 'object') ? Object.fromEntries(out.map(([key, value]) => [String(key), value])) : out
}

/** A tuple or UDT: one [bytes] for each part; parts may be missing at the end. */
function sequence(types: readonly CqlType[], bytes: Buffer, wide: boolean, budget: Budget): unknown[] | undefined {
  const cur = new Cursor().reset(bytes, 0, bytes.length)
  const out: unknown[] = []
  for (const type of types) {
    if (cur.left === 0) break
    const one = readBytes(cur)
    if (cur.short) return undefined
    out.push(nested(type, one === 'unset' ? undefined : one, wide, budget))
  }
  return out
}

const fixedSizes: Readonly<Record<string, number>> = {
  bigint: 8,
  double: 8,
  timestamp: 8,
  float: 4,
  int: 4,
  uuid: 16,
  timeuuid: 16,
  boolean: 1,
}

function vector(type: CqlType, bytes: Buffer, wide: boolean, budget: Budget): unknown[] | undefined {
  const of = type.of[0]!
  const size = fixedSizes[of.kind]
  const count = type.size ?? 0
  if (size === undefined || size * count !== bytes.length) return undefined
  const out: unknown[] = []
  for (let i = 0; i < count; i++) {
    if (budget.cut) return [...out, { more: count - i }]
    out.push(cqlValue(of, bytes.subarray(i * size, (i + 1) * size), wide, budget))
  }
  return out
}
