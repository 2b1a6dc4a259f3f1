/** Bytes to DNS messages: a datagram is one message; over TCP each has two bytes of length before it (RFC 1035 §4.2.2). */
import type { Cursor } from '../../../bytes/cursor.js'
import type { EndReason } from '../../../model/side.js'
import type { Parser, Verdict } from '../../protocol.js'
import { type Dialect, type DnsMessage, HEADER_BYTES, readMessage } from './message.js'
import { plausibleMessage } from './plausible.js'

/** A length prefix and the longest message it can announce. */
export const MAX_STREAM_MESSAGE = 2 + 0xffff

/**
 * Unreadable messages in a row after which a stream is not DNS, or its framing is lost. One may be hostile; a stranger's
 * protocol gives nothing else.
 */
const MAX_UNREADABLE = 8

/** Called for what is not even a message; `why` is one sentence. */
export type Complain = (what: 'malformed' | 'empty' | 'resync', why: string) => void

export class DatagramParser implements Parser<DnsMessage> {
  constructor(
    private readonly dialect: Dialect,
    private readonly complain: Complain,
  ) {}

  next(cur: Cursor, into: (message: DnsMessage) => void): Verdict {
    const from = cur.pos
    const to = cur.end
    cur.pos = to
    if (to - from >= HEADER_BYTES) {
      const m = readMessage(cur.buf, from, to, this.dialect)
      m.cut = cur.cut > 0
      into(m)
    } else if (cur.cut === 0) this.complain('malformed', `A datagram of ${to - from} bytes is shorter than the header of 12.`)
    return 'message'
  }
}

export class StreamParser implements Parser<DnsMessage> {
  private unreadable = 0
  /** Bytes were lost: where the next message starts must be guessed. */
  private lost = false

  constructor(
    private readonly dialect: Dialect,
    private readonly complain: Complain,
  ) {}

  next(cur: Cursor, into: (message: DnsMessage) => void): Verdict {
    const from = cur.pos
    if (cur.left < 2) {
      cur.want = 2
      return 'need-more'
    }
    const length = cur.u16()
    if (this.lost && !this.resume(cur, length)) return 'message'
    if (length === 0) {
      this.complain('empty', 'A message has the length 0.')
      return this.count(true)
    }
    if (cur.left < length) {
      cur.pos = from
      cur.want = 2 + length
      return 'need-more'
    }
    const start = cur.pos
    cur.pos = start + length
    if (length < HEADER_BYTES) {
      this.complain('malformed', `A message of ${length} bytes is shorter than the header of 12.`)
      return this.count(true)
    }
    const m = readMessage(cur.buf, start, start + length, this.dialect)
    into(m)
    return this.count(m.fault !== '')
  }

  /** Messages are whole segments more often than not: the one after a gap is tried, and if it is not one, the next. */
  gap(): 'resync' {
    this.lost = true
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: (message: DnsMessage) => void): void {
    if (held.left <= 2 || this.lost) return
    held.skip(2)
    const start = held.pos
    held.pos = held.end
    if (held.end - start < HEADER_BYTES) this.complain('malformed', 'The stream ends inside the header of a message.')
    else {
      const m = readMessage(held.buf, start, held.end, this.dialect)
      m.cut = true
      into(m)
    }
  }

  private resume(cur: Cursor, length: number): boolean {
    if (length <= cur.left && plausibleMessage(cur.buf, cur.pos, cur.pos + length)) {
      this.lost = false
      return true
    }
    this.complain('resync', `${cur.left + 2} bytes after a gap do not start with a message and were passed over.`)
    cur.pos = cur.end
    return false
  }

  private count(unreadable: boolean): Verdict {
    this.unreadable = unreadable ? this.unreadable + 1 : 0
    return this.unreadable < MAX_UNREADABLE ? 'message' : 'malformed'
  }
}
