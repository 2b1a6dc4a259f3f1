/**
 * Bytes to messages. A datagram is one message; over TCP each is framed by its Content-Length (RFC 3261 §18.3).
 *
 *   head -> body -> head
 *   any  -> seek -> head      framing was lost: look for the next start line
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { textOf } from './headers.js'
import { SipMessage } from './message.js'
import { kindOfLine, MAX_LINE, readRequestLine, readStatusLine } from './start-line.js'

/** Longest head: a datagram holds no more, and servers on TCP refuse at about this. */
export const MAX_HEAD = 64 << 10
/** Longest body over TCP that is waited for; pictures in MESSAGE and long presence lists stay below. */
export const MAX_BODY = 256 << 10
/** Most that one message takes: what the engine must be able to hold for a side. */
export const MAX_MESSAGE = MAX_HEAD + MAX_BODY + 4096
/** RFC 5389 §6: at the same place of every STUN message. */
const STUN_COOKIE = 0x2112a442

type Into = (message: SipMessage) => void
/** Called for what breaks the rules; `detail` is one sentence. */
export type Say = (code: string, detail: string) => void

export class DatagramParser implements Parser<SipMessage> {
  constructor(private readonly say: Say) {}

  next(cur: Cursor, into: Into): Verdict {
    const { buf, end } = cur
    let from = cur.pos
    // Keep-alives are CRLF, NUL or blanks: RFC 5626 §3.5.1 and what devices make of it.
    while (from < end && (buf[from]! === 0x0d || buf[from]! === 0x0a)) from++
    if (from === end || (end - from <= 4 && isFiller(buf, from, end))) {
      cur.pos = end
      return 'message'
    }
    const headTo = headEnd(buf, from, end, 0)
    const to = headTo < 0 ? end : headTo
    const message = new SipMessage(textOf(buf, from, Math.min(to, from + MAX_HEAD)))
    cur.pos = end
    if (!message.readable) {
      if (end - from < 20 || buf.readUInt32BE(from + 4) !== STUN_COOKIE)
        this.say('sip.start-line', `A datagram of ${end - from} bytes is not a SIP message.`)
      return 'malformed'
    }
    message.cut = cur.cut > 0
    if (headTo < 0 && !message.cut) this.say('sip.head-end', 'The datagram ends inside the header.')
    this.takeBody(message, cur, to)
    into(message)
    return 'message'
  }

  private takeBody(message: SipMessage, cur: Cursor, from: number): void {
    const there = cur.end - from
    const declared = message.contentLength
    if (message.lengthFault === 'invalid' || message.lengthFault === 'conflict') sayLength(message, this.say)
    if (declared !== undefined && declared > there && !message.cut)
      this.say('sip.content-length', `Content-Length says ${declared}, the datagram holds ${there}.`)
    // RFC 3261 §18.3: without a length the body ends with the datagram; bytes behind a shorter one do not count.
    const length = declared === undefined ? there : Math.min(declared, there)
    message.bodyBytes = message.cut && declared !== undefined ? declared : length
    message.body = length > 0 ? textOf(cur.buf, from, from + length) : ''
    if (length < there && /\S/.test(cur.buf.toString('latin1', from + length, Math.min(cur.end, from + length + 256))))
      this.say('sip.trailing-bytes', `${there - length} bytes follow behind the body.`)
  }
}

export class StreamParser implements Parser<SipMessage> {
  private state: 'head' | 'seek' = 'head'
  /** Bytes of the held message that are searched for the end of its head. */
  private searched = 0
  /** The head of a message whose body is still to come, and its length in bytes. */
  private waiting: SipMessage | undefined
  private headBytes = 0
  /** In 'seek': what comes next is the rest of a line. */
  private midLine = false

  constructor(private readonly say: Say) {}

  next(cur: Cursor, into: Into): Verdict {
    if (this.state === 'seek') return this.seek(cur, into)
    if (this.waiting) return this.finish(this.waiting, cur, into)
    const { buf, pos: start } = cur
    if (this.searched === 0) {
      for (let c = cur.peek(); c === 0x0d || c === 0x0a; c = cur.peek()) cur.pos++
      if (cur.pos > start) return 'message'
    }
    const limit = Math.min(cur.end, start + MAX_HEAD)
    if (this.searched < MAX_LINE && !this.startsWell(cur)) return this.lose(cur, into)
    const end = headEnd(buf, start, limit, this.searched)
    if (end < 0) {
      if (limit - start < MAX_HEAD) {
        this.searched = limit - start
        return 'need-more'
      }
      this.say('sip.head-length', `A head is longer than ${MAX_HEAD} bytes.`)
      const message = new SipMessage(textOf(buf, start, limit))
      message.cut = true
      cur.pos = limit
      this.reset('seek', true)
      if (message.readable) into(message)
      return 'message'
    }
    const message = new SipMessage(textOf(buf, start, end))
    // Bytes that are a line may not be one as UTF-8.
    if (!message.readable) return this.lose(cur, into)
    this.headBytes = end - start
    this.searched = 0
    if (message.lengthFault !== '') sayLength(message, this.say)
    const length = message.contentLength ?? 0
    if (length > MAX_BODY || message.lengthFault === 'conflict') {
      if (length > MAX_BODY) this.say('sip.body-length', `Content-Length says ${length}; bodies over ${MAX_BODY} bytes are not read.`)
      message.bodyBytes = length
      message.cut = true
      cur.pos = end
      this.reset('seek', false)
      into(message)
      return 'message'
    }
    this.waiting = message
    return this.finish(message, cur, into)
  }

