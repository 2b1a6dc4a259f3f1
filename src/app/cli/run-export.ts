/** `audit export` between its flags and what writes: which format, which case, how it ends. */
import { UserError } from '../../model/user-error.js'
import type { RedactionCounts } from '../../redact/redact-case.js'
import { jsonDocument } from '../../report/json-document.js'
import { countText } from '../../report/quantities.js'
import { sanitize } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { type ExportFormat, exportCase } from '../export.js'
import { knownProtocols } from '../known-protocols.js'
import { writeOut } from './base-command.js'
import { Interruption } from './interruption.js'

export interface ExportFlags {
  readonly format?: string | undefined
  readonly output: string
  readonly force?: boolean
  readonly redacted?: boolean
  readonly policy?: string | undefined
  readonly key?: string | undefined
  readonly plugin?: readonly string[] | undefined
  readonly json?: boolean
}

export async function runExport(path: string, flags: ExportFlags, version: string): Promise<number> {
  const { output, force = false, redacted = false } = flags
  if (!redacted && flags.format === undefined)
    throw new UserError('no --format was given', [
      '--format ndjson|csv|parquet|zeek',
      `audit export ${path} --redacted -o out.sqlite   for a redacted case`,
    ])
  const onStdout = output === '-'
  const interruption = new Interruption(onStdout)
  const warn = (message: string): void => {
    process.stderr.write(`audit: ${sanitize(message)}\n`)
  }
  try {
    const { protocols } = await knownProtocols(flags.plugin ?? [])
    const common = { path, output, force, protocols, signal: interruption.signal, warn }
    if (redacted) {
      const { redact } = await import('../redact.js')
      const { whole, limited, counts } = await redact({ ...common, policy: flags.policy, key: flags.key })
      if (!whole || !counts) return interruption.exitCode ?? exitCodes.done
      await say(flags, { format: 'case', output, files: [output], redaction: counts }, redactedText(output, counts))
      return limited ? exitCodes.damaged : exitCodes.done
    }
    const result = await exportCase({ ...common, format: flags.format as ExportFormat, version })
    if (interruption.readerLeft) return exitCodes.done
    if (!result.whole) return interruption.exitCode ?? exitCodes.done
    if (!onStdout) await say(flags, { format: flags.format, output, files: result.files }, textOf(output, result.files))
    return exitCodes.done
  } finally {
    interruption.dispose()
  }
}

const redactedText = (output: string, { transactions, flows, leftOut, cells, found }: RedactionCounts): string =>
  `wrote ${output}: ${countText(transactions)} transactions and ${countText(flows)} flows, ${countText(cells)} cells changed, ` +
  `${countText(found)} texts held values of others${leftOut > 0 ? `, ${countText(leftOut)} rows left out` : ''}`

const textOf = (output: string, files: readonly string[]): string =>
  files.length === 1 && files[0] === output ? `wrote ${output}` : `wrote ${output}: ${files.join(', ')}`

async function say(flags: ExportFlags, document: object, text: string): Promise<void> {
  if (flags.json) await writeOut(jsonDocument(document))
  else process.stderr.write(`audit: ${sanitize(text)}\n`)
}
