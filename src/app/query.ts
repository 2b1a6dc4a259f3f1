/** `audit query`: one reading statement on a case, its rows to a stream. */
import type { Writable } from 'node:stream'
import { nearest } from '../config/nearest.js'
import { parametersOf } from '../query/parameter.js'
import { type QueryResult, runQuery } from '../query/run-query.js'
import type { RowFormat } from '../report/format/row-format.js'
import { queryChild } from './program.js'

export interface QueryCaseOptions {
  readonly path: string
  readonly sql: string
  readonly format: RowFormat
  /** `name=value` for :name, or a value for the next `?`. */
  readonly parameters?: readonly string[]
  /** Milliseconds; 0 = no limit. */
  readonly timeoutMs?: number
  readonly maxRows?: number | undefined
  readonly width?: number | undefined
  readonly color?: boolean
  readonly signal?: AbortSignal
  readonly out?: Writable
}

export function queryCase({ path, sql, parameters = [], timeoutMs = 0, out, ...rest }: QueryCaseOptions): Promise<QueryResult> {
  const options = {
    ...rest,
    child: queryChild(),
    parameters: parametersOf(parameters),
    timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
    suggest: nearest,
  }
  return runQuery(path, sql, options, out)
}
