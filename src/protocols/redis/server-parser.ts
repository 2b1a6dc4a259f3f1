/**
 * The server's direction: replies and pushed messages (RESP2 and RESP3), the snapshot and the stream of a replication.
 *
 * One pass over the bytes: a reply is walked element by element, its text grows as it is read, and nothing is read twice.
 * Strings longer than what is kept are passed over. Whatever is not whole when the bytes end is gone on with when more come.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { shown, shownHead } from '../shared/shown-text.js'
import type { Dialogue } from './dialogue.js'
import { LOST, PIECE, pause, type RedisMessage, Reply } from './messages.js'
import { Replication } from './replication.js'
import { ReplyText } from './reply-text.js'
import { lineEnd, type Type, typeOf } from './reply-types.js'
import { ReplySeeker } from './seekers.js'
import { CR, head, LF, MAX_HEAD, readHead, STREAMED } from './wire.js'

/** Longest line of a status, an error or a number; a Lua error with its script's name takes some hundreds. */
const MAX_LINE = 65536
/** Longest string: the largest value is 512 MB by default, and the setting ends at this. */
const MAX_STRING = 2 ** 40
/** Elements an aggregate may announce; the largest list has 2^32. */
const MAX_ELEMENTS = 2 ** 33

type Into = (message: RedisMessage) => void

export class ServerParser implements Parser<RedisMessage> {
  private reply: Reply | undefined
  private readonly text: ReplyText
  /** Bytes of the current string, its CRLF included, that are passed over. */
  private skip = 0
  /** Inside a string that comes in chunks. */
  private chunked = false
  private readonly seeker = new ReplySeeker()
  /** Nothing was read yet: the capture may begin in the middle of a reply. */
  private begun = false
  private readonly replication: Replication

