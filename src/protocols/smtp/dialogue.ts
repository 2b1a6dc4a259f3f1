/**
 * What both directions of a session share: commands matched to replies in order (RFC 2920), and what the client's bytes
 * mean because of what the server said: a message after 354, TLS after 220.
 *
 * The matching lives here and not in the correlator because the client's parser depends on it: whether the bytes behind
 * DATA are a message is in the reply. Replies are matched in order, corrected by what a code can answer: 354 answers only
 * DATA, 334 and 235 only AUTH, so a lost reply does not shift all that follow. When both streams were seen from their first byte,
 * a reply may also come before its command, which is how a capture with reordered packets looks.
 */
import { isHello, isMail } from './commands.js'
import type { Command, Reply } from './messages.js'

/** Commands waiting for replies; a pipelined mail to a thousand recipients is the largest in use. */
const MAX_WAITING = 4096
/** Replies waiting for their commands. */
const MAX_EARLY = 4096
/** Seen behind STARTTLS: TLS begins with a record type below the printable characters (or the high bit of SSLv2). */
export const startsTls = (byte: number): boolean => byte === 0x16 || byte === 0x15 || byte >= 0x80

export interface Listener {
  /** No reply will be matched to it any more. */
  unanswered(command: Command): void
  /** The rest of the connection is TLS. */
  encrypted(): void
}

export class Dialogue {
  listener: Listener | undefined
  /** none, asked (no reply yet), accepted (220 seen), clear (accepted, but what follows is readable), encrypted. */
  tls: 'none' | 'asked' | 'accepted' | 'clear' | 'encrypted' = 'none'
  /** An AUTH exchange: asked (no reply yet), challenged (334 seen). */
  auth: 'none' | 'asked' | 'challenged' = 'none'
  /** STARTTLS was answered with 220. */
  goAhead = false
  lmtp = false
  /** Commands were sent before the reply to the one before. */
  pipelining = false
  /** The client is sending a message. */
  inContent = false
  /** The server answered while the client was sending a message: it has seen the end, or has had enough. */
  contentAnswered = false
  /** A 354 whose DATA was not seen. */
  orphanGo = false
  commands = 0
  replies = 0

  /** Both streams complete from their first byte to here. */
  private inStep = true
  private greeted = false
  private serverGap = false
  private waiting: Command[] = []
  private head = 0
  private early: Reply[] = []
  private firstVerb = ''
  /** Recipients the server took in the transaction at hand. */
  private accepted = 0

  constructor(
    private readonly anomaly: (code: string, detail?: string) => void,
    private readonly upgradeTo: (name: string) => void,
  ) {}

  get outstanding(): number {
    return this.waiting.length - this.head
  }

  /** The client sent something that takes a reply. */
  ask(command: Command): void {
    if (this.commands++ === 0) this.firstVerb = command.verb
    if (command.verb === 'STARTTLS') {
      if (this.tls !== 'encrypted') this.tls = 'asked'
    } else if (command.verb === 'AUTH') this.auth = 'asked'
    else if (command.verb === 'LHLO') this.lmtp = true
    else if (command.verb === 'EHLO' || command.verb === 'HELO') this.lmtp = false
    if (this.outstanding > 0) {
      // Behind a loss on the server's side, a client that waits for each reply shows which replies were lost.
      if (this.serverGap && !this.pipelining) this.dropAll()
      else if (command.verb !== '.' && this.greeted) this.pipelining = true
    }
    if (this.outstanding >= MAX_WAITING) {
      this.anomaly('smtp.commands-waiting')
      this.drop()
      this.inStep = false
    }
    this.waiting.push(command)
    // Out of step, an early reply answers a command that was not captured; only an answer to the message at hand is certain.
    if (!this.inStep && !(this.contentAnswered && command.verb === '.')) this.early.length = 0
    while (this.early.length > 0 && command.left > 0) {
      const reply = this.early.shift()
      if (!reply) break
      if (!fits(reply.code, command.verb)) {
        this.anomaly('smtp.reply-without-command', `${reply.code} ${reply.text.slice(0, 100)}`)
        continue
      }
      command.early ??= []
      command.early.push(reply)
      this.link(this.waiting.length - 1, reply)
    }
  }

