/** From values in a row to values that SQLite takes: one function per column kind, none of which can throw. */
import type { FieldKind } from '../../schema/fields.js'
import { jsonText } from '../../schema/json-text.js'

export type Cell = string | number | bigint | null

/** Longest text of one cell: SQLite refuses a value of a billion bytes, and a character may take three. Protocols cap far lower. */
const MAX_TEXT = 64 * 1024 * 1024
const NUL = /\0/g

/** ES2024; Node has it since 20. */
interface WellFormed {
  isWellFormed(): boolean
  toWellFormed(): string
}

/**
 * Text as it is, but for what is not text. SQL functions and the sqlite3 shell stop reading at NUL, so that bytes behind it
 * would hide from an auditor: it becomes the visible symbol for it. Half a surrogate pair would not be UTF-8.
 */
export const safeText = (text: string): string => {
  const cut = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text
  const whole = (cut as unknown as WellFormed).isWellFormed() ? cut : (cut as unknown as WellFormed).toWellFormed()
  return whole.includes('\0') ? whole.replace(NUL, '\u2400') : whole
}

export const bindable = (cell: Cell): Cell => (typeof cell === 'string' ? safeText(cell) : cell)

/** SQLite's integers are signed: what is beyond wraps, as two's complement has it, and stays exact that way. */
const integerCell = (value: unknown): Cell => {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value)
  if (typeof value === 'boolean') return value ? 1 : 0
  const number = Number(value)
  if (!Number.isFinite(number)) return null
  const whole = Math.trunc(number)
  return Number.isSafeInteger(whole) ? whole : BigInt.asIntN(64, BigInt(whole))
}

/** What the engine's own writer makes of a map, whatever it holds. */
const EMPTY_OBJECT = '{}'

/** The engine's own writer is the fastest where it can be used: it knows no bigint, no bytes and no map. */
function compactJson(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? 'null'
    return text.includes(EMPTY_OBJECT) ? jsonText(value) : text
  } catch {
    return jsonText(value)
  }
}

/** Texts are as the row has them; `safeText` is applied where they are bound. */
export function cell(kind: FieldKind, value: unknown): Cell {
  if (value === undefined || value === null) return null
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? value : typeof value === 'object' ? jsonText(value) : String(value)
    case 'int':
    case 'bool':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : integerCell(value)
    case 'real': {
      const number = Number(value)
      return Number.isFinite(number) ? number : null
    }
    default:
      return compactJson(value)
  }
}
