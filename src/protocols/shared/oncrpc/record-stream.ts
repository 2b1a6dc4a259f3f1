/**
 * ONC RPC over TCP: record marks (RFC 5531 §11), fragments, and messages of any length.
 *
 * A record that lies in one piece is read in place. Otherwise its bytes are gathered in `head`, but for file content, which
 * is counted as it passes. All bytes shown are taken at once, so that a gap leads to a known place: one inside a record
 * costs that record at most, any other one starts a search for the next head.
 */
import type { Cursor } from '../../../bytes/cursor.js'
import { u32 } from '../../../bytes/read.js'
import type { Parser, Verdict } from '../../protocol.js'
import { CALL_HEAD, judge } from './header.js'
import { Incoming } from './incoming.js'
import { Xdr } from './xdr.js'

/** Longest fragment believed. Servers transfer 1 MiB at a time, a few offer 16. */
export const MAX_FRAGMENT = 64 << 20
/** Bytes of one message kept, file content not counted: the largest directory replies that clients ask for have 1 MiB. */
export const MAX_HEAD = (1 << 20) + 4096
/** When a growing head is first read: file content begins within it. Then each time it has doubled. */
const FIRST_TRY = 512
/** Bytes carried over while looking for a head: a mark and what `judge` wants, verifier of a reply included. */
const SEEK_WINDOW = 4 + CALL_HEAD + 12

export interface Records<B> {
  /** Read a message as far as it is here. Asked again with more while `x.short` and no `x.fault`: keep nothing. */
  read(x: Xdr): B | undefined
  /** May a reply with this xid come on this side? Asked in a search. */
  awaited(xid: number): boolean
  /** `what` is the second half of an anomaly code. */
  complain(what: 'framing' | 'resync' | 'malformed' | 'message-size', why: string): void
  hold(bytes: number): boolean
  /** What follows is TLS. */
  upgraded(): boolean
}

type Into<B> = (message: Incoming<B>) => void
const EMPTY = Buffer.alloc(0)

export class RecordStream<B> implements Parser<Incoming<B>> {
  private readonly x = new Xdr()
  private message: Incoming<B> | undefined
  private mark = 0
  private markBytes = 0
  private fragmentLeft = 0
  private lastFragment = false
  private head = EMPTY
  private headBytes = 0
  private tryAt = FIRST_TRY
  private elided: number[] = []
  /** File content still to pass over. */
  private pass = 0
  /** The head was read, or cannot be: the rest of the record is only counted. */
  private settled = false
  private seeking = false
  /** Bytes passed over in this search. */
  private sought = 0
  /** The search is at the first bytes after the loss, where a record most likely begins. */
  private fresh = true
  private begun = false

  constructor(private readonly records: Records<B>) {}

  next(cur: Cursor, into: Into<B>): Verdict {
    if (this.records.upgraded() && this.message === undefined) return 'upgrade'
    if (cur.left === 0) return 'need-more'
    if (this.seeking) return this.seek(cur, into)
    if (this.message === undefined && this.whole(cur, into)) return 'message'
    return this.piece(cur, into)
  }

  gap(bytes: number, into: Into<B>): 'resync' {
    this.fresh = true
    this.begun = true
    const { message } = this
    if (this.seeking || message === undefined) {
      this.search()
      return 'resync'
    }
    message.lost += bytes
    if (bytes > this.fragmentLeft || this.markBytes > 0) {
      this.finish(into)
      this.search()
      return 'resync'
    }
    this.fragmentLeft -= bytes
    message.bytes += bytes
    if (this.pass >= bytes) this.pass -= bytes
    else this.settle()
    if (this.fragmentLeft === 0 && this.lastFragment) this.finish(into)
    return 'resync'
  }

  close(held: Cursor, _why: unknown, into: Into<B>): void {
    if (this.seeking) {
      held.pos = held.end
      return
    }
    if (this.message === undefined) return
    this.message.cut = true
    this.finish(into)
  }