  /** The server sent a whole reply. */
  answer(reply: Reply): void {
    this.replies++
    if (!this.greeted) {
      this.greeted = true
      if (this.isBanner(reply.code)) {
        reply.banner = true
        if (this.commands > 0) this.anomaly('smtp.command-before-banner')
        return
      }
      this.inStep = false
    }
    if (this.outstanding === 0) {
      if (this.inContent) {
        if (!this.inStep && !this.contentAnswered) this.early.length = 0
        this.contentAnswered = true
      }
      if (reply.code === 354) this.orphanGo = true
      if (reply.code === 421) return
      if (this.early.length < MAX_EARLY) this.early.push(reply)
      return
    }
    this.link(this.choose(reply.code), reply)
  }

  /** Bytes of the client are missing: commands may be, whose replies will come. */
  clientGap(): void {
    this.inStep = false
    if (this.auth !== 'none') this.auth = 'asked'
  }

  serverLost(): void {
    this.inStep = false
    this.greeted = true
    if (!this.pipelining) while (this.outstanding > 1) this.drop()
    this.serverGap = true
  }

  /** Replies that never found a command. */
  orphans(): readonly Reply[] {
    return this.early
  }

  /** TLS may begin on the server's side: STARTTLS was sent, or a 220 has come whose command was not seen yet. */
  get mayEncrypt(): boolean {
    return this.tls !== 'none' || this.early[this.early.length - 1]?.code === 220
  }

  /** Nothing is missing on either side so far. */
  get unbroken(): boolean {
    return this.inStep
  }

  /** The STARTTLS reply was not seen, but what follows it is TLS. */
  encrypt(): void {
    if (this.tls === 'encrypted') return
    this.tls = 'encrypted'
    this.upgradeTo('tls')
    this.listener?.encrypted()
  }

  private isBanner(code: number): boolean {
    if (code === 220) return this.firstVerb !== 'STARTTLS'
    if (code !== 421 && code !== 554) return false
    return this.outstanding === 0 || isHello(this.firstVerb)
  }

  /** Index of the command a reply of this code answers: the first, unless the code can only mean a later one. */
  private choose(code: number): number {
    for (let at = this.head; at < this.waiting.length; at++) {
      const command = this.waiting[at]
      if (command && fits(code, command.verb)) {
        for (let skipped = at - this.head; skipped > 0; skipped--) this.drop()
        return this.head
      }
    }
    return this.head
  }

  private link(index: number, reply: Reply): void {
    const command = this.waiting[index]
    if (!command) return
    if ((command.verb === '.' || command.last) && this.lmtp && !command.reply) command.left = Math.max(1, this.accepted)
    this.serverGap = false
    reply.to = command
    command.reply = reply
    this.effect(command, reply.code)
    if (--command.left > 0) return
    if (index === this.head) this.head++
    else this.waiting.splice(index, 1)
    this.compact()
  }

  private effect(command: Command, code: number): void {
    const verb = command.verb
    if (verb === 'STARTTLS') {
      this.goAhead = code === 220
      if (this.tls === 'asked') this.tls = code === 220 ? 'accepted' : 'none'
    } else if (verb === 'AUTH' || verb === '*') this.auth = code === 334 ? 'challenged' : 'none'
    else if (verb === 'RCPT') this.accepted += code < 300 ? 1 : 0
    else if (isMail(verb) || verb === 'RSET' || isHello(verb)) this.accepted = code < 300 ? 0 : this.accepted
  }

  private drop(): void {
    const command = this.waiting[this.head++]
    if (command) {
      if (command.verb === 'AUTH' || command.verb === '*') this.auth = 'none'
      this.listener?.unanswered(command)
    }
    this.compact()
  }

  private dropAll(): void {
    while (this.outstanding > 0) this.drop()
  }

  /** Keeps the queue's unused front from growing. */
  private compact(): void {
    if (this.head === this.waiting.length) {
      this.waiting.length = 0
      this.head = 0
    } else if (this.head > 64 && this.head * 2 > this.waiting.length) {
      this.waiting.splice(0, this.head)
      this.head = 0
    }
  }
}

/** Whether a reply of this code can answer the command. Refusals can answer anything. */
function fits(code: number, verb: string): boolean {
  if (code >= 400 || code < 200) return true
  switch (code) {
    case 354:
      return verb === 'DATA'
    case 334:
    case 235:
      return verb === 'AUTH' || verb === '*'
    case 221:
      return verb === 'QUIT'
    case 220:
      return verb === 'STARTTLS' || verb === 'XCLIENT'
    case 214:
      return verb === 'HELP'
  }
  return verb !== 'DATA' && verb !== 'STARTTLS' && verb !== 'AUTH' && verb !== '*'
}
