/** `audit query`: one reading statement on a case, its rows to a stream or into a file. */
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { nearest } from '../config/nearest.js'
import type { MatchedView } from '../intel/matched-columns.js'
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
  /** Files of indicators; what they point at is in the table `finding`, for this query alone. */
  readonly intel?: readonly string[] | undefined
}

/** The same in the terms of the process that runs it. */
export const inner = ({ parameters = [], bound, timeoutMs = 0, ...rest }: StatementOptions) => ({
  ...rest,
  child: queryChild(),
  parameters: bound ?? parametersOf(parameters),
  timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
  suggest: nearest,
})

export async function queryCase({ path, sql, out, intel = [], ...options }: QueryCaseOptions): Promise<QueryResult> {
  const lists = intel.length === 0 ? undefined : { paths: intel.map((one) => resolve(one)), views: await knownViews() }
  return runQuery(path, sql, { ...inner(options), intel: lists }, out)
}

/** The registry is most of the program: only for those who look for indicators. */
async function knownViews(): Promise<readonly MatchedView[]> {
  const [{ matchedViews }, { protocols }] = await Promise.all([import('../intel/matched-columns.js'), import('../protocols/registry.js')])
  return matchedViews(protocols)
}
