/** `audit export --redacted`: a case for an outsider under a policy. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { tablesOf } from '../case/case-tables.js'
import { openCase } from '../case/open-case.js'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { planOf } from '../redact/plan.js'
import { readPolicy } from '../redact/policy.js'
import { type RedactionCounts, redactCase } from '../redact/redact-case.js'
import { freshKey, readKey, Tokens } from '../redact/tokens.js'
import { asUserError, checkWritable, createPrivately, openDatabase, removeCase, syncFile, syncFolder } from '../sinks/sqlite/case-file.js'
import { runToEnd } from './pausing.js'

export interface RedactOptions {
  readonly path: string
  /** The new case. */
  readonly output: string
  readonly force?: boolean
  /** File of a policy; the one that comes with the program when absent. */
  readonly policy?: string | undefined
  /** File of a key; one that is thrown away when absent. */
  readonly key?: string | undefined
  readonly protocols: readonly AnyProtocol[]
  readonly signal?: AbortSignal
  readonly warn?: (message: string) => void
}

export interface RedactResult {
  /** False when it was interrupted: then nothing was written. */
  readonly whole: boolean
  /** There were more values to look for than could be. */
  readonly limited: boolean
  readonly counts: RedactionCounts | undefined
}

/** Throws UserError for a wrong policy or key, and for what cannot be read or written; then nothing is left. */
export async function redact(options: RedactOptions): Promise<RedactResult> {
  const { path, output, warn } = options
  refuseTarget(options)
  const policy = await readPolicy(options.policy)
  const tokens = new Tokens(options.key === undefined ? freshKey() : readKey(options.key), policy.tokenDigits)
  const db = openCase(path)
  const partial = `${output}.partial`
  try {
    const tables = tablesOf(db, options.protocols)
    const plan = planOf(policy, tables, options.protocols)
    removeCase(partial)
    createPrivately(partial)
    const out = openDatabase(partial)
    let counts: RedactionCounts | undefined
    try {
      counts = await runToEnd(redactCase({ db, tables, plan, policy, tokens, out }), options.signal)
    } catch (error) {
      // What the old case's own pages hold wrong is said of it; anything else is about the disk.
      throw asUserError(error, String((error as { code?: unknown }).code).startsWith('SQLITE_CORRUPT') ? path : output)
    } finally {
      out.close()
    }
    if (!counts) {
      removeCase(partial)
      return { whole: false, limited: false, counts }
    }
    syncFile(partial)
    // What an old case of that name left beside it would be read as part of the new one.
    for (const suffix of ['-wal', '-shm', '-journal']) rmSync(output + suffix, { force: true })
    renameSync(partial, output)
    syncFolder(output)
    if (counts.missed > 0)
      warn?.(`${counts.missed} values were too many to look for in texts that are kept: remove those columns, or use default: remove`)
    return { whole: true, limited: counts.missed > 0, counts }
  } catch (error) {
    removeCase(partial)
    throw asUserError(error, path)
  } finally {
    db.close()
  }
}

function refuseTarget({ path, output, force }: RedactOptions): void {
  if (output === '-' || output === '')
    throw new UserError('a redacted case is a file', ['-o out.sqlite', 'export it in another format afterwards'])
  checkWritable(output)
  if (!existsSync(output)) return
  const [found, source] = [statSync(output), statSync(path, { throwIfNoEntry: false })]
  if (source && found.dev === source.dev && found.ino === source.ino)
    throw new UserError(`${output} is the case itself`, ['choose another file with -o'])
  if (!found.isFile()) throw new UserError(`${output} is not a regular file`, ['choose another file with -o'])
  if (!force) throw new UserError(`${output} exists`, ['choose another file with -o', '--force   replaces it'])
}
