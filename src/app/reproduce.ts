/**
 * Runs the analysis of a case again, from what the case says of its runs, and compares every row.
 *
 * What a case names is not trusted: modules run only when the asker names them too, and files that options name are read by way of
 * a configuration that the asker gives.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { openCase } from '../case/open-case.js'
import { changeLines, rowChanges } from '../case/row-changes.js'
import { parseInstant } from '../config/instant-text.js'
import type { CaptureState } from '../evidence/captures.js'
import type { Check } from '../model/check.js'
import { UserError } from '../model/user-error.js'
import { digestTable, evidenceTables } from '../sinks/sqlite/seal/digest-tables.js'
import { PART_ROWS } from '../sinks/sqlite/seal/table-digest.js'
import { analyzeCaptures } from './analyze.js'
import { knownProtocols } from './known-protocols.js'
import { programHash } from './program.js'
import { settingsOf } from './run-setup.js'

export interface ReproduceOptions {
  /** Another version may give other rows by right; told to go on all the same. */
  readonly anyVersion: boolean
  readonly plugins: readonly string[]
  /** The configuration file, for a run whose options name files. */
  readonly config?: string | undefined
  readonly version: string
  readonly signal?: AbortSignal | undefined
}

interface StoredRun {
  readonly id: number
  readonly version: string
  readonly tool_hash: string
  readonly config: string
  readonly config_hash: string
  readonly show_secrets: number
  readonly finished: number
}

/** The members of a stored configuration that are no keys of a configuration file. */
interface Recorded {
  readonly files?: readonly unknown[]
  readonly geoip?: readonly { readonly name: string; readonly sha256: string }[]
  readonly plugins?: readonly { readonly path: string; readonly sha256: string }[]
  readonly intel?: readonly unknown[]
  readonly strict_checksums?: boolean
  readonly start?: string | null
  readonly end?: string | null
}

/** Facts of the run and of where files lie, which a second run has by right its own of. */
const OWN: Readonly<Record<string, ReadonlySet<string>>> = {
  capture: new Set(['run_id', 'name', 'path']),
  anomaly: new Set(['run_id']),
  coverage: new Set(['run_id']),
}

/** What does not follow from captures alone: figures of the run, what the capturing host knew, and what lists of indicators point at. */
const NOT_OF_CAPTURES: ReadonlySet<string> = new Set(['run', 'flow_process', 'finding'])

const check = 'reproduction'
const unchecked = (message: string): Check => ({ check, state: 'unchecked', message: `not reproduced: ${message}` })

