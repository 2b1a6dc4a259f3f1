/** The row of a call with its answer. */
import { jsonText } from '../../schema/json-text.js'
import { readStatement, type SqlFacts } from '../shared/sql/statement.js'
import { type Answer, NO_DATA_FOUND } from './answer.js'
import { type Call, maskPairs } from './calls.js'
import type { Column } from './columns.js'
import type { Connection, Cursor } from './connection.js'
import type { OracleRow } from './fields.js'
import {
  actsOnCursor,
  authModes,
  cipherName,
  digestName,
  Fn,
  functionName,
  functionVerb,
  isHousekeeping,
  isLogin,
  typeName,
} from './names.js'
import type { OracleOptions } from './options.js'
import type { KeyValue } from './pairs.js'
import { hiddenWords, isSecretColumn, type Secret, showValue, wash } from './secrets.js'
import { readServices } from './services.js'

export interface CallRow {
  readonly row: OracleRow
  method: string
  query: string | undefined
  resource: string | undefined
  params: string | undefined
  user: string | undefined
  error: string | undefined
  rows: number | undefined
  housekeeping: boolean
  text: string | undefined
  readonly notes: string[]
}

/** Options of OALL8. */
const PARSE = 0x01
const COMMIT = 0x100
const QUERIES: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES'])

export function callRow(
  call: Call | undefined,
  answer: Answer | undefined,
  known: Cursor | undefined,
  state: Connection,
  options: OracleOptions,
  secret: Secret,
): CallRow {
  const row: OracleRow = state.common()
  const out: CallRow = {
    row,
    method: call ? verbOf(call) : 'ANSWER',
    query: undefined,
    resource: undefined,
    params: undefined,
    user: state.user,
    error: undefined,
    rows: undefined,
    housekeeping: call !== undefined && (call.kind !== 'function' || isHousekeeping(call.fn)) && call.kind !== 'data',
    text: undefined,
    notes: [],
  }
  let words: string[] = []
  if (call) {
    row.request_type = call.kind === 'na' ? 'services' : call.kind
    if (call.kind === 'function' || call.kind === 'fast-auth') {
      row.function = functionName(call.fn)
      if (call.piggybacks.length > 0) row.piggybacks = call.piggybacks.map(functionName)
    }
    if (call.closed > 0) row.closed_cursors = call.closed
    if (call.schema !== undefined) row.schema = call.schema
    if (call.driver !== undefined) row.client_driver = call.driver
    if (call.kind === 'types' && call.fieldVersion !== undefined) state.clientFields = call.fieldVersion
    if (call.pairs.length > 0 || isLogin(call.fn) || call.fn === Fn.SESSION_KEY) login(call, out, state, secret)
    words = statement(call, known, out, secret)
    if (call.partly && call.kind === 'function') out.notes.push('the request could not be read to its end')
    if (call.kind === 'data') out.notes.push('the kind of the request is not known')
  }
  const facts = out.query !== undefined && row.sql_source !== undefined ? factsOf(call, known, secret) : undefined
  if (answer) reply(answer, call, known, facts, out, state, options, words, secret)
  transaction(answer, facts, call, row, state)
  return out
}

function verbOf(call: Call): string {
  switch (call.kind) {
    case 'protocol':
      return 'PROTOCOL'
    case 'types':
      return 'DATA TYPES'
    case 'na':
      return 'SERVICES'
    case 'data':
      return 'DATA'
    default:
      return functionVerb(call.fn)
  }
}

const factsOf = (call: Call | undefined, known: Cursor | undefined, secret: Secret): SqlFacts | undefined => {
  const sql = call?.sql ?? known?.sql
  return sql === undefined ? undefined : readStatement(sql, 'oracle', secret)
}

