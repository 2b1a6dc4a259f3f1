/**
 * The custody log of a case: who had it, when, where and why. Each entry holds the hash of the one before, and of the seal that it
 * speaks of, so that an entry that is changed, taken out or put in between shows.
 *
 * It stands in the case, outside of the seal: it goes on after the seal is made, and it travels with what it is about.
 */
import type { Database } from 'better-sqlite3'
import type { Check } from '../model/check.js'
import { UserError } from '../model/user-error.js'
import { caseState } from '../schema/case-check.js'
import { asUserError, openDatabase, settle } from '../sinks/sqlite/case-file.js'
import { type Manifest, sha256Of } from '../sinks/sqlite/seal/manifest.js'
import { sealRow } from '../sinks/sqlite/seal/seal.js'
import { CUSTODY_TABLE, hasTable } from '../sinks/sqlite/seal/seal-tables.js'
import { ed25519Of, fingerprintOf, holds, type Signer } from './keys.js'

/** What is said in one entry; its JSON text, in this order, is what is hashed and signed. */
export interface CustodyEntry {
  /** From 1. */
  readonly entry: number
  /** When it happened, ISO 8601 UTC; and when it was written down, by the clock of the host. */
  readonly when: string
  readonly recorded: string
  readonly who: string
  readonly where: string
  readonly why: string
  readonly note: string | null
  readonly tool: string
  /** SHA-256 of the seal's manifest as it was then; null for a case without one. */
  readonly seal: string | null
  /** SHA-256 over one line `<sha256>  <name>` for each capture, as sha256sum writes them; `-` for one without hash. */
  readonly captures: string
  /** SHA-256 of the entry before; null for the first. */
  readonly former: string | null
}

export interface CustodyRecord {
  readonly entry: CustodyEntry
  readonly sha256: string
  /** Fingerprint of the key that signed it; null without signature. */
  readonly signedBy: string | null
}

export interface CustodyLog {
  readonly records: readonly CustodyRecord[]
  /** What does not hold, one a line. */
  readonly faults: readonly string[]
}

/** Longest text of one field: a paragraph. */
export const MAX_CUSTODY_TEXT = 4096
/** Entries read of one log: a case changes hands a few times a week for thirty years. */
const MAX_ENTRIES = 100_000

interface Stored {
  readonly id: number
  readonly entry: unknown
  readonly sha256: unknown
  readonly signature: unknown
  readonly public_key: unknown
}

export function readCustody(db: Database): CustodyLog {
  if (!hasTable(db, 'custody')) return { records: [], faults: [] }
  const rows = db
    .prepare(`SELECT id, entry, sha256, signature, public_key FROM main.custody ORDER BY id LIMIT ${MAX_ENTRIES}`)
    .safeIntegers(false)
    .all() as Stored[]
  const records: CustodyRecord[] = []
  const faults: string[] = []
  let former: string | null = null
  rows.forEach((row, i) => {
    const entry = entryOf(row.entry)
    const sha256 = typeof row.entry === 'string' ? sha256Of(row.entry) : ''
    if (!entry) faults.push(`entry ${i + 1} is no entry`)
    else if (sha256 !== row.sha256) faults.push(`entry ${i + 1} was changed: its hash is another one`)
    if (entry && (entry.entry !== i + 1 || row.id !== i + 1))
      faults.push(`entry ${i + 1} stands under another number: one is missing or was added`)
    if (entry && entry.former !== former) faults.push(`entry ${i + 1} does not follow the one before it`)
    if (row.signature !== null && entry) {
      const key = ed25519Of(row.public_key)
      if (!key || !holds(String(row.entry), row.signature, key)) faults.push(`entry ${i + 1}: its signature does not hold`)
    }
    const key = row.signature === null ? undefined : ed25519Of(row.public_key)
    if (entry) records.push({ entry, sha256, signedBy: key ? fingerprintOf(key) : null })
    former = typeof row.sha256 === 'string' ? row.sha256 : null
  })
  return { records, faults }
}

