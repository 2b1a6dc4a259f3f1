/** What the process that runs a query is told, and what it answers; plain data, because it crosses a process border. */
import type { RowFormat } from '../report/format/row-format.js'
import type { Parameters } from './parameter.js'

export interface QueryJob {
  readonly path: string
  readonly sql: string
  readonly parameters: Parameters
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

export type QueryAnswer = { readonly rows: number; readonly more: boolean } | { readonly failure: QueryFailure }
