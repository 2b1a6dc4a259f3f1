/** From what was asked and answered to a row. */
import type { EndReason } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Connection } from './connection.js'
import { Diagnosis } from './diagnosis.js'
import type { PgsqlRow } from './fields.js'
import { loginColumns } from './login-columns.js'
import type { Diagnostics } from './messages.js'
import { resultText } from './result-text.js'
import { maskWords } from './secrets.js'
import { putResult, putStatement } from './statement-columns.js'
import { type Frontend, Unit } from './unit.js'

type Tx = Transaction<PgsqlRow>
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Housekeeping: nothing that was asked of the data. Preparing is, unless it fails, because then nothing else is said of the statement. */
const SESSION: ReadonlySet<Frontend> = new Set([
  'startup',
  'ssl_request',
  'gssenc_request',
  'cancel_request',
  'terminate',
  'sync',
  'close',
  'parse',
  'bind',
  'describe',
])
const PREPARING: ReadonlySet<Frontend> = new Set(['parse', 'bind', 'describe', 'close'])
const METHODS: Readonly<Partial<Record<Frontend, string>>> = {
  startup: 'LOGIN',
  ssl_request: 'SSLREQUEST',
  gssenc_request: 'GSSENCREQUEST',
  cancel_request: 'CANCEL',
  terminate: 'TERMINATE',
  sync: 'SYNC',
  close: 'CLOSE',
  parse: 'PARSE',
  bind: 'BIND',
  describe: 'DESCRIBE',
  function_call: 'FUNCTION',
}
const MESSAGES: Readonly<Partial<Record<Frontend, string>>> = {
  ssl_request: 'SSL Request',
  cancel_request: 'cancel_request',
  terminate: 'terminate',
}
const STATES: Readonly<Record<string, string>> = { I: 'idle', T: 'open', E: 'failed' }
/** Characters kept of a payload. */
const MAX_TEXT = 8192

export class Rows {
  /** Why the connection ended, once it has. */
  ending: EndReason | undefined

  constructor(private readonly c: Connection) {}

  unit(unit: Unit, state: string | undefined): void {
    const { c } = this
    const complete = completeness(unit)
    if (unit.frontend === 'startup' && complete !== 'complete' && c.login.result === undefined) {
      const asked = c.login.wantsAnswer && c.login.proof === undefined
      c.login.result = asked ? 'abandoned' : 'unknown'
      if (asked) unit.note('The client left without answering the question for its password.')
    }
    this.give(unit, complete, this.isOk(unit, complete), state)
  }

  /** An answer whose request was not captured. */
  orphan(unit: Unit, state: string | undefined): void {
    this.give(unit, 'orphan-response', !unit.error, state, true)
  }

  private isOk(unit: Unit, complete: Completeness): boolean {
    if (unit.error || unit.skipped) return false
    if (complete === 'complete') return true
    // Part of a result came: the server was doing it.
    return complete !== 'no-response' && unit.frontend !== 'startup' && (unit.rows > 0 || unit.tag !== undefined || unit.copy !== undefined)
  }

  private give(unit: Unit, complete: Completeness, ok: boolean, state: string | undefined, orphan = false): void {
    const { c } = this
    const { frontend, facts } = unit
    const { options } = c.session
    const row = this.base(orphan ? undefined : frontend)
    const notes: string[] = []
    const tx: Mutable<Tx> = {
      request: unit.request,
      response: unit.response,
      answered: unit.answered,
      complete,
      status: ok ? 'OK' : 'Error',
      user: c.login.user,
      request_bytes: unit.requestBytes,
      response_bytes: unit.responseBytes,
      notes,
      row,
    }
    if (SESSION.has(frontend) && !orphan && !(PREPARING.has(frontend) && unit.error)) tx.session_event = true
    tx.method = METHODS[frontend] ?? (orphan ? unit.tag?.split(' ', 1)[0] : facts?.verb || undefined)
    row.backend = backendOf(unit)
    if (state !== undefined && frontend !== 'ssl_request') row.transaction_state = STATES[state]
    const secrets = putStatement(unit, tx, row, c, notes)
    putResult(unit, tx, row)
    if (unit.executed && !orphan) row.transaction_id = ok && facts ? c.ids.see(facts) : c.ids.current
    const diagnosis = new Diagnosis(unit, secrets, c.login.secrets, c.secret)
    if (unit.error) {
      diagnosis.putError(row, unit.error)
      tx.error = row.error_message
    }
    if (unit.notices.length > 0) diagnosis.putNotices(row, unit)
    if (frontend === 'startup') {
      loginColumns(row, c.login)
      tx.resource = c.login.database
    } else if (frontend === 'ssl_request' || frontend === 'gssenc_request') {
      if (frontend === 'ssl_request' && unit.tag) row.ssl_accepted = unit.tag === 'S'
      if (frontend === 'gssenc_request' && unit.tag) row.gss_accepted = unit.tag === 'G'
    }
    if (options.send_request && tx.query !== undefined) tx.request_text = tx.query
    if (options.send_response) tx.response_text = this.responseText(unit, row, diagnosis)
    if (unit.notes) notes.push(...unit.notes)
    if (!c.login.seen && frontend !== 'ssl_request' && frontend !== 'gssenc_request' && frontend !== 'cancel_request')
      notes.push('The login was not seen.')
    if (orphan) notes.push('The request was not captured.')
    c.session.emit(tx)
  }

