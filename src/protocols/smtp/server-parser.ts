/** The server's direction: replies of one or more lines (RFC 5321 §4.2.1), up to where TLS begins. */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { lineText } from './commands.js'
import { type Dialogue, startsTls } from './dialogue.js'
import { Reply, type SmtpMessage } from './messages.js'

/** Longest reply line; RFC 5321 §4.5.3.1.5 says 512, banners of some servers are a few times that. */
const MAX_LINE = 8192
/** Bytes of a reply that are held until it is whole; HELP texts reach some kilobytes. Beyond it lines are dropped. */
const MAX_REPLY = 65536
/** Lines kept of one reply; EHLO lists 10 to 30. */
const MAX_LINES = 200
/** Lines without a code before this is taken for another protocol. */
const MAX_STRANGE = 20

const CR = 0x0d
const LF = 0x0a
type Into = (message: SmtpMessage) => void

export class ServerParser implements Parser<SmtpMessage> {
  /** Lines of the reply being read that were too many to hold. */
  private readonly kept: string[] = []
  private keptCode = 0
  /** Bytes of the reply at the cursor that are whole lines already. */
  private scanned = 0
  private skipping = false
  private strange = 0
  /** What comes may start in the middle of a line. */
  private resync = true

  constructor(
    private readonly dialogue: Dialogue,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    const first = cur.peek()
    // Asked without bytes, when the client has changed over: what comes next is TLS here too, once 220 was said.
    if (first < 0) return this.dialogue.tls === 'encrypted' && this.dialogue.goAhead ? 'upgrade' : 'need-more'
    if (startsTls(first) && this.dialogue.mayEncrypt && this.kept.length === 0) {
      this.dialogue.encrypt()
      return 'upgrade'
    }
    if (this.skipping) return this.skip(cur)
    const view = buf.subarray(0, end)
    let at = pos + this.scanned
    for (;;) {
      const lf = view.indexOf(LF, at)
      if ((lf < 0 ? end : lf) - at >= MAX_LINE) return this.overlong(cur, at, into)
      if (lf < 0) {
        this.scanned = at - pos
        return 'need-more'
      }
      const code = codeAt(buf, at, lf)
      if (code === 0) {
        if (at === pos && this.kept.length === 0) return this.noReply(cur, lf)
        // Text without a code inside a reply: some servers wrap their banner so.
        this.tell()
      } else {
        const open = this.kept.length > 0 ? this.keptCode : at > pos ? codeAt(buf, pos, end) : code
        if (code !== open) {
          // Another reply begins though the one before announced more lines.
          this.tell()
          cur.pos = at
          return this.reply(cur, pos, at, into)
        }
        if (buf[at + 3] !== 0x2d) {
          cur.pos = lf + 1
          return this.reply(cur, pos, lf + 1, into)
        }
      }
      at = lf + 1
      if (at - pos >= MAX_REPLY) return this.put(cur, at)
    }
  }

  gap(): 'resync' | 'stop' {
    this.kept.length = 0
    this.scanned = 0
    this.skipping = false
    this.resync = true
    this.dialogue.serverLost()
    return 'resync'
  }

  /** What is held may be the lines of a reply whose last never came, or a line without its end. */
  close(held: Cursor, _why: EndReason, into: Into): void {
    const { buf, pos, end } = held
    if (end - pos < 3 || this.skipping) {
      if (this.kept.length > 0) this.reply(held, pos, pos, into)
      return
    }
    if (codeAt(buf, pos, end) > 0 || this.kept.length > 0) {
      held.pos = end
      this.reply(held, pos, end, into)
    }
  }

  /** Gives the lines between `from` and `to`, and those kept before, as one reply. */
  private reply(cur: Cursor, from: number, to: number, into: Into): Verdict {
    const code = this.kept.length > 0 ? this.keptCode : codeAt(cur.buf, from, to)
    this.keep(cur.buf, from, to)
    const reply = new Reply(code, [...this.kept])
    this.kept.length = 0
    this.scanned = 0
    this.resync = false
    this.strange = 0
    this.dialogue.answer(reply)
    into(reply)
    return 'message'
  }

  /** A reply too long to hold: keep its lines so far and go on. */
  private put(cur: Cursor, at: number): Verdict {
    if (this.kept.length === 0) this.keptCode = codeAt(cur.buf, cur.pos, at)
    this.keep(cur.buf, cur.pos, at)
    this.scanned = 0
    cur.pos = at
    return 'message'
  }

  private keep(buf: Buffer, from: number, to: number): void {
    let at = from
    while (at < to && this.kept.length < MAX_LINES) {
      let lf = buf.indexOf(LF, at)
      if (lf < 0 || lf > to) lf = to
      let stop = lf
      while (stop > at && buf[stop - 1] === CR) stop--
      const start = codeAt(buf, at, stop) > 0 ? Math.min(at + 4, stop) : at
      this.kept.push(lineText(buf, start, Math.min(stop, start + MAX_LINE)))
      at = lf + 1
    }
  }

  /** A line that no line end comes for: what is there counts as the line, the rest is skipped. */
  private overlong(cur: Cursor, at: number, into: Into): Verdict {
    this.tell()
    this.skipping = true
    const open = this.kept.length > 0 || at > cur.pos
    const code = codeAt(cur.buf, open ? cur.pos : at, cur.end)
    const start = cur.pos
    const more = cur.buf[at + 3] === 0x2d
    cur.pos = at + MAX_LINE
    if (code === 0 && !open) return this.countStrange()
    if (more) {
      if (this.kept.length === 0) this.keptCode = code
      this.keep(cur.buf, start, at + MAX_LINE)
      this.scanned = 0
      return 'message'
    }
    return this.reply(cur, start, at + MAX_LINE, into)
  }

  private skip(cur: Cursor): Verdict {
    const lf = cur.lineEnd()
    this.skipping = lf < 0
    cur.pos = lf < 0 ? cur.end : lf + 1
    return 'message'
  }

  private noReply(cur: Cursor, lf: number): Verdict {
    const empty = lf - cur.pos <= 1
    cur.pos = lf + 1
    this.scanned = 0
    if (this.resync) {
      this.resync = false
      return 'message'
    }
    if (!empty) this.tell()
    return this.countStrange()
  }

  private countStrange(): Verdict {
    this.scanned = 0
    return ++this.strange > MAX_STRANGE ? 'malformed' : 'message'
  }

  private tell(): void {
    if (!this.resync) this.anomaly('smtp.reply-malformed')
  }
}

/** The three digits of a reply line, or 0: a first digit of 2 to 5, then a space, a hyphen or the line's end. */
function codeAt(buf: Buffer, at: number, end: number): number {
  if (end - at < 3) return 0
  const a = (buf[at] ?? 0) - 0x30
  const b = (buf[at + 1] ?? 0) - 0x30
  const c = (buf[at + 2] ?? 0) - 0x30
  if (a < 1 || a > 5 || b < 0 || b > 9 || c < 0 || c > 9) return 0
  if (end - at > 3) {
    const next = buf[at + 3] ?? 0
    if (next !== 0x20 && next !== 0x2d && next !== CR && next !== LF) return 0
  }
  return a * 100 + b * 10 + c
}
