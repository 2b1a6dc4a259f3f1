/**
 * Pairs queries with their responses within one conversation, by identifier and question.
 *
 * The QR bit says what a message is, not the side it came from: two resolvers on port 53 ask each other in one flow. Each
 * side's queries wait in the order they came; what waits too long, or is asked again, is handed on as unanswered.
 */
import { type Instant, isBefore } from '../../../model/instant.js'
import { otherSide, type Side } from '../../../model/side.js'
import type { Trace } from '../../../model/trace.js'
import type { Completeness } from '../../../model/transaction.js'
import type { DnsMessage } from './message.js'
import { RrType } from './names.js'
import { notes } from './notes.js'
import { Transfer } from './transfer.js'

/** Queries of one conversation that wait at once; a forwarder with a fixed port keeps some hundreds. */
export const MAX_WAITING = 4096
/** Longer than any resolver tries (30 s is common), short enough to say so while a live capture goes on. */
export const MAX_WAIT_SECONDS = 60
/** Answered queries remembered to tell a second response from one that nobody asked for: those come within moments. */
const REMEMBERED = 16
/**
 * Responses that came before their query: captures of several queues or interfaces are out of order by moments. This many
 * are kept this long for a query that is older than they are.
 */
const MAX_EARLY = 16
const MAX_EARLY_SECONDS = 1
/** Questions under one identifier; honest askers have one or two (A and AAAA at once), and each is compared. */
const MAX_ALIKE = 16

/** One query and its response, or what was seen of the two. */
export interface Exchange {
  /** The side that asked. */
  readonly asker: Side
  readonly query: DnsMessage | undefined
  readonly response: DnsMessage | undefined
  readonly request: Trace | undefined
  readonly answer: Trace | undefined
  readonly complete: Completeness
  /** Messages of a zone transfer; 1 for any other response, 0 without one. */
  readonly messages: number
  /** How often the same query had been sent before. */
  readonly retransmissions: number
  readonly notes: string[]
}

class Waiting {
  older: Waiting | undefined = undefined
  newer: Waiting | undefined = undefined
  /** Another question under the same identifier. */
  alike: Waiting | undefined = undefined
  retransmissions = 0
  transfer: Transfer | undefined = undefined
  remark: string | undefined = undefined
  /** When it last moved, seconds. */
  since: number

  constructor(
    readonly side: Side,
    readonly query: DnsMessage,
    readonly at: Trace,
    /** Losses of the answering side that had been seen when it was sent. */
    readonly losses: number,
  ) {
    this.since = at.first.sec
  }
}

interface Early {
  readonly asker: Side
  readonly response: DnsMessage
  readonly at: Trace
  readonly remark: string | undefined
}

export class Exchanges {
  private readonly waiting = new Map<number, Waiting>()
  private oldest: Waiting | undefined = undefined
  private newest: Waiting | undefined = undefined
  private count = 0
  private readonly early: Early[] = []
  private readonly answered: Waiting[] = []
  private answeredAt = 0
  private readonly losses = { client: 0, server: 0 }

  constructor(
    private readonly stream: boolean,
    private readonly hand: (exchange: Exchange) => void,
    private readonly full: (at: Trace) => void,
  ) {}

  see(side: Side, m: DnsMessage, at: Trace): void {
    while (this.early.length > 0 && at.first.sec - this.early[0]!.at.first.sec > MAX_EARLY_SECONDS) this.orphan(this.early.shift()!)
    if (m.isResponse) this.response(side, m, at)
    else this.query(side, m, at)
  }

  gap(side: Side): void {
    this.losses[side]++
  }

  end(_at: Instant): void {
    for (const one of this.early.splice(0)) this.orphan(one)
    while (this.oldest) this.giveUp(this.oldest, undefined)
  }

  private query(side: Side, m: DnsMessage, at: Trace): void {
    const now = at.first.sec
    while (this.oldest !== undefined && now - this.oldest.since > MAX_WAIT_SECONDS) this.giveUp(this.oldest, undefined)
    if (this.count >= MAX_WAITING && this.oldest) {
      this.full(at)
      this.giveUp(this.oldest, notes.pushedOut)
    }
    const w = new Waiting(side, m, at, this.losses[otherSide(side)])
    const key = keyOf(side, m.id)
    const first = this.waiting.get(key)
    if (first !== undefined) {
      const same = find(first, m)
      if (same !== undefined) {
        w.retransmissions = same.retransmissions + 1
        this.giveUp(same, notes.askedAgain)
      }
      w.alike = this.waiting.get(key)
      if (w.alike !== undefined) w.remark = notes.idShared
      let depth = 1
      let last = w
      for (; last.alike !== undefined; last = last.alike) depth++
      if (depth > MAX_ALIKE) {
        this.full(at)
        this.giveUp(last, notes.pushedOut)
      }
    }
    this.waiting.set(key, w)
    this.append(w)
    if (this.early.length > 0) this.meetEarly(w)
  }

