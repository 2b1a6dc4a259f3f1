/** The rows of `audit packets --query`: run as `audit query` runs them, and read for the ids or packets that they name. */
import { Writable } from 'node:stream'
import type { Database } from 'better-sqlite3'
import { edited, type Ids, type TransactionRow, tooMany } from '../evidence/case-rows.js'
import { framesOf } from '../evidence/frames.js'
import { type Queried, type QueriedColumn, queriedBy } from '../evidence/queried.js'
import { UserError } from '../model/user-error.js'
import { checkCompiled, checkReads } from '../query/read-only.js'
import { queryCase } from './query.js'

export interface QueryChoiceOptions {
  readonly path: string
  readonly parameters?: readonly string[]
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export type QueryChoice =
  | { readonly kind: 'transactions'; readonly count: number; readonly ids: Ids }
  | { readonly kind: 'flows'; readonly count: number; readonly ids: Ids }
  | { readonly kind: 'frames'; readonly count: number; readonly rows: readonly TransactionRow[] }

/** A line of a row's JSON: a cell of a case has 64 MiB at most, and no query that chooses packets needs such cells. */
const MAX_LINE = 16 * 1024 * 1024

export async function chosenByQuery(db: Database, options: QueryChoiceOptions, sql: string, limit: number): Promise<QueryChoice> {
  const queried = queriedBy(columnsOf(db, sql))
  const numbers = new Set<number>()
  const contents = new Set<string>()
  const rows: TransactionRow[] = []
  let count = 0
  const take = (row: Readonly<Record<string, unknown>>): void => {
    if (++count > limit) throw tooMany(limit)
    const value = row[queried.column]
    if (queried.kind === 'frames') rows.push(packetsOf(row, count))
    // A row of an outer join may have none.
    else if (value === null) return
    else if (typeof value === 'number' && Number.isSafeInteger(value)) numbers.add(value)
    else if (typeof value === 'string') contents.add(value)
    else throw new UserError(`row ${count} of the query has no id in its column ${queried.column}`)
  }
  const lines = new Lines(take)
  await queryCase({ ...options, sql, format: 'ndjson', out: lines }).catch((error: unknown) => {
    throw lines.failure ?? error
  })
  if (lines.failure) throw lines.failure
  if (queried.kind === 'frames') return { kind: 'frames', count, rows }
  return {
    kind: isFlow(queried) ? 'flows' : 'transactions',
    count: numbers.size + contents.size,
    ids: { numbers: [...numbers], contents: [...contents] },
  }
}

const isFlow = ({ kind }: Queried): boolean => kind === 'flow' || kind === 'flow_id'

/** Only compiled here; what would run for long runs in a process that can be ended. Wrong SQL is told by that one, in words. */
function columnsOf(db: Database, sql: string): readonly QueriedColumn[] {
  checkReads(sql)
  try {
    const statement = db.prepare(sql)
    checkCompiled(statement)
    return statement.columns().map(({ name, table }) => ({ name, table }))
  } catch (error) {
    if (error instanceof UserError) throw error
    return [{ name: 'tx', table: null }]
  }
}

function packetsOf(row: Readonly<Record<string, unknown>>, number: number): TransactionRow {
  const { capture_id: captureId, frames: text } = row
  const frames = typeof captureId === 'number' && typeof text === 'string' ? framesOf(text, captureId) : null
  if (frames === null || typeof captureId !== 'number') throw edited(`row ${number} of the query`, 'its packets')
  const { ranges, widened } = frames
  return { id: number, tx: `of the query, row ${number}`, protocol: 'packets', flowId: 0, captureId, ranges, widened }
}

/** NDJSON as it comes, a row at a time. */
class Lines extends Writable {
  failure: Error | undefined
  private rest = ''

  constructor(private readonly take: (row: Readonly<Record<string, unknown>>) => void) {
    super({ decodeStrings: true })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    try {
      // Cut inside a character: UTF-8 lead and continuation bytes are never a line feed, so latin1 keeps the pieces whole.
      this.rest += chunk.toString('latin1')
      let at = 0
      for (let end = this.rest.indexOf('\n'); end >= 0; end = this.rest.indexOf('\n', at)) {
        this.take(JSON.parse(Buffer.from(this.rest.slice(at, end), 'latin1').toString('utf8')) as Record<string, unknown>)
        at = end + 1
      }
      this.rest = this.rest.slice(at)
      if (this.rest.length > MAX_LINE) throw new UserError('a row of the query is too large', ['select only the columns that are needed'])
      done()
    } catch (error) {
      this.failure = error as Error
      done(error as Error)
    }
  }
}