  /** The usual case: one fragment, all of it here. */
  private whole(cur: Cursor, into: Into<B>): boolean {
    const { buf, pos, end } = cur
    if (end - pos < 4) return false
    const mark = u32(buf, pos)
    const length = mark & 0x7fffffff
    if (mark >>> 31 === 0 || length > end - pos - 4 || length < 8) return false
    if (judge(buf, pos + 4, pos + 4 + length, true) === 'no') return false
    const message = new Incoming<B>()
    message.bytes = length
    const { x } = this
    message.body = this.records.read(x.reset(buf, pos + 4, pos + 4 + length))
    if (x.short) this.fault(message, x.fault)
    message.done = true
    this.begun = true
    cur.pos = pos + 4 + length
    into(message)
    return true
  }

  private piece(cur: Cursor, into: Into<B>): Verdict {
    this.message ??= new Incoming<B>()
    const { message } = this
    while (cur.left > 0) {
      if (this.fragmentLeft === 0) {
        if (!this.takeMark(cur)) break
        if (!this.believable()) return this.lose(cur, into)
        // An empty fragment that is not the last one says nothing.
        if (this.fragmentLeft === 0 && !this.lastFragment) continue
      }
      const take = Math.min(cur.left, this.fragmentLeft)
      this.take(cur.buf, cur.pos, take)
      cur.pos += take
      this.fragmentLeft -= take
      message.bytes += take
      if (!this.settled && message.body === undefined && judge(this.head, 0, this.headBytes, true) === 'no') return this.lose(cur, into)
      if (this.fragmentLeft === 0 && this.lastFragment) {
        this.finish(into)
        return 'message'
      }
    }
    into(message)
    return 'message'
  }

  /** True once the four bytes are together. */
  private takeMark(cur: Cursor): boolean {
    while (this.markBytes < 4 && cur.left > 0) {
      this.mark = ((this.mark << 8) | cur.u8()) >>> 0
      this.markBytes++
    }
    if (this.markBytes < 4) return false
    this.lastFragment = this.mark >>> 31 === 1
    this.fragmentLeft = this.mark & 0x7fffffff
    if (this.message !== undefined && this.message.bytes > 0) this.message.fragments++
    this.mark = 0
    this.markBytes = 0
    return true
  }

  private believable(): boolean {
    const { fragmentLeft, message } = this
    if (fragmentLeft > MAX_FRAGMENT) return false
    return !(this.lastFragment && fragmentLeft + (message?.bytes ?? 0) < 8)
  }

  private take(buf: Buffer, from: number, bytes: number): void {
    let at = from
    const to = from + bytes
    while (at < to) {
      if (this.pass > 0) {
        const passed = Math.min(this.pass, to - at)
        this.pass -= passed
        at += passed
        continue
      }
      if (this.settled) return
      const room = Math.min(to - at, this.tryAt - this.headBytes)
      if (!this.append(buf, at, at + room)) return
      at += room
      if (this.headBytes >= this.tryAt) this.attempt()
    }
  }

  private append(buf: Buffer, from: number, to: number): boolean {
    const needed = this.headBytes + (to - from)
    if (needed > this.head.length) {
      let size = Math.max(this.head.length, FIRST_TRY)
      while (size < needed) size *= 2
      if (!this.records.hold(size - this.head.length)) {
        if (this.message) this.message.long = true
        this.settle()
        return false
      }
      const grown = Buffer.allocUnsafe(size)
      this.head.copy(grown, 0, 0, this.headBytes)
      this.head = grown
    }
    buf.copy(this.head, this.headBytes, from, to)
    this.headBytes = needed
    return true
  }

