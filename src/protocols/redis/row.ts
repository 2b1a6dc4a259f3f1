/** Makes the rows: a command with its reply, and what the server says on its own. */
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Session } from '../protocol.js'
import type { RedisRow } from './fields.js'
import { splitWords } from './inline.js'
import type { Command, Reply, Snapshot } from './messages.js'
import { specOf, upperName } from './names.js'
import type { RedisOptions } from './options.js'
import type { Pending } from './pending.js'
import { maskCommand, type Shown, wash } from './secrets.js'
import { claimedUser, type MonitorLine, type SessionState } from './session-state.js'

export type RedisSession = Session<RedisRow, RedisOptions>
type Tx = { -readonly [K in keyof Transaction<RedisRow>]: Transaction<RedisRow>[K] }

/** Document actions by command, so that a million GETs share one text. Capped as the spellings of names are. */
const actions = new Map<string, string>()
const MAX_ACTIONS = 4096
function actionOf(name: string): string {
  let action = actions.get(name)
  if (action === undefined) {
    action = `redis.${name.toLowerCase()}`
    if (actions.size < MAX_ACTIONS) actions.set(name, action)
  }
  return action
}

export interface Outcome {
  readonly request: Trace | undefined
  readonly response: Trace | undefined
  readonly reply: Reply | undefined
  readonly transaction?: string | undefined
  /** No reply was to come: the client had said so. */
  readonly silent?: boolean
  /** It has been told what became of it, though not by a reply of its own. */
  readonly settled?: boolean
  readonly notes?: readonly string[] | undefined
  /** The reply's text where several make one. */
  readonly said?: string | undefined
  /** Words that stand for the server's, where the command never ran. */
  readonly failure?: string | undefined
  readonly complete?: Completeness
  readonly responseBytes?: number
}

export class RowMaker {
  private readonly secret = (text: string): string => this.session.secret(text)

  constructor(
    private readonly session: RedisSession,
    private readonly state: SessionState,
  ) {}

  /** A command, with its reply or what became of it. */
  command(command: Command, outcome: Outcome): void {
    const { state } = this
    const { reply, notes } = outcome
    const { spec } = command
    const shown = command.args ? maskCommand(command.name, command.args, this.secret) : undefined
    const row = this.blank('command', command.name)
    let resource = command.first
    let query = command.query
    let key = command.key
    if (shown) {
      resource = shown.args[0]
      query = this.queryOf(command, shown)
      if (command.args!.length < command.words - 1) query += ' …'
      key = spec.key > 0 ? shown.args[spec.key - 1] : undefined
      if (spec.key === 3 && shown.args[1] === '0') key = undefined
      if (command.name === 'MIGRATE') key = shown.args[2] || shown.args[1 + shown.args.findIndex((arg) => arg.toUpperCase() === 'KEYS')]
      else if (command.name === 'XREAD' || command.name === 'XREADGROUP') {
        const at = shown.args.findIndex((arg) => arg.toUpperCase() === 'STREAMS')
        key = at < 0 ? undefined : shown.args[at + 1]
      } else if (command.name === 'AUTH') resource = undefined
    }
    if (spec.container && resource !== undefined) row.subcommand = resource.toUpperCase().slice(0, 64)
    if (key !== undefined) row.key = key
    if (command.inline) row.inline = true
    if (outcome.transaction !== undefined) row.transaction_id = outcome.transaction
    if (outcome.silent) row.no_reply = true
    let error: string | undefined
    if (reply) error = this.fillReply(row, reply, outcome.said, shown?.secrets)
    if (outcome.failure !== undefined) error = row.error_text = outcome.failure
    const all: string[] = notes ? [...notes] : []
    if (command.missing > 0 || command.lost) all.push('packet loss while capturing request')
    else if (command.cut) all.push('The command was not seen to its end.')
    if (reply && (reply.missing > 0 || reply.lost)) all.push('packet loss while capturing response')
    else if (reply?.cut) all.push('The reply was not seen to its end.')
    if (reply?.shortened) all.push('The reply is longer than what is kept of it.')
    const unanswered = !reply && !outcome.silent && !outcome.settled
    const tx: Tx = {
      request: outcome.request,
      response: outcome.response,
      complete: outcome.complete ?? completeness(command, reply, unanswered),
      status: error !== undefined || unanswered ? 'Error' : 'OK',
      user: claimedUser(command) ?? state.user,
      method: command.name,
      resource,
      query,
      error,
      rows: reply?.rows,
      row,
    }
    if (command.missing > 0 && outcome.request) tx.request_bytes = outcome.request.bytes + command.missing
    if (outcome.responseBytes !== undefined) tx.response_bytes = outcome.responseBytes
    else if (reply && reply.missing > 0 && outcome.response) tx.response_bytes = outcome.response.bytes + reply.missing
    if (all.length > 0) tx.notes = all
    if (spec.housekeeping) tx.session_event = true
    const { options } = this.session
    if (options.send_request) tx.request_text = query
    if (options.send_response && row.return_value !== undefined) tx.response_text = row.return_value
    else if (options.send_response && error !== undefined) tx.response_text = error
    this.session.emit(tx)
  }

