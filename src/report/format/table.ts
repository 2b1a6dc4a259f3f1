/**
 * Rows as aligned columns, for people; drawn by cli-table3.
 *
 * Its time grows with the square of the rows and it passes escape codes on: so it gets few rows at a time, at widths that are
 * settled before, and only text that was made harmless.
 *
 * The widths come from the rows of the first chunk and then stay, so that a table of any length is written as it comes. A cell
 * that does not fit is cut and says so with an ellipsis; csv and json keep it whole.
 */
import Table from 'cli-table3'
import displayWidth from 'string-width'
import { sanitize } from '../sanitize.js'
import type { FormatOptions, RowWriter, Value } from './row-format.js'
import { valueText } from './value-text.js'

/** Rows looked at before the first is written. */
const CHUNK = 500
/** Rows drawn at once. */
const DRAWN = 100
/** Widest column: a query of a page must not push the others off the screen. */
const MAX_CELL = 60
/** Without a terminal there is no screen; a cell of megabytes still helps nobody. */
const MAX_CELL_IN_FILE = 500
/** Narrower than this a column says nothing. */
const MIN_CELL = 4
const GAP = '  '
/** Characters of a cell that are looked at: more than any column shows. */
const LOOKED_AT = 4096

type Cells = { text: string; right: boolean }[]

/** No frame: a rule under the heading, and a gap between columns. */
const CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '\u2500',
  'mid-mid': GAP,
  right: '',
  'right-mid': '',
  middle: GAP,
}

const cellText = (value: Value): string =>
  sanitize(valueText(typeof value === 'string' && value.length > LOOKED_AT ? value.slice(0, LOOKED_AT) : value))

export function tableWriter({ width, color = false }: FormatOptions): RowWriter {
  let columns: readonly string[] = []
  let held: Cells[] | undefined = []
  const later: Cells[] = []
  let right: readonly boolean[] = []
  let widths: readonly number[] = []

  const draw = (rows: readonly Cells[], withHead: boolean): string => {
    const table = new Table({
      head: withHead ? [...columns] : [],
      colWidths: [...widths],
      colAligns: right.map((isNumber) => (isNumber ? 'right' : 'left')),
      chars: CHARS,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
      truncate: '\u2026',
    })
    table.push(...rows.map((row) => row.map(({ text }) => text)))
    return table
      .toString()
      .split('\n')
      .map((line) => `${line.trimEnd()}\n`)
      .join('')
  }

  const release = (): string => {
    const rows = held ?? []
    held = undefined
    const natural = columns.map((name, i) => rows.reduce((widest, row) => Math.max(widest, displayWidth(row[i]!.text)), displayWidth(name)))
    widths = share(
      natural.map((n) => Math.min(n, width === undefined ? MAX_CELL_IN_FILE : MAX_CELL)),
      width,
    )
    right = columns.map((_, i) => rows.length > 0 && rows.every((row) => row[i]!.right || row[i]!.text === ''))
    let text = draw(rows.slice(0, DRAWN), true)
    for (let from = DRAWN; from < rows.length; from += DRAWN) text += draw(rows.slice(from, from + DRAWN), false)
    const headEnd = text.indexOf('\n')
    return color ? `\u001b[1m${text.slice(0, headEnd)}\u001b[22m${text.slice(headEnd)}` : text
  }

  return {
    begin(names) {
      columns = names.map(sanitize)
      return ''
    },
    row(values) {
      const cells = values.map((value) => ({ text: cellText(value), right: typeof value === 'number' || typeof value === 'bigint' }))
      if (!held) {
        later.push(cells)
        return later.length >= DRAWN ? draw(later.splice(0), false) : ''
      }
      held.push(cells)
      return held.length >= CHUNK ? release() : ''
    },
    end: () => (held ? release() : later.length > 0 ? draw(later.splice(0), false) : ''),
  }
}

/** Takes from the widest columns until the row fits. */
function share(natural: readonly number[], width: number | undefined): readonly number[] {
  const widths = [...natural]
  if (width === undefined) return widths
  const room = width - GAP.length * (widths.length - 1)
  let total = widths.reduce((sum, w) => sum + w, 0)
  while (total > room) {
    const widest = Math.max(...widths)
    if (widest <= MIN_CELL) break
    const i = widths.indexOf(widest)
    widths[i] = widest - 1
    total--
  }
  return widths
}
