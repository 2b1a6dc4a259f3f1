/** The rows of `capture`: what a case knows of the files that it was made from. */
import type { Database } from 'better-sqlite3'
import { UserError } from '../model/user-error.js'

export interface CaptureRecord {
  /** Ordinal in the case; `frames` and `capture_id` name it. */
  readonly id: number
  /** The run that read it: captures of one run are one timeline. */
  readonly runId: number
  readonly name: string
  /** As it was given when it was read; `-` for standard input. */
  readonly path: string
  /** Bytes of the file as stored. */
  readonly size: number
  /** Hex; null when it was not read to its end. */
  readonly sha256: string | null
  /** Of the uncompressed bytes of a compressed one. */
  readonly innerSha256: string | null
  readonly compression: string
  readonly packets: number
  /** Nanoseconds since 1970; null without a packet. */
  readonly firstNs: bigint | null
  readonly lastNs: bigint | null
}

const COLUMNS = 'id, run_id, name, path, size, sha256, inner_sha256, compression, packets, first_ns, last_ns'
const SHA256 = /^[0-9a-f]{64}$/

/** All of them by id. Throws UserError when a row cannot be what the analysis wrote. */
export function captureRecords(db: Database): CaptureRecord[] {
  const rows = db.prepare(`SELECT ${COLUMNS} FROM capture ORDER BY id`).safeIntegers().all() as Record<string, unknown>[]
  return rows.map((row) => {
    const id = integer(row, 'id')
    return {
      id,
      runId: integer(row, 'run_id'),
      name: text(row, 'name', id),
      path: text(row, 'path', id),
      size: integer(row, 'size'),
      sha256: digest(row, 'sha256', id),
      innerSha256: digest(row, 'inner_sha256', id),
      compression: text(row, 'compression', id),
      packets: integer(row, 'packets'),
      firstNs: instant(row, 'first_ns', id),
      lastNs: instant(row, 'last_ns', id),
    }
  })
}

function integer(row: Record<string, unknown>, column: string): number {
  const value = row[column]
  if (typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  throw edited(column, row.id)
}

function text(row: Record<string, unknown>, column: string, id: number): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw edited(column, id)
}

function digest(row: Record<string, unknown>, column: string, id: number): string | null {
  const value = row[column]
  if (value === null) return null
  if (typeof value === 'string' && SHA256.test(value)) return value
  throw edited(column, id)
}

function instant(row: Record<string, unknown>, column: string, id: number): bigint | null {
  const value = row[column]
  if (value === null || typeof value === 'bigint') return value
  throw edited(column, id)
}

const edited = (column: string, id: unknown): UserError =>
  new UserError(`the case was changed by hand, or is damaged: capture ${String(id)} has a ${column} that no analysis writes`, [
    'use the case as it was written, or analyze the captures again',
  ])
