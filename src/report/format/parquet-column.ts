/** The Parquet type of a column, and its values: 64-bit integers exact, instants in nanoseconds, lists and objects as JSON text. */
import type { SchemaElement } from 'hyparquet'
import type { FieldKind } from '../../schema/fields.js'
import type { Value } from './row-format.js'
import { valueText } from './value-text.js'

export type ParquetKind = 'text' | 'json' | 'int' | 'real' | 'bool' | 'bytes' | 'instant'

/** A column of the case in Parquet's terms. `ts` is text in SQL and an instant here. */
export function parquetKindOf(name: string, kind: FieldKind): ParquetKind {
  if (name === 'ts') return 'instant'
  return kind === 'list' ? 'json' : kind
}

/** The element of the file's schema. Every column may be NULL. */
export function parquetElement(name: string, kind: ParquetKind): SchemaElement {
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  switch (kind) {
    case 'int':
      return { ...optional, type: 'INT64' }
    case 'real':
      return { ...optional, type: 'DOUBLE' }
    case 'bool':
      return { ...optional, type: 'BOOLEAN' }
    case 'instant':
      return { ...optional, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } }
    case 'json':
      return { ...optional, type: 'BYTE_ARRAY', converted_type: 'JSON', logical_type: { type: 'JSON' } }
    case 'bytes':
      return { ...optional, type: 'BYTE_ARRAY' }
    default:
      return { ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
  }
}

const ISO = /^(-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$/

/** Nanoseconds since 1970 of an ISO text with nine digits. */
export function nanosecondsOf(iso: string): bigint | undefined {
  const parts = ISO.exec(iso)
  const ms = parts ? Date.parse(`${parts[1]}Z`) : Number.NaN
  if (!Number.isFinite(ms)) return undefined
  const ns = BigInt(ms) * 1_000_000n + BigInt(parts![2]!)
  return BigInt.asIntN(64, ns) === ns ? ns : undefined
}

/** The value as the column's type wants it; undefined where it does not fit, which only a case that we did not write holds. */
export function parquetValue(kind: ParquetKind, value: Value): null | string | number | bigint | boolean | Uint8Array | undefined {
  if (value === null) return null
  switch (kind) {
    case 'int':
      if (typeof value === 'bigint') return value
      return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined
    case 'real':
      return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined
    case 'bool':
      return typeof value === 'bigint' ? value !== 0n : undefined
    case 'instant':
      return typeof value === 'bigint' ? value : typeof value === 'string' ? nanosecondsOf(value) : undefined
    case 'bytes':
      return typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : Buffer.from(valueText(value))
    default:
      return typeof value === 'string' ? value : valueText(value)
  }
}
