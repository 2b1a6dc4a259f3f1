/**
 * Puts transactions into the order of time before they are written.
 *
 * They arrive as they complete and are wanted in the order in which they began. Those that began close together are held
 * here and leave oldest first; one that comes later than what has left already is `late` and is put in its place at the end.
 */
import type { Cell } from './cells.js'
import type { TransactionWriter } from './transaction-writer.js'

/**
 * Rows held at most. They are held as the cells they become, since what they were made from (the transaction, its traces, its flow)
 * would be ten times as many objects for the collector to carry along.
 */
const MAX_HELD = 512
/** Wire bytes of what is held, near enough the text it keeps alive. */
const MAX_HELD_BYTES = 32 * 1024 * 1024
/** Protocols cap what one row keeps; a download of gigabytes does not hold gigabytes. */
const MAX_COUNTED_BYTES = 1024 * 1024

export interface HeldRow {
  readonly sec: number
  readonly nsec: number
  /** The transaction's content id: order among equals. */
  readonly tx: string
  /** On the wire. */
  readonly bytes: number
  readonly writer: TransactionWriter
  readonly cells: Cell[]
}

const isAfter = (a: HeldRow, b: HeldRow): boolean => (a.sec !== b.sec ? a.sec > b.sec : a.nsec !== b.nsec ? a.nsec > b.nsec : a.tx > b.tx)

const counted = (row: HeldRow): number => Math.min(row.bytes, MAX_COUNTED_BYTES)

export class OrderWindow {
  private held: HeldRow[] = []
  private bytes = 0
  private newest: HeldRow | undefined

  constructor(private readonly write: (row: HeldRow, late: boolean) => void) {}

  add(row: HeldRow): void {
    if (this.newest && isAfter(this.newest, row)) {
      this.write(row, true)
      return
    }
    const held = this.held
    let place = held.length
    held.push(row)
    while (place > 0 && isAfter(held[place - 1]!, row)) {
      held[place] = held[place - 1]!
      place--
    }
    held[place] = row
    this.bytes += counted(row)
    if (held.length >= MAX_HELD || this.bytes >= MAX_HELD_BYTES) this.release((held.length + 1) >> 1)
  }

  flush(): void {
    this.release(this.held.length)
  }

  private release(count: number): void {
    const held = this.held
    for (let i = 0; i < count; i++) {
      const row = held[i]!
      this.bytes -= counted(row)
      this.newest = row
      this.write(row, false)
    }
    this.held = held.slice(count)
  }
}
