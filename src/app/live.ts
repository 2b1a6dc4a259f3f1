/** `audit live`: packets of interfaces in, cases and documents out, and a summary. Options in, result out; no flags, no terminal. */
import { release, type } from 'node:os'
import type { Settings } from '../config/settings.js'
import type { CaptureWay } from '../live/capture-tools.js'
import { LiveCapture } from '../live/live-capture.js'
import type { CaptureOrder, DeviceCounts, DeviceLoss, RingState } from '../live/messages.js'
import type { RingLimits } from '../live/ring.js'
import { UserError } from '../model/user-error.js'
import { analyze, type LiveState } from '../pipeline/analyze.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { plural } from '../report/quantities.js'
import type { Summary } from '../report/summary.js'
import type { Row } from '../schema/fields.js'
import { openSink } from '../sinks/registry.js'
import type { SealSigner, Sink } from '../sinks/sink.js'
import { exitCodeOf, outputReport } from './analyze.js'
import { DeferredSink } from './deferred-sink.js'
import { EventLoopTurns } from './event-loop-turns.js'
import type { ExitCode } from './exit-codes.js'
import { knownProtocols } from './known-protocols.js'
import { LiveProcesses } from './live-processes.js'
import { NothingUsable } from './nothing-usable.js'
import { refuseUnsafeTargets, refuseUnsigned } from './outputs.js'
import type { PluginRecord } from './plugins.js'
import { captureWorker } from './program.js'
import { RunRecord } from './run-record.js'
import { type SetupOptions, settingsOf } from './run-setup.js'
import { summarize, warningsOf } from './summarize.js'

/** Packets on their way to the decoder when nothing keeps them: a burst of a second on a fast wire. */
const QUEUE_BYTES = 256 * 1024 * 1024
/** As libpcap calls it. */
const ETHERNET = 'EN10MB'
const LINKTYPE_ETHERNET = 1

/** What decides which packets are taken. */
export interface LiveSetup extends SetupOptions {
  /** Names or numbers of interfaces; empty = those of the configuration. */
  readonly interfaces: readonly string[]
  readonly plugins?: readonly string[]
  readonly filter?: string | undefined
  /** Name the processes behind sockets, whatever the configuration says. */
  readonly processes?: boolean | undefined
  /** What takes the packets; libpcap, or else what can, unless told otherwise. */
  readonly captureWith?: CaptureWay | undefined
}

export interface LiveOptions extends LiveSetup {
  /** Empty = a case named after the interface and the time. */
  readonly outputs: readonly string[]
  readonly ring?: { readonly folder: string; readonly limits: RingLimits } | undefined
  readonly snaplen?: number | undefined
  readonly bufferSizeMb?: number | undefined
  readonly promiscuous: boolean
  readonly ignoreOutgoing: boolean
  readonly durationMs?: number | undefined
  readonly packets?: number | undefined
  readonly allowLoss: boolean
  readonly showSecrets: boolean
  readonly strictChecksums: boolean
  /** Signs what seals a case. */
  readonly sign?: SealSigner | undefined
  readonly version: string
  readonly commandLine: string
  /** Ends the session; what was captured by then is decoded. */
  readonly signal: AbortSignal
  /** The devices are open, nothing is written yet: rights that are no longer needed can go. */
  readonly onOpen?: (session: LiveFacts) => void
  /** Once a second. */
  readonly onState?: (state: LiveView) => void
  /** See every transaction, beside the outputs. */
  readonly watch?: readonly Sink[]
}

export interface LiveFacts {
  readonly interfaces: readonly string[]
  readonly filter: string | undefined
  readonly targets: readonly string[]
  readonly ring: string | undefined
}

export interface LiveView extends LiveState {
  /** Taken off the wire; decoding may be behind. */
  readonly captured: { readonly packets: number; readonly bytes: number }
  readonly devices: readonly DeviceCounts[]
  /** Intervals that lost packets, since the last view. */
  readonly losses: readonly DeviceLoss[]
  /** Age of the newest packet that was decoded, while there are others to decode; else 0. */
  readonly lagMs: number
  /** Undefined without a ring. */
  readonly ring: (RingState & { readonly removed: number }) | undefined
}

export interface LiveOutcome {
  readonly summary: Summary
  readonly exitCode: ExitCode
  /** The session ended before it was told to. */
  readonly failure: Error | undefined
}

/** The filter that a session with these options would take. */
export const liveFilter = async (options: LiveSetup): Promise<string | undefined> => (await prepare(options)).filter

