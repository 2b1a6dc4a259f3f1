/**
 * What a server answers: a run of TTC messages that ends with ERROR (which also says success), STATUS or nothing. Their layouts depend on
 * the version of fields that both sides agreed on; where that was not seen, those versions are tried that read the answer to its end.
 */
import type { Bind } from './calls.js'
import { type Column, describe } from './columns.js'
import { Fn, isLogin, Ttc } from './names.js'
import { type KeyValue, readPairs } from './pairs.js'
import { decodeText, TtcReader } from './reader.js'
import { readValue } from './values.js'

export interface Answer {
  /** Read to its end, so that its numbers can be trusted. */
  readonly whole: boolean
  readonly fieldVersion: number
  banner?: string
  protocolVersion?: number
  /** Version of fields that the server speaks. */
  serverFields?: number
  pairs: readonly KeyValue[]
  version?: string
  errorCode?: number
  error?: string
  /** How the error was found. */
  errorBy?: 'layout' | 'search'
  warning?: string
  cursor?: number
  /** Rows that the statement has processed so far, as the server counts. */
  rowCount?: number
  /** Rows in this answer. */
  rowsHere: number
  rows: unknown[][]
  columns?: readonly Column[]
  /** A transaction is open. */
  inTransaction?: boolean
  /** It holds the message that ends an answer. */
  ended: boolean
}

export interface Expected {
  readonly fn: number
  readonly kind: string
  /** Columns of the statement when they were described before. */
  readonly columns: readonly Column[] | undefined
  readonly binds: readonly Bind[]
  readonly keepRows: number
}

/** Versions of fields at which layouts change: 23.4, 23.1 EXT 3, 23.1, 20.1, 12.2, 12.1 and 11.2. */
const LAYOUTS = [24, 20, 17, 14, 8, 7]
/** ORA-01403: the cursor has no more rows. */
export const NO_DATA_FOUND = 1403
/** Messages of one answer: a fetch has one for each row. */
const MAX_MESSAGES = 100_000

export function readAnswer(buf: Buffer, expected: Expected, agreed: number | undefined, tried: number | undefined): Answer {
  const likely = agreed ?? tried
  const versions = likely === undefined ? LAYOUTS : [likely, ...LAYOUTS.filter((version) => version !== likely)]
  let first: Answer | undefined
  for (const version of versions) {
    const answer = new AnswerReader(buf, expected, version).read()
    if (answer.whole) return answer
    first ??= answer
  }
  const answer = first!
  if (isLogin(expected.fn) || expected.fn === Fn.SESSION_KEY) answer.pairs = readPairs(buf, 0, buf.length).list
  // What a layout gave that did not hold to the end is not to be trusted.
  const { banner, protocolVersion, serverFields, pairs, fieldVersion } = answer
  const kept: Answer = { whole: false, fieldVersion, pairs, rowsHere: 0, rows: [], ended: false }
  if (banner !== undefined) Object.assign(kept, { banner, protocolVersion, ...(serverFields !== undefined && { serverFields }) })
  return searchError(buf, kept)
}

/** The text of an error is the last thing in an answer: a text with its length before it that begins with its code. */
function searchError(buf: Buffer, answer: Answer): Answer {
  const from = Math.max(0, buf.length - MAX_ERROR)
  const source = buf.toString('latin1', from)
  for (let at = source.indexOf('ORA-'); at >= 0; at = source.indexOf('ORA-', at + 1)) {
    const code = /^ORA-(\d{5}): /.exec(source.slice(at, at + 11))
    if (!code) continue
    const length = at > 0 ? source.charCodeAt(at - 1) : 0
    const rest = source.length - at
    const fits = length < 254 ? length <= rest && rest - length <= MAX_BEHIND : false
    const chunked = /\xfe[\s\S]{1,5}$/.test(source.slice(Math.max(0, at - 6), at))
    if (!fits && !chunked) continue
    const text = decodeText(buf.subarray(from + at, from + at + (fits ? length : rest)))
    answer.errorCode = Number(code[1])
    answer.error = clean(text)
    answer.errorBy = 'search'
    answer.ended = true
    return answer
  }
  return answer
}
/** Bytes at the end of an answer where an error may be, and bytes that may follow it: an end-of-request, padding. */
const MAX_ERROR = 4096
const MAX_BEHIND = 4
const clean = (text: string): string => text.replace(/[\0\n\r ]+$/, '')

class AnswerReader {
  private readonly r: TtcReader
  private columns: readonly Column[] | undefined
  private bitVector: Buffer | undefined
  private out: readonly Bind[] | undefined
  private before: unknown[] | undefined
  private readonly answer: Answer

