/**
 * A scratch database beside the case: rows that cannot be put in their place before the run is over wait here.
 *
 * It has the tables of the case without their views, a journal in memory only, and no name: the file is unlinked once it is open, so
 * that a killed run leaves nothing behind. It stands on the case's disk, which was chosen for what it holds.
 */
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { TableSchema } from '../../schema/fields.js'
import { createTable, createTransactionTable, quoted, transactionTable } from '../../schema/sql.js'
import { createPrivately } from './case-file.js'

/** Provisional ids begin here, above every final one; those of rows that came late, above those that came in order. */
export const PROVISIONAL = 2 ** 40
export const LATE = 2 ** 41

export class Stage {
  private readonly path: string
  private readonly tables = new Map<string, TableSchema>()

  constructor(
    private readonly db: Database,
    casePath: string,
  ) {
    this.path = `${resolve(casePath)}-stage-${process.pid}`
    rmSync(this.path, { force: true })
    createPrivately(this.path)
    db.prepare('ATTACH ? AS stage').run(this.path)
    db.pragma('stage.journal_mode = MEMORY')
    db.pragma('stage.synchronous = OFF')
    if (process.platform !== 'win32') this.remove()
  }

  /** The staged twin of a protocol's table, quoted; created when first needed. */
  transactionTable(schema: TableSchema): string {
    const table = transactionTable(schema.name)
    if (!this.tables.has(table)) {
      this.db.exec(createTransactionTable(schema, 'stage'))
      this.tables.set(table, schema)
    }
    return `stage.${quoted(table)}`
  }

  /** The staged twin of one of the case's own tables, quoted. */
  table(schema: TableSchema): string {
    if (!this.tables.has(schema.name)) {
      this.db.exec(createTable(schema, 'stage'))
      this.tables.set(schema.name, schema)
    }
    return `stage.${quoted(schema.name)}`
  }

  has(table: string): boolean {
    return this.tables.has(table)
  }

  remove(): void {
    rmSync(this.path, { force: true })
  }
}
