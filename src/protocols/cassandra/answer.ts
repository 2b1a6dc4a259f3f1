/** Turns a response frame into its part of the row, and learns from it: statements, keyspace, logins. */
import { maskText } from '../shared/secret-text.js'
import { qualified } from './ask.js'
import type { Asked, CassandraRow } from './asked.js'
import type { ConnectionState } from './connection.js'
import type { Frame } from './messages.js'
import { type Column, hexOf, MAX_SHOWN, type Metadata, metadataView } from './metadata.js'
import { errorName, Flag, metaFlagText, Op } from './names.js'
import { payloadView } from './payload.js'
import { type ResponseBody, readResponse } from './responses.js'
import { readRows } from './rows.js'

export interface Answered {
  row: CassandraRow
  notes: string[]
  error?: string | undefined
  rows?: number | undefined
  resource?: string | undefined
  text?: string | undefined
  /** Oddities with their details. */
  odd: [code: string, detail: string][]
}

interface Limits {
  readonly rows: number
  readonly length: number
}

/**
 * @param row where its columns go
 * @param wanted how much of a result is to be shown as text; undefined for nothing
 */
export function answer(
  frame: Frame,
  body: Buffer | undefined,
  asked: Asked | undefined,
  state: ConnectionState,
  row: CassandraRow,
  wanted: Limits | undefined,
): Answered {
  const out: Answered = { row, notes: [], odd: [] }
  const h = frame.header
  const r: ResponseBody = body ? readResponse(h, body) : { cut: false }
  const wash = (text: string): string => (asked ? asked.secrets.wash(text, state.secret) : maskText(text, state.secret))
  if (r.traceId !== undefined) row.trace_id = r.traceId
  if (r.warnings) row.warnings = r.warnings.map(wash)
  if (r.payload) row.response_payload = payloadView(r.payload, state.secret)
  switch (h.op) {
    case Op.ERROR:
      error(r, out, wash)
      if (asked?.header.op === Op.AUTH_RESPONSE || asked?.header.op === Op.CREDENTIALS) state.claimed = undefined
      break
    case Op.READY:
      // The login of v1 ends with READY.
      if (asked?.header.op === Op.CREDENTIALS) state.user = asked.login
      break
    case Op.AUTHENTICATE:
      row.authenticator = r.authenticator
      state.loginAsked = true
      break
    case Op.AUTH_SUCCESS:
      state.user = asked?.login ?? state.claimed
      break
    case Op.SUPPORTED:
      row.supported = r.supported
      break
    case Op.EVENT:
      event(r, out)
      break
    case Op.RESULT:
      row.result_type = r.result
      result(frame, body, r, asked, state, wanted, out)
      break
  }
  return out
}

function error(r: ResponseBody, out: Answered, wash: (text: string) => string): void {
  if (!r.error) return
  const { row } = out
  const message = wash(r.error.message)
  row.error_code = r.error.code
  row.error_type = errorName(r.error.code)
  row.error_msg = message
  row.error_details = r.error.details
  out.error = message
  out.text = `${row.error_type}: ${message}`
  const d = r.error.details
  // What already exists; a failed function is not what the statement acts on.
  if (typeof d?.table === 'string') out.resource = d.table === '' ? String(d.keyspace) : qualified(d.table, String(d.keyspace))
}

function event(r: ResponseBody, out: Answered): void {
  const e = r.event
  if (!e) return
  const { row } = out
  row.event_type = e.type
  row.event_change = e.change ?? e.schemaChange?.change
  row.event_host = e.host
  row.event_port = e.port
  row.event_schema_change = e.schemaChange
  out.resource = e.schemaChange ? changed(e.schemaChange) : e.host
}

const changed = (c: { keyspace: string; object?: string; name?: string }): string => {
  const name = c.object ?? c.name
  return name === undefined ? c.keyspace : `${c.keyspace}.${name}`
}

