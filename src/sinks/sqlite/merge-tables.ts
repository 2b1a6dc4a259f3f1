/** Captures, flows and anomalies of a run take their final ids among those of the case; transactions: merge.ts. */
import type { Database } from 'better-sqlite3'
import type { TableSchema } from '../../schema/fields.js'
import { columnsOf, quoted, transactionTable } from '../../schema/sql.js'
import { transactionTables } from './layout.js'
import { renumberFrames } from './replace.js'
import type { Stage } from './stage.js'

export const list = (names: readonly string[], prefix = ''): string => names.map((name) => prefix + quoted(name)).join(', ')

export const numberOf = (db: Database, sql: string, ...params: readonly unknown[]): number =>
  (db
    .prepare(sql)
    .pluck()
    .get(...params) as number | null | undefined) ?? 0

/** From ordinals in the run to ids in the case; transactions take theirs when they are merged. */
export function moveCaptures(db: Database, stage: Stage, captureIds: readonly number[]): void {
  db.exec('CREATE TABLE stage.capture_map (old INTEGER PRIMARY KEY, new INTEGER)')
  const insert = db.prepare('INSERT INTO stage.capture_map VALUES (?, ?)')
  captureIds.forEach((id, i) => {
    insert.run(i + 1, id)
  })
  db.function('case_frames', { deterministic: true }, (frames) => renumberFrames(String(frames), captureIds))
  for (const name of ['flow', 'anomaly'])
    if (stage.has(name))
      db.exec(
        `UPDATE stage.${name} SET capture_id = (SELECT new FROM stage.capture_map WHERE old = capture_id) WHERE capture_id IS NOT NULL`,
      )
}

/**
 * Numbers flows in canonical order: first packet, then content id. Answers with true when ids changed; then
 * stage.flow_map holds the new id of each old one.
 */
export function mergeFlows(db: Database, stage: Stage, schema: TableSchema, columns: readonly string[]): boolean {
  const key = 'ORDER BY first_ns, flow, capture_id, id'
  const parts = ['main', ...(stage.has('flow') ? ['stage'] : [])]
  const all = parts.map((part) => `SELECT id, first_ns, flow, capture_id FROM ${part}.flow`).join(' UNION ALL ')
  db.exec('CREATE TABLE stage.flow_map (old INTEGER PRIMARY KEY, new INTEGER)')
  db.exec(`INSERT INTO stage.flow_map SELECT id, n FROM (SELECT id, row_number() OVER (${key}) AS n FROM (${all})) WHERE id <> n`)
  if (numberOf(db, 'SELECT count(*) FROM stage.flow_map') === 0) return false
  const rest = columns.filter((column) => column !== 'id')
  stage.table(schema)
  db.exec(`INSERT INTO stage.flow (${list(columns)}) SELECT ${list(columns)} FROM main.flow WHERE id IN (SELECT old FROM stage.flow_map)`)
  db.exec('DELETE FROM main.flow WHERE id IN (SELECT old FROM stage.flow_map)')
  db.exec(
    `INSERT INTO main.flow (id, ${list(rest)}) SELECT m.new, ${list(rest, 's.')} FROM stage.flow s JOIN stage.flow_map m ON m.old = s.id ORDER BY m.new`,
  )
  return true
}

/** Lets rows follow their flows to the new ids in stage.flow_map. */
export function followFlows(db: Database, table: string, condition = ''): void {
  db.exec(
    `UPDATE ${table} SET flow_id = (SELECT new FROM stage.flow_map WHERE old = flow_id) WHERE flow_id IN (SELECT old FROM stage.flow_map)${condition}`,
  )
}

/** Lets findings of earlier runs follow their transactions, whose numbers may have changed, by content id. */
export function followTransactions(db: Database): void {
  if (numberOf(db, 'SELECT EXISTS (SELECT 1 FROM main.finding WHERE tx IS NOT NULL)') === 0) return
  for (const name of transactionTables(db))
    db.exec(
      `UPDATE main.finding SET tx_id = t.id FROM main.${quoted(transactionTable(name))} t WHERE t.tx = finding.tx AND t.capture_id = finding.capture_id`,
    )
}

/** Anomalies are numbered by where they were seen, so that equal input gives equal numbers. */
export function mergeAnomalies(db: Database, stage: Stage, schema: TableSchema, runId: number): void {
  if (!stage.has('anomaly')) return
  const names = columnsOf(schema.fields)
    .map((c) => c.name)
    .filter((name) => name !== 'id' && name !== 'run_id')
  db.prepare(
    `INSERT INTO main.anomaly (id, run_id, ${list(names)}) SELECT (SELECT coalesce(max(id), 0) FROM main.anomaly) + row_number() OVER ` +
      `(ORDER BY capture_id, frame, "offset", code, flow_id, message, id), ? + coalesce(run_id, 1) - 1, ${list(names)} FROM stage.anomaly`,
  ).run(runId)
}
