/**
 * Transactions and flows of a case, by number or by content id. Read from the tables themselves: the views of a case that somebody
 * made may compute for ever, and nothing here could stop them.
 */
import type { Database } from 'better-sqlite3'
import { UserError } from '../model/user-error.js'
import { quoted, transactionTable } from '../schema/sql.js'
import { type FrameRange, framesOf } from './frames.js'

export interface TransactionRow {
  readonly id: number
  /** Content id, 16 hex digits. */
  readonly tx: string
  readonly protocol: string
  readonly flowId: number
  readonly captureId: number
  readonly ranges: readonly FrameRange[]
  /** The last range holds other packets too. */
  readonly widened: boolean
}

export interface FlowRow {
  readonly id: number
  /** Content id, 16 hex digits. */
  readonly flow: string
  /** The capture that holds its first packet. */
  readonly captureId: number
  readonly protocol: string | null
  readonly firstNs: bigint
  readonly lastNs: bigint
  /** Of both sides. */
  readonly packets: number
}

/** Small integers and content ids, as the user or a query named them. */
export interface Ids {
  readonly numbers: readonly number[]
  readonly contents: readonly string[]
}

/** Ids looked up in one statement. */
const BATCH = 10_000

const CONTENT_ID = /^[0-9a-f]{16}$/
const NUMBER = /^[1-9]\d{0,14}$/

/** What `flag` was given; `column` has the content ids. Throws UserError for what is neither kind of id. */
export function idsOf(flag: string, column: 'tx' | 'flow', given: readonly string[]): Ids {
  const numbers = new Set<number>()
  const contents = new Set<string>()
  for (const text of given) {
    const lower = text.toLowerCase()
    if (CONTENT_ID.test(lower)) contents.add(lower)
    else if (NUMBER.test(text)) numbers.add(Number(text))
    else throw new UserError(`${flag} ${text}: not an id`, [`a number of the column id, or the 16 digits of the column ${column}`])
  }
  return { numbers: [...numbers], contents: [...contents] }
}

/** The names behind the tables `tx_...`, sorted. */
export function protocolsOf(db: Database): string[] {
  const prefix = transactionTable('')
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, ?) = ? ORDER BY name").pluck()
  return (names.all(prefix.length, prefix) as string[]).map((name) => name.slice(prefix.length))
}

/**
 * The transactions with these ids, in the order of `id`. Of two with one content id, which hold the same packets in two captures, the
 * first is taken. Throws UserError for an id that the case does not have, and for rows that no analysis wrote.
 */
export function transactionsOf(db: Database, ids: Ids): TransactionRow[] {
  const columns = 'id, tx, flow_id, capture_id, frames'
  const found = new Map<number, TransactionRow>()
  for (const protocol of protocolsOf(db)) {
    const table = quoted(transactionTable(protocol))
    for (const [column, wanted] of [
      ['id', ids.numbers],
      ['tx', ids.contents],
    ] as const)
      for (const row of rowsOf(db, `SELECT ${columns} FROM main.${table}`, column, wanted)) {
        const one = transactionRow(row, protocol)
        found.set(one.id, one)
      }
  }
  return chosen([...found.values()], ids, (row) => row.tx, 'transaction', 'tx')
}

export function flowsOf(db: Database, ids: Ids): FlowRow[] {
  const found = new Map<number, FlowRow>()
  for (const [column, wanted] of [
    ['id', ids.numbers],
    ['flow', ids.contents],
  ] as const)
    for (const row of rowsOf(db, SELECT_FLOWS, column, wanted)) {
      const one = flowRow(row)
      found.set(one.id, one)
    }
  return chosen([...found.values()], ids, (row) => row.flow, 'flow', 'flow')
}

/** The transactions of these flows, by flow. */
export function transactionsOfFlows(db: Database, flows: readonly number[], limit: number): TransactionRow[] {
  const rows: TransactionRow[] = []
  for (const protocol of protocolsOf(db)) {
    const table = quoted(transactionTable(protocol))
    for (const row of rowsOf(db, `SELECT id, tx, flow_id, capture_id, frames FROM main.${table}`, 'flow_id', flows)) {
      rows.push(transactionRow(row, protocol))
      if (rows.length > limit) throw tooMany(limit)
    }
  }
  return rows.sort((a, b) => a.id - b.id)
}

