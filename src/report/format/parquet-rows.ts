/**
 * Rows as Parquet, written by hyparquet-writer one row group after another, so that no more than one group is held.
 *
 * A Parquet column has one type from the first page on, a SQLite column need not. The first group settles the types; a later value
 * that does not fit (rare: tables of a case are strict) makes the query run to its end for the types and once more for the file.
 */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { UserError } from '../../model/user-error.js'
import { memberNames } from './json-rows.js'
import type { Value } from './row-format.js'
import type { ByteSink, Column, RowSource } from './row-source.js'
import { valueText } from './value-text.js'

/** Rows and characters held before they become a row group: readers skip by groups, and a group is held in memory. */
const GROUP_ROWS = 20_000
const GROUP_CHARACTERS = 16 * 1024 * 1024
/** Integers up to here are the same as 64-bit floating point. */
const EXACT = 2n ** 53n

/** `large`: integers, one of which a floating point number cannot hold. */
type Kind = 'integer' | 'large' | 'real' | 'text' | 'bytes'

const DECLARED: Readonly<Record<string, Kind>> = { INTEGER: 'integer', INT: 'integer', REAL: 'real', TEXT: 'text', BLOB: 'bytes' }

const ELEMENT = {
  integer: { type: 'INT64' },
  large: { type: 'INT64' },
  real: { type: 'DOUBLE' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  bytes: { type: 'BYTE_ARRAY' },
} as const

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
const sameType = (a: Kind, b: Kind): boolean => ELEMENT[a] === ELEMENT[b] || (ELEMENT[a].type === 'INT64' && ELEMENT[b].type === 'INT64')

function stored(value: Value, kind: Kind): unknown {
  if (value === null) return null
  if (kind === 'text') return valueText(value)
  return kind === 'real' ? Number(value) : value
}

export async function writeParquet(source: RowSource, sink: ByteSink): Promise<readonly string[]> {
  const kinds: (Kind | undefined)[] = source.columns.map(({ declared }) => DECLARED[declared ?? ''])
  if (await written(source, kinds, sink)) return []
  sink.restart()
  if (await written(source, kinds, sink)) return []
  throw new UserError('the query gave other types of values when it was run again', [
    'leave out random() and the like, or cast the column: cast(x as text)',
  ])
}

/** False when a value did not fit; then `kinds` are those of all rows, and the file is none. */
async function written(source: RowSource, kinds: (Kind | undefined)[], sink: ByteSink): Promise<boolean> {
  const names = memberNames(source.columns.map(({ name }: Column) => name))
  let writer: ParquetWriter | undefined
  let types: readonly Kind[] = []
  let group: Value[][] = names.map(() => [])
  let characters = 0
  let fits = true

  const release = async (): Promise<void> => {
    if (!writer) {
      types = kinds.map(settled)
      writer = writerTo(sink, names, types)
    }
    const columnData = names.map((name, i) => ({ name, data: group[i]!.map((value) => stored(value, types[i]!)), offsetIndex: false }))
    await writer.write({ columnData, rowGroupSize: GROUP_ROWS })
    group = names.map(() => [])
    characters = 0
  }

  for (const row of source.rows()) {
    for (let i = 0; i < names.length; i++) {
      const value = row[i]!
      kinds[i] = both(kinds[i], kindOf(value))
      if (writer && !sameType(settled(kinds[i]), types[i]!)) fits = false
      if (typeof value === 'string' || value instanceof Uint8Array) characters += value.length
    }
    if (!fits) continue
    for (let i = 0; i < names.length; i++) group[i]!.push(row[i]!)
    if (group[0]!.length >= GROUP_ROWS || characters >= GROUP_CHARACTERS) await release()
  }
  if (!fits) return false
  if (!writer || group[0]!.length > 0) await release()
  await writer!.finish()
  return true
}

function writerTo(sink: ByteSink, names: readonly string[], types: readonly Kind[]): ParquetWriter {
  const bytes = new ByteWriter()
  const flush = (): void => {
    sink.write(bytes.getBytes())
    bytes.index = 0
  }
  const schema = names.map((name, i) => ({ name, ...ELEMENT[types[i]!], repetition_type: 'OPTIONAL' as const }))
  return new ParquetWriter({
    writer: Object.assign(bytes, { flush, finish: flush }),
    schema: [{ name: 'rows', num_children: names.length }, ...schema],
    createdBy: 'pcap-audit',
  })
}
