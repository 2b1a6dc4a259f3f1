/**
 * Requests and replies in, rows out. Text replies come in the order of the requests; binary ones name theirs by opaque and opcode,
 * and quiet requests that are passed over were answered by silence. Over UDP the request's id joins the two.
 */
import { type Instant, nanosecondsBetween } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator } from '../protocol.js'
import type { Dialogue } from './dialogue.js'
import { fits } from './fits.js'
import type { MemcacheMessage, Request, Response } from './messages.js'
import { durationNs } from './options.js'
import { type MemcacheSession, RowMaker } from './row.js'

/** Requests of one connection that wait; clients that pipeline stay far below. */
const MAX_WAITING = 65_536
/** Waiting requests that a reply is held against; more are out of step for good. */
const MAX_TRIED = 4096
/** Ids of answered requests that are remembered, to know a reply that came twice. */
const MAX_ANSWERED = 256

interface Waiting {
  readonly request: Request
  readonly trace: Trace
  repeated: boolean
}

export class MemcacheCorrelator implements Correlator<MemcacheMessage> {
  private readonly rows: RowMaker
  private waiting: (Waiting | undefined)[] = []
  private first = 0
  private clientPart: Trace | undefined
  private serverPart: Trace | undefined
  /** UDP: what came of messages in several datagrams, by side and id. */
  private readonly fragments = new Map<string, { trace: Trace; seen: number; total: number }>()
  private readonly answered = new Set<number>()
  private readonly timeout: number
  private repliesLost = false
  private requests = 0
  private asksLogin = false
  private pendingUser: string | undefined

  constructor(
    private readonly session: MemcacheSession,
    dialogue: Dialogue,
  ) {
    this.rows = new RowMaker(session)
    this.timeout = durationNs(session.options.udptransactiontimeout)
    dialogue.maybeLogin = () => this.asksLogin || this.requests === 0
  }

  see(side: Side, message: MemcacheMessage, at: Trace): void {
    if (message.kind === 'fragment') this.fragment(side, message.id, message.total, at)
    else if (message.kind === 'piece') {
      if (side === 'client') this.clientPart = grown(this.clientPart, at)
      else this.serverPart = grown(this.serverPart, at)
    } else if (message.kind === 'lost') {
      if (side === 'client') this.clientPart = undefined
      else {
        this.serverPart = undefined
        this.repliesLost = true
      }
    } else if (message.kind === 'request') {
      const trace = message.id === undefined ? grown(this.clientPart, at) : this.assembled(side, message.id, at)
      this.clientPart = undefined
      this.ask(message, trace)
    } else {
      const trace = message.id === undefined ? grown(this.serverPart, at) : this.assembled(side, message.id, at)
      this.serverPart = undefined
      this.told(message, trace)
    }
  }

  end(_why: EndReason, _at: Instant): void {
    while (this.first < this.waiting.length) {
      const one = this.waiting[this.first++]
      if (one) this.silent(one)
    }
    this.waiting = []
    this.first = 0
  }

  // Requests

  private ask(request: Request, trace: Trace): void {
    if (this.repliesLost && request.id === undefined && !request.binary) {
      // What was asked before the loss and is not answered by now was answered in it.
      this.repliesLost = false
      this.end('lost', trace.first)
    }
    this.requests++
    if (!request.binary && request.login !== undefined) request.doubtful = !this.asksLogin
    if (request.id !== undefined) {
      this.expire(trace)
      if (this.isRepeated(request, trace)) return
      this.answered.delete(request.id)
    }
    if (request.noreply || (!request.binary && request.command === 'quit')) {
      this.rows.pair(request, trace, undefined, undefined)
      return
    }
    this.waiting.push({ request, trace, repeated: false })
    if (this.waiting.length - this.first > MAX_WAITING) {
      this.session.anomaly('memcache.waiting', trace)
      const oldest = this.waiting[this.first]
      this.waiting[this.first++] = undefined
      if (oldest) this.silent(oldest)
    }
    if (this.first > 1024 && this.first * 2 > this.waiting.length) {
      this.waiting = this.waiting.slice(this.first)
      this.first = 0
    }
  }

  /** Nobody answered, or needed to. */
  private silent({ request, trace, repeated }: Waiting): void {
    const part = request.id === undefined ? undefined : this.fragments.get(`server ${request.id}`)
    if (part && request.id !== undefined) this.fragments.delete(`server ${request.id}`)
    const notes: string[] = []
    if (repeated) notes.push('The request was sent again.')
    if (part) notes.push(`packet loss while capturing response: ${part.seen} of ${part.total} datagrams were seen`)
    else if (this.repliesLost && !request.optional) notes.push('packet loss while capturing response')
    const lost = part !== undefined || (this.repliesLost && !request.optional)
    this.rows.pair(request, trace, undefined, part?.trace, notes, lost ? 'lost' : undefined)
  }

