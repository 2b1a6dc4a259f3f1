/** `audit query` between its flags and `queryCase`: where the SQL comes from, which format, how it ends. */
import { parseDuration } from '../../config/values.js'
import { UserError } from '../../model/user-error.js'
import type { Parameters } from '../../query/parameter.js'
import type { RowFormat } from '../../report/format/row-format.js'
import { exitCodes } from '../exit-codes.js'
import { queryCase } from '../query.js'
import { colorLevel } from './color.js'
import { Interruption } from './interruption.js'

/** SQL is typed or generated, never this long; a file given by mistake is. */
const MAX_SQL_BYTES = 1024 * 1024

export interface QueryFlags {
  readonly format?: string | undefined
  readonly csv?: boolean
  readonly json?: boolean
  readonly param?: readonly string[] | undefined
  readonly timeout: string
  readonly 'max-rows'?: number | undefined
  readonly intel?: readonly string[] | undefined
  readonly 'no-color'?: boolean
}

/** @param bound values that were made of --param already: those of a saved query */
export async function runQueryCommand(path: string, sql: string | undefined, flags: QueryFlags, bound?: Parameters): Promise<number> {
  const { stdout } = process
  const timeoutMs = timeoutOf(flags)
  const text = sql === undefined || sql === '-' ? await sqlFromStdin(path) : sql
  const interruption = new Interruption()
  try {
    const { rows, more } = await queryCase({
      path,
      sql: text,
      format: formatOf(flags, stdout.isTTY === true),
      parameters: flags.param ?? [],
      bound,
      intel: flags.intel ?? [],
      timeoutMs,
      maxRows: flags['max-rows'],
      width: stdout.isTTY ? stdout.columns || 80 : undefined,
      color: colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: stdout.isTTY === true }) > 0,
      signal: interruption.signal,
    })
    if (more) process.stderr.write(`audit: there are more rows than the ${rows} shown (--max-rows)\n`)
    return interruption.exitCode ?? exitCodes.done
  } finally {
    interruption.dispose()
  }
}

/** Milliseconds; 0 = no limit. */
export function timeoutOf({ timeout }: QueryFlags): number {
  const timeoutMs = parseDuration(timeout)
  if (timeoutMs !== undefined && timeoutMs >= 0) return timeoutMs
  throw new UserError(`--timeout ${timeout}: not a duration`, ['for example 30s, 5m, or 0 for no limit'])
}

/** @param piped what goes into a pipe when nothing else is asked for */
export function formatOf({ format, csv, json }: QueryFlags, isTty: boolean, piped: RowFormat = 'ndjson'): RowFormat {
  if (csv) return 'csv'
  if (json) return 'json'
  return (format as RowFormat | undefined) ?? (isTty ? 'table' : piped)
}

async function sqlFromStdin(path: string): Promise<string> {
  if (process.stdin.isTTY)
    throw new UserError('no SQL was given', [
      `for example: audit query ${path} "select ts, client_ip, protocol, query, status from tx limit 20"`,
    ])
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_SQL_BYTES) throw new UserError(`standard input is longer than ${MAX_SQL_BYTES} bytes, which no SQL is`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
