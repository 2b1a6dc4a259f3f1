/**
 * The bytes behind the bodies and files of rows: the flows of the rows are analyzed again from their captures, as their run did it,
 * and what their parsers give out on the way is handed on when the row that it belongs to comes out.
 */
import type { CaptureInterface, FrameBlock } from '../capture/source.js'
import type { Settings } from '../config/settings.js'
import { UserError } from '../model/user-error.js'
import type { Engine } from '../pipeline/engine.js'
import { Outlet } from '../pipeline/outlet.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { TransactionRecord } from '../sinks/sink.js'
import { WatchingSink } from '../sinks/watching-sink.js'
import { type Spool, SpooledBody } from './body-spool.js'
import type { CaptureRecord } from './capture-rows.js'
import { engineOfRun } from './run-engine.js'
import type { RunFacts } from './run-rows.js'
import { settingsOfRun } from './run-settings.js'
import { type FoundCapture, type ScanOptions, scan } from './scan.js'
import type { Selection } from './selection.js'

/** A transaction whose bodies are wanted. */
export interface WantedCarrier {
  readonly id: number
  readonly tx: string
  readonly protocol: string
  readonly runId: number
}

export interface CarriedReading {
  /** Holds the flows of the wanted transactions, whole. */
  readonly selection: Selection
  readonly found: readonly FoundCapture[]
  readonly runs: ReadonlyMap<number, RunFacts>
  readonly protocols: readonly AnyProtocol[]
  readonly wanted: readonly WantedCarrier[]
  readonly spool: Spool
  /** The bodies of one of them, ended; they are dropped once this resolves. */
  readonly take: (id: number, bodies: readonly SpooledBody[]) => Promise<void>
  readonly options: ScanOptions
}

/** Reads the captures once. Answers the ids of those that did not come out again. */
export async function readCarried(reading: CarriedReading): Promise<number[]> {
  const { selection, found, runs, protocols, spool, take, options } = reading
  const captures = found.map(({ capture }) => capture)
  const indexes = new Map(captures.map(({ id }, index) => [id, index]))
  const sessions = new Map<number, Session>()
  for (const runId of new Set(captures.map((capture) => capture.runId))) {
    const settings = await settingsOfRun(runs.get(runId), protocols)
    const wanted = reading.wanted.filter((one) => one.runId === runId)
    sessions.set(runId, new Session(wanted, captures, runs.get(runId), settings, protocols, spool))
  }
  const handOn = async (session: Session): Promise<void> => {
    await session.settle()
    if (spool.failure)
      throw new UserError(`what waits cannot be written: ${spool.failure.message}`, ['free some space, or name another folder'])
    for (const { id, bodies } of session.finished.splice(0)) {
      options.signal?.throwIfAborted()
      await take(id, bodies)
      for (const body of bodies) body.drop()
    }
  }
  const handOnAll = async (busy: readonly Session[]): Promise<void> => {
    for (const session of busy) await handOn(session)
  }
  const all = [...sessions.values()]
  await scan(
    found,
    {
      frame(capture, block, i, iface) {
        if (!selection.wants(capture, block, i, iface.linkType)) return true
        sessions.get(capture.runId)!.packet(indexes.get(capture.id)!, block, i, iface)
        return all.some(({ isDone }) => !isDone)
      },
      isOver: (capture, frame) => selection.isOver(capture, frame),
      between() {
        const busy = all.filter((session) => session.busy)
        return busy.length > 0 ? handOnAll(busy) : undefined
      },
    },
    options,
  )
  for (const session of all) {
    await session.settle()
    session.finish()
    await handOn(session)
  }
  return all.flatMap((session) => session.missing)
}

/** The packets of one run. */
class Session extends WatchingSink {
  readonly target = ''
  readonly finished: { readonly id: number; readonly bodies: readonly SpooledBody[] }[] = []
  private readonly outlet: Outlet
  private readonly engine: Engine
  /** By content id. Of two with one, which hold the same packets in two captures, each is waited for. */
  private readonly waiting = new Map<string, WantedCarrier[]>()
  private readonly types: number[] = []

  constructor(
    wanted: readonly WantedCarrier[],
    captures: readonly CaptureRecord[],
    run: RunFacts | undefined,
    settings: Settings,
    protocols: readonly AnyProtocol[],
    spool: Spool,
  ) {
    super()
    for (const one of wanted) {
      const alike = this.waiting.get(one.tx)
      if (alike) alike.push(one)
      else this.waiting.set(one.tx, [one])
    }
    this.outlet = new Outlet([this], false)
    this.engine = engineOfRun({ run, settings, protocols, captures, outlet: this.outlet, carry: (facts) => spool.open(facts) })
  }

  packet(capture: number, block: FrameBlock, i: number, iface: CaptureInterface): void {
    this.types[block.iface[i]!] = iface.linkType
    this.engine.frames(capture, block, i, i + 1, this.types)
  }

  get isDone(): boolean {
    return this.waiting.size === 0
  }

  get missing(): number[] {
    return [...this.waiting.values()].flat().map(({ id }) => id)
  }

  get busy(): boolean {
    return this.outlet.busy || this.finished.length > 0
  }

  settle(): Promise<void> {
    return this.outlet.settle()
  }

  finish(): void {
    this.engine.finish()
  }

  transaction({ id, schema, tx }: TransactionRecord): void {
    const bodies = (tx.carried ?? []).filter((one) => one instanceof SpooledBody)
    // One that its row cuts off.
    for (const body of bodies) body.end(false)
    const alike = this.waiting.get(id)
    const wanted = alike?.find(({ protocol }) => protocol === schema.name)
    if (!alike || !wanted) {
      for (const body of bodies) body.drop()
      return
    }
    alike.splice(alike.indexOf(wanted), 1)
    if (alike.length === 0) this.waiting.delete(id)
    this.finished.push({ id: wanted.id, bodies })
  }
}
