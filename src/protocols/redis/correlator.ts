/**
 * Commands and replies in, rows out. Redis answers in the order it was asked, so replies pair with commands first in, first
 * out; what breaks that rule is known by name: CLIENT REPLY, pushed messages, MONITOR, transactions, replication, and losses.
 */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator } from '../protocol.js'
import type { Dialogue } from './dialogue.js'
import type { Command, RedisMessage, Reply } from './messages.js'
import { isMessageKind, isSubscription } from './names.js'
import { Pending, PendingQueue, type Unplaced } from './pending.js'
import { type RedisSession, RowMaker } from './row.js'
import { filterFor } from './secrets.js'
import { monitorLine, SessionState } from './session-state.js'
import { Silence } from './silence.js'
import { Transactions } from './transactions.js'

/** Replies that may wait to be placed after a loss; a larger batch than that is placed early. */
const MAX_UNPLACED = 4096

const BY_POSITION = 'Replies or commands around it were lost; this pair was told by its position.'

export class RedisCorrelator implements Correlator<RedisMessage> {
  private readonly state = new SessionState()
  private readonly rows: RowMaker
  private readonly queue = new PendingQueue()
  /** Commands given up for the queue's size, whose replies are still to come. */
  private evicted = 0
  /** Bytes of an unfinished message of each side. */
  private clientPart: Trace | undefined
  private serverPart: Trace | undefined
  private readonly silence = new Silence()
  /** The client acknowledged a replication stream; anybody may say so. */
  private acknowledged = false
  /** A command of this connection was answered: it is no replica's whose beginning is missing. */
  private answers = false
  private readonly transactions: Transactions
  /** After a loss: how many commands at the head are beyond doubt; -1 when nothing is in doubt. */
  private sure = -1
  private unplaced: Unplaced[] = []
  private held = 0

  constructor(
    private readonly session: RedisSession,
    private readonly dialogue: Dialogue,
  ) {
    this.rows = new RowMaker(session, this.state)
    this.transactions = new Transactions(session, dialogue, this.state, this.rows)
    dialogue.awaitsExec = () => this.sure < 0 && this.evicted === 0 && this.queue.head?.command.name === 'EXEC'
    dialogue.awaitsSync = () => this.queue.head?.command.name === 'SYNC'
    dialogue.awaitsResync = () => !this.queue.head || this.queue.head.command.name === 'PSYNC'
    dialogue.mayReplicate = () => this.acknowledged && !this.answers && this.queue.length === 0
    dialogue.mayBeMessage = () => this.mayBeMessage()
    dialogue.filter = () => this.filter()
  }

  see(side: Side, message: RedisMessage, at: Trace): void {
    if (side === 'client') {
      if (message.kind === 'piece') this.clientPart = grown(this.clientPart, at)
      else if (message.kind === 'lost') this.holeInCommands()
      else if (message.kind === 'command') {
        const trace = grown(this.clientPart, at)
        this.clientPart = undefined
        this.ask(message, trace)
      }
    } else if (message.kind === 'piece') this.serverPart = grown(this.serverPart, at)
    else if (message.kind === 'lost') this.holeInReplies()
    else {
      const trace = grown(this.serverPart, at)
      this.serverPart = undefined
      if (message.kind === 'reply') this.told(message, trace)
      else if (message.kind === 'command') this.rows.replicated(message, trace)
      else {
        this.rows.snapshot(message, trace)
        if (message.magic !== '' && !message.magic.startsWith('REDIS')) this.session.anomaly('redis.snapshot-strange', trace, message.magic)
      }
    }
  }

  end(_why: EndReason, _at: Instant): void {
    this.place()
    this.transactions.cut()
    for (let p = this.queue.shift(); p; p = this.queue.shift()) this.settleSilent(p)
  }

  // The client's side

  private ask(command: Command, at: Trace): void {
    if (this.unplaced.length > 0) this.place()
    const p = new Pending(command, at)
    const { name } = command
    if (this.dialogue.replicating || (name === 'REPLCONF' && command.args?.[0]?.toUpperCase() === 'ACK')) {
      // A replica that acknowledges what it has; nobody answers it.
      p.silent = true
      this.acknowledged = true
    } else if (this.silence.covers(command)) p.silent = true
    this.transactions.asked(p)
    if (isSubscription(name)) p.expect = Math.max(1, command.words - 1)
    this.queue.push(p)
    if (this.queue.length === 1 || p.silent) this.drain()
    this.bound()
  }

  /** Commands at the head that nobody will answer are done. */
  private drain(): void {
    while (this.queue.head?.silent) {
      const p = this.queue.shift()!
      if (this.sure > 0) this.sure--
      this.settleSilent(p)
    }
    this.subscriptionLength()
  }

  private settleSilent(p: Pending): void {
    if (!p.silent) {
      this.rows.unanswered(p)
      return
    }
    this.state.done(p.command, undefined)
    this.rows.command(p.command, { request: p.request, response: undefined, reply: undefined, transaction: p.transaction, silent: true })
  }

  /** UNSUBSCRIBE without channels is answered once for each there is. */
  private subscriptionLength(): void {
    const p = this.queue.head
    if (p?.command.words !== 1 || p.said !== undefined || !isSubscription(p.command.name)) return
    const { name } = p.command
    const count = name === 'UNSUBSCRIBE' ? this.state.channels : name === 'PUNSUBSCRIBE' ? this.state.patterns : this.state.shards
    p.expect = Math.max(1, count)
  }

