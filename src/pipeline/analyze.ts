/** A run: captures in, transactions and flows to the sinks, and what the summary needs back. */

import type { CaptureReader } from '../capture/source.js'
import { type Slice, Timeline } from '../capture/timeline.js'
import type { Settings } from '../config/settings.js'
import type { GeoSight } from '../model/geo.js'
import { type Instant, isBefore } from '../model/instant.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { Row, RowOf } from '../schema/fields.js'
import { caseTables, type coverageFields } from '../schema/tables.js'
import type { Sink } from '../sinks/sink.js'
import { Engine, type HostSight } from './engine.js'
import { Outlet } from './outlet.js'
import { FlowProcessing } from './processing.js'
import { type CaptureSummary, captureRow, coverageOf, lossRows } from './run-rows.js'
import { type AnomalySummary, type ProtocolSummary, RunTotals } from './run-totals.js'
import type { Talker } from './talkers.js'

export interface Progress {
  readonly bytes: number
  readonly packets: number
  readonly transactions: number
  readonly flows: number
}

/** Captures that come one after the other while they are analysed; the lists grow. */
export interface LiveTimeline {
  readonly readers: readonly CaptureReader[]
  /** File names of the captures, by ordinal. */
  readonly names: readonly string[]
  next(): Slice | null | Promise<Slice | null>
  /** Calls `work` when it is time to make visible what was decoded. The wall clock is not for this layer. */
  look(work: () => void): void
  /** The same, while an answer is waited for. */
  during<T>(answer: Promise<T>, work: () => void): Promise<T>
}

export interface AnalyzeRequest {
  readonly readers: readonly CaptureReader[]
  /** In place of `readers`. */
  readonly live?: LiveTimeline
  /** The `run` rows that changed since they were last asked for, as of now; only with `live`. */
  readonly runs?: () => readonly Row[]
  /**
   * Asked when the first packet of another capture comes: the settings under which it and what follows are decoded, or undefined
   * when they stay. All flows end there, what comes is a run of its own, and `runs` answers with its row from then on. Only with `live`.
   */
  readonly renewed?: (capture: number) => Settings | undefined
  /** Told after each commit. */
  readonly onCommit?: (state: LiveState) => void
  /** Only with `live`. */
  readonly host?: HostSight | undefined
  /** Knows places and networks of addresses. */
  readonly geo?: GeoSight | undefined
  readonly protocols: readonly AnyProtocol[]
  readonly sinks: readonly Sink[]
  readonly settings: Settings
  readonly showSecrets?: boolean
  readonly strictChecksums?: boolean
  /** Rethrow a parser's failure: for tests. */
  readonly strict?: boolean
  readonly start?: Instant | undefined
  readonly end?: Instant | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Stops reading; what was decoded so far is flushed and written. */
  readonly signal?: AbortSignal | undefined
}

/** What a live session shows while it runs. */
export interface LiveState extends Progress {
  readonly protocols: readonly ProtocolSummary[]
  readonly talkers: readonly Talker[]
  readonly openFlows: number
  /** Time of the last packet that was decoded. */
  readonly last: Instant | undefined
}

export interface AnalyzeResult {
  readonly captures: readonly CaptureSummary[]
  readonly protocols: readonly ProtocolSummary[]
  readonly flows: number
  readonly packets: number
  readonly bytes: number
  readonly transactions: number
  /** Taken out by the configuration. */
  readonly leftOut: number
  readonly anomalies: readonly AnomalySummary[]
  readonly coverage: readonly RowOf<typeof coverageFields>[]
  readonly talkers: readonly Talker[]
  readonly interrupted: boolean
}

/** Endpoint pairs shown by the summary. */
const TALKERS = 10

/**
 * Reads all captures as one timeline. The caller opens and closes readers (an interruption closes them here) and decides the
 * sinks' outcome: `begin` is called here, `end` or `abort` by the caller, who knows whether the run is worth keeping.
 */
