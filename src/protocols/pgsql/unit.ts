/** One thing asked of the server and what came of it: what becomes a row. */
import type { Instant } from '../../model/instant.js'
import type { Trace } from '../../model/trace.js'
import type { SqlFacts } from '../shared/sql/statement.js'
import type { Column, Diagnostics } from './messages.js'
import type { Portal, Statement } from './statements.js'

export type Frontend =
  | 'startup'
  | 'ssl_request'
  | 'gssenc_request'
  | 'cancel_request'
  | 'simple_query'
  | 'parse'
  | 'bind'
  | 'describe'
  | 'execute'
  | 'close'
  | 'sync'
  | 'function_call'
  | 'terminate'

/** Notices kept of one statement; a loop of RAISE NOTICE sends thousands. */
const MAX_NOTICES = 16

export interface CopyFacts {
  how: 'in' | 'out' | 'both'
  binary: boolean
  /** CopyData messages and the bytes inside them, both directions. */
  messages: number
  bytes: number
  wal: number
  walBytes: number
  keepalives: number
  /** Messages the client sent: data of COPY FROM, or a standby's status. */
  fromClient: number
  lsn: bigint | undefined
  /** What CopyFail said. */
  failed: string | undefined
}

export const newCopy = (how: CopyFacts['how']): CopyFacts => ({
  how,
  binary: false,
  messages: 0,
  bytes: 0,
  wal: 0,
  walBytes: 0,
  keepalives: 0,
  fromClient: 0,
  lsn: undefined,
  failed: undefined,
})

export class Unit {
  request: Trace | undefined
  requestBytes = 0
  response: Trace | undefined
  /** Bytes of the messages that carry the result, as Packetbeat counts them: neither ReadyForQuery nor confirmations of Parse and Bind. */
  responseBytes = 0
  answered: Instant | undefined

  /** The statement as sent, and what is known of it. */
  text: string | undefined
  textSize = 0
  /** Where it ends in a query of several statements, characters. */
  textEnd = 0
  textCut = false
  facts: SqlFacts | undefined
  statement: Statement | undefined
  statementName: string | undefined
  portal: Portal | undefined
  maxRows = 0
  /** Execute goes on with a portal that an earlier one left suspended. */
  continued = false
  /** Execute names a statement or portal that was not seen being made. */
  unknown: 'statement' | 'portal' | undefined

  bound = false
  executed = false
  flushed = false
  /** Messages of it that the server has not answered. */
  waiting = 0
  /** Nothing more of the request comes. */
  closed = false
  /** The server is through with it. */
  done = false
  /** The server never looked at it, because of an earlier error. */
  skipped = false
  lost = false
  suspended = false
  empty = false

  tag: string | undefined
  columns: readonly Column[] | undefined
  fields: number | undefined
  rows = 0
  samples: Buffer[] | undefined
  /** More columns were described in it: a procedure or rule with several results. */
  results = 0
  error: Diagnostics | undefined
  notices: Diagnostics[] = []
  noticesLeftOut = 0
  copy: CopyFacts | undefined
  functionOid: number | undefined
  functionValues: Buffer | undefined
  /** Ordinal and number of statements in a simple query's text. */
  ordinal = 0
  of = 1
  /** The statement that an EXECUTE in SQL names. */
  prepared: SqlFacts | undefined
  cancelledBy: string | undefined
  notes: string[] | undefined

  constructor(public frontend: Frontend) {}

  asked(at: Trace): void {
    if (this.request) this.request.extend(at)
    else this.request = at
    this.requestBytes += at.bytes
  }

  /** @param result it carries the result rather than a confirmation */
  told(at: Trace, result: boolean): void {
    if (result) {
      this.responseBytes += at.bytes
      this.answered ??= at.first
    }
    if (this.response) this.response.extend(at)
    else this.response = at
  }

  notice(fields: Diagnostics): void {
    if (this.notices.length < MAX_NOTICES) this.notices.push(fields)
    else this.noticesLeftOut++
  }

  note(text: string): void {
    this.notes ??= []
    if (!this.notes.includes(text)) this.notes.push(text)
  }
}
