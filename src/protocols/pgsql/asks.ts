/** The client's messages: which of them make one unit, and what each is waiting for. */
import type { Trace } from '../../model/trace.js'
import { readStatement } from '../shared/sql/statement.js'
import type { Connection } from './connection.js'
import type { ClientMessage, CopyRun } from './messages.js'
import type { Portal, Statement } from './statements.js'
import { type Frontend, newCopy, Unit } from './unit.js'

/** Statements of one simple query that get rows of their own; a dump sent as one text has thousands. */
const MAX_STATEMENTS = 1000

type Of<K extends ClientMessage['kind']> = Extract<ClientMessage, { kind: K }>

export class Asks {
  /** The extended query that is being put together. */
  private current: Unit | undefined
  /** Something was asked since the last Sync. */
  private inBatch = false
  /** The last statement whose execution was asked: COPY data belongs to it. */
  private executed: Unit | undefined
  private loginUnit: Unit | undefined

  constructor(private readonly c: Connection) {}

  see(message: ClientMessage, at: Trace): void {
    switch (message.kind) {
      case 'piece':
        for (const unit of this.c.lastAsked) unit.asked(at)
        return
      case 'query':
        this.query(message, at)
        return
      case 'parse':
        this.parse(message, at)
        return
      case 'bind':
        this.bind(message, at)
        return
      case 'describe':
        this.describe(message, at)
        return
      case 'execute':
        this.execute(message, at)
        return
      case 'close':
        this.close(message, at)
        return
      case 'sync':
        this.sync(at)
        return
      case 'flush':
        if (!this.current) return
        this.current.flushed = true
        this.asked(this.current, at)
        return
      case 'copy-data':
      case 'copy-done':
      case 'copy-fail':
        this.copy(message, at)
        return
      case 'function':
        this.call(message, at)
        return
      case 'startup':
        this.startup(message, at)
        return
      case 'password':
        this.password(message, at)
        return
      case 'negotiate': {
        const unit = this.single(message.what === 'ssl' ? 'ssl_request' : 'gssenc_request', at)
        this.c.push('negotiate', unit)
        return
      }
      case 'cancel':
        this.cancel(message, at)
        return
      case 'terminate':
        this.finishCurrent()
        this.c.writeNow(this.detached('terminate', at))
        return
      case 'unknown':
        this.c.dialogue.anomaly('pgsql.unknown-message', `Letter ${message.letter} from the client.`)
    }
  }

  /** Bytes of the client are missing: what was being put together cannot be completed. */
  gap(): void {
    if (this.current) this.current.lost = true
    this.finishCurrent()
    const copying = this.c.copying
    if (copying) copying.lost = true
    this.c.clientGap = true
    this.inBatch = false
  }

  finish(): void {
    this.finishCurrent()
  }

  // ---- simple query ----------------------------------------------------------------------------------------------------

  private query({ text, size, cut }: Of<'query'>, at: Trace): void {
    this.begin()
    const { c } = this
    const { spans, statements } = readStatement(text, 'pgsql', c.secret)
    const count = Math.max(1, Math.min(statements, spans.length / 2, MAX_STATEMENTS))
    const units: Unit[] = []
    for (let i = 0; i < count; i++) {
      const unit = new Unit('simple_query')
      unit.closed = true
      unit.text = count > 1 ? text.slice(spans[2 * i], spans[2 * i + 1]) : text.trim()
      unit.textEnd = spans[2 * i + 1] ?? text.length
      unit.textSize = size
      unit.textCut = cut
      unit.facts = readStatement(unit.text, 'pgsql', c.secret)
      unit.ordinal = i
      unit.of = Math.max(1, statements)
      unit.executed = true
      unit.asked(count > 1 ? at.copy() : at)
      units.push(c.open(unit))
    }
    if (statements > MAX_STATEMENTS) {
      units[count - 1]!.note(`The query holds ${statements} statements; the first ${MAX_STATEMENTS} have rows of their own.`)
      c.dialogue.anomaly('pgsql.statements-cut')
    }
    c.lastAsked = units
    this.executed = units[0]
    c.push('query', units[0], units)
    this.inBatch = false
  }

  // ---- extended query --------------------------------------------------------------------------------------------------

  private parse({ name, text, size, cut, types }: Of<'parse'>, at: Trace): void {
    this.finishCurrent()
    this.begin()
    const unit = this.start('parse')
    this.of(unit, this.c.statements.parse(name, text, size, cut, types), name)
    this.asked(unit, at)
    this.c.push('parse', unit)
  }

  private bind({ portal, statement, values, cut }: Of<'bind'>, at: Trace): void {
    let unit = this.current
    if (!unit || unit.bound || unit.executed || unit.flushed || unit.statementName !== statement) {
      this.finishCurrent()
      this.begin()
      unit = this.start('bind')
      this.of(unit, this.c.statements.statement(statement), statement)
    }
    if (unit.frontend !== 'parse') unit.frontend = 'bind'
    unit.bound = true
    unit.portal = this.c.statements.bind(portal, statement, values, cut)
    this.asked(unit, at)
    this.c.push('bind', unit)
  }

  private describe({ what, name }: Of<'describe'>, at: Trace): void {
    let unit = this.current
    const same = what === 'statement' ? unit?.statementName === name && !unit.bound : unit?.portal?.name === name
    if (!unit || unit.executed || !same) {
      this.finishCurrent()
      this.begin()
      unit = this.start('describe')
      if (what === 'statement') this.of(unit, this.c.statements.statement(name), name)
      else this.from(unit, this.c.statements.portal(name))
    }
    this.asked(unit, at)
    this.c.push(what === 'statement' ? 'describe-statement' : 'describe-portal', unit)
  }

