/** Bound values of COM_STMT_EXECUTE and COM_STMT_BULK_EXECUTE, and the attributes of a query. */
import type { Exchange } from './exchange.js'
import { isType, Type, typeName } from './names.js'
import { Statement } from './statements.js'
import { blobText, readValue, type Value } from './values.js'
import { Reader } from './wire.js'

/** Values listed of one execution; more are counted. A statement may have 65,535. */
const MAX_LISTED = 1000
/** Rows of a bulk execution whose values are listed. */
const MAX_ROWS = 100
/** Parameters tried when the statement is unknown: the usual ones have far fewer. */
const MAX_GUESS = 256
/** Attributes of one query that are kept. */
const MAX_ATTRIBUTES = 64

const UNSIGNED = 0x80
const BULK_TYPES = 0x80
const COUNT_AVAILABLE = 0x08

interface Bound {
  readonly values: Value[]
  readonly types: number[]
  readonly count: number
  readonly names: string[] | undefined
}

const reader = new Reader()

/**
 * The body of COM_STMT_EXECUTE behind its statement id.
 * @param whole false when the body was cut: what can be read is read
 */
export function readExecute(ex: Exchange, buf: Buffer, at: number, end: number, whole: boolean, attributes: boolean): void {
  const statement = ex.statement
  const r = reader.reset(buf, at, end)
  const flags = r.u8()
  r.skip(4)
  ex.cursor = (flags & 0x07) !== 0
  if (r.bad) return
  const from = r.at
  if (!statement || statement.params < 0) {
    guess(ex, buf, from, end, (flags & COUNT_AVAILABLE) !== 0)
    return
  }
  if (statement.params === 0 && (flags & COUNT_AVAILABLE) === 0) return
  if (from === end) {
    ex.paramsSent = 0
    return
  }
  // The flag says whether the number of parameters comes first; not every client keeps to it.
  const counted = attributes && (flags & COUNT_AVAILABLE) !== 0
  let bound = read(r, from, end, statement.params, statement, counted)
  if (!bound || (whole && r.left > 0)) {
    const other = read(r, from, end, statement.params, statement, !counted)
    if (other && (!whole || r.left === 0)) bound = other
    else if (whole && bound) bound = undefined
  }
  if (!bound) {
    ex.notes.push(whole ? 'the bound values could not be read' : 'not all bound values were kept')
    return
  }
  if (!whole) ex.notes.push('not all bound values were kept')
  keep(ex, bound, statement.params)
  statement.types = bound.types
  statement.longData = undefined
}

function read(
  r: Reader,
  from: number,
  end: number,
  expected: number,
  statement: Statement | undefined,
  counted: boolean,
): Bound | undefined {
  r.reset(r.buf, from, end)
  let count = expected
  if (counted) {
    count = r.lenenc()
    if (r.bad || count < expected || count > 65_535) return undefined
    if (count === 0) return { values: [], types: [], count: 0, names: undefined }
  }
  const bitmap = r.take((count + 7) >> 3)
  const fresh = r.u8()
  if (r.bad || fresh > 1) return undefined
  let types = statement?.types
  let names: string[] | undefined
  if (fresh === 1) {
    types = []
    if (r.left < count * 2) return undefined
    for (let i = 0; i < count; i++) {
      const type = r.u8()
      const flags = r.u8()
      if (!isType(type)) return undefined
      types.push(type | ((flags & UNSIGNED) !== 0 ? 0x100 : 0))
      if (counted) {
        names ??= []
        names.push(r.string(256))
      }
    }
    if (r.bad) return undefined
  }
  if (!types || types.length < count) return undefined
  const values: Value[] = []
  for (let i = 0; i < count; i++) {
    const long = statement?.longData?.get(i)
    const value =
      // What came ahead counts, whatever the bitmap says: so do the servers.
      long !== undefined
        ? blobText(long)
        : (r.buf[bitmap + (i >> 3)]! >> (i & 7)) & 1
          ? null
          : readValue(r, types[i]! & 0xff, types[i]! >= 0x100)
    if (r.bad) return undefined
    values.push(value)
  }
  return { values, types, count, names }
}

function keep(ex: Exchange, bound: Bound, own: number): void {
  const params = bound.values.slice(0, Math.min(own, MAX_LISTED))
  ex.paramsSent = Math.min(own, bound.count)
  if (params.length < ex.paramsSent) ex.notes.push(`${ex.paramsSent} values were bound, the first ${params.length} are listed`)
  ex.params = params
  ex.paramTypes = bound.types.slice(0, params.length).map((type, i) => (params[i] === null ? 'null' : typeName(type & 0xff, type >= 0x100)))
  if (bound.count > own && bound.names) {
    ex.attributes = new Map()
    for (let i = own; i < bound.count && i < own + MAX_ATTRIBUTES; i++) ex.attributes.set(bound.names[i]!, bound.values[i]!)
  }
}

