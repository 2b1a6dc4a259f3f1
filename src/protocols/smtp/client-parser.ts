/**
 * The client's direction: command lines, AUTH responses, message content after DATA and BDAT, and where TLS begins.
 *
 *   command  lines                                        -> data-wait after DATA, chunk after BDAT n
 *   data-wait  the 354 was not seen yet                   -> content or command, by the reply or, without one, by what comes
 *   content  up to CRLF.CRLF, dots unstuffed              -> command
 *   chunk    exactly n bytes                              -> command
 *   skip     the rest of an overlong line                 -> command
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { Carry } from '../../model/body-sink.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { isHello, isMail, isVerb, lineText, looksLikeCommand, MAX_LOOK, readChunk, splitLine, trimEnd } from './commands.js'
import { Content } from './content.js'
import { ContentReader } from './content-reader.js'
import { type Dialogue, startsTls } from './dialogue.js'
import { Command, type SmtpMessage } from './messages.js'

/** Longest command line. RFC 5321 §4.5.3.1 says 512, RFC 4954 §4 12288 for AUTH. */
const MAX_LINE = 12288
/** Plaintext held behind STARTTLS until its reply is seen; injected commands are a few lines. */
const MAX_BEHIND_STARTTLS = 65536
/** Unknown commands before they are called a flood; a mistyped session has two or three. */
const UNKNOWN_FLOOD = 10

const CR = 0x0d
const LF = 0x0a
type Into = (message: SmtpMessage) => void

export class ClientParser implements Parser<SmtpMessage> {
  private mode: 'command' | 'data-wait' | 'content' | 'chunk' | 'skip' = 'command'
  /** Bytes known to hold no line end: only the rest is searched when more come. */
  private scanned = 0
  private begun = false
  /** Bytes were lost: what comes may start in the middle of a line. */
  private afterGap = false
  /** Bytes behind STARTTLS that were there before its reply. */
  private behindStarttls = 0
  private data: Command | undefined
  private chunk: Command | undefined
  private chunkLeft = 0
  private content: Content | undefined
  private reader: ContentReader | undefined
  /** The DATA line ended with a bare LF: its sender ends the message the same way. */
  private lfOnly = false
  private unknown = 0

  constructor(
    private readonly dialogue: Dialogue,
    private readonly maxExamined: number,
    private readonly anomaly: (code: string, detail?: string) => void,
    private readonly room: ((bytes: number) => boolean) | undefined,
    private readonly carry?: Carry | undefined,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    switch (this.mode) {
      case 'command':
        return this.command(cur, into)
      case 'data-wait':
        return this.dataWait(cur, into)
      case 'content':
        return this.readContent(cur, into)
      case 'chunk':
        return this.readChunk(cur, into)
      case 'skip':
        return this.skip(cur)
    }
  }

  gap(bytes: number): 'resync' | 'stop' {
    this.scanned = 0
    this.behindStarttls = 0
    this.dialogue.clientGap()
    switch (this.mode) {
      case 'data-wait':
        // Part of the message is gone, unless it was refused.
        if (this.data?.reply && this.data.reply.code !== 354) this.mode = 'command'
        else {
          this.startContent(this.data, true)
          this.reader?.gap(bytes)
        }
        break
      case 'content':
        this.reader?.gap(bytes)
        break
      case 'chunk': {
        const inside = Math.min(bytes, this.chunkLeft)
        this.content?.gap(inside)
        this.chunkLeft -= inside
        // The gap ends inside the chunk, or with it: nothing is in doubt.
        if (inside === bytes) return 'resync'
        break
      }
      case 'skip':
        this.mode = 'command'
    }
    this.afterGap = true
    this.begun = true
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    const { buf, pos, end } = held
    if (this.mode === 'content') {
      if (end === pos || !this.reader) return
      if (this.reader.close(held)) this.endContent(into)
      else if (held.pos > pos) this.piece(into, false)
      return
    }
    if (this.mode === 'chunk' && this.chunkLeft === 0) this.chunkEnd(into)
    if (end === pos) return
    if (this.mode === 'data-wait' && (!this.data?.reply || this.data.reply.code === 354)) {
      if (!looksLikeCommand(lineText(buf, pos, trimEnd(buf, pos, end)))) {
        this.startContent(this.data, false)
        this.content?.push(buf, pos, end)
        this.piece(into, false)
        return
      }
    }
    if (this.mode !== 'command' && this.mode !== 'data-wait') return
    if (this.dialogue.tls === 'accepted') {
      if (this.behindStarttls > 0) this.anomaly('smtp.starttls-injection')
      return
    }
    const text = lineText(buf, pos, Math.min(trimEnd(buf, pos, end), pos + MAX_LINE))
    if (looksLikeCommand(text)) this.lineCommand(text, true, into)
  }

