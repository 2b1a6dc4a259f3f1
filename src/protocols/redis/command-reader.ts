/**
 * A stream of commands: arrays of bulk strings, or inline lines. The client's direction, and what a master sends its replica.
 *
 *   start   a header '*n', or an inline line                 -> args, or start again
 *   args    '$len' and its bytes, n times                    -> start
 *   (skip)  the rest of an argument longer than what is kept -> args
 *   seek    after a loss or nonsense: up to the next header  -> start
 *
 * Whatever is whole is taken at once, so a command costs one pass and no bytes are read twice; what a command is made of is
 * copied only where it is kept.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { shown, shownHead } from '../shared/shown-text.js'
import { splitInline } from './inline.js'
import { Command, LOST, PIECE, pause, type RedisMessage } from './messages.js'
import { isKnown, specOf, upperName } from './names.js'
import { CommandSeeker, MAX_NAME_BYTES, MAX_WORDS } from './seekers.js'
import { CR, DOLLAR, type HeadFound, head, LF, MAX_HEAD, readHead, STAR } from './wire.js'

/** Longest inline line a server takes. */
const MAX_INLINE = 65536
/** Length of an argument: the largest value is 512 MB by default, and the setting ends at this. */
const MAX_ARGUMENT = 2 ** 40
/** Arguments kept apart of one command; ACL SETUSER and CONFIG SET take dozens. */
const MAX_APART = 1024

type Into = (message: RedisMessage) => void

export class CommandReader implements Parser<RedisMessage> {
  private command: Command | undefined
  private wordsLeft = 0
  /** Bytes of the current argument, its CRLF included, that are passed over. */
  private skip = 0
  private readonly seeker = new CommandSeeker()
  /** Bytes of an unfinished inline line that hold no line end. */
  private scanned = 0
  private begun = false
  private speaksInline = false
  private full = false

  constructor(
    private readonly keep: number,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    if (this.seeker.active) return this.seek(cur, into)
    const { buf, end } = cur
    let pos = cur.pos
    if (!this.command) {
      const byte = buf[pos]!
      if (byte !== STAR) return this.inlineLine(cur, into)
      const found = readHead(buf, pos, end)
      if (found === 'short') return this.waitHead(cur, pos, into)
      const words = head.value
      if (found === 'bad' || words > MAX_WORDS || words < -1) return this.lose(cur, pos, into)
      pos = head.next
      if (words <= 0) {
        // Servers pass over an empty command.
        cur.pos = pos
        into(PIECE)
        return 'message'
      }
      this.begun = true
      this.wordsLeft = words
      // The header and the name are read together: they are short.
      const named = this.readName(buf, pos, end)
      if (named === 'short') return 'need-more'
      if (named === 'bad') return this.lose(cur, cur.pos, into)
      pos = head.next
    }
    return this.words(cur, pos, into)
  }

  gap(bytes: number, into: Into): 'resync' | 'stop' {
    const { command } = this
    this.scanned = 0
    // Inside an argument that is only counted: nothing is in doubt.
    if (command && this.skip > bytes + 1) {
      this.skip -= bytes
      command.missing += bytes
      return 'resync'
    }
    if (command) command.lost = true
    this.giveCut(into)
    into(LOST)
    this.seeker.afterLoss()
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    if (this.command) {
      held.pos = held.end
      this.giveCut(into)
    }
  }

  /** The first argument, which is the command's name. Leaves where it ends in `head.next`. */
  private readName(buf: Buffer, pos: number, end: number): HeadFound {
    if (pos >= end) return 'short'
    if (buf[pos] !== DOLLAR) return 'bad'
    const found = readHead(buf, pos, end)
    if (found !== 'ok') return found
    const length = head.value
    const from = head.next
    if (length < 0 || length > MAX_NAME_BYTES) return 'bad'
    if (from + length + 2 > end) return 'short'
    if (buf[from + length] !== CR || buf[from + length + 1] !== LF) return 'bad'
    this.start(shown(buf, from, from + length))
    head.next = from + length + 2
    this.wordsLeft--
    return 'ok'
  }

  private start(word: string): Command {
    const name = upperName(word)
    const command = new Command(name, specOf(name))
    command.words = 1
    command.query = word
    if (command.spec.apart) command.args = []
    this.full = false
    this.command = command
    return command
  }

