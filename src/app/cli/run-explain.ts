/** `audit explain` between its flags and `explain`. */
import { jsonDocument } from '../../report/json-document.js'
import { ledgerText } from '../../report/ledger-text.js'
import { sanitize } from '../../report/sanitize.js'
import { explain } from '../explain.js'
import { writeOut } from './base-command.js'
import { Interruption } from './interruption.js'

export interface ExplainFlags {
  readonly tx?: string | undefined
  readonly captures?: readonly string[] | undefined
  readonly plugin?: readonly string[] | undefined
  readonly json?: boolean
}

export async function runExplain(path: string, flow: string | undefined, flags: ExplainFlags): Promise<number> {
  const interruption = new Interruption()
  try {
    const { ledger, exitCode } = await explain({
      path,
      flow,
      transaction: flags.tx,
      captures: flags.captures ?? [],
      plugins: flags.plugin ?? [],
      signal: interruption.signal,
      warn: (message) => process.stderr.write(`audit: ${sanitize(message)}\n`),
    })
    if (ledger.source === 'case') process.stderr.write('audit: the packets of the flow were not read; the case alone tells less\n')
    await writeOut(flags.json ? jsonDocument(ledger) : ledgerText(ledger))
    return exitCode
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode
    throw error
  } finally {
    interruption.dispose()
  }
}
