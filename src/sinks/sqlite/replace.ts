/** A capture that the case holds already gives way to its new reading; rows of other captures stay. */
import type { Database } from 'better-sqlite3'
import type { Row } from '../../schema/fields.js'
import { quoted, transactionTable } from '../../schema/sql.js'
import { transactionTables } from './layout.js'

export interface Replacement {
  /** Final capture id by the capture's ordinal in the run. */
  readonly captureIds: readonly number[]
  readonly runId: number
  /** Smallest transaction id that was deleted. */
  readonly firstGap: number | undefined
}

/** Deletes what the run's captures replace and says which ids the run and its captures take. */
export function makeRoom(db: Database, captures: readonly Row[]): Replacement {
  const find = db
    .prepare("SELECT id FROM main.capture WHERE (sha256 = ? AND sha256 <> '') OR (path = ? AND path <> '-') ORDER BY id")
    .pluck()
  const replaced = new Set<number>()
  const matches = captures.map((row) => {
    const ids = find.all(String(row.sha256 ?? ''), String(row.path ?? '-')) as number[]
    for (const id of ids) replaced.add(id)
    return ids
  })
  const firstGap = replaced.size > 0 ? removeCaptures(db, [...replaced]) : undefined
  const taken = new Set(db.prepare('SELECT id FROM main.capture').pluck().all() as number[])
  // A capture keeps its number when it is read again; new ones follow the highest.
  const captureIds: number[] = []
  for (let i = 0; i < captures.length; i++) {
    const kept = matches[i]?.find((id) => !taken.has(id))
    if (kept !== undefined) taken.add(kept)
    captureIds.push(kept ?? 0)
  }
  let next = Math.max(0, ...taken) + 1
  for (let i = 0; i < captureIds.length; i++) if (captureIds[i] === 0) captureIds[i] = next++
  const runId = ((db.prepare('SELECT max(id) FROM main.run').pluck().get() as number | null) ?? 0) + 1
  return { captureIds, runId, firstGap }
}

function removeCaptures(db: Database, ids: readonly number[]): number | undefined {
  const gone = `(${ids.join(', ')})`
  const tables = transactionTables(db).map((name) => quoted(transactionTable(name)))
  let firstGap: number | undefined
  for (const table of tables) {
    const first = db.prepare(`SELECT min(id) FROM main.${table} WHERE capture_id IN ${gone}`).pluck().get() as number | null
    if (first === null) continue
    firstGap = Math.min(firstGap ?? first, first)
    db.exec(`DELETE FROM main.${table} WHERE capture_id IN ${gone}`)
  }
  // A flow that goes on in a capture that stays is still the flow of the rows there.
  const still = tables.map((table) => `SELECT flow_id, capture_id FROM main.${table}`).join(' UNION ALL ')
  if (tables.length > 0)
    db.exec(
      `UPDATE main.flow SET capture_id = s.capture_id FROM (SELECT flow_id, min(capture_id) AS capture_id FROM (${still}) GROUP BY flow_id) s ` +
        `WHERE s.flow_id = flow.id AND flow.capture_id IN ${gone}`,
    )
  db.exec(`DELETE FROM main.flow WHERE capture_id IN ${gone}`)
  for (const table of ['anomaly', 'capture_loss']) db.exec(`DELETE FROM main.${table} WHERE capture_id IN ${gone}`)
  db.exec(`DELETE FROM main.capture WHERE id IN ${gone}`)
  for (const table of ['anomaly', 'coverage'])
    db.exec(`DELETE FROM main.${table} WHERE run_id NOT IN (SELECT run_id FROM main.capture) AND run_id IS NOT NULL`)
  db.exec('DELETE FROM main.run WHERE id NOT IN (SELECT run_id FROM main.capture)')
  return firstGap
}

/** `2:1-3` names a capture by its ordinal in the run; in the case it has another number. */
export const renumberFrames = (frames: string, captureIds: readonly number[]): string =>
  frames.replace(/(^|,)(\d+):/g, (_, comma: string, ordinal: string) => `${comma}${captureIds[Number(ordinal) - 1] ?? ordinal}:`)
