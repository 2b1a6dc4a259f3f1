/** How rows of a query become text: one writer for each format, fed row by row. */
import { csvWriter, tsvWriter } from './delimited.js'
import { jsonWriter, ndjsonWriter } from './json-rows.js'
import { markdownWriter } from './markdown-rows.js'
import { tableWriter } from './table.js'

/** What SQLite hands out: integers as bigint, so that all 64 bits are there. */
export type Value = null | string | number | bigint | Uint8Array

export interface RowWriter {
  /** Each answers text to be written now; it may hold rows back until it knows how wide they are. */
  begin(columns: readonly string[]): string
  row(values: readonly Value[]): string
  end(): string
}

export interface FormatOptions {
  /** Columns of the terminal; undefined when the output is not one. */
  readonly width?: number | undefined
  /** Bold headings. */
  readonly color?: boolean | undefined
}

const writers = { table: tableWriter, csv: csvWriter, tsv: tsvWriter, json: jsonWriter, ndjson: ndjsonWriter, markdown: markdownWriter }
export type RowFormat = keyof typeof writers
export const rowFormats = Object.keys(writers) as readonly RowFormat[]

export const rowWriter = (format: RowFormat, options: FormatOptions = {}): RowWriter => writers[format](options)
