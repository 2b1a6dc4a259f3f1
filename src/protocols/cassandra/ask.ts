/** Turns a request frame into what its row will say of it. */
import type { Trace } from '../../model/trace.js'
import { jsonText } from '../../schema/json-text.js'
import { isSecretName } from '../shared/secret-names.js'
import { readStatement, type SqlFacts } from '../shared/sql/statement.js'
import { type Asked, type CassandraRow, newRow, type RawParams } from './asked.js'
import type { ConnectionState } from './connection.js'
import type { Header } from './header.js'
import type { Frame } from './messages.js'
import { Op, opName } from './names.js'
import { newBudget, paramsText, showParams } from './params.js'
import { payloadView } from './payload.js'
import { type BatchPart, type Bound, type RequestBody, readRequest } from './requests.js'
import { readPlain } from './sasl.js'
import { SecretWords, secretNames } from './secrets.js'
import type { Statement } from './statements.js'

/** Characters of a statement that are shown; longer ones are batches written by programs. */
const MAX_QUERY = 65536
/** Bytes of values kept until their statement is known. */
const MAX_RAW = 65536
/** Names of parameters and ids of a batch that are listed. */
const MAX_LISTED = 256

export function ask(frame: Frame, body: Buffer | undefined, at: Trace, state: ConnectionState): Asked {
  const h = frame.header
  const asked: Asked = {
    header: h,
    at,
    serverHoles: state.serverHoles,
    lost: frame.lost > 0,
    truncated: frame.missing > 0,
    row: newRow(),
    notes: [],
    secrets: new SecretWords(),
    method: opName(h.op),
    query: opName(h.op),
    params: undefined,
    resource: undefined,
    statement: undefined,
    prepares: undefined,
    keyspace: state.keyspace,
    login: undefined,
    raw: undefined,
    weight: 0,
  }
  if (body) fill(asked, readRequest(h, body), h, state)
  return asked
}

function fill(asked: Asked, body: RequestBody, h: Header, state: ConnectionState): void {
  const row = asked.row
  const secret = state.secret
  if (body.payload) row.request_payload = payloadView(body.payload, secret)
  putParameters(row, body)
  if (body.keyspace !== undefined) asked.keyspace = body.keyspace
  switch (h.op) {
    case Op.STARTUP:
      startup(asked, body, state)
      break
    case Op.REGISTER:
      row.register_events = body.events
      asked.query = `REGISTER ${(body.events ?? []).join(', ')}`
      break
    case Op.AUTH_RESPONSE:
      authResponse(asked, body, state)
      break
    case Op.CREDENTIALS:
      credentials(asked, body, state)
      break
    case Op.QUERY:
    case Op.PREPARE:
      statementText(asked, body.query ?? '', h, state)
      if (h.op === Op.PREPARE) {
        asked.method = 'PREPARE'
        if (!body.cut) asked.prepares = body.query
      } else if (body.bound) bind(asked, body.bound, undefined, body.query, h, state)
      break
    case Op.EXECUTE: {
      asked.row.statement_id = body.statementId
      const statement = state.statements.find(body.statementId ?? '', state.server)
      if (statement) executes(asked, statement, h, state)
      else asked.query = undefined
      if (body.bound) bind(asked, body.bound, statement, statement?.query, h, state)
      break
    }
    case Op.BATCH:
      batch(asked, body, h, state)
      break
  }
  asked.weight = 512 + 2 * ((asked.query?.length ?? 0) + (asked.params?.length ?? 0)) + (asked.raw?.bytes ?? 0)
}

function putParameters(row: CassandraRow, body: RequestBody): void {
  row.consistency = body.consistency
  row.page_size = body.pageSize
  row.timestamp = body.timestamp
  if (body.serialConsistency !== undefined) row.serial_consistency = body.serialConsistency
  if (body.pagingState !== undefined) row.paging_state = body.pagingState
  if (body.nowInSeconds !== undefined) row.now_in_seconds = body.nowInSeconds
}