/** Statement, tables, values. Returns the words that must not show. */
function statement(call: Call, known: Cursor | undefined, out: CallRow, secret: Secret): string[] {
  const { row } = out
  if (call.cursor !== undefined) row.cursor_id = call.cursor
  if (call.iterations !== undefined && call.iterations > 0) row.fetch_size = call.iterations
  if (call.options !== undefined) {
    if ((call.options & PARSE) !== 0) row.parse = true
    if ((call.options & COMMIT) !== 0) row.commit = true
  }
  const sql = call.sql ?? known?.sql
  if (sql === undefined) {
    if (call.cursor !== undefined && (actsOnCursor(call.fn) || call.fn === Fn.ALL8))
      out.notes.push('the parse of the statement was not seen')
    return []
  }
  const facts = readStatement(sql, 'oracle', secret)
  row.sql_source = call.sql === undefined ? 'cursor' : call.sqlBy
  if (row.sql_source === 'search') out.notes.push('the statement was found by search, not by a known layout')
  else if (known?.sqlBy === 'search') out.notes.push('the statement of this cursor was found by search')
  out.query = facts.text
  out.resource = facts.tables[0]
  row.fingerprint = facts.fingerprint
  if (facts.tables.length > 0) row.tables = facts.tables
  // A call that only fetches keeps its own verb.
  if (
    facts.verb !== '' &&
    call.fn !== Fn.FETCH &&
    call.fn !== Fn.CLOSE &&
    call.fn !== Fn.CANCEL &&
    (call.sql !== undefined || call.fn !== Fn.ALL8)
  )
    out.method = facts.verb
  const binds = call.binds.length > 0 ? call.binds : known && call.fn !== Fn.FETCH ? known.binds : []
  const words = hiddenWords(sql, facts.text)
  if (binds.length > 0) {
    row.bind_count = binds.length
    row.bind_types = binds.map(({ type }) => typeName(type))
    if (call.values.length > 1) row.bind_rows = call.values.length
    if (call.values.length > 0) {
      const hidden = hiddenBinds(sql, facts, binds.length)
      for (const values of call.values)
        for (const [i, v] of values.entries()) if (hidden(i) && typeof v === 'string' && v.length > 2) words.push(v)
      const shown = call.values.map((values) => values.map((v, i) => showValue(v, hidden(i), secret)))
      out.params = jsonText(shown.length === 1 ? shown[0] : shown)
    } else if (!call.bindsRead) out.notes.push('the bound values could not be read')
  }
  return words
}

/** Which binds are secret. A name that stands twice is bound once in PL/SQL: then ordinals do not tell, and all are. */
function hiddenBinds(sql: string, facts: SqlFacts, count: number): (i: number) => boolean {
  if (facts.secretParams.length === 0) return () => false
  const markers = sql.match(/(?<![:\w]):\w+/g)?.length ?? 0
  return markers === count ? (i) => facts.secretParams.includes(i) : () => true
}

/** What a client says of itself. */
function login(call: Call, out: CallRow, state: Connection, secret: Secret): void {
  const { row } = out
  const said = lookup(call.pairs)
  row.client_program = said('AUTH_PROGRAM_NM') ?? row.client_program
  if (row.client_program === undefined) delete row.client_program
  const put = (
    column: 'client_host' | 'client_os_user' | 'client_terminal' | 'client_pid' | 'client_driver' | 'proxy_user',
    key: string,
  ) => {
    const value = said(key)
    if (value !== undefined) row[column] = value
  }
  put('client_host', 'AUTH_MACHINE')
  put('client_os_user', 'AUTH_SID')
  put('client_terminal', 'AUTH_TERMINAL')
  put('client_pid', 'AUTH_PID')
  put('client_driver', 'SESSION_CLIENT_DRIVER_NAME')
  put('proxy_user', 'PROXY_CLIENT_NAME')
  const alter = said('AUTH_ALTER_SESSION')
  if (call.pairs.length > 0) {
    const pairs = maskPairs(call.pairs, secret)
    if (alter !== undefined) pairs.AUTH_ALTER_SESSION = readStatement(alter, 'oracle', secret).text
    row.auth_request = pairs
  }
  if (call.authMode !== undefined && call.authMode !== 0) {
    const modes = authModes(call.authMode)
    if (modes.length > 0) row.auth_modes = modes
  }
  state.program = row.client_program
  state.claimed = call.user ?? state.claimed
  state.proxy = row.proxy_user
  out.user = state.claimed
  out.resource = state.service ?? state.sid
}

const lookup = (pairs: readonly KeyValue[]) => {
  const map = new Map(pairs.map(({ key, value }) => [key, value]))
  return (key: string): string | undefined => map.get(key) || undefined
}

function reply(
  answer: Answer,
  call: Call | undefined,
  known: Cursor | undefined,
  facts: SqlFacts | undefined,
  out: CallRow,
  state: Connection,
  options: OracleOptions,
  words: readonly string[],
  secret: Secret,
): void {
  const { row } = out
  if (answer.banner !== undefined) row.server_banner = answer.banner
  if (answer.protocolVersion !== undefined) row.protocol_version = answer.protocolVersion
  if (answer.serverFields !== undefined) row.field_version = answer.serverFields
  if (answer.version !== undefined) row.server_version = answer.version
  if (answer.pairs.length > 0) serverSays(answer.pairs, out, state, secret)
  if (answer.errorCode !== undefined) {
    row.error_source = answer.errorBy
    if (answer.errorCode === NO_DATA_FOUND && answer.error === undefined) row.no_more_rows = true
    if (answer.error !== undefined) {
      row.error_code = /^[A-Z]{3}-\d{5}/.exec(answer.error)?.[0] ?? `ORA-${String(answer.errorCode).padStart(5, '0')}`
      out.error = wash(answer.error, words, secret)
      if (answer.errorBy === 'search') out.notes.push('the error was found by search, not by a known layout')
    }
  }
  if (answer.warning !== undefined) row.warning = wash(answer.warning, words, secret)
  const columns = answer.columns ?? known?.columns
  if (answer.columns && answer.columns.length > 0) {
    row.columns = answer.columns.map(({ name }) => name)
    row.column_types = answer.columns.map(({ type }) => typeName(type))
  }
  if (answer.whole && (facts || call?.cursor !== undefined)) {
    const query = facts !== undefined && QUERIES.has(facts.verb)
    if (query || answer.rowsHere > 0) row.num_rows = answer.rowsHere
    if (answer.rowCount !== undefined) row.rows_processed = answer.rowCount
    out.rows = query ? answer.rowsHere : answer.rowCount
    if (answer.cursor !== undefined) row.cursor_id ??= answer.cursor
  } else if (!answer.whole && call?.kind === 'function') out.notes.push('the answer could not be read to its end')
  if (options.send_response && columns && answer.rows.length > 0) out.text = rowsText(columns, answer.rows, options, secret)
}

