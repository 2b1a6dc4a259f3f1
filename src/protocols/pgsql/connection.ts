/** The state of one connection that its two directions share, and the order in which its units become rows. */
import type { Instant } from '../../model/instant.js'
import type { EndReason } from '../../model/side.js'
import type { Session } from '../protocol.js'
import { TransactionIds } from '../shared/sql/transaction-ids.js'
import type { Backend, Backends } from './cancel.js'
import type { Dialogue } from './dialogue.js'
import type { PgsqlRow } from './fields.js'
import { Login } from './login.js'
import { Queue, Slot, type SlotKind } from './queue.js'
import { Rows } from './rows.js'
import { Statements } from './statements.js'
import { Unit } from './unit.js'

export interface PgsqlOptions {
  readonly max_rows: number
  readonly max_row_length: number
  readonly send_request: boolean
  readonly send_response: boolean
}
export type PgsqlSession = Session<PgsqlRow, PgsqlOptions, Backends>

/** Messages that wait for an answer; a batch of ten thousand statements has five times as many. */
const MAX_WAITING = 65_536
/** Units that wait for ReadyForQuery to be written with the state it tells. */
const MAX_UNITS = 8192

export class Connection {
  readonly login: Login
  readonly statements: Statements
  readonly queue = new Queue()
  readonly ids: TransactionIds
  readonly rows: Rows
  readonly secret: (text: string) => string
  /** Without a row yet, in the order they were asked. */
  private units: Unit[] = []
  /** The server skips what comes until the next Sync. */
  failed = false
  /** Bytes of the server are missing, and requests that were open then may have been answered in them. */
  serverGap = false
  clientGap = false
  /** The client asks before it is answered. */
  pipelined = false
  /** The unit that copies. */
  copying: Unit | undefined
  /** Answers without a request. */
  orphan: Unit | undefined
  backend: Backend | undefined
  /** Whose packets came last on each side, for bytes that belong to the same message. */
  lastAsked: readonly Unit[] = []
  lastTold: Unit | undefined

  constructor(
    readonly session: PgsqlSession,
    readonly dialogue: Dialogue,
  ) {
    this.secret = (text) => session.secret(text)
    this.login = new Login(this.secret)
    this.statements = new Statements(this.secret)
    this.ids = new TransactionIds(session.flow.id)
    this.rows = new Rows(this)
  }

  get server(): string {
    return `${this.session.flow.server.ip}:${this.session.flow.server.port}`
  }

  /** All that was said since the login is known. */
  get inStep(): boolean {
    return this.login.seen && !this.serverGap && !this.clientGap && !this.orphan
  }

  /** A new unit in the order of rows. */
  open(unit: Unit): Unit {
    if (this.units.length >= MAX_UNITS) {
      this.dialogue.anomaly('pgsql.requests-waiting')
      this.write(this.units.splice(0, MAX_UNITS / 2), undefined)
    }
    this.units.push(unit)
    return unit
  }

  push(kind: SlotKind, unit: Unit | undefined, units?: Unit[]): void {
    if (this.queue.length >= MAX_WAITING) {
      this.dialogue.anomaly('pgsql.requests-waiting')
      this.settle(this.queue.shift()!, 'lost')
    }
    if (unit && !units) unit.waiting++
    if (units) for (const one of units) one.waiting++
    this.queue.push(new Slot(kind, unit, units))
  }

  /**
   * A slot is over.
   * @param how answered; skipped by the server after an error; lost: its answer was not captured; or never answered
   */
  settle(slot: Slot, how: 'answered' | 'skipped' | 'lost' | 'unanswered'): void {
    const { unit, units } = slot
    if (units) {
      for (let i = 0; i < units.length; i++) {
        const one = units[i]!
        one.waiting--
        if (one.done) continue
        if (slot.failed) this.skip(one)
        else if (how !== 'unanswered') one.lost ||= how === 'lost' || this.serverGap
      }
      return
    }
    if (!unit) return
    unit.waiting--
    if (how === 'answered') return
    if (slot.kind === 'parse' && unit.statement && how === 'skipped') this.statements.refused(unit.statement)
    if (how === 'lost') unit.lost = true
    else if (how === 'skipped' && !unit.error && !unit.done) this.skip(unit)
  }

  /** The request at the head is answered to its end. */
  answered(): void {
    this.settle(this.queue.shift()!, 'answered')
  }

  private skip(unit: Unit): void {
    unit.skipped = true
    unit.done = true
    unit.note('Not executed: something else in the same query or batch failed.')
  }

  /** An error outside a transaction block takes back what ran since the last Sync, or before it in the same simple query. */
  undone(): void {
    if (this.ids.current !== undefined) return
    const over = this.units.filter((unit) => unit.waiting <= 0 && unit.closed && unit.executed)
    if (over.some((unit) => unit.facts?.transaction !== undefined)) return
    for (const unit of over) if (unit.tag !== undefined) unit.note('Undone: something after it in the same query or batch failed.')
  }

  /** Writes what is over, oldest first. */
  flush(state: string | undefined): void {
    let ready = 0
    while (ready < this.units.length && this.units[ready]!.waiting <= 0 && this.units[ready]!.closed) ready++
    if (ready > 0) this.write(ready === this.units.length ? this.takeAll() : this.units.splice(0, ready), state)
  }

  private takeAll(): Unit[] {
    const all = this.units
    this.units = []
    return all
  }

  private write(units: readonly Unit[], state: string | undefined): void {
    for (const unit of units) this.rows.unit(unit, state)
  }

  /** A unit that needs no answer, or none that is waited for. */
  writeNow(unit: Unit): void {
    this.flush(undefined)
    this.rows.unit(unit, undefined)
  }

  orphanOf(): Unit {
    this.orphan ??= new Unit('simple_query')
    return this.orphan
  }

  writeOrphan(state: string | undefined): void {
    const { orphan } = this
    if (!orphan) return
    this.orphan = undefined
    this.rows.orphan(orphan, state)
  }

  /** Answers of what still waits were lost. */
  giveUpWaiting(): void {
    while (this.queue.length > 0) this.settle(this.queue.shift()!, 'lost')
    this.failed = false
    this.copying = undefined
    for (const unit of this.units) unit.closed = true
    this.flush(undefined)
  }

  end(why: EndReason, _at: Instant): void {
    while (this.queue.length > 0) {
      const slot = this.queue.shift()!
      this.settle(slot, this.failed ? 'skipped' : this.serverGap ? 'lost' : 'unanswered')
    }
    this.rows.ending = why
    this.write(this.takeAll(), undefined)
    this.writeOrphan(undefined)
    if (this.backend && this.login.pid !== undefined) this.session.shared.gone(this.server, this.login.pid, this.backend)
  }
}
