/** Runs one query or search on a case in a process of its own, with a time limit that holds whatever SQLite is busy with. */
import { fork } from 'node:child_process'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { UserError } from '../model/user-error.js'
import type { RowFormat } from '../report/format/row-format.js'
import { caseState } from '../schema/case-check.js'
import type { IntelJob, QueryAnswer, QueryFailure, QueryJob, SearchJob, SearchProgress } from './job.js'
import type { Parameters } from './parameter.js'
import { checkReads } from './read-only.js'

export interface QueryOptions extends RunOptions {
  readonly parameters?: Parameters
  readonly intel?: IntelJob | undefined
}

export interface SearchOptions extends RunOptions {
  /** Where search indexes are kept; undefined = nowhere, each search makes its own. */
  readonly indexFolder?: string | undefined
  /** Called before an index is built over so many transactions; it gets time beyond the limit, by the size of the case. */
  readonly indexing?: (transactions: number) => void
}

export interface RunOptions {
  readonly format: RowFormat
  /** Milliseconds; none = as long as it takes. */
  readonly timeoutMs?: number | undefined
  /** Rows written at most. */
  readonly maxRows?: number | undefined
  /** Columns of the terminal that a table must fit. */
  readonly width?: number | undefined
  readonly color?: boolean | undefined
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
}

/** The time limit was reached; 124 is what timeout(1) answers. */
export class QueryTimeout extends Error {
  override readonly name = 'QueryTimeout'
  readonly exitCode = 124
  readonly nextSteps = ['give it longer with --timeout, or narrow it: a time range, one protocol, a limit']

  constructor(seconds: number) {
    super(`the query was stopped: it took longer than its limit of ${seconds} s`)
  }
}

/** An index is made ten times as fast; a view that never ends, in a case that somebody made up, is stopped all the same. */
const INDEX_MS_PER_BYTE = 300 / 1e6
/** What a timer of Node takes; beyond it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

const noParameters: Parameters = { positional: [], named: {} }

export async function runQuery(path: string, sql: string, options: QueryOptions, out: Writable = process.stdout): Promise<QueryResult> {
  checkCase(path)
  checkReads(sql)
  const { parameters = noParameters, intel } = options
  return runJob({ path: resolve(path), sql, parameters, intel, ...written(options) }, options, out)
}

/** @param expression in FTS5's syntax */
export async function runSearch(
  path: string,
  expression: string,
  options: SearchOptions,
  out: Writable = process.stdout,
): Promise<QueryResult> {
  checkCase(path)
  const { indexFolder } = options
  return runJob({ path: resolve(path), expression, indexFolder, ...written(options) }, options, out)
}

const written = ({ format, maxRows, width, color }: RunOptions) => ({ format, maxRows, width, color })

async function runJob(job: QueryJob | SearchJob, options: RunOptions & SearchOptions, out: Writable): Promise<QueryResult> {
  const { timeoutMs, signal, suggest } = options
  const script = options.child ?? fileURLToPath(new URL('./child.js', import.meta.url))
  const inherited = out === process.stdout
  const child = fork(script, [], { stdio: ['ignore', inherited ? 'inherit' : 'pipe', 'inherit', 'ipc'], execArgv: [] })
  let answer: QueryAnswer | undefined
  let timedOut = false
  let timer: NodeJS.Timeout | undefined
  let limitMs = 0
  const allow = (moreMs: number) => {
    clearTimeout(timer)
    if (timeoutMs === undefined) return
    limitMs = Math.min(Math.ceil(timeoutMs + moreMs), MAX_TIMER_MS)
    timer = setTimeout(stop, limitMs)
  }
  allow('sql' in job ? 0 : statSync(job.path).size * INDEX_MS_PER_BYTE)
  function stop(): void {
    timedOut = true
    child.kill('SIGKILL')
  }
  const interrupt = () => child.kill('SIGKILL')
  signal?.addEventListener('abort', interrupt, { once: true })
  if (signal?.aborted) interrupt()
  try {
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done, fail) => {
      child.once('error', fail)
      child.once('close', (code, signal) => done({ code, signal }))
    })
    child.on('message', (message: QueryAnswer | SearchProgress) => {
      if ('indexing' in message) options.indexing?.(message.indexing)
      else if ('searching' in message) allow(0)
      else answer = message
    })
    if (child.stdout) {
      const source = child.stdout
      source.pipe(out, { end: false })
      // The reader left: the process behind the pipe has nobody to write for.
      out.once('error', interrupt)
    }
    child.send(job, () => {
      // A child that is gone by now says so through its end.
    })
    const { code, signal: killed } = await ended
    if (timedOut) throw new QueryTimeout(limitMs / 1000)
    if (answer === undefined) {
      if (signal?.aborted || code === 0) return { rows: 0, more: false }
      throw new Error(`the query's process ended without an answer (${killed ?? `exit ${code}`})`)
    }
    if ('failure' in answer) throw errorOf(answer.failure, suggest)
    return answer
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', interrupt)
    out.removeListener('error', interrupt)
  }
}

function checkCase(path: string): void {
  const state = caseState(path)
  if (state === 'absent') throw new UserError(`${path} does not exist`, ['audit analyze CAPTURE -o FILE   writes a case'])
  if (state === 'empty') throw new UserError(`${path} is empty: it is not a case`, ['audit analyze CAPTURE -o FILE   writes a case'])
}

function errorOf({ message, nextSteps, unknown, stack }: QueryFailure, suggest: QueryOptions['suggest']): Error {
  if (stack !== undefined) {
    const bug = new Error(message)
    bug.stack = stack
    return bug
  }
  const meant = unknown && suggest?.(unknown.name, unknown.known)
  return new UserError(unknown ? `${message}${meant === undefined ? '' : `; did you mean "${meant}"?`}` : message, nextSteps)
}
