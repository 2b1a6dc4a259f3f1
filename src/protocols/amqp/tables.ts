/** Field tables (AMQP 0-9-1 §4.2.5.5, with the value types that RabbitMQ and Qpid really send). */
import type { Cursor } from '../../bytes/cursor.js'

export type Value = string | number | bigint | boolean | null | readonly Value[] | Table
export interface Table {
  [name: string]: Value
}

/** Tables inside tables; the deepest in the field (x-death, arguments of plugins) have three. */
const MAX_DEPTH = 16
/** Entries read of one message's tables; what follows is not kept. More than any broker's own headers grow to. */
const MAX_ENTRIES = 2000
/** Characters kept of one value: stack traces in x-exception headers are longer and say no more. */
const MAX_TEXT = 8192
/** Seconds of the year 9999: what is beyond is shown as the number. */
const MAX_SECONDS = 253_402_300_799n

/** What reading a message's tables came to. */
export class TableState {
  entries = 0
  /** The bytes are no table, or contradict their own lengths. */
  bad = false
  /** More entries or deeper tables than are kept. */
  cut = false
}

const BAD = Symbol('bad')

/** The table at `cur`: a length of 32 bits, then names and values. Moves behind it whatever it holds. */
export function readTable(cur: Cursor, state: TableState, depth = 0): Table {
  const out: Table = Object.create(null)
  const length = cur.u32()
  if (cur.short || length > cur.left) {
    state.bad = true
    cur.short = true
    return out
  }
  const { end } = cur
  const stop = cur.pos + length
  cur.end = stop
  while (cur.pos < stop && !state.bad) {
    const name = cur.utf8(cur.u8())
    const value = readValue(cur, state, depth)
    if (cur.short || value === BAD) state.bad = true
    else if (++state.entries > MAX_ENTRIES) state.cut = true
    else out[name] = value as Value
  }
  cur.end = end
  cur.pos = stop
  cur.short = false
  return out
}

function readArray(cur: Cursor, state: TableState, depth: number): Value | typeof BAD {
  const length = cur.u32()
  if (cur.short || length > cur.left) return BAD
  const out: Value[] = []
  const { end } = cur
  const stop = cur.pos + length
  cur.end = stop
  while (cur.pos < stop && !state.bad) {
    const value = readValue(cur, state, depth)
    if (cur.short || value === BAD) state.bad = true
    else if (++state.entries > MAX_ENTRIES) state.cut = true
    else out.push(value as Value)
  }
  cur.end = end
  cur.pos = stop
  cur.short = false
  return out
}

function readValue(cur: Cursor, state: TableState, depth: number): Value | typeof BAD {
  const kind = String.fromCharCode(cur.u8())
  switch (kind) {
    case 't':
      return cur.u8() !== 0
    case 'b':
      return (cur.u8() << 24) >> 24
    case 'B':
      return cur.u8()
    // "U" and "s": Qpid and RabbitMQ took both for a signed 16-bit number.
    case 'U':
    case 's':
      return (cur.u16() << 16) >> 16
    case 'u':
      return cur.u16()
    case 'I':
      return cur.u32() | 0
    case 'i':
      return cur.u32()
    case 'L':
    case 'l':
      return small(BigInt.asIntN(64, cur.u64()))
    case 'f':
      return real(cur, 4)
    case 'd':
      return real(cur, 8)
    case 'D': {
      const scale = cur.u8()
      return decimal(cur.u32() | 0, scale)
    }
    case 'S': {
      const length = cur.u32()
      if (length > cur.left) return BAD
      return textOf(cur.bytes(length))
    }
    case 'x': {
      const length = cur.u32()
      if (length > cur.left) return BAD
      const bytes = cur.bytes(length)
      return bytes.toString('hex', 0, Math.min(bytes.length, MAX_TEXT / 2))
    }
    case 'A':
      if (depth >= MAX_DEPTH) return skipLong(cur, state)
      return readArray(cur, state, depth + 1)
    case 'F':
      if (depth >= MAX_DEPTH) return skipLong(cur, state)
      return readTable(cur, state, depth + 1)
    case 'T':
      return timeText(cur.u64())
    case 'V':
      return null
    default:
      return BAD
  }
}

function skipLong(cur: Cursor, state: TableState): Value {
  state.cut = true
  cur.skip(cur.u32())
  return '...'
}

function real(cur: Cursor, size: 4 | 8): Value {
  const bytes = cur.bytes(size)
  if (cur.short) return null
  const value = size === 4 ? bytes.readFloatBE(0) : bytes.readDoubleBE(0)
  // JSON has no word for these.
  return Number.isFinite(value) ? value : String(value)
}

function decimal(unscaled: number, scale: number): Value {
  if (scale === 0) return unscaled
  const digits = String(Math.abs(unscaled)).padStart(scale + 1, '0')
  return `${unscaled < 0 ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

export const small = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value

/** Text where the octets are UTF-8, else hex; long ones cut. */
export function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8', 0, Math.min(bytes.length, MAX_TEXT))
  if (text.includes('\ufffd') && bytes.length <= MAX_TEXT) return bytes.toString('hex')
  return bytes.length > MAX_TEXT ? `${text} [...]` : text
}

/** ISO 8601 of a POSIX time in seconds, or in milliseconds as some clients write it; a number that is neither stays one. */
export function timeText(seconds: bigint): string {
  if (seconds > MAX_SECONDS) {
    const ms = Number(seconds)
    return seconds / 1000n <= MAX_SECONDS ? new Date(ms).toISOString() : String(seconds)
  }
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
}
