/** `audit grep` between its flags and `grep`: how matches are written, how it ends. */

import { toIso } from '../../model/instant.js'
import { UserError } from '../../model/user-error.js'
import { rowWriter, type Value } from '../../report/format/row-format.js'
import { jsonDocument } from '../../report/json-document.js'
import { countText } from '../../report/quantities.js'
import { sanitize } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { type GrepOutcome, grep } from '../grep.js'
import { writeOut } from './base-command.js'
import { colorLevel } from './color.js'

export interface GrepFlags {
  readonly regex?: boolean
  readonly hex?: boolean
  readonly 'ignore-case'?: boolean
  readonly flow?: readonly string[] | undefined
  readonly protocol?: readonly string[] | undefined
  readonly limit: number
  readonly count?: boolean
  readonly captures?: readonly string[] | undefined
  readonly format?: 'table' | 'json' | 'ndjson' | undefined
  readonly json?: boolean
  readonly 'no-color'?: boolean
}

/** Matches held to be put in order, half a kilobyte each. */
const MAX_LIMIT = 100_000

const COLUMNS = ['ts', 'flow_id', 'flow', 'protocol', 'side', 'offset', 'length', 'capture_id', 'frames', 'tx', 'snippet'] as const
/** What fits a screen; the other formats have all. */
const SHOWN: readonly string[] = ['ts', 'flow_id', 'protocol', 'side', 'offset', 'capture_id', 'frames', 'tx', 'snippet']

export async function runGrep(path: string, text: string, flags: GrepFlags): Promise<number> {
  const { limit, count: countOnly = false } = flags
  if (limit < 1 || limit > MAX_LIMIT) throw new UserError(`--limit ${limit}: from 1 to ${MAX_LIMIT}`, ['--count counts all of them'])
  const { stdout, stderr } = process
  const say = (message: string): void => {
    stderr.write(`audit: ${sanitize(message)}\n`)
  }
  // Nothing is to be saved: a signal ends the process as it does by default, in the middle of an expression too.
  const outcome = await grep({
    path,
    pattern: { text, kind: flags.regex ? 'regex' : flags.hex ? 'hex' : 'text', ignoreCase: flags['ignore-case'] ?? false },
    flows: flags.flow ?? [],
    protocols: flags.protocol ?? [],
    limit: countOnly ? undefined : limit,
    captures: flags.captures ?? [],
    warn: say,
  })
  const format = flags.json ? 'json' : (flags.format ?? (stdout.isTTY ? 'table' : 'ndjson'))
  if (countOnly) await writeOut(countDocument(outcome, format))
  else {
    const writer = rowWriter(format, {
      width: stdout.isTTY ? stdout.columns || 80 : undefined,
      color: colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: stdout.isTTY === true }) > 0,
    })
    const columns = format === 'table' ? SHOWN : COLUMNS
    let out = writer.begin(columns)
    for (const row of rowsOf(outcome)) {
      out += writer.row(columns.map((name) => row[name as (typeof COLUMNS)[number]]))
      if (out.length > 65536) {
        await writeOut(out)
        out = ''
      }
    }
    await writeOut(out + writer.end())
  }
  const { totals, matches, more } = outcome
  if (more) say(`there are more matches than the ${matches.length} shown (--limit)`)
  if (totals.missing > 0) say(`${countText(totals.missing)} bytes of payload are not in the captures and were not searched`)
  if (totals.cut > 0) say(`${countText(totals.cut)} sides waited for more than memory holds; a match across that point may be missing`)
  if (matches.length > 0) say('payload is shown as the wire held it, passwords too')
  return outcome.count > 0 ? exitCodes.done : exitCodes.no
}

function countDocument({ count, totals }: GrepOutcome, format: string): string {
  const counts = { matches: count, flows: totals.flows, bytes_searched: totals.bytes, bytes_missing: totals.missing }
  return format === 'json' ? jsonDocument(counts) : format === 'ndjson' ? `${JSON.stringify(counts)}\n` : `${count}\n`
}

function* rowsOf({ matches }: GrepOutcome): Generator<Record<(typeof COLUMNS)[number], Value>> {
  for (const match of matches)
    yield {
      ts: toIso(match.at),
      flow_id: match.flowId ?? null,
      flow: match.flow,
      protocol: match.protocol ?? null,
      side: match.side,
      offset: match.offset,
      length: match.length,
      capture_id: match.captureId,
      frames: match.frames,
      tx: match.transactions.join(',') + (match.more ? '+' : '') || null,
      // What is no UTF-8 shows as U+FFFD; the writers make control codes visible.
      snippet: match.snippet.toString('utf8'),
    }
}
