/** Calls that wait for their replies, in the order they came: by side and transaction id. */
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { CallBody } from './bodies.js'

export class Waiting {
  older: Waiting | undefined = undefined
  newer: Waiting | undefined = undefined
  retransmissions = 0
  /** When it was last sent, seconds. */
  since: number
  notes: string[] | undefined

  constructor(
    readonly side: Side,
    readonly call: CallBody,
    readonly at: Trace,
    readonly bytes: number,
    readonly fragments: number,
    /** The call itself is not whole. */
    readonly harm: 'lost' | 'truncated' | undefined,
    /** Losses of the answering side that had been seen when it was sent. */
    readonly losses: number,
  ) {
    this.since = at.last.sec
  }
}

export class WaitingCalls {
  private readonly byXid = { client: new Map<number, Waiting>(), server: new Map<number, Waiting>() }
  oldest: Waiting | undefined = undefined
  private newest: Waiting | undefined = undefined
  size = 0

  find(side: Side, xid: number): Waiting | undefined {
    return this.byXid[side].get(xid)
  }

  add(w: Waiting): void {
    this.byXid[w.side].set(w.call.header.xid, w)
    this.append(w)
  }

  remove(w: Waiting): void {
    this.byXid[w.side].delete(w.call.header.xid)
    this.unlink(w)
  }

  /** It was sent once more: the wait begins anew. */
  again(w: Waiting, sec: number): void {
    w.since = sec
    this.unlink(w)
    this.append(w)
  }

  private append(w: Waiting): void {
    w.older = this.newest
    if (this.newest) this.newest.newer = w
    else this.oldest = w
    this.newest = w
    this.size++
  }

  private unlink(w: Waiting): void {
    if (w.older) w.older.newer = w.newer
    else this.oldest = w.newer
    if (w.newer) w.newer.older = w.older
    else this.newest = w.older
    w.older = undefined
    w.newer = undefined
    this.size--
  }
}