/** Flows of a protocol that began no later than `untilNs`, in the order of their first packets; undefined when there are more than `limit`. */
export function flowsOfProtocol(db: Database, protocol: string, untilNs: bigint, limit: number): FlowRow[] | undefined {
  const sql = `${SELECT_FLOWS} WHERE (protocol = ? OR upgraded_to = ?) AND first_ns <= ? ORDER BY first_ns, id LIMIT ?`
  const rows = db
    .prepare(sql)
    .safeIntegers()
    .all(protocol, protocol, untilNs, limit + 1) as Record<string, unknown>[]
  return rows.length > limit ? undefined : rows.map(flowRow)
}

export const tooMany = (limit: number): UserError =>
  new UserError(`more than ${limit} rows were chosen`, ['narrow the query, or write the extract in parts'])

const SELECT_FLOWS = 'SELECT id, flow, capture_id, protocol, first_ns, last_ns, client_packets, server_packets FROM main.flow'

function* rowsOf(db: Database, select: string, column: string, wanted: readonly (number | string)[]): Generator<Record<string, unknown>> {
  const statement = db.prepare(`${select} WHERE ${quoted(column)} IN (SELECT value FROM json_each(?)) ORDER BY id`).safeIntegers()
  for (let at = 0; at < wanted.length; at += BATCH)
    yield* statement.iterate(JSON.stringify(wanted.slice(at, at + BATCH))) as Iterable<Record<string, unknown>>
}

/** All that were asked for by number, and the first of each that was asked for by content. */
function chosen<T extends { readonly id: number }>(rows: T[], ids: Ids, content: (row: T) => string, what: string, column: string): T[] {
  rows.sort((a, b) => a.id - b.id)
  const numbers = new Set(ids.numbers)
  const missing = new Set(ids.contents)
  const taken: T[] = []
  for (const row of rows) {
    const first = missing.delete(content(row))
    if (numbers.delete(row.id) || first) taken.push(row)
  }
  const [unknown] = [...numbers, ...missing]
  if (unknown !== undefined)
    throw new UserError(`the case has no ${what} ${unknown}`, [
      `audit query CASE "select id, ${column} from ${column} limit 20"   lists some`,
    ])
  return taken
}

function transactionRow(row: Record<string, unknown>, protocol: string): TransactionRow {
  const id = whole(row.id)
  const captureId = whole(row.capture_id)
  const flowId = whole(row.flow_id)
  const frames = typeof row.frames === 'string' && captureId !== undefined ? framesOf(row.frames, captureId) : null
  if (id === undefined || captureId === undefined || flowId === undefined || frames === null || typeof row.tx !== 'string')
    throw edited(`transaction ${String(row.id)}`, 'its packets')
  return { id, tx: row.tx, protocol, flowId, captureId, ranges: frames.ranges, widened: frames.widened }
}

function flowRow(row: Record<string, unknown>): FlowRow {
  const id = whole(row.id)
  const captureId = whole(row.capture_id)
  const client = whole(row.client_packets)
  const server = whole(row.server_packets)
  const { flow, protocol, first_ns, last_ns } = row
  if (id === undefined || captureId === undefined || client === undefined || server === undefined)
    throw edited(`flow ${String(row.id)}`, 'its packets')
  if (typeof flow !== 'string' || typeof first_ns !== 'bigint' || typeof last_ns !== 'bigint') throw edited(`flow ${id}`, 'its packets')
  return {
    id,
    flow,
    captureId,
    protocol: typeof protocol === 'string' ? protocol : null,
    firstNs: first_ns,
    lastNs: last_ns,
    packets: client + server,
  }
}

const whole = (value: unknown): number | undefined =>
  typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined

export const edited = (who: string, what: string): UserError =>
  new UserError(`the case was changed by hand, or is damaged: ${who} names ${what} in a way that no analysis writes`, [
    'use the case as it was written, or analyze the captures again',
  ])