function entryOf(text: unknown): CustodyEntry | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const given = JSON.parse(text) as Record<string, unknown> | null
    const texts = ['when', 'recorded', 'who', 'where', 'why', 'tool', 'captures']
    const fits = given !== null && typeof given.entry === 'number' && texts.every((key) => typeof given[key] === 'string')
    return fits ? (given as unknown as CustodyEntry) : undefined
  } catch {
    return undefined
  }
}

export function checkCustody(db: Database, manifest: Manifest | undefined): Check[] {
  const { records, faults } = readCustody(db)
  const head = manifest?.custody
  const details = [...faults]
  if (head && records[head.entries - 1]?.sha256 !== head.sha256)
    details.push(`the seal knows ${head.entries} ${head.entries === 1 ? 'entry' : 'entries'} of it, which are not there as they were`)
  if (details.length > 0) return [{ check: 'custody', state: 'failed', message: 'the custody log was changed', details }]
  const last = records.at(-1)
  if (!last) return []
  const entries = `${records.length} custody ${records.length === 1 ? 'entry' : 'entries'}`
  return [{ check: 'custody', state: 'ok', message: `${entries}, each following the one before; the last is sha256 ${last.sha256}` }]
}

export interface NewEntry extends Omit<CustodyEntry, 'entry' | 'seal' | 'captures' | 'former'> {
  readonly signer?: Signer | undefined
}

/** Appends an entry. Throws UserError when the log is not whole: what follows a changed entry would vouch for it. */
export function addCustody(path: string, given: NewEntry): CustodyRecord {
  if (caseState(path) !== 'case')
    throw new UserError(`${path} is not a case, or does not exist`, ['audit analyze CAPTURE -o FILE   writes a case'])
  for (const key of ['who', 'where', 'why'] as const) checkText(`--${key}`, given[key])
  if (given.note !== null) checkText('--note', given.note)
  const db = openDatabase(path, { timeout: 5000 })
  try {
    db.exec('BEGIN IMMEDIATE')
    const record = append(db, path, given)
    db.exec('COMMIT')
    settle(db)
    return record
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK')
    db.close()
    throw asUserError(error, path)
  }
}

function append(db: Database, path: string, { signer, ...given }: NewEntry): CustodyRecord {
  const { records, faults } = readCustody(db)
  if (faults.length > 0)
    throw new UserError(`the custody log of ${path} was changed: ${faults[0]}`, [`audit custody show ${path}   shows what is left of it`])
  db.exec(CUSTODY_TABLE)
  const captures = db.prepare('SELECT sha256, name FROM main.capture ORDER BY id').all() as { sha256: string | null; name: string }[]
  const { when, recorded, who, where, why, note, tool } = given
  const entry: CustodyEntry = {
    entry: records.length + 1,
    when,
    recorded,
    who,
    where,
    why,
    note,
    tool,
    seal: sealRow(db)?.sha256 ?? null,
    captures: sha256Of(captures.map(({ sha256, name }) => `${sha256 ?? '-'}  ${name}\n`).join('')),
    former: records.at(-1)?.sha256 ?? null,
  }
  const text = JSON.stringify(entry)
  const signed = signer?.sign(Buffer.from(text))
  db.prepare('INSERT INTO main.custody (id, entry, sha256, signature, public_key) VALUES (?, ?, ?, ?, ?)').run(
    entry.entry,
    text,
    sha256Of(text),
    signed?.signature.toString('base64') ?? null,
    signed?.publicKey ?? null,
  )
  return { entry, sha256: sha256Of(text), signedBy: signer?.fingerprint ?? null }
}

function checkText(flag: string, text: string): void {
  if (text.trim() === '') throw new UserError(`${flag} is empty`, ['say it in a few words'])
  if (text.length > MAX_CUSTODY_TEXT) throw new UserError(`${flag} has ${text.length} characters; at most ${MAX_CUSTODY_TEXT} are kept`)
}
