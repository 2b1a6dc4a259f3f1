/**
 * Puts staged rows into their place among those of the case and numbers all of them in canonical order: time, then content id.
 *
 * Numbers before the first row that changes stay, so that a capture added after the others rewrites nothing. What must move is
 * copied out and back inside the same transaction; the pages it leaves are the pages it takes. Ids of the settled run of rows
 * are dense and in order already, so a few late rows only shift what follows them; rows of several captures that overlap in
 * time are ranked by SQLite.
 */
import type { Database, Statement } from 'better-sqlite3'
import type { TableSchema } from '../../schema/fields.js'
import { quoted, transactionColumns, transactionTable } from '../../schema/sql.js'
import { transactionTables } from './layout.js'
import { followFlows, list, numberOf } from './merge-tables.js'
import { LATE, PROVISIONAL, type Stage } from './stage.js'

/** Late rows placed one by one, each by a binary search in every table; beyond it ranking all rows is cheaper. */
const MAX_PLACED = 1000

export interface MergeRequest {
  readonly schemas: readonly TableSchema[]
  /** Rows of this run went straight to their tables; only late ones are staged. */
  readonly fresh: boolean
  /** Smallest id that was deleted: numbering begins anew there. */
  readonly firstGap: number | undefined
  /** stage.flow_map holds new ids of flows. */
  readonly flowsMoved: boolean
  /** Rows took their numbers in the order in which they came: all are ranked. */
  readonly reorder: boolean
  /** stage.capture_map and case_frames() hold the final ids of the run's captures. */
  readonly capturesMoved: boolean
}

interface Table {
  readonly name: string
  readonly schema: TableSchema
  readonly columns: readonly string[]
}

type Key = readonly [ns: bigint, tx: string]

interface Late {
  readonly table: number
  readonly id: number
  readonly ns: bigint
  readonly tx: string
}

export class TransactionMerge {
  private readonly tables: readonly Table[]

  constructor(
    private readonly db: Database,
    private readonly stage: Stage,
    private readonly request: MergeRequest,
  ) {
    const present = new Set(transactionTables(db))
    const schemas = request.schemas.filter((schema) => present.has(schema.name))
    this.tables = schemas.map((schema) => ({
      name: transactionTable(schema.name),
      schema,
      columns: transactionColumns(schema)
        .map((c) => c.name)
        .filter((name) => name !== 'id'),
    }))
  }

  run(): void {
    const { fresh, firstGap, reorder } = this.request
    if (reorder) {
      this.rankAll(1, 0)
      return
    }
    const last = Math.max(0, ...this.tables.map(({ name }) => numberOf(this.db, `SELECT max(id) FROM main.${quoted(name)}`)))
    const from = Math.min(firstGap ?? Number.POSITIVE_INFINITY, this.firstAfter(this.earliestStaged()))
    const moves = from <= last
    if (this.staged().length > 0 || moves) {
      const late = fresh || !moves ? this.lateRows() : undefined
      if (!late) this.rankAll(from, Math.min(from - 1, last))
      else if (fresh) this.placeLate(late, 0, from, moves)
      else this.placeLate(late, PROVISIONAL - last, from, false)
    }
    this.followFlows(Math.min(from, last + 1))
  }

  /**
   * Places the late rows of a new case among its rows from `first` on, while the run goes on.
   * @returns how many were placed; 0 when one of them belongs further back, or they are many: they wait for the end.
   */
  placeRecent(first: number): number {
    const key = this.earliestStaged()
    if (!key || this.isBefore(key, first)) return 0
    const late = this.lateRows()
    if (!late) return 0
    this.placeLate(late, 0, this.firstAfter(key, first), true)
    for (const { name } of this.staged()) this.db.exec(`DELETE FROM stage.${quoted(name)}`)
    return late.length
  }

  /** Whether a row with this key belongs before the last one in front of `id`. */
  private isBefore([ns, tx]: Key, id: number): boolean {
    return this.tables.some(({ name }) => {
      const sql = `SELECT ts_ns, tx FROM main.${quoted(name)} WHERE id < ? ORDER BY id DESC LIMIT 1`
      const row = this.db.prepare(sql).safeIntegers().raw().get(id) as Key | undefined
      return row !== undefined && (row[0] > ns || (row[0] === ns && row[1] > tx))
    })
  }

  private staged(): readonly Table[] {
    return this.tables.filter(({ name }) => this.stage.has(name))
  }

