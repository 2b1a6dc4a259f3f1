/** How a batch ends: the server is ready again, or something failed. */
import type { Trace } from '../../model/trace.js'
import type { Connection } from './connection.js'
import type { Diagnostics } from './messages.js'
import { unitOf } from './pairing.js'
import type { Slot } from './queue.js'
import type { Unit } from './unit.js'

/** ReadyForQuery: all up to the next Sync, or the simple query, is answered. */
export function ready(c: Connection, state: string, at: Trace): void {
  const head = c.queue.head
  c.lastTold = undefined
  if (!head) {
    c.writeOrphan(state)
    stateIs(c, state)
    return
  }
  c.orphan = undefined
  if (head.kind === 'startup') {
    const unit = head.unit!
    unit.told(at, true)
    // The login is over when the server is ready, not with its first question.
    unit.answered = at.last
    unit.done = true
    c.answered()
  } else {
    let failed = c.failed
    for (let slot = c.queue.shift(); slot; slot = c.queue.shift()) {
      if (slot.ends) {
        failed ||= slot.failed
        const alone = slot.kind === 'sync' ? slot.unit : undefined
        if (alone) {
          alone.told(at, true)
          alone.done = true
        }
        if (slot.kind === 'function' && slot.unit && !slot.unit.error) slot.unit.done = true
        if (slot.kind === 'query')
          for (const unit of slot.units ?? [])
            if (!unit.done && !unit.lost && !slot.failed) unit.note('The server was ready without completing it.')
        c.settle(slot, 'answered')
        break
      }
      c.settle(slot, c.failed ? 'skipped' : 'lost')
    }
    if (failed && state === 'I') c.undone()
  }
  c.failed = false
  c.copying = undefined
  if (c.queue.length === 0) c.serverGap = false
  c.flush(state)
  stateIs(c, state)
}

function stateIs(c: Connection, state: string): void {
  if (state === 'I') {
    c.statements.transactionOver()
    c.ids.end()
  } else if (c.ids.current === undefined) c.ids.begin()
}

/** ErrorResponse: which request it answers, and what that means for those behind it. */
export function failedWith(c: Connection, fields: Diagnostics, at: Trace): void {
  const head = c.queue.head
  const fatal = isFatal(fields)
  if (!head && fatal && c.inStep) {
    // Thrown out: by an administrator, a timeout, a shutdown.
    c.rows.unasked('error', at, fields)
    return
  }
  if (!head || (c.failed && head.kind !== 'query')) {
    const unit = c.orphanOf()
    unit.told(at, true)
    unit.error = fields
    unit.done = true
    if (fatal) c.writeOrphan(undefined)
    return
  }
  const unit = head.units ? failing(head, fields) : (head.unit ?? c.orphanOf())
  unit.told(at, true)
  unit.error = fields
  unit.done = true
  c.lastTold = unit
  if (c.copying === unit || c.copying?.copy?.how === 'in') c.copying = undefined
  if (fields.C === '57014' && c.backend?.cancelledBy) {
    unit.cancelledBy = c.backend.cancelledBy
    c.backend.cancelledBy = undefined
  }
  if (head.kind === 'startup') {
    if (c.login.result !== 'ok') c.login.result = 'failed'
    c.answered()
    c.flush(undefined)
  } else if (head.kind === 'query') head.failed = true
  else if (head.kind === 'negotiate') {
    c.answered()
    c.flush(undefined)
  } else if (head.kind !== 'function' && head.kind !== 'sync') {
    c.failed = true
    if (head.kind === 'parse' && unit.statement) c.statements.refused(unit.statement)
    c.answered()
  }
  if (fatal) {
    // Nothing else is answered on this connection.
    while (c.queue.length > 0) c.settle(c.queue.shift()!, 'skipped')
    c.flush(undefined)
  }
}

/** Which statement of a simple query an error is about: a mistake in its grammar is found before any is executed. */
function failing(slot: Slot, fields: Diagnostics): Unit {
  const units = slot.units!
  const position = Number(fields.P)
  if (fields.C === '42601' && slot.current === 0 && position > 0) {
    const unit = units.find((one) => position <= one.textEnd + 1)
    if (unit) return unit
  }
  return unitOf(slot)
}

/** V is the severity that no locale translates; servers before 9.6 do not send it. */
const isFatal = (fields: Diagnostics): boolean => /^(?:FATAL|PANIC)$/.test(fields.V ?? fields.S ?? '')
