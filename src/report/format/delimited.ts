/** CSV (RFC 4180, line feeds) and TSV. Captured text is made harmless: no control codes, nothing a spreadsheet would run. */
import { sanitize, sanitizeLines, withoutFormula } from '../sanitize.js'
import type { RowWriter, Value } from './row-format.js'
import { valueText } from './value-text.js'

const NEEDS_QUOTES = /[",\n]|^\s|\s$/

function csvCell(value: Value): string {
  if (typeof value !== 'string') return valueText(value)
  const text = withoutFormula(sanitizeLines(value))
  return NEEDS_QUOTES.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text
}

const tsvCell = (value: Value): string => (typeof value === 'string' ? withoutFormula(sanitize(value)) : valueText(value))

const delimited = (cell: (value: Value) => string, delimiter: string) => (): RowWriter => {
  const line = (values: readonly Value[]): string => `${values.map(cell).join(delimiter)}\n`
  return { begin: line, row: line, end: () => '' }
}

/** NULL is an empty cell, an empty text is `""`. */
export const csvWriter = delimited(csvCell, ',')
/** Tabs and line feeds inside a cell are shown as pictures, so that a line is a row and a tab ends a cell. */
export const tsvWriter = delimited(tsvCell, '\t')
