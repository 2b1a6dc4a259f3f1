/** What a client asks: the TTC messages of one request. */

import { readShape } from './columns.js'
import { carriesSql, Fn, isFunction, isType, Ttc } from './names.js'
import { isSecretPair, type KeyValue, readPairs } from './pairs.js'
import { decodeText, TtcReader } from './reader.js'
import { searchSql, sqlAt } from './sql-text.js'
import { readValue } from './values.js'

export interface Bind {
  readonly type: number
  readonly form: number
}
export interface Call {
  /** First message: what it is. */
  readonly kind: 'protocol' | 'types' | 'function' | 'fast-auth' | 'na' | 'data'
  fn: number
  /** Calls that came with it without an answer of their own. */
  readonly piggybacks: number[]
  closed: number
  sql: string | undefined
  sqlBy: 'layout' | 'search' | undefined
  cursor: number | undefined
  /** Options of OALL8. */
  options: number | undefined
  fetch: number | undefined
  iterations: number | undefined
  binds: Bind[]
  values: unknown[][]
  bindsRead: boolean
  user: string | undefined
  authMode: number | undefined
  pairs: readonly KeyValue[]
  schema: string | undefined
  driver: string | undefined
  fieldVersion: number | undefined
  /** The request was not read to its end. */
  partly: boolean
}

const newCall = (kind: Call['kind']): Call => ({
  kind,
  fn: 0,
  piggybacks: [],
  closed: 0,
  sql: undefined,
  sqlBy: undefined,
  cursor: undefined,
  options: undefined,
  fetch: undefined,
  iterations: undefined,
  binds: [],
  values: [],
  bindsRead: false,
  user: undefined,
  authMode: undefined,
  pairs: [],
  schema: undefined,
  driver: undefined,
  fieldVersion: undefined,
  partly: false,
})

/** Piggybacks before a call; a client sends three at most. */
const MAX_PIGGYBACKS = 16
/** Binds of a statement (the server's own limit), and rows of values that are shown. */
const MAX_BINDS = 65_535
const MAX_SHOWN_BINDS = 1000
const MAX_ROWS = 100

export function readCall(buf: Buffer): Call {
  const first = buf[0]
  if (first === Ttc.PROTOCOL) return readProtocol(buf, 0, newCall('protocol'))
  if (first === Ttc.DATA_TYPES) {
    const call = newCall('types')
    call.fieldVersion = clientVersion(buf, 0)
    return call
  }
  if (first === Ttc.FAST_AUTH) return readFastAuth(buf)
  if (first === Ttc.FUNCTION || first === Ttc.PIGGYBACK) return readFunction(buf, newCall('function'))
  if (buf.length >= 4 && buf.readUInt32BE(0) === 0xdeadbeef) return newCall('na')
  const call = newCall('data')
  call.partly = true
  return call
}

/** Versions that the client speaks, up to 0, then the name of its driver. */
function readProtocol(buf: Buffer, at: number, call: Call): Call {
  const zero = buf.indexOf(0, at + 1)
  if (zero < 0) return call
  const stop = buf.indexOf(0, zero + 1)
  call.driver = decodeText(buf.subarray(zero + 1, stop < 0 ? buf.length : stop)) || undefined
  return call
}

/** DATA TYPES: character sets, a flag, and the client's capabilities, whose eighth byte is the version of fields. */
function clientVersion(buf: Buffer, at: number): number | undefined {
  const length = buf[at + 6] ?? 0
  return length > 7 && at + 7 + length <= buf.length ? buf[at + 14] : undefined
}

/** Protocol, data types and the first part of the login in one message. */
function readFastAuth(buf: Buffer): Call {
  const call = newCall('fast-auth')
  call.fn = Fn.SESSION_KEY
  readProtocol(buf, 4, call)
  const pairs = readPairs(buf, 4, buf.length)
  call.pairs = pairs.list
  // The head of the login is looked for from the pairs backwards: what stands between is a long table of types.
  const floor = Math.max(4, pairs.start - MAX_LOGIN_HEAD)
  for (let at = pairs.start - 4; at >= floor; at--) {
    if (buf[at] !== Ttc.FUNCTION || (buf[at + 1] !== Fn.SESSION_KEY && buf[at + 1] !== Fn.AUTH)) continue
    const trial = newCall('function')
    readLogin(new TtcReader(buf, at + 3, buf.length), trial, pairs.start)
    if (trial.user === undefined && pairs.start - at > 24) continue
    call.fn = buf[at + 1]!
    call.user = trial.user
    call.authMode = trial.authMode
    break
  }
  return call
}
/** Bytes of a login before its pairs: numbers, and a user of at most 128 bytes, twice for good measure. */
const MAX_LOGIN_HEAD = 320

