/**
 * What the rows become when a selection of packets is analyzed alone. The engine is run on those packets as an analysis would, in
 * their order, and every row that comes out is compared with the one in the case.
 *
 * It also tells how much of a flow is needed. The engine is a function of the packets so far: a row that came out at some packet comes
 * out at that packet again, whatever follows. So a flow is needed up to the packet at which the last of its chosen rows came out.
 */
import type { Database } from 'better-sqlite3'
import type { CaptureInterface, FrameBlock } from '../capture/source.js'
import type { Settings } from '../config/settings.js'
import type { Engine } from '../pipeline/engine.js'
import { Outlet } from '../pipeline/outlet.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { quoted, transactionTable } from '../schema/sql.js'
import type { TransactionRecord } from '../sinks/sink.js'
import { bindable, type Cell } from '../sinks/sqlite/cells.js'
import { TransactionWriter } from '../sinks/sqlite/transaction-writer.js'
import { WatchingSink } from '../sinks/watching-sink.js'
import type { CaptureRecord } from './capture-rows.js'
import type { TransactionRow } from './case-rows.js'
import type { FollowedFlow } from './flow-follower.js'
import { framesOf } from './frames.js'
import { engineOfRun } from './run-engine.js'
import type { RunFacts } from './run-rows.js'
import { settingsOfRun } from './run-settings.js'
import { type FoundCapture, type ScanOptions, scan } from './scan.js'
import type { Selection } from './selection.js'

export interface Reproduction {
  /** Ids of the chosen rows that came out with the same values. */
  readonly same: ReadonlySet<number>
  /** How many packets of each flow are needed, by the flow's id; no entry = all. */
  readonly limits: ReadonlyMap<number, number>
}

/** Columns that name other rows of the case, which an extract does not have. */
const OF_THE_CASE: ReadonlySet<string> = new Set(['id', 'flow_id', 'capture_id', 'frames'])

/**
 * Reads the captures once. Rows of several runs are analyzed apart, each as its run was.
 * @param partly whether a flow is left once its rows have come out
 */
export async function reproduce(
  db: Database,
  selection: Selection,
  found: readonly FoundCapture[],
  runs: ReadonlyMap<number, RunFacts>,
  protocols: readonly AnyProtocol[],
  options: ScanOptions,
  partly = true,
): Promise<Reproduction> {
  const settings = new Map<number, Settings>()
  for (const runId of new Set(found.map(({ capture }) => capture.runId)))
    settings.set(runId, await settingsOfRun(runs.get(runId), protocols))
  const sessions = new Map<number, Session>()
  const sessionOf = (runId: number): Session => {
    let session = sessions.get(runId)
    if (!session) {
      const captures = found.map(({ capture }) => capture)
      session = new Session(db, runId, selection, captures, runs.get(runId), settings.get(runId)!, protocols, partly)
      sessions.set(runId, session)
    }
    return session
  }
  const indexes = new Map(found.map(({ capture }, index) => [capture.id, index]))
  // Rows of runs none of whose packets came yet.
  const runsWanted = new Set(selection.wanted.rows.map((row) => selection.runOf(row.captureId)))
  const outstanding = (): boolean => sessions.size < runsWanted.size
  let busy: Session | undefined
  await scan(
    found,
    {
      frame(capture, block, i, iface) {
        if (!selection.wants(capture, block, i, iface.linkType)) return true
        const session = sessionOf(capture.runId)
        session.take(indexes.get(capture.id)!, block, i, iface, selection.flow)
        if (session.busy) busy = session
        return !partly || [...sessions.values()].some(({ isDone }) => !isDone) || outstanding()
      },
      isOver: (capture, frame) => selection.isOver(capture, frame),
      between() {
        const session = busy
        busy = undefined
        return session?.settle()
      },
    },
    options,
  )
  const same = new Set<number>()
  const limits = new Map<number, number>()
  for (const session of sessions.values()) {
    const early = partly && session.isDone
    await session.finish()
    for (const id of session.same) same.add(id)
    for (const [id, limit] of session.limits) limits.set(id, limit)
    // What else of the run was there to give them their context is not needed beyond them.
    if (early) for (const { row, seen } of session.context) if (!limits.has(row.id)) limits.set(row.id, seen)
  }
  return { same, limits }
}

