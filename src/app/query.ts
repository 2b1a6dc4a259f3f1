/** `audit query`: one reading statement on a case, its rows to a stream or into a file. */
import type { Writable } from 'node:stream'
import { nearest } from '../config/nearest.js'
import { type Parameters, parametersOf } from '../query/parameter.js'
import { type QueryResult, runQuery } from '../query/run-query.js'
import type { OutputFormat } from '../report/format/row-format.js'
import { queryChild } from './program.js'

export interface StatementOptions {
  readonly format: OutputFormat
  /** `name=value` for :name, or a value for the next `?`. */
  readonly parameters?: readonly string[]
  /** Values that are bound already, instead: those of a saved query. */
  readonly bound?: Parameters | undefined
  /** Milliseconds; 0 = no limit. */
  readonly timeoutMs?: number
  readonly maxRows?: number | undefined
  readonly width?: number | undefined
  readonly color?: boolean
  /** A file instead of the stream; `force` = it may be there already. */
  readonly output?: string | undefined
  readonly force?: boolean | undefined
  /** An IANA zone as `timeZone` gives it: times are shown in it, too. */
  readonly zone?: string | undefined
  readonly signal?: AbortSignal
}

export interface QueryCaseOptions extends StatementOptions {
  readonly path: string
  readonly sql: string
  readonly out?: Writable
}

/** The same in the terms of the process that runs it. */
export const inner = ({ parameters = [], bound, timeoutMs = 0, ...rest }: StatementOptions) => ({
  ...rest,
  child: queryChild(),
  parameters: bound ?? parametersOf(parameters),
  timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
  suggest: nearest,
})

export function queryCase({ path, sql, out, ...options }: QueryCaseOptions): Promise<QueryResult> {
  return runQuery(path, sql, inner(options), out)
}
