/** Pairs what the client asked with what the server answered; `asks.ts` and `answers.ts` do the work of either side. */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Correlator } from '../protocol.js'
import { Answers } from './answers.js'
import { Asks } from './asks.js'
import { Connection, type PgsqlSession } from './connection.js'
import type { Dialogue } from './dialogue.js'
import type { ClientMessage, PgsqlMessage, ServerMessage } from './messages.js'

export class PgsqlCorrelator implements Correlator<PgsqlMessage> {
  private readonly connection: Connection
  private readonly asks: Asks
  private readonly answers: Answers
  /** Oddities met in the bytes of the message that is about to be given. */
  private odd: [code: string, detail: string | undefined][] = []
  private readonly noted = new Set<string>()

  constructor(
    private readonly session: PgsqlSession,
    dialogue: Dialogue,
  ) {
    this.connection = new Connection(session, dialogue)
    this.asks = new Asks(this.connection)
    this.answers = new Answers(this.connection)
  }

  /** Each kind of oddity is told once a connection, with the packets of what comes next. */
  note(code: string, detail: string | undefined): void {
    if (this.noted.has(code)) return
    this.noted.add(code)
    this.odd.push([code, detail])
  }

  see(side: Side, message: PgsqlMessage, at: Trace): void {
    if (side === 'client') this.asks.see(message as ClientMessage, at)
    else this.answers.see(message as ServerMessage, at)
    if (this.odd.length > 0) this.tell(at)
  }

  gap(side: Side, _bytes: number): void {
    if (side === 'client') this.asks.gap()
    else this.answers.gap()
  }

  end(why: EndReason, at: Instant): void {
    this.asks.finish()
    this.connection.end(why, at)
    if (this.connection.statements.evicted) this.note('pgsql.statements-cut', 'More statements are prepared than are remembered.')
    this.tell(undefined)
  }

  private tell(at: Trace | undefined): void {
    for (const [code, detail] of this.odd) this.session.anomaly(code, at, detail)
    this.odd = []
  }
}
