/** Creates what a case lacks: its tables, its views, columns that a newer protocol has. */
import type { Database } from 'better-sqlite3'
import { CASE_APPLICATION_ID, CASE_SCHEMA_VERSION } from '../../schema/case-mark.js'
import type { TableSchema } from '../../schema/fields.js'
import {
  columnsOf,
  createEmptyView,
  createProtocolView,
  createTable,
  createTransactionTable,
  createTransactionView,
  quoted,
  type SqlColumn,
  transactionColumns,
  transactionTable,
} from '../../schema/sql.js'
import type { RunSchemas } from '../sink.js'

/** Pages of 16 KiB: half the work of 4 KiB at the commit; larger ones save little more, and a small case would be mostly air. */
const PAGE_BYTES = 16_384

/**
 * Makes an empty file an empty case, with a log from then on, and does not wait for the disk: there is nothing yet that a power
 * cut could take. Folded in at once, so that others see a case while the run is under way.
 */
export function createLayout(db: Database, schemas: RunSchemas): void {
  db.pragma(`page_size = ${PAGE_BYTES}`)
  db.pragma('synchronous = OFF')
  db.pragma('journal_mode = WAL')
  db.exec('BEGIN IMMEDIATE')
  db.pragma(`application_id = ${CASE_APPLICATION_ID}`)
  db.pragma(`user_version = ${CASE_SCHEMA_VERSION}`)
  completeLayout(db, schemas)
  db.exec('COMMIT')
  db.pragma('wal_checkpoint(PASSIVE)')
}

/** Inside a transaction: adds what is missing, keeps what it does not know. */
export function completeLayout(db: Database, schemas: RunSchemas): void {
  const tables = namesOf(db, 'table')
  const views = namesOf(db, 'view')
  for (const schema of schemas.tables) {
    if (!tables.has(schema.name)) db.exec(createTable(schema))
    else addColumns(db, schema.name, columnsOf(schema.fields))
  }
  for (const schema of schemas.transactions) {
    // An empty table would take a page for each protocol that the captures do not speak.
    const table = transactionTable(schema.name)
    const present = tables.has(table)
    if (present) addColumns(db, table, transactionColumns(schema))
    renewView(db, schema.name, present ? createProtocolView(schema) : createEmptyView(schema))
  }
  const known = new Set(schemas.transactions.map((s) => s.name))
  const unknown = transactionTables(db).filter((name) => !known.has(name) && views.has(name))
  renewView(db, 'tx', createTransactionView([...known, ...unknown].sort()))
}

/** The table of a protocol, before its first row. */
export function ensureTransactionTable(db: Database, schema: TableSchema): void {
  if (namesOf(db, 'table').has(transactionTable(schema.name))) return
  db.exec(createTransactionTable(schema))
  renewView(db, schema.name, createProtocolView(schema))
}

/** The protocols that the case has a table for, by name. */
export function transactionTables(db: Database): string[] {
  const prefix = transactionTable('')
  return [...namesOf(db, 'table')]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .sort()
}

function namesOf(db: Database, type: 'table' | 'view'): Set<string> {
  return new Set(db.prepare('SELECT name FROM main.sqlite_schema WHERE type = ?').pluck().all(type) as string[])
}

function addColumns(db: Database, table: string, wanted: readonly SqlColumn[]): void {
  const present = new Set(db.prepare('SELECT name FROM pragma_table_xinfo(?)').pluck().all(table) as string[])
  for (const column of wanted)
    if (!present.has(column.name)) db.exec(`ALTER TABLE main.${quoted(table)} ADD COLUMN ${quoted(column.name)} ${column.type}`)
}

function renewView(db: Database, name: string, sql: string): void {
  const before = db.prepare("SELECT sql FROM main.sqlite_schema WHERE type = 'view' AND name = ?").pluck().get(name) as string | undefined
  if (before === sql) return
  if (before !== undefined) db.exec(`DROP VIEW main.${quoted(name)}`)
  db.exec(sql)
}

export const insertColumns = (schema: TableSchema): readonly string[] => columnsOf(schema.fields).map((c) => c.name)
