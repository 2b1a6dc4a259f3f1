/** Temporary folders and looks into a case, for the tests of the sinks. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach } from 'vitest'

export * from './made-up.js'

const folders: string[] = []
/** A folder that is gone after the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  folders.push(folder)
  return folder
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Every row of every table, integers exact, in the order in which SQLite stores them: what `.dump` would show. */
export function dump(path: string): Record<string, unknown[]> {
  const db = new Database(path, { readonly: true })
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('seal', 'seal_part') ORDER BY name")
      .pluck()
      .all() as string[]
    return Object.fromEntries(tables.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).safeIntegers().raw().all()]))
  } finally {
    db.close()
  }
}

export function select(path: string, sql: string, ...params: unknown[]): unknown[] {
  const db = new Database(path, { readonly: true })
  try {
    return db
      .prepare(sql)
      .safeIntegers()
      .all(...params)
  } finally {
    db.close()
  }
}
