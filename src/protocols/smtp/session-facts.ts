/** What is true of the whole connection and repeats on each of its rows: greeting, extensions, login, encryption; and what must not show. */
import type { Session } from '../protocol.js'
import { AuthExchange } from './auth.js'
import { isHello } from './commands.js'
import type { Dialogue } from './dialogue.js'
import type { Command, Reply } from './messages.js'
import type { SmtpRow } from './row.js'

/** Extensions kept; servers offer 10 to 20. */
const MAX_CAPABILITIES = 64
/** Characters of a name, a banner line or a capability. */
const MAX_TEXT = 1024
/** Secrets remembered to be taken out of replies; more than one or two logins are an attack, and the latest matter. */
const MAX_SECRETS = 8

export class SessionFacts {
  private helo: string | undefined
  private greeting: string | undefined
  private esmtp = false
  private serverName: string | undefined
  private banner: string | undefined
  private capabilities: readonly string[] | undefined
  private starttls: string | undefined
  private tls = false
  private auth: AuthExchange | undefined
  private authFailures = 0
  private authReply: Reply | undefined
  private readonly secrets: string[] = []

  constructor(
    // biome-ignore lint/suspicious/noExplicitAny: only the members that know no row are used.
    private readonly session: Session<any, any>,
    private readonly dialogue: Dialogue,
  ) {}

  greeted(reply: Reply): void {
    this.banner = reply.text.slice(0, MAX_TEXT)
    this.serverName ??= nameIn(reply.lines[0])
  }

  asked(command: Command): void {
    const verb = command.verb
    if (isHello(verb)) {
      this.helo = command.argument.slice(0, MAX_TEXT) || undefined
      this.greeting = verb
    } else if (verb === 'AUTH') {
      command.auth = this.auth = new AuthExchange(command.argument)
      this.auth.line = this.shown(command)
      const blank = command.argument.search(/\s/)
      if (blank >= 0) this.remember(command.argument.slice(blank).trim())
    } else if (verb === '*') {
      this.auth ??= new AuthExchange('')
      command.auth = this.auth
      this.auth.respond(command.argument)
      this.remember(command.argument)
    } else if (verb === 'STARTTLS') this.starttls = 'requested'
  }

  answered(command: Command, reply: Reply): void {
    const verb = command.verb
    const ok = reply.code < 400
    if (verb === 'EHLO' || verb === 'LHLO') {
      this.esmtp ||= ok
      if (ok) this.offered(reply.lines)
    } else if (verb === 'HELO' && ok) this.serverName ??= nameIn(reply.lines[0])
    else if (verb === 'STARTTLS') {
      this.starttls = reply.code === 220 ? 'used' : 'refused'
      this.tls ||= reply.code === 220
    } else if (verb === 'AUTH' || verb === '*') {
      const { auth } = command
      if (!auth) return
      if (reply.code === 334) auth.challenge(reply.lines[0] ?? '')
      else {
        if (ok) auth.result = 'ok'
        else if (auth.result !== 'cancelled') {
          if (auth.result !== 'failed') this.authFailures++
          auth.result = 'failed'
        }
        this.authReply = reply
      }
    }
  }

  encrypted(): void {
    this.starttls = 'used'
    this.tls = true
  }

  /** Logged in, or at least not refused as far as was seen. */
  user(): string | undefined {
    return this.auth && (this.auth.result === 'ok' || this.auth.result === 'unknown') ? this.auth.user : undefined
  }

  /** Whom the client said it was, whatever the server thought of it. */
  claimedUser(): string | undefined {
    return this.auth?.user
  }

  /** The refusal that a session without mail is about. */
  failure(): Reply | undefined {
    return this.auth?.result === 'failed' || this.auth?.result === 'cancelled' ? this.authReply : undefined
  }

  /** The exchange that went on last. */
  get exchange(): AuthExchange | undefined {
    return this.auth
  }

