/** `audit analyze`: captures in, cases and documents out, and a summary. Options in, result out; no flags, no terminal. */
import { stat } from 'node:fs/promises'
import { resolveInputs } from '../capture/inputs.js'
import { openCapture } from '../capture/open-capture.js'
import type { CaptureReader } from '../capture/source.js'
import { type Instant, isBefore, toIso } from '../model/instant.js'
import { UserError } from '../model/user-error.js'
import { type AnalyzeResult, analyze } from '../pipeline/analyze.js'
import type { OutputReport, SkippedInput, Summary } from '../report/summary.js'
import type { Row } from '../schema/fields.js'
import { openSink, sinkKinds } from '../sinks/registry.js'
import type { SealSigner, Sink } from '../sinks/sink.js'
import { DeferredSink } from './deferred-sink.js'
import { EventLoopTurns } from './event-loop-turns.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { RunIntel } from './intel.js'
import { knownProtocols } from './known-protocols.js'
import { NothingUsable } from './nothing-usable.js'
import { defaultTarget, refuseUnsafeTargets, refuseUnsigned } from './outputs.js'
import { RunRecord } from './run-record.js'
import { settingsOf } from './run-setup.js'
import { summarize } from './summarize.js'

export interface AnalyzeOptions {
  /** Files, patterns, folders, `-`. */
  readonly captures: readonly string[]
  /** Empty = a case named after the first capture. */
  readonly outputs: readonly string[]
  readonly config?: string | undefined
  readonly protocols?: readonly string[]
  /** Modules with protocols of the user's own. */
  readonly plugins?: readonly string[]
  /** NAME=PORT[,PORT...] */
  readonly ports?: readonly string[]
  readonly start?: Instant | undefined
  readonly end?: Instant | undefined
  readonly showSecrets?: boolean
  readonly strictChecksums?: boolean
  /** Signs what seals a case. */
  readonly sign?: SealSigner | undefined
  /** Files of indicators, to be matched with what the case holds. */
  readonly intel?: readonly string[]
  /** Databases in MaxMind DB format, in place of those of the configuration. */
  readonly geoip?: readonly string[]
  /** For the `run` row. */
  readonly version: string
  readonly commandLine: string
  readonly stdin?: NodeJS.ReadableStream
  /** What rows call the capture on standard input; `-` when absent. */
  readonly stdinName?: string | undefined
  readonly signal?: AbortSignal
  /** Said at once, before and while captures are read. */
  readonly warn?: (message: string) => void
  readonly onProgress?: (state: { bytes: number; totalBytes: number | undefined; packets: number; transactions: number }) => void
}

export interface AnalyzeOutcome {
  readonly summary: Summary
  readonly exitCode: ExitCode
}

