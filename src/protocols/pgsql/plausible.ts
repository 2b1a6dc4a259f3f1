/**
 * Whether bytes can be messages of one side, by their bodies. Detection asks it of a connection's first bytes, and a parser
 * after a loss, to find where the next message begins.
 */
import { at, CLIENT_LETTERS, headerFits, lengthAt, MAX_STARTUP, SERVER_LETTERS } from './wire.js'

/** Strength of a message whose inside was checked, and of one whose header alone can be. */
const STRONG = 3
const WEAK = 1
/** What a chain of messages must add up to before it is believed. */
const ENOUGH = 3
/** Messages of a chain that are looked at. */
const MAX_CHAIN = 16

export type Belief = 'no' | 'maybe' | 'yes'

/** Are the bytes from `pos` a message of that side, and what follows it as well? */
export function chain(buf: Buffer, pos: number, end: number, client: boolean): Belief {
  let strength = 0
  for (let i = 0; i < MAX_CHAIN && pos < end; i++) {
    if (end - pos < 5) {
      if (!headFits(buf, pos, end, client)) return 'no'
      break
    }
    const letter = buf[pos]!
    const length = lengthAt(buf, pos + 1)
    if (!headerFits(client, letter, length)) return 'no'
    const next = pos + 1 + length
    const whole = next <= end
    const given = client
      ? clientBody(buf, letter, pos + 5, Math.min(next, end), whole)
      : serverBody(buf, letter, pos + 5, Math.min(next, end), whole)
    if (given < 0) return 'no'
    if (whole) strength += given
    pos = next
    if (strength >= ENOUGH && i > 0) return 'yes'
  }
  return strength >= ENOUGH ? 'yes' : 'maybe'
}

/** The start of a header, too short to be read. */
const headFits = (buf: Buffer, pos: number, end: number, client: boolean): boolean =>
  (client ? CLIENT_LETTERS : SERVER_LETTERS)[buf[pos]!] === 1 && (end - pos < 2 || buf[pos + 1]! < 0x40)

/** Tags of CommandComplete begin with the words of a command. */
const TAG = /^[A-Z][A-Z_]*(?: [A-Z_]+){0,5}(?: \d+){0,2}$/
const TAG_HEAD = /^[A-Z][A-Z0-9_ ]*$/

function serverBody(buf: Buffer, letter: number, pos: number, end: number, whole: boolean): number {
  switch (letter) {
    case 0x5a: // Z
      return !whole ? WEAK : isState(buf[pos]!) ? STRONG : -1
    case 0x44: // D
      return dataRow(buf, pos, end, whole)
    case 0x43: {
      // C
      const tag = buf.toString('latin1', pos, Math.min(end, pos + 64))
      if (!whole) return TAG_HEAD.test(tag) || tag === '' ? WEAK : -1
      return tag.endsWith('\0') && TAG.test(tag.slice(0, -1)) ? STRONG : -1
    }
    case 0x54: // T
      return description(buf, pos, end, whole)
    case 0x45: // E
    case 0x4e: // N
      return diagnostics(buf, pos, end, whole)
    case 0x53: // S
      return texts(buf, pos, end, whole, 2)
    case 0x52: // R
      return !whole && end - pos < 4 ? WEAK : buf.readUInt32BE(pos) <= 12 ? (whole ? STRONG : WEAK) : -1
    case 0x41: // A
      return end - pos < 4 ? WEAK : texts(buf, pos + 4, end, whole, 2)
    default:
      return WEAK
  }
}

function clientBody(buf: Buffer, letter: number, pos: number, end: number, whole: boolean): number {
  switch (letter) {
    case 0x51: // Q
      return texts(buf, pos, end, whole, 1)
    case 0x50: {
      // P
      const name = textEnd(buf, pos, end)
      if (name < 0) return whole ? -1 : readable(buf, pos, end)
      const text = textEnd(buf, name, end)
      if (text < 0) return whole ? -1 : Math.min(readable(buf, pos, name - 1), readable(buf, name, end))
      if (readable(buf, name, text - 1) < 0) return -1
      if (!whole) return WEAK
      return end - text >= 2 && end - text === 2 + 4 * buf.readUInt16BE(text) ? STRONG : -1
    }
    case 0x42: {
      // B
      const portal = textEnd(buf, pos, end)
      const statement = portal < 0 ? -1 : textEnd(buf, portal, end)
      if (statement < 0) return whole ? -1 : WEAK
      if (readable(buf, pos, portal - 1) < 0 || readable(buf, portal, statement - 1) < 0) return -1
      return whole ? bound(buf, statement, end) : WEAK
    }
    case 0x44: // D
    case 0x43: // C
      if (pos < end && buf[pos] !== at('S') && buf[pos] !== at('P')) return -1
      return whole && texts(buf, pos + 1, end, true, 1) < 0 ? -1 : WEAK
    case 0x45: {
      // E
      const portal = textEnd(buf, pos, end)
      return !whole ? WEAK : portal >= 0 && end - portal === 4 && readable(buf, pos, portal - 1) >= 0 ? WEAK : -1
    }
    default:
      return WEAK
  }
}

