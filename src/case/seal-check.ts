/** Holds a case against its seal, and says what differs in words: which rows, which view, which configuration. */
import type { Database } from 'better-sqlite3'
import type { Check } from '../model/check.js'
import { digestTable, evidenceTables, schemaObjects, strangers } from '../sinks/sqlite/seal/digest-tables.js'
import { type Manifest, readManifest, type SealedTable, sha256Of } from '../sinks/sqlite/seal/manifest.js'
import { type SealRow, sealRow } from '../sinks/sqlite/seal/seal.js'
import { UNSEALED_TABLES } from '../sinks/sqlite/seal/seal-tables.js'
import { PART_ROWS, type TableDigest } from '../sinks/sqlite/seal/table-digest.js'
import { Unexpected } from '../sinks/sqlite/seal/table-pages.js'
import { changeLines, rowChanges, sealedParts } from './row-changes.js'

export interface CheckedSeal {
  readonly checks: readonly Check[]
  readonly row: SealRow | undefined
  readonly manifest: Manifest | undefined
}

export function checkSeal(db: Database): CheckedSeal {
  const row = sealRow(db)
  if (!row) return { checks: [unsealed(db)], row: undefined, manifest: undefined }
  const manifest = readManifest(row.manifest)
  if (!manifest || sha256Of(row.manifest) !== row.sha256)
    return { checks: [{ check: 'seal', state: 'failed', message: 'the seal itself was changed' }], row, manifest: undefined }
  const checks: Check[] = [{ check: 'seal', state: 'ok', message: `the seal is whole: sha256 ${row.sha256}` }]
  if (manifest.former.state === 'unsealed')
    checks.push({
      check: 'seal',
      state: 'note',
      message: 'the case had rows and no seal before its last run: nothing says what happened to those until then',
    })
  if (manifest.former.state === 'sealed' && manifest.former.signed && row.signature === null)
    checks.push({ check: 'seal', state: 'note', message: 'the seal before the last run was signed, this one is not' })
  checks.push(checkRows(db, manifest), checkSchema(db, manifest), ...extras(db, manifest), ...checkRuns(db, manifest))
  return { checks, row, manifest }
}

/** No seal is no lie: the session goes on, was killed, or a version that made none wrote the case. */
function unsealed(db: Database): Check {
  const open = db.prepare('SELECT count(*) FROM main.run WHERE finished = 0').safeIntegers(false).pluck().get() as number
  const message =
    open > 0
      ? 'not sealed: a live session that still goes on, or was killed, wrote it'
      : 'not sealed: a run that was killed at its very end or a version that made no seals wrote it, or its seal was taken out'
  return { check: 'seal', state: 'unchecked', message: `${message}; nothing tells whether its rows are those that were written` }
}

function checkRows(db: Database, { tables }: Manifest): Check {
  const details: string[] = []
  for (const table of tables) details.push(...tableChanges(db, table))
  const sealed = new Set(tables.map(({ name }) => name))
  for (const name of evidenceTables(db)) if (!sealed.has(name)) details.push(`${name}: the table was added`)
  const rows = tables.reduce((sum, table) => sum + Number(table.rows), 0)
  if (details.length > 0) return { check: 'rows', state: 'failed', message: 'rows are not those that were sealed', details }
  return {
    check: 'rows',
    state: 'ok',
    message: `${rows.toLocaleString('en-US')} rows of ${tables.length} tables are those that were sealed`,
  }
}

function tableChanges(db: Database, { name, sha256 }: SealedTable): string[] {
  let now: TableDigest
  try {
    if (!evidenceTables(db).includes(name)) return [`${name}: the table is gone`]
    const odd = strangers(db, name)
    if (odd.length > 0) return [`${name}: rows added under numbers that no row has: ${odd.slice(0, 5).join(', ')}`]
    now = digestTable(db, name)
  } catch (error) {
    if (error instanceof Unexpected) return [`${name}: ${error.message}`]
    // Damage that SQLite meets on the way is one more way not to be what was sealed.
    if (isSqlite(error)) return [`${name}: cannot be read: ${(error as Error).message}`]
    throw error
  }
  if (now.sha256 === sha256) return []
  const parts = sealedParts(db, name, sha256)
  if (!parts) return [`${name}: its rows are not those that were sealed; which ones cannot be told, the list of its parts was changed too`]
  const lines = changeLines(name, rowChanges(parts, now, PART_ROWS), name !== 'coverage')
  return lines.length > 0 ? lines : [`${name}: its rows are not those that were sealed`]
}

const isSqlite = (error: unknown): boolean => String((error as { code?: unknown } | undefined)?.code).startsWith('SQLITE_')

function checkSchema(db: Database, { schema }: Manifest): Check {
  const present = new Map(schemaObjects(db).map((object) => [`${object.type} ${object.name}`, object.sha256]))
  const details: string[] = []
  for (const { type, name, sha256 } of schema) {
    const now = present.get(`${type} ${name}`)
    if (now === undefined) details.push(`${type} ${name} is gone`)
    else if (now !== sha256) details.push(`${type} ${name} has another definition`)
  }
  if (details.length > 0) return { check: 'schema', state: 'failed', message: 'tables or views are not those that were sealed', details }
  return { check: 'schema', state: 'ok', message: `${schema.length} definitions of tables and views are those that were sealed` }
}

/** What somebody added beside the evidence: an index, a view, a table. It changes no answer, and nothing vouches for it. */
function extras(db: Database, { schema }: Manifest): Check[] {
  const sealed = new Set(schema.map(({ type, name }) => `${type} ${name}`))
  const evidence = new Set(evidenceTables(db))
  const details = schemaObjects(db)
    .filter(({ type, name }) => !sealed.has(`${type} ${name}`) && !evidence.has(name) && !UNSEALED_TABLES.has(name))
    .map(({ type, name }) => `${type} ${name}`)
  return details.length === 0 ? [] : [{ check: 'schema', state: 'note', message: 'added since, and not covered by the seal', details }]
}

interface RunFacts {
  readonly id: number
  readonly config: string | null
  readonly config_hash: string | null
  readonly tool_hash: string | null
  readonly version: string | null
}

/** What is told by the digest of `run` as well, in words. */
function checkRuns(db: Database, { runs }: Manifest): Check[] {
  const now = new Map(
    (db.prepare('SELECT id, config, config_hash, tool_hash, version FROM main.run').safeIntegers(false).all() as RunFacts[]).map((run) => [
      run.id,
      run,
    ]),
  )
  const details: string[] = []
  for (const run of runs) {
    const is = now.get(run.id)
    if (!is) details.push(`run ${run.id} is gone`)
    else {
      if (sha256Of(is.config ?? '') !== run.config_hash) details.push(`run ${run.id}: the configuration is not the one that was in force`)
      if (is.config_hash !== run.config_hash) details.push(`run ${run.id}: config_hash was ${run.config_hash}, is ${is.config_hash}`)
      if (is.tool_hash !== run.tool_hash || is.version !== run.version) details.push(`run ${run.id}: it names another program`)
    }
  }
  if (details.length > 0) return [{ check: 'configuration', state: 'failed', message: 'runs are not told as they were', details }]
  const show = runs.filter((run) => run.show_secrets)
  return [
    {
      check: 'configuration',
      state: 'ok',
      message: `the configuration of ${runs.length === 1 ? 'the run' : `${runs.length} runs`} is the one that was in force`,
    },
    ...(show.length === 0
      ? []
      : [{ check: 'configuration', state: 'note', message: 'secrets were written unmasked (--show-secrets)' } as const]),
  ]
}
