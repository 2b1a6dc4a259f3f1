/** Rows of the table `mysql` from exchanges. */
import type { EndReason } from '../../model/side.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { RowOf } from '../../schema/fields.js'
import { jsonText } from '../../schema/json-text.js'
import type { Session } from '../protocol.js'
import { isCardNumber, isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import { maskStatement } from '../shared/sql/secret-positions.js'
import { type Exchange, LOGIN, ORPHAN, UNASKED, X } from './exchange.js'
import type { mysqlFields } from './fields.js'
import type { Link } from './link.js'
import { Com, commandName, Status } from './names.js'

export type MysqlRow = RowOf<typeof mysqlFields>
// biome-ignore lint/suspicious/noExplicitAny: only the members that know no options are used.
export type MysqlSession = Session<MysqlRow, any>

/** Characters of the bound values of one row; a thousand long values would make rows of megabytes. */
const MAX_PARAMS_TEXT = 65_536

/** What Packetbeat counts, and what asks for data or changes the server: everything else is housekeeping. */
const ASKED = new Set<number>([
  Com.Query,
  Com.StmtPrepare,
  Com.StmtExecute,
  Com.StmtBulkExecute,
  Com.BinlogDump,
  Com.BinlogDumpGtid,
  Com.TableDump,
  Com.Clone,
  Com.CreateDb,
  Com.DropDb,
  Com.ProcessKill,
  Com.Shutdown,
  ORPHAN,
])

/** Those whose verb is the statement's: the others only name one. */
const STATEMENTS = new Set<number>([Com.Query, Com.StmtPrepare, Com.StmtExecute, Com.StmtBulkExecute])

export function commandOf(ex: Exchange): string {
  switch (ex.command) {
    case LOGIN:
      return ex.tls ? 'ssl_request' : 'login'
    case ORPHAN:
      return 'response'
    case UNASKED:
      return 'disconnect'
    case X:
      return 'x_protocol'
    default:
      return commandName(ex.command)
  }
}

export function transactionOf(
  ex: Exchange,
  link: Link,
  session: MysqlSession,
  transactionId: string | undefined,
  why: EndReason | undefined,
): Transaction<MysqlRow> {
  const command = commandOf(ex)
  const secrets = new Secrets(ex, session)
  const complete = completeness(ex, why)
  const notes = notesOf(ex, link, complete, why)
  const sql = secrets.sql()
  const params = ex.params ? fitting(secrets.params()) : undefined
  const { error } = ex
  const message = error ? secrets.message(error.message) : undefined
  const user = ex.login?.user ?? ex.user
  const row = rowOf(ex, link, command, params, message, secrets)
  row.transaction_id = transactionId
  return {
    request: ex.request,
    response: ex.response,
    answered: ex.command === LOGIN || ex.command === Com.ChangeUser ? ex.response?.last : undefined,
    complete,
    status: error || unknownEnd(ex) ? 'Error' : 'OK',
    user: user === '' ? undefined : user,
    method: (STATEMENTS.has(ex.command) && ex.facts?.verb) || command.toUpperCase(),
    resource: resourceOf(ex),
    query: sql || undefined,
    params: params === undefined ? undefined : jsonText(params),
    error: message,
    rows: rowsOf(ex),
    request_bytes: ex.requestBytes,
    response_bytes: ex.responseBytes,
    notes: notes.length > 0 ? notes : undefined,
    session_event: !ASKED.has(ex.command) || undefined,
    request_text: session.options.send_request ? requestText(ex, sql, command) : undefined,
    response_text: session.options.send_response ? responseText(ex, message) : undefined,
    row,
  }
}

function completeness(ex: Exchange, why: EndReason | undefined): Completeness {
  if (ex.lostRequest || ex.lostResponse) return 'lost'
  if (ex.command === ORPHAN) return ex.answered ? 'orphan-response' : 'truncated'
  if (!ex.request && ex.command !== UNASKED) return 'orphan-response'
  if (ex.answered && ex.asked) return 'complete'
  if (!ex.asked) return 'truncated'
  if (!ex.response) return 'no-response'
  // A stream of the binary log has no end of its own.
  return ex.events > 0 && why !== 'eof' ? 'complete' : 'truncated'
}

/** Nothing of the answer tells that the command worked. */
const unknownEnd = (ex: Exchange): boolean => !ex.answered && ex.results === 0 && !ex.hasRows && ex.events === 0 && !ex.tls

function notesOf(ex: Exchange, link: Link, complete: Completeness, why: EndReason | undefined): string[] {
  const notes = [...ex.notes]
  // Packetbeat's words.
  if (ex.lostRequest) notes.push('Packet loss while capturing the request')
  if (ex.lostResponse) notes.push('Packet loss while capturing the response')
  if (complete === 'truncated') {
    const what = why === 'eof' ? 'the capture' : 'the connection'
    notes.push(`${what} ends in the middle of the ${ex.asked ? 'answer' : 'request'}`)
  }
  if (ex.tls) notes.push('the connection goes on in TLS')
  if (ex.command === X) notes.push('X Protocol is not decoded')
  if (ex.infile !== undefined) notes.push('the server asked for a file of the client')
  if (notes.length === 0 && !link.loginSeen && ex.command !== UNASKED && ex.command !== LOGIN) notes.push('login not seen')
  return notes
}

function resourceOf(ex: Exchange): string | undefined {
  if (ex.login) return ex.login.database
  if (ex.facts && ex.facts.tables.length > 0) return ex.facts.tables.join(', ')
  if (ex.facts?.verb === 'USE') return ex.facts.text.replace(/^\s*use\s+/i, '').replace(/^`|`?\s*;?\s*$/g, '')
  return ex.sql === undefined ? ex.argument : undefined
}

/** Rows returned, or changed. */
function rowsOf(ex: Exchange): number | undefined {
  if (ex.command === Com.StmtFetch) return ex.rows
  if (ex.fields > 0 && ex.command !== Com.StmtPrepare && ex.command !== Com.FieldList) return ex.rows
  if (ex.rows > 0) return ex.rows
  return ex.affected === undefined ? undefined : Number(ex.affected)
}

function rowOf(
  ex: Exchange,
  link: Link,
  command: string,
  params: readonly unknown[] | undefined,
  message: string | undefined,
  secrets: Secrets,
): MysqlRow {
  const { error, login } = ex
  const facts = STATEMENTS.has(ex.command) ? ex.facts : undefined
  const returns = isReturning(ex)
  const several = ex.results > 1
  const row: MysqlRow = {
    command,
    database: login ? login.database : ex.database,
    argument: ex.argument,
    fingerprint: facts?.fingerprint || undefined,
    tables: facts && facts.tables.length > 0 ? facts.tables : undefined,
    path: ex.path.length > 0 ? ex.path.join(', ') : undefined,
    statements: facts && facts.statements > 1 ? facts.statements : undefined,
    query_bytes: ex.fullLength,
    statement_id: ex.statementId === LAST ? ex.statement?.id : ex.statementId,
    bound: params,
    param_types: ex.paramTypes && ex.paramTypes.length > 0 ? ex.paramTypes : undefined,
    param_count: ex.paramCount ?? ex.paramsSent,
    bulk_rows: ex.bulkRows,
    attributes: ex.attributes ? secrets.named(ex.attributes) : undefined,
    cursor: ex.cursor || undefined,
    amount: ex.amount,
    infile: ex.infile,
    infile_bytes: ex.infile !== undefined || ex.infileBytes > 0 ? ex.infileBytes : undefined,
    num_rows: returns ? ex.rows : undefined,
    num_fields:
      (returns && ex.command !== Com.StmtFetch) || ((ex.command === Com.FieldList || ex.command === Com.StmtPrepare) && !error)
        ? ex.fields
        : undefined,
    affected_rows: returns && ex.command !== Com.StmtFetch ? (ex.affected ?? 0) : ex.affected,
    insert_id: ex.insertId,
    warnings: ex.warnings > 0 ? ex.warnings : undefined,
    info: ex.info,
    result_count: several ? ex.results : undefined,
    results: several ? ex.listed : undefined,
    in_transaction: ex.status === undefined ? undefined : (ex.status & Status.InTransaction) !== 0 || undefined,
    error_code: error?.code,
    sqlstate: error?.state,
    error_message: error ? (error.state ? `${error.state}: ${message}` : message) : undefined,
    session_changes: ex.changes,
    events: ex.events > 0 ? ex.events : undefined,
    server_version: link.greeting?.version,
    compression: link.compressed ? (link.compression ?? 'zlib') : undefined,
    login_seen: link.loginSeen || ex.command === LOGIN || ex.command === UNASKED ? undefined : false,
  }
  if (ex.command === LOGIN || login) fillLogin(row, ex, link, secrets)
  return row
}

/** An answered statement says how many rows it gave, also when they are none. */
const isReturning = (ex: Exchange): boolean =>
  (ex.command === Com.Query || ex.command === Com.StmtExecute || ex.command === Com.StmtBulkExecute || ex.command === Com.StmtFetch) &&
  !ex.error &&
  (ex.results > 0 || ex.hasRows)

function fillLogin(row: MysqlRow, ex: Exchange, link: Link, secrets: Secrets): void {
  const { login } = ex
  const { greeting } = link
  row.connection_id = greeting?.connectionId
  row.auth_plugin = login?.plugin ?? greeting?.plugin
  if (!login) return
  row.auth_password = login.withPassword
  row.password = login.password === undefined ? undefined : secrets.secret(login.password)
  row.charset = login.charset
  row.compression = link.compression
  row.connect_attributes = login.attributes ? secrets.named(login.attributes) : undefined
  row.client_version = login.attributes?.get('_client_version') ?? login.attributes?.get('_connector_version')
  row.client_name =
    login.attributes?.get('program_name') ?? login.attributes?.get('_client_name') ?? login.attributes?.get('_connector_name')
}

/** MariaDB: the statement prepared last. Shown by its number. */
const LAST = 0xffffffff

/** Whole values within the cap; the last one says how many are missing. */
function fitting(params: readonly unknown[]): readonly unknown[] {
  let left = MAX_PARAMS_TEXT
  for (let i = 0; i < params.length; i++) {
    left -= jsonText(params[i]).length
    if (left < 0) return [...params.slice(0, i), `... ${params.length - i} more`]
  }
  return params
}

function requestText(ex: Exchange, sql: string | undefined, command: string): string {
  return sql ?? (ex.argument === undefined ? command.toUpperCase() : `${command.toUpperCase()} ${ex.argument}`)
}

function responseText(ex: Exchange, message: string | undefined): string | undefined {
  if (ex.csv && ex.csv.length > 0) return `${ex.csv.join('\n')}\n`
  return message ?? ex.info
}

/** What of an exchange must not show, and the values that were found in such places: they are taken out of the server's words too. */
class Secrets {
  private readonly found: string[] = []

  constructor(
    private readonly ex: Exchange,
    private readonly session: MysqlSession,
  ) {}

  secret(text: string): string {
    if (text.length > 2) this.found.push(text)
    return this.session.secret(text)
  }

  params(): unknown[] {
    const { ex } = this
    const hidden = ex.facts?.secretParams ?? []
    const bulk = ex.command === Com.StmtBulkExecute
    return ex.params!.map((value, i) =>
      bulk && Array.isArray(value)
        ? value.map((one: unknown, column) => this.value(one, hidden.includes(column)))
        : this.value(value, hidden.includes(i)),
    )
  }

  named(values: ReadonlyMap<string, unknown>): Map<string, unknown> {
    const out = new Map<string, unknown>()
    for (const [name, value] of values) out.set(name, this.value(value, isSecretName(name)))
    return out
  }

  /** The statement as it may be shown. */
  sql(): string | undefined {
    const { ex } = this
    const text = ex.facts ? ex.facts.text : ex.sql
    if (text === undefined || this.session.showSecrets || !ACCOUNTS.test(text)) return text
    // A clause that was misspelt hides no less of a password: what the server could not read, nobody can judge.
    const broken = ex.error?.code === SYNTAX_ERROR
    return text.replace(broken ? LITERAL : BY_LITERAL, (_, before: string, mark: string, inner: string) =>
      inner === '' ? before + mark + mark : `${before}${mark}${this.secret(inner)}${mark}`,
    )
  }

  private value(value: unknown, hidden: boolean): unknown {
    if (value === null) return null
    if (hidden) return this.secret(String(value))
    if (typeof value !== 'string') return value
    return isCardNumber(value) ? this.secret(value) : maskText(value, (text) => this.secret(text))
  }

  /** The server's words: a fragment of the statement stands in them, or a value that was refused. */
  message(text: string): string {
    if (this.session.showSecrets) return text
    const { ex } = this
    if (ex.sql && ex.facts && ex.facts.text !== ex.sql) maskStatement(ex.sql, 'mysql', (value) => this.secret(value))
    let out = text
    for (const value of this.found) {
      if (out.includes(value)) out = out.replaceAll(value, this.session.secret(value))
      // Servers quote keys and fragments cut short.
      else if (value.length > 8 && out.includes(value.slice(0, 8)))
        out = out.replace(new RegExp(`${literal(value.slice(0, 8))}[^'\\s]*`, 'g'), this.session.secret(value))
    }
    // A syntax error quotes what it did not understand, and so did we not.
    out = out.replace(/ near '([\s\S]*)' at line/, (_, fragment: string) => {
      const shown = this.found.length > 0 ? this.session.secret(fragment) : maskFragment(fragment, this.session)
      return ` near '${shown}' at line`
    })
    // "(using password: YES)" says whether there was one, not which.
    return out
      .split(USING)
      .map((part, i) => (i % 2 === 1 ? part : maskText(part, (value) => this.session.secret(value))))
      .join('')
  }
}

const SYNTAX_ERROR = 1064
/** Statements about accounts and their passwords, and clauses that look like theirs. */
const ACCOUNTS = /^\s*(?:(?:create|alter)\s[\s\S]{0,40}?\buser\b|grant\b|set\s+pass)|\bident\w*\s+by\b|\bpassw\w*/i
const LITERAL = /()(['"])((?:[^'"\\]|\\.)*)\2/g
const BY_LITERAL = /(\bby\s+)(['"])((?:[^'"\\]|\\.)*)\2/gi

const USING = /(\(using password: (?:YES|NO)\))/

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The fragment may begin inside a password clause: where it speaks of one, nothing of it shows. */
const maskFragment = (fragment: string, session: MysqlSession): string =>
  /ident|passw|secret|token|\bby\b/i.test(fragment)
    ? session.secret(fragment)
    : maskStatement(fragment, 'mysql', (value) => session.secret(value))