  private response(side: Side, m: DnsMessage, at: Trace): void {
    const asker = otherSide(side)
    const first = this.waiting.get(keyOf(asker, m.id))
    const w = first === undefined ? undefined : find(first, m)
    if (w === undefined) {
      const remark = this.wasAnswered(asker, m) ? notes.duplicate : first === undefined ? undefined : notes.otherQuestion
      const one: Early = { asker, response: m, at, remark }
      if (remark !== undefined) this.orphan(one)
      else {
        if (this.early.length === MAX_EARLY) this.orphan(this.early.shift()!)
        this.early.push(one)
      }
      return
    }
    const type = w.query.type
    if (this.stream && (type === RrType.AXFR || type === RrType.IXFR) && w.query.name !== undefined) {
      w.transfer ??= new Transfer(type === RrType.IXFR, w.query.knownSerial)
      w.transfer.add(m, at)
      if (!w.transfer.done) {
        this.unlink(w)
        w.since = at.last.sec
        this.append(w)
        return
      }
      this.finish(w, w.transfer.response, w.transfer.trace, w.transfer)
    } else this.finish(w, m, at, undefined)
  }

  /** Was the response to this query captured before it? */
  private meetEarly(w: Waiting): void {
    const index = this.early.findIndex(
      (one) =>
        one.asker === w.side && one.response.id === w.query.id && !isBefore(one.at.first, w.at.first) && matches(w.query, one.response),
    )
    if (index < 0) return
    const [one] = this.early.splice(index, 1)
    if (one === undefined) return
    w.remark = notes.outOfOrder
    this.finish(w, one.response, one.at, undefined)
  }

  private orphan({ asker, response, at, remark }: Early): void {
    this.hand({
      asker,
      query: undefined,
      response,
      request: undefined,
      answer: at,
      complete: 'orphan-response',
      messages: 1,
      retransmissions: 0,
      notes: remark === undefined ? [notes.orphan] : [notes.orphan, remark],
    })
  }

  private finish(w: Waiting, m: DnsMessage, at: Trace, transfer: Transfer | undefined): void {
    this.remove(w)
    this.remember(w)
    const lost = transfer !== undefined && this.losses[otherSide(w.side)] !== w.losses
    this.hand({
      asker: w.side,
      query: w.query,
      response: m,
      request: w.at,
      answer: at,
      complete: isCut(m) || isCut(w.query) ? 'truncated' : lost ? 'lost' : transfer && !transfer.done ? 'truncated' : 'complete',
      messages: transfer === undefined ? 1 : transfer.messages,
      retransmissions: w.retransmissions,
      notes: remarks(w, transfer && !transfer.done ? notes.unfinished : undefined),
    })
  }

  private giveUp(w: Waiting, why: string | undefined): void {
    if (w.transfer) {
      this.finish(w, w.transfer.response, w.transfer.trace, w.transfer)
      return
    }
    this.remove(w)
    const lost = this.losses[otherSide(w.side)] !== w.losses
    const list = remarks(w, notes.unanswered)
    if (why !== undefined) list.push(why)
    if (lost) list.push(notes.lost)
    this.hand({
      asker: w.side,
      query: w.query,
      response: undefined,
      request: w.at,
      answer: undefined,
      complete: isCut(w.query) ? 'truncated' : lost ? 'lost' : 'no-response',
      messages: 0,
      retransmissions: w.retransmissions,
      notes: list,
    })
  }

  private append(w: Waiting): void {
    w.older = this.newest
    w.newer = undefined
    if (this.newest) this.newest.newer = w
    else this.oldest = w
    this.newest = w
    this.count++
  }

  private unlink(w: Waiting): void {
    if (w.older) w.older.newer = w.newer
    else this.oldest = w.newer
    if (w.newer) w.newer.older = w.older
    else this.newest = w.older
    w.older = undefined
    w.newer = undefined
    this.count--
  }

  private remove(w: Waiting): void {
    this.unlink(w)
    const key = keyOf(w.side, w.query.id)
    const first = this.waiting.get(key)
    if (first === w) {
      if (w.alike === undefined) this.waiting.delete(key)
      else this.waiting.set(key, w.alike)
    } else {
      let at = first
      while (at !== undefined && at.alike !== w) at = at.alike
      if (at !== undefined) at.alike = w.alike
    }
    w.alike = undefined
  }

  private remember(w: Waiting): void {
    this.answered[this.answeredAt] = w
    this.answeredAt = (this.answeredAt + 1) % REMEMBERED
  }

  private wasAnswered(asker: Side, m: DnsMessage): boolean {
    return this.answered.some((w) => w.side === asker && w.query.id === m.id && matches(w.query, m))
  }
}

/** Not all of it is there, whoever cut it. */
export const isCut = (m: DnsMessage): boolean => m.cut || m.fault === 'short'

const keyOf = (side: Side, id: number): number => (side === 'client' ? id : id | 0x10000)

function remarks(w: Waiting, first: string | undefined): string[] {
  const list = first === undefined ? [] : [first]
  if (w.retransmissions > 0) list.push(notes.repeats(w.retransmissions))
  if (w.remark !== undefined) list.push(w.remark)
  return list
}

/** Among the queries of one identifier, the one that `m` repeats or answers. */
function find(first: Waiting, m: DnsMessage): Waiting | undefined {
  for (let w: Waiting | undefined = first; w !== undefined; w = w.alike) if (matches(w.query, m)) return w
  return undefined
}

/** The same question; a message without one (a refusal, a later part of a transfer, a cut one) goes by its identifier. */
function matches(query: DnsMessage, m: DnsMessage): boolean {
  const a = query.name
  const b = m.name
  if (a === undefined || b === undefined) return query.opcode === m.opcode || m.rcode !== 0
  if (query.type !== m.type || query.class !== m.class) return false
  if (a === b || a.text === b.text) return true
  // RFC 4343: names compare without case. Most servers copy the question as it was.
  return a.text.length === b.text.length && a.text.toLowerCase() === b.text.toLowerCase()
}
