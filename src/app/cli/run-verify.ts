/** `audit verify` between its flags and `verifyCase`. */
import { UserError } from '../../model/user-error.js'
import { jsonDocument } from '../../report/json-document.js'
import { paintFor } from '../../report/paint.js'
import { verifyText } from '../../report/verify-text.js'
import { verifyCase } from '../verify.js'
import { writeOut } from './base-command.js'
import { colorLevel } from './color.js'
import { Interruption } from './interruption.js'

export interface VerifyFlags {
  readonly captures?: readonly string[] | undefined
  readonly key?: string | undefined
  readonly manifest?: string | undefined
  readonly reproduce?: boolean
  readonly 'any-version'?: boolean
  readonly config?: string | undefined
  readonly plugin?: readonly string[] | undefined
  readonly json?: boolean
  readonly 'no-color'?: boolean
}

export async function runVerify(path: string, flags: VerifyFlags, version: string): Promise<number> {
  if (flags.plugin !== undefined && !flags.reproduce)
    throw new UserError('--plugin is for --reproduce', ['add --reproduce, or leave it out'])
  const interruption = new Interruption()
  try {
    const { result, exitCode } = await verifyCase({
      path,
      places: flags.captures ?? [],
      key: flags.key,
      manifest: flags.manifest,
      reproduce: flags.reproduce
        ? { anyVersion: flags['any-version'] === true, plugins: flags.plugin ?? [], config: flags.config }
        : undefined,
      version,
      signal: interruption.signal,
    })
    const level = colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: process.stdout.isTTY === true })
    await writeOut(flags.json ? jsonDocument(result) : verifyText(path, result.checks, paintFor(level)))
    return interruption.exitCode ?? exitCode
  } catch (error) {
    // Half of the checks are no answer.
    if (interruption.exitCode !== undefined) return interruption.exitCode
    throw error
  } finally {
    interruption.dispose()
  }
}
