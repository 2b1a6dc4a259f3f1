/** The first rows of a result as text: comma-separated, the names of the columns first. */
import { Cursor } from '../../bytes/cursor.js'
import { jsonText } from '../../schema/json-text.js'
import type { Column } from './metadata.js'
import { readCell } from './responses.js'
import { isSecretColumn, type Secret, secretValue, washValue } from './secrets.js'
import { Budget, cqlValue } from './values.js'

/** Values, with those inside collections, that are read of one row. */
const MAX_ROW_VALUES = 500
const CELL = /[",\r\n]/

export interface Read {
  readonly text: string
  /** The first cell of the first row, where it is true or false. */
  readonly first: boolean | undefined
}

export function readRows(
  body: Buffer,
  at: number,
  count: number,
  columns: readonly Column[],
  wide: boolean,
  limits: { readonly rows: number; readonly length: number },
  secret: Secret,
): Read {
  const cur = new Cursor().reset(body, at, body.length)
  const hidden = columns.map((column) => isSecretColumn(column.name))
  let text = line(
    columns.map((column) => column.name),
    limits.length,
  )
  let first: boolean | undefined
  const stop = Math.min(count, limits.rows)
  for (let i = 0; i < stop; i++) {
    const budget = new Budget(MAX_ROW_VALUES)
    const cells: string[] = []
    let length = 0
    for (let c = 0; c < columns.length; c++) {
      const bytes = readCell(cur)
      if (cur.short) return { text, first }
      // What would not be shown is not read, only passed over.
      if (bytes === undefined || length > limits.length) cells.push('')
      else {
        const value = cqlValue(columns[c]!.type, bytes, wide, budget)
        if (i === 0 && c === 0 && typeof value === 'boolean') first = value
        const shown = hidden[c] ? secretValue(value, secret) : washValue(value, secret)
        const cell = typeof shown === 'string' ? shown : jsonText(shown)
        cells.push(cell)
        length += cell.length + 1
      }
    }
    text += line(cells, limits.length)
  }
  return { text, first }
}

function line(cells: readonly string[], limit: number): string {
  const text = cells.map((cell) => (CELL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
  return `${text.length > limit ? text.slice(0, limit) : text}\n`
}
