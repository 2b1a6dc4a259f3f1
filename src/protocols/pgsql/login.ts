/** What the login says of a connection, and what stays true of it: user, database, settings, how it was let in. */
import { isSecretName } from '../shared/secret-names.js'
import type { ClientMessage, ServerMessage } from './messages.js'
import { maskWords } from './secrets.js'

/** Characters kept of a name or setting. */
const MAX_TEXT = 1024
/** Settings kept that a server reports; it has about fifteen. */
const MAX_SETTINGS = 64

const KINDS: Readonly<Record<number, string>> = {
  0: 'trust',
  2: 'kerberos-v5',
  3: 'password',
  4: 'crypt',
  5: 'md5',
  6: 'scm',
  7: 'gss',
  9: 'sspi',
  10: 'sasl',
}

type Startup = Extract<ClientMessage, { kind: 'startup' }>
type Auth = Extract<ServerMessage, { kind: 'auth' }>

export class Login {
  seen = false
  user: string | undefined
  database: string | undefined
  replication: string | undefined
  protocolVersion: string | undefined
  startupApplication: string | undefined
  parameters: Record<string, string> | undefined
  /** ok, failed, abandoned (the client did not answer), or unknown. */
  result: string | undefined
  kind: string | undefined
  mechanism: string | undefined
  mechanisms: readonly string[] | undefined
  iterations: number | undefined
  /** What the client sent to prove who it is, masked. */
  proof: string | undefined
  pid: number | undefined
  serverVersion: string | undefined
  readonly settings: Record<string, string> = Object.create(null)
  private settingCount = 0
  private challenged = 0
  private firstProof = true
  /** A password that was sent readable, for what quotes it. */
  readonly secrets: string[] = []

  constructor(private readonly secret: (text: string) => string) {}

  startup(message: Startup): void {
    this.seen = true
    this.protocolVersion = `${message.major}.${message.minor}`
    const parameters: Record<string, string> = Object.create(null)
    for (const [name, value] of message.parameters) {
      const text = value.slice(0, MAX_TEXT)
      if (name === 'user') this.user = text
      else if (name === 'database') this.database = text
      else {
        if (name === 'application_name') this.startupApplication = text
        if (name === 'replication' && !/^(?:false|off|no|0)$/i.test(text)) this.replication = text
        parameters[name.slice(0, MAX_TEXT)] = isSecretName(name) ? this.secret(text) : maskWords(text, this.secret)
      }
    }
    // Servers take the user's name where no database is given.
    this.database ??= this.replication && this.replication !== 'database' ? undefined : this.user
    this.parameters = Object.keys(parameters).length > 0 ? parameters : undefined
  }

  get applicationName(): string | undefined {
    return (this.settings.application_name ?? this.startupApplication) || undefined
  }

  /** The role statements run as, where it is not the one that logged in. */
  get role(): string | undefined {
    const role = this.settings.session_authorization
    return role !== undefined && role !== this.user ? role : undefined
  }

  get wantsAnswer(): boolean {
    return this.challenged !== 0
  }

  auth(message: Auth): void {
    const { code, body } = message
    if (code === 0) {
      this.kind ??= 'trust'
      this.result = 'ok'
      this.challenged = 0
      return
    }
    if (code === 12) {
      this.challenged = 0
      return
    }
    this.challenged = code
    if (code === 10) {
      const offered = body.toString('latin1').split('\0')
      this.mechanisms = offered.slice(0, 8).filter((name) => name !== '')
      this.kind = 'sasl'
      this.firstProof = true
    } else if (code === 11) {
      const iterations = /(?:^|,)i=(\d{1,10})(?:,|$)/.exec(body.toString('latin1'))?.[1]
      if (iterations) this.iterations = Number(iterations)
      this.kind ??= 'sasl'
    } else if (code === 8) this.kind ??= 'gss'
    else this.kind = KINDS[code] ?? `code ${code}`
  }

  /** A message with the letter p: what it is depends on what was asked. */
  answer(body: Buffer): void {
    if (this.kind === 'sasl' || this.challenged === 10) {
      if (this.firstProof) {
        this.firstProof = false
        const nul = body.indexOf(0)
        this.mechanism = body.toString('latin1', 0, nul < 0 ? Math.min(body.length, 64) : nul)
        // A bearer token is all of the first message; SCRAM's first holds names and a nonce only.
        if (/^SCRAM-/.test(this.mechanism)) {
          this.kind = this.mechanism.toLowerCase()
          return
        }
        if (this.mechanism === 'OAUTHBEARER') this.kind = 'oauthbearer'
        this.prove(body.toString('utf8', Math.max(0, nul) + 5))
        return
      }
      this.prove(body.toString('utf8'))
      return
    }
    if (this.kind?.startsWith('scram-')) {
      const proof = /(?:^|,)p=([^,\0]+)/.exec(body.toString('latin1'))?.[1]
      this.prove(proof ?? body.toString('latin1'))
      return
    }
    if (this.kind === 'gss' || this.kind === 'sspi') {
      this.prove(body.toString('base64'))
      return
    }
    const nul = body.indexOf(0)
    this.prove(body.toString('utf8', 0, nul < 0 ? body.length : nul))
  }

  private prove(text: string): void {
    if (text === '') return
    this.secrets.push(text.slice(0, MAX_TEXT))
    if (this.secrets.length > 4) this.secrets.shift()
    this.proof = this.secret(text.slice(0, MAX_TEXT))
  }

  setting(name: string, value: string): void {
    if (!(name in this.settings) && ++this.settingCount > MAX_SETTINGS) return
    const text = value.slice(0, MAX_TEXT)
    this.settings[name] = isSecretName(name) ? this.secret(text) : text
    if (name === 'server_version') this.serverVersion = text
  }
}
