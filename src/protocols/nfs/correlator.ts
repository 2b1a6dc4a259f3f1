/**
 * Pairs calls with replies by transaction id, for each side its own: from NFSv4.1 on the server calls back on the client's
 * connection. A call sent again under its id is one call; one that waits too long is handed on without a reply.
 */
import { isBefore } from '../../model/instant.js'
import { otherSide, type Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { Xdr } from '../shared/oncrpc/xdr.js'
import type { CallBody, ReplyBody } from './bodies.js'
import { readMessage } from './decode.js'
import type { NfsRow } from './fields.js'
import type { Files } from './files.js'
import { notes } from './notes.js'
import type { Message } from './parser.js'
import { type Exchange, RowMaker } from './row.js'
import { Waiting, WaitingCalls } from './waiting.js'

/** Calls of one connection that wait at once: clients keep up to some thousand slots. */
export const MAX_WAITING = 4096
/** Packetbeat's transaction_timeout for NFS. */
export const MAX_WAIT_SECONDS = 60
/** Answered ids remembered: a second reply to a call sent twice comes within moments. */
const REMEMBERED = 64
/** UDP: replies captured before their calls, how many and how long they are kept. */
const MAX_EARLY = 16
const MAX_EARLY_SECONDS = 1

interface Early {
  readonly side: Side
  readonly message: Message
  readonly reply: ReplyBody
  readonly at: Trace
}

export class NfsCorrelator implements Correlator<Message> {
  readonly waiting = new WaitingCalls()
  /** The server agreed to TLS; both parsers hand over. */
  upgraded = false
  private readonly early: Early[] = []
  private readonly answered: number[] = []
  private answeredAt = 0
  private readonly losses = { client: 0, server: 0 }
  private readonly rows: RowMaker
  private readonly x = new Xdr()

  constructor(private readonly session: Session<NfsRow, { send_request?: boolean; send_response?: boolean }, Files>) {
    this.rows = new RowMaker(session)
  }

  see(side: Side, message: Message, at: Trace): void {
    if (message.trace === undefined) message.trace = at
    else if (at.bytes > 0) message.trace.extend(at)
    if (!message.done) return
    const { body, trace } = message
    this.expire(trace)
    if (message.fault !== '') this.session.anomaly('nfs.malformed', trace, message.fault)
    if (body === undefined) {
      if (message.bytes > 0 && message.lost === 0)
        this.session.anomaly('nfs.malformed', trace, `The stream ends in the head of a message, after ${message.bytes} bytes.`)
    } else if (body.kind === 'call') this.call(side, message, body, trace)
    else this.reply(side, message, body, trace)
  }

  gap(side: Side): void {
    this.losses[side]++
  }

  end(): void {
    for (const one of this.early.splice(0)) this.orphan(one, notes.orphan)
    while (this.waiting.oldest) this.giveUp(this.waiting.oldest, undefined)
  }

  private call(side: Side, message: Message, call: CallBody, at: Trace): void {
    const { waiting } = this
    const { header } = call
    const before = waiting.find(side, header.xid)
    if (before !== undefined) {
      if (isSame(before.call, call)) {
        before.retransmissions++
        before.at.extend(at)
        waiting.again(before, at.last.sec)
        return
      }
      this.giveUp(before, notes.idReused)
    }
    if (waiting.size >= MAX_WAITING && waiting.oldest) {
      this.session.anomaly('nfs.waiting', at)
      this.giveUp(waiting.oldest, notes.pushedOut)
    }
    const w = new Waiting(side, call, at, message.bytes, message.fragments, harmOf(message), this.losses[otherSide(side)])
    if (message.long) w.notes = [notes.long]
    if (message.fault !== '') w.notes = [...(w.notes ?? []), notes.malformed]
    if (this.answered.includes(keyOf(side, header.xid))) w.notes = [...(w.notes ?? []), notes.againAfterAnswer]
    waiting.add(w)
    if (this.early.length > 0) this.meetEarly(w)
  }

  private reply(side: Side, message: Message, reply: ReplyBody, at: Trace): void {
    const asker = otherSide(side)
    const w = this.waiting.find(asker, reply.header.xid)
    if (w !== undefined) {
      this.finish(w, message, reply, at)
      return
    }
    const one: Early = { side, message, reply, at }
    if (this.answered.includes(keyOf(asker, reply.header.xid))) this.orphan(one, notes.answeredTwice)
    else if (message.raw === undefined) this.orphan(one, notes.orphan)
    else {
      if (this.early.length === MAX_EARLY) this.orphan(this.early.shift()!, notes.orphan)
      this.early.push(one)
    }
  }

  /** Was the reply captured before its call? */
  private meetEarly(w: Waiting): void {
    const index = this.early.findIndex(
      ({ side, reply, at }) => side === otherSide(w.side) && reply.header.xid === w.call.header.xid && !isBefore(at.first, w.at.first),
    )
    if (index < 0) return
    const one = this.early.splice(index, 1)[0]!
    const raw = one.message.raw!
    const body = readMessage(this.x.reset(raw, 0, raw.length), () => w.call)
    this.release(one.message)
    this.finish(w, one.message, body?.kind === 'reply' ? body : one.reply, one.at)
  }

  private finish(w: Waiting, message: Message, reply: ReplyBody, at: Trace): void {
    this.waiting.remove(w)
    this.answered[this.answeredAt] = keyOf(w.side, w.call.header.xid)
    this.answeredAt = (this.answeredAt + 1) % REMEMBERED
    if (w.call.header.cred.flavor === 'tls' && reply.header.startTls) this.upgraded = true
    const remarks = [...(w.notes ?? [])]
    if (message.long) remarks.push(notes.longReply)
    if (message.fault !== '') remarks.push(notes.malformedReply)
    this.emit({
      asker: w.side,
      call: w.call,
      reply,
      request: w.at,
      response: at,
      requestBytes: w.bytes,
      responseBytes: message.bytes,
      complete: w.harm ?? harmOf(message) ?? 'complete',
      retransmissions: w.retransmissions,
      fragments: Math.max(w.fragments, message.fragments),
      notes: remarks,
    })
    if (this.upgraded) this.session.upgradeTo('tls')
  }

  /** What was kept of a datagram goes back to the budget. */
  private release(message: Message): void {
    if (message.raw === undefined) return
    this.session.hold?.(-message.raw.length)
    message.raw = undefined
  }

  private orphan({ side, message, reply, at }: Early, why: string): void {
    this.release(message)
    this.emit({
      asker: otherSide(side),
      call: undefined,
      reply,
      request: undefined,
      response: at,
      requestBytes: 0,
      responseBytes: message.bytes,
      complete: 'orphan-response',
      retransmissions: 0,
      fragments: message.fragments,
      notes: [why],
    })
  }

  private giveUp(w: Waiting, why: string | undefined): void {
    this.waiting.remove(w)
    const lost = this.losses[otherSide(w.side)] !== w.losses
    const remarks = [...(w.notes ?? []), notes.unanswered]
    if (why !== undefined) remarks.push(why)
    if (lost) remarks.push(notes.lost)
    this.emit({
      asker: w.side,
      call: w.call,
      reply: undefined,
      request: w.at,
      response: undefined,
      requestBytes: w.bytes,
      responseBytes: 0,
      complete: w.harm ?? (lost ? 'lost' : 'no-response'),
      retransmissions: w.retransmissions,
      fragments: w.fragments,
      notes: remarks,
    })
  }

  private expire(at: Trace): void {
    while (this.early.length > 0 && at.first.sec - this.early[0]!.at.first.sec > MAX_EARLY_SECONDS)
      this.orphan(this.early.shift()!, notes.orphan)
    for (let w = this.waiting.oldest; w !== undefined && at.first.sec - w.since > MAX_WAIT_SECONDS; w = this.waiting.oldest)
      this.giveUp(w, undefined)
  }

  private emit(exchange: Exchange): void {
    this.session.emit(this.rows.transaction(exchange))
  }
}

const harmOf = (m: Message): Extract<Completeness, 'lost' | 'truncated'> | undefined =>
  m.lost > 0 ? 'lost' : m.cut || m.long ? 'truncated' : undefined

/** Two sides, one number: ids have 32 bits. */
const keyOf = (side: Side, xid: number): number => (side === 'client' ? xid : xid + 2 ** 32)

/** A call sent again has the id and the procedure; nobody changes arguments under way. */
const isSame = (a: CallBody, b: CallBody): boolean =>
  a.header.program === b.header.program &&
  a.header.version === b.header.version &&
  a.header.procedure === b.header.procedure &&
  a.args.handle === b.args.handle &&
  a.args.name === b.args.name
