/** The rows of `run`, as far as they decide which packets an analysis took and how it read them. */
import type { Database } from 'better-sqlite3'

export interface RunFacts {
  readonly id: number
  readonly showSecrets: boolean
  readonly strictChecksums: boolean
  /** `run.config`, or nothing when it is no object. */
  readonly config: Readonly<Record<string, unknown>>
  /** Packets outside of these were not taken. */
  readonly startNs: bigint | undefined
  readonly endNs: bigint | undefined
}

/** By the run's id. What a row does not say is as it is by default. */
export function runFacts(db: Database): ReadonlyMap<number, RunFacts> {
  const rows = db.prepare('SELECT id, show_secrets, config FROM main.run').safeIntegers().all() as Record<string, unknown>[]
  return new Map(
    rows.map((row) => {
      const config = configOf(row.config)
      const facts: RunFacts = {
        id: Number(row.id),
        showSecrets: row.show_secrets === 1n,
        strictChecksums: config.strict_checksums === true,
        config,
        startNs: instantOf(config.start),
        endNs: instantOf(config.end),
      }
      return [facts.id, facts] as const
    }),
  )
}

function configOf(text: unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(text))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** As `toIso` writes them: nine digits behind the second. */
function instantOf(text: unknown): bigint | undefined {
  const match = typeof text === 'string' ? /^(.{19})\.(\d{9})Z$/.exec(text) : null
  const ms = match ? Date.parse(`${match[1]}Z`) : Number.NaN
  return match && Number.isFinite(ms) ? BigInt(ms) * 1_000_000n + BigInt(match[2]!) : undefined
}