  constructor(
    buf: Buffer,
    private readonly expected: Expected,
    private readonly version: number,
  ) {
    this.r = new TtcReader(buf, 0, buf.length)
    this.columns = expected.columns
    this.answer = { whole: false, fieldVersion: version, pairs: [], rowsHere: 0, rows: [], ended: false }
  }

  read(): Answer {
    const { r, answer } = this
    let messages = 0
    while (r.left > 0 && !r.bad && messages++ < MAX_MESSAGES) if (!this.message(r.u8())) return answer
    return r.bad || r.left > 0 ? answer : { ...answer, whole: true }
  }

  private message(kind: number): boolean {
    const { r, answer } = this
    switch (kind) {
      case Ttc.PROTOCOL:
        return this.protocol()
      case Ttc.DATA_TYPES:
        return this.types()
      case Ttc.PARAMETER:
        return this.parameter()
      case Ttc.ERROR:
        return this.error()
      case Ttc.STATUS:
        answer.inTransaction = (r.ub() & 2) !== 0
        r.ub(2)
        answer.ended = true
        return true
      case Ttc.WARNING: {
        const code = r.ub(2)
        const length = r.ub(2)
        r.ub(2)
        if (code !== 0 && length > 0) answer.warning = clean(r.text())
        return true
      }
      case Ttc.DESCRIBE: {
        r.clr()
        const columns = describe(r, this.version)
        if (!columns) return false
        this.columns = columns
        answer.columns = columns
        return true
      }
      case Ttc.ROW_HEADER:
        r.u8()
        r.ub(2)
        r.ub()
        r.ub()
        r.ub(2)
        this.bitVector = r.ub() > 0 ? r.clr() : undefined
        if (r.ub() > 0) r.clr()
        return true
      case Ttc.ROW_DATA:
        return this.row()
      case Ttc.BIT_VECTOR:
        r.ub(2)
        if (!this.columns) return false
        this.bitVector = r.bytes(Math.ceil(this.columns.length / 8))
        return true
      case Ttc.IO_VECTOR:
        return this.directions()
      case Ttc.SERVER_PIGGYBACK:
        return this.piggyback()
      case Ttc.FLUSH_OUT_BINDS:
      case Ttc.END_OF_REQUEST:
        return true
      case Ttc.TOKEN:
        r.ub(8)
        return true
      default:
        return false
    }
  }

  private protocol(): boolean {
    const { r, answer } = this
    answer.protocolVersion = r.u8()
    r.u8()
    const stop = r.buf.indexOf(0, r.pos)
    if (stop < 0 || stop - r.pos > MAX_BANNER) return false
    answer.banner = decodeText(r.bytes(stop - r.pos))
    r.u8()
    r.u16le()
    r.u8()
    r.skip(r.u16le() * 5)
    r.skip(r.u16())
    const caps = r.clr()
    if (caps && caps.length > 7) answer.serverFields = caps[7]!
    r.clr()
    answer.ended = !r.bad
    return !r.bad
  }

  /** Pairs of types with what each becomes, up to 0. With a time zone in front when the server sends one. */
  private types(): boolean {
    const { r } = this
    const start = r.pos
    for (const zone of [0, 11]) {
      r.pos = start
      r.bad = false
      r.skip(zone)
      for (;;) {
        const type = r.u16()
        if (r.bad || type === 0) break
        if (r.u16() !== 0) r.skip(4)
      }
      const next = r.peek()
      if (!r.bad && (next === -1 || next === Ttc.PARAMETER || next === Ttc.ERROR || next === Ttc.END_OF_REQUEST || next === Ttc.STATUS)) {
        this.answer.ended = true
        return true
      }
    }
    return false
  }

  private parameter(): boolean {
    const { r, expected, answer } = this
    if (isLogin(expected.fn) || expected.fn === Fn.SESSION_KEY) {
      const count = r.ub(2)
      const pairs: KeyValue[] = []
      for (let i = 0; i < count && !r.bad; i++) {
        const key = r.countedText()
        const value = r.countedText()
        r.ub()
        pairs.push({ key: key.replace(/\0+$/, ''), value: value.replace(/\0+$/, '') })
      }
      answer.pairs = pairs
      return !r.bad
    }
    if (expected.fn === Fn.VERSION) {
      r.ub(2)
      answer.version = clean(r.text())
      r.ub()
      return !r.bad
    }
    const numbers = r.ub(2)
    for (let i = 0; i < numbers && !r.bad; i++) r.ub(8)
    r.skip(r.ub(2))
    const keywords = r.ub(2)
    for (let i = 0; i < keywords && !r.bad; i++) {
      if (r.ub(2) > 0) r.clr()
      if (r.ub(2) > 0) r.clr()
      r.ub(2)
    }
    r.skip(r.ub(2))
    return !r.bad
  }

