/** What the process that runs a query is told, and what it answers; plain data, because it crosses a process border. */
import type { MatchedView } from '../intel/matched-columns.js'
import type { RowFormat } from '../report/format/row-format.js'
import type { Parameters } from './parameter.js'

export interface QueryJob extends Written {
  readonly path: string
  readonly sql: string
  readonly parameters: Parameters
  readonly intel?: IntelJob | undefined
}

/** Indicators to look for before the query runs. */
export interface IntelJob {
  readonly paths: readonly string[]
  readonly views: readonly MatchedView[]
}

/** Words to look for in every text of a case. */
export interface SearchJob extends Written {
  readonly path: string
  /** In FTS5's syntax. */
  readonly expression: string
  /** Where indexes are kept; undefined = nowhere. */
  readonly indexFolder?: string | undefined
}

/** How rows are written. */
interface Written {
  readonly format: RowFormat
  /** Rows written at most; more are only said to exist. */
  readonly maxRows?: number | undefined
  readonly width?: number | undefined
  readonly color?: boolean | undefined
}

export interface QueryFailure {
  readonly message: string
  readonly nextSteps: readonly string[]
  /** A name in the query that the case does not have, and those it has. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] }
  /** A bug of ours, with its stack. */
  readonly stack?: string
}

/** Said before the answer: an index is built over so many transactions, or the search itself begins. */
export type SearchProgress = { readonly indexing: number } | { readonly searching: true }

export type QueryAnswer = { readonly rows: number; readonly more: boolean } | { readonly failure: QueryFailure }