  constructor(
    private readonly dialogue: Dialogue,
    private readonly keep: number,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {
    this.replication = new Replication(dialogue, keep, anomaly)
    this.text = new ReplyText(keep)
  }

  next(cur: Cursor, into: Into): Verdict {
    if (this.replication.active) return this.replicate(cur, into)
    if (this.seeker.active) return this.seek(cur, into)
    return this.read(cur, into)
  }

  gap(bytes: number, into: Into): 'resync' | 'stop' {
    if (this.replication.active) return this.replication.gap(bytes, into)
    const { reply } = this
    if (reply && this.skip > bytes + 1) {
      this.skip -= bytes
      reply.missing += bytes
      return 'resync'
    }
    const remnants = reply ? this.text.left : 0
    if (reply) reply.lost = true
    this.giveCut(into)
    into(LOST)
    this.seeker.afterLoss(remnants)
    return 'resync'
  }

  close(held: Cursor, why: EndReason, into: Into): void {
    if (!this.replication.close(held, why, into) && this.reply) {
      held.pos = held.end
      this.giveCut(into)
    }
  }

  private replicate(cur: Cursor, into: Into): Verdict {
    const verdict = this.replication.next(cur, into)
    return verdict === 'none' ? this.next(cur, into) : verdict
  }

  private read(cur: Cursor, into: Into): Verdict {
    const { buf, end } = cur
    const { text } = this
    let pos = cur.pos
    if (this.skip > 0) {
      const passed = Math.min(this.skip, end - pos)
      this.skip -= passed
      pos += passed
      if (this.skip > 0) return pause(cur, pos, 0, into)
      if (text.whole) return this.done(cur, pos, into)
    }
    while (pos < end) {
      const byte = buf[pos]!
      if (!this.reply) {
        if (byte === LF || (byte === CR && (pos + 1 >= end || buf[pos + 1] === LF))) {
          // A master that is still preparing its snapshot sends empty lines.
          if (byte === CR && pos + 1 >= end) return pause(cur, pos, 0, into)
          pos += byte === CR ? 2 : 1
          cur.pos = pos
          into(PIECE)
          return 'message'
        }
        if (byte === 0x2a && pos === cur.pos && this.dialogue.mayReplicate()) {
          this.dialogue.replicating = true
          return this.replicate(cur, into)
        }
        if (byte === 0x24 && this.dialogue.awaitsSync()) {
          this.replication.begin()
          return this.replicate(cur, into)
        }
      }
      const type = typeOf(byte)
      if (type === undefined) return this.lose(cur, pos, into)
      switch (type.shape) {
        case 'line': {
          const lf = lineEnd(buf, pos, Math.min(end, pos + MAX_LINE))
          if (lf < 0) return end - pos >= MAX_LINE ? this.lose(cur, pos, into) : pause(cur, pos, 0, into)
          if (buf[lf - 1] !== CR || !type.valid(buf, pos + 1, lf - 1)) return this.lose(cur, pos, into)
          this.open(type.name)
          if (type.name === 'null') text.leaf('nil')
          else if (type.name === 'boolean') text.leaf(buf[pos + 1] === 0x74 ? 'true' : 'false')
          else {
            const long = lf - 1 - pos - 1 > this.keep
            const words = long ? `${shownHead(buf, pos + 1, pos + 1 + this.keep)}…` : shown(buf, pos + 1, lf - 1)
            if (type.name === 'error') this.fail(words)
            text.leaf(words)
          }
          pos = lf + 1
          break
        }
        case 'string': {
          const found = readHead(buf, pos, end)
          if (found === 'short') return this.waitHead(cur, pos, into)
          const length = head.value
          if (found === 'bad' || length > MAX_STRING) return this.lose(cur, pos, into)
          if (length === STREAMED) {
            if (this.chunked) return this.lose(cur, pos, into)
            this.open('bulk')
            this.chunked = true
            text.beginChunks()
            pos = head.next
            continue
          }
          if (length === -1) {
            this.open('null')
            text.leaf('nil')
            pos = head.next
            break
          }
          const start = head.next
          const kept = Math.min(length, this.keep)
          const need = kept === length ? length + 2 : kept
          if (start + need > end) return pause(cur, pos, start + need - pos, into)
          if (kept === length && (buf[start + length] !== CR || buf[start + length + 1] !== LF)) return this.lose(cur, pos, into)
          this.open(type.name)
          // A verbatim string names its format in front: 'txt:'.
          const from = type.name === 'verbatim' && length >= 4 && buf[start + 3] === 0x3a ? start + 4 : start
          const words =
            type.name === 'bulk' && text.isFull
              ? ''
              : kept === length
                ? shown(buf, from, start + kept)
                : `${shownHead(buf, from, start + kept)}…(${length} bytes)`
          if (type.name === 'error') this.fail(words)
          text.leaf(words)
          pos = start + need
          if (kept < length) {
            this.skip = length - kept + 2
            const passed = Math.min(this.skip, end - pos)
            this.skip -= passed
            pos += passed
            if (this.skip > 0) return pause(cur, pos, 0, into)
          }
          break
        }
        case 'chunk': {
          const found = readHead(buf, pos, end)
          if (found === 'short') return this.waitHead(cur, pos, into)
          const length = head.value
          if (found === 'bad' || !this.chunked || length < 0 || length > MAX_STRING) return this.lose(cur, pos, into)
          const start = head.next
          const kept = Math.min(length, this.keep)
          const need = length === 0 ? 0 : kept === length ? length + 2 : kept
          if (start + need > end) return pause(cur, pos, start + need - pos, into)
          pos = start + need
          if (length > 0) {
            text.chunk(kept === length ? shown(buf, start, start + kept) : `${shownHead(buf, start, start + kept)}…(${length} bytes)`)
            if (kept < length) {
              this.skip = length - kept + 2
              const passed = Math.min(this.skip, end - pos)
              this.skip -= passed
              pos += passed
              if (this.skip > 0) return pause(cur, pos, 0, into)
            }
            continue
          }
          this.chunked = false
          text.endChunks()
          break
        }
        case 'end': {
          if (end - pos < 3) return pause(cur, pos, 0, into)
          if (buf[pos + 1] !== CR || buf[pos + 2] !== LF || !text.isStreamed) return this.lose(cur, pos, into)
          text.closeStreamed()
          pos += 3
          if (text.whole) return this.done(cur, pos, into)
          continue
        }
        default: {
          const found = readHead(buf, pos, end)
          if (found === 'short') return this.waitHead(cur, pos, into)
          const count = head.value
          if (found === 'bad' || count > MAX_ELEMENTS) return this.lose(cur, pos, into)
          pos = head.next
          if (count === -1) {
            this.open('null')
            text.leaf('nil')
            break
          }
          if (type.name === 'array' && !this.reply && this.dialogue.execLeft === 0 && count >= 0 && this.dialogue.awaitsExec()) {
            this.open('array')
            this.reply!.exec = true
            this.reply!.rows = count
            this.dialogue.execLeft = count
            return this.done(cur, pos, into)
          }
          const top = !this.reply
          this.open(type.name)
          if (top && (type.name === 'push' || (type.name === 'array' && this.dialogue.mayBeMessage()))) text.wantLead()
          const opened = text.begin(type.name, count)
          if (opened === 'deep') {
            this.anomaly('redis.nesting')
            return this.lose(cur, pos - 1, into)
          }
          if (opened === 'open') continue
          if (type.name === 'attribute') continue
        }
      }
      // A value is whole.
      if (this.chunked) return this.lose(cur, pos - 1, into)
      if (text.whole) return this.done(cur, pos, into)
    }
    return pause(cur, pos, 0, into)
  }

  /** The reply this value belongs to begins with it, if none is open; its own type is the reply's then. */
  private open(name: Type['name']): void {
    const type = name === 'attribute' ? 'bulk' : name
    if (this.reply) {
      if (this.text.depth === 0) this.reply.type = type
      return
    }
    this.reply = new Reply(type)
    this.begun = true
    this.text.reset(this.dialogue.filter())
  }

  private fail(words: string): void {
    if (this.text.depth === 0) return
    const reply = this.reply!
    reply.nested++
    reply.nestedError ??= this.text.filtered(words)
  }

  private done(cur: Cursor, pos: number, into: Into): Verdict {
    const reply = this.finish()
    cur.pos = pos
    if (!reply.exec && this.dialogue.execLeft > 0) {
      reply.element = true
      this.dialogue.execLeft--
    }
    into(reply)
    return 'message'
  }

  private finish(): Reply {
    const reply = this.reply!
    const { text } = this
    this.reply = undefined
    this.chunked = false
    this.skip = 0
    reply.text = text.text
    reply.shortened = text.shortened
    reply.attributes = text.attributes
    reply.lead = text.lead
    if (!reply.exec) {
      const { type } = reply
      reply.rows = text.rows ?? (type === 'bulk' || type === 'verbatim' ? 1 : type === 'null' ? 0 : undefined)
    }
    if (reply.type === 'status' && /^(?:FULLRESYNC |CONTINUE)/.test(reply.text) && this.dialogue.awaitsResync()) {
      if (reply.text[0] === 'F') this.replication.begin()
      else this.dialogue.replicating = true
    }
    return reply
  }

  private waitHead(cur: Cursor, pos: number, into: Into): Verdict {
    return cur.end - pos > MAX_HEAD ? this.lose(cur, pos, into) : pause(cur, pos, 0, into)
  }

  private lose(cur: Cursor, pos: number, into: Into): Verdict {
    if (this.begun) this.anomaly('redis.protocol-error', 'of the server')
    this.begun = true
    cur.pos = Math.max(pos, cur.pos)
    this.giveCut(into)
    this.seeker.behind(cur)
    return 'message'
  }

  private giveCut(into: Into): void {
    this.dialogue.execLeft = 0
    if (!this.reply) return
    const reply = this.finish()
    reply.cut = true
    into(reply)
  }

  private seek(cur: Cursor, into: Into): Verdict {
    const start = cur.pos
    const found = this.seeker.next(cur)
    if (found === 'need-more') return found
    return found === 'found' && cur.pos === start ? this.read(cur, into) : 'message'
  }
}
