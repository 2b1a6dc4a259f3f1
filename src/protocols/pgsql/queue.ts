/** What the client sent and the server has still to answer, in order. */
import type { Unit } from './unit.js'

export type SlotKind =
  | 'startup'
  | 'negotiate'
  | 'query'
  | 'function'
  | 'parse'
  | 'bind'
  | 'describe-statement'
  | 'describe-portal'
  | 'execute'
  | 'close'
  | 'sync'

export class Slot {
  /** Statements of a simple query that are answered. */
  current = 0
  failed = false

  constructor(
    readonly kind: SlotKind,
    /** Absent for a Sync behind other messages. */
    readonly unit: Unit | undefined,
    /** The statements of a simple query. */
    readonly units: Unit[] | undefined = undefined,
  ) {}

  /** ReadyForQuery answers it. */
  get ends(): boolean {
    return this.kind === 'sync' || this.kind === 'query' || this.kind === 'function'
  }
}

export class Queue {
  private items: (Slot | undefined)[] = []
  private first = 0

  get length(): number {
    return this.items.length - this.first
  }

  get head(): Slot | undefined {
    return this.items[this.first]
  }

  at(index: number): Slot | undefined {
    return this.items[this.first + index]
  }

  push(slot: Slot): void {
    this.items.push(slot)
  }

  shift(): Slot | undefined {
    const slot = this.items[this.first]
    if (!slot) return undefined
    this.items[this.first++] = undefined
    if (this.first > 64 && this.first * 2 > this.items.length) {
      this.items = this.items.slice(this.first)
      this.first = 0
    }
    return slot
  }

  /** Takes out the Syncs: the server swallows those it meets while it reads COPY data. */
  withoutSyncs(): void {
    this.items = this.items.slice(this.first).filter((slot) => slot?.kind !== 'sync')
    this.first = 0
  }
}
