/** MULTI, the commands queued behind it, and the array that EXEC answers with. */
import type { Trace } from '../../model/trace.js'
import type { Dialogue } from './dialogue.js'
import type { Reply } from './messages.js'
import { isSubscription } from './names.js'
import type { Pending } from './pending.js'
import type { RedisSession, RowMaker } from './row.js'
import type { SessionState } from './session-state.js'

/** Commands queued in one transaction; beyond it they are told before EXEC is. */
const MAX_QUEUED = 20_000

/** What EXEC's array is handed out to, element by element. */
class Execution {
  readonly pieces: string[] = []
  index = 0
  /** The whole of it: its head and each element. */
  readonly trace: Trace
  nested = 0
  nestedError: string | undefined
  private size = 0

  constructor(
    readonly exec: Pending,
    readonly head: Reply,
    at: Trace,
    readonly queued: readonly Pending[],
    private readonly limit: number,
  ) {
    this.trace = at.copy()
  }

  take(element: Reply, at: Trace): Pending | undefined {
    this.trace.extend(at)
    if (element.type === 'error') {
      this.nested++
      this.nestedError ??= element.text
    } else this.nested += element.nested
    this.nestedError ??= element.nestedError
    if (this.size < this.limit) this.pieces.push(element.text)
    else this.head.shortened = true
    this.size += element.text.length + 2
    return this.queued[this.index++]
  }

  /** The array as one reply. */
  whole(): Reply {
    const { head } = this
    head.text = `[${this.pieces.join(', ')}]`
    head.nested = this.nested
    head.nestedError = this.nestedError
    return head
  }
}

/** The transactions of one connection: which commands belong to them, and what became of each. */
export class Transactions {
  private count = 0
  /** Id of the one that MULTI has opened on the client's side. */
  private open: string | undefined
  /** Commands that were answered with QUEUED. */
  private queued: Pending[] = []
  private execution: Execution | undefined

  constructor(
    private readonly session: RedisSession,
    private readonly dialogue: Dialogue,
    private readonly state: SessionState,
    private readonly rows: RowMaker,
  ) {}

  /** The client sent a command. */
  asked(p: Pending): void {
    const { name } = p.command
    if (name === 'MULTI' && this.open === undefined) {
      this.open = `${this.session.flow.id}-${++this.count}`
      p.transaction = this.open
    } else if (this.open !== undefined) {
      p.transaction = this.open
      if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') this.open = undefined
    }
  }

  /** Commands were lost: whether one is open is not known any more. */
  forget(): void {
    this.open = undefined
  }

  /** The next reply is an element of EXEC's array. */
  get inside(): boolean {
    return this.execution !== undefined && this.dialogue.execLeft > 0
  }

  /** The command that the next element answers. */
  get awaited(): Pending | undefined {
    return this.execution?.queued[this.execution.index]
  }

  /** The reply to a command. @returns whether that is all for now: the command was queued, or EXEC's array has begun */
  takes(p: Pending, reply: Reply, at: Trace, response: Trace): boolean {
    const { name } = p.command
    if (reply.exec) {
      this.execution = new Execution(p, reply, at, this.takeQueued(p.transaction), 4 * this.session.options.max_value_size)
      if (reply.rows === 0) this.endExecution(false)
      return true
    }
    if (p.transaction !== undefined && reply.type === 'status' && reply.text === 'QUEUED' && name !== 'MULTI' && name !== 'EXEC') {
      this.queued.push(p)
      if (this.queued.length > MAX_QUEUED) {
        const first = this.queued.shift()!
        first.notes = ['The transaction has more commands than are kept; the result of this one was not looked up.']
        this.rows.unanswered(first)
      }
      return true
    }
    if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') this.end(p, reply, response)
    else if (p.transaction !== undefined && name !== 'MULTI' && reply.type !== 'error' && name !== 'WATCH' && name !== 'UNWATCH') {
      // It ran at once: the MULTI before it did not begin a transaction.
      p.transaction = undefined
    }
    return false
  }

  /** An element of EXEC's array. @returns false when none is expected */
  element(reply: Reply, at: Trace): boolean {
    const { execution } = this
    if (!execution) return false
    const p = execution.take(reply, at)
    if (p) {
      const { name } = p.command
      if (isSubscription(name) && reply.lead?.[0] === name.toLowerCase()) {
        this.state.subscribed3(reply.lead)
        p.said = p.said === undefined ? reply.text : `${p.said}, ${reply.text}`
        p.response = joined(p.response, at)
        // Each channel is an element of its own, though the array counted the command once.
        if (--p.expect > 0) {
          execution.index--
          this.dialogue.execLeft++
          return true
        }
      }
      this.state.done(p.command, reply)
      this.rows.command(p.command, {
        request: p.request,
        response: joined(p.response, at),
        reply,
        transaction: p.transaction,
        said: p.said,
        responseBytes: at.bytes + reply.missing,
      })
    }
    if (this.dialogue.execLeft <= 0) this.endExecution(false)
    return true
  }

  /** Replies were lost, or the connection is over: nothing that waits will be answered. */
  cut(complete?: 'lost'): void {
    if (this.execution) this.endExecution(true)
    for (const p of this.queued) this.rows.unanswered(p, complete)
    this.queued = []
  }

  private takeQueued(transaction: string | undefined): Pending[] {
    const all = this.queued
    this.queued = []
    for (const p of all) p.transaction ??= transaction
    return all
  }

  /** EXEC without an array, DISCARD or RESET: what was queued never ran. */
  private end(p: Pending, reply: Reply, response: Trace): void {
    if (this.queued.length === 0) return
    const ended = p.command.name === 'EXEC' ? reply.type === 'error' || reply.type === 'null' : reply.type !== 'error'
    if (!ended && p.command.name !== 'EXEC') return
    const failure =
      reply.type === 'error'
        ? reply.text
        : reply.type === 'null'
          ? 'A watched key was changed.'
          : `${p.command.name} ended the transaction.`
    for (const one of this.takeQueued(p.transaction))
      this.rows.command(one.command, {
        request: one.request,
        response: joined(one.response, response),
        reply: undefined,
        settled: true,
        transaction: one.transaction,
        notes: [ended ? 'The command was queued and never ran.' : 'The results of the transaction could not be told apart.'],
        ...(ended ? { failure } : {}),
        complete: 'complete',
      })
  }

  private endExecution(cut: boolean): void {
    const execution = this.execution!
    this.execution = undefined
    this.dialogue.execLeft = 0
    const whole = execution.whole()
    if (cut) whole.cut = true
    for (const p of execution.queued.slice(execution.index)) this.rows.unanswered(p)
    this.state.done(execution.exec.command, whole)
    this.rows.command(execution.exec.command, {
      request: execution.exec.request,
      response: execution.trace,
      reply: whole,
      transaction: execution.exec.transaction,
      notes: execution.exec.notes,
    })
  }
}

function joined(first: Trace | undefined, then: Trace): Trace {
  if (!first) return then
  const both = first.copy()
  both.extend(then)
  return both
}