  private responseText(unit: Unit, row: PgsqlRow, diagnosis: Diagnosis): string | undefined {
    const { c } = this
    const { options } = c.session
    if (unit.samples || unit.columns) {
      const formats = unit.portal?.bound(c.dialogue.latin, c.secret).resultFormats
      const columns = unit.columns ?? unit.portal?.columns ?? unit.statement?.columns
      const limits = { rows: options.max_rows, rowLength: options.max_row_length }
      return diagnosis.quoted(resultText(columns, formats, unit.samples ?? [], limits, c.dialogue.latin, c.secret))
    }
    if (unit.error) return `${row.error_severity ?? 'ERROR'}: ${row.error_message ?? ''}`
    return row.command_completed
  }

  private base(frontend: Frontend | undefined): PgsqlRow {
    const { login } = this.c
    return {
      frontend,
      database: login.database,
      application_name: login.applicationName,
      role: login.role,
      backend_pid: login.pid,
      request_message: frontend && MESSAGES[frontend],
    }
  }

  /** CancelRequest: the connection does nothing else, and no answer comes. */
  cancel(unit: Unit, pid: number, key: string): void {
    const { c } = this
    const row = this.base('cancel_request')
    const target = c.session.shared.find(c.server, pid)
    row.target_pid = pid
    if (target) {
      row.target_flow = target.flow
      row.key_matches = target.key === key
      row.database = target.database
      row.application_name = target.applicationName
      if (row.key_matches) target.cancelledBy = c.session.flow.id
    }
    c.session.emit({
      request: unit.request,
      complete: 'complete',
      status: 'OK',
      user: target?.user,
      method: 'CANCEL',
      resource: String(pid),
      request_bytes: unit.requestBytes,
      session_event: true,
      notes: target ? [] : ['The connection of that process was not seen.'],
      row,
    })
  }

  notification(at: Trace, pid: number, channel: string, payload: string): void {
    const { c } = this
    const row = this.base(undefined)
    row.backend = 'notification'
    row.channel = channel
    row.payload = maskWords(payload, c.secret).slice(0, MAX_TEXT)
    row.notifier_pid = pid
    c.session.emit({
      response: at,
      complete: 'complete',
      status: 'OK',
      user: c.login.user,
      method: 'NOTIFY',
      resource: channel,
      session_event: true,
      notes: c.login.seen ? [] : ['The login was not seen.'],
      row,
    })
  }

  /** A notice, or the end of the session, while nothing was asked. */
  unasked(backend: 'notice' | 'error', at: Trace, fields: Diagnostics): void {
    const { c } = this
    const unit = new Unit('simple_query')
    const row = this.base(undefined)
    row.backend = backend
    const diagnosis = new Diagnosis(unit, [], c.login.secrets, c.secret)
    if (backend === 'error') diagnosis.putError(row, fields)
    else {
      unit.notice(fields)
      diagnosis.putNotices(row, unit)
    }
    c.session.emit({
      response: at,
      complete: 'complete',
      status: backend === 'error' ? 'Error' : 'OK',
      user: c.login.user,
      method: backend === 'error' ? 'ERROR' : 'NOTICE',
      error: row.error_message,
      session_event: true,
      notes: c.login.seen ? [] : ['The login was not seen.'],
      row,
    })
  }
}

function completeness(unit: Unit): Completeness {
  if (unit.lost) return 'lost'
  // Preparing is over with its last confirmation; what executes, with its result.
  if (unit.done || (!unit.executed && unit.frontend !== 'startup' && unit.waiting <= 0 && unit.response)) return 'complete'
  return unit.response ? 'truncated' : 'no-response'
}

function backendOf(unit: Unit): string | undefined {
  if (unit.error) return 'error'
  if (unit.frontend === 'startup') return unit.done ? 'auth_ok' : undefined
  if (unit.frontend === 'ssl_request' || unit.frontend === 'gssenc_request') return unit.tag ? 'ssl_reply' : undefined
  if (unit.suspended) return 'portal_suspended'
  if (unit.empty) return 'empty_query'
  if (unit.frontend === 'function_call') return unit.done ? 'function_result' : undefined
  return unit.tag === undefined ? undefined : 'command_complete'
}
