/** Which request a message of the server answers. */
import type { Connection } from './connection.js'
import type { Slot, SlotKind } from './queue.js'
import type { Unit } from './unit.js'

const RESULT: readonly SlotKind[] = ['query', 'execute']
const DESCRIBED: readonly SlotKind[] = ['describe-statement', 'describe-portal']
/** Which requests a message can answer. */
const FITS: Readonly<Record<string, readonly SlotKind[]>> = {
  parsed: ['parse'],
  bound: ['bind'],
  closed: ['close'],
  types: ['describe-statement'],
  'no-data': DESCRIBED,
  columns: ['query', 'describe-statement', 'describe-portal', 'execute'],
  rows: RESULT,
  complete: RESULT,
  empty: RESULT,
  suspended: ['execute'],
  copy: RESULT,
  'copy-data': RESULT,
  'copy-done': RESULT,
  'function-result': ['function'],
}

/** The request that a message of this kind answers: the next one, or one behind it where answers are missing. */
export function align(c: Connection, kind: string): Slot | undefined {
  const kinds = FITS[kind] ?? []
  const { queue } = c
  const head = queue.head
  if (head && kinds.includes(head.kind) && !c.failed) return head
  if (!head) return undefined
  if (c.failed && head.kind !== 'query') {
    // ReadyForQuery behind an error was not captured.
    if (!c.serverGap) return undefined
    throughSync(c)
    return align(c, kind)
  }
  for (let i = 1; i < queue.length; i++) {
    const slot = queue.at(i)!
    if (queue.at(i - 1)!.ends && !c.serverGap) return undefined
    if (!kinds.includes(slot.kind)) continue
    for (let dropped = 0; dropped < i; dropped++) c.settle(queue.shift()!, 'lost')
    return slot
  }
  return undefined
}

function throughSync(c: Connection): void {
  for (let slot = c.queue.shift(); slot; slot = c.queue.shift()) {
    c.settle(slot, slot.kind === 'sync' ? 'answered' : 'skipped')
    if (slot.ends) break
  }
  c.failed = false
  c.flush(undefined)
}

/** The statement whose turn it is. */
export function unitOf(slot: Slot): Unit {
  const { units } = slot
  if (!units) return slot.unit!
  const unit = units[slot.current]
  if (unit) return unit
  // More answers than statements were told apart: the last one takes them.
  const last = units[units.length - 1]!
  if (last.of <= units.length) last.note('The server completed more statements than were told apart in the query.')
  return last
}
