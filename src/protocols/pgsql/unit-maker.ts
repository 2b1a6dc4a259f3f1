/** Puts units together from the client's messages: a row of their own each, or several messages of an extended query in one. */
import type { Trace } from '../../model/trace.js'
import type { Connection } from './connection.js'
import type { Portal, Statement } from './statements.js'
import { type Frontend, Unit } from './unit.js'

export class UnitMaker {
  /** The extended query that is being put together. */
  current: Unit | undefined
  /** Something was asked since the last Sync. */
  inBatch = false

  constructor(private readonly c: Connection) {}

  /** The first message of a batch. */
  begin(): void {
    const { c } = this
    if (this.inBatch) return
    this.finishCurrent()
    this.inBatch = true
    if (c.queue.length === 0) {
      c.serverGap = false
      return
    }
    // One that waits for each answer would not ask again if it had not got it.
    if (c.serverGap && !c.pipelined) {
      c.giveUpWaiting()
      c.serverGap = false
    } else if (c.queue.head?.kind !== 'startup') c.pipelined = true
  }

  start(frontend: Frontend): Unit {
    this.current = this.c.open(new Unit(frontend))
    return this.current
  }

  single(frontend: Frontend, at: Trace): Unit {
    const unit = this.c.open(new Unit(frontend))
    unit.closed = true
    this.asked(unit, at)
    return unit
  }

  detached(frontend: Frontend, at: Trace): Unit {
    const unit = new Unit(frontend)
    unit.closed = true
    unit.done = true
    this.asked(unit, at)
    return unit
  }

  finishCurrent(): void {
    if (!this.current) return
    this.current.closed = true
    this.current = undefined
  }

  asked(unit: Unit, at: Trace): void {
    unit.asked(at)
    this.c.lastAsked = [unit]
  }

  of(unit: Unit, statement: Statement | undefined, name: string): void {
    unit.statementName = name
    unit.statement = statement
    if (!statement) {
      unit.unknown = 'statement'
      return
    }
    unit.text = statement.text
    unit.textSize = statement.size
    unit.textCut = statement.cut
    unit.facts = statement.facts
  }

  from(unit: Unit, portal: Portal | undefined): void {
    if (!portal) return
    unit.portal = portal
    unit.bound = true
    this.of(unit, portal.statement, portal.statementName)
  }
}