export async function liveSession(options: LiveOptions): Promise<LiveOutcome> {
  const { plugins, protocols, settings, devices, filter } = await prepare(options)
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const targets = options.outputs.length > 0 ? options.outputs : [`${fileWord(devices[0]!)}-${stamp}.sqlite`]
  refuseUnsigned(targets, options.sign)
  await refuseUnsafeTargets(targets, [])

  const order: CaptureOrder = {
    captureWith: options.captureWith ?? 'auto',
    devices,
    snaplen: options.snaplen ?? settings.interfaces.snaplen,
    bufferSizeMb: options.bufferSizeMb ?? settings.interfaces.bufferSizeMb,
    promiscuous: options.promiscuous,
    ignoreOutgoing: options.ignoreOutgoing || settings.interfaces.ignoreOutgoing,
    filter,
    ring: options.ring && { ...options.ring, prefix: `${fileWord(devices.join('-'))}-${stamp}` },
    queueBytes: QUEUE_BYTES,
    packets: options.packets ?? Number.MAX_SAFE_INTEGER,
    argv: process.argv,
    program: `pcap-audit ${options.version}`,
    os: `${type()} ${release()}`,
  }
  const record = new RunRecord({ ...options, settings, plugins, start: undefined, end: undefined })
  const capture = new LiveCapture(order, captureWorker())
  const open = new Set<Sink>()
  const stop = (): void => capture.stop()
  let timer: NodeJS.Timeout | undefined
  let fullTold = false
  let processes: LiveProcesses | undefined
  try {
    await capture.ready()
    for (const warning of capture.warnings) options.warn?.(warning)
    options.onOpen?.({ interfaces: devices, filter, targets, ring: options.ring?.folder })
    const sinks = targets.map((target) => {
      const sink = new DeferredSink(openSink(target, { live: true, sign: options.sign }))
      open.add(sink)
      return sink
    })
    processes = LiveProcesses.start(settings, options.showSecrets, sinks, (message) => options.warn?.(message))
    options.signal.addEventListener('abort', stop)
    if (options.signal.aborted) stop()
    if (options.durationMs !== undefined) timer = setTimeout(stop, options.durationMs)
    capture.start()
    const result = await analyze({
      readers: [],
      live: capture,
      protocols,
      sinks: [...sinks, ...(options.watch ?? []), new EventLoopTurns()],
      settings,
      showSecrets: options.showSecrets,
      strictChecksums: options.strictChecksums,
      run: () => record.row(false) as Row,
      host: processes?.host,
      onCommit: (state) => {
        // Evidence that goes is told, once: from then on it is what the limit means.
        if (capture.removed > 0 && !fullTold) {
          fullTold = true
          options.warn?.(`the ring is full: its oldest files are removed from now on (${capture.removed} by now)`)
        }
        const captured = { packets: capture.packets, bytes: capture.bytes }
        processes?.update({ ...state, captured })
        options.onState?.({
          ...state,
          captured,
          devices: capture.devices,
          losses: capture.takeLosses(),
          lagMs:
            capture.packets > state.packets && state.last ? Math.max(0, Date.now() - state.last.sec * 1000 - state.last.nsec / 1e6) : 0,
          ring: capture.ring && { ...capture.ring, removed: capture.removed },
        })
      },
    })
    if (result.packets === 0) {
      if (capture.failure) throw capture.failure
      throw new NothingUsable(
        `no packet came on ${devices.join(', ')}${filter === undefined ? '' : ` that passes the filter "${filter}"`}`,
        [],
      )
    }
    const outputs = targets.map(outputReport)
    const seen = summarize(result, { skipped: [], outputs, interrupted: false, showSecrets: options.showSecrets })
    const summary = withLoss(seen, capture)
    for (const sink of sinks) sink.row('run', record.row() as Row)
    for (const sink of sinks) {
      await sink.end()
      open.delete(sink)
    }
    const judged = options.allowLoss && !capture.failure ? besidesLoss(seen) : summary
    return { summary, exitCode: exitCodeOf(judged), failure: capture.failure }
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', stop)
    for (const sink of open) sink.abort()
    await processes?.close()
    await capture.close()
  }
}

interface Prepared {
  readonly plugins: readonly PluginRecord[]
  readonly protocols: readonly AnyProtocol[]
  readonly settings: Settings
  readonly devices: readonly string[]
  readonly filter: string | undefined
}

async function prepare(options: LiveSetup): Promise<Prepared> {
  const { protocols, plugins } = await knownProtocols(options.plugins ?? [])
  const given = await settingsOf({ ...options, live: true }, protocols)
  const settings = options.processes ? { ...given, processes: { ...given.processes, enabled: true } } : given
  const wanted = options.interfaces.length > 0 ? options.interfaces : settings.interfaces.devices
  if (wanted.length === 0) throw new UserError('no interface is named', ['audit interfaces   lists them', 'audit live eth0'])
  const [{ resolveInterface }, { listedInterfaces }] = await Promise.all([
    import('../live/interfaces.js'),
    import('../live/listed-interfaces.js'),
  ])
  const { list } = listedInterfaces(options.captureWith)
  const devices = wanted.map((name) => resolveInterface(name, list))
  return { plugins, protocols, settings, devices, filter: await filterFor(options.filter, devices, settings, protocols) }
}

/** The filter of the command line, or else the one that the configuration stands for. */
async function filterFor(
  given: string | undefined,
  devices: readonly string[],
  settings: Settings,
  registry: readonly AnyProtocol[],
): Promise<string | undefined> {
  if (given !== undefined) return given
  const [{ captureFilter }, { knownLinkType }] = await Promise.all([import('../live/filter.js'), import('../live/listed-interfaces.js')])
  const { withVlans } = settings.interfaces
  // Only tags ask what the device is; looking takes the right to open it.
  const tagged = withVlans && (knownLinkType(devices[0]!) ?? ETHERNET) === ETHERNET
  return captureFilter({ registry, settings, withVlans: tagged, linkType: LINKTYPE_ETHERNET })
}

function withLoss(summary: Summary, capture: LiveCapture): Summary {
  const warnings = [...summary.warnings]
  for (const { name, left } of capture.devices)
    if (left > 0) warnings.push(`${name}: ${plural(left, 'packet')} left out because decoding did not keep up; keep them with -w`)
  if (capture.failure) warnings.push(`the session ended early: ${capture.failure.message}`)
  return { ...summary, warnings }
}

/** What is wrong with a session besides packets that were not captured. */
const besidesLoss = (summary: Summary): Summary => {
  const captures = summary.captures.map((one) => ({ ...one, dropped: null }))
  const coverage = summary.coverage.map((one) => ({ ...one, lost_bytes: 0 }))
  return { ...summary, warnings: warningsOf({ ...summary, captures, coverage }) }
}

/** A device's name as a part of a file's name. */
const fileWord = (name: string): string => name.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 64)
