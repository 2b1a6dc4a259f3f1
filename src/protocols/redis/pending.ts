/** Commands that wait for their replies, oldest first. */
import type { Trace } from '../../model/trace.js'
import type { Command, Reply } from './messages.js'

export class Pending {
  /** No reply will come: the client said so. */
  silent = false
  transaction: string | undefined
  /** Replies still to come; each channel of a subscription has one of its own. */
  expect = 1
  /** What was said so far to a command of several replies, or QUEUED. */
  said: string | undefined
  response: Trace | undefined
  notes: string[] | undefined

  constructor(
    readonly command: Command,
    readonly request: Trace,
  ) {}

  heard(at: Trace): Trace {
    if (!this.response) this.response = at
    else {
      const all = this.response.copy()
      all.extend(at)
      this.response = all
    }
    return this.response
  }
}

/** Slots freed at the front before the list is moved up. */
const SLACK = 1024

export class PendingQueue {
  private items: (Pending | undefined)[] = []
  private first = 0
  /** Characters of the queries that wait. */
  size = 0

  get length(): number {
    return this.items.length - this.first
  }

  get head(): Pending | undefined {
    return this.items[this.first]
  }

  push(p: Pending): void {
    this.items.push(p)
    this.size += p.command.query.length
  }

  shift(): Pending | undefined {
    const p = this.items[this.first]
    if (p === undefined) return undefined
    this.items[this.first++] = undefined
    this.size -= p.command.query.length
    if (this.first === this.items.length) {
      this.items.length = 0
      this.first = 0
    } else if (this.first >= SLACK && this.first * 2 >= this.items.length) {
      this.items = this.items.slice(this.first)
      this.first = 0
    }
    return p
  }

  /** Replies that all of them together wait for. */
  expected(): number {
    let all = 0
    for (let i = this.first; i < this.items.length; i++) if (!this.items[i]!.silent) all += this.items[i]!.expect
    return all
  }
}

/** A reply that waits until it is known which command it answers. */
export interface Unplaced {
  readonly reply: Reply
  readonly at: Trace
}
