/** `audit query`: one reading statement on a case, its rows to a stream. */
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { nearest } from '../config/nearest.js'
import type { MatchedView } from '../intel/matched-columns.js'
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
  /** Files of indicators; what they point at is in the table `finding`, for this query alone. */
  readonly intel?: readonly string[]
  /** Milliseconds; 0 = no limit. */
  readonly timeoutMs?: number
  readonly maxRows?: number | undefined
  readonly width?: number | undefined
  readonly color?: boolean
  readonly signal?: AbortSignal
  readonly out?: Writable
}

export async function queryCase({
  path,
  sql,
  parameters = [],
  bound,
  intel = [],
  timeoutMs = 0,
  out,
  ...rest
}: QueryCaseOptions): Promise<QueryResult> {
  const options = {
    ...rest,
    child: queryChild(),
    parameters: bound ?? parametersOf(parameters),
    timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
    suggest: nearest,
    intel: intel.length === 0 ? undefined : { paths: intel.map((one) => resolve(one)), views: await knownViews() },
  }
  return runQuery(path, sql, options, out)
}

/** The registry is most of the program: only for those who look for indicators. */
async function knownViews(): Promise<readonly MatchedView[]> {
  const [{ matchedViews }, { protocols }] = await Promise.all([import('../intel/matched-columns.js'), import('../protocols/registry.js')])
  return matchedViews(protocols)
}
