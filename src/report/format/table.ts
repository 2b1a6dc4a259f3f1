/**
 * Rows as aligned columns, for people.
 *
 * The widths come from the rows of the first chunk and then stay, so that a table of any length is written as it comes. A cell
 * that does not fit is cut and says so with an ellipsis; csv and json keep it whole.
 */
import { sanitize } from '../sanitize.js'
import { displayWidth, fitted } from './display-width.js'
import type { FormatOptions, RowWriter, Value } from './row-format.js'
import { valueText } from './value-text.js'

/** Rows looked at before the first is written. */
const CHUNK = 500
/** Widest column: a query of a page must not push the others off the screen. */
const MAX_CELL = 60
/** Without a terminal there is no screen; a cell of megabytes still helps nobody. */
const MAX_CELL_IN_FILE = 500
/** Narrower than this a column says nothing. */
const MIN_CELL = 4
const GAP = '  '
/** Characters of a cell that are looked at: more than any column shows. */
const LOOKED_AT = 4096

const cellText = (value: Value): string =>
  sanitize(valueText(typeof value === 'string' && value.length > LOOKED_AT ? value.slice(0, LOOKED_AT) : value))

export function tableWriter({ width, color = false }: FormatOptions): RowWriter {
  let columns: readonly string[] = []
  let held: { text: string; right: boolean }[][] | undefined = []
  let widths: readonly number[] = []

  const line = (cells: readonly { text: string; right: boolean }[]): string => {
    let out = ''
    cells.forEach(({ text, right }, i) => {
      const room = widths[i]!
      const shown = fitted(text, room)
      const pad = ' '.repeat(Math.max(0, room - displayWidth(shown)))
      const last = i === cells.length - 1
      out += (i === 0 ? '' : GAP) + (right ? pad + shown : last ? shown : shown + pad)
    })
    return `${out.trimEnd()}\n`
  }

  const release = (): string => {
    const rows = held ?? []
    held = undefined
    const natural = columns.map((name, i) => rows.reduce((widest, row) => Math.max(widest, displayWidth(row[i]!.text)), displayWidth(name)))
    widths = share(
      natural.map((n) => Math.min(n, width === undefined ? MAX_CELL_IN_FILE : MAX_CELL)),
      width,
    )
    const right = columns.map((_, i) => rows.length > 0 && rows.every((row) => row[i]!.right || row[i]!.text === ''))
    const heading = line(columns.map((text, i) => ({ text, right: right[i]! })))
    const rule = `${widths.map((w) => '\u2500'.repeat(w)).join(GAP)}\n`
    return (color ? `\u001b[1m${heading.slice(0, -1)}\u001b[22m\n` : heading) + rule + rows.map(line).join('')
  }

  return {
    begin(names) {
      columns = names.map(sanitize)
      return ''
    },
    row(values) {
      const cells = values.map((value) => ({ text: cellText(value), right: typeof value === 'number' || typeof value === 'bigint' }))
      if (!held) return line(cells)
      held.push(cells)
      return held.length >= CHUNK ? release() : ''
    },
    end: () => (held ? release() : ''),
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
