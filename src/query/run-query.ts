/** Runs queries and searches on a case in a process of their own, with a time limit that holds whatever SQLite is busy with. */
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { UserError } from '../model/user-error.js'
import type { OutputFormat } from '../report/format/row-format.js'
import { isFileFormat } from '../report/format/row-format.js'
import { caseState } from '../schema/case-check.js'
import type { IntelJob, Job, QueryFailure, Written } from './job.js'
import { OutputFile } from './output-file.js'
import type { Parameters } from './parameter.js'
import { QueryProcess, QueryTimeout } from './query-process.js'
import { checkReads } from './read-only.js'

export { QueryTimeout }

export interface QueryOptions extends RunOptions {
  readonly parameters?: Parameters
  readonly intel?: IntelJob | undefined
}

export interface SearchOptions extends RunOptions {
  /** Where search indexes are kept; undefined = nowhere, each search makes its own. */
  readonly indexFolder?: string | undefined
  /** Called before an index is built over so many transactions; it gets time beyond the limit, by the size of the case. */
  readonly indexing?: ((transactions: number) => void) | undefined
}

export interface RunOptions {
  readonly format: OutputFormat
  /** Milliseconds; none = as long as it takes. */
  readonly timeoutMs?: number | undefined
  /** Rows written at most. */
  readonly maxRows?: number | undefined
  /** Columns of the terminal that a table must fit. */
  readonly width?: number | undefined
  readonly color?: boolean | undefined
  /** Where the rows go instead of a stream: a file that is there once it is whole. */
  readonly output?: string | undefined
  /** Such a file may be there already, and is replaced. */
  readonly force?: boolean | undefined
  /** An IANA zone: times are shown in it, too. */
  readonly zone?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** The known word closest to a mistyped one. */
  readonly suggest?: ((word: string, known: readonly string[]) => string | undefined) | undefined
  /** The script of the process; the one beside this file unless told. */
  readonly child?: string | undefined
}

export interface QueryResult {
  readonly rows: number
  /** There were more than `maxRows`. */
  readonly more: boolean
  /** What must be known beside the rows. */
  readonly notes: readonly string[]
  /** It was stopped, or its reader left, before it came to its end. */
  readonly stopped?: boolean
}

const noParameters: Parameters = { positional: [], named: {} }

/** One query. */
export function runQuery(casePath: string, sql: string, options: QueryOptions, out: Writable = process.stdout): Promise<QueryResult> {
  return new QuerySession(casePath, options.child, out === process.stdout).run(sql, options, out)
}

/** One search. @param expression in FTS5's syntax */
export function runSearch(
  casePath: string,
  expression: string,
  options: SearchOptions,
  out: Writable = process.stdout,
): Promise<QueryResult> {
  return new QuerySession(casePath, options.child, out === process.stdout).search(expression, options, out)
}

/** Several queries and searches on one case, which share a process as long as none has to be killed. */
export class QuerySession {
  private readonly process: QueryProcess

  /** @param inherit rows go to our standard output, and none to another stream */
  constructor(
    readonly path: string,
    child: string | undefined,
    inherit: boolean,
  ) {
    this.process = new QueryProcess(child ?? fileURLToPath(new URL('./child.js', import.meta.url)), inherit)
  }

  /** Starts the process before it is needed. */
  open(): this {
    checkCase(this.path)
    this.process.warm()
    return this
  }

  async run(sql: string, options: QueryOptions, out: Writable = process.stdout, stay = false): Promise<QueryResult> {
    const { path } = this
    checkCase(path)
    checkReads(sql)
    const { parameters = noParameters, intel } = options
    return this.rows((written) => ({ path: resolve(path), sql, parameters, intel, ...written, stay }), options, out)
  }

  /** @param expression in FTS5's syntax */
  async search(expression: string, options: SearchOptions, out: Writable = process.stdout, stay = false): Promise<QueryResult> {
    const { path } = this
    checkCase(path)
    const { indexFolder } = options
    return this.rows((written) => ({ path: resolve(path), expression, indexFolder, ...written, stay }), options, out)
  }

  private async rows(job: (written: Written) => Job, options: RunOptions & SearchOptions, out: Writable): Promise<QueryResult> {
    const { format, maxRows, width, color, zone, suggest, output, force = false } = options
    if (isFileFormat(format) && output === undefined)
      throw new UserError(`${format} is no text: it needs a file`, [`-o FILE, such as -o rows.${format}`])
    const file = output === undefined ? undefined : new OutputFile(output, { force, never: this.path })
    try {
      const answer = await this.process.run(job({ format, maxRows, width, color, zone, output: file?.partial }), options, out)
      if (answer === undefined) return { rows: 0, more: false, notes: [], stopped: true }
      if ('failure' in answer) throw errorOf(answer.failure, suggest)
      file?.keep()
      const { rows, more, notes } = answer
      return { rows, more, notes }
    } finally {
      file?.drop()
    }
  }

  close(): void {
    this.process.close()
  }
}

function checkCase(path: string): void {
  const state = caseState(path)
  if (state === 'absent') throw new UserError(`${path} does not exist`, ['audit analyze CAPTURE -o FILE   writes a case'])
  if (state === 'empty') throw new UserError(`${path} is empty: it is not a case`, ['audit analyze CAPTURE -o FILE   writes a case'])
}

function errorOf({ message, nextSteps, unknown, stack }: QueryFailure, suggest: RunOptions['suggest']): Error {
  if (stack !== undefined) {
    const bug = new Error(message)
    bug.stack = stack
    return bug
  }
  const meant = unknown && suggest?.(unknown.name, unknown.known)
  return new UserError(unknown ? `${message}${meant === undefined ? '' : `; did you mean "${meant}"?`}` : message, nextSteps)
}
