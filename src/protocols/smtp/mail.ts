/** A mail transaction while it is going on: envelope, message, replies. */
import type { Trace } from '../../model/trace.js'
import type { Content } from './content.js'
import type { Command, Reply } from './messages.js'

export interface Recipient {
  readonly address: string
  code?: number
  text?: string
  /** LMTP: the reply for this recipient after the message. */
  delivery_code?: number
  delivery_text?: string
  parameters?: Record<string, string | true>
}

/** Who or what ended it. */
export type Ending = 'message' | 'RSET' | 'QUIT' | 'MAIL' | 'STARTTLS' | 'EHLO' | 'HELO' | 'LHLO' | 'end' | ''

export class Mail {
  from: string | undefined
  parameters: Record<string, string | true> | undefined
  readonly recipients: Recipient[] = []
  /** Position in `recipients` of the next one whose delivery LMTP answers. */
  delivered = 0
  rcptCommands = 0
  accepted = 0
  refused = 0
  /** LMTP: recipients for whom the message itself was taken and refused. */
  taken = 0
  failed = 0
  content: Content | undefined
  transfer: 'DATA' | 'BDAT' | undefined
  chunks = 0
  /** Commands whose replies have not come. */
  waiting = 0
  /** Commands that never got a reply. */
  unanswered = 0
  ending: Ending = ''
  /** Bytes of either side were lost while it went on. */
  lost = false
  /** A line of it was cut. */
  cut = false
  last = ''
  lastReply: Reply | undefined
  refusedMail: Reply | undefined
  refusedRcpt: Reply | undefined
  refusedData: Reply | undefined
  /** The reply to the message itself. */
  final: Reply | undefined
  /** 421, or a reply that came while the message was still being sent. */
  aborted: Reply | undefined
  request: Trace | undefined
  response: Trace | undefined
  requestText = ''
  responseText = ''
  /** A MAIL inside a transaction: the outer one, until the reply says which of the two goes on. */
  inside: Mail | undefined
  /** The transaction that its recipients and message turned out to belong to. */
  into: Mail | undefined

  constructor(
    /** The MAIL command; absent when it was not seen. */
    readonly command: Command | undefined,
  ) {}

  get over(): boolean {
    return this.ending !== ''
  }

  /** More than refused commands without MAIL, or lines that turned out to be the rest of an AUTH exchange. */
  get real(): boolean {
    if (this.command || this.accepted > 0 || this.rcptCommands > this.refused) return true
    return this.content !== undefined && this.final?.code !== 334 && this.final?.code !== 235
  }

  /** Everything but the MAIL itself goes over to the transaction it was refused in. */
  handTo(outer: Mail): void {
    this.into = outer
    outer.recipients.push(...this.recipients.splice(0))
    outer.rcptCommands += this.rcptCommands
    this.rcptCommands = 0
    outer.waiting += this.waiting
    this.waiting = 0
    outer.content = this.content ?? outer.content
    this.content = undefined
    outer.transfer = this.transfer ?? outer.transfer
    this.transfer = undefined
    outer.chunks += this.chunks
    this.chunks = 0
    outer.ending = this.ending
    this.ending = 'MAIL'
  }
}
