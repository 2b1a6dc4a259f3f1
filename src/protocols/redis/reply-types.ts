/** The type bytes of RESP2 and RESP3, and what a line must look like to begin a reply. */
import type { ReplyType } from './messages.js'
import { CR, DOLLAR, head, LF, readHead } from './wire.js'

export interface Type {
  readonly name: ReplyType | 'attribute'
  /** A line; a length and bytes; a piece of a string in chunks; the end of a streamed aggregate; a count and elements. */
  readonly shape: 'line' | 'string' | 'chunk' | 'end' | 'aggregate'
  /** Of a line: whether these bytes can stand behind the type byte. */
  readonly valid: (buf: Buffer, from: number, to: number) => boolean
}

const anything = (): boolean => true
/** Longest number in digits: a big number is a key or a hash at most. */
const MAX_NUMBER = 4096
const isInteger = (buf: Buffer, from: number, to: number): boolean => {
  let at = from
  if (buf[at] === 0x2d || buf[at] === 0x2b) at++
  if (at >= to || to - at > MAX_NUMBER) return false
  for (; at < to; at++) {
    const byte = buf[at]!
    if (byte < 0x30 || byte > 0x39) return false
  }
  return true
}
const isDouble = (buf: Buffer, from: number, to: number): boolean =>
  to - from <= 64 && /^[+-]?(?:inf|nan|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)$/.test(buf.toString('latin1', from, to))
const isFlag = (buf: Buffer, from: number, to: number): boolean => to - from === 1 && (buf[from] === 0x74 || buf[from] === 0x66)
const isEmpty = (_buf: Buffer, from: number, to: number): boolean => from === to

const types: (Type | undefined)[] = []
const define = (byte: string, name: Type['name'], shape: Type['shape'], valid: Type['valid'] = anything): void => {
  types[byte.charCodeAt(0)] = { name, shape, valid }
}
define('+', 'status', 'line')
define('-', 'error', 'line')
define(':', 'integer', 'line', isInteger)
define(',', 'double', 'line', isDouble)
define('#', 'boolean', 'line', isFlag)
define('_', 'null', 'line', isEmpty)
define('(', 'big-number', 'line', isInteger)
define('$', 'bulk', 'string')
define('=', 'verbatim', 'string')
define('!', 'error', 'string')
define(';', 'bulk', 'chunk')
define('.', 'null', 'end')
define('*', 'array', 'aggregate')
define('~', 'set', 'aggregate')
define('>', 'push', 'aggregate')
define('%', 'map', 'aggregate')
define('|', 'attribute', 'aggregate')
for (let byte = types.length; byte < 256; byte++) types[byte] = undefined

export const typeOf = (byte: number): Type | undefined => types[byte]

/** Where the LF of this line stands, or -1. Lines are short: stepping beats a call. */
export function lineEnd(buf: Buffer, pos: number, end: number): number {
  const near = Math.min(end, pos + 32)
  for (let at = pos; at < near; at++) if (buf[at] === LF) return at
  if (near === end) return -1
  const at = buf.subarray(near, end).indexOf(LF)
  return at < 0 ? -1 : near + at
}

/** Longest status or error that is believed where a reply is looked for. */
const MAX_PLAUSIBLE_LINE = 512

/**
 * Could a reply begin here? Asked behind a loss.
 *
 * @param wary what stands here may be left of an aggregate whose head is gone: strings and numbers do not count
 */
export function plausibleReply(buf: Buffer, pos: number, end: number, wary: boolean): 'yes' | 'maybe' | 'no' {
  if (pos >= end) return 'maybe'
  const type = types[buf[pos]!]
  if (!type || type.shape === 'chunk' || type.shape === 'end') return 'no'
  if (type.shape === 'line') {
    if (wary && buf[pos] !== 0x2b && buf[pos] !== 0x2d) return 'no'
    const stop = Math.min(end, pos + MAX_PLAUSIBLE_LINE)
    for (let at = pos + 1; at < stop; at++) {
      const byte = buf[at]!
      if (byte === CR) {
        if (at + 1 >= end) return 'maybe'
        if (buf[at + 1] !== LF || !type.valid(buf, pos + 1, at)) return 'no'
        // Words of an error begin with a code in capitals.
        return buf[pos] !== 0x2d || /^[A-Z]{2,}[ \r]/.test(buf.toString('latin1', pos + 1, Math.min(at + 1, pos + 32))) ? 'yes' : 'no'
      }
      if (byte < 0x20) return 'no'
    }
    return stop === pos + MAX_PLAUSIBLE_LINE ? 'no' : 'maybe'
  }
  if (wary && type.shape === 'string') return 'no'
  const found = readHead(buf, pos, end)
  if (found !== 'ok') return found === 'bad' ? 'no' : 'maybe'
  const { value, next } = head
  if (type.shape === 'string') {
    if (value < 0 || next + value >= end) return 'yes'
    return buf[next + value] === CR && (next + value + 1 >= end || buf[next + value + 1] === LF) ? 'yes' : 'no'
  }
  if (value <= 0) return 'yes'
  if (next >= end) return 'maybe'
  const element = types[buf[next]!]
  return element && (element.shape !== 'string' || buf[next] !== DOLLAR || readHead(buf, next, end) !== 'bad') ? 'yes' : 'no'
}
