/** `audit query`: reading statements on a case, their rows to a stream or into a file. */
import type { Writable } from 'node:stream'
import { nearest } from '../config/nearest.js'
import { parametersOf } from '../query/parameter.js'
import { type QueryResult, QuerySession, runQuery } from '../query/run-query.js'
import type { OutputFormat } from '../report/format/row-format.js'
import { queryChild } from './program.js'

export interface StatementOptions {
  readonly format: OutputFormat
  /** `name=value` for :name, or a value for the next `?`. */
  readonly parameters?: readonly string[]
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

const inner = ({ parameters = [], timeoutMs = 0, ...rest }: StatementOptions) => ({
  ...rest,
  child: queryChild(),
  parameters: parametersOf(parameters),
  timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
  suggest: nearest,
})

export function queryCase({ path, sql, out, ...options }: QueryCaseOptions): Promise<QueryResult> {
  return runQuery(path, sql, inner(options), out)
}

/** Statement after statement on one case, by one process that stays. */
export class CaseQueries {
  private readonly session: QuerySession

  constructor(readonly path: string) {
    this.session = new QuerySession(path, queryChild(), false).open()
  }

  run(sql: string, options: StatementOptions, out: Writable): Promise<QueryResult> {
    return this.session.run(sql, inner(options), out, true)
  }

  close(): void {
    this.session.close()
  }
}
