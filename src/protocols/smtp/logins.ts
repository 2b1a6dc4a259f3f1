/** The AUTH exchanges of a connection: which go on, which came to nothing, and how many of those have a row. */
import type { Trace } from '../../model/trace.js'
import type { AuthExchange } from './auth.js'
import type { Command } from './messages.js'

/** Refused logins of one connection with a row each. Servers hang up after a few; more of them are one attack, told by a thousand rows. */
const MAX_ROWS = 1000

export class Logins {
  /** Unanswered so far; as many as commands may wait for replies. */
  readonly open = new Set<AuthExchange>()
  /** Refused or cancelled. */
  refused = 0

  /** The exchange that a command belongs to, unless it is over: then the command is one like any other. */
  of(command: Command): AuthExchange | undefined {
    return command.auth?.told ? undefined : command.auth
  }

  asked(login: AuthExchange, at: Trace | undefined): void {
    this.open.add(login)
    if (!at) return
    if (login.request) login.request.extend(at)
    else login.request = at.copy()
  }

  over(login: AuthExchange): void {
    this.open.delete(login)
    login.told = true
    if (login.result !== 'ok') this.refused++
  }

  /** The one that is over last gets a row. */
  get fits(): boolean {
    return this.refused <= MAX_ROWS
  }

  get leftOut(): number {
    return Math.max(0, this.refused - MAX_ROWS)
  }
}
