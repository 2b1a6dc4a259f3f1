/** `audit query` between its flags and the queries: where the SQL comes from, which format, where to, how it ends. */
import { UserError } from '../../model/user-error.js'
import type { Parameters } from '../../query/parameter.js'
import type { QueryResult } from '../../query/run-query.js'
import { StatementReader } from '../../query/statement-reader.js'
import type { OutputFormat } from '../../report/format/row-format.js'
import { duration } from '../duration.js'
import { exitCodes } from '../exit-codes.js'
import { outputFormat } from '../output-format.js'
import { type QueryCaseOptions, queryCase, type StatementOptions } from '../query.js'
import { timeZone } from '../time-zone.js'
import { colorLevel } from './color.js'
import { Interruption } from './interruption.js'

/** SQL is typed or generated, never this long; a file given by mistake is. */
const MAX_SQL_BYTES = 1024 * 1024

export interface QueryFlags {
  readonly format?: string | undefined
  readonly csv?: boolean
  readonly json?: boolean
  readonly 'as-filter'?: boolean
  readonly 'as-frames'?: boolean
  readonly output?: string | undefined
  readonly force?: boolean
  readonly tz?: string | undefined
  readonly queries?: string | undefined
  readonly param?: readonly string[] | undefined
  readonly timeout: string
  readonly 'max-rows'?: number | undefined
  readonly intel?: readonly string[] | undefined
  readonly 'no-pager'?: boolean
  readonly 'no-history'?: boolean
  readonly 'no-color'?: boolean
}

export async function runQueryCommand(path: string, sql: string | undefined, flags: QueryFlags): Promise<number> {
  const { stdin, stdout } = process
  if (sql !== undefined && sql !== '-') return runStatement(path, sql, flags)
  const options = optionsOf(flags)
  if (stdin.isTTY) {
    if (sql === '-' || !stdout.isTTY)
      throw new UserError('no SQL was given', [
        `for example: audit query ${path} "select ts, client_ip, protocol, query, status from tx limit 20"`,
      ])
    const { runPrompt } = await import('./run-prompt.js')
    return runPrompt(path, options, flags)
  }
  const text = await sqlFromStdin()
  if (isOne(text)) return runStatement(path, text, flags)
  const { runScript } = await import('./run-prompt.js')
  return runScript(path, text, options, flags)
}

/** What the flags say about each statement. */
function optionsOf(flags: QueryFlags): StatementOptions {
  const { stdout } = process
  const isTty = stdout.isTTY === true
  const { output, force, param = [] } = flags
  return {
    format: outputFormat(askedFormat(flags), output, isTty ? 'table' : 'ndjson'),
    parameters: param,
    timeoutMs: duration(flags.timeout, '--timeout'),
    maxRows: flags['max-rows'],
    width: isTty ? stdout.columns || 80 : undefined,
    color: colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty }) > 0,
    output,
    force,
    zone: flags.tz === undefined ? undefined : timeZone(flags.tz),
  }
}

/** What a flag says of the format, if any does. */
export function askedFormat(flags: QueryFlags): OutputFormat | undefined {
  if (flags.csv) return 'csv'
  if (flags.json) return 'json'
  if (flags['as-filter']) return 'filter'
  if (flags['as-frames']) return 'frames'
  return flags.format as OutputFormat | undefined
}

/** @param bound values that were made of --param already: those of a saved query */
export function runStatement(path: string, sql: string, flags: QueryFlags, bound?: Parameters): Promise<number> {
  return runOne(flags, (given) => queryCase({ ...given, path, sql, bound, intel: flags.intel }))
}

type Given = Omit<QueryCaseOptions, 'path' | 'sql' | 'bound'>

/** One query or search: its rows to the terminal, which may be through a pager, to a pipe or into a file; then what is to be said. */
export async function runOne(flags: QueryFlags, run: (given: Given) => Promise<QueryResult>): Promise<number> {
  const { stdout } = process
  const options = optionsOf(flags)
  const interruption = new Interruption()
  const screen =
    stdout.isTTY && options.output === undefined
      ? new (await import('../prompt/screen.js')).Screen({ terminal: stdout, env: process.env, paged: flags['no-pager'] !== true })
      : undefined
  try {
    const given = { ...options, signal: interruption.signal }
    const result = await run(screen ? { ...given, out: screen } : given).finally(async () => {
      const shown = screen?.finish()
      // Only after the screen has taken over.
      interruption.dispose()
      await shown
    })
    tell(result, '--max-rows')
    return interruption.exitCode ?? exitCodes.done
  } finally {
    interruption.dispose()
  }
}

/** What must be known beside the rows. @param how they were limited */
export function tell({ rows, more, notes }: QueryResult, how: string): void {
  if (more) process.stderr.write(`audit: there are more rows than the ${rows} shown (${how})\n`)
  for (const note of notes) process.stderr.write(`audit: ${note}\n`)
}

/** No more than one statement, and no dot command: nothing that needs a shell around it. */
function isOne(text: string): boolean {
  const reader = new StatementReader()
  let statements = 0
  for (const line of text.split('\n')) {
    if (reader.between && line.startsWith('.')) return false
    statements += reader.push(line).length
  }
  return statements + (reader.rest() ? 1 : 0) <= 1
}

async function sqlFromStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_SQL_BYTES) throw new UserError(`standard input is longer than ${MAX_SQL_BYTES} bytes, which no SQL is`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
