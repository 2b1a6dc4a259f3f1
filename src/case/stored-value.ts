/** From what SQLite hands out to what a protocol once gave: numbers where they are exact, lists and objects parsed. */
import type { FieldKind } from '../schema/fields.js'
import { RawJson } from '../schema/json-text.js'

/** As a statement with safe integers gives it. */
export type Stored = null | string | number | bigint | Uint8Array

const LONG_NUMBER = /\d{16}/
const LINE_END = /[\n\r]/

/** A whole number as a JavaScript number where that is exact, else as bigint. */
export const exactInt = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** The value of a column of `kind`; undefined for NULL. A case from elsewhere may hold anything anywhere: what does not fit stays a text. */
export function valueIn(kind: FieldKind, stored: Stored): unknown {
  if (stored === null) return undefined
  if (stored instanceof Uint8Array) return Buffer.from(stored).toString('hex')
  switch (kind) {
    case 'int':
      return typeof stored === 'bigint' ? exactInt(stored) : stored
    case 'bool':
      return typeof stored === 'bigint' ? stored !== 0n : stored
    case 'real':
      return typeof stored === 'bigint' ? exactInt(stored) : stored
    case 'list':
    case 'json':
      return typeof stored === 'string' ? jsonValue(stored) : exactOrSame(stored)
    default:
      return typeof stored === 'string' ? stored : String(stored)
  }
}

const exactOrSame = (stored: number | bigint): unknown => (typeof stored === 'bigint' ? exactInt(stored) : stored)

/** What JSON text says, with 64-bit numbers as they stand; the text itself where it is no JSON. */
export function jsonValue(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown
    // 64-bit numbers inside would be rounded: then the text is handed on as it stands.
    return LONG_NUMBER.test(text) && !LINE_END.test(text) && typeof value === 'object' && value !== null ? new RawJson(text, value) : value
  } catch {
    return text
  }
}
