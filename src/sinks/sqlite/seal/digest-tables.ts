/** Which tables and what else of a case its seal covers, and the digests of both. */
import { createHash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { quoted, transactionTable } from '../../../schema/sql.js'
import { caseTables } from '../../../schema/tables.js'
import { recordOf, type StoredValue } from './record.js'
import { UNSEALED_TABLES } from './seal-tables.js'
import { type TableDigest, TableDigester } from './table-digest.js'
import { CasePages, Unexpected } from './table-pages.js'

/** A table's rows, as its digest sees them. */
interface Shape {
  readonly name: string
  readonly root: number
  /** Stored columns, in order. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly isKey: boolean }[]
}

/** The names of tables of evidence, without looking into one. */
export function evidenceTables(db: Database): string[] {
  const own = new Set(caseTables.map(({ name }) => name))
  const prefix = transactionTable('')
  const names = db.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all() as string[]
  return names.filter((name) => own.has(name) || name.startsWith(prefix))
}

function shapeOf(db: Database, name: string): Shape {
  const root = db.prepare("SELECT rootpage FROM main.sqlite_schema WHERE type = 'table' AND name = ?").pluck().get(name)
  const info = db.prepare('SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)').safeIntegers(false).all(name) as {
    readonly name: string
    readonly type: string
    readonly pk: number
    readonly hidden: number
  }[]
  const columns = info
    .filter(({ hidden }) => hidden === 0)
    .map(({ name, type, pk }) => ({ name, type, isKey: pk === 1 && type === 'INTEGER' }))
  return { name, root: Number(root ?? 0), columns }
}

/** Rows are numbered by their key; those of a table without one by their place among all, sorted: SQLite may renumber them. */
const keyOf = ({ columns }: Shape): string | undefined => columns.find(({ isKey }) => isKey)?.name

/**
 * A real number without a fraction may stand in the file as an integer, and rows without a key in another order than theirs: both
 * are asked of SQLite.
 */
const readableAsPages = (shape: Shape): boolean => keyOf(shape) !== undefined && shape.columns.every(({ type }) => type !== 'REAL')

/**
 * Digests of all tables of evidence as this program has just written them, its log folded in.
 *
 * @param folded false: somebody keeps the log open, the file alone is not the case
 */
export function digestWritten(db: Database, path: string, folded: boolean): Map<string, TableDigest> {
  const isPlain = folded && db.pragma('main.encoding', { simple: true }) === 'UTF-8'
  const pages = isPlain ? new CasePages(path) : undefined
  try {
    return new Map(evidenceTables(db).map((name) => [name, digestOne(db, shapeOf(db, name), pages)]))
  } finally {
    pages?.close()
  }
}

function digestOne(db: Database, shape: Shape, pages: CasePages | undefined): TableDigest {
  if (!pages || !readableAsPages(shape)) return digestAsked(db, shape)
  try {
    const digester = new TableDigester()
    pages.walk(shape.root, shape.columns.length, digester)
    return digester.end()
  } catch (error) {
    if (error instanceof Unexpected) return digestAsked(db, shape)
    throw error
  }
}

/**
 * The digest of a table as SQLite answers for it: what every reader of the case sees. Throws `Unexpected` for rows out of order.
 *
 * @param without columns left out, to compare what two cases have in common
 */
export function digestTable(db: Database, name: string, without: ReadonlySet<string> = new Set()): TableDigest {
  const shape = shapeOf(db, name)
  return digestAsked(db, { ...shape, columns: shape.columns.filter((column) => !without.has(column.name)) })
}

function digestAsked(db: Database, shape: Shape): TableDigest {
  const digester = new TableDigester()
  const key = keyOf(shape)
  const isText = shape.columns.map(({ type }) => type === 'TEXT')
  const values = shape.columns.map(({ name }, i) => (isText[i] ? `CAST(${quoted(name)} AS BLOB)` : quoted(name)))
  const table = `main.${quoted(shape.name)}`
  const sql =
    key === undefined
      ? `SELECT 0, ${values.join(', ')} FROM ${table} ORDER BY ${shape.columns.map((_, i) => i + 2).join(', ')}`
      : // A number that is none of ours is no row of ours: `strangers` counts those.
        `SELECT ${quoted(key)}, ${values.join(', ')} FROM ${table} WHERE ${quoted(key)} BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER} ORDER BY ${quoted(key)}`
  const keyAt = shape.columns.findIndex(({ isKey }) => isKey)
  let place = 0
  for (const row of db.prepare(sql).safeIntegers().raw().iterate() as IterableIterator<StoredValue[]>) {
    const id = key === undefined ? ++place : Number(row[0])
    const stored = row.slice(1)
    if (keyAt >= 0) stored[keyAt] = null
    const record = recordOf(stored, isText)
    digester.row(id, record.length)
    digester.piece(record, 0, record.length)
  }
  return digester.end()
}

/** Rows under numbers that no row of ours has. */
export function strangers(db: Database, name: string): bigint[] {
  const key = keyOf(shapeOf(db, name))
  if (key === undefined) return []
  const sql = `SELECT ${quoted(key)} FROM main.${quoted(name)} WHERE ${quoted(key)} NOT BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER} LIMIT 100`
  return db.prepare(sql).safeIntegers().pluck().all() as bigint[]
}

export interface SchemaObject {
  readonly type: string
  readonly name: string
  readonly sha256: string
}

/** What tables and views mean: the SQL that made each. */
export function schemaObjects(db: Database): SchemaObject[] {
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY type, name').all() as {
    readonly type: string
    readonly name: string
    readonly tbl_name: string
    readonly sql: string | null
  }[]
  return rows
    .filter(({ name, tbl_name }) => !UNSEALED_TABLES.has(tbl_name) && !name.startsWith('sqlite_'))
    .map(({ type, name, sql }) => ({
      type,
      name,
      sha256: createHash('sha256')
        .update(sql ?? '')
        .digest('hex'),
    }))
}