function bound(buf: Buffer, pos: number, end: number): number {
  if (end - pos < 2) return -1
  pos += 2 + 2 * buf.readUInt16BE(pos)
  if (end - pos < 2) return -1
  const values = buf.readUInt16BE(pos)
  pos += 2
  for (let i = 0; i < values; i++) {
    if (end - pos < 4) return -1
    const length = buf.readInt32BE(pos)
    if (length < -1) return -1
    pos += 4 + Math.max(0, length)
    if (pos > end) return -1
  }
  return end - pos >= 2 && end - pos === 2 + 2 * buf.readUInt16BE(pos) ? STRONG : -1
}

function dataRow(buf: Buffer, pos: number, end: number, whole: boolean): number {
  if (end - pos < 2) return whole ? -1 : WEAK
  const fields = buf.readUInt16BE(pos)
  if (fields > 1664) return -1
  pos += 2
  for (let i = 0; i < fields; i++) {
    if (end - pos < 4) return whole ? -1 : WEAK
    const length = buf.readInt32BE(pos)
    if (length < -1) return -1
    pos += 4 + Math.max(0, length)
    if (pos > end) return whole ? -1 : WEAK
  }
  return pos === end ? (whole && fields > 0 ? STRONG : WEAK) : whole ? -1 : WEAK
}

function description(buf: Buffer, pos: number, end: number, whole: boolean): number {
  if (end - pos < 2) return whole ? -1 : WEAK
  const columns = buf.readUInt16BE(pos)
  if (columns > 1664) return -1
  pos += 2
  for (let i = 0; i < columns; i++) {
    const name = textEnd(buf, pos, end)
    if (name < 0 || name + 18 > end) return whole ? -1 : WEAK
    if (buf.readUInt16BE(name + 16) > 1) return -1
    pos = name + 18
  }
  return pos === end ? (whole ? STRONG : WEAK) : whole ? -1 : WEAK
}

function diagnostics(buf: Buffer, pos: number, end: number, whole: boolean): number {
  if (pos >= end) return WEAK
  if (buf[pos] !== at('S')) return -1
  const severity = textEnd(buf, pos + 1, end)
  if (severity < 0) return whole ? -1 : WEAK
  if (severity - pos > 32) return -1
  return whole ? (buf[end - 1] === 0 && buf[end - 2] === 0 ? STRONG : -1) : WEAK
}

/** Exactly `count` texts, each ended by a NUL. */
function texts(buf: Buffer, pos: number, end: number, whole: boolean, count: number): number {
  for (let i = 0; i < count; i++) {
    const next = textEnd(buf, pos, end)
    if (next < 0) return whole ? -1 : readable(buf, pos, end)
    if (readable(buf, pos, next - 1) < 0) return -1
    pos = next
  }
  return pos === end ? STRONG : -1
}

function textEnd(buf: Buffer, pos: number, end: number): number {
  if (pos > end) return -1
  const nul = buf.subarray(pos, end).indexOf(0)
  return nul < 0 ? -1 : pos + nul + 1
}

/** Text has no control characters but blanks; looked at to this length. */
const MAX_READABLE = 4096
function readable(buf: Buffer, pos: number, end: number): number {
  const to = Math.min(end, pos + MAX_READABLE)
  for (let i = pos; i < to; i++) {
    const c = buf[i]!
    if (c < 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d && c !== 0x0c && c !== 0x0b && c !== 0x08 && c !== 0x1b) return -1
    if (c === 0x7f) return -1
  }
  return WEAK
}

const isState = (c: number): boolean => c === 0x49 || c === 0x54 || c === 0x45

/** Codes of packets before the login; the high half is the major version. */
const isStartupCode = (code: number): boolean => (code >= 0x00030000 && code <= 0x0003ffff) || (code >= 80877102 && code <= 80877104)

/** A packet without letter: length, code, and for a startup the first parameter's name. */
export function untyped(buf: Buffer, pos: number, end: number): Belief {
  const left = end - pos
  if (left < 4) return buf[pos] === 0 && (left < 2 || buf[pos + 1] === 0) ? 'maybe' : 'no'
  const length = lengthAt(buf, pos)
  if (length < 8 || length > MAX_STARTUP) return 'no'
  if (left < 8) return left < 5 || buf[pos + 4] === 0 || buf[pos + 4] === 4 ? 'maybe' : 'no'
  const code = lengthAt(buf, pos + 4)
  if (!isStartupCode(code)) return 'no'
  if (code > 0x0003ffff) {
    if (code === 80877102) return length >= 16 && length <= 12 + 256 ? 'yes' : 'no'
    return length === 8 ? 'yes' : 'no'
  }
  if (length === 8) return 'no'
  // Names and values are text; a startup with nothing in it is a lone NUL.
  for (let i = pos + 8; i < Math.min(end, pos + length); i++) if (buf[i]! < 0x20 && buf[i] !== 0) return 'no'
  if (left < Math.min(length, 13)) return 'maybe'
  return length === 9 || (buf[pos + 8]! >= 0x41 && buf[pos + 8]! < 0x7f) ? 'yes' : 'no'
}
