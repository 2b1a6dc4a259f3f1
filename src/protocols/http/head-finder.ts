/** Where a head ends in the bytes that are there; and what one says that was cut off. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import type { Say } from './framing.js'
import { Head, textOf } from './head.js'
import type { Fault } from './messages.js'
import { startLikeness, wholeWords } from './start-line.js'

/** Longest head; servers refuse at 8 to 64 KiB, Kerberos tickets and cookies of large sites reach 100. */
export const MAX_HEAD = 256 << 10
/** Enough of a message to see that it is none. */
const START_BYTES = 64

const BLANK_LINE = Buffer.from('\n\r\n')
const BARE_BLANK_LINE = Buffer.from('\n\n')

export class HeadFinder {
  /** The head that was found. */
  text = ''
  /** Bytes of the held message that are searched already. */
  private searched = 0

  constructor(private readonly side: Side) {}

  /** The next bytes start a message. */
  reset(): void {
    this.searched = 0
  }

  /** Nothing of the message was looked at before. */
  get fresh(): boolean {
    return this.searched === 0
  }

  /** @returns the offset behind the head that starts at `start`, -1 when its end is not there yet, or 'strange' when none starts here */
  find(buf: Buffer, start: number, limit: number, available: number): number | 'strange' {
    const from = start + this.searched
    const view = buf.subarray(from, limit)
    const blank = view.indexOf(BLANK_LINE)
    let end = blank < 0 ? -1 : from + blank + 3
    let text = end < 0 ? '' : textOf(buf, start, end)
    if (end < 0 || text.includes('\n\n')) {
      const bare = view.indexOf(BARE_BLANK_LINE)
      if (bare >= 0) {
        end = from + bare + 2
        text = textOf(buf, start, end)
      }
    }
    // A whole head of one byte a character is judged by its start line alone: it says the same.
    if (this.searched < START_BYTES && (end < 0 || text.length < end - start)) {
      const opening = buf.toString('latin1', start, Math.min(available, start + START_BYTES))
      if (startLikeness(this.side, opening) === 'no') return 'strange'
    }
    this.text = text
    this.searched = end < 0 ? Math.max(0, limit - start - 2) : 0
    return end
  }
}

/** What a head that was cut off says: its whole lines, or of the first one its whole words. Takes what was held. */
export function cutHead(side: Side, held: Cursor, fault: Fault): Head | undefined {
  const to = Math.min(held.end, held.pos + MAX_HEAD)
  const lastLine = held.buf.subarray(held.pos, to).lastIndexOf(0x0a)
  let text = textOf(held.buf, held.pos, lastLine < 0 ? to : held.pos + lastLine + 1)
  // A first line that was lost in the middle is looked for again in what follows: only the capture's own cut is final.
  if (lastLine < 0) text = fault === 'snapped' ? wholeWords(side, text) : ''
  if (text === '') return undefined
  const head = new Head(text, to - held.pos, side === 'client')
  held.pos = held.end
  return head
}

/** Empty lines between messages are nobody's, RFC 9112 §2.2. @returns whether there were any */
export function skipEmptyLines(cur: Cursor): boolean {
  const from = cur.pos
  for (let c = cur.peek(); c === 0x0d || c === 0x0a; c = cur.peek()) cur.pos++
  return cur.pos > from
}

export function tellOddities(head: Head, say: Say): void {
  if (head.overfull) say('http.header-count', 'A head has more fields than are read.')
  if (head.strange) say('http.header-syntax', 'A head has a line without field name, or white space before a colon.')
  if (head.hostConflict) say('http.host-conflict', 'A request names two hosts.')
}
