/** The tables of a case as plain rows with typed columns: what CSV and Parquet are made of. */
import type { Database } from 'better-sqlite3'
import type { FieldKind, TableSchema } from '../schema/fields.js'
import { columnsOf, commonColumns, isoOf, quoted, selectTransactions, sharedViewColumns } from '../schema/sql.js'
import { flowFields } from '../schema/tables.js'
import { orderOf } from './case-rows.js'
import type { CaseTables } from './case-tables.js'
import type { Stored } from './stored-value.js'

export interface RelationColumn {
  readonly name: string
  readonly kind: FieldKind
}

export interface Relation {
  readonly name: string
  readonly columns: readonly RelationColumn[]
  /** In case order; one row is held. */
  rows(): IterableIterator<Stored[]>
}

/** Tables that are written beside those of the protocols. */
const BESIDE = ['flow', 'capture', 'anomaly', 'coverage']

/** One for each protocol that the case has a table of, then flow, capture, anomaly and coverage. */
export function relationsOf(db: Database, { protocols, tables }: CaseTables): Relation[] {
  return [
    ...protocols.map(({ schema }) => transactionRelation(db, schema)),
    ...tables.filter(({ name }) => BESIDE.includes(name)).map((schema) => tableRelation(db, schema)),
  ]
}

const kinds = new Map<string, FieldKind>([
  ...commonColumns.map(({ name, kind }) => [name, kind] as const),
  ...columnsOf(flowFields).map(({ name, kind }) => [name, kind] as const),
  ['duration_ms', 'real'],
])

const relation = (db: Database, name: string, columns: readonly RelationColumn[], sql: string): Relation => ({
  name,
  columns,
  rows: () => db.prepare(sql).raw().iterate() as IterableIterator<Stored[]>,
})

/** What the view of the protocol shows. */
function transactionRelation(db: Database, schema: TableSchema): Relation {
  const shared = sharedViewColumns.map((name) => ({ name, kind: kinds.get(name) ?? ('text' as const) }))
  const own = columnsOf(schema.fields).map(({ name, kind }) => ({ name, kind }))
  return relation(db, schema.name, [...shared, ...own], `${selectTransactions(schema)} ORDER BY t."id"`)
}

function tableRelation(db: Database, schema: TableSchema): Relation {
  const columns: RelationColumn[] = columnsOf(schema.fields).map(({ name, kind }) => ({ name, kind }))
  const expressions = columns.map(({ name }) => quoted(name))
  if (schema.name === 'flow') {
    columns.push({ name: 'ts', kind: 'text' }, { name: 'duration_ms', kind: 'real' })
    expressions.push(isoOf('"first_ns"'), '("last_ns" - "first_ns") / 1000000.0')
  }
  return relation(db, schema.name, columns, `SELECT ${expressions.join(', ')} FROM main.${quoted(schema.name)} ORDER BY ${orderOf(schema)}`)
}
