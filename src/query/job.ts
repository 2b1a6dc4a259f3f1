/** What the process that runs queries and searches is told, and what it answers; plain data, because it crosses a process border. */
import type { MatchedView } from '../intel/matched-columns.js'
import type { OutputFormat } from '../report/format/row-format.js'
import type { Parameters } from './parameter.js'

export type Job = QueryJob | SearchJob

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
export interface Written {
  readonly format: OutputFormat
  /** An empty file for the rows; standard output when absent. */
  readonly output?: string | undefined
  /** Times are shown in this zone, too. */
  readonly zone?: string | undefined
  /** Wait for another job after this one. */
  readonly stay?: boolean | undefined
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

export interface QueryDone {
  readonly rows: number
  /** There were more than `maxRows`. */
  readonly more: boolean
  /** What whoever reads the result must know beside it. */
  readonly notes: readonly string[]
}

/** `bytes`: how many went to standard output, which may arrive later than this. */
export type QueryAnswer = (QueryDone | { readonly failure: QueryFailure }) & { readonly bytes: number }
