/** Gives the rows: one per mail transaction and per refused login, or one for a session that did neither or goes on inside TLS. */
import { isBefore } from '../../model/instant.js'
import type { EndReason } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Session } from '../protocol.js'
import { isHello } from './commands.js'
import type { Dialogue } from './dialogue.js'
import { Logins } from './logins.js'
import type { Mail } from './mail.js'
import type { Command, Reply } from './messages.js'
import {
  completeness,
  judge,
  paramsOf,
  putEnvelopeAsHeader,
  putMail,
  putMessage,
  putReply,
  queryOf,
  replyWords,
  resourceOf,
  type SmtpRow,
} from './row.js'
import type { SessionFacts } from './session-facts.js'

/** Characters of dialogue, and of header, kept for the document fields request and response. */
const MAX_DIALOGUE = 65536
/** Characters of one line of it. */
const MAX_SHOWN = 1024

export interface SmtpOptions {
  readonly send_request?: boolean
  readonly send_response?: boolean
  readonly max_message_size: number
}
export type SmtpSession = Session<SmtpRow, SmtpOptions>

export class Rows {
  private count = 0
  private readonly logins = new Logins()
  /** Packets were lost on either side. */
  lost = false
  /** Some command was answered. */
  answered = false
  /** 421, or a banner that turns the client away. */
  closing: Reply | undefined
  /** The last command that says something about the session. */
  private last: Command | undefined
  private lastReply: Reply | undefined
  /** Packets, and lines when asked for, of what belongs to no mail. */
  private request: Trace | undefined
  private response: Trace | undefined
  private banner: Trace | undefined
  private requestText = ''
  private responseText = ''

  constructor(
    private readonly to: SmtpSession,
    private readonly dialogue: Dialogue,
    private readonly facts: SessionFacts,
  ) {}

  asked(command: Command, mail: Mail | undefined, at: Trace | undefined): void {
    const verb = command.verb
    if (verb === '.') return
    if (!this.last || !(verb === 'QUIT' || verb === 'RSET' || verb === 'NOOP')) this.last = command
    const login = this.logins.of(command)
    if (login) this.logins.asked(login, at)
    else if (!mail && at) this.request = join(this.request, at)
    if (!this.to.options.send_request) return
    const line = this.facts.shown(command).slice(0, MAX_SHOWN)
    if (login) login.requestText = grow(login.requestText, line)
    else if (mail) mail.requestText = grow(mail.requestText, line)
    else this.requestText = grow(this.requestText, line)
  }

  told(reply: Reply, mail: Mail | undefined, at: Trace | undefined): void {
    const login = reply.to && this.logins.of(reply.to)
    if (!reply.banner) this.lastReply = reply
    // A friendly banner is before the session's first command: it counts only where nothing else does.
    if (reply.banner && reply.code < 400) this.banner = at
    else if (login && at) login.response = join(login.response, at)
    else if (!mail && at) this.response = join(this.response, at)
    if (!this.to.options.send_response) return
    const line = this.facts.wash(replyWords(reply)).slice(0, MAX_SHOWN)
    if (login) login.responseText = grow(login.responseText, line)
    else if (mail) mail.responseText = grow(mail.responseText, line)
    else this.responseText = grow(this.responseText, line)
  }

