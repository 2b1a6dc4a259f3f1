/** SQL text from field sets: tables, views, insert lists. Knows no database; the case sink and the query helpers use it. */
import type { Field, FieldKind, FieldSet, TableSchema } from './fields.js'
import { flowFields, transactionFields } from './tables.js'

export interface SqlColumn {
  readonly name: string
  readonly type: 'TEXT' | 'INTEGER' | 'REAL'
  readonly kind: FieldKind
  readonly field: Field<unknown>
}

const types = { text: 'TEXT', int: 'INTEGER', real: 'REAL', bool: 'INTEGER', list: 'TEXT', json: 'TEXT' } as const

/** Names that are taken by what a view adds around a protocol's own columns. */
const JOINED = ['protocol', 'client_ip', 'client_port', 'server_ip', 'server_port', 'ts', 'duration_ms'] as const

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const columnsOf = (fields: FieldSet): readonly SqlColumn[] =>
  Object.entries(fields)
    .filter(([, field]) => field.only !== 'document')
    .map(([name, field]) => ({ name, type: types[field.kind], kind: field.kind, field }))

export const commonColumns = columnsOf(transactionFields)

/** The physical table behind the view `name`. */
export const transactionTable = (name: string): string => `tx_${name}`

export const transactionColumns = (schema: TableSchema): readonly SqlColumn[] => {
  const own = columnsOf(schema.fields)
  const taken = new Set<string>([...commonColumns.map((c) => c.name), ...JOINED])
  const clash = own.find((c) => taken.has(c.name))
  if (clash) throw new Error(`${schema.name}.${clash.name}: every transaction has a column of that name already`)
  return [...commonColumns, ...own]
}

const columnList = (columns: readonly SqlColumn[]): string =>
  columns.map((c) => `  ${quoted(c.name)} ${c.type}${c.name === 'id' ? ' PRIMARY KEY' : ''}`).join(',\n')

/** ISO 8601 in UTC with nine digits from a column of nanoseconds. Whole seconds and the rest apart: a double would round. */
export const isoOf = (ns: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%S', ${ns} / 1000000000, 'unixepoch') || printf('.%09dZ', ${ns} % 1000000000)`

/** Columns of `flow` that are computed when read. */
const flowExtras = [
  `  "ts" TEXT GENERATED ALWAYS AS (${isoOf('"first_ns"')}) VIRTUAL`,
  '  "duration_ms" REAL GENERATED ALWAYS AS (("last_ns" - "first_ns") / 1000000.0) VIRTUAL',
].join(',\n')

export const createTable = (schema: TableSchema, schemaName = 'main'): string => {
  const extras = schema.fields === flowFields && schemaName === 'main' ? `,\n${flowExtras}` : ''
  return `CREATE TABLE ${schemaName}.${quoted(schema.name)} (\n${columnList(columnsOf(schema.fields))}${extras}\n) STRICT`
}

export const createTransactionTable = (schema: TableSchema, schemaName = 'main'): string =>
  `CREATE TABLE ${schemaName}.${quoted(transactionTable(schema.name))} (\n${columnList(transactionColumns(schema))}\n) STRICT`

/** The columns of `tx`, in order; the views of the protocols begin with them. */
export const sharedViewColumns: readonly string[] = [
  ...['id', 'tx', 'flow_id', 'protocol', 'ts_ns', 'duration_ns', 'client_ip', 'client_port', 'server_ip', 'server_port'],
  ...commonColumns.map((c) => c.name).filter((name) => !['id', 'tx', 'flow_id', 'ts_ns', 'duration_ns'].includes(name)),
  ...['ts', 'duration_ms'],
]

const ownExpression = (column: string, schema: TableSchema): string => {
  const derived = schema.derived?.[column]
  const stored = `t.${quoted(column)}`
  return `${derived ? `coalesce(${stored}, ${derived.sql})` : stored} AS ${quoted(column)}`
}

const sharedExpression = (column: string, schema: TableSchema): string => {
  if (column === 'protocol') return `${literal(schema.name)} AS "protocol"`
  if (column === 'ts') return `${isoOf('t."ts_ns"')} AS "ts"`
  if (column === 'duration_ms') return 't."duration_ns" / 1000000.0 AS "duration_ms"'
  return /^(client|server)_/.test(column) ? `f.${quoted(column)} AS ${quoted(column)}` : ownExpression(column, schema)
}

/** Rows of one protocol, `t`, each with its flow, `f`: the shared columns with the flow's endpoints, its own, then `more`. */
export const selectTransactions = (schema: TableSchema, more: readonly string[] = []): string => {
  const shared = sharedViewColumns.map((column) => sharedExpression(column, schema))
  const own = columnsOf(schema.fields).map((c) => ownExpression(c.name, schema))
  return `SELECT ${[...shared, ...own, ...more].join(',\n  ')}\nFROM ${quoted(transactionTable(schema.name))} t LEFT JOIN "flow" f ON f."id" = t."flow_id"`
}

/** The view of one protocol. */
export const createProtocolView = (schema: TableSchema): string => `CREATE VIEW ${quoted(schema.name)} AS\n${selectTransactions(schema)}`

/** The same columns without a row: a protocol that the case never saw has no table, and its view is still there to be asked. */
export const createEmptyView = (schema: TableSchema): string => {
  const names = [...sharedViewColumns, ...columnsOf(schema.fields).map((c) => c.name)]
  return `CREATE VIEW ${quoted(schema.name)} AS\nSELECT ${names.map((name) => `NULL AS ${quoted(name)}`).join(', ')} WHERE 0`
}

/** `tx`: the shared columns of every protocol under one name. */
export const createTransactionView = (protocols: readonly string[]): string => {
  const list = sharedViewColumns.map(quoted).join(', ')
  if (protocols.length === 0) {
    const none = sharedViewColumns.map((column) => `NULL AS ${quoted(column)}`).join(', ')
    return `CREATE VIEW "tx" AS\nSELECT ${none} WHERE 0`
  }
  return `CREATE VIEW "tx" AS\n${protocols.map((name) => `SELECT ${list} FROM ${quoted(name)}`).join('\nUNION ALL\n')}`
}