/** The packets of one run. */
class Session extends WatchingSink {
  readonly target = ''
  readonly same = new Set<number>()
  readonly limits = new Map<number, number>()
  private readonly outlet: Outlet
  private readonly engine: Engine
  private readonly writers = new Map<string, TransactionWriter>()
  /** Chosen rows that have not come out, by content id. */
  private readonly waiting = new Map<string, TransactionRow>()
  /** How many of them each flow still owes, by its id. */
  private readonly owed = new Map<number, number>()
  private readonly flows = new Map<number, FollowedFlow>()
  private ended = false

  constructor(
    private readonly db: Database,
    runId: number,
    selection: Selection,
    private readonly captures: readonly CaptureRecord[],
    run: RunFacts | undefined,
    settings: Settings,
    protocols: readonly AnyProtocol[],
    private readonly partly: boolean,
  ) {
    super()
    for (const flow of selection.flows) if (selection.runOf(flow.row.captureId) === runId) this.flows.set(flow.row.id, flow)
    for (const row of selection.wanted.rows) {
      if (selection.runOf(row.captureId) !== runId) continue
      this.waiting.set(row.tx, row)
      this.owed.set(row.flowId, (this.owed.get(row.flowId) ?? 0) + 1)
    }
    this.outlet = new Outlet([this], false)
    this.engine = engineOfRun({ run, settings, protocols, captures, outlet: this.outlet })
  }

  take(capture: number, block: FrameBlock, i: number, iface: CaptureInterface, flow: FollowedFlow | undefined): void {
    // Left already: what follows of it is not written either.
    if (flow && this.limits.has(flow.row.id)) return
    const types: number[] = []
    types[block.iface[i]!] = iface.linkType
    this.engine.frames(capture, block, i, i + 1, types)
  }

  /** Every chosen row came out. */
  get isDone(): boolean {
    return this.waiting.size === 0
  }

  get context(): Iterable<FollowedFlow> {
    return this.flows.values()
  }

  get busy(): boolean {
    return this.outlet.busy
  }

  settle(): Promise<void> {
    return this.outlet.settle()
  }

  async finish(): Promise<void> {
    await this.settle()
    this.ended = true
    this.engine.finish()
    await this.settle()
  }

  transaction(record: TransactionRecord): void {
    const row = this.waiting.get(record.id)
    if (!row || row.protocol !== record.schema.name) return
    this.waiting.delete(record.id)
    if (this.isSame(row, record)) this.same.add(row.id)
    const owed = this.owed.get(row.flowId)! - 1
    this.owed.set(row.flowId, owed)
    const flow = this.flows.get(row.flowId)
    if (owed === 0 && flow && this.partly && !this.ended) this.limits.set(row.flowId, flow.seen)
  }

  private isSame(row: TransactionRow, record: TransactionRecord): boolean {
    let writer = this.writers.get(row.protocol)
    if (!writer) {
      writer = new TransactionWriter(record.schema, 0)
      this.writers.set(row.protocol, writer)
    }
    const { columns } = writer
    const cells = writer.cells(record)
    const table = quoted(transactionTable(row.protocol))
    let stored: Record<string, unknown> | undefined
    try {
      stored = this.db.prepare(`SELECT * FROM main.${table} WHERE id = ?`).safeIntegers().get(row.id) as typeof stored
    } catch {
      return false
    }
    if (!stored) return false
    for (let i = 0; i < columns.length; i++) {
      const name = columns[i]!
      // A column that an older case lacks.
      if (OF_THE_CASE.has(name) || !(name in stored)) continue
      if (!isEqual(cells[i]!, stored[name])) return false
    }
    return this.packetsOf(row) === this.packetsIn(cells, columns)
  }

  private packetsOf(row: TransactionRow): string {
    return row.ranges.map(({ captureId, first, last }) => `${captureId}:${first}-${last}`).join()
  }

  private packetsIn(cells: readonly Cell[], columns: readonly string[]): string | undefined {
    const home = Number(cells[columns.indexOf('capture_id')])
    const frames = framesOf(String(cells[columns.indexOf('frames')]), home)
    return frames?.ranges.map(({ captureId, first, last }) => `${this.captures[captureId - 1]?.id}:${first}-${last}`).join()
  }
}

function isEqual(cell: Cell, stored: unknown): boolean {
  const bound = bindable(cell)
  return (
    bound === stored || (typeof stored === 'bigint' && typeof bound === 'number' && Number.isInteger(bound) && BigInt(bound) === stored)
  )
}
