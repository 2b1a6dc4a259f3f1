/**
 * Writes a case for an outsider, row by row into a new file, so that nothing that was taken away was ever written there.
 *
 * Two passes: the first notes the values that are taken away, the second writes, and looks for those values in what is kept.
 */
import type { Database } from 'better-sqlite3'
import { orderOf } from '../case/case-rows.js'
import type { CaseTables } from '../case/case-tables.js'
import type { Stored } from '../case/stored-value.js'
import { inNetworks } from '../processors/networks.js'
import type { TableSchema } from '../schema/fields.js'
import { createTable, quoted, selectTransactions, transactionTable } from '../schema/sql.js'
import { caseTables } from '../schema/tables.js'
import { createLayout, ensureTransactionTable } from '../sinks/sqlite/layout.js'
import { CellChange } from './cell-change.js'
import { KnownValues } from './known-values.js'
import type { Plan, PlannedTable } from './plan.js'
import type { Policy } from './policy.js'
import { redactionTable } from './redaction-table.js'
import { TextSearch } from './text-search.js'
import type { Tokens } from './tokens.js'

/** Pages in memory of the new file, KiB. */
const CACHE_KIB = 16_384

export interface Redaction {
  readonly db: Database
  readonly tables: CaseTables
  readonly plan: Plan
  readonly policy: Policy
  readonly tokens: Tokens
  /** A new, empty file. */
  readonly out: Database
}

export interface RedactionCounts {
  flows: number
  transactions: number
  /** Rows of flows that the policy leaves out, and of what belongs to them. */
  leftOut: number
  /** Cells changed by the policy. */
  cells: number
  /** Cells that were kept, in which values of others were found. */
  found: number
  /** Values that there was no room to look for. */
  missed: number
}

/** Yields after each row, so that the caller may pause or stop. */
export function* redactCase(given: Redaction): Generator<void, RedactionCounts> {
  const { db, plan, tokens, policy, out } = given
  const values = new KnownValues()
  const search = new TextSearch(tokens, values, plan.addresses)
  const changes = new Map<PlannedTable, CellChange[]>()
  for (const table of [...plan.transactions, ...plan.tables])
    changes.set(
      table,
      table.columns.map((column) => new CellChange(column, tokens, search)),
    )
  const isTransaction = new Set(plan.transactions)
  const reader = (table: PlannedTable): Iterable<Stored[]> => {
    const from = isTransaction.has(table) ? `(${selectTransactions(table.schema)})` : `main.${quoted(table.schema.name)}`
    const names = table.columns.map(({ name }) => quoted(name)).join(', ')
    return db
      .prepare(`SELECT ${names} FROM ${from} ORDER BY ${isTransaction.has(table) ? '"id"' : orderOf(table.schema)}`)
      .raw()
      .iterate() as Iterable<Stored[]>
  }

  for (const [table, columns] of changes) {
    const collecting = columns.map((change, i) => ({ change, i })).filter(({ change }) => change.collects)
    if (collecting.length === 0) continue
    for (const row of reader(table)) {
      for (const { change, i } of collecting) change.collect(row[i] ?? null, values)
      yield
    }
  }

  const counts: RedactionCounts = { flows: 0, transactions: 0, leftOut: 0, cells: 0, found: 0, missed: values.missed }
  prepare(given)
  const flows = selectionOf(db, policy)
  for (const [table, columns] of changes) {
    const name = isTransaction.has(table) ? transactionTable(table.schema.name) : table.schema.name
    if (isTransaction.has(table)) ensureTransactionTable(out, plain(table.schema))
    const at = table.columns.findIndex((column) => column.name === (name === 'flow' ? 'id' : 'flow_id'))
    const insert = out.prepare(
      `INSERT INTO main.${quoted(name)} (${table.columns.map((column) => quoted(column.name)).join(', ')}) VALUES (${table.columns.map(() => '?').join(', ')})`,
    )
    for (const row of reader(table)) {
      const flow = at < 0 ? undefined : row[at]
      if (flows && typeof flow === 'bigint' && !flows(flow)) counts.leftOut++
      else {
        insert.run(name === 'run' ? runRow(table, columns, row, given) : row.map((cell, i) => columns[i]!.of(cell ?? null)))
        if (isTransaction.has(table)) counts.transactions++
        else if (name === 'flow') counts.flows++
      }
      yield
    }
  }
  log(given, [...changes.values()].flat(), counts)
  out.exec('COMMIT')
  return counts
}

/** Columns that follow from others are written out: what was taken away must not come back through a view. */
const plain = (schema: TableSchema): TableSchema => ({ name: schema.name, doc: schema.doc, fields: schema.fields })

function prepare({ out, tables }: Redaction): void {
  createLayout(out, { transactions: tables.protocols.map(({ schema }) => plain(schema)), tables: caseTables, captures: [] })
  // The file gets its name when it is whole: a journal would guard nothing.
  out.pragma('journal_mode = DELETE')
  out.pragma('journal_mode = OFF')
  out.pragma(`cache_size = -${CACHE_KIB}`)
  out.exec('BEGIN')
  out.exec(createTable(redactionTable))
}

/** Whether a flow goes out; undefined when all do. */
function selectionOf(db: Database, { only, except }: Policy): ((flow: bigint) => boolean) | undefined {
  if (!only && except.length === 0) return undefined
  const within = only && inNetworks(only)
  const without = inNetworks(except)
  const ends = db.prepare('SELECT "client_ip", "server_ip" FROM main."flow" WHERE "id" = ?').raw()
  return (flow) => {
    const addresses = (ends.get(flow) as Stored[] | undefined)?.map(String) ?? []
    return (!within || addresses.some(within)) && !addresses.some(without)
  }
}

/** A run says that its rows are redacted, by which policy, and with which key as far as another export could be told to have the same. */
function runRow(table: PlannedTable, columns: readonly CellChange[], row: readonly Stored[], { policy, tokens }: Redaction): Stored[] {
  const redacted = { policy: policy.name, policy_sha256: policy.sha256, key_check: tokens.check }
  return table.columns.map(({ name }, i) => {
    const cell = columns[i]!.of(row[i] ?? null)
    return name === 'config' ? JSON.stringify({ ...objectOf(cell), redacted }) : cell
  })
}

function objectOf(cell: Stored): object {
  try {
    const value: unknown = JSON.parse(String(cell))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}

function log({ out, policy }: Redaction, columns: readonly CellChange[], counts: RedactionCounts): void {
  const insert = out.prepare('INSERT INTO main."redaction" VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  let id = 0
  for (const { column, changed, found } of columns) {
    counts.cells += changed
    counts.found += found
    const line = column.rule?.line ?? null
    if (changed > 0)
      insert.run(++id, column.table, column.name, column.id === undefined ? column.action : 'id', changed, line, policy.name, policy.sha256)
    if (found > 0) insert.run(++id, column.table, column.name, 'found', found, null, policy.name, policy.sha256)
  }
}
