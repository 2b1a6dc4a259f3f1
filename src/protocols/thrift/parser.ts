/**
 * One direction of a connection: bytes in, messages out. Bodies are read value by value as they come; nothing but the value at hand
 * waits for more bytes.
 *
 *   begin -> body ... -> begin       unframed, or a frame that its message fills
 *   body -> skip -> begin            the rest of a frame whose message is over, damaged or lost
 *   any -> seek -> begin             framing was lost: look for the next message
 */
import { Cursor } from '../../bytes/cursor.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { Decoder, type Limits } from './decoder.js'
import { Message } from './messages.js'
import { Kind } from './names.js'
import { readStart, type Start } from './start.js'

/** Bytes of a side that are searched for a message before it is given up. */
const MAX_SOUGHT = 64 << 20

export interface ParserOptions extends Limits {
  readonly transport_type: string
}
export interface Report {
  anomaly(code: string, at?: undefined, detail?: string): void
}
type Into = (message: Message) => void
type State = 'begin' | 'body' | 'skip' | 'seek'

export class ThriftParser implements Parser<Message> {
  /** The first bytes may be the middle of a message. */
  private state: State = 'seek'
  private message: Message | undefined
  private decoder: Decoder | undefined
  /** Bytes of the frame that are to come; Infinity without frame. */
  private room = Number.POSITIVE_INFINITY
  private sought = 0
  /** Bytes that the last call left unread: a loss takes them along. */
  private held = 0

  constructor(
    private readonly side: Side,
    private readonly options: ParserOptions,
    private readonly report: Report,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    this.held = 0
    const verdict = this.read(cur, into)
    if (verdict === 'need-more') this.held = cur.left
    return verdict
  }

  private read(cur: Cursor, into: Into): Verdict {
    switch (this.state) {
      case 'begin':
        return this.begin(cur, into)
      case 'body':
        return this.body(cur, cur.pos, into)
      case 'skip':
        return this.skip(cur, into)
      case 'seek':
        return this.seek(cur, into)
    }
  }

  gap(bytes: number, into: Into): 'resync' {
    const { message, decoder } = this
    const lost = bytes + this.held
    this.held = 0
    if (this.state === 'body' && message && decoder) {
      message.lost += lost
      if (decoder.inString > 0 && decoder.inString >= lost) {
        decoder.lose(lost)
        this.room -= lost
        message.size += lost
        return 'resync'
      }
      if (lost <= this.room && this.room !== Number.POSITIVE_INFINITY) {
        this.room -= lost
        message.size += lost + this.room
        this.finish('lost', into)
        this.state = this.room > 0 ? 'skip' : 'begin'
        return 'resync'
      }
      this.finish('lost', into)
    } else if (this.state === 'skip' && lost <= this.room) {
      this.room -= lost
      if (this.room === 0) this.state = 'begin'
      return 'resync'
    }
    this.state = 'seek'
    return 'resync'
  }

  close(_held: Cursor, _why: EndReason, into: Into): void {
    if (this.state === 'body') this.finish('cut', into)
  }

  private begin(cur: Cursor, into: Into): Verdict {
    const start = this.start(cur.buf, cur.pos, cur.end)
    if (start === 'maybe') return 'need-more'
    if (start !== 'no') return this.open(cur, start, into)
    this.report.anomaly('thrift.lost-sync', undefined, `The ${this.side} sent bytes that start no message.`)
    this.state = 'seek'
    this.sought = 0
    cur.pos++
    return 'message'
  }

  /** The message at `at`, if one of this side starts there. */
  private start(buf: Buffer, at: number, end: number): Start | 'maybe' | 'no' {
    const start = readStart(buf, at, end)
    if (typeof start === 'string') return start
    const asks = start.kind === Kind.call || start.kind === Kind.oneway
    return asks === (this.side === 'client') ? start : 'no'
  }

