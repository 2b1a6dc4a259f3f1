/** The smallest part of RESP: a length behind its type byte. */

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
