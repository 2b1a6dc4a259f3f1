/** Bytes of a data set as text that can be shown: keys and values may hold anything. */
import { isAscii, isUtf8 } from 'node:buffer'

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