  private words(cur: Cursor, from: number, into: Into): Verdict {
    const { buf, end } = cur
    const command = this.command!
    let pos = from
    if (this.skip > 0) {
      const passed = Math.min(this.skip, end - pos)
      this.skip -= passed
      pos += passed
    }
    while (this.wordsLeft > 0 && this.skip === 0) {
      if (pos >= end) return pause(cur, pos, 0, into)
      if (buf[pos] !== DOLLAR) return this.lose(cur, pos, into)
      const found = readHead(buf, pos, end)
      if (found === 'short') return pause(cur, pos, 0, into)
      const length = head.value
      if (found === 'bad' || length < 0 || length > MAX_ARGUMENT) return this.lose(cur, pos, into)
      const start = head.next
      if (length <= this.keep) {
        const stop = start + length
        if (stop + 2 > end) return pause(cur, pos, stop + 2 - pos, into)
        if (buf[stop] !== CR || buf[stop + 1] !== LF) return this.lose(cur, pos, into)
        this.word(command, buf, start, stop, length)
        pos = stop + 2
      } else {
        const stop = start + this.keep
        if (stop > end) return pause(cur, pos, stop - pos, into)
        this.word(command, buf, start, stop, length)
        this.skip = length - this.keep + 2
        const passed = Math.min(this.skip, end - stop)
        this.skip -= passed
        pos = stop + passed
      }
      this.wordsLeft--
    }
    cur.pos = pos
    if (this.skip > 0) into(PIECE)
    else {
      this.command = undefined
      into(command)
    }
    return 'message'
  }

  private word(command: Command, buf: Buffer, from: number, to: number, length: number): void {
    const at = command.words++
    if (command.args ? at > MAX_APART : this.full) {
      if (at === 1 || at === command.spec.key) this.note(command, at, this.wordText(buf, from, to, length))
      return
    }
    const text = this.wordText(buf, from, to, length)
    if (command.args) command.args.push(text)
    else {
      command.query += ` ${text}`
      if (command.query.length > 4 * this.keep) {
        command.query = `${command.query.slice(0, 4 * this.keep)}…`
        this.full = true
      }
    }
    if (at === 1 || at === command.spec.key) this.note(command, at, text)
  }

  private note(command: Command, at: number, text: string): void {
    if (at === 1) command.first = text
    if (at === command.spec.key) command.key = text
  }

  private wordText(buf: Buffer, from: number, to: number, length: number): string {
    return to - from === length ? shown(buf, from, to) : `${shownHead(buf, from, to)}…(${length} bytes)`
  }

  private waitHead(cur: Cursor, pos: number, into: Into): Verdict {
    return cur.end - pos > MAX_HEAD ? this.lose(cur, pos, into) : 'need-more'
  }

  /** What stands here is no command: look for one further on. */
  private lose(cur: Cursor, pos: number, into: Into): Verdict {
    this.anomaly('redis.protocol-error', 'of the client')
    cur.pos = pos
    this.giveCut(into)
    this.seeker.behind(cur)
    return 'message'
  }

  private giveCut(into: Into): void {
    const { command } = this
    if (!command) return
    command.cut = true
    this.command = undefined
    this.skip = 0
    this.wordsLeft = 0
    into(command)
  }

  private seek(cur: Cursor, into: Into): Verdict {
    const start = cur.pos
    const found = this.seeker.next(cur, this.speaksInline)
    if (found === 'need-more') return found
    // Found where reading began: go on at once, for a call must move.
    return found === 'found' && cur.pos === start ? this.next(cur, into) : 'message'
  }

  private inlineLine(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    const byte = buf[pos]!
    if (byte === LF || byte === CR) {
      // An empty line is passed over; replicas are kept awake with them.
      if (byte === CR && pos + 1 >= end) return 'need-more'
      cur.pos = pos + (byte === CR && buf[pos + 1] === LF ? 2 : 1)
      into(PIECE)
      return 'message'
    }
    const stop = Math.min(end, pos + MAX_INLINE)
    const at = buf.subarray(pos + this.scanned, stop).indexOf(LF)
    if (at < 0) {
      if (end - pos >= MAX_INLINE) return this.nonsense(cur, into)
      this.scanned = end - pos
      return 'need-more'
    }
    const lf = pos + this.scanned + at
    this.scanned = 0
    const words = splitInline(buf, pos, lf > pos && buf[lf - 1] === CR ? lf - 1 : lf)
    const name = words?.[0]
    if (words === undefined || name === undefined || !/^[A-Za-z][\w.|-]*$/.test(name) || (!this.begun && !isKnown(upperName(name)))) {
      // A line of blanks is nothing; anything else makes no command.
      if (words?.length === 0) {
        cur.pos = lf + 1
        into(PIECE)
        return 'message'
      }
      return this.nonsense(cur, into)
    }
    this.begun = true
    this.speaksInline = true
    const command = this.start(name)
    command.inline = true
    for (let i = 1; i < words.length; i++) {
      const word = Buffer.from(words[i]!, 'latin1')
      this.word(command, word, 0, Math.min(word.length, this.keep), word.length)
    }
    this.command = undefined
    cur.pos = lf + 1
    into(command)
    return 'message'
  }

  private nonsense(cur: Cursor, into: Into): Verdict {
    this.scanned = 0
    if (this.begun) return this.lose(cur, cur.pos, into)
    // The capture began in the middle of a command.
    this.begun = true
    this.seeker.behind(cur)
    return 'message'
  }
}
