/**
 * Rows as an Excel workbook, written by hucre as they come: no more of it is held than a few rows.
 *
 * Every text is typed as text, so that nothing is run as a formula, and control codes are made visible (sanitize.ts). What a sheet
 * cannot hold is told: see the notes.
 */
import { writeXlsxStream } from 'hucre/xlsx'
import { UserError } from '../../model/user-error.js'
import { sanitize, sanitizeLines } from '../sanitize.js'
import type { Value } from './row-format.js'
import type { ByteSink, RowSource } from './row-source.js'
import { valueText } from './value-text.js'

/** Rows of a sheet and UTF-16 units of a cell: Excel's limits ("Excel specifications and limits"). */
export const SHEET_ROWS = 1_048_576
export const CELL_LENGTH = 32_767
/** Excel shows and keeps 15 digits of a number: a longer integer is written as text, which keeps all. */
const EXACT = 10n ** 15n
/** In a workbook `_x0041_` stands for a character (ECMA-376 part 1, 22.9.2.19); one that was captured is text and loses that meaning. */
const ESCAPE = /_(?=x[0-9A-Fa-f]{4}_)/g
const CUT = '\u2026'
const SHEET = 'rows'

const plain = (text: string): string => text.replace(ESCAPE, '_x005F_')

/** @returns what the reader of the workbook must know */
export async function writeXlsx(source: RowSource, sink: ByteSink): Promise<readonly string[]> {
  let rows = 0
  let cut = 0
  const cell = (value: Value): string | number | null => {
    if (value === null) return null
    if (typeof value === 'bigint') return value > -EXACT && value < EXACT ? Number(value) : String(value)
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    const text = sanitizeLines(valueText(value))
    if (text.length <= CELL_LENGTH) return plain(text)
    cut++
    return plain(`${text.slice(0, CELL_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}${CUT}`)
  }
  function* cells(): Generator<(string | number | null)[]> {
    for (const row of source.rows()) {
      rows++
      yield row.map(cell)
    }
  }
  const columns = source.columns.map(({ name }) => ({ header: plain(sanitize(name).slice(0, CELL_LENGTH)) }))
  try {
    const stream = writeXlsxStream(cells(), { name: SHEET, columns, freezePane: { rows: 1 }, maxRowsPerSheet: SHEET_ROWS })
    for await (const bytes of stream) sink.write(bytes)
  } catch (error) {
    if (error instanceof Error && /zip64|4 GiB/i.test(error.message))
      throw new UserError('the workbook would be larger than 4 GiB, which this format does not hold', [
        '--format parquet or csv have no such limit',
      ])
    throw error
  }
  const sheets = Math.ceil(rows / (SHEET_ROWS - 1))
  return [
    ...(sheets > 1 ? [`${rows} rows are more than a sheet holds: they go on in ${sheets} sheets, ${SHEET} to ${SHEET}_${sheets}`] : []),
    ...(cut > 0
      ? [
          `${cut} ${cut === 1 ? 'text is' : 'texts are'} longer than the ${CELL_LENGTH} characters of a cell and cut, with ${CUT} at the end; other formats keep them whole`,
        ]
      : []),
  ]
}