function startup(asked: Asked, body: RequestBody, state: ConnectionState): void {
  const pairs = (body.startup ?? []).map(([key, value]) => [key, isSecretName(key) ? state.secret(value) : value] as const)
  asked.row.startup_options = Object.fromEntries(pairs)
  asked.query = `STARTUP ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`
  const compression = body.startup?.find(([key]) => key.toUpperCase() === 'COMPRESSION')?.[1]
  if (compression) state.compression.agree(compression)
  state.startupSeen = true
}

const MECHANISM = /^(?:PLAIN|GSSAPI|EXTERNAL|DIGEST-MD5|SCRAM-SHA-(?:1|256|512))$/

function authResponse(asked: Asked, body: RequestBody, state: ConnectionState): void {
  const token = body.token
  const login = token && readPlain(token)
  if (login === undefined || token === undefined) {
    if (token && token.length > 0) {
      const shown = token.toString('latin1')
      // DSE names the mechanism first, before any secret.
      const mechanism = MECHANISM.test(shown) ? shown : undefined
      if (mechanism !== undefined) asked.row.auth_mechanism = mechanism
      asked.secrets.add(token.toString('utf8'))
      asked.params = jsonText(mechanism !== undefined ? { mechanism } : { token: state.secret(token.toString('utf8')) })
      asked.query = mechanism !== undefined ? `AUTH_RESPONSE ${mechanism}` : 'AUTH_RESPONSE'
    }
    asked.login = state.claimed
    return
  }
  asked.row.auth_mechanism = 'PLAIN'
  asked.login = login.user
  state.claimed = login.user
  asked.secrets.add(login.password)
  asked.query = `AUTH_RESPONSE PLAIN ${login.user}`
  asked.params = jsonText({
    user: login.user,
    ...(login.actsAs !== '' && { acts_as: login.actsAs }),
    password: state.secret(login.password),
  })
}

/** The login of v1. */
function credentials(asked: Asked, body: RequestBody, state: ConnectionState): void {
  const out: Record<string, string> = {}
  for (const [key, value] of body.credentials ?? []) {
    if (key === 'username') {
      out.user = value
      asked.login = value
      state.claimed = value
    } else {
      asked.secrets.add(value)
      out[key] = state.secret(value)
    }
  }
  asked.params = jsonText(out)
  asked.query = `CREDENTIALS ${asked.login ?? ''}`.trim()
}

const shownText = (text: string, notes: string[]): string => {
  if (text.length <= MAX_QUERY) return text
  notes.push(`the statement has ${text.length} characters; the first ${MAX_QUERY} are shown`)
  return text.slice(0, MAX_QUERY)
}

function statementText(asked: Asked, text: string, h: Header, state: ConnectionState): SqlFacts {
  const facts = readStatement(text, 'cql', state.secret)
  asked.secrets.addMasked(text, facts.text, state.mask)
  const shown = shownText(facts.text, asked.notes)
  asked.query = shown
  asked.row.request_query = shown
  asked.row.fingerprint = facts.fingerprint
  if (facts.tables.length > 0) asked.row.tables = facts.tables
  if (facts.verb !== '') asked.method = facts.verb === 'BEGIN' ? 'BATCH' : facts.verb
  asked.resource = qualified(facts.tables[0], asked.keyspace)
  if (h.op !== Op.PREPARE && facts.verb === 'USE') asked.resource = undefined
  return facts
}

export function executes(asked: Asked, statement: Statement, h: Header, state: ConnectionState): void {
  asked.statement = statement
  if (statement.query !== undefined) {
    asked.keyspace = statement.inKeyspace ?? asked.keyspace
    statementText(asked, statement.query, h, state)
  }
  if (statement.table !== undefined) asked.resource = qualified(statement.table, statement.keyspace)
  if (statement.server !== state.server) asked.notes.push(`the statement is known from its preparation on ${statement.server}`)
}

export const qualified = (table: string | undefined, keyspace: string | undefined): string | undefined =>
  table === undefined ? undefined : table.includes('.') || keyspace === undefined || keyspace === '' ? table : `${keyspace}.${table}`

