/** What is known of a connection: to what it was opened, by whom, which statements stand behind its cursors. */
import { TransactionIds } from '../shared/sql/transaction-ids.js'
import type { Bind } from './calls.js'
import type { Column } from './columns.js'
import type { OracleRow } from './fields.js'

export interface Cursor {
  readonly sql: string
  readonly sqlBy: 'layout' | 'search'
  readonly binds: readonly Bind[]
  columns: readonly Column[] | undefined
}

/** Cursors known at a time, and characters of their statements: the usual limit of a session is 300. */
const MAX_CURSORS = 2000
const MAX_WEIGHT = 1 << 20

export class Connection {
  /** A CONNECT was seen, so that a login would have been. */
  connectSeen = false
  /** Given at login; counts once the login succeeds. */
  claimed: string | undefined
  proxy: string | undefined
  user: string | undefined
  loginSeen = false
  service: string | undefined
  sid: string | undefined
  database: string | undefined
  program: string | undefined
  sdu = 0
  /** Cipher of the network services: what follows cannot be read. */
  cipher: string | undefined
  clientFields: number | undefined
  /** Version of fields that both sides agreed on. */
  fields: number | undefined
  /** Version with which the last answer could be read. */
  tried: number | undefined
  readonly ids: TransactionIds
  private readonly cursors = new Map<number, Cursor>()
  private weight = 0

  constructor(flowId: string) {
    this.ids = new TransactionIds(flowId)
  }

  learn(id: number, cursor: Cursor): void {
    this.forget(id)
    this.cursors.set(id, cursor)
    this.weight += cursor.sql.length + 100
    for (const oldest of this.cursors.keys()) {
      if (this.cursors.size <= MAX_CURSORS && this.weight <= MAX_WEIGHT) break
      this.forget(oldest)
    }
  }

  cursor(id: number | undefined): Cursor | undefined {
    return id === undefined ? undefined : this.cursors.get(id)
  }

  private forget(id: number): void {
    const old = this.cursors.get(id)
    if (!old) return
    this.cursors.delete(id)
    this.weight -= old.sql.length + 100
  }

  /** What every row of the connection says. */
  common(): OracleRow {
    const row: OracleRow = {}
    if (this.service !== undefined) row.service_name = this.service
    if (this.sid !== undefined) row.sid = this.sid
    if (this.database !== undefined) row.database = this.database
    if (this.program !== undefined) row.client_program = this.program
    return row
  }
}