  private execute({ portal, maxRows }: Of<'execute'>, at: Trace): void {
    let unit = this.current
    if (!unit || unit.executed || unit.portal?.name !== portal) {
      this.finishCurrent()
      this.begin()
      unit = this.start('execute')
      const known = this.c.statements.portal(portal)
      if (known) this.from(unit, known)
      else {
        unit.unknown = 'portal'
        unit.note(`Portal ${nameOf(portal)} was not seen being bound: its statement is not known.`)
      }
    } else if (unit.unknown === 'statement')
      unit.note(`Statement ${nameOf(unit.statementName ?? '')} was not seen being parsed: its text is not known.`)
    unit.frontend = 'execute'
    unit.executed = true
    unit.maxRows = maxRows
    if (unit.portal) {
      unit.continued = unit.portal.executions > 0
      unit.portal.executions++
    }
    this.executed = unit
    this.asked(unit, at)
    this.c.push('execute', unit)
  }

  private close({ what, name }: Of<'close'>, at: Trace): void {
    const { statements } = this.c
    let unit = this.current
    const same = what === 'portal' ? unit?.portal?.name === name : unit?.statementName === name
    if (!unit?.executed || !same) {
      this.finishCurrent()
      this.begin()
      unit = this.start('close')
      if (what === 'statement') this.of(unit, statements.statement(name), name)
      else this.from(unit, statements.portal(name))
    }
    statements.close(what, name)
    this.asked(unit, at)
    this.c.push('close', unit)
  }

  private sync(at: Trace): void {
    const { c } = this
    // A server that reads COPY data ignores it.
    if (c.copying?.copy?.how === 'in') {
      c.copying.asked(at)
      return
    }
    if (this.current) {
      this.asked(this.current, at)
      this.finishCurrent()
      c.push('sync', undefined)
    } else if (this.inBatch) c.push('sync', undefined)
    else {
      this.begin()
      const unit = this.single('sync', at)
      c.push('sync', unit)
    }
    this.inBatch = false
  }

  // ---- copy, function call ---------------------------------------------------------------------------------------------

  private copy(message: CopyRun | Of<'copy-done' | 'copy-fail'>, at: Trace): void {
    const unit = this.c.copying ?? this.executed
    if (!unit) return
    const copy = unit.copy
    this.asked(unit, at)
    if (message.kind === 'copy-data') {
      unit.copy ??= newCopy('in')
      unit.copy.fromClient += message.messages
      if (unit.copy.how === 'in') {
        unit.copy.messages += message.messages
        unit.copy.bytes += message.bytes
      }
      return
    }
    if (message.kind === 'copy-fail' && copy) copy.failed = message.reason
    if (copy?.how === 'in') this.c.copying = undefined
    // The Sync of the batch was swallowed while the server read; another follows.
    if (unit.frontend === 'execute') this.inBatch = true
  }

  private call({ oid, values, cut }: Of<'function'>, at: Trace): void {
    this.begin()
    const unit = this.single('function_call', at)
    unit.executed = true
    unit.functionOid = oid
    unit.functionValues = cut ? undefined : values
    this.c.push('function', unit)
  }

  // ---- login -----------------------------------------------------------------------------------------------------------

  private startup(message: Of<'startup'>, at: Trace): void {
    this.c.login.startup(message)
    this.loginUnit = this.single('startup', at)
    this.c.push('startup', this.loginUnit)
  }

  private password({ body }: Of<'password'>, at: Trace): void {
    this.c.login.answer(body)
    if (!this.loginUnit) {
      this.loginUnit = this.single('startup', at)
      this.loginUnit.note('The start of the login was not seen.')
      this.c.push('startup', this.loginUnit)
    } else this.asked(this.loginUnit, at)
  }

  private cancel({ pid, key }: Of<'cancel'>, at: Trace): void {
    const unit = this.detached('cancel_request', at)
    this.c.rows.cancel(unit, pid, key)
  }

  // ---- units -----------------------------------------------------------------------------------------------------------

  /** The first message of a batch. */
  private begin(): void {
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

  private start(frontend: Frontend): Unit {
    this.current = this.c.open(new Unit(frontend))
    return this.current
  }

  private single(frontend: Frontend, at: Trace): Unit {
    const unit = this.c.open(new Unit(frontend))
    unit.closed = true
    this.asked(unit, at)
    return unit
  }

  private detached(frontend: Frontend, at: Trace): Unit {
    const unit = new Unit(frontend)
    unit.closed = true
    unit.done = true
    this.asked(unit, at)
    return unit
  }

  private finishCurrent(): void {
    if (!this.current) return
    this.current.closed = true
    this.current = undefined
  }

  private asked(unit: Unit, at: Trace): void {
    unit.asked(at)
    this.c.lastAsked = [unit]
  }

  private of(unit: Unit, statement: Statement | undefined, name: string): void {
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

  private from(unit: Unit, portal: Portal | undefined): void {
    if (!portal) return
    unit.portal = portal
    unit.bound = true
    this.of(unit, portal.statement, portal.statementName)
  }
}

const nameOf = (name: string): string => (name === '' ? 'without a name' : `"${name.slice(0, 64)}"`)
