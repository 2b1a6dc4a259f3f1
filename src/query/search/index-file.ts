/**
 * The search index of a case: an FTS5 table for each protocol, in a file of its own, since a case is evidence and is only read.
 *
 * It lies in a cache folder under a name that is made of the case's content: a copy of the case finds it again, a case that was written
 * to does not. It holds no texts, only which words stand in which row, and can be deleted at any time. A case that is being written, or
 * a folder that cannot be, gets an index in a temporary file that SQLite removes.
 */
import { createHash } from 'node:crypto'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { CASE_HEADER_BYTES } from '../../schema/case-mark.js'
import { quoted, transactionTable } from '../../schema/sql.js'
import { createTextTable, insertText, type SearchedProtocol, searchedProtocols } from './text-columns.js'

/** Raised when the index is made differently: those that lie there are then built anew. */
const VERSION = 1
/** Indexes kept, the newest: an examiner works on a few cases at a time, and an index is a fifth to half of its case. */
const MAX_KEPT = 16
/** The same reasons as for a case: few pages to find a word in, and memory for the words of a big one while it is built. */
const PAGE_BYTES = 16_384
const CACHE_KIB = 65_536

export interface SearchIndex {
  readonly db: Database.Database
  readonly protocols: readonly SearchedProtocol[]
}

/**
 * @param folder where indexes are kept; undefined = nowhere, it is made for this once
 * @param building called before an index is built, with the number of transactions
 */
export function openIndex(
  casePath: string,
  db: Database.Database,
  folder: string | undefined,
  building: (rows: number) => void,
): SearchIndex {
  const path = folder === undefined ? undefined : placeFor(casePath, db, folder)
  const kept = path === undefined ? undefined : openKept(path)
  if (kept) return kept
  const protocols = searchedProtocols(db)
  building(rowsOf(db, protocols))
  if (path === undefined) return { db: build(db, protocols, ''), protocols }
  const draft = `${path}.${process.pid}`
  try {
    closeSync(openSync(draft, 'wx', 0o600))
    build(db, protocols, draft).close()
    renameSync(draft, path)
    prune(folder!, path)
    return openKept(path) ?? { db: build(db, protocols, ''), protocols }
  } catch (error) {
    rmSync(draft, { force: true })
    const { code } = error as { code?: string }
    // No space, no permission: the search itself needs neither.
    if (!/^(?:E[A-Z]+|SQLITE_FULL|SQLITE_IOERR.*|SQLITE_CANTOPEN.*|SQLITE_READONLY.*)$/.test(code ?? '')) throw error
    return { db: build(db, protocols, ''), protocols }
  }
}

function placeFor(casePath: string, db: Database.Database, folder: string): string | undefined {
  // Written at this moment, or left by a run that was killed: the file alone does not say what the case holds.
  if (existsSync(`${casePath}-wal`) || existsSync(`${casePath}-journal`)) return undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch {
    return undefined
  }
  return join(folder, `${contentId(casePath, db)}.sqlite`)
}

/** SQLite counts every change in the header; size, runs, captures and last rows are there for tools that set it back. */
function contentId(casePath: string, db: Database.Database): string {
  const header = Buffer.alloc(CASE_HEADER_BYTES)
  const fd = openSync(casePath, 'r')
  try {
    readSync(fd, header, 0, CASE_HEADER_BYTES, 0)
  } finally {
    closeSync(fd)
  }
  const tables = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").raw().all() as string[][]
  const last = tables
    .filter(([name]) => name!.startsWith(transactionTable('')))
    .map(([name]) => [
      name,
      db
        .prepare(`SELECT max(id) FROM ${quoted(name!)}`)
        .pluck()
        .get(),
    ])
  const runs = db.prepare('SELECT * FROM run ORDER BY id').raw().all()
  const captures = db.prepare('SELECT id, sha256, packets FROM capture ORDER BY id').raw().all()
  const hash = createHash('sha256').update(header)
  hash.update(JSON.stringify([VERSION, statSync(casePath).size, tables, last, runs, captures]))
  return hash.digest('hex').slice(0, 32)
}

/** undefined when there is none, or none that can be used. */
function openKept(path: string): SearchIndex | undefined {
  if (!existsSync(path)) return undefined
  let db: Database.Database | undefined
  try {
    db = new Database(path, { readonly: true, fileMustExist: true })
    db.pragma('trusted_schema = 0')
    const rows = db.prepare('SELECT name, columns FROM searched ORDER BY name').all() as { name: string; columns: string }[]
    return { db, protocols: rows.map(({ name, columns }) => ({ name, columns: JSON.parse(columns) as string[] })) }
  } catch {
    db?.close()
    rmSync(path, { force: true })
    return undefined
  }
}

const rowsOf = (db: Database.Database, protocols: readonly SearchedProtocol[]): number =>
  protocols.reduce(
    (sum, { name }) =>
      sum +
      (db
        .prepare(`SELECT count(*) FROM ${quoted(transactionTable(name))}`)
        .pluck()
        .get() as number),
    0,
  )

function build(from: Database.Database, protocols: readonly SearchedProtocol[], path: string): Database.Database {
  const into = new Database(path)
  into.pragma(`page_size = ${PAGE_BYTES}`)
  into.pragma(`cache_size = -${CACHE_KIB}`)
  // A draft: what is half done is thrown away.
  into.pragma('journal_mode = OFF')
  into.pragma('synchronous = OFF')
  into.exec('BEGIN; CREATE TABLE searched (name TEXT, columns TEXT)')
  const searched = into.prepare('INSERT INTO searched VALUES (?, ?)')
  for (const protocol of protocols) {
    into.exec(createTextTable(protocol, false))
    const insert = into.prepare(insertText(protocol))
    // A view gives a row for each of its table; one that was made to give more must not fill the disk.
    const limit = `LIMIT (SELECT count(*) FROM ${quoted(transactionTable(protocol.name))})`
    const rows = from.prepare(`SELECT id, ${protocol.columns.map(quoted).join(', ')} FROM ${quoted(protocol.name)} ${limit}`).raw()
    for (const row of rows.iterate()) insert.run(row as unknown[])
    searched.run(protocol.name, JSON.stringify(protocol.columns))
  }
  into.exec('COMMIT')
  return into
}

/** Removes the oldest indexes, and drafts of processes that are gone. */
function prune(folder: string, own: string): void {
  try {
    const files = readdirSync(folder).map((name) => ({ name, path: join(folder, name) }))
    const kept = files.filter(({ name, path }) => name.endsWith('.sqlite') && path !== own)
    kept.sort((a, b) => statSync(b.path).mtimeMs - statSync(a.path).mtimeMs)
    for (const { path } of kept.slice(MAX_KEPT - 1)) rmSync(path, { force: true })
    for (const { name, path } of files) {
      const pid = /\.sqlite\.(\d+)$/.exec(name)?.[1]
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(path, { force: true })
    }
  } catch {
    // Another search tidies up at the same time.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
