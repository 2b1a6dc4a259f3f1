/** Rows of a result as Packetbeat shows them: comma separated, a line for the names, `max_rows` rows of `max_row_length` characters. */
import { isCardNumber, isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import type { Column } from './columns.js'
import type { Exchange } from './exchange.js'
import { blobText, bytesText, readValue } from './values.js'
import { Reader } from './wire.js'

const reader = new Reader()

export class CsvRows {
  private kept = 0

  constructor(
    private readonly maxRows: number,
    private readonly maxRowLength: number,
    private readonly secret: (text: string) => string,
  ) {}

  /** A result begins. `max_rows` counts over all results of one command: a procedure may give any number of them. */
  begin(ex: Exchange): void {
    if (!ex.csv) this.kept = 0
  }

  columns(ex: Exchange, columns: readonly Column[]): void {
    ex.csv ??= []
    if (ex.csv.length <= this.maxRows * 2) ex.csv.push(this.line(columns.map((column) => column.name)))
  }

  row(ex: Exchange, columns: readonly Column[], buf: Buffer, from: number, to: number, binary: boolean): void {
    if (this.kept >= this.maxRows) return
    this.kept++
    ex.csv ??= []
    ex.csv.push(this.line(binary ? this.binary(columns, buf, from, to) : this.text(columns, buf, from, to)))
  }

  private text(columns: readonly Column[], buf: Buffer, from: number, to: number): string[] {
    const r = reader.reset(buf, from, to)
    const values: string[] = []
    while (r.left > 0 && !r.bad) {
      if (buf[r.at] === 0xfb) {
        r.at++
        values.push('')
        continue
      }
      const length = r.lenenc()
      const at = r.at
      if (r.bad) break
      const stop = Math.min(to, at + length)
      r.at = stop
      values.push(this.shown(columns[values.length], bytesText(buf, at, stop)))
    }
    return values
  }

  private binary(columns: readonly Column[], buf: Buffer, from: number, to: number): string[] {
    const bits = from + 1
    const r = reader.reset(buf, bits + ((columns.length + 9) >> 3), to)
    const values: string[] = []
    // Without the definitions nothing tells where a value ends.
    if (columns.length === 0) return [blobText(to - from)]
    for (const [i, column] of columns.entries()) {
      if ((buf[bits + ((i + 2) >> 3)]! >> ((i + 2) & 7)) & 1) values.push('')
      else {
        const value = readValue(r, column.type, column.unsigned)
        if (r.bad) break
        values.push(this.shown(column, String(value)))
      }
    }
    return values
  }

  private shown(column: Column | undefined, text: string): string {
    if (text === '') return text
    if ((column && isSecretName(column.name)) || isCardNumber(text)) return this.secret(text)
    return maskText(text, this.secret)
  }

  private line(values: readonly string[]): string {
    let left = this.maxRowLength
    const out: string[] = []
    for (const value of values) {
      if (left <= 0) break
      const text = value.length > left ? value.slice(0, left) : value
      left -= text.length
      out.push(/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
    }
    return out.join(',')
  }
}