  private open(cur: Cursor, start: Start, into: Into): Verdict {
    const from = cur.pos
    const message = new Message(start)
    this.message = message
    this.decoder = new Decoder(start.protocol === 'compact', this.options)
    const unpacked = start.header?.bytes
    if (unpacked) {
      // Held whole already, and undone: the message is read out of it in one go.
      cur.pos = from + 4 + start.frame
      message.size = start.frame
      const inner = new Cursor().reset(unpacked, start.length, unpacked.length, true)
      const progress = this.decoder.read(inner, inner.left)
      this.finish(progress === 'done' ? '' : this.decoder.reason || 'it ends early', into)
      this.state = 'begin'
      return 'message'
    }
    cur.pos = from + start.length
    this.room = start.frame > 0 ? start.frame + 4 - start.length : Number.POSITIVE_INFINITY
    message.size = start.frame > 0 ? start.length - 4 : start.length
    this.state = 'body'
    return this.body(cur, from, into)
  }

  /** @param from where this call began */
  private body(cur: Cursor, from: number, into: Into): Verdict {
    const message = this.message!
    const decoder = this.decoder!
    const before = cur.pos
    const { end } = cur
    if (this.room < cur.left) cur.end = cur.pos + this.room
    const progress = decoder.read(cur, this.room)
    const frameIsOver = this.room <= cur.end - before
    cur.end = end
    const taken = cur.pos - before
    message.size += taken
    this.room -= taken
    if (progress === 'more' && !frameIsOver) {
      if (cur.pos === from) return 'need-more'
      into(message)
      return 'message'
    }
    if (progress === 'done') {
      if (this.room > 0 && this.room !== Number.POSITIVE_INFINITY) return this.overlong(cur, into)
      this.finish('', into)
      this.state = 'begin'
      return 'message'
    }
    const reason = progress === 'more' ? 'its frame ends before it does' : decoder.reason
    this.report.anomaly('thrift.body', undefined, `${message.start.name}: ${reason}.`)
    if (this.room === Number.POSITIVE_INFINITY) {
      // Nothing tells where it ends. What was read is given; the bytes behind it are searched.
      this.state = 'seek'
      this.sought = 0
      if (cur.pos === from) cur.pos++
      this.finish(reason, into)
      return 'message'
    }
    message.size += this.room
    message.fault = reason
    this.state = 'skip'
    return this.skip(cur, into)
  }

  private overlong(cur: Cursor, into: Into): Verdict {
    this.message!.size += this.room
    this.state = 'skip'
    return this.skip(cur, into)
  }

  /** The rest of a frame; a message that is still open ends with it, so that its packets are all named. */
  private skip(cur: Cursor, into: Into): Verdict {
    const take = Math.min(this.room, cur.left)
    this.room -= take
    cur.pos += take
    const { message } = this
    if (this.room === 0) {
      this.state = 'begin'
      if (message) this.finish(message.fault, into)
    } else if (message) into(message)
    return 'message'
  }

  private finish(fault: string, into: Into): void {
    const message = this.message!
    message.done = true
    message.fault = fault === '' && message.lost > 0 ? 'lost' : fault
    message.root = this.decoder!.root
    this.message = undefined
    this.decoder = undefined
    into(message)
  }

  private seek(cur: Cursor, into: Into): Verdict {
    const { buf, end } = cur
    const from = cur.pos
    let at = from
    let start: Start | 'maybe' | 'no' = 'no'
    for (; at < end; at++) {
      start = this.start(buf, at, end)
      // In the middle of a stream an old or bare message must be one by all its marks; a framed transport has none of them.
      if (typeof start === 'object' && this.options.transport_type === 'framed' && start.frame === 0) start = 'no'
      if (start !== 'no') break
    }
    this.sought += at - from
    if (this.sought > MAX_SOUGHT) return 'malformed'
    if (typeof start === 'object') {
      this.sought = 0
      this.state = 'begin'
      if (at === from) return this.open(cur, start, into)
    }
    cur.pos = at
    return at > from ? 'message' : 'need-more'
  }
}
