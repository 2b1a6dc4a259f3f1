/** Seals a case at the end of a run, and holds the seal of an earlier run against it before rows are added. */
import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { UserError } from '../../../model/user-error.js'
import type { SealSigner } from '../../sink.js'
import { digestWritten, schemaObjects } from './digest-tables.js'
import { type Former, manifestOf, readManifest, sha256Of } from './manifest.js'
import { hasTable, SEAL_TABLES } from './seal-tables.js'
import { Unexpected } from './table-pages.js'

/** Row `seal` of a case. */
export interface SealRow {
  readonly manifest: string
  readonly sha256: string
  /** Base64; NULL when it is not signed. */
  readonly signature: string | null
  /** SPKI in PEM. */
  readonly public_key: string | null
}

export function sealRow(db: Database): SealRow | undefined {
  if (!hasTable(db, 'seal')) return undefined
  return db.prepare('SELECT manifest, sha256, signature, public_key FROM main.seal ORDER BY id LIMIT 1').get() as SealRow | undefined
}

/**
 * How the case stands before a run adds to it. A seal that does not hold is an error: the new one would say that it does.
 *
 * Asked before the first change, outside of a transaction.
 */
export function formerOf(db: Database, path: string): Former {
  const row = sealRow(db)
  if (!row) return { state: db.prepare('SELECT 1 FROM main.capture LIMIT 1').get() === undefined ? 'new' : 'unsealed' }
  const changed = changedSince(db, path, row)
  if (changed !== undefined)
    throw new UserError(`${path} was changed after it was sealed: ${changed}; a new seal would cover that up`, [
      `audit verify ${path}   names what was changed`,
      'analyze the captures into a new case, with -o',
    ])
  return { state: 'sealed', sha256: row.sha256, signed: row.signature !== null }
}

function changedSince(db: Database, path: string, row: SealRow): string | undefined {
  const manifest = readManifest(row.manifest)
  if (!manifest || sha256Of(row.manifest) !== row.sha256) return 'the seal itself'
  let now: ReturnType<typeof digestWritten>
  try {
    now = digestWritten(db, path, !existsSync(`${path}-wal`))
  } catch (error) {
    if (error instanceof Unexpected) return error.message
    throw error
  }
  for (const { name, sha256 } of manifest.tables) if (now.get(name)?.sha256 !== sha256) return `rows of ${name}`
  const sealed = new Set(manifest.tables.map(({ name }) => name))
  for (const name of now.keys()) if (!sealed.has(name)) return `the table ${name} was added`
  const present = new Map(schemaObjects(db).map((object) => [object.name, object.sha256]))
  for (const { name, sha256 } of manifest.schema) if (present.get(name) !== sha256) return `the definition of ${name}`
  return undefined
}

/** Inside the run's transaction: from its first change on the former seal is void. */
export function breakSeal(db: Database): void {
  if (hasTable(db, 'seal')) db.exec('DELETE FROM main.seal')
  if (hasTable(db, 'seal_part')) db.exec('DELETE FROM main.seal_part')
}

/**
 * Seals what was written, in a transaction of its own.
 * @param folded the file holds everything; false: somebody reads the case and keeps its log open
 */
export function writeSeal(db: Database, path: string, { folded, former, sign }: SealRequest): void {
  const digests = digestWritten(db, path, folded)
  db.exec('BEGIN IMMEDIATE')
  for (const sql of SEAL_TABLES) db.exec(sql)
  breakSeal(db)
  const part = db.prepare('INSERT INTO main.seal_part (table_name, first, rows, sha256, row_index) VALUES (?, ?, ?, ?, ?)')
  for (const [name, { parts }] of digests) for (const { first, rows, sha256, index } of parts) part.run(name, first, rows, sha256, index)
  const tables = [...digests].map(([name, { rows, sha256 }]) => ({ name, rows, sha256 }))
  const manifest = `${JSON.stringify(manifestOf(db, tables, former), null, 1)}\n`
  const signed = sign?.(Buffer.from(manifest))
  db.prepare('INSERT INTO main.seal (id, manifest, sha256, signature, public_key) VALUES (1, ?, ?, ?, ?)').run(
    manifest,
    sha256Of(manifest),
    signed?.signature.toString('base64') ?? null,
    signed?.publicKey ?? null,
  )
  db.exec('COMMIT')
}

export interface SealRequest {
  readonly folded: boolean
  readonly former: Former
  readonly sign: SealSigner | undefined
}
