/** Could a message start here? What the probe asks of a connection's first bytes, and the parser after a loss. */
import { i32le, T, zero } from './bson.js'
import { goesBothWays, isAnswer, MsgFlag, Op, opNames } from './names.js'

export const HEADER = 16
/** maxMessageSizeBytes of every server there has been. */
export const MAX_MESSAGE = 48_000_000
/** Names of commands and collections: 255 is the server's limit. */
const MAX_NAME = 256

export type Fit = 'no' | 'more' | 'yes'
export type From = 'client' | 'server' | 'either'

/**
 * Whether [at, end) begins with a message that `from` could have sent. 'more' = so far it does. Strict: an 'yes' rests on about ten
 * bytes that random data does not have.
 */
export function startsHere(buf: Uint8Array, at: number, end: number, from: From): Fit {
  const left = end - at
  if (left < 4) return left === 0 || at + 3 >= end || buf[at + 3]! <= 2 ? 'more' : 'no'
  const length = i32le(buf, at)
  if (length <= HEADER || length > MAX_MESSAGE) return 'no'
  if (left < HEADER) return left < 14 || (buf[at + 13]! <= 7 && (left < 15 || buf[at + 14] === 0)) ? 'more' : 'no'
  const op = i32le(buf, at + 12)
  if (!opNames.has(op)) return 'no'
  const responseTo = i32le(buf, at + 8)
  const asked = responseTo === 0 || responseTo === -1
  if (goesBothWays(op)) {
    if (from === 'client' ? !asked : from === 'server' && asked) return 'no'
  } else if (from !== 'either' && isAnswer(op) !== (from === 'server')) return 'no'
  const stop = Math.min(end, at + length)
  return bodyFits(op, buf, at + HEADER, stop, at + length)
}

function bodyFits(op: number, buf: Uint8Array, at: number, end: number, messageEnd: number): Fit {
  switch (op) {
    case Op.msg:
      return msgFits(buf, at, end, messageEnd)
    case Op.compressed: {
      if (end - at < 11) return messageEnd - at < 11 ? 'no' : 'more'
      const original = i32le(buf, at)
      const size = i32le(buf, at + 4)
      if (!opNames.has(original) || original === Op.compressed || size <= 0 || size > MAX_MESSAGE) return 'no'
      const one = buf[at + 9]!
      switch (buf[at + 8]) {
        case 0:
          return size === messageEnd - at - 9 ? 'yes' : 'no'
        case 1:
          return snappySays(buf, at + 9, end, size)
        case 2:
          return (one & 0x0f) === 8 && ((one << 8) | buf[at + 10]!) % 31 === 0 ? 'yes' : 'no'
        case 3:
          return one === 0x28 && buf[at + 10] === 0xb5 ? 'yes' : 'no'
        default:
          return 'no'
      }
    }
    case Op.reply: {
      if (end - at < 20) return messageEnd - at < 20 ? 'no' : 'more'
      const returned = i32le(buf, at + 16)
      if (i32le(buf, at) >>> 5 !== 0 || returned < 0 || i32le(buf, at + 12) < 0) return 'no'
      if (returned === 0) return messageEnd - at === 20 ? 'yes' : 'no'
      return documentFits(buf, at + 20, end, messageEnd)
    }
    case Op.query:
    case Op.insert: {
      if (end - at < 4) return messageEnd - at < 4 ? 'no' : 'more'
      if (i32le(buf, at) >>> 0 > 0xff) return 'no'
      const name = namespaceEnd(buf, at + 4, end)
      if (name === 0) return 'no'
      if (name < 0) return 'more'
      return documentFits(buf, name + 1 + (op === Op.query ? 8 : 0), end, messageEnd)
    }
    case Op.update:
    case Op.delete:
    case Op.getMore: {
      if (end - at < 4) return messageEnd - at < 4 ? 'no' : 'more'
      if (i32le(buf, at) !== 0) return 'no'
      const name = namespaceEnd(buf, at + 4, end)
      if (name === 0) return 'no'
      if (name < 0) return 'more'
      if (op === Op.getMore) return name + 13 === messageEnd ? 'yes' : 'no'
      return documentFits(buf, name + 5, end, messageEnd)
    }
    case Op.killCursors:
      if (end - at < 8) return messageEnd - at < 8 ? 'no' : 'more'
      return i32le(buf, at) === 0 && messageEnd - at === 8 + 8 * i32le(buf, at + 4) ? 'yes' : 'no'
    case Op.command: {
      const name = zero(buf, at, Math.min(end, at + MAX_NAME))
      if (name < 0) return end - at < MAX_NAME && end < messageEnd ? 'more' : 'no'
      const verb = zero(buf, name + 1, Math.min(end, name + 1 + MAX_NAME))
      if (verb < 0) return end - name < MAX_NAME && end < messageEnd ? 'more' : 'no'
      if (!isWord(buf, at, name) || !isWord(buf, name + 1, verb)) return 'no'
      return documentFits(buf, verb + 1, end, messageEnd)
    }
    case Op.commandReply:
      return documentFits(buf, at, end, messageEnd)
    default:
      return 'no'
  }
}

