/** `audit schema`: the tables, views and columns that a case has, read off the same declarations that create them. */
import { nearest } from '../config/nearest.js'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { protocols } from '../protocols/registry.js'
import type { Field, TableSchema } from '../schema/fields.js'
import {
  columnsOf,
  commonColumns,
  createProtocolView,
  createTable,
  createTransactionTable,
  createTransactionView,
  sharedViewColumns,
} from '../schema/sql.js'
import { caseTables, findingFields, flowFields } from '../schema/tables.js'

export interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly doc: string
  readonly example: unknown
  /** Names in the NDJSON documents; empty where documents do not have it. */
  readonly document: readonly string[]
}

export interface TableInfo {
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly doc: string
  readonly columns: readonly ColumnInfo[]
}

/** Columns of the views that are computed when read. */
const COMPUTED: Readonly<Record<string, Omit<ColumnInfo, 'name'>>> = {
  protocol: { type: 'TEXT', nullable: false, doc: 'Name of the protocol.', example: 'smtp', document: ['type', 'event.dataset'] },
  ts: {
    type: 'TEXT',
    nullable: false,
    doc: 'ts_ns, or first_ns of a flow, as ISO 8601 in UTC with nine digits.',
    example: '2015-08-27T08:00:55.638957000Z',
    document: ['@timestamp'],
  },
  duration_ms: { type: 'REAL', nullable: true, doc: 'The duration in milliseconds.', example: 61.782, document: [] },
}

function columnInfo(table: string, name: string, field: Field<unknown>): ColumnInfo {
  const { only, path, optional, doc, example } = field
  const [column] = columnsOf({ [name]: field })
  const document = only === 'case' ? [] : path === undefined ? [`${table}.${name}`] : [path].flat()
  return { name, type: column!.type, nullable: optional, doc, example, document }
}

const own = ({ name, fields }: TableSchema): ColumnInfo[] => columnsOf(fields).map((column) => columnInfo(name, column.name, column.field))

function sharedColumns(): ColumnInfo[] {
  const common = new Map(commonColumns.map(({ name, field }) => [name, field]))
  const endpoints: Readonly<Record<string, Field<unknown>>> = flowFields
  return sharedViewColumns.map((name) => {
    const computed = COMPUTED[name]
    if (computed) return { name, ...computed }
    const field = common.get(name)
    if (field) return columnInfo('tx', name, field)
    const info = columnInfo('flow', name, endpoints[name]!)
    // Joined in: a row whose flow is missing keeps its place.
    return {
      ...info,
      document: [name.replace('_', '.'), name.replace('_', '.').replace('client', 'source').replace('server', 'destination')],
    }
  })
}

/** The case's own tables, `tx`, and a view for each protocol. */
export function caseSchema(registry: readonly AnyProtocol[] = protocols): TableInfo[] {
  const shared = sharedColumns()
  const computedOf = (...names: string[]): ColumnInfo[] => names.map((name) => ({ name, ...COMPUTED[name]! }))
  const extras: ReadonlyMap<unknown, readonly ColumnInfo[]> = new Map([
    [flowFields, computedOf('ts', 'duration_ms')],
    [findingFields, computedOf('ts')],
  ] as [unknown, ColumnInfo[]][])
  return [
    { name: 'tx', kind: 'view', doc: 'One transaction of any protocol.', columns: shared },
    ...registry.map((p): TableInfo => ({ name: p.name, kind: 'view', doc: p.doc, columns: [...shared, ...own(p)] })),
    ...caseTables.map(
      (table): TableInfo => ({
        name: table.name,
        kind: 'table',
        doc: table.doc,
        columns: [...own(table), ...(extras.get(table.fields) ?? [])],
      }),
    ),
  ]
}

export function tableInfo(name: string, registry: readonly AnyProtocol[] = protocols): TableInfo {
  const all = caseSchema(registry)
  const found = all.find((table) => table.name === name)
  if (found) return found
  const meant = nearest(
    name,
    all.map((table) => table.name),
  )
  throw new UserError(`a case has no table or view "${name}"${meant ? `; did you mean "${meant}"?` : ''}`, ['audit schema   lists them'])
}

/** The SQL that creates a case, or what `name` needs of it. */
export function caseSql(name: string | undefined, registry: readonly AnyProtocol[] = protocols): string {
  if (name !== undefined) tableInfo(name, registry)
  const wanted = (table: string) => name === undefined || name === table
  const statements = [
    ...caseTables.filter((table) => wanted(table.name)).map((table) => createTable(table)),
    ...registry.filter((p) => wanted(p.name)).flatMap((p) => [createTransactionTable(p), createProtocolView(p)]),
    ...(wanted('tx') ? [createTransactionView(registry.map((p) => p.name).sort())] : []),
  ]
  return statements.map((statement) => `${statement};\n`).join('\n')
}
