/** Transactions, flows and captures of a case as records, the way a run hands them to its sinks; one at a time. */
import type { Database } from 'better-sqlite3'
import type { FlowView } from '../model/flow-view.js'
import type { Instant } from '../model/instant.js'
import { packetRef, Trace } from '../model/trace.js'
import type { Completeness, Transaction } from '../model/transaction.js'
import type { FieldKind, Row, TableSchema } from '../schema/fields.js'
import { RawJson } from '../schema/json-text.js'
import { columnsOf, commonColumns, quoted, selectTransactions, sharedViewColumns } from '../schema/sql.js'
import type { TransactionRecord, TransactionSchema } from '../sinks/sink.js'
import { geoExpressions, storedGeo } from './stored-geo.js'
import { type Stored, valueIn } from './stored-value.js'

/** What a record needs of its flow beyond the view's columns. */
const FLOW_COLUMNS = ['flow', 'transport', 'community_id', 'direction', 'capture_id'] as const
const flowColumns = FLOW_COLUMNS.map((name) => `f.${quoted(name)} AS ${quoted(`flow.${name}`)}`)

export interface StoredRecord {
  /** Its number in the case. */
  readonly id: bigint
  readonly record: TransactionRecord
  /** Ordinal, from 0, of the capture that `frames` counts in. */
  readonly home: number
  readonly frames: string
}

export const instantOf = (ns: bigint): Instant => {
  // Rounded down: nanoseconds count up, before 1970 too.
  const nsec = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  return { sec: Number((ns - nsec) / 1_000_000_000n), nsec: Number(nsec) }
}

const kindOfCommon = new Map<string, FieldKind>(commonColumns.map(({ name, kind }) => [name, kind]))

/** Rows of one protocol in case order. */
export function* transactionsOf(db: Database, schema: TransactionSchema): Generator<StoredRecord> {
  const own = columnsOf(schema.fields)
  const base = sharedViewColumns.length
  const at = new Map(sharedViewColumns.map((name, i) => [name, i]))
  const select = db.prepare(`${selectTransactions(schema, [...flowColumns, ...geoExpressions(db)])} ORDER BY t."id"`).raw()
  for (const cells of select.iterate() as Iterable<Stored[]>) {
    const of = (name: string): unknown => valueIn(kindOfCommon.get(name) ?? 'text', cells[at.get(name)!] ?? null)
    const text = (name: string): string | undefined => {
      const value = of(name)
      return value === undefined ? undefined : String(value)
    }
    const row: Record<string, unknown> = {}
    for (let i = 0; i < own.length; i++) {
      const value = valueIn(own[i]!.kind, cells[base + i] ?? null)
      if (value !== undefined) row[own[i]!.name] = value
    }
    const flow = flowOf(cells, base + own.length, at)
    const id = cells[0] as bigint
    yield {
      id,
      home: Number(of('capture_id') ?? 1) - 1,
      frames: text('frames') ?? '',
      record: { schema, id: text('tx') ?? '', flow, tx: transactionOf(of, text, row) },
    }
  }
}

function transactionOf(of: (name: string) => unknown, text: (name: string) => string | undefined, row: Row): Transaction<Row> {
  const started = instantOf(bigintOf(of('ts_ns')))
  const duration = of('duration_ns')
  const complete = (text('complete') ?? 'complete') as Completeness
  // Bytes and packets are told by the row itself: a trace is here for its times alone.
  const trace = new Trace(packetRef(0, 1), started, started, 0)
  const asked = Number(of('request_bytes') ?? 0)
  const answered = Number(of('response_bytes') ?? 0)
  // Without a duration only one half was seen: the one that has bytes.
  const alone = duration === undefined && (asked > 0 || answered > 0 ? asked === 0 : complete === 'orphan-response')
  const notes = of('notes')
  const rows = of('rows')
  return {
    request: alone ? undefined : trace,
    response: alone ? trace : undefined,
    answered: duration === undefined ? undefined : instantOf(bigintOf(of('ts_ns')) + bigintOf(duration)),
    complete,
    status: (text('status') ?? 'OK') as Transaction<Row>['status'],
    user: text('user'),
    method: text('method'),
    resource: text('resource'),
    query: text('query'),
    params: text('params'),
    error: text('error'),
    rows: typeof rows === 'number' ? rows : undefined,
    request_bytes: asked,
    response_bytes: answered,
    notes: Array.isArray(notes) ? (notes as string[]) : undefined,
    row,
  }
}

