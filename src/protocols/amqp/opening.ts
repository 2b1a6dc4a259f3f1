/** The opening of a connection as rows: the login, and what was agreed by tune-ok, which stands in the row of connection.open. */
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { AmqpRow } from './fields.js'
import { Login } from './login.js'
import type { HeaderMessage, MethodMessage } from './messages.js'
import { washed } from './row.js'
import type { Rows } from './rows.js'

export class Opening {
  private readonly login: Login
  /** tune-ok, which goes before open. */
  private tuneOk: { at: Trace; message: MethodMessage } | undefined

  constructor(private readonly rows: Rows) {
    this.login = new Login(rows.secret)
  }

  end(why: EndReason): void {
    if (this.login.begun && !this.login.done) this.emitLogin(undefined, why)
  }

  /** The packets of `open` with those of tune-ok before it. */
  withTune(at: Trace): Trace {
    if (!this.tuneOk) return at
    this.tuneOk.at.extend(at)
    return this.tuneOk.at
  }

  header(side: Side, message: HeaderMessage, at: Trace): void {
    if (side === 'client') {
      this.login.addRequest(at)
      this.login.row.protocol_version = message.name
      return
    }
    // The server answers a header with its own: it does not speak what was asked.
    this.login.addResponse(at)
    const foreign = this.login.row.protocol_version?.startsWith('AMQP 1.0') && message.foreign
    this.emitLogin(foreign ? undefined : `the server speaks ${message.name}`, undefined)
  }

  see(side: Side, message: MethodMessage, at: Trace): boolean {
    const { login } = this
    switch (message.name) {
      case 'connection.start':
        login.addResponse(at)
        login.start(message)
        return true
      case 'connection.start-ok':
        login.addRequest(at)
        login.startOk(message)
        this.rows.user = login.user
        return true
      case 'connection.secure':
        login.addResponse(at)
        return true
      case 'connection.secure-ok':
        login.addRequest(at)
        if (typeof message.args.response === 'string') login.identify(message.args.response)
        this.rows.user = login.user
        return true
      case 'connection.tune':
        login.addResponse(at)
        if (!login.done) this.emitLogin(undefined, undefined, at)
        return true
      case 'connection.tune-ok':
        this.tuneOk = { at: at.copy(), message }
        return true
      case 'connection.close':
        if (side === 'server' && login.begun && !login.done) {
          login.addResponse(at)
          this.emitLogin(washed(String(message.args['reply-text'] ?? ''), this.rows.secret), undefined, at)
        }
        return false
      default:
        return false
    }
  }

  /** @param refusal the server's words, undefined = none seen */
  private emitLogin(refusal: string | undefined, why: EndReason | undefined, answer?: Trace): void {
    const { login, rows } = this
    login.done = true
    const notes: string[] = []
    const version = login.row.protocol_version
    const foreign = version?.startsWith('AMQP 1.0') ?? false
    if (foreign) notes.push(`${version} is not decoded`)
    const unanswered = answer === undefined && refusal === undefined && !(foreign && login.response)
    if (unanswered && login.asked) notes.push(`${endWords(why)} before the login was answered: servers refuse one by closing`)
    else if (unanswered && !foreign) notes.push(`${endWords(why)} before anybody logged in`)
    rows.emit({
      row: login.row,
      name: 'connection.start',
      query: login.asked ? login.query() : ['connection.start', version].filter((word) => word !== undefined).join(' '),
      channel: 0,
      from: login.request ? 'client' : 'server',
      first: login.request ?? login.response,
      second: login.request ? login.response : undefined,
      answered: answer?.last,
      complete: unanswered ? (why === 'eof' ? 'truncated' : 'no-response') : login.request ? 'complete' : 'orphan-response',
      failed: refusal !== undefined || unanswered,
      error: refusal,
      notes,
    })
  }

  /** tune-ok and open are one row: what was agreed stands in it. */
  putTuned(message: MethodMessage, row: AmqpRow): void {
    if (message.name !== 'connection.open' || !this.tuneOk) return
    const { args } = this.tuneOk.message
    row.channel_max = Number(args['channel-max'] ?? 0)
    row.frame_max = Number(args['frame-max'] ?? 0)
    row.heartbeat = Number(args.heartbeat ?? 0)
    this.tuneOk = undefined
  }

  endTune(): void {
    if (!this.tuneOk) return
    const { at, message } = this.tuneOk
    this.tuneOk = undefined
    const { row } = this.rows.methodRow(message, undefined)
    this.rows.emit({
      row,
      name: 'connection.tune',
      query: 'connection.tune',
      channel: 0,
      from: 'client',
      first: at,
      complete: 'no-response',
    })
  }
}

export const endWords = (why: EndReason | undefined): string =>
  why === 'eof'
    ? 'the capture ends'
    : why === 'reset'
      ? 'the connection was reset'
      : why === 'timeout'
        ? 'the connection fell silent'
        : 'the connection ends'
