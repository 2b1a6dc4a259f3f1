/** Which rows of a table are not those that were sealed: the parts whose digest differs, and in them the rows whose mark does. */
import type { Database } from 'better-sqlite3'
import { rowsOfIndex, type TableDigest, TableDigester, type TablePart } from '../sinks/sqlite/seal/table-digest.js'

export interface RowChanges {
  /** Row numbers, ascending. */
  readonly changed: readonly number[]
  readonly added: readonly number[]
  readonly deleted: readonly number[]
  /** Parts where the rows cannot be named, by their first and last possible number. */
  readonly somewhere: readonly (readonly [first: number, last: number])[]
}

/** The parts of a table as its seal has them; undefined unless they are those that the manifest's digest is over. */
export function sealedParts(db: Database, name: string, sha256: string): readonly TablePart[] | undefined {
  const rows = db
    .prepare('SELECT first, rows, sha256, row_index AS "index" FROM main.seal_part WHERE table_name = ? ORDER BY first')
    .safeIntegers(false)
    .all(name) as { first: unknown; rows: unknown; sha256: unknown; index: unknown }[]
  const parts: TablePart[] = []
  for (const { first, rows: count, sha256: digest, index } of rows) {
    if (!Number.isSafeInteger(first) || !Number.isInteger(count) || !Buffer.isBuffer(digest) || !Buffer.isBuffer(index)) return undefined
    if ((first as number) < 0 || (count as number) < 0 || (count as number) > 0xffff_ffff) return undefined
    parts.push({ first: first as number, rows: count as number, sha256: digest, index })
  }
  return TableDigester.over(parts).sha256 === sha256 ? parts : undefined
}

export function rowChanges(sealed: readonly TablePart[], now: TableDigest, partRows: number): RowChanges {
  const changed: number[] = []
  const added: number[] = []
  const deleted: number[] = []
  const somewhere: [number, number][] = []
  const before = new Map(sealed.map((part) => [part.first, part]))
  const after = new Map(now.parts.map((part) => [part.first, part]))
  for (const first of [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b)) {
    const [was, is] = [before.get(first), after.get(first)]
    if (was && is && was.sha256.equals(is.sha256)) continue
    const [old, present] = [was ? rowsOfIndex(was) : new Map<number, number>(), is ? rowsOfIndex(is) : new Map<number, number>()]
    const found = changed.length + added.length + deleted.length
    for (const [id, mark] of old ?? []) {
      const other = present?.get(id)
      if (other === undefined) deleted.push(id)
      else if (other !== mark) changed.push(id)
    }
    for (const id of present?.keys() ?? []) if (old && !old.has(id)) added.push(id)
    // An index that was changed itself, or marks that are equal by chance.
    if (changed.length + added.length + deleted.length === found) somewhere.push([first, first + partRows - 1])
  }
  return { changed, added, deleted, somewhere }
}

/** Row numbers named before the rest is counted. */
const NAMED = 20

const listed = (ids: readonly number[]): string =>
  ids.length <= NAMED ? ids.join(', ') : `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more`

/** One line each, such as `tx_http: row 4711 changed`. */
export function changeLines(table: string, { changed, added, deleted, somewhere }: RowChanges, keyed: boolean): string[] {
  const what = keyed ? 'id' : 'place'
  const line = (verb: string, ids: readonly number[]): string[] =>
    ids.length === 0 ? [] : [`${table}: ${ids.length} ${ids.length === 1 ? 'row' : 'rows'} ${verb}: ${what} ${listed(ids)}`]
  return [
    ...line('changed', changed),
    ...line('added', added),
    ...line('deleted', deleted),
    ...somewhere.slice(0, NAMED).map(([first, last]) => `${table}: rows between ${what} ${first} and ${last} are not those sealed`),
  ]
}
