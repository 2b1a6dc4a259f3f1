/** Requests of one run that wait for their answer, which may come in another flow. */
import { nanosecondsBetween } from '../../../model/instant.js'
import type { Trace } from '../../../model/trace.js'

/** Requests waiting for an answer, in the whole run: a starvation attack sends thousands a second; about 8 MiB at most. */
export const MAX_WAITING = 2048
/** Bytes of the messages that wait: so many of ordinary length are a quarter of it, of the longest possible not the half. */
const MAX_WAITING_BYTES = 4 << 20
/** Servers that look whether an address is free take seconds; clients have asked again long before this. */
const ANSWER_WITHIN = 60e9

export const waitingNotes = {
  unanswered: 'No answer to this message was captured.',
  orphan: 'No request for this answer was captured.',
  evicted: `Given up because more than ${MAX_WAITING} requests or 4 MiB of them were waiting.`,
}

export interface Waiting<W> {
  readonly owner: WaitingOwner<W>
  readonly exchange: { readonly waiting: W[] }
  readonly at: Trace
}

export interface WaitingOwner<W> {
  /** Requests of this flow that wait. */
  open: number
  giveUp(one: W, note: string): void
}

export class WaitingList<W extends Waiting<W>> {
  /** In packet order. */
  private readonly all = new Set<W>()
  private bytes = 0
  private told = false

  /** @param full called once a run, when the cap was reached */
  add(one: W, full: () => void): void {
    while (this.all.size > 0 && (this.all.size >= MAX_WAITING || this.bytes + one.at.bytes > MAX_WAITING_BYTES)) {
      this.giveUp(this.all.values().next().value!, waitingNotes.evicted)
      if (!this.told) full()
      this.told = true
    }
    this.all.add(one)
    this.bytes += one.at.bytes
    one.exchange.waiting.push(one)
    one.owner.open++
  }

  take(one: W): void {
    if (!this.all.delete(one)) return
    this.bytes -= one.at.bytes
    const { waiting } = one.exchange
    waiting.splice(waiting.indexOf(one), 1)
    one.owner.open--
  }

  /** Gives up what has waited too long by the packet clock. */
  expire(at: Trace): void {
    for (const one of this.all) {
      if (nanosecondsBetween(one.at.last, at.first) < ANSWER_WITHIN) return
      this.giveUp(one, waitingNotes.unanswered)
    }
  }

  /** Gives up what a flow that ends has waiting. */
  end(owner: WaitingOwner<W>): void {
    if (owner.open === 0) return
    for (const one of this.all) if (one.owner === owner) this.giveUp(one, waitingNotes.unanswered)
  }

  private giveUp(one: W, note: string): void {
    this.take(one)
    one.owner.giveUp(one, note)
  }
}
