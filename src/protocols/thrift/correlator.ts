/**
 * Pairs calls and replies. A sequence id is the client's own business: many always send 0. So a reply belongs to the oldest call that
 * has its id and its method; older calls of the same id were not meant to be answered.
 */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator } from '../protocol.js'
import type { Message } from './messages.js'
import { Kind } from './names.js'
import { type Pending, Rows, type ThriftSession } from './rows.js'

/** Calls that wait; a client that pipelines has some hundreds at most. */
const MAX_WAITING = 4096

export class ThriftCorrelator implements Correlator<Message> {
  private readonly waiting: Pending[] = []
  /** Traces of messages that are not complete. */
  private readonly traces: { client?: Trace | undefined; server?: Trace | undefined } = {}
  private readonly rows: Rows

  constructor(private readonly session: ThriftSession) {
    this.rows = new Rows(session)
  }

  see(side: Side, message: Message, at: Trace): void {
    const begun = this.traces[side]
    if (begun) begun.extend(at)
    const trace = begun ?? at
    this.traces[side] = message.done ? undefined : trace
    if (!message.done) return
    if (side === 'client') this.call(message, trace)
    else this.reply(message, trace)
  }

  gap(side: Side): void {
    if (side === 'server') for (const one of this.waiting) one.doubtful = true
  }

  end(why: EndReason, _at: Instant): void {
    for (const one of this.waiting.splice(0)) this.rows.unanswered(one, why)
  }

  private call(message: Message, at: Trace): void {
    const pending = this.rows.pending(message, at)
    if (message.start.kind === Kind.oneway || pending.method?.oneway) {
      this.rows.oneway(pending)
      return
    }
    if (this.waiting.length >= MAX_WAITING) {
      this.session.anomaly('thrift.waiting', at)
      this.rows.unanswered(this.waiting.shift()!, undefined)
    }
    this.waiting.push(pending)
  }

  private reply(message: Message, at: Trace): void {
    const { seqid } = message.start
    const name = message.start.name.slice(message.start.name.indexOf(':') + 1)
    const { waiting } = this
    const index = waiting.findIndex((one) => one.seqid === seqid && one.name === name)
    if (index < 0) {
      this.rows.orphan(message, at)
      return
    }
    const [found] = waiting.splice(index, 1)
    const older = waiting.slice(0, index).filter((one) => one.seqid === seqid)
    for (const one of older) {
      waiting.splice(waiting.indexOf(one), 1)
      this.rows.unanswered(one, undefined)
    }
    this.rows.answered(found!, message, at)
  }
}
