/** Metadata of results and of prepared statements: which columns, of which table, of which types. Native protocol §4.2.5.2, §4.2.5.4. */
import type { Cursor } from '../../bytes/cursor.js'
import { isDse, MetaFlag, metaFlagText } from './names.js'
import { readBytes, readInt, readShortBytes, readString } from './notation.js'
import { type CqlType, readType } from './types.js'

export interface Column {
  readonly name: string
  readonly type: CqlType
}

export interface Metadata {
  readonly flags: number
  /** Columns that the server counts. */
  readonly count: number
  readonly keyspace: string | undefined
  readonly table: string | undefined
  /** Absent where the metadata was left out (NO_METADATA). */
  readonly columns: readonly Column[] | undefined
  readonly pagingState: Buffer | undefined
  readonly keyColumns: readonly number[] | undefined
  /** Id of the new metadata, since v5. */
  readonly newId: Buffer | undefined
}

/** Columns kept; the server's own limit is 32767, tables have a few dozen. */
const MAX_COLUMNS = 4096
const CONTINUOUS = 0x40000000
/** Partition keys are a few columns. */
const MAX_KEYS = 64

/** @param prepared with the partition key's columns in front, which v4 and later send for the parameters */
export function readMetadata(cur: Cursor, version: number, prepared: boolean): Metadata {
  const flags = readInt(cur)
  const count = readInt(cur)
  let keyColumns: number[] | undefined
  if (prepared && version >= 4) {
    keyColumns = []
    for (let n = readInt(cur); n > 0 && !cur.short; n--) {
      const index = cur.u16()
      if (keyColumns.length < MAX_KEYS && !cur.short) keyColumns.push(index)
    }
  }
  let pagingState: Buffer | undefined
  let newId: Buffer | undefined
  if ((flags & MetaFlag.MORE_PAGES) !== 0) {
    const state = readBytes(cur)
    if (state !== 'unset') pagingState = state
  }
  if ((flags & MetaFlag.CHANGED) !== 0) newId = readShortBytes(cur)
  let keyspace: string | undefined
  let table: string | undefined
  let columns: Column[] | undefined
  if ((flags & MetaFlag.NO_METADATA) === 0) {
    // DSE numbers the pages of a continuous answer.
    if (isDse(version) && (flags & CONTINUOUS) !== 0) readInt(cur)
    const global = (flags & MetaFlag.GLOBAL) !== 0
    if (global) {
      keyspace = readString(cur)
      table = readString(cur)
    }
    columns = []
    for (let i = 0; i < count && !cur.short; i++) {
      if (!global) {
        const itsKeyspace = readString(cur)
        const itsTable = readString(cur)
        keyspace ??= itsKeyspace
        table ??= itsTable
      }
      const name = readString(cur)
      const type = readType(cur)
      if (columns.length < MAX_COLUMNS && !cur.short) columns.push({ name, type })
    }
  }
  return { flags, count, keyspace, table, columns, pagingState, keyColumns, newId }
}

/** As Packetbeat shows it. */
export const metadataView = (m: Metadata): Record<string, unknown> => ({
  flags: metaFlagText(m.flags),
  col_count: m.count,
  ...(m.keyColumns && { pkey_columns: m.keyColumns }),
  ...(m.keyspace !== undefined && { keyspace: m.keyspace }),
  ...(m.table !== undefined && { table: m.table }),
  ...(m.pagingState && { paging_state: hexOf(m.pagingState) }),
  ...(m.columns && m.columns.length > 0 && { columns: m.columns.slice(0, MAX_SHOWN).map((c) => ({ name: c.name, type: c.type.name })) }),
})
/** Columns listed in a row. */
export const MAX_SHOWN = 256

/** Bytes of an id or a paging state that are shown; Cassandra's are 16 and below 100. */
const MAX_HEX = 256
export const hexOf = (bytes: Buffer): string => bytes.toString('hex', 0, Math.min(bytes.length, MAX_HEX))
