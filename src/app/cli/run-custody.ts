/** `audit custody` between its flags and the log of a case. */
import { addCustody, type CustodyRecord, readCustody } from '../../case/custody.js'
import { signerFrom } from '../../case/keys.js'
import { openCase } from '../../case/open-case.js'
import { parseInstant } from '../../config/instant-text.js'
import { toIso } from '../../model/instant.js'
import { UserError } from '../../model/user-error.js'
import { jsonDocument } from '../../report/json-document.js'
import { sanitize } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { writeOut } from './base-command.js'

export interface CustodyFlags {
  readonly who?: string | undefined
  readonly where?: string | undefined
  readonly why?: string | undefined
  readonly when?: string | undefined
  readonly note?: string | undefined
  readonly sign?: string | undefined
  readonly json?: boolean
}

export async function addEntry(path: string, flags: CustodyFlags, version: string): Promise<number> {
  const { who, where, why } = flags
  if (who === undefined || where === undefined || why === undefined)
    throw new UserError('an entry needs --who, --where and --why', [
      `audit custody add ${path} --who "A. Jones" --where "lab 2" --why "received"`,
    ])
  const now = new Date().toISOString()
  const signer = flags.sign === undefined ? undefined : signerFrom(flags.sign, process.env)
  const record = addCustody(path, {
    when: flags.when === undefined ? now : instantOf(flags.when),
    recorded: now,
    who,
    where,
    why,
    note: flags.note ?? null,
    tool: `pcap-audit ${version}`,
    signer,
  })
  await writeOut(flags.json ? jsonDocument(documentOf(record)) : `entry ${record.entry.entry} added: sha256 ${record.sha256}\n`)
  return exitCodes.done
}

export async function showLog(path: string, { json, ...rest }: CustodyFlags): Promise<number> {
  const given = Object.entries(rest).find(
    ([key, value]) => value !== undefined && ['who', 'where', 'why', 'when', 'note', 'sign'].includes(key),
  )
  if (given) throw new UserError(`--${given[0]} is for custody add`)
  const db = openCase(path)
  try {
    const { records, faults } = readCustody(db)
    if (json) await writeOut(jsonDocument({ entries: records.map(documentOf), faults }))
    else {
      await writeOut(records.length === 0 ? 'no entries\n' : records.map(textOf).join('\n'))
      for (const fault of faults) process.stderr.write(`audit: ${sanitize(fault)}\n`)
    }
    return faults.length > 0 ? exitCodes.no : exitCodes.done
  } finally {
    db.close()
  }
}

const documentOf = ({ entry, sha256, signedBy }: CustodyRecord) => ({ ...entry, sha256, signed_by: signedBy })

function textOf({ entry, sha256, signedBy }: CustodyRecord): string {
  const lines: [string, string | null][] = [
    [String(entry.entry), entry.when],
    ['who', entry.who],
    ['where', entry.where],
    ['why', entry.why],
    ['note', entry.note],
    ['seal', entry.seal ?? 'none'],
    ['sha256', sha256],
    ['signed', signedBy],
  ]
  return lines.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(8)}${sanitize(String(value))}\n`])).join('')
}

function instantOf(text: string): string {
  const instant = parseInstant(text)
  if (instant) return toIso(instant)
  throw new UserError(`--when ${text}: not a time`, ['for example 2026-08-27T08:00:00Z or 2026-08-27T10:00:00+02:00'])
}
