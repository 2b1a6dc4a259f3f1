/**
 * An INSERT that binds only what differs from row to row.
 *
 * Handing a value to SQLite costs more than storing it (about 25 ns for a number or NULL, 100 ns for a text), and rows of one
 * protocol are mostly alike: half of the columns are NULL, many texts are always `A`, `IN`, `NOERROR`. So the first rows are
 * watched; then each shape of row (which columns are NULL, which hold their usual value) gets a statement of its own, with
 * the NULLs left out and the usual values written into the SQL. Rows of a rare shape go through the statement that binds all.
 */
import type { Database, Statement } from 'better-sqlite3'
import { literal, quoted } from '../../schema/sql.js'
import { bindable, type Cell } from './cells.js'

/** Rows watched before the usual values are settled. */
const WATCHED = 512
/** A value is usual when it fills this share of the watched rows; below it there would be shapes without end. */
const USUAL_SHARE = 0.9
/** Statements kept for one table; each takes some kilobytes. */
const MAX_SHAPES = 64
/** Only what is short and plain is written into SQL. */
const PLAIN = /^[\x20-\x7e]{0,40}$/

interface Shape {
  readonly insert: Statement
  /** Reused: the values to bind, in order. */
  readonly args: Cell[]
}

/** One step of the walk along the columns; the last one holds the shape. */
interface Step {
  none: Step | undefined
  usual: Step | undefined
  other: Step | undefined
  shape: Shape | undefined
}

const newStep = (): Step => ({ none: undefined, usual: undefined, other: undefined, shape: undefined })

/** Never equal to a cell. */
const NOTHING = Symbol('nothing')

export class ShapedInsert {
  private readonly general: Statement
  private readonly root = newStep()
  private readonly usual: (Cell | typeof NOTHING)[]
  /** Reused: the cells of the row at hand that are bound. */
  private readonly picked: Cell[]
  private counts: Map<Cell, number>[] | undefined
  private rows = 0
  private shapes = 0

  /** @param table quoted, with its schema. */
  constructor(
    private readonly db: Database,
    private readonly table: string,
    private readonly columns: readonly string[],
  ) {
    this.general = db.prepare(`INSERT INTO ${table} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
    this.usual = columns.map(() => NOTHING)
    this.picked = columns.map(() => null)
    this.counts = columns.map(() => new Map<Cell, number>())
  }

  run(cells: readonly Cell[]): void {
    if (this.counts) {
      this.watch(cells, this.counts)
      this.general.run(...cells.map(bindable))
      return
    }
    const { usual, picked } = this
    let step: Step | undefined = this.root
    let n = 0
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      if (cell === null) step = step?.none
      else if (cell === usual[i]) step = step?.usual
      else {
        step = step?.other
        picked[n++] = cell
      }
    }
    const shape = step ? step.shape : this.newShape(cells)
    if (!shape) {
      this.general.run(...cells.map(bindable))
      return
    }
    const { args } = shape
    for (let i = 0; i < n; i++) args[i] = bindable(picked[i]!)
    shape.insert.run(...args)
  }

  private watch(cells: readonly Cell[], counts: Map<Cell, number>[]): void {
    cells.forEach((cell, i) => {
      if (typeof cell === 'string' ? PLAIN.test(cell) : typeof cell === 'number' && Number.isSafeInteger(cell))
        counts[i]!.set(cell, (counts[i]!.get(cell) ?? 0) + 1)
    })
    if (++this.rows < WATCHED) return
    counts.forEach((seen, i) => {
      for (const [cell, count] of seen) if (count >= WATCHED * USUAL_SHARE) this.usual[i] = cell
    })
    this.counts = undefined
  }

  private newShape(cells: readonly Cell[]): Shape | undefined {
    if (this.shapes >= MAX_SHAPES) return undefined
    this.shapes++
    const { columns, usual } = this
    let step = this.root
    const names: string[] = []
    const values: string[] = []
    let bound = 0
    cells.forEach((cell, i) => {
      if (cell === null) step = step.none ??= newStep()
      else if (cell === usual[i]) {
        step = step.usual ??= newStep()
        names.push(quoted(columns[i]!))
        values.push(typeof cell === 'string' ? literal(cell) : String(cell))
      } else {
        step = step.other ??= newStep()
        names.push(quoted(columns[i]!))
        values.push('?')
        bound++
      }
    })
    const insert = this.db.prepare(`INSERT INTO ${this.table} (${names.join(', ')}) VALUES (${values.join(', ')})`)
    step.shape = { insert, args: new Array<Cell>(bound).fill(null) }
    return step.shape
  }
}
