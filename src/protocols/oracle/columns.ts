/** Columns of a result, as DESCRIBE lists them. */
import { isType } from './names.js'
import type { TtcReader } from './reader.js'

export interface Column {
  readonly name: string
  readonly type: number
  readonly form: number
  /** Bytes that a value may have; 0 for a column that is always null. */
  readonly size: number
}
/** Columns of a query: the server's own limit is 1000, 4096 from 23ai on. */
const MAX_COLUMNS = 4096

/** @returns undefined when these bytes are no description in this version */
export function describe(r: TtcReader, version: number): Column[] | undefined {
  r.ub()
  const count = r.ub()
  if (count < 0 || count > MAX_COLUMNS) return undefined
  if (count > 0) r.u8()
  const columns: Column[] = []
  for (let i = 0; i < count; i++) {
    const column = readColumn(r, version)
    if (!column) return undefined
    columns.push(column)
  }
  if (r.ub() > 0) r.clr()
  for (let i = 0; i < 4; i++) r.ub()
  if (r.ub() > 0) r.clr()
  return r.bad ? undefined : columns
}

export interface Shape {
  readonly type: number
  /** Bytes that a value may have. */
  readonly size: number
  /** Of the character set: 1 the database's, 2 the national one. */
  readonly form: number
}

/** What a column of a result and a bind of a call are described with alike. */
export function readShape(r: TtcReader): Shape {
  const type = r.u8()
  r.skip(3)
  const size = r.ub()
  r.ub()
  r.ub(8)
  if (r.ub() > 0) r.clr()
  r.ub(2)
  r.ub(2)
  const form = r.u8()
  r.ub()
  return { type, size, form }
}

function readColumn(r: TtcReader, version: number): Column | undefined {
  const { type, size, form } = readShape(r)
  if (version >= 8) r.ub()
  r.u8()
  r.u8()
  const name = r.countedText()
  r.countedText()
  r.countedText()
  r.ub(2)
  r.ub()
  if (version >= 17) {
    r.countedText()
    r.countedText()
  }
  if (version >= 20 && r.ub() > 0) {
    r.u8()
    const annotations = r.ub()
    r.u8()
    for (let i = 0; i < annotations && !r.bad; i++) {
      r.ub()
      r.text()
      if (r.ub() > 0) r.text()
      r.ub()
    }
    r.ub()
  }
  if (version >= 24) {
    r.ub()
    r.skip(2)
  }
  return r.bad || !isType(type) || form > 5 ? undefined : { name, type, form, size }
}