  private earliestStaged(): Key | undefined {
    let best: Key | undefined
    for (const { name } of this.staged()) {
      // Staged rows that came in time are in order, so the first of them stands for all.
      const rows = this.db
        .prepare(
          `SELECT ts_ns, tx FROM (SELECT ts_ns, tx FROM stage.${quoted(name)} WHERE id < ${LATE} ORDER BY id LIMIT 1) ` +
            `UNION ALL SELECT * FROM (SELECT ts_ns, tx FROM stage.${quoted(name)} WHERE id >= ${LATE} ORDER BY ts_ns, tx LIMIT 1)`,
        )
        .safeIntegers()
        .raw()
        .all() as Key[]
      for (const row of rows) if (!best || row[0] < best[0] || (row[0] === best[0] && row[1] < best[1])) best = row
    }
    return best
  }

  /** Smallest id in the case, from `first` on, that belongs behind this key. */
  private firstAfter(key: Key | undefined, first = 0): number {
    if (!key) return Number.POSITIVE_INFINITY
    const [ns, tx] = key
    const ids = this.tables.map(({ name }) => {
      const sql = `SELECT id FROM main.${quoted(name)} WHERE id >= ? AND (ts_ns > ? OR (ts_ns = ? AND tx > ?)) ORDER BY id LIMIT 1`
      return numberOf(this.db, sql, first, ns, ns, tx) || Number.POSITIVE_INFINITY
    })
    return Math.min(Number.POSITIVE_INFINITY, ...ids)
  }

  /** Late rows in canonical order; undefined when they are too many to be placed one by one. */
  private lateRows(): readonly Late[] | undefined {
    const late: Late[] = []
    for (const [table, { name }] of this.tables.entries()) {
      if (!this.stage.has(name)) continue
      const sql = `SELECT id, ts_ns, tx FROM stage.${quoted(name)} WHERE id >= ${LATE} LIMIT ${MAX_PLACED + 1}`
      for (const [id, ns, tx] of this.db.prepare(sql).safeIntegers().raw().all() as [bigint, bigint, string][])
        late.push({ table, id: Number(id), ns, tx })
      if (late.length > MAX_PLACED) return undefined
    }
    return late.sort((a, b) => (a.ns !== b.ns ? (a.ns < b.ns ? -1 : 1) : a.tx !== b.tx ? (a.tx < b.tx ? -1 : 1) : a.id - b.id))
  }

  /**
   * The settled run keeps its order; each late row moves what follows it up by one.
   * @param offset what is taken off the ids of the settled run to number it from where the case ends.
   */
  private placeLate(late: readonly Late[], offset: number, from: number, moves: boolean): void {
    const { db } = this
    if (moves) for (const table of this.tables) this.moveOut(table, from, true)
    const searches = this.staged().map(
      ({ name }) =>
        new KeySearch(db.prepare(`SELECT id, ts_ns, tx FROM stage.${quoted(name)} WHERE id >= ? AND id < ${LATE} ORDER BY id LIMIT 1`)),
    )
    const tops = this.staged().map(({ name }) => numberOf(db, `SELECT max(id) FROM stage.${quoted(name)} WHERE id < ${LATE}`))
    const end = Math.max(offset === 0 ? 0 : PROVISIONAL, ...tops) + 1
    db.exec('CREATE TABLE stage.shift (first INTEGER PRIMARY KEY, by INTEGER)')
    db.exec('CREATE TABLE stage.late (id INTEGER PRIMARY KEY, pos INTEGER)')
    const shift = db.prepare('INSERT INTO stage.shift VALUES (?, ?) ON CONFLICT DO UPDATE SET by = excluded.by')
    const place = db.prepare('INSERT INTO stage.late VALUES (?, ?)')
    late.forEach((row, i) => {
      const next = Math.min(end, ...searches.map((search, t) => search.firstAfter(row, tops[t]!)))
      shift.run(next, i + 1)
      place.run(row.id, next - offset + i)
    })
    const by = late.length === 0 ? '0' : 'coalesce((SELECT by FROM stage.shift WHERE first <= s.id ORDER BY first DESC LIMIT 1), 0)'
    for (const table of this.staged())
      this.insertFrom(table, `s.id - ${offset} + ${by}`, `stage.${quoted(table.name)} s WHERE s.id < ${LATE} ORDER BY s.id`)
    if (late.length > 0)
      for (const table of this.staged())
        this.insertFrom(table, 'p.pos', `stage.late p JOIN stage.${quoted(table.name)} s ON s.id = p.id ORDER BY p.pos`)
    db.exec('DROP TABLE stage.shift; DROP TABLE stage.late')
  }