function result(
  frame: Frame,
  body: Buffer | undefined,
  r: ResponseBody,
  asked: Asked | undefined,
  state: ConnectionState,
  wanted: Limits | undefined,
  out: Answered,
): void {
  const { row } = out
  switch (r.result) {
    case 'rows':
      rows(frame, body, r, asked, state, wanted, out)
      break
    case 'set_keyspace':
      row.set_keyspace = r.keyspace
      if (r.keyspace !== undefined) state.keyspace = r.keyspace
      out.resource = r.keyspace
      break
    case 'prepared':
      prepared(r, asked, state, out)
      break
    case 'schemaChanged':
      row.schema_change = r.schemaChange
      if (r.schemaChange) out.resource = changed(r.schemaChange)
      break
  }
}

function prepared(r: ResponseBody, asked: Asked | undefined, state: ConnectionState, out: Answered): void {
  const { row } = out
  row.prepared_id = r.preparedId
  if (r.parameters) row.prepared_params = metadataView(r.parameters)
  if (r.results) row.prepared_result = metadataView(r.results)
  if (r.preparedId === undefined) return
  const keyspace = r.parameters?.keyspace ?? r.results?.keyspace
  const table = r.parameters?.table ?? r.results?.table
  out.resource = qualified(table, keyspace)
  if (!r.parameters) return
  state.statements.learn({
    id: r.preparedId,
    query: asked?.prepares,
    inKeyspace: asked?.keyspace,
    keyspace,
    table,
    parameters: r.parameters.columns,
    results: r.results?.columns,
    server: state.server,
  })
}

function rows(
  frame: Frame,
  body: Buffer | undefined,
  r: ResponseBody,
  asked: Asked | undefined,
  state: ConnectionState,
  wanted: Limits | undefined,
  out: Answered,
): void {
  const metadata = r.metadata
  if (!metadata) return
  const whole = body !== undefined && (isCompressed(frame) || !frame.cut)
  const { row } = out
  const columns = metadata.columns ?? asked?.statement?.results
  putMetadata(row, metadata, columns)
  out.resource = qualified(metadata.table, metadata.keyspace)
  if (metadata.newId && asked?.statement) state.statements.learn({ ...asked.statement, results: metadata.columns, server: state.server })
  if (r.rows === undefined || r.rowsAt === undefined || !body) {
    out.notes.push('the answer ends before the number of its rows')
    return
  }
  // Each value takes at least the four bytes of its length.
  if (r.rows < 0 || metadata.count < 0 || (whole && r.rows * metadata.count * 4 > body.length - r.rowsAt)) {
    out.odd.push(['cassandra.row-count', `${r.rows} rows of ${metadata.count} columns`])
    out.notes.push('the answer says that it has more rows than fit into it')
  }
  if (r.rows >= 0) {
    row.num_rows = r.rows
    out.rows = r.rows
  }
  const first = columns?.[0]
  const tests = first?.name === '[applied]' && r.rows > 0
  if (!columns || columns.length < metadata.count || (!wanted && !tests)) return
  const read = readRows(body, r.rowsAt, r.rows, columns, frame.header.version >= 3, wanted ?? { rows: 1, length: 0 }, state.secret)
  if (tests) row.applied = read.first
  if (wanted) out.text = read.text
}

/** What could be uncompressed is whole. */
const isCompressed = (frame: Frame): boolean => !frame.segmented && (frame.header.flags & Flag.COMPRESSED) !== 0

function putMetadata(row: CassandraRow, m: Metadata, columns: readonly Column[] | undefined): void {
  row.column_count = m.count
  row.rows_flags = metaFlagText(m.flags)
  row.rows_keyspace = m.keyspace
  row.rows_table = m.table
  if (m.pagingState) row.next_paging_state = hexOf(m.pagingState)
  if (!columns) return
  row.columns = columns.slice(0, MAX_SHOWN).map((column) => column.name)
  row.column_types = columns.slice(0, MAX_SHOWN).map((column) => column.type.name)
}
