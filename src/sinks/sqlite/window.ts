/**
 * Puts transactions into the order of time before they are written.
 *
 * They arrive as they complete and are wanted in the order in which they began. Those that began close together are held
 * here and leave oldest first; one that comes later than what has left already is `late` and is put in its place at the end.
 */
import type { TransactionRecord } from '../sink.js'

/** Transactions held at most. More would outlive the young generation of the heap, which costs more than sorting saves. */
const MAX_HELD = 512
/** Wire bytes of what is held, near enough the text it keeps alive. */
const MAX_HELD_BYTES = 32 * 1024 * 1024
/** Protocols cap what one row keeps; a download of gigabytes does not hold gigabytes. */
const MAX_COUNTED_BYTES = 1024 * 1024

interface Held {
  readonly sec: number
  readonly nsec: number
  readonly bytes: number
  readonly record: TransactionRecord
}

const isAfter = (a: Held, b: Held): boolean =>
  a.sec !== b.sec ? a.sec > b.sec : a.nsec !== b.nsec ? a.nsec > b.nsec : a.record.id > b.record.id

export class OrderWindow {
  private held: Held[] = []
  private bytes = 0
  private newest: Held | undefined

  constructor(private readonly write: (record: TransactionRecord, late: boolean) => void) {}

  add(record: TransactionRecord): void {
    const { request, response } = record.tx
    const at = request?.first ?? response?.first
    const bytes = Math.min((request?.bytes ?? 0) + (response?.bytes ?? 0), MAX_COUNTED_BYTES)
    const entry: Held = { sec: at?.sec ?? 0, nsec: at?.nsec ?? 0, bytes, record }
    if (this.newest && isAfter(this.newest, entry)) {
      this.write(record, true)
      return
    }
    const held = this.held
    let place = held.length
    held.push(entry)
    while (place > 0 && isAfter(held[place - 1]!, entry)) {
      held[place] = held[place - 1]!
      place--
    }
    held[place] = entry
    this.bytes += bytes
    if (held.length >= MAX_HELD || this.bytes >= MAX_HELD_BYTES) this.release((held.length + 1) >> 1)
  }

  flush(): void {
    this.release(this.held.length)
  }

  private release(count: number): void {
    const held = this.held
    for (let i = 0; i < count; i++) {
      const entry = held[i]!
      this.bytes -= entry.bytes
      this.newest = entry
      this.write(entry.record, false)
    }
    this.held = held.slice(count)
  }
}