function msgFits(buf: Uint8Array, at: number, end: number, messageEnd: number): Fit {
  if (end - at < 9) return messageEnd - at < 9 ? 'no' : 'more'
  const flags = i32le(buf, at)
  if ((flags & ~(MsgFlag.checksum | MsgFlag.moreToCome | MsgFlag.exhaustAllowed)) !== 0) return 'no'
  const kind = buf[at + 4]!
  if (kind === 0) return documentFits(buf, at + 5, end, messageEnd)
  if (kind !== 1) return 'no'
  const size = i32le(buf, at + 5)
  if (size < 10 || at + 5 + size > messageEnd) return 'no'
  const name = zero(buf, at + 9, Math.min(end, at + 9 + MAX_NAME))
  if (name < 0) return end - at - 9 < MAX_NAME && end < messageEnd ? 'more' : 'no'
  return isWord(buf, at + 9, name) ? documentFits(buf, name + 1, end, messageEnd) : 'no'
}

const FIRST_TYPES = new Set<number>([
  T.double,
  T.string,
  T.document,
  T.array,
  T.binary,
  T.objectId,
  T.bool,
  T.date,
  T.null,
  T.int32,
  T.timestamp,
  T.int64,
  T.decimal,
])

/** A document whose length fits and whose first element has a type and a printable name; an empty one counts too. */
function documentFits(buf: Uint8Array, at: number, end: number, messageEnd: number): Fit {
  if (at + 5 > messageEnd) return 'no'
  if (at + 5 > end) return 'more'
  const length = i32le(buf, at)
  if (length < 5 || at + length > messageEnd) return 'no'
  if (length === 5) return buf[at + 4] === 0 ? 'yes' : 'no'
  if (!FIRST_TYPES.has(buf[at + 4]!)) return 'no'
  const name = zero(buf, at + 5, Math.min(end, at + 5 + MAX_NAME))
  if (name < 0) return end - at - 5 < MAX_NAME && end < at + length && isWord(buf, at + 5, end) ? 'more' : 'no'
  return isWord(buf, at + 5, name) ? 'yes' : 'no'
}

/** The size in front of a snappy block is the one that the message says. */
function snappySays(buf: Uint8Array, at: number, end: number, size: number): Fit {
  let value = 0
  for (let i = 0; i < 5; i++) {
    if (at + i >= end) return 'more'
    const byte = buf[at + i]!
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return value === size ? 'yes' : 'no'
  }
  return 'no'
}

/** Where "database.collection" ends; 0 when this is none, -1 when its end is not here. */
function namespaceEnd(buf: Uint8Array, at: number, end: number): number {
  const name = zero(buf, at, Math.min(end, at + MAX_NAME))
  if (name < 0) return end - at < MAX_NAME && isWord(buf, at, end) ? -1 : 0
  return name > at && isWord(buf, at, name) && buf.subarray(at, name).includes(0x2e) ? name : 0
}

/** Printable: ASCII, or the bytes of UTF-8 letters. */
function isWord(buf: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (buf[i]! < 0x20 || buf[i] === 0x7f) return false
  return true
}
