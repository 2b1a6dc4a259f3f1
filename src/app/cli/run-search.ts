/** `audit query --search` between its flags and `searchCase`. */
import { UserError } from '../../model/user-error.js'
import { exitCodes } from '../exit-codes.js'
import { searchCase } from '../search.js'
import { colorLevel } from './color.js'
import { Interruption } from './interruption.js'
import { formatOf, type QueryFlags, timeoutOf } from './run-query.js'

/** An index over fewer is there before one has read that it is being made. */
const WORTH_SAYING = 200_000
/** Words that are an address, which people look for and the texts need not hold. */
const ADDRESS = /^\s*(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)\s*$/i

export interface SearchFlags extends QueryFlags {
  readonly search: string
  readonly fts?: boolean
}

export async function runSearchCommand(path: string, flags: SearchFlags): Promise<number> {
  const { search: words, fts = false } = flags
  if ((flags.param ?? []).length > 0) throw new UserError('--param gives values to SQL; --search takes words alone')
  const { stdout, stderr } = process
  const interruption = new Interruption()
  try {
    const { rows, more } = await searchCase({
      path,
      words,
      fts,
      env: process.env,
      format: formatOf(flags, stdout.isTTY === true),
      timeoutMs: timeoutOf(flags),
      maxRows: flags['max-rows'],
      width: stdout.isTTY ? stdout.columns || 80 : undefined,
      color: colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: stdout.isTTY === true }) > 0,
      signal: interruption.signal,
      indexing: (transactions) => {
        if (transactions >= WORTH_SAYING)
          stderr.write(`audit: the words of ${transactions.toLocaleString('en')} transactions are put into an index, once for this case\n`)
      },
    })
    if (more) stderr.write(`audit: there are more rows than the ${rows} shown (--max-rows)\n`)
    if (rows === 0 && interruption.exitCode === undefined) stderr.write(nothingFound(words))
    return interruption.exitCode ?? exitCodes.done
  } finally {
    interruption.dispose()
  }
}

const nothingFound = (words: string): string =>
  ADDRESS.test(words)
    ? `audit: no text holds it; who talked to whom is asked in SQL: select ... from tx where '${words.trim()}' in (client_ip, server_ip)\n`
    : 'audit: no text holds it; whole words are looked for, and word* finds those that begin so\n'
