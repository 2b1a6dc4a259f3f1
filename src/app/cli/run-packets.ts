/** `audit packets` between its flags and `extractPackets`: where the packets go, what is said of them. */
import { once } from 'node:events'
import type { ByteTarget } from '../../evidence/extract.js'
import { UserError } from '../../model/user-error.js'
import { jsonDocument } from '../../report/json-document.js'
import { bytesText, plural } from '../../report/quantities.js'
import { sanitize } from '../../report/sanitize.js'
import { duration } from '../duration.js'
import { exitCodes } from '../exit-codes.js'
import { isOneOf } from '../outputs.js'
import { extractPackets, type PacketsOutcome } from '../packets.js'
import { PrivateFile } from '../private-file.js'
import { writeOut } from './base-command.js'
import { Interruption } from './interruption.js'

export interface PacketsFlags {
  readonly tx?: readonly string[] | undefined
  readonly flow?: readonly string[] | undefined
  readonly query?: string | undefined
  readonly param?: readonly string[] | undefined
  readonly timeout: string
  readonly only?: boolean
  readonly captures?: readonly string[] | undefined
  readonly plugin?: readonly string[] | undefined
  readonly output: string
  readonly force?: boolean
  readonly json?: boolean
}

export async function runPackets(path: string, flags: PacketsFlags, version: string): Promise<number> {
  const toStdout = flags.output === '-'
  if (toStdout && process.stdout.isTTY)
    throw new UserError('packets are not for a terminal', ['-o evidence.pcapng   writes a file', '-o - | tshark -r -   reads them at once'])
  if (toStdout && flags.json) throw new UserError('--json and -o - both want standard output', ['-o evidence.pcapng --json'])
  const timeoutMs = duration(flags.timeout, '--timeout')
  if (!toStdout && (await isOneOf(flags.output, [path])))
    throw new UserError(`${flags.output} is the case; evidence is never written to`, ['choose another file with -o'])
  const say = (message: string): void => {
    process.stderr.write(`audit: ${sanitize(message)}\n`)
  }
  const file = toStdout ? undefined : new PrivateFile(flags.output, flags.force ?? false)
  const interruption = new Interruption(toStdout)
  try {
    const outcome = await extractPackets({
      path,
      transactions: flags.tx ?? [],
      flows: flags.flow ?? [],
      query: flags.query,
      parameters: flags.param ?? [],
      timeoutMs,
      only: flags.only ?? false,
      captures: flags.captures ?? [],
      plugins: flags.plugin ?? [],
      version,
      target: file ?? stdoutTarget(interruption.signal),
      signal: interruption.signal,
      warn: say,
      // Never over the evidence, whatever is forced.
      refuse: async (captures) => {
        if (file && (await isOneOf(flags.output, captures)))
          throw new UserError(`${flags.output} is one of the captures; evidence is never written to`, ['choose another file with -o'])
      },
    })
    file?.end()
    if (flags.json) await writeOut(jsonDocument(documentOf(flags.output, outcome)))
    else for (const line of linesOf(flags.output, outcome)) say(line)
    return outcome.exitCode
  } catch (error) {
    if (interruption.readerLeft) return exitCodes.done
    if (interruption.exitCode !== undefined) return interruption.exitCode
    throw error
  } finally {
    file?.abort()
    interruption.dispose()
  }
}

const stdoutTarget = (signal: AbortSignal): ByteTarget => ({
  async write(bytes) {
    // A pipe takes them later, when the buffer holds others.
    if (!process.stdout.write(Buffer.from(bytes))) await once(process.stdout, 'drain', { signal })
  },
})

function documentOf(output: string, { extract, captures, rows, reproduced }: PacketsOutcome) {
  return {
    output,
    packets: extract.packets,
    evidence_packets: extract.evidence,
    bytes: extract.size,
    sha256: extract.sha256,
    rows,
    reproduced_rows: reproduced,
    captures,
    short_flows: extract.short,
  }
}

function* linesOf(output: string, { extract, rows, reproduced }: PacketsOutcome): Generator<string> {
  const { packets, evidence, size, sha256 } = extract
  const context = packets - evidence
  yield `${output}: ${plural(packets, 'packet')} (${evidence} of ${plural(rows, 'row')}${context > 0 ? `, ${context} as context` : ''}), ${bytesText(size)}, sha256 ${sha256}`
  if (reproduced !== undefined)
    yield reproduced === rows
      ? 'analyzed alone it gives the same rows'
      : `analyzed alone it gives ${reproduced} of ${plural(rows, 'row')} with the same values`
  yield 'packets hold what the wire held, passwords too'
}
