/** Matches as rows: which flow of the case, which side, and which transactions their packets carried. */
import type { Database } from 'better-sqlite3'
import { framesText, refCapture, refFrame, Trace } from '../../model/trace.js'
import type { CaptureRecord } from '../capture-rows.js'
import { eachTransactionOf } from '../case-rows.js'
import type { FlowMatch } from './payload-search.js'

export interface PlacedMatch extends FlowMatch {
  /** Number of the flow in the case; undefined when the case does not have it. */
  readonly flowId: number | undefined
  readonly protocol: string | undefined
  readonly side: 'client' | 'server'
  readonly captureId: number
  /** As a row names packets. */
  readonly frames: string
  /** Ids of the transactions that its packets carried; `more` when there are others. */
  readonly transactions: readonly number[]
  readonly more: boolean
}

/** Transactions named of one match: a packet of small pipelined requests carries hundreds. */
const MAX_NAMED = 8

interface FlowOfCase {
  readonly id: number
  readonly protocol: string | undefined
  readonly clientIp: string
  readonly clientPort: number
}

/** In the order of time. */
export function placed(db: Database, captures: ReadonlyMap<number, CaptureRecord>, matches: readonly FlowMatch[]): PlacedMatch[] {
  const flows = flowsOfCase(db, captures, matches)
  const sorted = [...matches].sort(
    (a, b) => a.at.sec - b.at.sec || a.at.nsec - b.at.nsec || a.refs[0]! - b.refs[0]! || a.offset - b.offset || (a.flow < b.flow ? -1 : 1),
  )
  const found = sorted.map((match) => ({ match, flow: flows.get(`${match.runId} ${match.flow}`), ids: new Set<number>() }))
  addTransactions(db, found)
  return found.map(({ match, flow, ids }) => {
    const refs = [...match.refs].sort((a, b) => a - b)
    const home = refCapture(refs[0]!)
    const trace = new Trace(refs[0]!, match.at, match.at, match.length)
    for (const ref of refs) trace.addRef(ref)
    return {
      ...match,
      flowId: flow?.id,
      protocol: flow?.protocol,
      side: !flow || (match.ip === flow.clientIp && match.port === flow.clientPort) ? 'client' : 'server',
      captureId: home + 1,
      frames: framesText(home, trace),
      transactions: [...ids].slice(0, MAX_NAMED).sort((a, b) => a - b),
      more: ids.size > MAX_NAMED,
    }
  })
}

function flowsOfCase(
  db: Database,
  captures: ReadonlyMap<number, CaptureRecord>,
  matches: readonly FlowMatch[],
): ReadonlyMap<string, FlowOfCase> {
  const wanted = JSON.stringify([...new Set(matches.map(({ flow }) => flow))])
  const select =
    'SELECT id, flow, capture_id, protocol, client_ip, client_port FROM main.flow WHERE flow IN (SELECT value FROM json_each(?)) ORDER BY id'
  const flows = new Map<string, FlowOfCase>()
  for (const row of db.prepare(select).safeIntegers(false).iterate(wanted) as Iterable<Record<string, unknown>>) {
    const key = `${captures.get(Number(row.capture_id))?.runId} ${String(row.flow)}`
    if (flows.has(key)) continue
    flows.set(key, {
      id: Number(row.id),
      protocol: typeof row.protocol === 'string' ? row.protocol : undefined,
      clientIp: String(row.client_ip),
      clientPort: Number(row.client_port),
    })
  }
  return flows
}

/** One reading of each table of transactions; of each flow, its matches' packets are looked up by number. */
function addTransactions(db: Database, found: readonly { match: FlowMatch; flow: FlowOfCase | undefined; ids: Set<number> }[]): void {
  const byFlow = new Map<number, { ref: number; ids: Set<number> }[]>()
  for (const { match, flow, ids } of found) {
    if (!flow) continue
    const places = byFlow.get(flow.id) ?? []
    for (const ref of match.refs) places.push({ ref, ids })
    byFlow.set(flow.id, places)
  }
  for (const places of byFlow.values()) places.sort((a, b) => a.ref - b.ref)
  for (const { id, flowId, ranges } of eachTransactionOf(db, [...byFlow.keys()])) {
    const places = byFlow.get(flowId)!
    for (const { captureId, first, last } of ranges)
      for (let i = lowest(places, captureId, first); i < places.length; i++) {
        const { ref, ids } = places[i]!
        if (refCapture(ref) + 1 !== captureId || refFrame(ref) > last) break
        if (ids.size <= MAX_NAMED) ids.add(id)
      }
  }
}

/** The first place at or behind a packet. */
function lowest(places: readonly { readonly ref: number }[], captureId: number, frame: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    const { ref } = places[middle]!
    const before = refCapture(ref) + 1 === captureId ? refFrame(ref) < frame : refCapture(ref) + 1 < captureId
    if (before) low = middle + 1
    else high = middle
  }
  return low
}
