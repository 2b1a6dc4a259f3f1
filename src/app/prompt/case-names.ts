/** The tables, views and columns that a case really has, for completion and for .tables and .schema. */
import { Writable } from 'node:stream'
import { nearest } from '../../config/nearest.js'
import { UserError } from '../../model/user-error.js'
import { sanitize, sanitizeLines } from '../../report/sanitize.js'
import type { CaseQueries } from '../case-queries.js'

/** A case has some thirty tables of some fifty columns; a file made to hurt could have any number. */
const MAX_NAMES = 20_000
/** A case has 100 kB of SQL in it. */
const MAX_BYTES = 16 * 1024 * 1024
/** A schema is read in milliseconds. */
const TIMEOUT_MS = 10_000

export interface CaseTable {
  readonly name: string
  readonly kind: string
  readonly sql: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

const TABLES = `SELECT name, type AS kind, sql, (SELECT json_group_array(json_object('name', c.name, 'type', c.type))
  FROM pragma_table_xinfo(s.name) c) AS columns FROM sqlite_schema s WHERE type IN ('table', 'view') ORDER BY name`
const FUNCTIONS = "SELECT DISTINCT name FROM pragma_function_list WHERE name GLOB '[a-z]*' ORDER BY name"

/** Where the rows of a protocol lie; the views are for reading. */
const isInner = (name: string): boolean => /^(tx_|sqlite_)/.test(name)

export class CaseNames {
  constructor(
    readonly tables: readonly CaseTable[],
    readonly functions: readonly string[] = [],
  ) {}

  static async read(queries: CaseQueries): Promise<CaseNames> {
    const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
      const chunks: Buffer[] = []
      let bytes = 0
      const into = new Writable({
        write(chunk: Buffer, _, done) {
          bytes += chunk.length
          if (bytes <= MAX_BYTES) chunks.push(chunk)
          done()
        },
      })
      await queries.run(sql, { format: 'json', timeoutMs: TIMEOUT_MS, maxRows: MAX_NAMES }, into)
      if (bytes > MAX_BYTES) throw new UserError(`the schema of the case is larger than ${MAX_BYTES} bytes`)
      return JSON.parse(Buffer.concat(chunks).toString('utf8'))
    }
    const tables = (await rows(TABLES)).map(({ name, kind, sql, columns }) => ({
      name: String(name),
      kind: String(kind),
      sql: String(sql ?? ''),
      columns: JSON.parse(String(columns)) as CaseTable['columns'],
    }))
    return new CaseNames(
      tables,
      (await rows(FUNCTIONS)).map(({ name }) => String(name)),
    )
  }

  /** What a query is written on. */
  get outer(): readonly CaseTable[] {
    return this.tables.filter(({ name }) => !isInner(name))
  }

  table(name: string): CaseTable | undefined {
    return this.tables.find((table) => table.name.toLowerCase() === name.toLowerCase())
  }

  tablesText(): string {
    return this.outer.map(({ name, kind }) => `${sanitize(name).padEnd(12)}  ${kind}\n`).join('')
  }

  /** @param name of a table or view; empty = the SQL of all */
  schemaText(name: string): string {
    if (name === '')
      return this.tables
        .filter(({ sql }) => sql !== '')
        .map(({ sql }) => `${sanitizeLines(sql)};\n`)
        .join('\n')
    const table = this.table(name)
    if (!table) {
      const known = this.outer.map((one) => one.name)
      const meant = nearest(name, known)
      throw new UserError(`there is no table or view "${name}" in this case${meant ? `; did you mean "${meant}"?` : ''}`, [
        `it has: ${known.slice(0, 80).join(', ')}`,
      ])
    }
    const width = Math.min(40, Math.max(...table.columns.map((column) => column.name.length)))
    return table.columns
      .map((column) => `${sanitize(column.name).padEnd(width)}  ${sanitize(column.type).toLowerCase()}`.trimEnd())
      .join('\n')
      .concat('\n')
  }
}
