/** What of a case is searched: every text column of every protocol it holds. Both the index and the snippets are made of these. */
import type { Database } from 'better-sqlite3'
import { quoted, transactionTable } from '../../schema/sql.js'

export interface SearchedProtocol {
  readonly name: string
  /** Its text columns that hold anything in this case; those that every protocol has come first. */
  readonly columns: readonly string[]
}

/**
 * Ids, packets and words of a fixed list: nobody looks for these as text, and `complete` would be found in every row. The last two are
 * names that FTS5 keeps for itself; no protocol of ours has them, a plugin might.
 */
const LEFT_OUT = new Set(['tx', 'frames', 'status', 'complete', 'rank', 'rowid'])
/** Where the reader should be told first that a word stands. */
const FIRST = ['query', 'resource', 'params', 'error', 'user', 'method']
const rank = (column: string): number => (FIRST.indexOf(column) + FIRST.length + 1) % (FIRST.length + 1)

export function searchedProtocols(db: Database): SearchedProtocol[] {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]
  const prefix = transactionTable('')
  return tables
    .filter((table) => table.startsWith(prefix))
    .map((table) => table.slice(prefix.length))
    .sort()
    .map((name) => ({ name, columns: columnsOf(db, name) }))
    .filter(({ columns }) => columns.length > 0)
}

function columnsOf(db: Database, protocol: string): string[] {
  const sql = "SELECT name FROM pragma_table_xinfo(?) WHERE type = 'TEXT'"
  const all = (db.prepare(sql).pluck().all(transactionTable(protocol)) as string[]).filter((column) => !LEFT_OUT.has(column))
  if (all.length === 0) return []
  // Of the view, not the table: there some columns are computed from others when they are read.
  const used = all.map((column) => `max(${quoted(column)} IS NOT NULL) AS ${quoted(column)}`).join(', ')
  const row = db.prepare(`SELECT ${used} FROM ${quoted(protocol)}`).get() as Record<string, number>
  return all.filter((column) => row[column]).sort((a, b) => rank(a) - rank(b))
}

/** The FTS5 table of a protocol; FTS5 takes the name for a column, which must not be one of the protocol's. */
export const textTable = (protocol: string): string => quoted(`fts_${protocol}`)

/** An FTS5 table over these columns; `kept` = it holds the texts themselves, as snippets need. */
export const createTextTable = ({ name, columns }: SearchedProtocol, kept: boolean): string =>
  `CREATE VIRTUAL TABLE ${textTable(name)} USING fts5(${columns.map(quoted).join(', ')}, ${kept ? '' : "content='', "}tokenize='unicode61 remove_diacritics 2')`

export const insertText = ({ name, columns }: SearchedProtocol): string =>
  `INSERT INTO ${textTable(name)} (rowid, ${columns.map(quoted).join(', ')}) VALUES (?${', ?'.repeat(columns.length)})`
