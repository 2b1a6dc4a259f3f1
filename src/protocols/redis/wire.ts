/** The smallest parts of RESP: a length or number behind its type byte, and bytes as text that can be shown. */
import { isAscii, isUtf8 } from 'node:buffer'

export const CR = 0x0d
export const LF = 0x0a
export const STAR = 0x2a
export const DOLLAR = 0x24

/** What reading a length line came to. */
export type HeadFound = 'ok' | 'short' | 'bad'

/** What `readHead` found: a length of -1 is a null, STREAMED says that the length is not known yet. */
export const head = { value: 0, next: 0 }
export const STREAMED = -2
/** Digits of a length; the largest that Redis takes has ten. */
const MAX_DIGITS = 15
/** Type byte, sign, digits, CR and LF: no length line is longer. */
export const MAX_HEAD = MAX_DIGITS + 4

/** The length line that starts at `pos` with its type byte. Strict: digits and CRLF only. Fills `head`. */
export function readHead(buf: Buffer, pos: number, end: number): HeadFound {
  let at = pos + 1
  if (at >= end) return 'short'
  let byte = buf[at]!
  let negative = false
  if (byte === 0x2d) {
    negative = true
    if (++at >= end) return 'short'
    byte = buf[at]!
  } else if (byte === 0x3f) {
    if (at + 1 < end && buf[at + 1] !== CR) return 'bad'
    if (at + 2 >= end) return 'short'
    if (buf[at + 2] !== LF) return 'bad'
    head.value = STREAMED
    head.next = at + 3
    return 'ok'
  }
  let value = 0
  const first = at
  while (byte >= 0x30 && byte <= 0x39) {
    value = value * 10 + (byte - 0x30)
    if (++at - first > MAX_DIGITS) return 'bad'
    if (at >= end) return 'short'
    byte = buf[at]!
  }
  if (byte !== CR || at === first) return 'bad'
  if (at + 1 >= end) return 'short'
  if (buf[at + 1] !== LF) return 'bad'
  // The only negative length is the null.
  if (negative && value !== 1) return 'bad'
  head.value = negative ? -1 : value
  head.next = at + 2
  return 'ok'
}

/** Longest text that is checked byte by byte; beyond it the checks of the runtime are faster. */
const SHORT_TEXT = 48
const CONTROL = /[\x00-\x1f\x7f]/

/** Bytes as text: UTF-8 as it is, control characters and what is no UTF-8 as escapes of redis-cli. */
export function shown(buf: Buffer, from: number, to: number): string {
  if (to - from <= SHORT_TEXT) {
    let at = from
    while (at < to) {
      const byte = buf[at]!
      if (byte < 0x20 || byte > 0x7e) break
      at++
    }
    if (at === to) return buf.toString('latin1', from, to)
  } else {
    const view = buf.subarray(from, to)
    if (isAscii(view)) {
      const text = buf.toString('latin1', from, to)
      return CONTROL.test(text) ? escaped(text) : text
    }
  }
  const view = buf.subarray(from, to)
  return isUtf8(view) ? escaped(buf.toString('utf8', from, to)) : escaped(view.toString('latin1'), true)
}

/** A text of which only the beginning was kept may end within a character. */
export function shownHead(buf: Buffer, from: number, to: number): string {
  let stop = to
  for (let back = 1; back <= 3 && stop - back >= from; back++) {
    const byte = buf[to - back]!
    if ((byte & 0xc0) === 0x80) continue
    if (byte >= 0xc0) stop = to - back
    break
  }
  return shown(buf, from, isUtf8(buf.subarray(from, stop)) ? stop : to)
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b' }

function escaped(text: string, binary = false): string {
  return text.replace(
    binary ? /[^\x20-\x7e]/g : /[\x00-\x1f\x7f]/g,
    (c) => NAMED[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
