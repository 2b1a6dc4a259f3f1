/** Rows of a case that hold given words, in the order of time, each with where it says so. */
import Database from 'better-sqlite3'
import { UserError } from '../../model/user-error.js'
import { literal, quoted } from '../../schema/sql.js'
import type { SearchIndex } from './index-file.js'
import { createTextTable, insertText, type SearchedProtocol, textTable } from './text-columns.js'
import { explainExpression } from './words.js'

export const foundColumns = ['ts', 'protocol', 'tx', 'client', 'server', 'column', 'snippet', 'also', 'frames'] as const
export type Found = readonly (string | null)[]

/** Words around what was found: a line of a terminal. */
const SNIPPET_WORDS = 16
/** Hits that are fetched and marked together. */
const BATCH = 64
/** Stand around a found word until it is shown; taken out of the texts first, so that no captured text can fake one. */
const [OPEN, CLOSE] = ['\ufdd0', '\ufdd1']
const MARKS = /[\ufdd0\ufdd1]/g

interface Hit {
  readonly protocol: string
  readonly id: number
}

/** @throws UserError when the expression cannot be read, or names a column that no protocol has */
export function* search(db: Database.Database, index: SearchIndex, expression: string): Generator<Found> {
  const searched = protocolsWith(index, expression)
  if (searched.length === 0) return
  const arms = searched.map(
    ({ name }) => `SELECT ${literal(name)} AS protocol, rowid AS id FROM ${textTable(name)} WHERE ${textTable(name)} MATCH @expression`,
  )
  const hits = index.db.prepare(`${arms.join(' UNION ALL ')} ORDER BY id`)
  const markers = new Map(searched.map((protocol) => [protocol.name, new Marker(db, protocol, expression)]))
  let batch: Hit[] = []
  for (const hit of hits.iterate({ expression }) as IterableIterator<Hit>) {
    batch.push(hit)
    if (batch.length < BATCH) continue
    yield* marked(batch, markers)
    batch = []
  }
  yield* marked(batch, markers)
}

/** Those that hold it. A column filter is an error where the protocol lacks the column, and none as long as one has it. */
function protocolsWith({ db, protocols }: SearchIndex, expression: string): SearchedProtocol[] {
  let lacking: string | undefined
  let asked = 0
  const found = protocols.filter(({ name }) => {
    try {
      const any = db.prepare(`SELECT 1 FROM ${textTable(name)} WHERE ${textTable(name)} MATCH ? LIMIT 1`).get(expression)
      asked++
      return any !== undefined
    } catch (error) {
      const { message } = error as Error
      const column = /^no such column: (.*)$/.exec(message)?.[1]
      // SQLITE_ERROR and no finer code is what FTS5 answers to an expression.
      if (column === undefined) throw (error as { code?: string }).code === 'SQLITE_ERROR' ? explainExpression(message) : error
      lacking = column
      return false
    }
  })
  if (asked === 0 && lacking !== undefined)
    throw new UserError(`--fts: no protocol in this case has a text in the column "${lacking}"`, [
      'a word before a colon names a column; in double quotes it is text',
      'audit schema PROTOCOL   lists columns',
    ])
  return found
}

function* marked(hits: readonly Hit[], markers: ReadonlyMap<string, Marker>): Generator<Found> {
  const found = new Map<number, Found>()
  for (const [protocol, marker] of markers)
    for (const [id, row] of marker.rows(hits.filter((hit) => hit.protocol === protocol).map((hit) => hit.id))) found.set(id, row)
  for (const { id } of hits) {
    const row = found.get(id)
    if (row) yield row
  }
}

/** Asks the same expression of a few rows with their texts, which the index does not hold, to learn which words of which column it was. */
class Marker {
  private readonly memory = new Database(':memory:')
  private readonly fetch: Database.Statement
  private readonly insert: Database.Statement
  private readonly mark: Database.Statement
  private readonly clear: Database.Statement

  constructor(
    db: Database.Database,
    private readonly protocol: SearchedProtocol,
    private readonly expression: string,
  ) {
    const { name, columns } = protocol
    const shown = 'ts, tx, client_ip, client_port, server_ip, server_port, frames'
    this.fetch = db.prepare(`SELECT ${shown}, ${columns.map(quoted).join(', ')} FROM ${quoted(name)} WHERE id = ?`).raw()
    this.memory.exec(createTextTable(protocol, true))
    this.insert = this.memory.prepare(insertText(protocol))
    const snippets = columns.map((_, i) => `snippet(${textTable(name)}, ${i}, '${OPEN}', '${CLOSE}', '…', ${SNIPPET_WORDS})`)
    this.mark = this.memory.prepare(`SELECT rowid, ${snippets.join(', ')} FROM ${textTable(name)} WHERE ${textTable(name)} MATCH ?`).raw()
    this.clear = this.memory.prepare(`DELETE FROM ${textTable(name)}`)
  }

  /** A row that the texts do not bear out is none: the index was of another case. */
  rows(ids: readonly number[]): Map<number, Found> {
    const found = new Map<number, Found>()
    if (ids.length === 0) return found
    const heads = new Map<number, readonly unknown[]>()
    for (const id of ids) {
      const row = this.fetch.get(id) as unknown[] | undefined
      if (!row) continue
      heads.set(id, row.slice(0, 7))
      this.insert.run([id, ...row.slice(7).map((text) => (typeof text === 'string' ? text.replace(MARKS, ' ') : text))])
    }
    for (const [id, ...snippets] of this.mark.iterate(this.expression) as IterableIterator<[number, ...(string | null)[]]>) {
      const [ts, tx, clientIp, clientPort, serverIp, serverPort, frames] = heads.get(id) as string[]
      const matching = this.protocol.columns.filter((_, i) => snippets[i]?.includes(OPEN))
      const first = matching[0]
      const snippet = first === undefined ? null : (snippets[this.protocol.columns.indexOf(first)] ?? null)
      found.set(id, [
        ts!,
        this.protocol.name,
        tx!,
        endpoint(clientIp, clientPort),
        endpoint(serverIp, serverPort),
        first ?? null,
        snippet?.replaceAll(OPEN, '[').replaceAll(CLOSE, ']') ?? null,
        matching.length > 1 ? matching.slice(1).join(', ') : null,
        frames!,
      ])
    }
    this.clear.run()
    return found
  }
}

/** RFC 3986 §3.2.2: an IPv6 address stands in brackets before a port. */
const endpoint = (ip: unknown, port: unknown): string | null => {
  if (typeof ip !== 'string') return null
  return port ? `${ip.includes(':') ? `[${ip}]` : ip}:${String(port)}` : ip
}