  private error(): boolean {
    const { r, answer } = this
    answer.inTransaction = (r.ub() & 2) !== 0
    r.ub(2)
    r.ub()
    for (let i = 0; i < 3; i++) r.ub(2)
    const cursor = r.ub(2)
    r.ub(2)
    r.skip(6)
    // Row id.
    r.ub()
    r.ub(2)
    r.u8()
    r.ub()
    r.ub(2)
    r.ub()
    r.skip(2)
    r.ub(2)
    r.ub()
    if (r.ub() > 0) r.clr()
    this.batchErrors()
    const code = r.ub()
    const rows = r.ub(8)
    if (this.version >= 14) {
      r.ub()
      r.ub()
    }
    if (r.bad) return false
    if (code !== 0) {
      const text = clean(r.text())
      // The number and the text say the same, or this is not the layout.
      if (r.bad || !/^(?:ORA|PLS|TNS)-0*\d+/.test(text)) return false
      answer.errorCode = code
      answer.errorBy = 'layout'
      if (code !== NO_DATA_FOUND) answer.error = text
    }
    if (cursor > 0) answer.cursor = cursor
    answer.rowCount = rows
    answer.ended = true
    return true
  }

  private batchErrors(): void {
    const { r } = this
    for (let round = 0; round < 2; round++) {
      const count = r.ub(round === 0 ? 2 : 4)
      if (count <= 0) continue
      if (count > r.left) r.skip(r.left + 1)
      const long = r.u8() === 254
      for (let i = 0; i < count && !r.bad; i++) {
        if (long) r.ub()
        r.ub()
      }
      if (long) r.u8()
    }
    const texts = r.ub(2)
    if (texts > 0) r.u8()
    for (let i = 0; i < texts && !r.bad; i++) {
      r.ub(2)
      r.clr()
      r.skip(2)
    }
  }

  private row(): boolean {
    const { r, answer, columns } = this
    if (this.out) {
      for (const bind of this.out) {
        readValue(r, bind.type, bind.form)
        r.ub()
      }
      return !r.bad
    }
    if (!columns) return false
    const row: unknown[] = []
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!
      // A bit that is not set: the value is that of the row before.
      if (this.bitVector && ((this.bitVector[i >> 3] ?? 255) & (1 << (i & 7))) === 0) row.push(this.before?.[i])
      else if (column.size === 0 && column.type !== 8 && column.type !== 24 && column.type !== 208) row.push(undefined)
      else {
        row.push(readValue(r, column.type, column.form))
        if (column.type === 8 || column.type === 24) {
          r.ub()
          r.ub()
        }
      }
    }
    if (r.bad) return false
    this.bitVector = undefined
    this.before = row
    answer.rowsHere++
    if (answer.rows.length < this.expected.keepRows) answer.rows.push(row)
    return true
  }

  /** Directions of the binds: 16 out, 32 in, 48 both. */
  private directions(): boolean {
    const { r } = this
    r.u8()
    const low = r.ub(2)
    const count = r.ub() * 256 + low
    r.ub()
    r.ub(2)
    r.skip(r.ub(2))
    r.skip(r.ub(2))
    if (count > r.left) return false
    const out: Bind[] = []
    for (let i = 0; i < count; i++) {
      const bind = this.expected.binds[i]
      if (r.u8() === 32) continue
      if (!bind) return false
      out.push(bind)
    }
    this.out = out
    return !r.bad
  }

  private piggyback(): boolean {
    const { r } = this
    switch (r.u8()) {
      case 1:
      case 3:
        return true
      case 2:
        r.skip(r.ub(2) + 1)
        return !r.bad
      case 4: {
        r.ub(2)
        r.u8()
        const count = r.ub(2)
        if (count > 0) r.u8()
        for (let i = 0; i < count && !r.bad; i++) {
          if (r.ub(2) > 0) r.clr()
          if (r.ub(2) > 0) r.clr()
          r.ub(2)
        }
        r.ub()
        r.ub()
        r.ub(2)
        return !r.bad
      }
      case 5: {
        r.ub(2)
        r.u8()
        const count = r.ub()
        r.u8()
        for (let i = 0; i < count && !r.bad; i++) {
          if (r.ub(2) > 0) r.clr()
          if (r.ub(2) > 0) r.clr()
          r.ub(2)
        }
        r.ub()
        return !r.bad
      }
      case 7:
        if (r.ub() > 0) r.clr()
        return !r.bad
      case 9:
        r.ub(2)
        r.u8()
        return !r.bad
      default:
        return false
    }
  }
}
/** Longest banner of a server. */
const MAX_BANNER = 128