export async function analyzeCaptures(options: AnalyzeOptions): Promise<AnalyzeOutcome> {
  const { protocols, plugins } = await knownProtocols(options.plugins ?? [])
  const settings = await settingsOf(options, protocols)
  const { start, end } = options
  if (start && end && isBefore(end, start)) throw new UserError(`--end (${toIso(end)}) is before --start (${toIso(start)})`)

  const { files, skipped } = await gather(options.captures)
  if (files.length === 0) throw nothingIn(skipped)
  for (const { path, reason } of skipped) options.warn?.(`${path} ${reason}`)
  const targets = options.outputs.length > 0 ? options.outputs : [defaultTarget(files[0]!)]
  refuseUnsigned(targets, options.sign)
  await refuseUnsafeTargets(targets, files)

  const intel = await RunIntel.read(options.intel ?? [], protocols, targets, options.warn)
  const derive = await intel?.derive()

  const geoPaths = options.geoip?.length ? options.geoip : settings.geoip
  // Its decoder is only for those who have a database.
  const geo = geoPaths.length > 0 ? await (await import('../geoip/databases.js')).GeoDatabases.read(geoPaths) : undefined

  const record = new RunRecord({
    version: options.version,
    commandLine: options.commandLine,
    settings,
    plugins,
    showSecrets: options.showSecrets ?? false,
    strictChecksums: options.strictChecksums ?? false,
    start,
    end,
    intel: intel?.files ?? [],
    geoip: geo?.files ?? [],
  })
  const readers: CaptureReader[] = []
  const sinks: Sink[] = []
  const open = new Set<Sink>()
  try {
    for (const file of files)
      readers.push(await openCapture(file === '-' ? { stdin: options.stdin ?? process.stdin, name: options.stdinName } : file))
    for (const target of targets) {
      const sink = new DeferredSink(openSink(target, { sign: options.sign, derive }))
      sinks.push(sink)
      open.add(sink)
    }
    const total = await totalBytes(files)
    const result = await analyze({
      readers,
      protocols,
      sinks: [...sinks, new EventLoopTurns()],
      settings,
      geo: geo?.of,
      showSecrets: options.showSecrets ?? false,
      strictChecksums: options.strictChecksums ?? false,
      start,
      end,
      signal: options.signal,
      // Record headers are part of the files: 16 bytes each in pcap, a little more in pcapng.
      onProgress: ({ bytes, packets, transactions }) =>
        options.onProgress?.({ bytes: bytes + 16 * packets, totalBytes: total, packets, transactions }),
    })
    const outputs = targets.map(outputReport)
    const interrupted = result.interrupted || options.signal?.aborted === true
    const summary = summarize(result, { skipped, outputs, interrupted, showSecrets: options.showSecrets ?? false })
    refuseUnusable(result, summary, start !== undefined || end !== undefined)
    const row = record.row() as Row
    for (const sink of sinks) sink.row('run', row)
    for (const sink of sinks) {
      await sink.end()
      open.delete(sink)
    }
    intel?.sayLimits(options.warn)
    const { findings } = intel ?? {}
    return { summary: findings ? { ...summary, findings } : summary, exitCode: exitCodeOf(summary) }
  } finally {
    for (const sink of open) sink.abort()
    for (const reader of readers) await reader.close()
  }
}

async function gather(captures: readonly string[]): Promise<{ files: string[]; skipped: SkippedInput[] }> {
  const { files, missing, emptyDirectories } = await resolveInputs(captures)
  const skipped = [
    ...missing.map((path) => ({ path, reason: 'does not exist' })),
    ...emptyDirectories.map((path) => ({ path, reason: 'holds no capture' })),
  ]
  return { files, skipped }
}

function nothingIn(skipped: readonly SkippedInput[]): NothingUsable {
  const lines = skipped.map(({ path, reason }) => `${path} ${reason}`)
  return new NothingUsable(lines.join('\n'), ['give a pcap or pcapng file, a folder of them, or - for standard input'])
}

/** Stored bytes of all inputs, where they say how far a run is: not for pipes, not for compressed files. */
async function totalBytes(files: readonly string[]): Promise<number | undefined> {
  let total = 0
  for (const file of files) {
    if (file === '-' || /\.(?:gz|zst|lz4|xz)$/i.test(file)) return undefined
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) return undefined
    total += found.size
  }
  return total
}

export const outputReport = (target: string): OutputReport => ({ target, kind: sinkKinds.find((kind) => kind.takes(target))!.name })

/** A run without one packet that could be used leaves nothing behind. */
function refuseUnusable(result: AnalyzeResult, summary: Summary, windowed: boolean): void {
  if (summary.interrupted && result.packets === 0) throw new NothingUsable('interrupted before a packet was read', [])
  const undecodable = result.anomalies.find(({ code }) => code === 'decode.link-type')
  if (result.packets > (undecodable?.count ?? 0)) return
  const reasons: string[] = summary.skipped.map(({ path, reason }) => `${path} ${reason}`)
  for (const { path, packets, link_types } of summary.captures) {
    if (packets === 0) reasons.push(`${path} holds no packets`)
    else if (undecodable) reasons.push(`${path} holds packets of a link type that has no decoder (${link_types.join(', ')})`)
    else if (windowed) reasons.push(`${path} holds no packets between --start and --end`)
  }
  throw new NothingUsable(reasons.join('\n'), [])
}

export function exitCodeOf(summary: Summary): ExitCode {
  return summary.warnings.length > 0 ? exitCodes.damaged : exitCodes.done
}