  row(auth = this.auth): SmtpRow {
    return {
      outcome: '',
      helo: this.helo,
      greeting: this.greeting,
      esmtp: this.esmtp,
      server_name: this.serverName,
      banner: this.banner,
      capabilities: this.capabilities,
      pipelining: this.dialogue.pipelining,
      starttls: this.starttls,
      tls: this.tls,
      auth_mechanism: auth?.mechanism || undefined,
      auth_user: auth?.user,
      auth_domain: auth?.domain,
      auth_result: auth?.result,
      auth_failures: auth ? this.authFailures : undefined,
    }
  }

  /** A client line as it may be shown. */
  shown(command: Command): string {
    const { verb, argument, line } = command
    if (verb === '*') return this.session.secret(argument)
    if (verb === 'AUTH') {
      const blank = argument.search(/\s/)
      return blank < 0 ? `AUTH ${argument}` : `AUTH ${argument.slice(0, blank)} ${this.session.secret(argument.slice(blank).trim())}`
    }
    // An unknown line in the alphabet of base64 may be the response of a login whose beginning was not captured.
    if (verb === '?' && /^[A-Za-z0-9+/=]{4,}$/.test(line)) return this.session.secret(line)
    return verb === '?' ? line : argument === '' ? verb : `${verb} ${argument}`
  }

  /** The mechanism, for a row whose last command was a response of it. */
  authLine(): string {
    return `AUTH ${this.auth?.mechanism ?? ''}`.trimEnd()
  }

  /** A server's words without the secrets it echoes. */
  wash(text: string): string {
    let out = text
    for (const secret of this.secrets) if (out.includes(secret)) out = out.replaceAll(secret, this.session.secret(secret))
    return out
  }

  private remember(response: string): void {
    this.secret(response)
    const text = Buffer.from(response.slice(0, 4096), 'base64').toString('utf8')
    if (this.auth?.mechanism === 'PLAIN') this.secret(text.split('\0')[2] ?? '')
    else if (this.auth?.mechanism === 'LOGIN' && text !== this.auth.user) this.secret(text)
  }

  private secret(text: string): void {
    // Two or three characters would be found by chance in any reply.
    if (text.length < 4 || this.secrets.includes(text)) return
    if (this.secrets.length >= MAX_SECRETS) this.secrets.shift()
    this.secrets.push(text)
  }

  private offered(lines: readonly string[]): void {
    this.serverName = nameIn(lines[0]) ?? this.serverName
    const offers = lines.slice(1, 1 + MAX_CAPABILITIES).map((line) => line.trim().slice(0, MAX_TEXT))
    this.capabilities = offers.filter((offer) => offer !== '' && offer !== 'OK')
    if (this.starttls === 'requested' || this.starttls === 'used' || this.starttls === 'refused') return
    this.starttls = this.capabilities.some((offer) => offer.toUpperCase() === 'STARTTLS') ? 'offered' : 'not-offered'
    // A firewall that hides the offer overwrites it, so that lengths stay as they were.
    if (this.capabilities.some((offer) => /^X{7,}[A-Z]?$/.test(offer))) this.session.anomaly('smtp.starttls-hidden')
  }
}

/** The domain at the head of a banner or of a reply to hello: a name with a dot or in brackets, or one that introduces itself. */
function nameIn(line: string | undefined): string | undefined {
  const [word, next] = line?.trim().split(/\s+/, 2) ?? []
  if (!word || !/^[\w.:[\]-]+$/.test(word) || GREETINGS.test(word)) return undefined
  return /[.:\]]./.test(word) || word.endsWith(']') || (next && /^(?:E?SMTP|LMTP|Hello)\b/i.test(next))
    ? word.slice(0, MAX_TEXT)
    : undefined
}
const GREETINGS = /^(?:e?smtp|lmtp|hello|hi|welcome|ok|pleased|greetings)[.:]?$/i
