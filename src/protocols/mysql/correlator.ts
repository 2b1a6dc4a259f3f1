/** Joins the packets to the exchanges that the parsers fill in, and gives a row for each as soon as both its halves are seen. */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator } from '../protocol.js'
import { TransactionIds } from '../shared/sql/transaction-ids.js'
import { readDeferred } from './commands.js'
import { type Exchange, LOGIN, UNASKED, X } from './exchange.js'
import type { Link, Listener } from './link.js'
import { Com } from './names.js'
import { type MysqlSession, transactionOf } from './row.js'

export class MysqlCorrelator implements Correlator<Exchange>, Listener {
  private readonly transactions: TransactionIds
  private rows = 0
  private readonly noted = new Set<string>()
  private readonly odds: [code: string, detail: string | undefined][] = []

  constructor(
    private readonly session: MysqlSession,
    private readonly link: Link,
  ) {
    this.transactions = new TransactionIds(session.flow.id)
  }

  see(side: Side, exchange: Exchange, at: Trace): void {
    if (this.odds.length > 0) this.flush(at)
    if (side === 'client') {
      if (exchange.request) exchange.request.extend(at)
      else exchange.request = at
    } else if (exchange.response) exchange.response.extend(at)
    else exchange.response = at
    if (exchange.asked && exchange.answered) this.emit(exchange, undefined)
  }

  /** Oddities are told once a connection, with the packets of what is handed on next. */
  odd(code: string, detail?: string): void {
    if (this.noted.has(code)) return
    this.noted.add(code)
    this.odds.push([code, detail])
  }

  settled(exchange: Exchange): void {
    this.emit(exchange, undefined)
  }

  end(why: EndReason, _at: Instant): void {
    const { link } = this
    const { doubtful } = link
    if (doubtful) {
      doubtful.answered = true
      this.emit(doubtful, why)
    }
    if (link.coming) this.emit(link.coming, why)
    for (let one = link.shift(); one; one = link.shift()) this.emit(one, why)
    this.flush(undefined)
  }

  private flush(at: Trace | undefined): void {
    for (const [code, detail] of this.odds) this.session.anomaly(code, at, detail)
    this.odds.length = 0
  }

  private emit(ex: Exchange, why: EndReason | undefined): void {
    if (ex.emitted || (!ex.request && !ex.response)) return
    ex.emitted = true
    if (this.noCommand(ex)) return
    readDeferred(ex, this.link)
    this.judge(ex)
    this.session.emit(transactionOf(ex, this.link, this.session, this.transactionOf(ex), why))
  }

  /** The server spoke and nothing was asked of it: worth knowing, and no transaction. */
  private noCommand(ex: Exchange): boolean {
    const refused = ex.command === UNASKED && !this.link.loginSeen && this.rows === 0
    const silent = ex.command === LOGIN && !ex.login && !ex.tls && (!ex.answered || ex.error !== undefined)
    if (refused) this.session.anomaly('mysql.refused', ex.response, ex.error?.message)
    else if (silent) this.session.anomaly('mysql.no-login', ex.response, ex.error?.message)
    else this.rows++
    return refused || silent
  }

  private judge(ex: Exchange): void {
    const { login } = ex
    if (login?.password !== undefined) this.tell('mysql.clear-password', ex)
    else if (login?.withPassword && login.plugin === 'mysql_old_password') this.tell('mysql.old-password', ex)
    if (ex.infile !== undefined && ex.sql !== undefined && !/\bload\b[\s\S]*\blocal\b/i.test(ex.sql)) this.tell('mysql.infile-unasked', ex)
  }

  private tell(code: string, ex: Exchange): void {
    if (this.noted.has(code)) return
    this.noted.add(code)
    this.session.anomaly(code, ex.request ?? ex.response)
  }

  private transactionOf(ex: Exchange): string | undefined {
    if (ex.command === LOGIN || ex.command === X) return undefined
    if (ex.command === Com.ChangeUser || ex.command === Com.ResetConnection) {
      if (!ex.error) this.transactions.end()
      return undefined
    }
    if (ex.command !== Com.Query && ex.command !== Com.StmtExecute && ex.command !== Com.StmtBulkExecute) return undefined
    const id = ex.facts && !ex.error ? this.transactions.see(ex.facts) : this.transactions.current
    return id
  }
}
