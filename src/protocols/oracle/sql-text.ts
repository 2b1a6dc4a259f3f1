/**
 * The text of a statement inside a call. Thin clients and JDBC write it behind a head of compact numbers, whose layout is known; other
 * clients write the same head with numbers of fixed width and pointers, in an order and with gaps that differ between versions and that
 * nobody has published. There the text is looked for, and the row says so.
 */
import { decodeText, TtcReader } from './reader.js'

/** What begins a statement that is worth finding. */
const VERB =
  /\b(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|BEGIN|DECLARE|ALTER|CREATE|DROP|TRUNCATE|GRANT|REVOKE|COMMIT|ROLLBACK|SAVEPOINT|SET|LOCK|EXPLAIN|CALL|COMMENT|RENAME|AUDIT|NOAUDIT|ANALYZE|PURGE|FLASHBACK)\b/gi
/** Candidates tried in one message. */
const MAX_TRIES = 200
/** Bytes of comments or parentheses that may stand before the verb. */
const MAX_LEAD = 255

export interface FoundSql {
  readonly text: string
  /** 'layout': where the known layout has it. 'search': a text with its length that begins with an SQL verb. */
  readonly by: 'layout' | 'search'
  /** Where what follows the text begins; -1 when it was not found by layout. */
  readonly next: number
}

/** Is it text: no control codes but white space, and a trailing NUL that some clients send. */
export function isText(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = buf[i]!
    if (c < 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d && !(c === 0 && i === to - 1)) return false
    if (c === 0x7f) return false
  }
  return true
}

/** The text of `length` bytes at `at`: with its length before it, or, from clients without conversion, bare. */
export function sqlAt(buf: Buffer, at: number, end: number, length: number): FoundSql | undefined {
  const r = new TtcReader(buf, at, end)
  const first = r.peek()
  if (first === Math.min(length, 254)) {
    const bytes = r.clr()
    if (bytes && bytes.length === length && isText(bytes, 0, length)) return { text: clean(bytes), by: 'layout', next: r.pos }
  }
  if (at + length <= end && startsLikeSql(buf, at, at + length) && isText(buf, at, at + length))
    return { text: clean(buf.subarray(at, at + length)), by: 'layout', next: at + length }
  return undefined
}

const clean = (bytes: Buffer): string => decodeText(bytes).replace(/\0+$/, '')
const startsLikeSql = (buf: Buffer, from: number, to: number): boolean => {
  const head = buf.toString('latin1', from, Math.min(to, from + 64))
  return /^[\s(]*(?:--|\/\*|[A-Za-z]{2,})/.test(head)
}

/** Look for a text whose length stands before it and that begins with a verb. The longest of them. */
export function searchSql(buf: Buffer, from: number, end: number): FoundSql | undefined {
  const source = buf.toString('latin1', from, end)
  let best: Buffer | undefined
  let tries = 0
  let beyond = 0
  VERB.lastIndex = 0
  for (let m = VERB.exec(source); m && tries < MAX_TRIES; m = VERB.exec(source)) {
    if (from + m.index < beyond) continue
    tries++
    const verb = from + m.index
    for (let at = verb; at > from && verb - at <= MAX_LEAD; at--) {
      if (at < verb && !isLead(buf[at]!)) break
      const found = textBehindLength(buf, at, end)
      if (found && at + found.length > verb + m[0].length) {
        if (!best || found.length > best.length) best = found
        beyond = at + found.length
        break
      }
    }
  }
  return best && { text: clean(best), by: 'search', next: -1 }
}

const isLead = (c: number): boolean => c >= 0x20 || c === 0x09 || c === 0x0a || c === 0x0d

/** Lengths that may stand before a text: one byte; 254 and chunks; four bytes of either order. */
function textBehindLength(buf: Buffer, at: number, end: number): Buffer | undefined {
  const one = buf[at - 1]!
  const whole = (length: number): Buffer | undefined =>
    length >= MIN_TEXT && at + length <= end && isText(buf, at, at + length) ? buf.subarray(at, at + length) : undefined
  if (at >= 2 && buf[at - 2] === 254) {
    const chunks = new TtcReader(buf, at - 2, end).clr()
    if (chunks && chunks.length >= MIN_TEXT && isText(chunks, 0, chunks.length)) return chunks
  }
  for (let size = 1; size <= 4; size++) {
    const mark = at - size - 2
    if (mark < 0 || buf[mark] !== 254 || buf[mark + 1] !== size) continue
    const chunks = new TtcReader(buf, mark, end).clr()
    if (chunks && chunks.length >= MIN_TEXT && isText(chunks, 0, chunks.length)) return chunks
  }
  const short = one < 254 ? whole(one) : undefined
  if (short) return short
  if (at < 4) return undefined
  const big = buf.readUInt32BE(at - 4)
  const little = buf.readUInt32LE(at - 4)
  return whole(big) ?? whole(little)
}
/** "COMMIT" is the shortest statement there is. */
const MIN_TEXT = 6
