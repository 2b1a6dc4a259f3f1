/** Which tables a case holds, and as what they are read: by what this program knows of them, or by their columns alone. */
import type { Database } from 'better-sqlite3'
import { UserError } from '../model/user-error.js'
import type { Field, FieldKind, FieldSet, TableSchema } from '../schema/fields.js'
import { columnsOf, commonColumns, quoted, transactionTable } from '../schema/sql.js'
import { caseTables, transactionFields } from '../schema/tables.js'
import type { TransactionSchema } from '../sinks/sink.js'

/** Columns of one table that are read: SQLite's own limit; a case from elsewhere could still be made of nothing but names. */
const MAX_COLUMNS = 2000
/** Tables of protocols: there are about twenty, and each is a statement that stays open. */
const MAX_PROTOCOLS = 256

/** A protocol that the case has rows of. */
export interface CaseProtocol {
  readonly schema: TransactionSchema
  /** False where no module of ours names its columns: a protocol of a plugin that was not given. */
  readonly known: boolean
}

export interface CaseTables {
  /** In the order of names. */
  readonly protocols: readonly CaseProtocol[]
  /** The case's own, those that it has, with the columns that it has. */
  readonly tables: readonly TableSchema[]
}

const kinds: Readonly<Record<string, FieldKind>> = { INTEGER: 'int', REAL: 'real' }
/** Names that are no protocol's: a file or a view of that name is another's. */
const TAKEN = new Set([...caseTables.map(({ name }) => name), 'tx', 'redaction'])
/** Every version has written these; a case of an older one may lack others. */
const ALWAYS = new Set(['capture', 'run', 'flow', 'anomaly', 'coverage'])
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/**
 * The tables of an open case. Columns that the case lacks, written by an older version, are left out.
 *
 * Throws UserError for a case without the tables that every case has.
 */
export function tablesOf(db: Database, schemas: readonly TransactionSchema[]): CaseTables {
  const plain = plainTables(db)
  const tables: TableSchema[] = []
  for (const schema of caseTables) {
    if (plain.has(schema.name)) tables.push({ ...schema, fields: present(schema.fields, columnTypes(db, schema.name)) })
    else if (ALWAYS.has(schema.name))
      throw new UserError(`this case has no table ${schema.name}: it is damaged, or was not written by audit analyze`, [
        'analyze the captures into a new case',
      ])
  }
  const prefix = transactionTable('')
  const names = [...plain]
    .filter((name) => name.startsWith(prefix) && NAME.test(name))
    .map((name) => name.slice(prefix.length))
    .filter((name) => !TAKEN.has(name.toLowerCase()))
    .sort()
  if (names.length > MAX_PROTOCOLS) throw new UserError(`this case has tables of ${names.length} protocols; no case of ours has so many`)
  return { tables, protocols: names.map((name) => protocolOf(db, name, schemas)) }
}

function protocolOf(db: Database, name: string, schemas: readonly TransactionSchema[]): CaseProtocol {
  const columns = columnTypes(db, transactionTable(name))
  const common = commonColumns.find((column) => !columns.has(column.name))
  if (common) throw new UserError(`table ${transactionTable(name)} has no column ${common.name}: it is not one that audit analyze wrote`)
  const schema = schemas.find((one) => one.name === name)
  if (!schema) return { schema: { name, doc: 'Rows of a protocol that is not known here.', fields: guessed(columns) }, known: false }
  const fields = present(schema.fields, columns)
  const whole = Object.keys(fields).length === Object.keys(schema.fields).length
  // What follows from a column that is not there follows from nothing.
  return { schema: whole ? schema : { ...schema, fields, derived: {} }, known: true }
}

const present = (fields: FieldSet, columns: ReadonlyMap<string, string>): FieldSet =>
  Object.fromEntries(Object.entries(fields).filter(([name, field]) => field.only === 'document' || columns.has(name)))

/** Fields made from names and types alone. A text that holds JSON stays a text. */
function guessed(columns: ReadonlyMap<string, string>): FieldSet {
  const own: Record<string, Field<unknown>> = {}
  for (const [name, type] of columns)
    if (!(name in transactionFields) && NAME.test(name))
      own[name] = { kind: kinds[type] ?? 'text', doc: 'A column of a plugin.', example: '', optional: true }
  return own
}

/** Tables that only hold rows: a virtual one would run a module's code when it is read. */
function plainTables(db: Database): Set<string> {
  const rows = db.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").pluck().all()
  return new Set(rows as string[])
}

/** Stored columns with their declared types; generated ones are left out. */
function columnTypes(db: Database, table: string): Map<string, string> {
  const rows = db.prepare('SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0').raw().all(table) as [string, string][]
  if (rows.length > MAX_COLUMNS) throw new UserError(`table ${quoted(table)} has ${rows.length} columns; no case of ours has so many`)
  return new Map(rows)
}

/** Columns of the case's own tables as they are read, in order. */
export const storedColumns = (schema: TableSchema): readonly string[] => columnsOf(schema.fields).map((column) => column.name)
