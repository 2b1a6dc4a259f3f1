/** Looks for a pattern in the payload of all flows: the engine of an analysis without protocols, whose readers search. */
import type { Settings } from '../../config/settings.js'
import { AnomalyLog } from '../../pipeline/anomaly-log.js'
import { DatagramReader } from '../../pipeline/datagram-reader.js'
import { Engine } from '../../pipeline/engine.js'
import type { EngineWatch } from '../../pipeline/engine-watch.js'
import { FlowReader } from '../../pipeline/flow-reader.js'
import { Outlet } from '../../pipeline/outlet.js'
import { identify } from '../../streams/content-id.js'
import type { Direction, Flow } from '../../streams/flow.js'
import { addressText } from '../../streams/flow-text.js'
import type { StreamReader } from '../../streams/stream-reader.js'
import type { RunFacts } from '../run-rows.js'
import { type FoundCapture, type ScanOptions, scan } from '../scan.js'
import type { Selection } from '../selection.js'
import type { Pattern } from './pattern.js'
import { type RawMatch, SideSearch } from './side-search.js'

/** Bytes that wait over all flows, for what follows them. Beyond it the sides that wait for longest are looked at early. */
const MAX_HELD = 64 << 20

/** A match, and which side of which flow said it. */
export interface FlowMatch extends RawMatch {
  readonly runId: number
  /** Content id of the flow. */
  readonly flow: string
  /** Who sent the packet. */
  readonly ip: string
  readonly port: number
}

export interface SearchRequest {
  readonly pattern: Pattern
  readonly found: readonly FoundCapture[]
  readonly runs: ReadonlyMap<number, RunFacts>
  readonly settings: ReadonlyMap<number, Settings>
  /** Only packets of these flows. */
  readonly selection?: Selection | undefined
  /** Only flows with these content ids. */
  readonly flows?: ReadonlySet<string> | undefined
  /** False ends the search. */
  readonly take: (match: FlowMatch) => boolean
  readonly options: ScanOptions
}

export interface SearchTotals {
  /** Payload bytes that were looked at. */
  bytes: number
  /** Bytes that the captures do not hold. */
  missing: number
  /** Flows with a match. */
  flows: number
  /** Sides whose bytes were looked at early, so that a match across that point may have been missed. */
  cut: number
  ended: boolean
}

export async function searchPayload(request: SearchRequest): Promise<SearchTotals> {
  const { found, selection, options } = request
  const search = new PayloadSearch(request)
  const engines = new Map<number, Engine>()
  const captures: string[] = []
  for (const { capture } of found) captures[capture.id - 1] = capture.name
  for (const runId of new Set(found.map(({ capture }) => capture.runId))) {
    const run = request.runs.get(runId)
    engines.set(
      runId,
      new Engine({
        settings: request.settings.get(runId)!,
        protocols: [],
        captures,
        outlet: new Outlet([], false),
        showSecrets: false,
        strictChecksums: run?.strictChecksums ?? false,
        strict: false,
        start: instantOf(run?.startNs),
        end: instantOf(run?.endNs),
        watch: search.watchOf(runId),
      }),
    )
  }
  const types: number[] = []
  await scan(
    found,
    {
      frame(capture, block, i, iface) {
        if (selection && !selection.wants(capture, block, i, iface.linkType)) return true
        types[block.iface[i]!] = iface.linkType
        engines.get(capture.runId)!.frames(capture.id - 1, block, i, i + 1, types)
        return !search.totals.ended
      },
      isOver: (capture, frame) => selection?.isOver(capture, frame) ?? false,
    },
    options,
  )
  // What waits is looked at when its flow ends.
  for (const engine of engines.values()) if (!search.totals.ended) engine.finish()
  return search.totals
}

const instantOf = (ns: bigint | undefined) =>
  ns === undefined ? undefined : { sec: Number(ns / 1_000_000_000n), nsec: Number(ns % 1_000_000_000n) }

class PayloadSearch {
  readonly totals: SearchTotals = { bytes: 0, missing: 0, flows: 0, cut: 0, ended: false }
  /** Sides that hold bytes, the one that waits for longest first. */
  private readonly holding = new Set<SideSearch>()
  private held = 0

  constructor(private readonly request: SearchRequest) {}

  watchOf(runId: number): EngineWatch {
    return {
      anomalies: new AnomalyLog(),
      stream: (flow, engine) => new SearchedStream(flow, engine, this.sidesOf(runId, flow), this),
      datagrams: (flow, engine, oneWay) => new SearchedDatagrams(flow, engine, oneWay, this.sidesOf(runId, flow), this),
    }
  }

  /** Undefined for a flow that is not asked about. */
  private sidesOf(runId: number, flow: Flow): Sides | undefined {
    const { flows, pattern, take } = this.request
    if (flows) {
      if (flow.id === '') identify(flow)
      if (!flows.has(flow.id)) return undefined
    }
    let matched = false
    const sideOf = (dir: Direction): SideSearch =>
      new SideSearch(pattern, (match) => {
        if (this.totals.ended) return
        if (flow.id === '') identify(flow)
        if (!matched) this.totals.flows++
        matched = true
        const port = flow.icmpType >= 0 ? 0 : dir === 0 ? flow.portA : flow.portB
        if (!take({ ...match, runId, flow: flow.id, ip: addressText(flow, dir === 0), port })) this.totals.ended = true
      })
    return [sideOf(0), sideOf(1)]
  }

  data(side: SideSearch, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
    if (this.totals.ended) return
    this.totals.bytes += end - start
    this.changing(side, () => side.data(buf, start, end, ref, { sec, nsec }))
    while (this.held > MAX_HELD) {
      const [oldest] = this.holding
      const before = oldest!.bytes
      this.holding.delete(oldest!)
      this.changing(oldest!, () => oldest!.economize())
      if (oldest!.bytes >= before) {
        this.totals.cut++
        this.changing(oldest!, () => oldest!.break(0))
      }
    }
  }

  break(side: SideSearch, missing: number): void {
    this.totals.missing += missing
    this.changing(side, () => side.break(missing))
  }

  private changing(side: SideSearch, change: () => void): void {
    const before = side.bytes
    change()
    const { bytes } = side
    this.held += bytes - before
    if (bytes === 0) this.holding.delete(side)
    else if (before === 0 || !this.holding.has(side)) this.holding.add(side)
  }
}

type Sides = readonly [SideSearch, SideSearch]

class SearchedStream extends FlowReader implements StreamReader {
  constructor(
    flow: Flow,
    engine: Engine,
    private readonly sides: Sides | undefined,
    private readonly search: PayloadSearch,
  ) {
    super(flow, engine)
  }

  data(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
    if (this.sides) this.search.data(this.sides[dir], buf, start, end, ref, sec, nsec)
  }

  gap(dir: Direction, bytes: number): void {
    if (this.sides) this.search.break(this.sides[dir], bytes)
  }

  closed(): void {}

  override finish(): void {
    for (const side of this.sides ?? []) this.search.break(side, 0)
  }
}

/** Each datagram is a text of its own. */
class SearchedDatagrams extends DatagramReader {
  constructor(
    flow: Flow,
    engine: Engine,
    oneWay: boolean,
    private readonly searched: Sides | undefined,
    private readonly search: PayloadSearch,
  ) {
    super(flow, engine, oneWay)
  }

  override datagram(dir: Direction, buf: Buffer, start: number, end: number, length: number, ref: number, sec: number, nsec: number): void {
    if (!this.searched) return
    this.search.data(this.searched[dir], buf, start, end, ref, sec, nsec)
    this.search.break(this.searched[dir], length - (end - start))
  }

  override finish(): void {}
}