function readFunction(buf: Buffer, call: Call): Call {
  const r = new TtcReader(buf, 0, buf.length)
  while (r.peek() === Ttc.PIGGYBACK) {
    if (call.piggybacks.length >= MAX_PIGGYBACKS || !readPiggyback(r, call)) {
      call.partly = true
      return call
    }
  }
  if (r.u8() !== Ttc.FUNCTION) {
    call.partly = true
    return call
  }
  call.fn = r.u8()
  r.u8()
  readBody(r, call)
  return call
}

/** One piggyback; its number, and behind it the next message. Where its layout is not known that is found by the sequence number. */
function readPiggyback(r: TtcReader, call: Call): boolean {
  r.u8()
  const fn = r.u8()
  const sequence = r.u8()
  call.piggybacks.push(fn)
  const start = r.pos
  for (const token of [false, true]) {
    const trial = new TtcReader(r.buf, start, r.end)
    if (token) trial.ub(8)
    piggybackBody(trial, fn, call)
    if (!trial.bad && startsMessage(trial.buf, trial.pos, trial.end, sequence + 1)) {
      r.pos = trial.pos
      return true
    }
  }
  for (let at = start; at + 3 <= r.end; at++) {
    if (startsMessage(r.buf, at, r.end, sequence + 1)) {
      r.pos = at
      return true
    }
  }
  return false
}

const startsMessage = (buf: Buffer, at: number, end: number, sequence: number): boolean =>
  at + 3 <= end && (buf[at] === Ttc.FUNCTION || buf[at] === Ttc.PIGGYBACK) && isFunction(buf[at + 1]!) && buf[at + 2] === (sequence & 0xff)

function piggybackBody(r: TtcReader, fn: number, call: Call): void {
  if (fn === Fn.CLOSE_CURSORS || fn === Fn.CANCEL_CURSORS) {
    r.u8()
    const count = r.ub()
    if (count > r.left) r.skip(r.left + 1)
    for (let i = 0; i < count && !r.bad; i++) r.ub()
    if (!r.bad && fn === Fn.CLOSE_CURSORS) call.closed = count
  } else if (fn === Fn.SET_SCHEMA) {
    r.u8()
    r.ub()
    const schema = r.text()
    if (!r.bad) call.schema = schema
  } else if (fn === Fn.PIPELINE_BEGIN) {
    r.ub(2)
    r.u8()
    r.u8()
  } else r.skip(r.left + 1)
}

function readBody(r: TtcReader, call: Call): void {
  const { fn } = call
  if (fn === Fn.AUTH || fn === Fn.SESSION_KEY || fn === 81 || fn === 82) {
    const pairs = readPairs(r.buf, r.pos, r.end)
    call.pairs = pairs.list
    readLogin(r, call, pairs.start < 0 ? r.end : pairs.start)
  } else if (carriesSql(fn)) readStatementCall(r, call)
  else if (fn === Fn.FETCH || fn === Fn.EXECUTE || fn === Fn.EXECUTE_FETCH || fn === Fn.CLOSE) readCursorCall(r, call)
}

