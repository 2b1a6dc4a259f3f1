/** `audit verify`: whether a case is what was written, from the captures that it names, by whom it says. Options in, checks out. */
import { writeFileSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { checkCustody } from '../case/custody.js'
import { ed25519Of, fingerprintOf, publicKeyFrom } from '../case/keys.js'
import { openCase } from '../case/open-case.js'
import { checkSeal } from '../case/seal-check.js'
import { checkSignature } from '../case/signature-check.js'
import { captureRecords } from '../evidence/capture-rows.js'
import { CaptureFinder, type CaptureState, refusalOf } from '../evidence/captures.js'
import { crossRead } from '../evidence/second-reader.js'
import type { Check } from '../model/check.js'
import { UserError } from '../model/user-error.js'
import { asUserError } from '../sinks/sqlite/case-file.js'
import type { SealRow } from '../sinks/sqlite/seal/seal.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { programHash, secondReader } from './program.js'
import type { ReproduceOptions } from './reproduce.js'

export interface VerifyOptions {
  readonly path: string
  /** Files and folders where captures may be now. */
  readonly places: readonly string[]
  /** The public key that the asker trusts. */
  readonly key?: string | undefined
  /** Run the analysis again. */
  readonly reproduce?: Omit<ReproduceOptions, 'version' | 'signal'> | undefined
  /** Writes what is sealed here, and its signature and key beside it. */
  readonly manifest?: string | undefined
  readonly version: string
  readonly signal?: AbortSignal | undefined
}

export interface VerifyResult {
  readonly case: string
  /** yes: all that was asked was looked at and holds. no: something does not. incomplete: nothing fails, something could not be looked at. */
  readonly answer: 'yes' | 'no' | 'incomplete'
  /** SHA-256 of the seal's manifest; null without a seal that could be read. */
  readonly seal: string | null
  /** SHA-256 of the public key beside the signature. */
  readonly signed_by: string | null
  readonly checks: readonly Check[]
}

export interface VerifyOutcome {
  readonly result: VerifyResult
  readonly exitCode: ExitCode
}

/** Faults of a file named before the rest is left out: the first says that it is damaged. */
const MAX_FAULTS = 20

export async function verifyCase(options: VerifyOptions): Promise<VerifyOutcome> {
  const { path, key, version, signal } = options
  const given = key === undefined ? undefined : publicKeyFrom(key)
  const db = openCase(path)
  try {
    // One state of the case for all checks, though a live session goes on.
    db.exec('BEGIN')
    const checks: Check[] = [integrity(db)]
    const {
      checks: sealChecks,
      row,
      manifest,
    } = readable(checks, () => checkSeal(db)) ?? { checks: [], row: undefined, manifest: undefined }
    checks.push(...sealChecks)
    if (row) checks.push(checkSignature(row, given))
    else if (given) checks.push({ check: 'signature', state: 'unchecked', message: 'there is no seal that could be signed' })
    checks.push(...(readable(checks, () => checkCustody(db, manifest)) ?? []))
    if (options.manifest !== undefined) writeDetached(options.manifest, row, path)
    const tools = new Set((manifest?.runs ?? []).map((run) => run.tool_hash))
    if (tools.size > 0 && !(tools.size === 1 && tools.has(programHash())))
      checks.push({ check: 'tool', state: 'note', message: 'another build of this program wrote the case' })
    const captures = await checkCaptures(db, options, checks)
    if (options.reproduce !== undefined && captures) {
      const { reproduce } = await import('./reproduce.js')
      checks.push(await reproduce(db, captures, { ...options.reproduce, version, signal }))
    }
    const signer = row?.signature === null ? undefined : ed25519Of(row?.public_key)
    const answer = checks.some(({ state }) => state === 'failed')
      ? 'no'
      : checks.some(({ state }) => state === 'unchecked')
        ? 'incomplete'
        : 'yes'
    return {
      result: {
        case: path,
        answer,
        seal: manifest ? (row?.sha256 ?? null) : null,
        signed_by: signer ? fingerprintOf(signer) : null,
        checks,
      },
      exitCode: answer === 'yes' ? exitCodes.done : answer === 'no' ? exitCodes.no : exitCodes.damaged,
    }
  } finally {
    db.close()
  }
}

/** Damage that SQLite meets while something is looked at is the answer no, not an error of the asker. */
function readable<T>(checks: Check[], look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (!String((error as { code?: unknown } | undefined)?.code).startsWith('SQLITE_')) throw error
    checks.push({ check: 'file', state: 'failed', message: `the file cannot be read on: ${(error as Error).message}` })
    return undefined
  }
}

function integrity(db: Database): Check {
  const check = 'file'
  let faults: string[]
  try {
    faults = db.prepare(`PRAGMA integrity_check(${MAX_FAULTS})`).pluck().all() as string[]
  } catch (error) {
    faults = [(error as Error).message]
  }
  if (faults.length === 1 && faults[0] === 'ok') return { check, state: 'ok', message: 'SQLite finds no damage in the file' }
  return { check, state: 'failed', message: 'SQLite finds damage in the file', details: faults.flatMap((fault) => fault.split('\n')) }
}

async function checkCaptures(db: Database, { path, places, signal }: VerifyOptions, checks: Check[]): Promise<CaptureState[] | undefined> {
  const check = 'capture'
  let states: CaptureState[]
  try {
    const finder = new CaptureFinder({ casePath: path, places, ...(signal === undefined ? {} : { signal }) })
    states = await finder.locateAll(captureRecords(db))
  } catch (error) {
    const failed = asUserError(error, path)
    if (!(failed instanceof UserError)) throw error
    checks.push({ check, state: 'failed', message: failed.message })
    return undefined
  }
  for (const found of states) {
    const { capture } = found
    const who = `capture ${capture.id} (${capture.name})`
    const refusal = refusalOf(found)
    if (refusal) {
      checks.push({ check, state: found.state === 'changed' ? 'failed' : 'unchecked', message: refusal.message })
      continue
    }
    if (found.state !== 'found') continue
    const moved = found.file.path.endsWith(capture.path) ? '' : `, found as ${found.file.path}`
    checks.push({ check, state: 'ok', message: `${who} is the file that was analyzed: sha256 ${capture.sha256}${moved}` })
    if (capture.compression !== 'none') {
      checks.push({ check: 'second-reader', state: 'note', message: `${who}: the second reader reads no compressed captures` })
      continue
    }
    checks.push(await crossRead(found.file.path, found.file.size, who, { child: secondReader(), signal }))
  }
  return states
}

/** Three files that plain openssl checks; docs/verify.md has the commands. */
function writeDetached(path: string, row: SealRow | undefined, casePath: string): void {
  if (!row) throw new UserError(`${casePath} has no seal, so there is no manifest to write`)
  const write = (file: string, bytes: string | Buffer): void => {
    try {
      writeFileSync(file, bytes, { flag: 'wx' })
    } catch (error) {
      throw new UserError(`${file} cannot be written: ${(error as Error).message}`, ['name a new file with --manifest'])
    }
  }
  write(path, row.manifest)
  if (row.signature === null) return
  write(`${path}.sig`, Buffer.from(row.signature, 'base64'))
  write(`${path}.pem`, row.public_key ?? '')
}
