/** The server's messages: which request each answers, and what they make of it. */
import type { Trace } from '../../model/trace.js'
import type { Connection } from './connection.js'
import { effects } from './effects.js'
import { failedWith, ready } from './endings.js'
import type { CopyRun, Diagnostics, ServerMessage } from './messages.js'
import { align, unitOf } from './pairing.js'
import type { Slot, SlotKind } from './queue.js'
import { newCopy, Unit } from './unit.js'

type Of<K extends ServerMessage['kind']> = Extract<ServerMessage, { kind: K }>

export class Answers {
  constructor(private readonly c: Connection) {}

  see(message: ServerMessage, at: Trace): void {
    const { c } = this
    switch (message.kind) {
      case 'piece':
        c.lastTold?.told(at, true)
        return
      case 'ready':
        ready(c, message.state, at)
        return
      case 'error':
        failedWith(c, message.fields, at)
        return
      case 'notice':
        this.notice(message.fields, at)
        return
      case 'parameter':
        c.login.setting(message.name, message.value)
        this.during('startup', at)
        if (c.backend && message.name === 'application_name') c.backend.applicationName = c.login.applicationName
        return
      case 'auth':
        c.login.auth(message)
        this.during('startup', at)
        return
      case 'version':
        c.login.protocolVersion = `3.${message.minor}`
        this.during('startup', at)
        return
      case 'key':
        this.key(message, at)
        return
      case 'answer':
        this.answer(message.letter, at)
        return
      case 'notification':
        this.notification(message, at)
        return
      case 'unknown':
        c.dialogue.anomaly('pgsql.unknown-message', `Letter ${message.letter} from the server.`)
        return
      default:
        this.reply(message, at)
    }
  }

  gap(): void {
    const { c } = this
    c.serverGap = true
    const head = c.queue.head
    const unit = head?.units ? head.units[Math.min(head.current, head.units.length - 1)] : head?.unit
    if (unit) unit.lost = true
    if (c.orphan) c.orphan.lost = true
    c.lastTold = undefined
  }

  /** The messages that answer one request. */
  private reply(
    message: Exclude<
      ServerMessage,
      Of<'ready' | 'error' | 'notice' | 'parameter' | 'auth' | 'version' | 'key' | 'answer' | 'notification' | 'unknown' | 'piece'>
    >,
    at: Trace,
  ): void {
    const { c } = this
    const slot = align(c, message.kind)
    if (!slot) {
      this.stray(message, at)
      return
    }
    const unit = unitOf(slot)
    const result =
      message.kind !== 'parsed' &&
      message.kind !== 'bound' &&
      message.kind !== 'closed' &&
      message.kind !== 'types' &&
      message.kind !== 'no-data'
    // A description of a statement comes before it is executed: no part of the answer's time.
    if (message.kind === 'columns' && slot.kind === 'describe-statement') {
      unit.told(at, false)
      unit.responseBytes += at.bytes
    } else unit.told(at, result)
    c.lastTold = unit
    switch (message.kind) {
      case 'parsed':
        if (unit.statement) unit.statement.replaced = undefined
        c.answered()
        return
      case 'bound':
      case 'closed':
        c.answered()
        return
      case 'types':
        if (unit.statement) unit.statement.types = message.types
        return
      case 'no-data':
        c.answered()
        return
      case 'columns':
        if (slot.kind === 'describe-statement' && unit.statement) unit.statement.columns = message.columns
        if (slot.kind === 'describe-portal' && unit.portal) unit.portal.columns = message.columns
        unit.columns ??= message.columns
        unit.results++
        if (slot.kind !== 'query' && slot.kind !== 'execute') c.answered()
        return
      case 'rows':
        this.rows(unit, message)
        return
      case 'complete':
        unit.tag = message.tag
        effects(unit, c.statements, c.secret)
        this.over(slot, unit)
        return
      case 'empty':
        unit.empty = true
        this.over(slot, unit)
        return
      case 'suspended':
        unit.suspended = true
        if (unit.portal) unit.portal.suspended = true
        this.over(slot, unit)
        return
      case 'copy':
        unit.copy ??= newCopy(message.how)
        unit.copy.how = message.how
        unit.copy.binary = message.binary
        unit.fields ??= message.how === 'both' ? undefined : message.columns
        c.copying = unit
        if (message.how === 'in') c.queue.withoutSyncs()
        return
      case 'copy-data':
        copied(unit, message)
        return
      case 'copy-done':
        if (unit.copy?.how !== 'in') c.copying = undefined
        return
    }
  }