/** The statement is unknown: its values show how many there are, where only one number of them fits the bytes. */
function guess(ex: Exchange, buf: Buffer, from: number, end: number, counted: boolean): void {
  if (from === end) {
    ex.paramsSent = 0
    return
  }
  const r = reader.reset(buf, from, end)
  let found: Bound | undefined
  const known = ex.statement
  if (counted) {
    found = read(r, from, end, 0, known, true)
    if (found && r.left > 0) found = undefined
  } else {
    for (let n = 1; n <= MAX_GUESS; n++) {
      const bitmap = (n + 7) >> 3
      if (from + bitmap >= end) break
      if (buf[from + bitmap] !== 1) continue
      const bound = read(r, from, end, n, undefined, false)
      if (!bound || r.left > 0) continue
      if (found) return
      found = bound
    }
  }
  if (!found) {
    ex.notes.push('its bound values cannot be read without it')
    return
  }
  keep(ex, found, found.count)
  if (known) {
    known.params = found.count
    known.types = found.types
  }
}

/** The body of MariaDB's COM_STMT_BULK_EXECUTE behind its statement id. */
export function readBulk(ex: Exchange, buf: Buffer, at: number, end: number, whole: boolean): void {
  const statement = ex.statement
  const r = reader.reset(buf, at, end)
  const flags = r.u16()
  const count = statement?.params ?? -1
  if (r.bad || count <= 0) {
    ex.notes.push('its bound values cannot be read without it')
    return
  }
  let types = statement?.types
  if ((flags & BULK_TYPES) !== 0) {
    types = []
    for (let i = 0; i < count; i++) {
      const type = r.u8()
      types.push(type | ((r.u8() & UNSIGNED) !== 0 ? 0x100 : 0))
    }
    if (!r.bad) statement!.types = types
  }
  if (!types || types.length < count || r.bad) {
    ex.notes.push('the bound values could not be read')
    return
  }
  const rows: unknown[] = []
  let seen = 0
  while (r.left > 0) {
    const row: unknown[] = []
    for (let i = 0; i < count && !r.bad; i++) {
      const indicator = r.u8()
      if (indicator > 3) r.bad = true
      else
        row.push(
          indicator === 0
            ? readValue(r, types[i]! & 0xff, types[i]! >= 0x100)
            : indicator === 1
              ? null
              : indicator === 2
                ? '<default>'
                : '<unchanged>',
        )
    }
    if (r.bad) break
    seen++
    if (rows.length < MAX_ROWS && rows.length * count < MAX_LISTED) rows.push(row)
  }
  if (r.bad && whole) ex.notes.push('the bound values could not be read')
  if (!whole) ex.notes.push('not all bound values were kept')
  else ex.bulkRows = seen
  if (rows.length < seen) ex.notes.push(`${seen} rows of values were bound, the first ${rows.length} are listed`)
  ex.params = rows
  ex.paramsSent = count
  ex.paramTypes = types.slice(0, Math.min(count, MAX_LISTED)).map((type) => typeName(type & 0xff, type >= 0x100))
}

/**
 * The attributes before the text of COM_QUERY (CLIENT_QUERY_ATTRIBUTES). Told by the bytes: their number and the one set of them
 * stand where a statement has words.
 * @returns where the text begins
 */
export function readAttributes(ex: Exchange, buf: Buffer, from: number, end: number): number {
  if (end - from < 2 || buf[from + 1] !== 1 || buf[from]! >= 0xfb) return from
  const r = reader.reset(buf, from, end)
  const count = r.u8()
  r.skip(1)
  if (count === 0) return r.at
  const bitmap = r.take((count + 7) >> 3)
  if (r.u8() !== 1 || r.bad) return from
  const types: number[] = []
  const names: string[] = []
  for (let i = 0; i < count; i++) {
    const type = r.u8()
    types.push(type | ((r.u8() & UNSIGNED) !== 0 ? 0x100 : 0))
    names.push(r.string(256))
  }
  const attributes = new Map<string, Value>()
  for (let i = 0; i < count && !r.bad; i++) {
    const isNull = (buf[bitmap + (i >> 3)]! >> (i & 7)) & 1 || (types[i]! & 0xff) === Type.Null
    const value = isNull ? null : readValue(r, types[i]! & 0xff, types[i]! >= 0x100)
    if (i < MAX_ATTRIBUTES) attributes.set(names[i]!, value)
  }
  if (r.bad) {
    ex.notes.push('the attributes of the query could not be read')
    return end
  }
  ex.attributes = attributes
  return r.at
}

/** A statement of which only the number is known. */
export function unknownStatement(id: number): Statement {
  const statement = new Statement('', undefined)
  statement.id = id
  statement.params = -1
  return statement
}
