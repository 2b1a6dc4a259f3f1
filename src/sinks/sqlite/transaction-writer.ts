/** Turns transactions of one protocol into parameters of its INSERT; on the hot path, so nothing is allocated twice. */
import { framesText, refCapture } from '../../model/trace.js'
import { durationOf } from '../../model/transaction.js'
import type { Derived, FieldKind, Row } from '../../schema/fields.js'
import { columnsOf, commonColumns, transactionColumns } from '../../schema/sql.js'
import type { transactionFields } from '../../schema/tables.js'
import type { TransactionRecord, TransactionSchema } from '../sink.js'
import type { BatchedInsert } from './batched-insert.js'
import { type Cell, cell } from './cells.js'

/** Nanoseconds since the epoch with one allocation; the seconds, which many rows share, are multiplied once. */
class Nanoseconds {
  private readonly view = new DataView(new ArrayBuffer(8))
  private sec = -1
  private high = 0
  private low = 0

  of(sec: number, nsec: number): bigint {
    if (sec !== this.sec) {
      this.sec = sec
      const ns = BigInt(sec) * 1_000_000_000n
      this.high = Number(ns >> 32n)
      this.low = Number(ns & 0xffff_ffffn)
    }
    const low = this.low + nsec
    const carry = low >= 2 ** 32 ? 1 : 0
    this.view.setUint32(0, low - carry * 2 ** 32, true)
    this.view.setInt32(4, this.high + carry, true)
    return this.view.getBigInt64(0, true)
  }
}
const nanoseconds = new Nanoseconds()

/** Where each common column stands among the parameters. */
const AT = Object.fromEntries(commonColumns.map(({ name }, i) => [name, i])) as Readonly<Record<keyof typeof transactionFields, number>>

const textOrNull = (text: string | undefined): Cell => (text === undefined ? null : cell('text', text))

export class TransactionWriter {
  readonly columns: readonly string[]
  direct: BatchedInsert | undefined
  staged: BatchedInsert | undefined
  private readonly derived: readonly { readonly at: number; readonly holds: Derived['holds'] }[]
  private readonly own: readonly {
    readonly name: string
    readonly kind: FieldKind
    readonly at: number
    readonly holds: Derived['holds'] | undefined
  }[]
  private readonly byName: ReadonlyMap<string, number>
  /** The members of the last row, and where in `own` each stands: rows of a protocol are mostly built alike. */
  private members: readonly string[] = []
  private order: readonly number[] = []
  private readonly blank: readonly Cell[]

  /** @param flowBase added to the flow's ordinal: 0, or where provisional ids begin. */
  constructor(
    readonly schema: TransactionSchema,
    private readonly flowBase: number,
  ) {
    this.columns = transactionColumns(schema).map((c) => c.name)
    this.derived = Object.entries(schema.derived ?? {})
      .map(([name, { holds }]) => ({ at: this.columns.indexOf(name), holds }))
      .filter(({ at }) => at < commonColumns.length)
    const own = columnsOf(schema.fields)
    this.own = own.map(({ name, kind }, i) => ({ name, kind, at: commonColumns.length + i, holds: schema.derived?.[name]?.holds }))
    this.byName = new Map(own.map(({ name }, i) => [name, i]))
    this.blank = new Array<Cell>(this.columns.length).fill(null)
  }

  /** A row's cells, all but its number in the case. */
  cells(record: TransactionRecord): Cell[] {
    const { tx, flow } = record
    const { request, response, row } = tx
    // A new array is cheaper than an old one: storing young texts in an old object is booked by the collector, one by one.
    const args = this.blank.slice()
    const first = request ?? response
    const home = first ? refCapture(first.refs[0]!) : flow.capture
    const duration = durationOf(tx)
    args[AT.tx] = record.id
    args[AT.flow_id] = this.flowBase + flow.ordinal
    args[AT.ts_ns] = first ? nanoseconds.of(first.first.sec, first.first.nsec) : 0
    args[AT.duration_ns] = duration >= 0 ? duration : null
    args[AT.user] = textOrNull(tx.user)
    args[AT.method] = textOrNull(tx.method)
    args[AT.resource] = textOrNull(tx.resource)
    args[AT.query] = textOrNull(tx.query)
    args[AT.params] = textOrNull(tx.params)
    args[AT.status] = tx.status
    args[AT.error] = textOrNull(tx.error)
    args[AT.request_bytes] = tx.request_bytes ?? (request ? request.bytes : 0)
    args[AT.response_bytes] = tx.response_bytes ?? (response ? response.bytes : 0)
    args[AT.rows] = tx.rows === undefined ? null : cell('int', tx.rows)
    args[AT.complete] = tx.complete
    args[AT.capture_id] = home + 1
    args[AT.frames] = framesText(home, request, response)
    args[AT.notes] = tx.notes === undefined || tx.notes.length === 0 ? null : cell('list', tx.notes)
    this.learn(Object.keys(row))
    const { own, order } = this
    // Taking all values at once is a third faster than asking for each by name.
    const values = Object.values(row)
    for (let i = 0; i < values.length; i++) {
      const column = own[order[i]!]
      const value = values[i]
      if (column && value !== undefined && (column.holds === undefined || !column.holds(row, tx as unknown as Row)))
        args[column.at] = cell(column.kind, value)
    }
    for (const { at, holds } of this.derived) if (holds(row, tx as unknown as Row)) args[at] = null
    return args
  }

  write(insert: BatchedInsert, cells: Cell[], id: number): void {
    cells[AT.id] = id
    insert.run(cells)
  }

  private learn(members: readonly string[]): void {
    const known = this.members
    let same = members.length === known.length
    for (let i = 0; same && i < members.length; i++) same = members[i] === known[i]
    if (same) return
    this.members = members
    // Members that are for documents only have no column.
    this.order = members.map((name) => this.byName.get(name) ?? -1)
  }

  flush(): void {
    this.direct?.flush()
    this.staged?.flush()
  }
}