  gap(_bytes: number, into: Into): 'resync' {
    const { waiting } = this
    this.reset('seek', false)
    if (waiting) {
      waiting.lost = true
      waiting.bodyBytes = waiting.contentLength ?? 0
      into(waiting)
    }
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    if (this.state === 'seek' || held.left === 0) return
    const start = held.pos
    const { waiting } = this
    const from = waiting ? start + this.headBytes : held.end
    const message = waiting ?? new SipMessage(textOf(held.buf, start, Math.min(held.end, start + MAX_HEAD)))
    held.pos = held.end
    if (!message.readable) return
    message.cut = true
    message.bodyBytes = message.contentLength ?? 0
    if (waiting && from < held.end) message.body = textOf(held.buf, from, held.end)
    this.reset('seek', false)
    into(message)
  }

  private finish(message: SipMessage, cur: Cursor, into: Into): Verdict {
    const from = cur.pos + this.headBytes
    const to = from + (message.contentLength ?? 0)
    if (to > cur.end) {
      cur.want = to - cur.pos
      return 'need-more'
    }
    message.bodyBytes = to - from
    message.body = to > from ? textOf(cur.buf, from, to) : ''
    cur.pos = to
    this.reset('head', false)
    into(message)
    return 'message'
  }

  /** Judged once the line is whole: the answer must not depend on how the bytes were cut. */
  private startsWell(cur: Cursor): boolean {
    const lf = cur.lineEnd(MAX_LINE)
    if (lf < 0) return cur.left < MAX_LINE
    const line = cur.buf.toString('latin1', cur.pos, lf).trimEnd()
    return readRequestLine(line) !== undefined || readStatusLine(line) !== undefined
  }

  /** The line at the cursor starts no message: on to the next that does. */
  private lose(cur: Cursor, into: Into): Verdict {
    this.say('sip.lost-sync', 'No message starts where the one before ends.')
    this.reset('seek', false)
    const lf = cur.lineEnd()
    if (lf >= 0) {
      cur.pos = lf + 1
      return 'message'
    }
    return this.seek(cur, into)
  }

  /** To the next line that starts a message; what stands before it was counted by whoever lost the framing. */
  private seek(cur: Cursor, into: Into): Verdict {
    const start = cur.pos
    for (;;) {
      const lf = cur.lineEnd()
      if (lf < 0) break
      if (!this.midLine && kindOfLine(cur.buf.toString('latin1', cur.pos, Math.min(lf, cur.pos + MAX_LINE + 1))) !== 'no') {
        this.reset('head', false)
        // Nothing was skipped: the engine wants to see progress, and the head is read in the same call.
        return cur.pos > start ? 'message' : this.next(cur, into)
      }
      this.midLine = false
      cur.pos = lf + 1
    }
    if (cur.left > MAX_LINE) {
      cur.pos = cur.end
      this.midLine = true
    }
    return cur.pos > start ? 'message' : 'need-more'
  }

  private reset(state: 'head' | 'seek', midLine: boolean): void {
    this.state = state
    this.midLine = midLine
    this.searched = 0
    this.headBytes = 0
    this.waiting = undefined
  }
}

const isFiller = (buf: Buffer, from: number, end: number): boolean => {
  for (let i = from; i < end; i++) if (buf[i]! > 0x20) return false
  return true
}

function sayLength(message: SipMessage, say: Say): void {
  const shown = message.headers.all('content-length').join(', ').slice(0, 64)
  if (message.lengthFault === 'missing') say('sip.content-length', 'A message over TCP has no Content-Length.')
  else if (message.lengthFault === 'invalid') say('sip.content-length', `Content-Length is "${shown}".`)
  else say('sip.content-length', `Content-Length is given more than once: ${shown}.`)
}

/** Offset behind the first empty line, or -1; `searched` bytes from `start` are known to hold none. */
function headEnd(buf: Buffer, start: number, limit: number, searched: number): number {
  const view = buf.subarray(Math.max(start, start + searched - 3), limit)
  const base = limit - view.length
  const crlf = view.indexOf('\n\r\n')
  const bare = view.indexOf('\n\n')
  if (crlf < 0 && bare < 0) return -1
  return crlf >= 0 && (bare < 0 || crlf < bare) ? base + crlf + 3 : base + bare + 2
}