/** What a server says of itself, and whether it lets the client in. */
function serverSays(pairs: readonly KeyValue[], out: CallRow, state: Connection, secret: Secret): void {
  const { row } = out
  const said = lookup(pairs)
  row.auth_answer = maskPairs(pairs, secret)
  const version = said('AUTH_VERSION_STRING')
  const number = said('AUTH_VERSION_NO')
  if (number !== undefined && /^\d{1,10}$/.test(number)) row.server_version = versionText(Number(number))
  else if (version !== undefined) row.server_version = version.replace(/^[\s-]+/, '')
  const put = (column: 'server_host' | 'session_id' | 'serial' | 'database' | 'instance_name', ...keys: string[]) => {
    for (const key of keys) {
      const value = said(key)
      if (value === undefined) continue
      row[column] = value
      return
    }
  }
  put('server_host', 'AUTH_SC_SERVER_HOST')
  put('session_id', 'AUTH_SESSION_ID')
  put('serial', 'AUTH_SERIAL_NUM')
  put('database', 'AUTH_DBNAME', 'AUTH_SC_DBUNIQUE_NAME')
  put('instance_name', 'AUTH_INSTANCENAME', 'AUTH_SC_INSTANCE_NAME')
  state.database = row.database ?? state.database
  const service = said('AUTH_SC_SERVICE_NAME')
  if (service !== undefined) row.service_name = service
}

/** Since 18c the second part has eight bits, before that four. */
function versionText(n: number): string {
  const major = (n >>> 24) & 255
  return major >= 18
    ? `${major}.${(n >>> 16) & 255}.${(n >>> 12) & 15}.${(n >>> 4) & 255}.${n & 15}`
    : `${major}.${(n >>> 20) & 15}.${(n >>> 12) & 255}.${(n >>> 8) & 15}.${n & 255}`
}

function transaction(
  answer: Answer | undefined,
  facts: SqlFacts | undefined,
  call: Call | undefined,
  row: OracleRow,
  state: Connection,
): void {
  const { ids } = state
  const ends = call?.fn === Fn.COMMIT || call?.fn === Fn.ROLLBACK
  const open = answer?.whole ? answer.inTransaction : undefined
  if (open !== undefined) row.in_transaction = open
  if (!facts && !ends) {
    if (open === false) ids.end()
    return
  }
  if (open === true && !ids.current) ids.begin()
  const id = ids.current
  if (id !== undefined) row.transaction_id = id
  if (open === false || (open === undefined && ends)) ids.end()
}

const CELL = /[",\r\n]/
function rowsText(columns: readonly Column[], rows: readonly (readonly unknown[])[], options: OracleOptions, secret: Secret): string {
  const line = (cells: readonly string[]): string => {
    const joined = cells.map((cell) => (CELL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
    return `${joined.slice(0, options.max_row_length)}\n`
  }
  let text = line(columns.map(({ name }) => name))
  for (const row of rows) {
    text += line(
      row.map((value, i) => {
        const shown = showValue(value, isSecretColumn(columns[i]?.name ?? ''), secret)
        return shown === null ? '' : typeof shown === 'string' ? shown : jsonText(shown)
      }),
    )
  }
  return text
}

/** The columns of a negotiation of network services. */
export function servicesRow(request: Buffer, answer: Buffer, row: OracleRow): string | undefined {
  const offered = readServices(request)
  const chosen = readServices(answer)
  if (offered) {
    if (offered.encryption.length > 0) row.encryption_offered = offered.encryption.map(cipherName)
    if (offered.integrity.length > 0) row.checksum_offered = offered.integrity.map(digestName)
  }
  if (!chosen) return undefined
  const cipher = chosen.encryption[0]
  const digest = chosen.integrity[0]
  if (digest !== undefined) row.checksum = digestName(digest)
  if (cipher === undefined) return undefined
  row.encryption = cipherName(cipher)
  return cipher === 0 ? undefined : row.encryption
}