  private command(cur: Cursor, into: Into): Verdict {
    const { buf, pos } = cur
    const first = cur.peek()
    // Asked without bytes, when the other side has changed over: is this side there as well?
    if (first < 0) return this.dialogue.tls === 'encrypted' ? 'upgrade' : 'need-more'
    const tls = this.dialogue.tls
    if (tls === 'asked' || tls === 'accepted' || tls === 'encrypted') {
      if (startsTls(first)) {
        this.dialogue.encrypt()
        return 'upgrade'
      }
      if (tls === 'asked') {
        // Held until the reply: behind a refusal these are commands, behind 220 they were injected.
        if (cur.left < MAX_BEHIND_STARTTLS) {
          this.behindStarttls = cur.left
          return 'need-more'
        }
      } else if (this.behindStarttls > 0) {
        cur.skip(Math.min(this.behindStarttls, cur.left))
        this.behindStarttls = 0
        this.anomaly('smtp.starttls-injection', lineText(buf, pos, Math.min(trimEnd(buf, pos, cur.pos), pos + 100)))
        return 'message'
      } else if (tls === 'accepted') {
        this.dialogue.tls = 'clear'
        this.anomaly('smtp.plaintext-after-starttls')
      }
    }
    this.behindStarttls = 0
    const lf = this.findLf(cur, MAX_LINE)
    if (lf < 0) {
      if (cur.left < MAX_LINE) return 'need-more'
      this.anomaly('smtp.line-length', `more than ${MAX_LINE} bytes`)
      this.mode = 'skip'
      cur.pos = pos + MAX_LINE
      this.lineCommand(lineText(buf, pos, pos + MAX_LINE), true, into)
      // What the line would have begun cannot be trusted.
      this.mode = 'skip'
      return 'message'
    }
    const bare = lf === pos || buf[lf - 1] !== CR
    const text = lineText(buf, pos, bare ? lf : lf - 1)
    if (!this.begun) {
      this.begun = true
      const known = looksLikeCommand(text) || isVerb(splitLine(text)[0])
      // The capture starts in the middle of a message. A server that has spoken would not have been silent before a command.
      if (!known && this.dialogue.replies === 0) return this.headless(cur, into)
    }
    if (this.afterGap) {
      if (this.dialogue.auth === 'none' && !looksLikeCommand(text)) {
        if (this.dialogue.orphanGo) return this.headless(cur, into)
        cur.pos = lf + 1
        return 'message'
      }
      this.afterGap = false
    }
    this.dialogue.orphanGo = false
    cur.pos = lf + 1
    if (bare) this.anomaly('smtp.bare-lf', 'in a command line')
    this.lfOnly = bare
    this.lineCommand(text, false, into)
    return 'message'
  }

  /** A line of the client, as a command or as a response in an AUTH exchange. */
  private lineCommand(text: string, cut: boolean, into: Into): void {
    const dialogue = this.dialogue
    if (dialogue.auth === 'challenged' || (dialogue.auth === 'asked' && !looksLikeCommand(text))) {
      this.give(new Command('*', text), cut, into)
      return
    }
    const [word, argument] = splitLine(text)
    if (!isVerb(word)) {
      if (++this.unknown === UNKNOWN_FLOOD) this.anomaly('smtp.unknown-commands')
      if (this.data?.reply && this.data.reply.code >= 400 && /^[A-Za-z-]+:/.test(text)) this.anomaly('smtp.content-after-refusal')
      this.give(new Command('?', '', text), cut, into)
      return
    }
    const command = new Command(word === 'X-EXPS' ? 'AUTH' : word, argument, text)
    if (isMail(word) || isHello(word) || word === 'RSET') this.content = undefined
    if (word === 'DATA' && !cut) {
      this.data = command
      this.mode = 'data-wait'
    } else this.data = undefined
    const chunk = word === 'BDAT' && !cut ? readChunk(argument) : undefined
    if (chunk) {
      command.size = chunk.size
      command.last = chunk.last
    } else if (word === 'BDAT') this.anomaly('smtp.bdat-syntax', argument.slice(0, 100))
    this.give(command, cut, into)
    if (!chunk) return
    this.content ??= new Content(this.maxExamined, false, this.room, this.carry)
    this.chunk = command
    this.chunkLeft = chunk.size
    this.mode = 'chunk'
    if (chunk.size === 0) this.chunkEnd(into)
  }