/** A login: pointer, length of the user, mode, and numbers, then the user right before the pairs. */
function readLogin(r: TtcReader, call: Call, pairs: number): void {
  const start = r.pos
  for (const token of [false, true]) {
    const trial = new TtcReader(r.buf, start, pairs)
    if (token) trial.ub(8)
    const given = trial.u8()
    const length = trial.ub()
    const mode = trial.ub()
    const one = trial.u8()
    trial.ub()
    trial.u8()
    trial.u8()
    if (trial.bad || given > 1 || one > 1 || (given === 0) !== (length === 0)) continue
    const user = length === 0 ? undefined : trial.left === length ? trial.bytes(length) : trial.clr()
    if (trial.bad || trial.left !== 0 || (user && user.length !== length)) continue
    call.authMode = mode >>> 0
    call.user = user && decodeText(user)
    return
  }
  // Numbers of fixed width and pointers of eight bytes: the length of the user is the first number, its text ends at the pairs.
  for (const skip of [8, 4]) {
    if (start + skip + 8 > pairs) continue
    const length = r.buf.readUInt32LE(start + skip)
    if (length === 0 || length > 128 || pairs - length < start + skip) continue
    const text = r.buf.subarray(pairs - length, pairs)
    if (!/^[\w$#@.\-[\]\\"]+$/.test(text.toString('latin1'))) continue
    call.authMode = r.buf.readUInt32LE(start + skip + 4)
    call.user = decodeText(text)
    return
  }
}

function readCursorCall(r: TtcReader, call: Call): void {
  const start = r.pos
  for (const token of [false, true]) {
    const trial = new TtcReader(r.buf, start, r.end)
    if (token && trial.ub(8) !== 0) continue
    const cursor = trial.ub()
    const count = call.fn === Fn.CLOSE ? 0 : trial.ub()
    if (trial.bad || cursor <= 0 || cursor > 0xffff) continue
    if (call.fn !== Fn.FETCH && call.fn !== Fn.CLOSE) {
      trial.ub()
      trial.ub()
      if (trial.bad || (trial.left > 0 && trial.peek() !== Ttc.ROW_DATA)) continue
    } else if (trial.left > 0) continue
    call.cursor = cursor
    call.iterations = count
    r.pos = trial.pos
    return
  }
  call.partly = true
}

/** Values of a statement that was parsed before: its binds are known from then. */
export function readRows(buf: Buffer, at: number, binds: readonly Bind[], call: Call): void {
  const r = new TtcReader(buf, at, buf.length)
  const rows: unknown[][] = []
  while (r.left > 0 && rows.length < MAX_ROWS) {
    if (r.u8() !== Ttc.ROW_DATA) return
    const row: unknown[] = []
    for (const bind of binds) row.push(readValue(r, bind.type, bind.form))
    if (r.bad) return
    rows.push(row)
  }
  call.values = rows
  call.bindsRead = true
}

/**
 * OALL8: options, cursor, length of the text, length of the array of 13 numbers, then pointers and counts up to the text. How many
 * of these there are depends on the version; the text is where a run of small numbers ends, and its length is known.
 */
function readStatementCall(r: TtcReader, call: Call): void {
  const start = r.pos
  for (const token of [false, true]) {
    if (call.fn !== Fn.ALL8) break
    const trial = new TtcReader(r.buf, start, r.end)
    if (token && trial.ub(8) !== 0) continue
    const options = trial.ub()
    const cursor = trial.ub()
    const given = trial.u8()
    const length = trial.ub()
    const vector = trial.u8()
    const numbers = trial.ub()
    if (trial.bad || given > 1 || vector > 1 || numbers > 64 || options < 0 || cursor < 0 || (given === 0 && length !== 0)) continue
    trial.u8()
    trial.u8()
    trial.u8()
    const iterations = trial.ub()
    trial.ub()
    const bindsGiven = trial.u8()
    const binds = trial.ub()
    if (trial.bad || bindsGiven > 1 || binds > MAX_BINDS || length > r.end) continue
    call.options = options
    call.cursor = cursor || undefined
    call.iterations = iterations
    for (let i = 0; i < 5; i++) trial.u8()
    const defines = trial.u8() > 0
    trial.ub()
    if (length === 0) {
      readTail(trial, call, trial.pos, numbers, 0)
      return
    }
    // Registration, objects and signatures: numbers and pointers that are nearly all zero.
    for (let at = trial.pos; at <= Math.min(trial.pos + MAX_HEAD, trial.end); at++) {
      const found = sqlAt(r.buf, at, r.end, length)
      if (!found || !/[A-Za-z]/.test(found.text)) continue
      call.sql = found.text
      call.sqlBy = found.by
      readTail(new TtcReader(r.buf, found.next, r.end), call, found.next, numbers, defines ? 0 : binds)
      return
    }
  }
  const found = searchSql(r.buf, start, r.end)
  if (found) {
    call.sql = found.text
    call.sqlBy = found.by
  } else call.partly = true
}
/** Bytes between the counts and the text: at most 24 numbers. */
const MAX_HEAD = 96

/** Behind the text: 13 numbers, descriptions of the binds, and rows of values. */
function readTail(r: TtcReader, call: Call, at: number, numbers: number, binds: number): void {
  if (binds === 0 || binds > MAX_SHOWN_BINDS) return
  for (const withId of [true, false]) {
    const trial = new TtcReader(r.buf, at, r.end)
    for (let i = 0; i < numbers; i++) trial.ub(8)
    const found: Bind[] = []
    for (let i = 0; i < binds && !trial.bad; i++) {
      const bind = readBind(trial, withId)
      if (!bind) break
      found.push(bind)
    }
    if (trial.bad || found.length !== binds || (trial.left > 0 && trial.peek() !== Ttc.ROW_DATA)) continue
    call.binds = found
    readRows(r.buf, trial.pos, found, call)
    return
  }
}

function readBind(r: TtcReader, withId: boolean): Bind | undefined {
  const { type, form } = readShape(r)
  if (withId) r.ub()
  return r.bad || !isType(type) || form > 5 ? undefined : { type, form }
}

export const maskPairs = (pairs: readonly KeyValue[], secret: (text: string) => string): Record<string, string> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value !== '' && isSecretPair(key) ? secret(value) : value]))
