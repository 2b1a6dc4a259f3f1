/**
 * Builds mail transactions: which command belongs to which mail, when a mail is over, what the session around it is.
 *
 * A mail begins with MAIL and is over with the end of its message, or with what abandons it (RSET, another MAIL, hello,
 * QUIT, STARTTLS, the end of the connection). Its row is given once every command of it is answered, so a pipelined mail
 * waits for its replies while the next one is already going on.
 */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator } from '../protocol.js'
import { isHello, isMail, readEnvelope } from './commands.js'
import type { Dialogue, Listener } from './dialogue.js'
import { type Ending, Mail, type Recipient } from './mail.js'
import type { Command, Piece, Reply, SmtpMessage } from './messages.js'
import { MAX_RECIPIENTS, replyWords } from './row.js'
import { join, Rows, type SmtpSession } from './rows.js'
import { SessionFacts } from './session-facts.js'

/** Characters kept of a reply to one recipient, or of an argument that is no address. */
const MAX_TEXT = 1024

export class SmtpCorrelator implements Correlator<SmtpMessage>, Listener {
  private readonly facts: SessionFacts
  private readonly rows: Rows
  private mail: Mail | undefined
  /** Mails without a row yet, oldest first. */
  private readonly open = new Set<Mail>()
  /** Where the last client message stood, so that bytes that gave two messages count once. */
  private lastOffset = -1
  private lastBytes = -1
  /** Oddities that a parser saw in the bytes of the message that is about to be given. */
  private readonly odd: [code: string, detail: string | undefined][] = []
  private readonly noted = new Set<string>()

  constructor(
    private readonly session: SmtpSession,
    private readonly dialogue: Dialogue,
  ) {
    this.facts = new SessionFacts(session, dialogue)
    this.rows = new Rows(session, dialogue, this.facts)
  }

  /** A parser met an oddity; recorded once a connection, with the packets of what it hands on next. */
  note(code: string, detail?: string): void {
    if (this.noted.has(code)) return
    this.noted.add(code)
    this.odd.push([code, detail])
  }

  see(_side: Side, message: SmtpMessage, at: Trace): void {
    if (this.odd.length > 0) this.flush(at)
    if (message.kind === 'command') this.command(message, at)
    else if (message.kind === 'piece') this.piece(message, at)
    else {
      message.at = at
      if (message.to) this.reply(message.to, message, at)
      else this.unasked(message, at)
    }
  }

  gap(side: Side): void {
    this.rows.lost = true
    if (this.facts.exchange) this.facts.exchange.lost = true
    if (side === 'server') for (const mail of this.open) mail.lost = true
    else if (this.mail) this.mail.lost = true
  }

  /** No reply will come for it any more. */
  unanswered(command: Command): void {
    const mail = owner(command)
    if (!mail) return
    mail.unanswered++
    mail.waiting--
    this.settle(mail)
  }

  encrypted(): void {
    this.facts.encrypted()
    this.boundary('STARTTLS')
    this.rows.session(undefined)
  }

  end(why: EndReason, _at: Instant): void {
    if (this.odd.length > 0) this.flush(undefined)
    const orphan = this.dialogue.orphans()[0]
    for (const mail of [...this.open]) {
      if (!mail.over) {
        mail.ending = 'end'
        // A refusal that came while the message was being sent, which then was not.
        if (orphan && orphan.code >= 400 && !mail.final) mail.aborted ??= orphan
      }
      mail.unanswered += mail.waiting
      mail.waiting = 0
      mail.inside = undefined
      if (mail.content && !mail.content.finished) mail.content.finish(false)
      this.finish(mail, why)
    }
    this.mail = undefined
    if (this.dialogue.tls !== 'encrypted' && this.rows.untold) this.rows.session(why)
    if (orphan && this.dialogue.unbroken && this.dialogue.commands > 0 && !this.noted.has('smtp.reply-without-command'))
      this.session.anomaly('smtp.reply-without-command', orphan.at, this.facts.wash(replyWords(orphan)).slice(0, 200))
  }