  /** Everything from `from` on, and everything staged, is sorted anew. */
  private rankAll(from: number, base: number): void {
    for (const table of this.tables) this.moveOut(table, from, false)
    const staged = this.staged()
    const rows = staged.map(({ name }, t) => `SELECT ${t} AS t, id, ts_ns, tx FROM stage.${quoted(name)}`).join(' UNION ALL ')
    this.db.exec('CREATE TABLE stage.place (t INTEGER, pos INTEGER, old INTEGER, PRIMARY KEY (t, pos)) WITHOUT ROWID')
    if (staged.length === 0) return
    this.db
      .prepare(`INSERT INTO stage.place SELECT t, ? + row_number() OVER (ORDER BY ts_ns, tx, t, id), id FROM (${rows})`)
      .run(BigInt(base))
    staged.forEach((table, t) => {
      this.insertFrom(
        table,
        'p.pos',
        `stage.place p CROSS JOIN stage.${quoted(table.name)} s ON s.id = p.old WHERE p.t = ${t} ORDER BY p.pos`,
      )
    })
  }

  /** @param whole more rows than asked for may go: a table that is copied as it is needs no decoding. */
  private moveOut({ name, schema, columns }: Table, from: number, whole: boolean): void {
    const { db } = this
    const table = quoted(name)
    const largest = numberOf(db, `SELECT max(id) FROM main.${table}`)
    if (largest < from) return
    this.stage.transactionTable(schema)
    const smallest = numberOf(db, `SELECT min(id) FROM main.${table}`)
    if ((smallest >= from || (whole && from - smallest < largest - from)) && sameColumns(db, name)) {
      db.exec(`INSERT INTO stage.${table} SELECT * FROM main.${table}; DELETE FROM main.${table}`)
      return
    }
    const all = list(['id', ...columns])
    const where = `WHERE id >= ${from}`
    db.exec(`INSERT INTO stage.${table} (${all}) SELECT ${all} FROM main.${table} ${where}; DELETE FROM main.${table} ${where}`)
  }

  /** Copies staged rows into the case under their final ids; captures and flows take theirs on the way. */
  private insertFrom({ name, columns }: Table, id: string, source: string): void {
    const { flowsMoved, capturesMoved } = this.request
    const value = (column: string): string => {
      const own = `s.${quoted(column)}`
      if (column === 'flow_id' && flowsMoved) return `coalesce((SELECT new FROM stage.flow_map WHERE old = ${own}), ${own})`
      if (!capturesMoved) return own
      if (column === 'capture_id')
        return `CASE WHEN s.id >= ${PROVISIONAL} THEN (SELECT new FROM stage.capture_map WHERE old = ${own}) ELSE ${own} END`
      if (column === 'frames') return `CASE WHEN s.id >= ${PROVISIONAL} AND instr(${own}, ':') THEN case_frames(${own}) ELSE ${own} END`
      return own
    }
    this.db.exec(`INSERT INTO main.${quoted(name)} (id, ${list(columns)}) SELECT ${id}, ${columns.map(value).join(', ')} FROM ${source}`)
  }

  /** Rows that kept their place follow their flows to the new ids; those from `from` on were given theirs when they were put there. */
  private followFlows(from: number): void {
    if (!this.request.flowsMoved) return
    for (const { name } of this.tables) followFlows(this.db, `main.${quoted(name)}`, ` AND id < ${from}`)
  }
}

const sameColumns = (db: Database, table: string): boolean => {
  const names = (part: string): string =>
    (db.prepare('SELECT name FROM pragma_table_info(?, ?)').pluck().all(table, part) as string[]).join()
  return names('main') === names('stage')
}

/** Finds rows by key in a table whose ids are in the order of the keys. Keys asked for must grow. */
class KeySearch {
  private low = 0

  constructor(private readonly at: Statement) {
    at.safeIntegers().raw()
  }

  /** Smallest id up to `top` whose key lies behind that of `late`. */
  firstAfter(late: Late, top: number): number {
    let low = this.low
    let high = top + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = this.at.get(middle) as [bigint, bigint, string] | undefined
      if (!row) high = middle
      else if (row[1] > late.ns || (row[1] === late.ns && row[2] > late.tx)) high = middle
      else low = Number(row[0]) + 1
    }
    this.low = low
    const found = this.at.get(low) as [bigint, bigint, string] | undefined
    return found ? Number(found[0]) : Number.POSITIVE_INFINITY
  }
}