  mail(mail: Mail, why: EndReason | undefined): void {
    if (!mail.real) {
      // Commands that came to nothing: part of the session.
      if (mail.request) this.request = join(this.request, mail.request)
      if (mail.response) this.response = join(this.response, mail.response)
      return
    }
    this.count++
    const verdict = judge(mail)
    const row = this.facts.row()
    putMail(row, mail, verdict, (text) => this.facts.wash(text))
    const notes = notesOf(mail, verdict.outcome, why)
    const walker = mail.content?.walker
    const head = walker?.head()
    // Two bytes are the blank line that ends an empty header.
    const readable = head !== undefined && head.length > 2
    if (!readable) putEnvelopeAsHeader(row)
    this.tellCaps(mail)
    const options = this.to.options
    const refused = verdict.outcome === 'refused' && verdict.reply !== undefined
    const ok = verdict.outcome === 'accepted' || verdict.outcome === 'partly'
    const tx: Transaction<SmtpRow> & { notes?: readonly string[] | undefined } = {
      request: mail.request,
      response: mail.response,
      answered: mail.response?.last,
      complete: completeness(mail, why),
      status: ok ? 'OK' : 'Error',
      user: this.facts.user(),
      method: mail.command?.verb ?? 'MAIL',
      resource: resourceOf(mail),
      query: queryOf(mail),
      params: paramsOf(mail),
      error: refused && verdict.reply ? this.facts.wash(replyWords(verdict.reply)) : undefined,
      rows: mail.taken + mail.failed > 0 ? mail.taken : mail.accepted,
      ...(options.send_request && {
        request_text: mail.requestText + (readable ? `${head.toString('utf8').slice(0, MAX_DIALOGUE)}\r\n` : ''),
      }),
      ...(options.send_response && { response_text: mail.responseText }),
      carried: mail.content?.carried,
      row,
    }
    if (notes.length > 0) tx.notes = notes
    walker?.release()
    if (!readable) {
      this.to.emit(tx)
      return
    }
    const decoded = putMessage(row, mail, head, notes).then(() => {
      if (notes.length > 0) tx.notes = notes
    })
    this.to.emit(tx, decoded)
  }

  /** A reply to AUTH or to a response of it: one that ends the login without success gives a row. */
  login(command: Command, reply: Reply): void {
    const login = this.logins.of(command)
    if (!login || reply.code === 334) return
    this.logins.over(login)
    if (reply.code < 400) {
      // Who logged in stands on every row that follows.
      if (login.request) this.request = join(this.request, login.request)
      if (login.response) this.response = join(this.response, login.response)
      this.requestText += login.requestText
      this.responseText += login.responseText
      return
    }
    if (!this.logins.fits) {
      if (this.logins.leftOut === 1) this.to.anomaly('smtp.logins-cut', reply.at)
      return
    }
    const row = this.facts.row(login)
    row.outcome = 'login'
    row.rejected_by = 'auth'
    row.last_command = 'AUTH'
    putReply(row, reply, (text) => this.facts.wash(text))
    const options = this.to.options
    this.to.emit({
      request: login.request,
      response: login.response,
      answered: login.response?.last,
      complete: login.lost ? 'lost' : 'complete',
      status: 'Error',
      user: login.user,
      method: 'AUTH',
      resource: row.server_name ?? this.to.flow.server.ip,
      query: login.line ?? 'AUTH',
      error: this.facts.wash(replyWords(reply)),
      ...(options.send_request && { request_text: login.requestText }),
      ...(options.send_response && { response_text: login.responseText }),
      row,
    })
  }

  /** The connection is over: whether anything happened on it that no row has told. */
  get untold(): boolean {
    if (this.count > 0) return false
    const { last, closing } = this
    if (this.logins.refused === 0 || this.logins.leftOut > 0 || (closing && !closing.to?.auth)) return true
    return last !== undefined && !isHello(last.verb) && !(last.auth?.told && last.auth.result !== 'ok')
  }