  /** Is what we have enough? */
  private attempt(): void {
    const { x } = this
    const body = this.records.read(x.reset(this.head, 0, this.headBytes, this.elided))
    const { message } = this
    if (message === undefined) return
    if (!x.short || x.fault !== '') {
      message.body = body
      this.settled = true
      if (x.fault !== '') this.fault(message, x.fault)
      return
    }
    if (x.bulkAt >= 0) {
      this.pass = x.bulkBytes - (this.headBytes - x.bulkAt)
      this.headBytes = x.bulkAt
      this.elided.push(x.bulkAt)
      this.tryAt = Math.min(this.headBytes + FIRST_TRY, MAX_HEAD)
    } else this.tryAt = Math.min(this.tryAt * 2, MAX_HEAD)
    if (this.headBytes < MAX_HEAD) return
    message.long = true
    this.records.complain('message-size', `More than ${MAX_HEAD} bytes.`)
    this.settle()
  }

  /** Make of the head what can be made; nothing more is kept of this record. */
  private settle(): void {
    if (this.settled || this.message === undefined) return
    const { x } = this
    this.message.body = this.records.read(x.reset(this.head, 0, this.headBytes, this.elided))
    this.settled = true
    this.pass = 0
    if (x.short) this.fault(this.message, x.fault)
  }

  private fault(message: Incoming<B>, fault: string): void {
    if (fault === '' && (message.lost > 0 || message.cut || message.long)) return
    message.fault = fault === '' ? 'The message ends before its values do.' : fault
  }

  private finish(into: Into<B>): void {
    const { message } = this
    if (message === undefined) return
    this.settle()
    message.done = true
    this.begun = true
    this.clear()
    into(message)
  }

  private clear(): void {
    this.message = undefined
    this.mark = 0
    this.markBytes = 0
    this.fragmentLeft = 0
    this.lastFragment = false
    this.headBytes = 0
    this.tryAt = FIRST_TRY
    this.elided = []
    this.pass = 0
    this.settled = false
    if (this.head.length > FIRST_TRY * 8) {
      this.records.hold(-this.head.length)
      this.head = EMPTY
    }
  }

  // ---- after a loss ----------------------------------------------------------------------------------------------------

  private search(): void {
    this.clear()
    if (!this.seeking) this.sought = 0
    this.seeking = true
  }

  /** The bytes are no record. What was taken of it counts as passed over. */
  private lose(cur: Cursor, into: Into<B>): Verdict {
    if (this.begun) this.records.complain('framing', 'A record mark was expected and something else stood there.')
    const taken = (this.message?.bytes ?? 0) + 4
    this.fresh = false
    this.search()
    this.sought = taken
    const verdict = cur.left > 0 ? this.seek(cur, into) : 'message'
    return verdict === 'need-more' ? 'message' : verdict
  }

  private seek(cur: Cursor, into: Into<B>): Verdict {
    const { buf, pos, end } = cur
    for (let at = pos; at + 12 <= end; at++) {
      // The type of the message decides most cases.
      if (buf[at + 8] !== 0 || buf[at + 9] !== 0 || buf[at + 10] !== 0 || buf[at + 11]! > 1) continue
      const mark = u32(buf, at)
      const length = mark & 0x7fffffff
      if (mark >>> 31 === 0 || length > MAX_FRAGMENT || length < 24) continue
      const kind = judge(buf, at + 4, Math.min(end, at + 4 + length))
      if (kind === 'no') continue
      if (kind === 'short') {
        if (end - at >= SEEK_WINDOW) continue
        // Wait for the rest of what may be a head.
        return this.passOver(cur, at)
      }
      if (kind === 'reply' && !this.records.awaited(u32(buf, at + 4)) && !(this.fresh && at === pos && this.sought === 0)) continue
      cur.pos = at
      this.sought += at - pos
      if (this.sought > 0) this.records.complain('resync', `${this.sought} bytes were passed over until one did.`)
      this.seeking = false
      this.fresh = false
      // Found where we stand: go on as if nothing had been lost.
      return at > pos ? 'message' : this.next(cur, into)
    }
    return this.passOver(cur, Math.max(pos, end - 11))
  }

  private passOver(cur: Cursor, to: number): Verdict {
    this.sought += to - cur.pos
    if (to > cur.pos) this.fresh = false
    const moved = to > cur.pos
    cur.pos = to
    return moved ? 'message' : 'need-more'
  }
}
