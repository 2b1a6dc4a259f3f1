/** Rows on their way from a query to a format: what every writer of results is given. */
import type { Value } from './row-format.js'

export interface Column {
  readonly name: string
  /** The type that the table declares, upper case; null for what was calculated. */
  readonly declared: string | null
  /** The table that holds the value, also when a view was asked; null for what was calculated. */
  readonly table: string | null
  /** Its name there. */
  readonly origin: string | null
}

export interface RowSource {
  readonly columns: readonly Column[]
  /** Runs the query, from the beginning at each call. */
  rows(): Iterable<readonly Value[]>
}

/** Where a format that is no text writes to: a regular file. */
export interface ByteSink {
  /** Takes the bytes before it returns; they may be used again. */
  write(bytes: Uint8Array): void
  /** Forgets what was written. */
  restart(): void
}
