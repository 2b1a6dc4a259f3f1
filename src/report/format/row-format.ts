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

/** Formats that are no text: they are written into a file. */
export const fileFormats = ['xlsx', 'parquet'] as const
/** Not the rows but the packets behind them. */
export const packetFormats = ['filter', 'frames'] as const
export type FileFormat = (typeof fileFormats)[number]
export type PacketFormat = (typeof packetFormats)[number]
export type OutputFormat = RowFormat | FileFormat | PacketFormat
export const outputFormats: readonly OutputFormat[] = [...rowFormats, ...fileFormats, ...packetFormats]

export const isRowFormat = (format: string): format is RowFormat => Object.hasOwn(writers, format)
export const isFileFormat = (format: string): format is FileFormat => (fileFormats as readonly string[]).includes(format)
export const isPacketFormat = (format: string): format is PacketFormat => (packetFormats as readonly string[]).includes(format)

export const rowWriter = (format: RowFormat, options: FormatOptions = {}): RowWriter => writers[format](options)
