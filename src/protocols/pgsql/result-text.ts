/** Rows of a result as CSV, as Packetbeat writes `response`: a line of names, then max_rows rows of max_row_length bytes of values. */
import type { Column } from './messages.js'
import { maskCell } from './secrets.js'
import { cellText } from './values.js'

export interface CsvLimits {
  readonly rows: number
  readonly rowLength: number
}

export function resultText(
  columns: readonly Column[] | undefined,
  formats: readonly number[] | undefined,
  samples: readonly Buffer[],
  limits: CsvLimits,
  latin: boolean,
  secret: (text: string) => string,
): string {
  let out = columns ? `${columns.map((column) => cell(column.name)).join(',')}\n` : ''
  for (const sample of samples.slice(0, limits.rows)) out += `${line(columns, formats, sample, limits.rowLength, latin, secret)}\n`
  return out
}

function line(
  columns: readonly Column[] | undefined,
  formats: readonly number[] | undefined,
  row: Buffer,
  limit: number,
  latin: boolean,
  secret: (text: string) => string,
): string {
  const cells: string[] = []
  let length = 0
  let pos = 2
  const count = row.length >= 2 ? row.readUInt16BE(0) : 0
  for (let i = 0; i < count && length < limit && pos + 4 <= row.length; i++) {
    const size = row.readInt32BE(pos)
    pos += 4
    if (size < 0) {
      cells.push('')
      continue
    }
    const bytes = row.subarray(pos, Math.min(pos + size, row.length))
    pos += size
    const column = columns?.[i]
    const format = formats && formats.length > 0 ? formats[formats.length === 1 ? 0 : i] : column?.format
    // The whole value first, its end afterwards: what is cut off could be what makes it a secret.
    let text = maskCell(column?.name, cellText(bytes, column?.type ?? 0, format === 1, latin), secret)
    if (length + text.length > limit) text = text.slice(0, limit - length)
    length += text.length
    cells.push(cell(text))
  }
  return cells.join(',')
}

/** RFC 4180 §2: quotes where a comma, a quote, a line's end or a blank at the front ask for them. */
const cell = (text: string): string => (/[",\r\n]|^ /.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
