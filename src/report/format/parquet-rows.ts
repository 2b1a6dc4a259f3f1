/**
 * Rows of a query as Parquet; parquet-writer.ts writes them, one row group after another, so that no more than one group is held.
 *
 * A Parquet column has one type from the first page on, a SQLite column need not. The first group settles the types; a later value
 * that does not fit (rare: tables of a case are strict) makes the query run to its end for the types and once more for the file.
 */
import { UserError } from '../../model/user-error.js'
import { memberNames } from './json-rows.js'
import type { ParquetKind } from './parquet-column.js'
import { GROUP_CHARACTERS, GROUP_ROWS, ParquetFile } from './parquet-writer.js'
import type { Value } from './row-format.js'
import type { ByteSink, Column, RowSource } from './row-source.js'

/** Integers up to here are the same as 64-bit floating point. */
const EXACT = 2n ** 53n

/** `large`: integers, one of which a floating point number cannot hold. */
type Kind = 'integer' | 'large' | 'real' | 'text' | 'bytes'

const DECLARED: Readonly<Record<string, Kind>> = { INTEGER: 'integer', INT: 'integer', REAL: 'real', TEXT: 'text', BLOB: 'bytes' }

const STORED: Readonly<Record<Kind, ParquetKind>> = { integer: 'int', large: 'int', real: 'real', text: 'text', bytes: 'bytes' }
const CREATED_BY = 'pcap-audit'

function kindOf(value: Value): Kind | undefined {
  if (value === null) return undefined
  if (typeof value === 'bigint') return value >= -EXACT && value <= EXACT ? 'integer' : 'large'
  return typeof value === 'number' ? 'real' : typeof value === 'string' ? 'text' : 'bytes'
}

/** The kind that holds both without changing either; text holds everything, written out. */
function both(a: Kind | undefined, b: Kind | undefined): Kind | undefined {
  if (a === undefined || a === b) return b
  if (b === undefined) return a
  const pair = new Set([a, b])
  if (pair.has('integer') && pair.has('large')) return 'large'
  return pair.has('integer') && pair.has('real') ? 'real' : 'text'
}

/** What a column of nothing but NULL is, too. */
const settled = (kind: Kind | undefined): Kind => kind ?? 'text'
export function writeParquet(source: RowSource, sink: ByteSink): readonly string[] {
  const kinds: (Kind | undefined)[] = source.columns.map(({ declared }) => DECLARED[declared ?? ''])
  if (written(source, kinds, sink)) return []
  sink.restart()
  if (written(source, kinds, sink)) return []
  throw new UserError('the query gave other types of values when it was run again', [
    'leave out random() and the like, or cast the column: cast(x as text)',
  ])
}

/** False when a value did not fit; then `kinds` are those of all rows, and the file is none. */
function written(source: RowSource, kinds: (Kind | undefined)[], sink: ByteSink): boolean {
  const names = memberNames(source.columns.map(({ name }: Column) => name))
  const types = (): readonly ParquetKind[] => kinds.map((kind) => STORED[settled(kind)])
  let file: ParquetFile | undefined
  let begun: readonly ParquetKind[] = []
  /** The rows that settle the types. */
  let first: (readonly Value[])[] = []
  let characters = 0
  let fits = true

  const begin = (): ParquetFile => {
    begun = types()
    const columns = names.map((name, i) => ({ name, kind: begun[i]! }))
    const into = new ParquetFile(columns, (bytes) => sink.write(bytes), CREATED_BY)
    for (const row of first) into.row(row)
    first = []
    return into
  }

  for (const row of source.rows()) {
    for (let i = 0; i < names.length; i++) {
      const value = row[i]!
      kinds[i] = both(kinds[i], kindOf(value))
      if (file && STORED[settled(kinds[i])] !== begun[i]) fits = false
      if (!file && (typeof value === 'string' || value instanceof Uint8Array)) characters += value.length
    }
    if (!fits) continue
    if (file) file.row(row)
    else if (first.push(row) >= GROUP_ROWS || characters >= GROUP_CHARACTERS) file = begin()
  }
  if (!fits) return false
  file ??= begin()
  file.end()
  return true
}
