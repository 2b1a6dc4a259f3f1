/**
 * What a seal says: one JSON document over the evidence, the program, its configuration and every row. Its text, as it stands in the
 * case, is what is hashed and signed.
 */
import { createHash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { CASE_SCHEMA_VERSION } from '../../../schema/case-mark.js'
import { type SchemaObject, schemaObjects } from './digest-tables.js'
import { hasTable } from './seal-tables.js'

export const SEAL_FORMAT = 'pcap-audit seal 1'

export interface SealedTable {
  readonly name: string
  readonly rows: number
  readonly sha256: string
}

export interface SealedCapture {
  readonly id: number
  readonly name: string
  readonly size: number
  readonly sha256: string | null
  readonly inner_sha256: string | null
}

export interface SealedRun {
  readonly id: number
  readonly version: string
  readonly tool_hash: string
  readonly config_hash: string
  readonly show_secrets: boolean
  readonly finished: boolean
}

/** How the case stood before the last run added to it. */
export type Former =
  /** There was nothing. */
  | { readonly state: 'new' }
  /** It had rows and no seal: of a session that was killed, or the seal was taken out. */
  | { readonly state: 'unsealed' }
  /** Its seal held; this is the SHA-256 of its manifest. */
  | { readonly state: 'sealed'; readonly sha256: string; readonly signed: boolean }

export interface Manifest {
  readonly format: typeof SEAL_FORMAT
  readonly layout: number
  readonly captures: readonly SealedCapture[]
  readonly runs: readonly SealedRun[]
  readonly tables: readonly SealedTable[]
  readonly schema: readonly SchemaObject[]
  /** The custody log as far as it went. */
  readonly custody: { readonly entries: number; readonly sha256: string } | null
  readonly former: Former
}

/** The parts of a manifest that stand in the case in plain sight. */
export function manifestOf(db: Database, tables: readonly SealedTable[], former: Former): Manifest {
  const captures = db
    .prepare('SELECT id, name, size, sha256, inner_sha256 FROM main.capture ORDER BY id')
    .safeIntegers(false)
    .all() as SealedCapture[]
  const runs = db
    .prepare('SELECT id, version, tool_hash, config_hash, show_secrets, finished FROM main.run ORDER BY id')
    .safeIntegers(false)
    .all() as (Omit<SealedRun, 'show_secrets' | 'finished'> & { show_secrets: number; finished: number })[]
  return {
    format: SEAL_FORMAT,
    layout: CASE_SCHEMA_VERSION,
    captures,
    runs: runs.map((run) => ({ ...run, show_secrets: run.show_secrets === 1, finished: run.finished === 1 })),
    tables,
    schema: schemaObjects(db),
    custody: custodyHead(db),
    former,
  }
}

function custodyHead(db: Database): Manifest['custody'] {
  if (!hasTable(db, 'custody')) return null
  const last = db.prepare('SELECT id, sha256 FROM main.custody ORDER BY id DESC LIMIT 1').safeIntegers(false).get() as
    | { id: number; sha256: string }
    | undefined
  return last ? { entries: last.id, sha256: last.sha256 } : null
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A case larger than this many captures and tables is none of ours. */
const MAX_MANIFEST = 64 * 1024 * 1024

/** A manifest read back; undefined for what is none. Its parts are those of a stranger: compare them, do not follow them. */
export function readManifest(text: unknown): Manifest | undefined {
  if (typeof text !== 'string' || text.length > MAX_MANIFEST) return undefined
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof given !== 'object' || given === null) return undefined
  const one = given as Record<string, unknown>
  const lists = ['captures', 'runs', 'tables', 'schema'].every(
    (key) => Array.isArray(one[key]) && (one[key] as unknown[]).every((item) => typeof item === 'object' && item !== null),
  )
  const rest = typeof one.former === 'object' && one.former !== null && (one.custody === null || typeof one.custody === 'object')
  return one.format === SEAL_FORMAT && lists && rest ? (given as Manifest) : undefined
}