/** Shows the values bound to one statement, or keeps them until the statement is known. */
export function bind(
  asked: Asked,
  bound: Bound,
  statement: Statement | undefined,
  text: string | undefined,
  h: Header,
  state: ConnectionState,
): void {
  const row = asked.row
  row.param_count = bound.count
  const columns = statement?.parameters
  const names = bound.names ?? columns?.slice(0, bound.values.length).map((column) => column.name)
  if (names && names.length > 0) row.param_names = names.slice(0, MAX_LISTED)
  if (columns) row.param_types = columns.slice(0, Math.min(bound.values.length, MAX_LISTED)).map((column) => column.type.name)
  if (h.op === Op.EXECUTE && statement === undefined && asked.raw === undefined) asked.raw = keep(bound)
  const shown = showParams(bound, columns, secretsOf(text, state), h.version >= 3, state.secret, asked.secrets, newBudget())
  putParams(asked, shown.value, shown.cut)
}

function putParams(asked: Asked, value: unknown, cut: boolean): void {
  const text = paramsText(value)
  asked.params = text
  if (text === undefined) asked.notes.push('the bound values are too long to be shown')
  else if (cut) asked.notes.push('not all bound values are shown')
}

function secretsOf(text: string | undefined, state: ConnectionState): (position: number, name: string | undefined) => boolean {
  if (text === undefined) return () => false
  const ordinals = readStatement(text, 'cql', state.secret).secretParams
  if (ordinals.length === 0) return () => false
  let names: ReadonlySet<string> | 'all' | undefined
  return (position, name) => {
    if (name === undefined) return ordinals.includes(position)
    names ??= secretNames(text, ordinals)
    return names === 'all' || names.has(name.toLowerCase())
  }
}

function keep(bound: Bound): RawParams | undefined {
  let bytes = 0
  for (const value of bound.values) if (value instanceof Buffer) bytes += value.length
  if (bytes > MAX_RAW) return undefined
  return { ...bound, bytes, values: bound.values.map((value) => (value instanceof Buffer ? Buffer.from(value) : value)) }
}

function batch(asked: Asked, body: RequestBody, h: Header, state: ConnectionState): void {
  const row = asked.row
  const parts = body.batch ?? []
  row.batch_type = body.batchType
  row.batch_statements = body.batchCount
  const ids = parts.flatMap((part) => (part.id === undefined ? [] : [part.id]))
  if (ids.length > 0) row.batch_ids = [...new Set(ids)]
  const texts: string[] = []
  const fingerprints = new Set<string>()
  const tables = new Set<string>()
  const params: unknown[] = []
  const budget = newBudget()
  let values = 0
  let cut = parts.length < (body.batchCount ?? 0)
  let resource: string | undefined
  for (const part of parts) {
    const { text, statement } = partText(part, state)
    if (text === undefined) texts.push(`(statement ${part.id})`)
    else {
      const facts = readStatement(text, 'cql', state.secret)
      asked.secrets.addMasked(text, facts.text, state.mask)
      texts.push(facts.text.trim().replace(/;$/, ''))
      fingerprints.add(facts.fingerprint)
      for (const table of facts.tables) if (tables.size < MAX_LISTED) tables.add(table)
      resource ??= qualified(statement?.table ?? facts.tables[0], statement?.keyspace ?? asked.keyspace)
    }
    values += part.bound.count
    const shown = showParams(part.bound, statement?.parameters, secretsOf(text, state), h.version >= 3, state.secret, asked.secrets, budget)
    params.push(shown.value)
    cut ||= shown.cut
  }
  asked.query = shownText(texts.join('; '), asked.notes)
  row.request_query = asked.query
  if (fingerprints.size > 0) row.fingerprint = [...fingerprints].join('; ')
  if (tables.size > 0) row.tables = [...tables]
  row.param_count = values
  asked.resource = resource
  if (parts.length < (body.batchCount ?? 0)) asked.notes.push(`the first ${parts.length} statements of the batch are shown`)
  if (values > 0) putParams(asked, params, cut)
}

function partText(part: BatchPart, state: ConnectionState): { text: string | undefined; statement: Statement | undefined } {
  if (part.id === undefined) return { text: part.query ?? '', statement: undefined }
  const statement = state.statements.find(part.id, state.server)
  return { text: statement?.query, statement }
}