export async function analyze(request: AnalyzeRequest): Promise<AnalyzeResult> {
  const { live, sinks } = request
  const readers = live?.readers ?? request.readers
  const captureNames = live?.names ?? readers.map((reader) => reader.info.name)
  const flowTable = caseTables.find((table) => table.name === 'flow')!
  const totals = new RunTotals()
  const engineFor = (settings: Settings, before?: Engine): Engine =>
    new Engine({
      settings,
      protocols: request.protocols,
      captures: captureNames,
      outlet: new Outlet(sinks, settings.flows.enabled, settings.sessionEvents, FlowProcessing.of(flowTable, settings, captureNames)),
      showSecrets: request.showSecrets ?? false,
      strictChecksums: request.strictChecksums ?? false,
      strict: request.strict ?? false,
      start: request.start,
      end: request.end,
      before: before && { flows: totals.flows, talkers: before.talkers },
      host: request.host,
      geo: request.geo,
    })
  let engine = engineFor(request.settings)
  for (const sink of sinks) sink.begin({ transactions: request.protocols, tables: caseTables, captures: captureNames })

  const timeline = live ?? new Timeline([...readers])
  const firsts: (Instant | undefined)[] = []
  const lasts: (Instant | undefined)[] = []
  const linkTypes: number[][] = []
  const progress = (): Progress => ({
    bytes: captured(readers),
    packets: totals.packets + engine.packets,
    transactions: totals.transactions + engine.outlet.transactions,
    flows: totals.flows + engine.flows,
  })
  /** The ordinal of the run that reads each capture, and the first capture of the run at hand. */
  const runs: number[] = []
  let run = 1
  let first = 0
  const captureAt = (i: number): CaptureSummary => ({ info: readers[i]!.info, first: firsts[i], last: lasts[i] })
  const settle = async (): Promise<void> => {
    engine.finish()
    await engine.outlet.settle()
  }
  /** What the run at hand, which is settled, says of itself. */
  const conclude = (captures: number): void => {
    for (let i = first; i < captures; i++)
      for (const { code, message } of readers[i]!.info.damage) engine.anomalies.add(code, message, { capture: i })
    // The first run of a request is the one that is meant where none is named.
    const id = run === 1 ? {} : { run_id: run }
    for (const sink of sinks) {
      for (const row of engine.anomalies.rows()) sink.row('anomaly', { ...row, ...id })
      for (const row of coverageOf(engine)) sink.row('coverage', { ...row, ...id } as Row)
    }
    totals.add(engine, engine.outlet)
  }
  // A session has one capture after the other: those before the one that was read at the last commit stay as they were then.
  let reading = 0
  let unchanged = 0
  const commit = (): void => {
    engine.openFlows((flow, row) => {
      for (const sink of sinks) sink.openFlow?.(flow, row)
    })
    const captures: Row[] = []
    const losses: Row[] = []
    for (let i = unchanged; i < readers.length; i++) {
      captures.push(captureRow(captureAt(i), i, runs[i] ?? run) as Row)
      losses.push(...(lossRows(readers[i]!.info, i) as Row[]))
    }
    unchanged = reading
    const changed = request.runs?.() ?? []
    for (const sink of sinks) sink.commit?.(captures, changed, losses)
    request.onCommit?.({
      ...progress(),
      protocols: totals.protocols(engine),
      talkers: engine.talkers.top(TALKERS),
      openFlows: engine.openCount,
      last: lasts[reading],
    })
  }
  let interrupted = false
  for (;;) {
    if (request.signal?.aborted) {
      interrupted = true
      break
    }
    const answer = timeline.next()
    const slice = answer instanceof Promise ? await (live ? live.during(answer, commit) : unlessAborted(answer, request.signal)) : answer
    if (slice === ABORTED) continue
    if (slice === null) break
    const { capture, block, from, to } = slice
    if (runs[capture] === undefined) {
      const renewed = request.renewed?.(capture)
      if (renewed) {
        // Before the first packet there was nothing to be a run.
        if (capture > 0) {
          await settle()
          conclude(capture)
          run++
          first = capture
        }
        engine = engineFor(renewed, engine)
      }
      runs[capture] = run
    }
    reading = capture
    // Interfaces may be declared between blocks; their list only grows.
    const interfaces = readers[capture]!.info.interfaces
    const types = linkTypes[capture] ?? []
    linkTypes[capture] = types
    while (types.length < interfaces.length) types.push(interfaces[types.length]!.linkType)
    spanOf(block.sec, block.nsec, from, to, firsts, lasts, capture)
    engine.frames(capture, block, from, to, types)
    if (engine.outlet.busy) await engine.outlet.settle()
    for (const sink of sinks) {
      const wait = sink.drain()
      if (wait) await wait
    }
    request.onProgress?.(progress())
    live?.look(commit)
  }
  // What a capture says of itself includes that it was left unread.
  if (interrupted) for (const reader of readers) await reader.close()
  request.host?.over()
  await settle()
  const captures = readers.map((_reader, i) => captureAt(i))
  for (const sink of sinks)
    captures.forEach((capture, i) => {
      sink.row('capture', captureRow(capture, i, runs[i] ?? run))
      for (const row of lossRows(capture.info, i)) sink.row('capture_loss', row as Row)
    })
  conclude(readers.length)
  return {
    captures,
    protocols: totals.protocols(),
    flows: totals.flows,
    packets: totals.packets,
    bytes: captured(readers),
    transactions: totals.transactions,
    leftOut: totals.leftOut,
    anomalies: totals.anomalies(),
    coverage: totals.coverage(),
    talkers: engine.talkers.top(TALKERS),
    interrupted,
  }
}

const ABORTED = Symbol('aborted')

/** A pipe may stay silent for ever; the signal ends the wait, and the bytes that were waited for are left where they are. */
async function unlessAborted<T>(wait: Promise<T>, signal: AbortSignal | undefined): Promise<T | typeof ABORTED> {
  if (!signal) return wait
  if (signal.aborted) return ABORTED
  // A listener a wait, taken off again: racing one promise of the whole run would keep a note of every wait.
  let onAbort = (): void => {}
  const aborted = new Promise<typeof ABORTED>((done) => {
    onAbort = () => done(ABORTED)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([wait, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

const captured = (readers: readonly CaptureReader[]): number => readers.reduce((all, reader) => all + reader.info.bytes, 0)

/** First and last packet time of a capture. Times may run backwards, so all are looked at. */
function spanOf(
  sec: Float64Array,
  nsec: Uint32Array,
  from: number,
  to: number,
  firsts: (Instant | undefined)[],
  lasts: (Instant | undefined)[],
  capture: number,
): void {
  let lowSec = sec[from]!
  let lowNsec = nsec[from]!
  let highSec = lowSec
  let highNsec = lowNsec
  for (let i = from + 1; i < to; i++) {
    const s = sec[i]!
    if (s > highSec || (s === highSec && nsec[i]! >= highNsec)) {
      highSec = s
      highNsec = nsec[i]!
    } else if (s < lowSec || (s === lowSec && nsec[i]! < lowNsec)) {
      lowSec = s
      lowNsec = nsec[i]!
    }
  }
  const first = { sec: lowSec, nsec: lowNsec }
  const last = { sec: highSec, nsec: highNsec }
  const known = firsts[capture]
  if (!known || isBefore(first, known)) firsts[capture] = first
  const latest = lasts[capture]
  if (!latest || isBefore(latest, last)) lasts[capture] = last
}
