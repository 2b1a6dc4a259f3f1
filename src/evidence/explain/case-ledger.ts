/** What a case says of one flow without its packets: its row, its anomalies, its transactions. */
import type { Database } from 'better-sqlite3'
import type { FlowLedger, LedgerAnomaly, LedgerTransaction } from '../../model/flow-ledger.js'
import { quoted, transactionTable } from '../../schema/sql.js'
import { protocolsOf } from '../case-rows.js'

/** Transactions listed: what a person scrolls through, and more than any exchange that is looked at this closely. */
const MAX_TRANSACTIONS = 1000
/** The engine folds alike anomalies of a flow, so that a flow has as many as there are codes. */
const MAX_ANOMALIES = 100

export type CaseLedger = Pick<FlowLedger, 'flow' | 'anomalies' | 'transactions' | 'omitted_transactions'>

export function caseLedger(db: Database, flowId: number): CaseLedger {
  const flow = db.prepare('SELECT * FROM main.flow WHERE id = ?').safeIntegers(false).get(flowId) as FlowLedger['flow']
  const times = db.prepare('SELECT first_ns, last_ns FROM main.flow WHERE id = ?').safeIntegers().get(flowId) as FlowLedger['flow']
  const transactions: LedgerTransaction[] = []
  let all = 0
  for (const protocol of protocolsOf(db)) {
    const table = quoted(transactionTable(protocol))
    const select = `SELECT id, tx, status, complete, capture_id, frames FROM main.${table} WHERE flow_id = ? ORDER BY id LIMIT ?`
    all += Number(db.prepare(`SELECT count(*) FROM main.${table} WHERE flow_id = ?`).pluck().get(flowId))
    for (const row of db.prepare(select).safeIntegers(false).all(flowId, MAX_TRANSACTIONS) as Record<string, unknown>[])
      transactions.push({
        id: Number(row.id),
        tx: String(row.tx),
        protocol,
        status: String(row.status),
        complete: String(row.complete),
        capture_id: Number(row.capture_id),
        frames: String(row.frames),
      })
  }
  transactions.sort((a, b) => a.id! - b.id!)
  const anomalies = db
    .prepare('SELECT code, message, count, capture_id, frame, "offset" FROM main.anomaly WHERE flow_id = ? ORDER BY id LIMIT ?')
    .safeIntegers(false)
    .all(flowId, MAX_ANOMALIES) as Record<string, string | number | null>[]
  return {
    flow: { ...flow, ...times },
    anomalies: anomalies.map(anomalyOf),
    transactions: transactions.slice(0, MAX_TRANSACTIONS),
    omitted_transactions: Math.max(0, all - MAX_TRANSACTIONS),
  }
}

export const anomalyOf = (row: Readonly<Record<string, unknown>>): LedgerAnomaly => ({
  code: String(row.code),
  message: String(row.message),
  count: Number(row.count),
  capture_id: numberOf(row.capture_id),
  frame: numberOf(row.frame),
  offset: numberOf(row.offset),
})

const numberOf = (value: unknown): number | undefined => (value === null || value === undefined ? undefined : Number(value))
