/** `audit analyze` between its flags and `analyzeCaptures`: times read, signals heard, progress and summary shown. */
import { signerFrom } from '../../case/keys.js'
import { parseInstant } from '../../config/instant-text.js'
import type { Instant } from '../../model/instant.js'
import { UserError } from '../../model/user-error.js'
import { sanitize } from '../../report/sanitize.js'
import { analyzeCaptures } from '../analyze.js'
import { exitCodes } from '../exit-codes.js'
import { NothingUsable } from '../nothing-usable.js'
import { commandLineText } from '../run-record.js'
import { present } from './analyze-output.js'
import { colorLevel } from './color.js'
import { type DecodingFlags, decodingOptions, outputsOf } from './decoding-flags.js'
import { Interruption } from './interruption.js'
import { ProgressMeter } from './progress-meter.js'

export interface AnalyzeFlags extends DecodingFlags {
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly 'stdin-name'?: string | undefined
  readonly geoip?: readonly string[] | undefined
}

export async function runAnalyze(
  captures: readonly string[],
  flags: AnalyzeFlags,
  { version, argv }: { readonly version: string; readonly argv: readonly string[] },
): Promise<number> {
  const { outputs, documentsOnStdout } = outputsOf(flags)
  if (captures.includes('-') && process.stdin.isTTY)
    throw new UserError('standard input is a terminal, not a capture', ['for example: tcpdump -w - | audit analyze -'])
  const [start, end] = [instantOf('--start', flags.start), instantOf('--end', flags.end)]

  const interruption = new Interruption(documentsOnStdout && outputs.length === 1)
  const meter = ProgressMeter.for(process.stderr, process.env)
  const say = (message: string): void => {
    meter?.clear()
    process.stderr.write(`audit: ${sanitize(message)}\n`)
  }
  try {
    const { summary, exitCode } = await analyzeCaptures({
      captures,
      outputs,
      ...decodingOptions(flags),
      geoip: flags.geoip ?? [],
      start,
      end,
      showSecrets: flags['show-secrets'] ?? false,
      strictChecksums: flags['strict-checksums'] ?? false,
      stdinName: flags['stdin-name'],
      sign: flags.sign === undefined ? undefined : signerFrom(flags.sign, process.env).sign,
      version,
      commandLine: commandLineText(argv),
      signal: interruption.signal,
      warn: say,
      onProgress: (state) => meter?.update(state),
    })
    meter?.clear()
    if (interruption.readerLeft) return exitCodes.done
    const target = documentsOnStdout ? process.stderr : process.stdout
    const level = colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: target.isTTY === true })
    await present(summary, { json: flags.json ?? false, documentsOnStdout, colorLevel: level })
    return interruption.exitCode ?? exitCode
  } catch (error) {
    if (!(error instanceof NothingUsable) || interruption.exitCode === undefined) throw error
    say(error.message)
    return interruption.exitCode
  } finally {
    meter?.clear()
    interruption.dispose()
  }
}

function instantOf(flag: string, text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined
  const instant = parseInstant(text)
  if (instant) return instant
  throw new UserError(`${flag} ${text}: not a time`, ['for example 2015-08-27T08:00:00Z, 2015-08-27T10:00:00+02:00 or 1440662400.5'])
}