  /** Nothing when neither side said enough to be called a session. */
  session(why: EndReason | undefined): void {
    const { commands, replies } = this.dialogue
    if (commands === 0 && replies < 2 && !this.closing) return
    this.count++
    const command = this.last
    const row = this.facts.row()
    row.outcome = 'session'
    if (command) row.last_command = command.verb === '*' ? 'AUTH' : command.verb === '?' ? 'UNKNOWN' : command.verb
    const login = this.logins.refused === 0 || this.logins.leftOut > 0 ? this.facts.failure() : undefined
    const failed = login ?? this.closing ?? (command?.reply && command.reply.code >= 400 ? command.reply : undefined)
    if (failed) row.rejected_by = 'session'
    putReply(row, failed ?? command?.reply ?? this.lastReply, (text) => this.facts.wash(text))
    const unanswered = command !== undefined && command.reply === undefined
    let complete: Completeness = 'complete'
    if (commands === 0) complete = 'orphan-response'
    else if (this.lost) complete = 'lost'
    else if (!this.answered && !this.closing) complete = 'no-response'
    else if (unanswered && why !== undefined) complete = 'truncated'
    for (const open of this.logins.open) {
      if (open.request) this.request = merged(this.request, open.request)
      if (open.response) this.response = merged(this.response, open.response)
      this.requestText += open.requestText
      this.responseText += open.responseText
    }
    this.logins.open.clear()
    const { leftOut } = this.logins
    const options = this.to.options
    this.to.emit({
      request: this.request,
      response: commands > 0 ? this.response : this.banner && this.response ? joined(this.banner, this.response) : this.response,
      answered: this.response?.last,
      complete,
      status: failed || (unanswered && this.dialogue.tls !== 'encrypted') ? 'Error' : 'OK',
      // A refused user has a row already.
      user: this.logins.refused === 0 || this.logins.leftOut > 0 ? this.facts.claimedUser() : this.facts.user(),
      method: row.last_command,
      resource: row.server_name ?? this.to.flow.server.ip,
      query: command && (command.verb === '*' ? this.facts.authLine() : this.facts.shown(command).slice(0, MAX_SHOWN)),
      error: failed && this.facts.wash(replyWords(failed)),
      ...(options.send_request && { request_text: this.requestText }),
      ...(options.send_response && { response_text: this.responseText }),
      ...(leftOut > 0 && { notes: [`${leftOut} more refused logins have no row of their own`] }),
      row,
    })
    this.request = undefined
    this.response = undefined
  }

  private tellCaps(mail: Mail): void {
    const content = mail.content
    if (!content) return
    if (content.unexamined) this.to.anomaly('smtp.message-cut', mail.request)
    const walker = content.walker
    if (walker?.headCut) this.to.anomaly('smtp.header-size', mail.request)
    if (walker && (walker.tooDeep || walker.unlisted > 0)) this.to.anomaly('smtp.mime-limit', mail.request)
  }
}

function notesOf(mail: Mail, outcome: string, why: EndReason | undefined): string[] {
  const notes: string[] = []
  const lost = mail.content?.lost ?? 0
  if (lost > 0) notes.push(`${lost} bytes of the message were not captured`)
  else if (mail.lost) notes.push('packets of the transaction were not captured')
  if (!mail.command || mail.content?.headless) notes.push('the capture begins in the middle of the transaction')
  // A refusal explains itself: what the client did next is no news.
  if (outcome === 'refused') return notes
  if (mail.ending === 'end') {
    const what = mail.content && !mail.content.finished ? 'message' : 'transaction'
    notes.push(`${why === 'eof' ? 'the capture' : 'the connection'} ends in the middle of the ${what}`)
  } else if (mail.ending !== 'message') notes.push(`abandoned by ${mail.ending}`)
  return notes
}

/** A first trace is copied: the same packets may go on to count for another row. */
export function join(trace: Trace | undefined, at: Trace): Trace {
  if (!trace) return at.copy()
  trace.extend(at)
  return trace
}

/** Of two traces that may overlap. */
function merged(one: Trace | undefined, other: Trace): Trace {
  if (!one) return other.copy()
  const { first, last } = one
  one.extend(other)
  if (isBefore(other.first, first)) one.first = other.first
  if (isBefore(other.last, last)) one.last = last
  return one
}

function joined(first: Trace, then: Trace): Trace {
  const both = first.copy()
  both.extend(then)
  return both
}

const grow = (text: string, line: string): string => (text.length > MAX_DIALOGUE ? text : `${text}${line}\r\n`)
