/** A case as Zeek's logs: conn.log of its flows, and one log for each kind of transaction that Zeek has a log for. */
import type { Database } from 'better-sqlite3'
import { allTransactions, rowsOf } from '../../case/case-rows.js'
import type { CaseTables } from '../../case/case-tables.js'
import type { FileTarget } from '../../sinks/ndjson/text-target.js'
import { connectionFields, type ZeekField } from './connection.js'
import { zeekEnd, zeekHeader, zeekLine, zeekValue } from './log-text.js'
import { type TransactionLog, transactionLogs } from './transaction-logs.js'

/** Flows whose transactions are counted; four bytes each. Those beyond, which only a made-up case has, have no `trans_depth`. */
const MAX_COUNTED_FLOWS = 16 * 1024 * 1024

export interface ZeekLog {
  readonly path: string
  /** Writes it; yields after each line, so that the caller may pause or stop. */
  write(file: FileTarget): Generator<void>
}

/** Conn first, then those that the case has protocols for. */
export function zeekLogs(db: Database, tables: CaseTables): ZeekLog[] {
  const held = new Set(tables.protocols.filter(({ known }) => known).map(({ schema }) => schema.name))
  const logs = transactionLogs.filter(({ from }) => from.some((name) => held.has(name)))
  const times = timesOf(db)
  return [
    { path: 'conn', write: (file) => connections(db, tables, times, file) },
    ...logs.map((log) => ({ path: log.path, write: (file: FileTarget) => transactions(db, tables, log, times, file) })),
  ]
}

interface Times {
  readonly first: bigint
  readonly last: bigint
}

/** First and last packet of all captures: a log is "open" while there is something to log. */
function timesOf(db: Database): Times {
  const [first, last] = db.prepare('SELECT min("first_ns"), max("last_ns") FROM main."capture"').raw().get() as [unknown, unknown]
  return { first: typeof first === 'bigint' ? first : 0n, last: typeof last === 'bigint' ? last : 0n }
}

const lineOf = <S>(fields: readonly ZeekField<S>[], source: S): string =>
  zeekLine(fields.map(({ type, of }) => zeekValue(type, of(source))))

const headerOf = (path: string, fields: readonly ZeekField<never>[], { first }: Times): string =>
  zeekHeader(
    path,
    first,
    fields.map(({ name }) => name),
    fields.map(({ type }) => type),
  )

function* connections(db: Database, { tables }: CaseTables, times: Times, file: FileTarget): Generator<void> {
  file.write(headerOf('conn', connectionFields, times))
  for (const row of rowsOf(db, tables.find((table) => table.name === 'flow')!)) {
    file.write(lineOf(connectionFields, row))
    yield
  }
  file.write(zeekEnd(times.last))
}

function* transactions(db: Database, { protocols }: CaseTables, log: TransactionLog, times: Times, file: FileTarget): Generator<void> {
  const schemas = protocols.filter(({ schema, known }) => known && log.from.includes(schema.name)).map(({ schema }) => schema)
  const depths = log.fields.some(({ name }) => name === 'trans_depth') ? new Depths(db) : undefined
  file.write(headerOf(log.path, log.fields, times))
  for (const stored of allTransactions(db, schemas)) {
    file.write(lineOf(log.fields, { ...stored, depth: depths?.next(stored.record.flow.ordinal) }))
    yield
  }
  file.write(zeekEnd(times.last))
}

/** Counts the transactions of each flow. */
class Depths {
  private readonly counts: Uint32Array

  constructor(db: Database) {
    const last = db.prepare('SELECT max("id") FROM main."flow"').pluck().get() as unknown
    this.counts = new Uint32Array(typeof last === 'bigint' && last > 0n && last < MAX_COUNTED_FLOWS ? Number(last) + 1 : 0)
  }

  next(flow: number): number | undefined {
    if (!Number.isInteger(flow) || flow < 0 || flow >= this.counts.length) return undefined
    const count = this.counts[flow]! + 1
    this.counts[flow] = count
    return count
  }
}