export async function reproduce(db: Database, captures: readonly CaptureState[], options: ReproduceOptions): Promise<Check> {
  const runs = db
    .prepare('SELECT id, version, tool_hash, config, config_hash, show_secrets, finished FROM main.run ORDER BY id')
    .safeIntegers(false)
    .all() as StoredRun[]
  const gone = captures.find(({ state }) => state !== 'found')
  if (gone) return unchecked(`capture ${gone.capture.id} (${gone.capture.name}) is not there as it was`)
  const folder = mkdtempSync(join(tmpdir(), 'audit-verify-'))
  try {
    const target = join(folder, 'again.sqlite')
    for (const run of runs) {
      const refusal = await repeat(db, run, captures, target, folder, options)
      if (refusal) return refusal
    }
    return compare(db, target)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function repeat(
  db: Database,
  run: StoredRun,
  captures: readonly CaptureState[],
  target: string,
  folder: string,
  { anyVersion, plugins, config, version, signal }: ReproduceOptions,
): Promise<Check | undefined> {
  const who = `run ${run.id}`
  if (run.finished !== 1) return unchecked(`${who} did not come to its end`)
  if (run.tool_hash !== programHash() && !anyVersion)
    return unchecked(
      `${who} was made by ${run.version} (program ${run.tool_hash.slice(0, 12)}), not by this program; --any-version runs it all the same`,
    )
  const {
    files,
    geoip = [],
    plugins: named = [],
    intel: _lists,
    strict_checksums,
    start,
    end,
    ...settings
  } = JSON.parse(run.config) as Recorded
  if (files !== undefined && config === undefined) return unchecked(`the configuration of ${who} names files: give it again with --config`)
  if (geoip.length > 0 && config === undefined)
    return unchecked(
      `${who} looked places up in ${geoip.map(({ name, sha256 }) => `${name} (sha256 ${sha256})`).join(', ')}: give a configuration that names them as geoip, with --config`,
    )
  const given = new Set(plugins.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex')))
  const lacking = named.find(({ sha256 }) => !given.has(sha256))
  if (lacking) return unchecked(`${who} had the plugin ${lacking.path}, sha256 ${lacking.sha256}: name it with --plugin, if you trust it`)
  const ids = new Set(db.prepare('SELECT id FROM main.capture WHERE run_id = ?').safeIntegers(false).pluck().all(run.id) as number[])
  const paths = captures.flatMap((one) => (one.state === 'found' && ids.has(one.capture.id) ? [one.file.path] : []))
  if (paths.length === 0) return unchecked(`${who} has no captures`)
  // JSON is YAML.
  const written = join(folder, 'audit.yml')
  writeFileSync(written, JSON.stringify(settings), { mode: 0o600 })
  try {
    const { summary } = await analyzeCaptures({
      captures: paths,
      outputs: [target],
      // Of places the configuration given says only where the databases are: the run may have had them from --geoip beside other flags.
      config: files === undefined && geoip.length > 0 ? written : (config ?? written),
      geoip: geoip.length > 0 ? await databasesIn(config, plugins) : [],
      plugins: named.length > 0 ? plugins : [],
      start: start ? parseInstant(start) : undefined,
      end: end ? parseInstant(end) : undefined,
      showSecrets: run.show_secrets === 1,
      strictChecksums: strict_checksums ?? false,
      version,
      commandLine: 'audit verify --reproduce',
      ...(signal === undefined ? {} : { signal }),
    })
    if (summary.interrupted) return unchecked('interrupted')
  } catch (error) {
    if (error instanceof UserError) return unchecked(`${who}: ${error.message}`)
    throw error
  }
  return undefined
}

/** The databases that a configuration names. */
async function databasesIn(config: string | undefined, plugins: readonly string[]): Promise<readonly string[]> {
  const { protocols } = await knownProtocols(plugins)
  const { geoip } = await settingsOf({ config }, protocols)
  if (geoip.length === 0) throw new UserError(`${config} names no databases under geoip`)
  return geoip
}

function compare(db: Database, target: string): Check {
  const again = openCase(target)
  try {
    const details: string[] = []
    const [before, after] = [evidenceTables(db), evidenceTables(again)]
    for (const name of new Set([...before, ...after])) {
      if (NOT_OF_CAPTURES.has(name)) continue
      if (!after.includes(name)) details.push(`${name}: the second run has no such rows`)
      else if (!before.includes(name)) details.push(`${name}: only the second run has such rows`)
      else {
        const [was, is] = [digestTable(db, name, OWN[name]), digestTable(again, name, OWN[name])]
        if (was.sha256 !== is.sha256) details.push(...changeLines(name, rowChanges(was.parts, is, PART_ROWS), name !== 'coverage'))
      }
    }
    const configurations = (one: Database): string =>
      JSON.stringify((one.prepare('SELECT DISTINCT config FROM main.run ORDER BY 1').pluck().all() as string[]).map(withoutLists).sort())
    if (configurations(db) !== configurations(again)) details.unshift('the configuration of the second run is another one')
    const findings = before.includes('finding') ? Number(db.prepare('SELECT count(*) FROM main.finding').pluck().get()) : 0
    if (details.length > 0)
      return { check, state: 'failed', message: 'the same captures give other rows (second run against the case)', details }
    return {
      check,
      state: 'ok',
      message: 'analyzed again, the captures give the same rows',
      ...(findings === 0 ? {} : { details: [`${findings} findings were not compared: audit query --intel LIST makes them anew`] }),
    }
  } finally {
    again.close()
  }
}

/** A stored configuration without the lists of indicators, which decode nothing; databases of places by their contents, not their names. */
function withoutLists(config: string): unknown {
  const { intel: _lists, geoip, ...settings } = JSON.parse(config) as Recorded
  return geoip === undefined ? settings : { ...settings, geoip: geoip.map(({ sha256 }) => sha256) }
}
