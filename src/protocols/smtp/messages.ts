/** What the two parsers hand to the correlator. */
import type { Trace } from '../../model/trace.js'
import type { AuthExchange } from './auth.js'
import type { Content } from './content.js'
import type { Mail, Recipient } from './mail.js'

/** One thing the client asked and the server answers: a line, a BDAT chunk, an AUTH response, or the end of a message. */
export class Command {
  readonly kind = 'command'
  /** Replies still to come; LMTP gives one per recipient after the message (RFC 2033 §4.2). */
  left = 1
  /** The latest reply. */
  reply: Reply | undefined
  /** Replies that were seen before the command. */
  early: Reply[] | undefined
  /** BDAT: payload bytes and whether it is the last chunk. */
  size = 0
  last = false
  /** The line was cut off: longer than the cap, or the stream ended in it. */
  cut = false
  /** Set by the correlator: the mail transaction it belongs to. */
  mail: Mail | undefined
  /** Set by the correlator: the recipient that RCPT named. */
  recipient: Recipient | undefined
  /** Set by the correlator: the login that AUTH begins or a response goes on with. */
  auth: AuthExchange | undefined

  constructor(
    /** Upper case. `.` = end of message, `*` = AUTH response, `?` = no SMTP command. */
    readonly verb: string,
    readonly argument: string,
    /** The line as sent; for an unknown command all there is. */
    readonly line = '',
  ) {}
}

/** A piece of message content; the bytes themselves are in `content` already. */
export interface Piece {
  readonly kind: 'piece'
  readonly content: Content
  /** The DATA or BDAT it came with; absent when that was not seen. */
  readonly of: Command | undefined
  /** The message is complete. */
  readonly end: boolean
  /** The end of the message as what the server answers; BDAT answers its own command instead. */
  readonly command?: Command
}

export class Reply {
  readonly kind = 'reply'
  /** What it answers; absent for the banner, for an early one and for what answers nothing. */
  to: Command | undefined
  banner = false
  at: Trace | undefined

  constructor(
    readonly code: number,
    readonly lines: readonly string[],
  ) {}

  get text(): string {
    return this.lines.length === 1 ? (this.lines[0] ?? '') : this.lines.join('\n')
  }
}

export type SmtpMessage = Command | Piece | Reply
