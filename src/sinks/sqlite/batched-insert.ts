/**
 * An INSERT that binds only what differs from row to row, several rows at a time.
 *
 * Handing a value to SQLite costs more than storing it (25 ns for a number or NULL, 100 ns for a text), and a statement as
 * much as six texts. Rows of one protocol are mostly alike: half of the columns are NULL or hold the same value almost always.
 * So the first rows are watched; columns that keep one value are then written into the SQL, the others are bound, a batch of
 * rows in one statement. A row that does not fit goes through a statement that binds everything.
 */
import type { Database, Statement } from 'better-sqlite3'
import { literal, quoted } from '../../schema/sql.js'
import { bindable, type Cell } from './cells.js'

/** Rows watched before the columns are sorted into fixed and bound: a few at first, so that a small case gains too, more if they deceived. */
const WATCHED_FIRST = 64
const WATCHED = 512
/** Share of the watched rows that may not fit: such a row costs about thirty bound columns more. */
const MISFIT_SHARE = 0.03
/** Rows in one statement: beyond eight the cost of a statement no longer shows. */
const BATCH = 8
/** Traffic changes: after as many rows that did not fit as were watched, if they are a tenth of all, the columns are sorted anew. */
const MISFITS_SHARE = 0.1
/** ... but not for ever, should every row be of its own kind. */
const MAX_WATCHES = 16
/** Only what is short and plain is written into SQL. */
const PLAIN = /^[\x20-\x7e]{0,40}$/

const canBeFixed = (cell: Cell): boolean =>
  cell === null || (typeof cell === 'string' ? PLAIN.test(cell) : typeof cell === 'number' && Number.isSafeInteger(cell))

const literalOf = (cell: Cell): string => (typeof cell === 'string' ? literal(cell) : String(cell))

/** What happens to a row that has the same key. */
export type InsertVerb = 'INSERT' | 'INSERT OR REPLACE'

/** How the columns stand after a watch. */
class Plan {
  readonly one: Statement
  private readonly many: Statement
  private readonly args: Cell[]
  private readonly single: Cell[]
  private rows = 0

  constructor(
    db: Database,
    table: string,
    columns: readonly string[],
    /** Columns that keep one value, and which. */
    readonly fixed: readonly number[],
    readonly values: readonly Cell[],
    readonly bound: readonly number[],
    verb: InsertVerb,
  ) {
    const constant = fixed.map((column, i) => [column, values[i]!] as const).filter(([, cell]) => cell !== null)
    const names = [...constant.map(([column]) => column), ...bound].map((column) => quoted(columns[column]!)).join(', ')
    const row = `(${[...constant.map(([, cell]) => literalOf(cell)), ...bound.map(() => '?')].join(', ')})`
    this.one = db.prepare(`${verb} INTO ${table} (${names}) VALUES ${row}`)
    this.many = db.prepare(`${verb} INTO ${table} (${names}) VALUES ${new Array(BATCH).fill(row).join(', ')}`)
    this.args = new Array<Cell>(BATCH * bound.length).fill(null)
    this.single = new Array<Cell>(bound.length).fill(null)
  }

  fits(cells: readonly Cell[]): boolean {
    const { fixed, values } = this
    for (let i = 0; i < fixed.length; i++) if (cells[fixed[i]!] !== values[i]) return false
    return true
  }

  add(cells: readonly Cell[]): void {
    const { bound, args } = this
    let at = this.rows * bound.length
    for (let i = 0; i < bound.length; i++) args[at++] = bindable(cells[bound[i]!]!)
    if (++this.rows < BATCH) return
    this.rows = 0
    this.many.run(...args)
  }

  flush(): void {
    const { rows, single, args } = this
    this.rows = 0
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < single.length; i++) single[i] = args[row * single.length + i]!
      this.one.run(...single)
    }
  }
}

export class BatchedInsert {
  private readonly general: Statement
  private plan: Plan | undefined
  private counts: Map<Cell, number>[]
  private watched = 0
  private toWatch = WATCHED_FIRST
  private watches = 1
  private rows = 0
  private misfits = 0

  /** @param table quoted, with its schema. */
  constructor(
    private readonly db: Database,
    private readonly table: string,
    private readonly columns: readonly string[],
    private readonly verb: InsertVerb = 'INSERT',
  ) {
    this.general = db.prepare(`${verb} INTO ${table} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
    this.counts = columns.map(() => new Map())
  }

  /** Rows are written in the order given, the last few when `flush` is called. */
  run(cells: readonly Cell[]): void {
    const { plan } = this
    if (!plan) {
      this.general.run(...cells.map(bindable))
      this.watch(cells)
      return
    }
    this.rows++
    if (plan.fits(cells)) {
      plan.add(cells)
      return
    }
    plan.flush()
    this.general.run(...cells.map(bindable))
    if (++this.misfits > this.toWatch && this.misfits > this.rows * MISFITS_SHARE && this.watches < MAX_WATCHES) this.startWatch()
  }

  flush(): void {
    this.plan?.flush()
  }

  private startWatch(): void {
    this.plan = undefined
    this.counts = this.columns.map(() => new Map())
    this.watched = this.rows = this.misfits = 0
    this.toWatch = WATCHED
    this.watches++
  }

  private watch(cells: readonly Cell[]): void {
    const { counts } = this
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      if (canBeFixed(cell)) counts[i]!.set(cell, (counts[i]!.get(cell) ?? 0) + 1)
    }
    if (++this.watched >= this.toWatch) this.settle()
  }

  private settle(): void {
    const columns = this.counts.map((seen, column) => {
      let value: Cell = null
      let count = 0
      for (const [cell, n] of seen) if (n > count) [value, count] = [cell, n]
      return { column, value, misfits: this.toWatch - count }
    })
    let left = this.toWatch * MISFIT_SHARE
    const fixed = new Map<number, Cell>()
    for (const { column, value, misfits } of columns.sort((a, b) => a.misfits - b.misfits)) {
      left -= misfits
      if (left < 0) break
      fixed.set(column, value)
    }
    const all = this.columns.map((_, i) => i)
    const kept = all.filter((i) => fixed.has(i))
    const bound = all.filter((i) => !fixed.has(i))
    this.plan = new Plan(
      this.db,
      this.table,
      this.columns,
      kept,
      kept.map((i) => fixed.get(i) ?? null),
      bound,
      this.verb,
    )
    this.counts = []
  }
}
