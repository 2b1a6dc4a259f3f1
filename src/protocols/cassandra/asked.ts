/** A request that waits for its answer: everything of its row that the request itself tells. */
import type { Trace } from '../../model/trace.js'
import type { RowOf } from '../../schema/fields.js'
import type { cassandraFields } from './fields.js'
import type { Header } from './header.js'
import type { Bound } from './requests.js'
import type { SecretWords } from './secrets.js'
import type { Statement } from './statements.js'

export type CassandraRow = RowOf<typeof cassandraFields>

/** A row with the columns that most rows fill: made whole, it does not change its shape with each of them. */
export const newRow = (): CassandraRow => ({
  request_version: undefined,
  request_flags: undefined,
  request_stream: undefined,
  request_op: undefined,
  request_length: undefined,
  request_query: undefined,
  statement_id: undefined,
  fingerprint: undefined,
  tables: undefined,
  keyspace: undefined,
  consistency: undefined,
  page_size: undefined,
  timestamp: undefined,
  param_count: undefined,
  param_names: undefined,
  param_types: undefined,
  response_version: undefined,
  response_flags: undefined,
  response_stream: undefined,
  response_op: undefined,
  response_length: undefined,
  result_type: undefined,
  num_rows: undefined,
  columns: undefined,
  column_types: undefined,
  column_count: undefined,
  rows_flags: undefined,
  rows_keyspace: undefined,
  rows_table: undefined,
})

/** Values of a statement that is not known yet, copied. */
export interface RawParams extends Bound {
  readonly bytes: number
}

export interface Asked {
  readonly header: Header
  readonly at: Trace
  /** Losses on the server's side before it: more at the end mean that its answer may be among them. */
  readonly serverHoles: number
  readonly lost: boolean
  readonly truncated: boolean
  readonly row: CassandraRow
  readonly notes: string[]
  readonly secrets: SecretWords
  method: string
  query: string | undefined
  params: string | undefined
  resource: string | undefined
  /** The statement that is executed. */
  statement: Statement | undefined
  /** The statement that is prepared, as sent. */
  prepares: string | undefined
  /** The keyspace that it was asked in. */
  keyspace: string | undefined
  /** Of a login: who it says it is. */
  login: string | undefined
  raw: RawParams | undefined
  /** Bytes held for it. */
  weight: number
}