  private give(command: Command, cut: boolean, into: Into): void {
    command.cut = cut
    this.dialogue.ask(command)
    into(command)
  }

  private dataWait(cur: Cursor, into: Into): Verdict {
    const code = this.data?.reply?.code
    if (code === 354) {
      this.startContent(this.data, false)
      return this.readContent(cur, into)
    }
    if (code !== undefined && code >= 400) {
      this.mode = 'command'
      return this.command(cur, into)
    }
    // No reply yet, or one that makes no sense: let the bytes say what they are.
    const lf = this.findLf(cur, MAX_LOOK)
    if (lf < 0 && cur.left < MAX_LOOK) return 'need-more'
    this.scanned = 0
    if (lf >= 0 && looksLikeCommand(lineText(cur.buf, cur.pos, trimEnd(cur.buf, cur.pos, lf)))) {
      this.mode = 'command'
      return this.command(cur, into)
    }
    this.startContent(this.data, false)
    return this.readContent(cur, into)
  }

  private headless(cur: Cursor, into: Into): Verdict {
    this.startContent(undefined, true)
    return this.readContent(cur, into)
  }

  private startContent(data: Command | undefined, headless: boolean): void {
    this.data = data
    this.content = new Content(this.maxExamined, headless, this.room, this.carry)
    this.reader = new ContentReader(this.content, this.lfOnly, headless, this.dialogue, this.anomaly)
    this.mode = 'content'
    this.scanned = 0
    this.dialogue.inContent = true
    this.dialogue.contentAnswered = false
  }

  private readContent(cur: Cursor, into: Into): Verdict {
    if (!this.reader) return 'malformed'
    const { pos } = cur
    const found = this.reader.read(cur)
    if (found !== 'open') {
      this.endContent(into)
      return cur.pos > pos ? 'message' : this.command(cur, into)
    }
    if (cur.pos === pos) return 'need-more'
    this.piece(into, false)
    return 'message'
  }

  private endContent(into: Into): void {
    this.content?.finish(true)
    this.mode = 'command'
    this.afterGap = false
    this.begun = true
    const end = new Command('.', '')
    this.dialogue.ask(end)
    this.dialogue.inContent = false
    this.dialogue.contentAnswered = false
    if (this.content) into({ kind: 'piece', content: this.content, of: this.data, end: true, command: end })
    into(end)
    this.content = undefined
    this.reader = undefined
    this.data = undefined
  }

  private piece(into: Into, end: boolean): void {
    if (this.content) into({ kind: 'piece', content: this.content, of: this.chunk ?? this.data, end })
  }

  private readChunk(cur: Cursor, into: Into): Verdict {
    if (cur.left === 0) return 'need-more'
    if (this.chunkLeft === 0) {
      // Its end was lost.
      this.chunkEnd(into)
      return this.command(cur, into)
    }
    const take = Math.min(cur.left, this.chunkLeft)
    this.content?.push(cur.buf, cur.pos, cur.pos + take)
    cur.skip(take)
    this.chunkLeft -= take
    if (this.chunkLeft > 0) this.piece(into, false)
    else this.chunkEnd(into)
    return 'message'
  }

  private chunkEnd(into: Into): void {
    const last = this.chunk?.last === true
    if (last) this.content?.finish(true)
    this.piece(into, last)
    this.mode = 'command'
    this.chunk = undefined
    if (last) this.content = undefined
  }

  private skip(cur: Cursor): Verdict {
    const lf = cur.lineEnd()
    cur.pos = lf < 0 ? cur.end : lf + 1
    if (lf >= 0) this.mode = 'command'
    return 'message'
  }

  /** The next LF among the first `limit` bytes, not looking again where none was. */
  private findLf(cur: Cursor, limit: number): number {
    const stop = Math.min(cur.end, cur.pos + limit)
    const from = Math.min(cur.pos + this.scanned, stop)
    const lf = cur.buf.subarray(0, stop).indexOf(LF, from)
    this.scanned = lf < 0 ? stop - cur.pos : 0
    return lf
  }
}
