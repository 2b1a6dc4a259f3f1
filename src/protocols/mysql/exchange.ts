/** One command with its answer, filled in by both parsers as the bytes come; the correlator makes a row of it. */
import type { Trace } from '../../model/trace.js'
import type { SqlFacts } from '../shared/sql/statement.js'
import type { Column } from './columns.js'
import type { LoginFacts } from './login.js'
import type { Statement } from './statements.js'
import type { Value } from './values.js'

/** What one statement of a command gave; a command with several statements has as many. */
export interface Result {
  readonly kind: 'ok' | 'rows' | 'error'
  readonly rows?: number
  readonly fields?: number
  readonly affected_rows?: number | bigint
  readonly insert_id?: number | bigint
  readonly warnings?: number
  readonly error_code?: number
}

export interface ServerError {
  readonly code: number
  readonly state: string | undefined
  readonly message: string
}

/** Results that are listed; a procedure with a loop sends more, which are counted. */
export const MAX_RESULTS = 100

export class Exchange {
  request: Trace | undefined
  response: Trace | undefined
  requestBytes = 0
  responseBytes = 0
  /** The request was seen to its end. */
  asked = false
  /** The answer was seen to its end, or there is none to wait for. */
  answered = false
  /** The answer may be over; only what comes next tells. */
  settling = false
  /** A row was given. */
  emitted = false
  /** Bytes of the request, of the answer, were not captured. */
  lostRequest = false
  lostResponse = false
  /** The server answers this kind of command with nothing. */
  silent = false
  readonly notes: string[] = []
  /** The connection's character set by number, when the login told it. */
  charset: number | undefined

  // The request
  sql: string | undefined
  facts: SqlFacts | undefined
  /** Bytes of the statement where not all of it was kept. */
  fullLength: number | undefined
  statement: Statement | undefined
  statementId: number | undefined
  params: readonly unknown[] | undefined
  paramTypes: readonly string[] | undefined
  paramsSent: number | undefined
  bulkRows: number | undefined
  attributes: Map<string, Value> | undefined
  /** Body of an execution whose statement is still being prepared. */
  deferred: Buffer | undefined
  deferredWhole = false
  argument: string | undefined
  /** Bytes of long data, or rows a cursor was asked for. */
  amount: number | undefined
  cursor = false
  login: LoginFacts | undefined
  infile: string | undefined
  infileBytes = 0
  tls = false

  // The answer
  results = 0
  readonly listed: Result[] = []
  rows = 0
  fields = 0
  /** A result set began. */
  hasRows = false
  affected: number | bigint | undefined
  insertId: number | bigint | undefined
  warnings = 0
  status: number | undefined
  info: string | undefined
  error: ServerError | undefined
  changes: Record<string, unknown> | undefined
  path: string[] = []
  columns: readonly Column[] = []
  csv: string[] | undefined
  paramCount: number | undefined
  columnCount: number | undefined
  events = 0

  constructor(
    /** Number of the command; -1 for the login, -2 for an answer whose command was not seen, -3 for what the server said unasked, -4 for X Protocol. */
    public command: number,
    readonly user: string | undefined,
    readonly database: string | undefined,
  ) {}

  addResult(result: Result): void {
    this.results++
    if (this.listed.length < MAX_RESULTS) this.listed.push(result)
  }
}

export const LOGIN = -1
export const ORPHAN = -2
export const UNASKED = -3
export const X = -4