  private rows(unit: Unit, message: Of<'rows'>): void {
    if (unit.rows === 0) unit.fields = message.fields
    unit.rows += message.count
    if (!message.samples) return
    unit.samples ??= []
    for (const sample of message.samples) if (unit.samples.length < this.c.session.options.max_rows) unit.samples.push(sample)
  }

  /** A statement is done: the next message belongs to the next one. */
  private over(slot: Slot, unit: Unit): void {
    unit.done = true
    if (this.c.copying === unit) this.c.copying = undefined
    if (slot.kind === 'query') slot.current++
    else this.c.answered()
  }

  private notice(fields: Diagnostics, at: Trace): void {
    const { c } = this
    const head = c.queue.head
    if (head) {
      const unit = head.units ? unitOf(head) : (head.unit ?? c.lastTold)
      if (unit) {
        unit.notice(fields)
        unit.told(at, false)
        return
      }
    }
    if (c.orphan) {
      c.orphan.notice(fields)
      return
    }
    c.rows.unasked('notice', at, fields)
  }

  // ---- login and what nobody asked for ---------------------------------------------------------------------------------

  private during(kind: SlotKind, at: Trace): void {
    const { c } = this
    const head = c.queue.head
    if (head?.kind !== kind || !head.unit) return
    head.unit.told(at, true)
    c.lastTold = head.unit
  }

  private key({ pid, key }: Of<'key'>, at: Trace): void {
    const { c } = this
    c.login.pid = pid
    c.backend = {
      flow: c.session.flow.id,
      key,
      user: c.login.user,
      database: c.login.database,
      applicationName: c.login.applicationName,
      cancelledBy: undefined,
    }
    c.session.shared.add(c.server, pid, c.backend)
    this.during('startup', at)
  }

  private answer(letter: string, at: Trace): void {
    const { c } = this
    const head = c.queue.head
    if (head?.kind === 'negotiate') {
      const unit = head.unit!
      unit.told(at, true)
      unit.tag = letter
      unit.done = true
      c.answered()
      c.flush(undefined)
      return
    }
    const unit = new Unit('ssl_request')
    unit.told(at, true)
    unit.tag = letter
    unit.done = true
    c.rows.orphan(unit, undefined)
  }

  private notification({ pid, channel, payload }: Of<'notification'>, at: Trace): void {
    this.c.rows.notification(at, pid, channel, payload)
  }

  /** Answers to requests that were not captured: gathered until the server is ready. */
  private stray(message: Parameters<Answers['reply']>[0], at: Trace): void {
    const { c } = this
    if (c.queue.length > 0 && !c.serverGap && !c.clientGap) c.dialogue.anomaly('pgsql.out-of-step')
    if (message.kind === 'parsed' || message.kind === 'bound' || message.kind === 'closed') return
    const unit = c.orphanOf()
    unit.told(at, true)
    c.lastTold = unit
    if (message.kind === 'columns') unit.columns ??= message.columns
    else if (message.kind === 'rows') this.rows(unit, message)
    else if (message.kind === 'copy-data') {
      unit.copy ??= newCopy('out')
      copied(unit, message)
    } else if (message.kind === 'complete') {
      unit.tag = message.tag
      unit.done = true
      c.writeOrphan(undefined)
    }
  }
}

function copied(unit: Unit, run: CopyRun): void {
  const { copy } = unit
  if (!copy) return
  copy.messages += run.messages
  copy.bytes += run.bytes
  copy.wal += run.wal
  copy.walBytes += run.walBytes
  copy.keepalives += run.keepalives
  copy.lsn = run.lsn ?? copy.lsn
}
