/**
 * BSON (bsonspec.org 1.1) read where it lies: sizes, names, numbers. Nothing is copied and nothing is believed: a value that
 * would end outside of `end` has no size.
 */

/** Element types. The two keys that compare below and above all others are 0xff and 0x7f. */
export const T = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  bool: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  scoped: 0x0f,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal: 0x13,
  maxKey: 0x7f,
  minKey: 0xff,
} as const

export const i32le = (b: Uint8Array, o: number): number => b[o]! | (b[o + 1]! << 8) | (b[o + 2]! << 16) | (b[o + 3]! << 24)

/** Bytes of a value whose type fixes them; -1 for the others. */
const FIXED = new Int8Array(256).fill(-1)
for (const type of [T.undefined, T.null, T.maxKey, T.minKey]) FIXED[type] = 0
for (const type of [T.double, T.date, T.timestamp, T.int64]) FIXED[type] = 8
FIXED[T.bool] = 1
FIXED[T.int32] = 4
FIXED[T.objectId] = 12
FIXED[T.decimal] = 16
export const fixedSize = (type: number): number => FIXED[type]!

/** What is added to the length word of a value, and the least it may say; undefined for types without one. */
export function lengthWord(type: number): { readonly extra: number; readonly least: number } | undefined {
  switch (type) {
    case T.string:
    case T.code:
    case T.symbol:
      return STRING
    case T.document:
    case T.array:
      return DOCUMENT
    case T.binary:
      return BINARY
    case T.dbPointer:
      return POINTER
    case T.scoped:
      return SCOPED
    default:
      return undefined
  }
}
const STRING = { extra: 4, least: 1 }
const DOCUMENT = { extra: 0, least: 5 }
const BINARY = { extra: 5, least: 0 }
const POINTER = { extra: 16, least: 1 }
const SCOPED = { extra: 0, least: 14 }

/** Whole size of the value at `at`, as it claims; -1 when that cannot be told within `end` or the type does not exist. */
export function valueSize(type: number, buf: Uint8Array, at: number, end: number): number {
  const fixed = FIXED[type]!
  if (fixed >= 0) return fixed
  if (type === T.regex) {
    const pattern = zero(buf, at, end)
    const flags = pattern < 0 ? -1 : zero(buf, pattern + 1, end)
    return flags < 0 ? -1 : flags + 1 - at
  }
  const word = lengthWord(type)
  if (!word || at + 4 > end) return -1
  const length = i32le(buf, at)
  return length < word.least ? -1 : length + word.extra
}

/** Where the next zero byte stands, or -1. */
export function zero(buf: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) if (buf[i] === 0) return i
  return -1
}

const POW32 = 4294967296
/** A 64-bit signed number: a plain one where that is exact, else a bigint. */
export function int64(buf: Uint8Array, at: number): number | bigint {
  const high = i32le(buf, at + 4)
  const value = high * POW32 + (i32le(buf, at) >>> 0)
  if (Number.isSafeInteger(value)) return value
  return (BigInt(high) << 32n) | BigInt(i32le(buf, at) >>> 0)
}

const floats = new DataView(new ArrayBuffer(8))
export function double(buf: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) floats.setUint8(i, buf[at + i]!)
  return floats.getFloat64(0, true)
}
