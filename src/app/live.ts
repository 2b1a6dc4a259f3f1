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
import { openSink } from '../sinks/registry.js'
import type { SealSigner, Sink } from '../sinks/sink.js'
import { exitCodeOf, outputReport } from './analyze.js'
import { DeferredSink } from './deferred-sink.js'
import { EventLoopTurns } from './event-loop-turns.js'
import type { ExitCode } from './exit-codes.js'
import { RunIntel } from './intel.js'
import { knownProtocols } from './known-protocols.js'
import { LiveProcesses } from './live-processes.js'
import { LiveReload } from './live-reload.js'
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
  /** Files of indicators, to be matched when the session ends. */
  readonly intel?: readonly string[]
  readonly version: string
  readonly commandLine: string
  /** Ends the session; what was captured by then is decoded. */
  readonly signal: AbortSignal
  /** The devices are open, nothing is written yet: rights that are no longer needed can go. */
  readonly onOpen?: (session: LiveFacts) => void
  /** Packets are taken: what can be asked of the session from now on. */
  readonly onStart?: (controls: LiveControls) => void
  /** The configuration is being read again, or was. */
  readonly onReload?: (going: boolean) => void
  /** Told what is as it should be. */
  readonly inform?: (message: string) => void
  /** The session is told to end, or ends by itself: what was captured is decoded and written. */
  readonly onStop?: () => void
  /** Once a second. */
  readonly onState?: (state: LiveView) => void
  /** See every transaction, beside the outputs. */
  readonly watch?: readonly Sink[]
}

export interface LiveControls {
  /** Reads the configuration again, and takes it from the next packet on. */
  reload(): void
  /** How long the thread that takes packets has been silent, and how many it has taken. */
  pulse(): { readonly silentMs: number; readonly captured: number }
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
  const intel = await RunIntel.read(options.intel ?? [], protocols, targets, options.warn)
  const derive = await intel?.derive()
  const capture = new LiveCapture(order, captureWorker())
  const reload = new LiveReload({
    config: options.config,
    capture,
    first: { settings, filter },
    read: async () => {
      const read = await liveSettings(options, protocols)
      return { settings: read, filter: await filterFor(options.filter, read, protocols, () => capture.interfaces[0]?.linkType) }
    },
    recordOf: (effective, id) =>
      new RunRecord({ ...options, settings: effective, plugins, start: undefined, end: undefined, intel: intel?.files ?? [] }, id),
    given: {
      devices: options.interfaces.length > 0,
      snaplen: options.snaplen !== undefined,
      bufferSizeMb: options.bufferSizeMb !== undefined,
      ignoreOutgoing: options.ignoreOutgoing,
    },
    warn: (message) => options.warn?.(message),
    inform: (message) => options.inform?.(message),
    onReload: options.onReload,
  })
  const open = new Set<Sink>()
  const stop = (): void => {
    options.onStop?.()
    capture.stop()
  }
  let timer: NodeJS.Timeout | undefined
  let fullTold = false
  let processes: LiveProcesses | undefined
  try {
    await capture.ready()
    for (const warning of capture.warnings) options.warn?.(warning)
    capture.onNotice = options.warn
    options.onOpen?.({ interfaces: devices, filter, targets, ring: options.ring?.folder })
    const sinks = targets.map((target) => {
      const sink = new DeferredSink(openSink(target, { live: true, sign: options.sign, derive }))
      open.add(sink)
      return sink
    })
    processes = LiveProcesses.start(settings, options.showSecrets, sinks, (message) => options.warn?.(message))
    options.signal.addEventListener('abort', stop)
    if (options.signal.aborted) stop()
    if (options.durationMs !== undefined) timer = setTimeout(stop, options.durationMs)
    capture.start()
    void capture.running.then(() =>
      options.onStart?.({
        reload: () => void reload.reload(),
        pulse: () => ({ silentMs: performance.now() - capture.heardAt, captured: capture.packets }),
      }),
    )
    const result = await analyze({
      readers: [],
      live: capture,
      protocols,
      sinks: [...sinks, ...(options.watch ?? []), new EventLoopTurns()],
      settings,
      showSecrets: options.showSecrets,
      strictChecksums: options.strictChecksums,
      runs: () => reload.changedRows(),
      renewed: (ordinal) => reload.settingsFrom(ordinal),
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
    options.onStop?.()
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
    for (const sink of sinks) for (const row of reload.rows()) sink.row('run', row)
    for (const sink of sinks) {
      await sink.end()
      open.delete(sink)
    }
    const judged = options.allowLoss && !capture.failure ? besidesLoss(seen) : summary
    intel?.sayLimits(options.warn)
    const { findings } = intel ?? {}
    return { summary: findings ? { ...summary, findings } : summary, exitCode: exitCodeOf(judged), failure: capture.failure }
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
  const settings = await liveSettings(options, protocols)
  const wanted = options.interfaces.length > 0 ? options.interfaces : settings.interfaces.devices
  if (wanted.length === 0) throw new UserError('no interface is named', ['audit interfaces   lists them', 'audit live eth0'])
  const [{ resolveInterface }, { knownLinkType, listedInterfaces }] = await Promise.all([
    import('../live/interfaces.js'),
    import('../live/listed-interfaces.js'),
  ])
  const { list } = listedInterfaces(options.captureWith)
  const devices = wanted.map((name) => resolveInterface(name, list))
  // Where nobody may look, it is taken for what most are.
  const linkType = () => ((knownLinkType(devices[0]!) ?? ETHERNET) === ETHERNET ? LINKTYPE_ETHERNET : undefined)
  return { plugins, protocols, settings, devices, filter: await filterFor(options.filter, settings, protocols, linkType) }
}

/** The configuration with what the command line says in its stead. */
async function liveSettings(options: LiveSetup, protocols: readonly AnyProtocol[]): Promise<Settings> {
  const settings = await settingsOf({ ...options, live: true }, protocols)
  return options.processes ? { ...settings, processes: { ...settings.processes, enabled: true } } : settings
}

/**
 * The filter of the command line, or else the one that the configuration stands for.
 * @param linkType LINKTYPE_ number of the first device; only tags ask for it
 */
async function filterFor(
  given: string | undefined,
  settings: Settings,
  registry: readonly AnyProtocol[],
  linkType: () => number | undefined,
): Promise<string | undefined> {
  if (given !== undefined) return given
  const { captureFilter } = await import('../live/filter.js')
  // Only tags ask what the device is; looking takes the right to open it.
  const tagged = settings.interfaces.withVlans && linkType() === LINKTYPE_ETHERNET
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
  const captures = summary.captures.map((one) => ({
    ...one,
    dropped: null,
    damage: one.damage.filter(({ code }) => code !== 'capture.away'),
  }))
  const coverage = summary.coverage.map((one) => ({ ...one, lost_bytes: 0 }))
  return { ...summary, warnings: warningsOf({ ...summary, captures, coverage }) }
}

/** A device's name as a part of a file's name. */
const fileWord = (name: string): string => name.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 64)