  /** A command whose reply never came, or was lost. */
  unanswered(p: Pending, complete?: 'lost'): void {
    this.command(p.command, {
      request: p.request,
      response: p.response,
      reply: undefined,
      transaction: p.transaction,
      notes: p.notes ?? (complete === 'lost' ? ['packet loss while capturing response'] : ['No reply was seen.']),
      ...(complete ? { complete } : {}),
    })
  }

  /** A reply without a command. */
  orphan(reply: Reply, at: Trace, note: string): void {
    const row = this.blank('command', 'unknown')
    row.action = 'redis.response'
    row.command = undefined
    const error = this.fillReply(row, reply, undefined, undefined)
    const lost = reply.lost || reply.missing > 0
    const tx: Tx = {
      response: at,
      complete: lost ? 'lost' : 'orphan-response',
      status: 'Error',
      user: this.state.user,
      error,
      rows: reply.rows,
      notes: [note],
      row,
    }
    if (this.session.options.send_response) tx.response_text = row.return_value ?? error
    this.session.emit(tx)
  }

  /** What a subscriber is sent: a message, or another push. */
  push(reply: Reply, at: Trace): void {
    const lead = reply.lead ?? []
    const kind = lead[0] ?? ''
    const isMessage = kind === 'message' || kind === 'pmessage' || kind === 'smessage'
    const name = upperName(kind || 'push')
    const row = this.blank(isMessage ? 'message' : 'push', name)
    row.reply_type = reply.type
    const channel = kind === 'pmessage' ? lead[2] : lead[1]
    if (channel) row.channel = channel
    if (kind === 'pmessage') row.pattern = lead[1]
    row.return_value = isMessage ? lead[kind === 'pmessage' ? 3 : 2] : reply.text
    if (reply.attributes !== undefined) row.attributes = reply.attributes
    const tx: Tx = {
      response: at,
      complete: reply.lost || reply.missing > 0 ? 'lost' : reply.cut ? 'truncated' : 'complete',
      status: 'OK',
      user: this.state.user,
      method: name,
      resource: channel || undefined,
      query: isMessage ? lead.slice(0, kind === 'pmessage' ? 3 : 2).join(' ') : undefined,
      row,
    }
    if (reply.missing > 0) tx.response_bytes = at.bytes + reply.missing
    if (this.session.options.send_response) tx.response_text = reply.text
    this.session.emit(tx)
  }