const bigintOf = (value: unknown): bigint => (typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value ?? 0)) || 0))

function flowOf(cells: readonly Stored[], base: number, at: ReadonlyMap<string, number>): FlowView {
  const cell = (name: string): string => String(cells[at.get(name)!] ?? '')
  const own = (name: (typeof FLOW_COLUMNS)[number]): string | undefined => {
    const value = cells[base + FLOW_COLUMNS.indexOf(name)]
    return value === null || value === undefined ? undefined : String(value)
  }
  const geo = storedGeo(cells, base + FLOW_COLUMNS.length)
  return {
    id: own('flow') ?? '',
    ordinal: Number(cell('flow_id') || 0),
    transport: own('transport') ?? '',
    ipVersion: cell('client_ip').includes(':') ? 6 : 4,
    client: { ip: cell('client_ip'), port: Number(cell('client_port') || 0) },
    server: { ip: cell('server_ip'), port: Number(cell('server_port') || 0) },
    vlan: [],
    communityId: own('community_id') ?? '',
    direction: own('direction'),
    capture: Number(own('capture_id') ?? 1) - 1,
    ...(geo && { geo }),
  }
}

/** Transactions of all protocols in case order. One row of each protocol is held. */
export function* allTransactions(db: Database, schemas: readonly TransactionSchema[]): Generator<StoredRecord> {
  const sources = schemas.map((schema) => transactionsOf(db, schema))
  const heads = sources.map((source) => source.next().value as StoredRecord | undefined)
  try {
    for (;;) {
      let first = -1
      for (let i = 0; i < heads.length; i++) {
        const head = heads[i]
        if (head && (first < 0 || head.id < heads[first]!.id)) first = i
      }
      if (first < 0) return
      yield heads[first]!
      heads[first] = sources[first]!.next().value as StoredRecord | undefined
    }
  } finally {
    for (const source of sources) source.return(undefined)
  }
}

/** Rows of one of the case's own tables, by id, as a run hands them on. */
export function* rowsOf(db: Database, schema: TableSchema): Generator<Row> {
  const columns = columnsOf(schema.fields)
  const select = db
    .prepare(`SELECT ${columns.map((c) => quoted(c.name)).join(', ')} FROM main.${quoted(schema.name)} ORDER BY ${orderOf(schema)}`)
    .raw()
  for (const cells of select.iterate() as Iterable<Stored[]>) {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < columns.length; i++) {
      const value = valueIn(columns[i]!.kind, cells[i] ?? null)
      if (value !== undefined) row[columns[i]!.name] = value
    }
    yield row
  }
}

/** `coverage` has no id; its rows stand in the order in which they were written. */
export const orderOf = (schema: TableSchema): string => ('id' in schema.fields ? '"id"' : '"rowid"')

/** The flow of a row of `flow`. */
export const flowViewOf = (row: Row): FlowView => {
  const ip = String(row.client_ip ?? '')
  const vlan = row.vlan instanceof RawJson ? row.vlan.value : row.vlan
  return {
    id: String(row.flow ?? ''),
    ordinal: Number(row.id ?? 0),
    transport: String(row.transport ?? ''),
    ipVersion: ip.includes(':') ? 6 : 4,
    client: { ip, port: Number(row.client_port ?? 0) },
    server: { ip: String(row.server_ip ?? ''), port: Number(row.server_port ?? 0) },
    vlan: Array.isArray(vlan) ? (vlan as number[]) : [],
    communityId: String(row.community_id ?? ''),
    ...(row.direction === undefined ? {} : { direction: String(row.direction) }),
    capture: Number(row.capture_id ?? 1) - 1,
  }
}

/** Names of the captures, each at its id less one: ids have gaps where captures were taken out. */
export function captureNames(db: Database): string[] {
  const names: string[] = []
  for (const [id, name] of db.prepare('SELECT "id", "name" FROM main."capture" ORDER BY "id"').raw().iterate() as Iterable<
    [bigint, Stored]
  >)
    if (id > 0n && id <= MAX_CAPTURE_ID) names[Number(id) - 1] = String(name ?? '')
  return names
}
/** A capture's number indexes a list; a case from elsewhere may say any. */
const MAX_CAPTURE_ID = 1_000_000n
