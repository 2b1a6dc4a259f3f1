/** The tables of a seal and of what is said about the evidence afterwards: plain SQL, because no row of theirs is evidence. */
import type { Database } from 'better-sqlite3'

export const SEAL_TABLES = [
  `CREATE TABLE IF NOT EXISTS main."seal" (
  "id" INTEGER PRIMARY KEY,
  "manifest" TEXT,
  "sha256" TEXT,
  "signature" TEXT,
  "public_key" TEXT
) STRICT`,
  `CREATE TABLE IF NOT EXISTS main."seal_part" (
  "id" INTEGER PRIMARY KEY,
  "table_name" TEXT,
  "first" INTEGER,
  "rows" INTEGER,
  "sha256" BLOB,
  "row_index" BLOB
) STRICT`,
] as const

export const CUSTODY_TABLE = `CREATE TABLE IF NOT EXISTS main."custody" (
  "id" INTEGER PRIMARY KEY,
  "entry" TEXT,
  "sha256" TEXT,
  "signature" TEXT,
  "public_key" TEXT
) STRICT`

/** Tables that hold what is said about the evidence; each has its own proof, so the seal leaves them out. */
export const UNSEALED_TABLES: ReadonlySet<string> = new Set(['seal', 'seal_part', 'custody'])

export const hasTable = (db: Database, name: string): boolean =>
  db.prepare("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined
