/**
 * A row as bytes: SQLite's own record format (https://www.sqlite.org/fileformat2.html#record_format), which tells NULL from '' and 0,
 * text from bytes, and keeps all 64 bits of an integer. The column that is the row's number is NULL in it, as in the file.
 *
 * It is what the file holds already, so a seal is made without decoding a row; and anybody can make it from values alone.
 */
import { varintBytes, writeVarint } from './varint.js'

/** As read with safeIntegers, texts as their bytes (CAST AS BLOB): a text that is no UTF-8 would not survive as a string. */
export type StoredValue = null | bigint | number | Uint8Array

const INTEGER_BITS = [8, 16, 24, 32, 48] as const
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8] as const
const REAL = 7
const ZERO = 8
const ONE = 9

function serialType(value: StoredValue, isText: boolean): number {
  if (value === null) return 0
  if (typeof value === 'number') return REAL
  if (typeof value !== 'bigint') return (isText ? 13 : 12) + 2 * value.length
  if (value === 0n) return ZERO
  if (value === 1n) return ONE
  const size = INTEGER_BITS.findIndex((bits) => BigInt.asIntN(bits, value) === value)
  return size < 0 ? 6 : size + 1
}

const contentBytes = (type: number): number => (type >= 12 ? (type - 12 - (type & 1)) / 2 : type === REAL ? 8 : (INTEGER_BYTES[type] ?? 0))

/** @param isText by column: its bytes are those of a text */
export function recordOf(values: readonly StoredValue[], isText: readonly boolean[]): Buffer {
  const types = values.map((value, i) => serialType(value, isText[i]!))
  let header = 0
  let body = 0
  for (const type of types) {
    header += varintBytes(type)
    body += contentBytes(type)
  }
  // The header's length counts itself.
  let whole = header + 1
  while (varintBytes(whole) + header !== whole) whole = varintBytes(whole) + header
  const record = Buffer.allocUnsafe(whole + body)
  let at = writeVarint(record, 0, whole)
  for (const type of types) at = writeVarint(record, at, type)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    const type = types[i]!
    if (type >= 12) record.set(value as Uint8Array, at)
    else if (type === REAL) record.writeDoubleBE(value as number, at)
    else writeInteger(record, at, value as bigint, contentBytes(type))
    at += contentBytes(type)
  }
  return record
}

function writeInteger(into: Buffer, at: number, value: bigint | null, bytes: number): void {
  if (bytes === 0) return
  if (bytes === 8) into.writeBigInt64BE(value!, at)
  else into.writeIntBE(Number(value), at, bytes)
}
