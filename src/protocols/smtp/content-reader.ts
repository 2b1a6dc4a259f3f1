/** Message content behind DATA: lines up to a lone dot, the stuffed dots taken out (RFC 5321 §4.5.2). */
import type { Cursor } from '../../bytes/cursor.js'
import { lineText, looksLikeCommand, MAX_LOOK, trimEnd } from './commands.js'
import type { Content } from './content.js'
import type { Dialogue } from './dialogue.js'

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e

export class ContentReader {
  /** What the byte before the next one was the end of. */
  private lineStart: 'crlf' | 'lf' | 'no' = 'crlf'
  private lastCr = false

  constructor(
    private readonly content: Content,
    /** The sender writes bare LF throughout, and ends the message so. */
    private readonly lfOnly: boolean,
    /** Bytes were lost: the end may have been among them, so a command ends the message too. */
    private afterGap: boolean,
    private readonly dialogue: Dialogue,
    private readonly tell: (code: string, detail: string) => void,
  ) {}

  /** Moves over content. 'end' = and over the final dot; 'command' = the message is over and a command stands here. */
  read(cur: Cursor): 'open' | 'end' | 'command' {
    const { buf, pos, end } = cur
    const view = buf.subarray(0, end)
    let from = pos
    let at = pos
    while (at < end) {
      if (this.lineStart !== 'no') {
        if (this.afterGap || this.dialogue.contentAnswered) {
          const command = commandAt(view, at)
          if (command === undefined) break
          if (command) {
            this.content.push(buf, from, at)
            cur.pos = at
            return 'command'
          }
        }
        if (buf[at] === DOT) {
          const after = this.dotLine(buf, at, end)
          if (after === 'wait') break
          this.content.push(buf, from, at)
          if (after > 0) {
            cur.pos = after
            return 'end'
          }
          at++
          from = at
        }
      }
      const lf = view.indexOf(LF, at)
      if (lf < 0) {
        this.lineStart = 'no'
        this.lastCr = buf[end - 1] === CR
        at = end
        break
      }
      const crlf = lf > at ? buf[lf - 1] === CR : this.lastCr && this.lineStart === 'no'
      if (!crlf && !this.lfOnly) this.tell('smtp.bare-lf', 'in a message')
      this.lineStart = crlf ? 'crlf' : 'lf'
      this.lastCr = false
      at = lf + 1
    }
    this.content.push(buf, from, at)
    cur.pos = at
    return 'open'
  }

  gap(bytes: number): void {
    this.content.gap(bytes)
    this.afterGap = true
    // More often than not what follows a lost segment begins a line, and only then does it say anything.
    this.lineStart = 'crlf'
    this.lastCr = false
  }

  /** Nothing follows what was held back: true when it is the end, a lone dot with a sloppy line end. */
  close(held: Cursor): boolean {
    const { buf, pos, end } = held
    if (buf[end - 1] === LF) return true
    if (buf[pos] !== DOT) {
      this.content.push(buf, pos, end)
      held.pos = end
    }
    return false
  }

  /**
   * A line that starts with a dot: where the message ends (behind the line end), 0 when it goes on, 'wait' when what follows
   * decides. Only CRLF.CRLF ends a message. A sloppy end counts where the sender writes bare LF throughout, or where the
   * server has answered; with more of the message behind it, it is the attempt to have one server see two mails in one.
   */
  private dotLine(buf: Buffer, at: number, end: number): number | 'wait' {
    if (at + 1 >= end) return 'wait'
    const second = buf[at + 1]
    if (second === CR && at + 2 >= end) return 'wait'
    const after = second === LF ? at + 2 : second === CR && buf[at + 2] === LF ? at + 3 : 0
    if (after === 0) {
      if (second === CR) this.tell('smtp.smuggling', 'a dot before a bare CR')
      return 0
    }
    if (second === CR && this.lineStart === 'crlf') return after
    if (this.lfOnly || this.dialogue.contentAnswered) return after
    if (after >= end) return 'wait'
    this.tell('smtp.smuggling', this.lineStart === 'lf' ? (second === CR ? 'LF . CRLF' : 'LF . LF') : 'CRLF . LF')
    return 0
  }
}

/** Does a command stand here? Undefined: more bytes must tell. */
function commandAt(view: Buffer, at: number): boolean | undefined {
  // No command starts with anything but a letter from A to X, so nearly every line is settled by its first byte.
  const letter = (view[at] ?? 0) | 0x20
  if (letter < 0x61 || letter > 0x78) return false
  const lf = view.indexOf(LF, at)
  if (lf < 0) return view.length - at < MAX_LOOK ? undefined : false
  return lf - at < MAX_LOOK && looksLikeCommand(lineText(view, at, trimEnd(view, at, lf)))
}
