/** `audit query`: one reading statement on a case, its rows to a stream. */
import type { Writable } from 'node:stream'
import { nearest } from '../config/nearest.js'
import { type Parameters, parametersOf } from '../query/parameter.js'
import { type QueryResult, runQuery } from '../query/run-query.js'
import type { RowFormat } from '../report/format/row-format.js'
import { queryChild } from './program.js'

export interface QueryCaseOptions {
  readonly path: string
  readonly sql: string
  readonly format: RowFormat
  /** `name=value` for :name, or a value for the next `?`. */
  readonly parameters?: readonly string[]
  /** Values that are bound already, instead. */
  readonly bound?: Parameters | undefined
  /** Milliseconds; 0 = no limit. */
  readonly timeoutMs?: number
  readonly maxRows?: number | undefined
  readonly width?: number | undefined
  readonly color?: boolean
  readonly signal?: AbortSignal
  readonly out?: Writable
}

export function queryCase({ path, sql, parameters = [], bound, timeoutMs = 0, out, ...rest }: QueryCaseOptions): Promise<QueryResult> {
  const options = {
    ...rest,
    child: queryChild(),
    parameters: bound ?? parametersOf(parameters),
    timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
    suggest: nearest,
  }
  return runQuery(path, sql, options, out)
}