  // Replies

  private told(response: Response, trace: Trace): void {
    if (response.log !== undefined) {
      this.rows.log(response, trace)
      return
    }
    if (response.error_msg?.includes('unauthenticated')) this.asksLogin = true
    const at = this.find(response)
    if (at < 0) {
      if (response.id !== undefined && this.answered.has(response.id)) {
        this.session.anomaly('memcache.reply-again', trace)
        return
      }
      this.rows.orphan(response, trace)
      return
    }
    const { request, trace: asked, repeated } = this.waiting[at]!
    if (response.id === undefined)
      for (let i = this.first; i < at; i++) {
        const passed = this.waiting[i]
        this.waiting[i] = undefined
        if (passed) this.silent(passed)
      }
    else if (request.binary)
      // Of the requests of one datagram the quiet ones before it are through as well.
      for (let i = this.first; i < at; i++) {
        const passed = this.waiting[i]
        if (passed?.request.id !== response.id || !passed.request.optional) continue
        this.waiting[i] = undefined
        this.silent(passed)
      }
    this.waiting[at] = undefined
    while (this.first < this.waiting.length && this.waiting[this.first] === undefined) this.first++
    if (this.first === this.waiting.length) {
      this.waiting = []
      this.first = 0
    }
    if (response.id !== undefined) {
      if (this.answered.size >= MAX_ANSWERED) this.answered.delete(this.answered.values().next().value!)
      this.answered.add(response.id)
    }
    this.login(request, response)
    this.rows.pair(request, asked, response, trace, repeated ? ['The request was sent again.'] : undefined)
  }

  private find(response: Response): number {
    const stop = Math.min(this.waiting.length, this.first + MAX_TRIED)
    for (let i = this.first; i < stop; i++) {
      const one = this.waiting[i]
      if (one && one.request.id === response.id && fits(one.request, response)) return i
    }
    return -1
  }

  private login(request: Request, response: Response): void {
    if (request.family === 'Auth') {
      this.pendingUser = request.user ?? this.pendingUser
      if (response.status_code === 0 && request.command !== 'sasl_list_mechs') this.rows.user = this.pendingUser
    } else if (request.login !== undefined && !request.doubtful && response.command === 'STORED') {
      this.rows.user = request.user
      this.asksLogin = false
    }
  }

  // UDP

  private fragment(side: Side, id: number, total: number, at: Trace): void {
    const key = `${side} ${id}`
    const known = this.fragments.get(key)
    if (known && known.total === total) {
      known.seen++
      known.trace = grown(known.trace, at)
      return
    }
    if (this.fragments.size >= MAX_ANSWERED) this.fragments.delete(this.fragments.keys().next().value!)
    this.fragments.set(key, { trace: at, seen: 1, total })
  }

  private assembled(side: Side, id: number, at: Trace): Trace {
    const found = this.fragments.get(`${side} ${id}`)
    if (!found || found.seen < found.total) return at
    return found.trace
  }

  private isRepeated(request: Request, trace: Trace): boolean {
    for (let i = this.first; i < this.waiting.length; i++) {
      const one = this.waiting[i]
      if (!one || one.request.id !== request.id) continue
      const same =
        one.request.opcode_value === request.opcode_value && one.request.opaque === request.opaque && one.request.line === request.line
      if (
        same &&
        one.request.keys?.[0] === request.keys?.[0] &&
        one.request.bytes === request.bytes &&
        one.trace.refs[0] !== trace.refs[0]
      ) {
        one.trace.extend(trace)
        one.repeated = true
        return true
      }
    }
    return false
  }

  /** Requests too old to be answered any more: their ids are used again. */
  private expire(now: Trace): void {
    while (this.first < this.waiting.length) {
      const one = this.waiting[this.first]
      if (one && nanosecondsBetween(one.trace.last, now.first) <= this.timeout) return
      this.waiting[this.first++] = undefined
      if (one) this.silent(one)
    }
  }
}

/** A trace that nobody else holds grows in place: a value of a gigabyte has a million pieces. */
function grown(first: Trace | undefined, then: Trace): Trace {
  if (!first) return then
  first.extend(then)
  return first
}
