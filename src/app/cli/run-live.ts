/** `audit live` between its flags and `liveSession`: sizes and times read, signals heard, rights given up, the view and the summary shown. */
import { signerFrom } from '../../case/keys.js'
import { parseDuration } from '../../config/values.js'
import { CAPTURE_WAYS } from '../../live/capture-tools.js'
import { UserError } from '../../model/user-error.js'
import { paintFor } from '../../report/paint.js'
import { sanitize } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { type LiveFacts, type LiveSetup, liveFilter, liveSession } from '../live.js'
import { LiveWatch } from '../live-watch.js'
import { NothingUsable } from '../nothing-usable.js'
import { commandLineText } from '../run-record.js'
import { present } from './analyze-output.js'
import { writeOut } from './base-command.js'
import { colorLevel } from './color.js'
import { type DecodingFlags, decodingOptions, outputsOf } from './decoding-flags.js'
import { Interruption } from './interruption.js'
import { LiveDisplay, type LiveStyle } from './live-view.js'
import { dropRights } from './rights.js'

export interface LiveFlags extends DecodingFlags {
  readonly write?: string | undefined
  readonly filter?: string | undefined
  readonly 'print-filter'?: boolean
  readonly duration?: string | undefined
  readonly packets?: number | undefined
  readonly snaplen?: number | undefined
  readonly 'buffer-size'?: string | undefined
  readonly 'no-promiscuous'?: boolean
  readonly 'ignore-outgoing'?: boolean
  readonly 'ring-file-size': string
  readonly 'ring-file-time': string
  readonly 'ring-total': string
  readonly 'ring-full': string
  readonly 'allow-loss'?: boolean
  readonly 'capture-with': string
  readonly user?: string | undefined
  readonly metrics?: string | undefined
  readonly processes?: boolean
}

export async function runLive(
  interfaces: readonly string[],
  flags: LiveFlags,
  { version, argv }: { readonly version: string; readonly argv: readonly string[] },
): Promise<number> {
  const { outputs, documentsOnStdout } = outputsOf(flags)
  const durationMs = durationOf('--duration', flags.duration)
  const ring = flags.write === undefined ? undefined : { folder: flags.write, limits: ringLimits(flags) }

  const style: LiveStyle = flags.json ? 'json' : process.stderr.isTTY && process.env.TERM !== 'dumb' ? 'screen' : 'lines'
  const stream = style === 'json' ? process.stdout : process.stderr
  const level = (to: NodeJS.WriteStream) => colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: to.isTTY === true })
  const watch = new LiveWatch()
  let display: LiveDisplay | undefined
  const say = (message: string): void => {
    display?.clear()
    process.stderr.write(`audit: ${sanitize(message)}\n`)
  }
  const onOpen = (facts: LiveFacts): void => {
    dropRights(flags.user, process.env)
    for (const line of opening(facts)) say(line)
    display = new LiveDisplay(style, stream, watch, facts.interfaces.join(', '), paintFor(level(stream)))
  }
  if (flags['print-filter']) {
    const filter = await liveFilter({ ...setupOf(interfaces, flags), warn: say })
    if (filter === undefined) say('no filter: every packet is taken')
    else await writeOut(`${filter}\n`)
    return exitCodes.done
  }
  const metrics = flags.metrics === undefined ? undefined : await servedMetrics(flags.metrics, version)
  if (metrics) say(`metrics at ${metrics.server.url}`)
  const interruption = new Interruption(documentsOnStdout && outputs.length === 1)
  try {
    const { summary, exitCode, failure } = await liveSession({
      ...setupOf(interfaces, flags),
      outputs,
      ring,
      durationMs,
      packets: flags.packets,
      snaplen: flags.snaplen,
      bufferSizeMb: flags['buffer-size'] === undefined ? undefined : Math.ceil(sizeOf('--buffer-size', flags['buffer-size']) / 2 ** 20),
      promiscuous: flags['no-promiscuous'] !== true,
      ignoreOutgoing: flags['ignore-outgoing'] === true,
      allowLoss: flags['allow-loss'] === true,
      showSecrets: flags['show-secrets'] === true,
      strictChecksums: flags['strict-checksums'] === true,
      sign: flags.sign === undefined ? undefined : signerFrom(flags.sign, process.env).sign,
      version,
      commandLine: commandLineText(argv),
      signal: interruption.signal,
      warn: say,
      watch: metrics ? [watch, metrics.gathered] : [watch],
      onOpen,
      onState: (view) => {
        metrics?.gathered.update(view)
        display?.update(view)
      },
    })
    display?.clear()
    if (interruption.readerLeft) return exitCodes.done
    const target = documentsOnStdout ? process.stderr : process.stdout
    await present(summary, { json: flags.json ?? false, oneLine: true, documentsOnStdout, colorLevel: level(target) })
    if (failure instanceof UserError) for (const step of failure.nextSteps) process.stderr.write(`  ${sanitize(step)}\n`)
    return exitCode
  } catch (error) {
    display?.clear()
    if (!(error instanceof NothingUsable) || interruption.exitCode === undefined) throw error
    say(error.message)
    return exitCodes.nothingUsable
  } finally {
    metrics?.server.close()
    interruption.dispose()
  }
}

async function servedMetrics(address: string, version: string) {
  const [{ LiveMetrics }, { MetricsServer }] = await Promise.all([import('../live-metrics.js'), import('../metrics-server.js')])
  const gathered = new LiveMetrics(version)
  return { gathered, server: await MetricsServer.open(address, () => gathered.text()) }
}

const setupOf = (interfaces: readonly string[], flags: LiveFlags): LiveSetup => ({
  interfaces,
  filter: flags.filter,
  processes: flags.processes,
  captureWith: CAPTURE_WAYS.find((way) => way === flags['capture-with']),
  ...decodingOptions(flags),
})

function* opening({ interfaces, filter, targets, ring }: LiveFacts): Generator<string> {
  yield `capturing on ${interfaces.join(', ')}${filter === undefined ? '' : `, filter ${filter}`}`
  const files = targets.filter((target) => target !== '-')
  if (files.length > 0) yield `writing ${files.join(', ')}`
  if (ring !== undefined) yield `keeping the packets in ${ring}: they hold what the wire held, passwords too`
}

function ringLimits(flags: LiveFlags) {
  const fileMs = durationOf('--ring-file-time', flags['ring-file-time'])!
  const fileBytes = sizeOf('--ring-file-size', flags['ring-file-size'])
  const totalBytes = sizeOf('--ring-total', flags['ring-total'])
  if (totalBytes < 2 * fileBytes)
    throw new UserError(`--ring-total ${flags['ring-total']} holds fewer than two files of ${flags['ring-file-size']}`, [
      'make the total larger or the files smaller (--ring-file-size)',
    ])
  return { fileBytes, fileMs, totalBytes, onFull: flags['ring-full'] === 'stop' ? ('stop' as const) : ('oldest' as const) }
}

function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new UserError(`${flag} ${text}: not a duration`, ['for example 30s, 10m or 24h'])
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
}

/** Bytes of `100MB`, `1.5GB`, `512KiB` or a plain number. */
function sizeOf(flag: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = UNITS[(found?.[2] ?? '?').toUpperCase()]
  const bytes = found && unit !== undefined ? Math.round(Number(found[1]) * unit) : 0
  if (bytes > 0) return bytes
  throw new UserError(`${flag} ${text}: not a size`, ['for example 100MB, 2GB or 512KiB'])
}
