/** The client's messages: which of them make one unit, and what each is waiting for. */
import type { Trace } from '../../model/trace.js'
import { readStatement } from '../shared/sql/statement.js'
import type { Connection } from './connection.js'
import type { ClientMessage, CopyRun } from './messages.js'
import { newCopy, Unit } from './unit.js'
import { UnitMaker } from './unit-maker.js'

/** Statements of one simple query that get rows of their own; a dump sent as one text has thousands. */
const MAX_STATEMENTS = 1000

type Of<K extends ClientMessage['kind']> = Extract<ClientMessage, { kind: K }>

export class Asks {
  private readonly units: UnitMaker
  /** The last statement whose execution was asked: COPY data belongs to it. */
  private executed: Unit | undefined
  private loginUnit: Unit | undefined

  constructor(private readonly c: Connection) {
    this.units = new UnitMaker(c)
  }

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
        if (!this.units.current) return
        this.units.current.flushed = true
        this.units.asked(this.units.current, at)
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
        const unit = this.units.single(message.what === 'ssl' ? 'ssl_request' : 'gssenc_request', at)
        this.c.push('negotiate', unit)
        return
      }
      case 'cancel':
        this.cancel(message, at)
        return
      case 'terminate':
        this.units.finishCurrent()
        this.c.writeNow(this.units.detached('terminate', at))
        return
      case 'unknown':
        this.c.dialogue.anomaly('pgsql.unknown-message', `Letter ${message.letter} from the client.`)
    }
  }

  /** Bytes of the client are missing: what was being put together cannot be completed. */
  gap(): void {
    if (this.units.current) this.units.current.lost = true
    this.units.finishCurrent()
    const copying = this.c.copying
    if (copying) copying.lost = true
    this.c.clientGap = true
    this.units.inBatch = false
  }

  finish(): void {
    this.units.finishCurrent()
  }

  // ---- simple query ----------------------------------------------------------------------------------------------------

  private query({ text, size, cut }: Of<'query'>, at: Trace): void {
    this.units.begin()
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
    this.units.inBatch = false
  }

  // ---- extended query --------------------------------------------------------------------------------------------------

  private parse({ name, text, size, cut, types }: Of<'parse'>, at: Trace): void {
    this.units.finishCurrent()
    this.units.begin()
    const unit = this.units.start('parse')
    this.units.of(unit, this.c.statements.parse(name, text, size, cut, types), name)
    this.units.asked(unit, at)
    this.c.push('parse', unit)
  }

  private bind({ portal, statement, values, cut }: Of<'bind'>, at: Trace): void {
    let unit = this.units.current
    if (!unit || unit.bound || unit.executed || unit.flushed || unit.statementName !== statement) {
      this.units.finishCurrent()
      this.units.begin()
      unit = this.units.start('bind')
      this.units.of(unit, this.c.statements.statement(statement), statement)
    }
    if (unit.frontend !== 'parse') unit.frontend = 'bind'
    unit.bound = true
    unit.portal = this.c.statements.bind(portal, statement, values, cut)
    this.units.asked(unit, at)
    this.c.push('bind', unit)
  }

  private describe({ what, name }: Of<'describe'>, at: Trace): void {
    let unit = this.units.current
    const same = what === 'statement' ? unit?.statementName === name && !unit.bound : unit?.portal?.name === name
    if (!unit || unit.executed || !same) {
      this.units.finishCurrent()
      this.units.begin()
      unit = this.units.start('describe')
      if (what === 'statement') this.units.of(unit, this.c.statements.statement(name), name)
      else this.units.from(unit, this.c.statements.portal(name))
    }
    this.units.asked(unit, at)
    this.c.push(what === 'statement' ? 'describe-statement' : 'describe-portal', unit)
  }

  private execute({ portal, maxRows }: Of<'execute'>, at: Trace): void {
    let unit = this.units.current
    if (!unit || unit.executed || unit.portal?.name !== portal) {
      this.units.finishCurrent()
      this.units.begin()
      unit = this.units.start('execute')
      const known = this.c.statements.portal(portal)
      if (known) this.units.from(unit, known)
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
    this.units.asked(unit, at)
    this.c.push('execute', unit)
  }

  private close({ what, name }: Of<'close'>, at: Trace): void {
    const { statements } = this.c
    let unit = this.units.current
    const same = what === 'portal' ? unit?.portal?.name === name : unit?.statementName === name
    if (!unit?.executed || !same) {
      this.units.finishCurrent()
      this.units.begin()
      unit = this.units.start('close')
      if (what === 'statement') this.units.of(unit, statements.statement(name), name)
      else this.units.from(unit, statements.portal(name))
    }
    statements.close(what, name)
    this.units.asked(unit, at)
    this.c.push('close', unit)
  }

  private sync(at: Trace): void {
    const { c } = this
    // A server that reads COPY data ignores it.
    if (c.copying?.copy?.how === 'in') {
      c.copying.asked(at)
      return
    }
    if (this.units.current) {
      this.units.asked(this.units.current, at)
      this.units.finishCurrent()
      c.push('sync', undefined)
    } else if (this.units.inBatch) c.push('sync', undefined)
    else {
      this.units.begin()
      const unit = this.units.single('sync', at)
      c.push('sync', unit)
    }
    this.units.inBatch = false
  }

  // ---- copy, function call ---------------------------------------------------------------------------------------------

  private copy(message: CopyRun | Of<'copy-done' | 'copy-fail'>, at: Trace): void {
    const unit = this.c.copying ?? this.executed
    if (!unit) return
    const copy = unit.copy
    this.units.asked(unit, at)
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
    if (unit.frontend === 'execute') this.units.inBatch = true
  }

  private call({ oid, values, cut }: Of<'function'>, at: Trace): void {
    this.units.begin()
    const unit = this.units.single('function_call', at)
    unit.executed = true
    unit.functionOid = oid
    unit.functionValues = cut ? undefined : values
    this.c.push('function', unit)
  }

  // ---- login -----------------------------------------------------------------------------------------------------------

  private startup(message: Of<'startup'>, at: Trace): void {
    this.c.login.startup(message)
    this.loginUnit = this.units.single('startup', at)
    this.c.push('startup', this.loginUnit)
  }

  private password({ body }: Of<'password'>, at: Trace): void {
    this.c.login.answer(body)
    if (!this.loginUnit) {
      this.loginUnit = this.units.single('startup', at)
      this.loginUnit.note('The start of the login was not seen.')
      this.c.push('startup', this.loginUnit)
    } else this.units.asked(this.loginUnit, at)
  }

  private cancel({ pid, key }: Of<'cancel'>, at: Trace): void {
    const unit = this.units.detached('cancel_request', at)
    this.c.rows.cancel(unit, pid, key)
  }
}

const nameOf = (name: string): string => (name === '' ? 'without a name' : `"${name.slice(0, 64)}"`)
