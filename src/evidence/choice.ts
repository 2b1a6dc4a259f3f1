/** From the rows that a user names to the packets that an extract holds: those of the rows, and what makes them come out again. */
import type { Database } from 'better-sqlite3'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { CaptureRecord } from './capture-rows.js'
import { type FlowRow, flowsOf, flowsOfProtocol, type TransactionRow } from './case-rows.js'
import { type Reproduction, reproduce } from './reproduction.js'
import type { FoundCapture, ScanOptions } from './scan.js'
import { type CaseFacts, Selection, type Wanted } from './selection.js'

/** Flows read for the context of rows: a capture of a busy server has more, and then the extract would be the capture. */
const MAX_CONTEXT_FLOWS = 10_000

/** How long what waits for an answer in another flow may wait: as long as a silent flow is kept, by default. */
const ANSWER_NS = 300n * 1_000_000_000n

export interface Choice {
  readonly wanted: Wanted
  /** Ids of the rows that come out of these packets alone with the values that the case has. */
  readonly same: ReadonlySet<number>
}

export interface ChoiceContext {
  readonly db: Database
  readonly facts: CaseFacts
  readonly protocols: readonly AnyProtocol[]
  /** Finds captures, or throws. */
  readonly find: (captures: readonly CaptureRecord[]) => Promise<FoundCapture[]>
  readonly options: ScanOptions
}

/**
 * The flows of the rows from their first packets on, up to the packet at which the rows are complete. When that gives other values,
 * the rows depend on other conversations of their protocol: those until then are added, and kept if they help.
 */
export async function withContext(rows: readonly TransactionRow[], context: ChoiceContext): Promise<Choice> {
  const { db } = context
  const own = flowsOf(db, { numbers: [...new Set(rows.map(({ flowId }) => flowId))], contents: [] })
  const alone = await attempt(rows, own, context)
  const differing = rows.filter(({ id }) => !alone.same.has(id))
  const more = othersOf(differing, own, context)
  if (more.length === 0) return choiceOf(rows, own, alone)
  const all = [...own, ...more].sort((a, b) => a.id - b.id)
  const together = await attempt(rows, all, context)
  return together.same.size > alone.same.size ? choiceOf(rows, all, together) : choiceOf(rows, own, alone)
}

async function attempt(rows: readonly TransactionRow[], flows: readonly FlowRow[], context: ChoiceContext): Promise<Reproduction> {
  const { db, facts, protocols, find, options } = context
  const selection = new Selection({ rows, flows: flows.map((row) => ({ row })) }, facts)
  return reproduce(db, selection, await find(selection.captures()), facts.runs, protocols, options)
}

/** Flows, of the runs of these rows, of the protocols of these rows that keep state beyond a conversation. */
function othersOf(rows: readonly TransactionRow[], own: readonly FlowRow[], { db, facts, protocols }: ChoiceContext): FlowRow[] {
  const known = new Set(own.map(({ id }) => id))
  const runs = new Set(rows.map(({ captureId }) => facts.captures.get(captureId)?.runId))
  let until = 0n
  for (const { lastNs } of own) if (lastNs > until) until = lastNs
  // An answer may come in a flow that begins behind the question's.
  until += ANSWER_NS
  const others: FlowRow[] = []
  for (const name of new Set(rows.map(({ protocol }) => protocol))) {
    if (protocols.find((protocol) => protocol.name === name)?.shared === undefined) continue
    for (const flow of flowsOfProtocol(db, name, until, MAX_CONTEXT_FLOWS) ?? []) {
      if (known.has(flow.id) || !runs.has(facts.captures.get(flow.captureId)?.runId)) continue
      known.add(flow.id)
      others.push(flow)
    }
  }
  return others
}

const choiceOf = (rows: readonly TransactionRow[], flows: readonly FlowRow[], { same, limits }: Reproduction): Choice => ({
  wanted: { rows, flows: flows.map((row) => ({ row, limit: limits.get(row.id) })) },
  same,
})
