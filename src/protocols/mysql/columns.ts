/** Column definitions of a result set (ColumnDefinition41): names, tables, types. */
import { Reader } from './wire.js'

/** Characters of a name; servers allow 64, aliases 256. */
const MAX_NAME = 256

export interface Column {
  readonly name: string
  readonly schema: string
  /** The table itself, or its alias where the server names no table (views, derived tables). */
  readonly table: string
  readonly type: number
  readonly unsigned: boolean
}

const reader = new Reader()
/** Behind the names: 0c, character set, length, type, flags, decimals, two bytes of nothing. */
const FIXED = 13

/** A definition begins with the catalog, which is "def" in every server. */
export const isColumn = (buf: Buffer, at: number, end: number): boolean =>
  end - at >= 22 && buf[at] === 3 && buf[at + 1] === 0x64 && buf[at + 2] === 0x65 && buf[at + 3] === 0x66

export function readColumn(buf: Buffer, at: number, end: number): Column | undefined {
  const r = reader.reset(buf, at, end)
  r.skipString()
  const schema = r.string(MAX_NAME)
  const alias = r.string(MAX_NAME)
  const original = r.string(MAX_NAME)
  const name = r.string(MAX_NAME)
  r.skipString()
  // MariaDB may put a string of further facts between the names and the fixed part. FIELD_LIST adds a default value behind it.
  if (r.left > FIXED && buf[r.at] !== 0x0c) r.skipString()
  r.skip(7)
  const type = r.u8()
  const flags = r.u16()
  if (r.bad) return undefined
  return { name, schema, table: original || alias, type, unsigned: (flags & 0x20) !== 0 }
}
