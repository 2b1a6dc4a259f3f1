/** Is this Redis? By a command in an array of bulk strings, or by a reply that fits what was asked. Never by the port alone. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { isKnown, isMessageKind } from './names.js'
import { typeOf } from './reply-types.js'
import { CR, DOLLAR, head, LF, readHead, STAR } from './wire.js'

/** Commands of a first segment that are looked at for a known name. */
const MAX_COMMANDS = 8
const MAX_WORDS = 1 << 20
const MAX_NAME = 64
/** Longest inline line that is looked at. */
const MAX_LINE = 1024

/** sure: a known command; likely: a command of unknown name; begun: not enough bytes; inline: a line that could be one. */
type Client = 'none' | 'sure' | 'likely' | 'begun' | 'inline' | 'no'
type Server = 'none' | 'sure' | 'fits' | 'begun' | 'no'

export function probe(look: Look): Likeness {
  const client = gradeClient(look.client)
  const server = gradeServer(look.server)
  if (client === 'no' || server === 'no') return 'no'
  if (client === 'sure') return 'yes'
  if (client === 'likely') return server === 'sure' || server === 'fits' ? 'yes' : 'maybe'
  if (client === 'inline') return server === 'sure' || server === 'fits' ? 'yes' : 'maybe'
  if (server === 'sure') return 'yes'
  if (client === 'none' && server === 'fits') return look.hinted ? 'maybe' : 'no'
  return 'maybe'
}

function gradeClient(cur: Cursor): Client {
  const { buf, end } = cur
  let pos = cur.pos
  if (pos >= end) return 'none'
  if (buf[pos] !== STAR) return gradeInline(cur)
  for (let seen = 0; seen < MAX_COMMANDS; seen++) {
    const short = seen === 0 ? 'begun' : 'likely'
    if (pos >= end) return short
    if (buf[pos] !== STAR) return 'no'
    let found = readHead(buf, pos, end)
    if (found === 'bad') return 'no'
    if (found === 'short') return short
    let words = head.value
    if (words < 1 || words > MAX_WORDS) return 'no'
    pos = head.next
    for (let first = true; words > 0; words--, first = false) {
      if (pos >= end) return short
      if (buf[pos] !== DOLLAR) return 'no'
      found = readHead(buf, pos, end)
      if (found === 'bad' || (found === 'ok' && head.value < 0)) return 'no'
      if (found === 'short') return short
      const from = head.next
      const to = from + head.value
      if (first) {
        if (head.value < 1 || head.value > MAX_NAME) return 'no'
        if (to + 2 > end) return short
        const name = buf.toString('latin1', from, to)
        if (!/^[A-Za-z][\w.|-]*$/.test(name)) return 'no'
        if (isKnown(name.toUpperCase())) return buf[to] === CR && buf[to + 1] === LF ? 'sure' : 'no'
      }
      if (to + 2 > end) return short
      if (buf[to] !== CR || buf[to + 1] !== LF) return 'no'
      pos = to + 2
    }
  }
  return 'likely'
}

function gradeInline(cur: Cursor): Client {
  const { buf, pos, end } = cur
  const stop = Math.min(end, pos + MAX_LINE)
  for (let at = pos; at < stop; at++) {
    const byte = buf[at]!
    if (byte === LF) {
      const line = buf.toString('latin1', pos, at)
      // Other protocols have GET, AUTH, QUIT as well; what follows tells them.
      if (/ HTTP\/\d/.test(line) || line.endsWith(' noreply\r')) return 'no'
      const word = /^([A-Za-z]+)(?:[ \r]|$)/.exec(line)?.[1]
      return word && isKnown(word.toUpperCase()) ? 'inline' : 'no'
    }
    if (byte < 0x20 && byte !== CR) return 'no'
  }
  if (stop - pos >= MAX_LINE) return 'no'
  const word = /^[A-Za-z]+(?= |$)/.exec(buf.toString('latin1', pos, Math.min(stop, pos + 32)))?.[0]
  return word ? (stop - pos > word.length ? (isKnown(word.toUpperCase()) ? 'begun' : 'no') : 'begun') : 'no'
}

function gradeServer(cur: Cursor): Server {
  const { buf, pos, end } = cur
  if (pos >= end) return 'none'
  const type = typeOf(buf[pos]!)
  if (!type || type.shape === 'chunk' || type.shape === 'end') return 'no'
  if (type.shape === 'line') {
    const stop = Math.min(end, pos + MAX_LINE)
    for (let at = pos + 1; at < stop; at++) {
      if (buf[at] === CR) {
        if (at + 1 >= end) return 'begun'
        if (buf[at + 1] !== LF || !type.valid(buf, pos + 1, at)) return 'no'
        const line = buf.toString('latin1', pos, at)
        if (buf[pos] === 0x2d)
          return /^-(?:NOAUTH |WRONGTYPE |WRONGPASS |DENIED Redis|NOPERM |LOADING |MOVED \d|EXECABORT )/.test(line)
            ? 'sure'
            : /^-[A-Z]+ /.test(line)
              ? 'fits'
              : 'no'
        return /^\+(?:FULLRESYNC [0-9a-f]{40} |\d{9,11}\.\d{6} \[\d+ )/.test(line) ? 'sure' : 'fits'
      }
      if (buf[at]! < 0x20) return 'no'
    }
    return stop - pos >= MAX_LINE ? 'no' : 'begun'
  }
  const found = readHead(buf, pos, end)
  if (found !== 'ok') return found === 'bad' ? 'no' : 'begun'
  const { value, next } = head
  if (type.shape === 'string') {
    if (value < 0 || next + value + 2 > end) return 'fits'
    return buf[next + value] === CR && buf[next + value + 1] === LF ? 'fits' : 'no'
  }
  if (value <= 0) return 'fits'
  if (next >= end) return 'begun'
  const element = typeOf(buf[next]!)
  if (!element || element.shape === 'chunk' || element.shape === 'end') return 'no'
  if (element.shape !== 'string') return 'fits'
  if (readHead(buf, next, end) === 'bad') return 'no'
  const from = head.next
  const word =
    head.value > 0 && head.value < 16 && from + head.value + 2 <= end ? buf.toString('latin1', from, from + head.value) : undefined
  return isMessageKind(word) && value === (word === 'pmessage' ? 4 : 3) ? 'sure' : 'fits'
}