  /** A line of MONITOR: somebody's command, its secrets masked as in one's own. */
  monitor(line: MonitorLine, at: Trace): void {
    const row = this.blank('monitor', 'MONITOR')
    row.database = line.database
    row.monitored_client = line.client
    const words = splitWords(line.rest)
    let query: string
    let resource: string | undefined
    if (words && words.length > 0) {
      const name = upperName(words[0]!)
      const shown = maskCommand(name, words.slice(1), this.secret)
      query = [words[0]!, ...shown.args].join(' ')
      resource = shown.args[0]
      const spec = specOf(name)
      if (spec.key > 0 && shown.args[spec.key - 1] !== undefined) row.key = shown.args[spec.key - 1]!
    } else {
      // The line was cut within a quote: what can be told of its secrets is not enough to show it.
      const word = /^"?([\w.-]{1,64})/.exec(line.rest)?.[1]
      query = word ? `${word} …` : '…'
    }
    this.session.emit({ response: at, complete: 'complete', status: 'OK', method: 'MONITOR', resource, query, row })
  }

  /** A command that a master sends to its replica. */
  replicated(command: Command, at: Trace): void {
    const shown = command.args ? maskCommand(command.name, command.args, this.secret) : undefined
    const row = this.blank('replicated', command.name)
    const key = shown ? (command.spec.key > 0 ? shown.args[command.spec.key - 1] : undefined) : command.key
    if (key !== undefined) row.key = key
    const tx: Tx = {
      response: at,
      complete: command.lost || command.missing > 0 ? 'lost' : command.cut ? 'truncated' : 'complete',
      status: 'OK',
      method: command.name,
      resource: shown ? shown.args[0] : command.first,
      query: shown ? this.queryOf(command, shown) : command.query,
      row,
    }
    if (command.missing > 0) tx.response_bytes = at.bytes + command.missing
    if (command.spec.housekeeping) tx.session_event = true
    this.session.emit(tx)
  }

  snapshot(snapshot: Snapshot, at: Trace): void {
    const row = this.blank('snapshot', 'SNAPSHOT')
    row.snapshot_bytes = snapshot.bytes
    row.snapshot_magic = snapshot.magic
    this.session.emit({
      response: at,
      complete: snapshot.missing > 0 ? 'lost' : snapshot.cut ? 'truncated' : 'complete',
      status: 'OK',
      user: this.state.user,
      method: 'SNAPSHOT',
      query: `snapshot of ${snapshot.bytes} bytes`,
      response_bytes: at.bytes + snapshot.missing,
      notes: snapshot.missing > 0 ? ['packet loss while capturing response'] : undefined,
      row,
    })
  }

  private blank(kind: string, name: string): RedisRow {
    const { state } = this
    const row: RedisRow = { kind, action: actionOf(name), command: name }
    if (state.database !== undefined) row.database = state.database
    if (state.resp !== undefined) row.resp = state.resp
    if (state.clientName !== undefined) row.client_name = state.clientName
    return row
  }

  private queryOf(command: Command, shown: Shown): string {
    return shown.args.length === 0 ? command.query : `${command.query} ${shown.args.join(' ')}`
  }

  /** Puts the reply into its columns; answers the error. */
  private fillReply(row: RedisRow, reply: Reply, said: string | undefined, secrets: readonly string[] | undefined): string | undefined {
    row.reply_type = reply.type
    if (reply.attributes !== undefined) row.attributes = reply.attributes
    let text = said ?? reply.text
    if (secrets) text = wash(text, secrets, this.secret)
    if (reply.type === 'error') {
      // ACL SETUSER quotes what it refuses, be its command whole or lost.
      text = text.replace(/'(\(?[><#!])([^']+)'/g, (_all, sign: string, word: string) => `'${sign}${this.secret(word)}'`)
      row.error_text = text
      row.error_code = codeOf(text)
      return text
    }
    row.return_value = text
    if (reply.nested === 0) return undefined
    row.nested_errors = reply.nested
    const nested = reply.nestedError ?? ''
    row.error_code = codeOf(nested)
    return undefined
  }
}

const codeOf = (error: string): string | undefined => /^[A-Z][A-Z0-9_]*(?= |$)/.exec(error.slice(0, 64))?.[0]

function completeness(command: Command, reply: Reply | undefined, unanswered: boolean): Completeness {
  if (command.lost || command.missing > 0 || reply?.lost || (reply && reply.missing > 0)) return 'lost'
  if (command.cut || reply?.cut) return 'truncated'
  return unanswered ? 'no-response' : 'complete'
}