  private bound(): void {
    const { queue } = this
    const { queue_max_bytes, queue_max_messages } = this.session.options
    // Asked for in steps: most queues are short.
    if (queue.size > this.held) {
      const more = Math.max(65536, queue.size - this.held)
      if (queue.size > 4096 && this.session.hold?.(more) === false) this.evict()
      else if (queue.size > 4096) this.held += more
    }
    while (queue.length > 1 && (queue.length > queue_max_messages || queue.size > queue_max_bytes)) this.evict()
  }

  private evict(): void {
    const p = this.queue.shift()
    if (!p) return
    this.session.anomaly('redis.queue-full', p.request)
    if (this.sure > 0) this.sure--
    if (!p.silent) this.evicted += p.expect
    p.notes = ['More commands wait for replies than are kept; this one was given up.']
    this.rows.unanswered(p)
  }

  // The server's side

  private filter(): ReturnType<typeof filterFor> {
    const { queue } = this
    const secret = (text: string): string => this.session.secret(text)
    const p = this.transactions.inside ? this.transactions.awaited : this.sure >= 0 || this.evicted > 0 ? undefined : queue.head
    return p ? (p.command.args ? filterFor(p.command.name, p.command.args, secret) : undefined) : filterFor(undefined, undefined, secret)
  }

  private mayBeMessage(): boolean {
    if (this.state.subscribed) return true
    if (this.transactions.inside) return isSubscription(this.transactions.awaited?.command.name ?? '')
    const p = this.queue.head
    return !p || isSubscription(p.command.name) || p.command.name === 'PING'
  }

  private told(reply: Reply, at: Trace): void {
    if (reply.element && this.transactions.element(reply, at)) return
    if (this.isUnasked(reply, at)) return
    if (this.evicted > 0) {
      this.evicted--
      this.rows.orphan(reply, at, 'The command was given up before its reply came.')
      return
    }
    if (this.sure === 0) {
      if (this.unplaced.length >= MAX_UNPLACED) this.place()
      if (this.sure === 0) {
        this.unplaced.push({ reply, at })
        return
      }
    }
    const p = this.queue.head
    if (!p) {
      this.silence.broken()
      this.rows.orphan(reply, at, 'Unmatched response')
      return
    }
    if (this.sure > 0 && p.expect <= 1) this.sure--
    this.answer(p, reply, at, undefined)
  }

  /** Messages and lines that answer nothing. */
  private isUnasked(reply: Reply, at: Trace): boolean {
    const { lead } = reply
    // No command is answered with a time; MONITOR itself may have been lost.
    if (reply.type === 'status' && reply.text.charCodeAt(0) <= 0x39) {
      const line = monitorLine(reply.text)
      if (line) {
        this.state.monitoring = true
        this.rows.monitor(line, at)
        return true
      }
    }
    if (!lead) return false
    if (reply.type === 'push') {
      this.state.resp = 3
      const p = this.queue.head
      if (p && isSubscription(p.command.name) && lead[0] === p.command.name.toLowerCase()) return false
      if (lead[0]?.endsWith('subscribe')) this.state.subscribed3(lead)
      this.rows.push(reply, at)
      return true
    }
    if (reply.type !== 'array' || !isMessageKind(lead[0]) || reply.rows !== (lead[0] === 'pmessage' ? 4 : 3)) return false
    this.rows.push(reply, at)
    return true
  }

  private answer(p: Pending, reply: Reply, at: Trace, notes: string[] | undefined): void {
    const { command } = p
    const { name } = command
    this.answers = true
    if (notes) p.notes = notes
    const response = p.heard(at)
    if (isSubscription(name) && reply.lead?.[0] === name.toLowerCase()) {
      this.state.subscribed3(reply.lead)
      p.said =
        p.said === undefined ? reply.text : p.said.length < 4 * this.session.options.max_value_size ? `${p.said}, ${reply.text}` : p.said
      if (--p.expect > 0) return
    }
    this.queue.shift()
    if (this.transactions.takes(p, reply, at, response)) {
      this.drain()
      return
    }
    this.state.done(command, reply)
    this.emit(p, reply, response)
    this.drain()
  }

  private emit(p: Pending, reply: Reply, response: Trace): void {
    this.rows.command(p.command, {
      request: p.request,
      response,
      reply,
      transaction: p.transaction,
      notes: p.notes,
      said: p.said,
    })
  }

  // Losses

  private holeInCommands(): void {
    this.clientPart = undefined
    // What was asked before is answered first, and surely.
    if (this.sure < 0) this.sure = this.queue.length
    this.transactions.forget()
    this.silence.unknown()
  }

  private holeInReplies(): void {
    this.serverPart = undefined
    this.transactions.cut('lost')
    if (this.queue.length > 0) this.sure = 0
    this.evicted = 0
  }

  /**
   * The client speaks again, or all is over: it has what it waited for, so the replies that came since the loss are the last
   * ones of what was asked. Pair from the end.
   */
  private place(): void {
    if (this.sure < 0) return
    const { unplaced } = this
    this.unplaced = []
    this.sure = -1
    let surplus = this.queue.expected() - unplaced.length
    while (surplus > 0 && this.queue.length > 0) {
      const p = this.queue.shift()!
      if (p.silent) this.settleSilent(p)
      else {
        surplus -= p.expect
        this.rows.unanswered(p, 'lost')
      }
    }
    for (const { reply, at } of unplaced) {
      if (surplus < 0) {
        surplus++
        this.rows.orphan(reply, at, 'packet loss while capturing request')
        continue
      }
      this.drain()
      const p = this.queue.head
      if (p) this.answer(p, reply, at, [BY_POSITION])
      else this.rows.orphan(reply, at, 'Unmatched response')
    }
    this.drain()
  }
}

/** A trace that nobody else holds grows in place: a value of a gigabyte has a million pieces. */
function grown(first: Trace | undefined, then: Trace): Trace {
  if (!first) return then
  first.extend(then)
  return first
}