  private flush(at: Trace | undefined): void {
    for (const [code, detail] of this.odd) this.session.anomaly(code, at, detail)
    this.odd.length = 0
  }

  // The client's side

  private command(command: Command, at: Trace): void {
    const verb = command.verb
    let mail: Mail | undefined
    if (isMail(verb)) mail = this.begin(command)
    else if (verb === 'RCPT' || verb === 'DATA' || verb === 'BDAT' || verb === 'BURL') mail = this.mail ?? this.start(undefined)
    else if (verb === '.') mail = command.mail
    else if (verb === 'RSET' || verb === 'QUIT' || verb === 'STARTTLS' || isHello(verb)) this.boundary(verb as Ending)
    this.facts.asked(command)
    const fresh = this.isFresh(at)
    if (mail) {
      command.mail = mail
      mail.waiting++
      if (command.cut) mail.cut = true
      if (verb !== '.') mail.last = verb
      if (fresh) mail.request = join(mail.request, at)
      this.envelope(mail, command)
    }
    this.rows.asked(command, mail, fresh ? at : undefined)
    for (const reply of command.early ?? []) this.reply(command, reply, reply.at)
  }

  private begin(command: Command): Mail {
    const before = this.mail
    const mail = this.start(command)
    if (!before) return mail
    if (before.command && !before.refusedMail) {
      // MAIL inside a transaction: RFC 5321 §4.1.4 wants it refused, and then the first one goes on. The reply tells.
      mail.inside = before
    } else {
      before.ending = 'MAIL'
      this.settle(before)
    }
    return mail
  }

  /** `command` is absent where RCPT or a message came without a MAIL that was seen. */
  private start(command: Command | undefined): Mail {
    const mail = new Mail(command)
    this.open.add(mail)
    this.mail = mail
    return mail
  }

  private boundary(by: Ending): void {
    const mail = this.mail
    if (!mail) return
    this.mail = undefined
    this.release(mail)
    mail.ending = by
    if (mail.content && !mail.content.finished) mail.content.finish(false)
    this.settle(mail)
  }

  /** The outer one of two nested transactions is over as well. */
  private release(mail: Mail): void {
    const outer = mail.inside
    // While the inner MAIL is unanswered, its reply says which of the two this was.
    if (!outer || !mail.command?.reply) return
    mail.inside = undefined
    outer.ending = 'MAIL'
    this.settle(outer)
  }

  private envelope(mail: Mail, command: Command): void {
    const verb = command.verb
    if (isMail(verb)) {
      const { address, parameters } = readEnvelope(command.argument)
      mail.from = address
      mail.parameters = parameters
    } else if (verb === 'RCPT') {
      if (++mail.rcptCommands > MAX_RECIPIENTS) {
        if (mail.rcptCommands === MAX_RECIPIENTS + 1) this.session.anomaly('smtp.recipients-cut', mail.request)
        return
      }
      const { address, parameters } = readEnvelope(command.argument)
      const recipient: Recipient = { address: address ?? command.argument.slice(0, MAX_TEXT), ...(parameters ? { parameters } : {}) }
      mail.recipients.push(recipient)
      command.recipient = recipient
    } else if (verb === 'BDAT') {
      mail.transfer = 'BDAT'
      mail.chunks++
    }
  }

  private piece(piece: Piece, at: Trace): void {
    const mail = (piece.of ? owner(piece.of) : this.mail) ?? this.mail ?? this.start(undefined)
    mail.content = piece.content
    mail.transfer ??= 'DATA'
    if (this.isFresh(at)) mail.request = join(mail.request, at)
    if (!piece.end) return
    // The whole message was sent; what is left is the reply.
    this.release(mail)
    mail.ending = 'message'
    if (this.mail === mail) this.mail = undefined
    if (piece.command) piece.command.mail = mail
    else this.settle(mail)
  }

