/** The documents of a case: those that the run would have written, transactions in case order, then flows, then captures. */
import type { Database } from 'better-sqlite3'
import { allTransactions, captureNames, flowViewOf, rowsOf } from '../case/case-rows.js'
import type { CaseTables } from '../case/case-tables.js'
import { CaptureDocument, FlowDocument } from '../sinks/ndjson/flow-document.js'
import { TransactionDocument } from '../sinks/ndjson/transaction-document.js'
import type { TransactionSchema } from '../sinks/sink.js'
import { recalled } from './document-members.js'

/** Documents, one at a time, without line ends. */
export function* documentsOf(db: Database, { protocols, tables }: CaseTables): Generator<string> {
  const captures = captureNames(db)
  const shapes = new Map<TransactionSchema, TransactionDocument>()
  const schemas = protocols.map(({ schema }) => schema)
  for (const schema of schemas) shapes.set(schema, new TransactionDocument(schema, captures))
  for (const { record, home, frames } of allTransactions(db, schemas)) {
    const tx = recalled(record.schema.name, record.tx, record.flow)
    yield shapes.get(record.schema)!.told({ ...record, tx }, home, frames)
  }
  const flow = tables.find((table) => table.name === 'flow')!
  const flows = new FlowDocument(flow, captures)
  for (const row of rowsOf(db, flow)) yield flows.text(flowViewOf(row), row, row.end_reason !== 'open')
  const capture = tables.find((table) => table.name === 'capture')!
  const ends = new CaptureDocument(capture)
  for (const row of rowsOf(db, capture)) yield ends.text(row)
}
