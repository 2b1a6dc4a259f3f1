/** `audit query` between its flags and the queries: where the SQL comes from, which format, where to, how it ends. */
import { UserError } from '../../model/user-error.js'
import { StatementReader } from '../../query/statement-reader.js'
import type { OutputFormat } from '../../report/format/row-format.js'
import { duration } from '../duration.js'
import { exitCodes } from '../exit-codes.js'
import { outputFormat } from '../output-format.js'
import { queryCase, type StatementOptions } from '../query.js'
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
  readonly param?: readonly string[] | undefined
  readonly timeout: string
  readonly 'max-rows'?: number | undefined
  readonly 'no-pager'?: boolean
  readonly 'no-history'?: boolean
  readonly 'no-color'?: boolean
}

export async function runQueryCommand(path: string, sql: string | undefined, flags: QueryFlags): Promise<number> {
  const { stdin, stdout } = process
  const options = optionsOf(flags, stdout)
  if (sql !== undefined && sql !== '-') return runOne(path, sql, options, flags)
  if (stdin.isTTY) {
    if (sql === '-' || !stdout.isTTY)
      throw new UserError('no SQL was given', [
        `for example: audit query ${path} "select ts, client_ip, protocol, query, status from tx limit 20"`,
      ])
    const { runPrompt } = await import('./run-prompt.js')
    return runPrompt(path, options, flags)
  }
  const text = await sqlFromStdin()
  if (isOne(text)) return runOne(path, text, options, flags)
  const { runScript } = await import('./run-prompt.js')
  return runScript(path, text, options)
}

/** What the flags say about each statement. */
function optionsOf(flags: QueryFlags, stdout: NodeJS.WriteStream): StatementOptions {
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

function askedFormat(flags: QueryFlags): OutputFormat | undefined {
  if (flags.csv) return 'csv'
  if (flags.json) return 'json'
  if (flags['as-filter']) return 'filter'
  if (flags['as-frames']) return 'frames'
  return flags.format as OutputFormat | undefined
}

async function runOne(path: string, sql: string, options: StatementOptions, flags: QueryFlags): Promise<number> {
  const { stdout, stderr } = process
  const interruption = new Interruption()
  const screen =
    stdout.isTTY && options.output === undefined
      ? new (await import('../prompt/screen.js')).Screen({ terminal: stdout, env: process.env, paged: flags['no-pager'] !== true })
      : undefined
  try {
    const given = { ...options, path, sql, signal: interruption.signal }
    const { rows, more, notes } = await queryCase(screen ? { ...given, out: screen } : given).finally(async () => {
      const shown = screen?.finish()
      // Only after the screen has taken over.
      interruption.dispose()
      await shown
    })
    if (more) stderr.write(`audit: there are more rows than the ${rows} shown (--max-rows)\n`)
    for (const note of notes) stderr.write(`audit: ${note}\n`)
    return interruption.exitCode ?? exitCodes.done
  } finally {
    interruption.dispose()
  }
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