  private isFresh(at: Trace): boolean {
    if (at.offset === this.lastOffset && at.bytes === this.lastBytes) return false
    this.lastOffset = at.offset
    this.lastBytes = at.bytes
    return true
  }

  // The server's side

  /** A banner, or a reply that came before its command or without one. */
  private unasked(reply: Reply, at: Trace): void {
    this.rows.told(reply, undefined, at)
    if (reply.banner) {
      this.facts.greeted(reply)
      if (reply.code >= 400) this.rows.closing = reply
    } else if (reply.code === 421) this.close(reply)
  }

  private reply(command: Command, reply: Reply, at: Trace | undefined): void {
    this.facts.answered(command, reply)
    const mail = owner(command)
    if (mail) {
      if (at) mail.response = join(mail.response, at)
      mail.lastReply = reply
      // Under LMTP a message has as many replies as recipients; it waits until the last.
      if (command.left === 0 && reply === command.reply) mail.waiting--
      this.judgeReply(mail, command, reply)
    }
    this.rows.told(reply, mail, at)
    this.rows.answered = true
    this.rows.login(command, reply)
    if (reply.code === 421) this.close(reply)
    if (mail) this.settle(mail)
  }

  /** 421: the server hangs up, whatever was going on. */
  private close(reply: Reply): void {
    this.rows.closing = reply
    for (const mail of this.open) if (!mail.final) mail.aborted ??= reply
  }

  private judgeReply(mail: Mail, command: Command, reply: Reply): void {
    const verb = command.verb
    const ok = reply.code < 400
    if (isMail(verb)) {
      if (!ok) mail.refusedMail = reply
      this.nested(mail, ok)
    } else if (verb === 'RCPT') {
      if (ok) mail.accepted++
      else {
        mail.refused++
        mail.refusedRcpt = reply
      }
      if (command.recipient) {
        command.recipient.code = reply.code
        command.recipient.text = reply.lines.join(' ').slice(0, MAX_TEXT)
      }
    } else if (verb === 'DATA') mail.refusedData = ok ? undefined : reply
    else if (verb === '.' || command.last) this.delivered(mail, reply)
    else if (!ok) mail.refusedData ??= reply
  }

  private delivered(mail: Mail, reply: Reply): void {
    if (!this.dialogue.lmtp) {
      mail.final = reply
      return
    }
    const ok = reply.code < 400
    if (ok) mail.taken++
    else mail.failed++
    if (ok || mail.taken === 0) mail.final = reply
    const recipients = mail.recipients
    while ((recipients[mail.delivered]?.code ?? 0) >= 400) mail.delivered++
    const recipient = recipients[mail.delivered++]
    if (!recipient) return
    recipient.delivery_code = reply.code
    recipient.delivery_text = reply.lines.join(' ').slice(0, MAX_TEXT)
  }

  /** The reply to a MAIL inside a transaction: taken, it ends the outer one; refused, the outer one goes on. */
  private nested(mail: Mail, ok: boolean): void {
    const outer = mail.inside
    if (!outer) return
    mail.inside = undefined
    if (ok) {
      outer.ending = 'MAIL'
      this.settle(outer)
      return
    }
    mail.handTo(outer)
    if (this.mail === mail) this.mail = outer
    this.settle(outer)
  }

  private settle(mail: Mail): void {
    if (mail.over && mail.waiting <= 0 && !mail.inside && this.open.has(mail)) this.finish(mail, undefined)
  }

  private finish(mail: Mail, why: EndReason | undefined): void {
    this.open.delete(mail)
    this.rows.mail(mail, why)
  }
}

/** The mail a command counts for: its own, or the one that goes on because a MAIL inside it was refused. */
function owner(command: Command): Mail | undefined {
  const mail = command.mail
  return mail?.into && command !== mail.command ? mail.into : mail
}
