/**
 * Where finished records leave the engine, in one order for all sinks. A transaction may wait for an async reader (MIME);
 * everything behind it then queues up, so that the order never depends on when a promise resolves. The queue is emptied
 * between blocks.
 */
import type { FlowView } from '../model/flow-view.js'
import { durationOf, type Transaction } from '../model/transaction.js'
import type { Row } from '../schema/fields.js'
import type { Sink, TransactionRecord } from '../sinks/sink.js'
import type { FlowProcessing } from './processing.js'
import type { ProtocolRuntime } from './protocol-runtime.js'

type Waiting =
  | { readonly runtime: ProtocolRuntime; readonly record: TransactionRecord; readonly ready: Promise<void> | undefined }
  | { readonly flow: FlowView; readonly row: Row; readonly final: boolean }

export class Outlet {
  private waiting: Waiting[] = []
  transactions = 0
  /** Taken out by processors or by `session_events: false`. */
  leftOut = 0
  /** What a sink threw: the run cannot go on. */
  failure: unknown

  constructor(
    private readonly sinks: readonly Sink[],
    private readonly flowsWanted: boolean,
    private readonly sessionEvents = true,
    private readonly flowProcessing?: FlowProcessing,
  ) {}

  transaction(runtime: ProtocolRuntime, id: string, flow: FlowView, tx: Transaction<Row>, ready: Promise<void> | undefined): void {
    // The ordinal that names the transaction is spent all the same: the setting changes no other row's id.
    if (tx.session_event && !this.sessionEvents) {
      this.leftOut++
      return
    }
    const record: TransactionRecord = runtime.tags
      ? { schema: runtime.schema, id, flow, tx, tags: runtime.tags }
      : { schema: runtime.schema, id, flow, tx }
    if (ready !== undefined || this.waiting.length > 0) this.waiting.push({ runtime, record, ready })
    else this.write(runtime, record)
  }

  flow(flow: FlowView, row: Row, final: boolean): void {
    if (this.waiting.length > 0) this.waiting.push({ flow, row, final })
    else this.writeFlow(flow, row, final)
  }

  /** Whether `settle` has something to do. */
  get busy(): boolean {
    return this.waiting.length > 0
  }

  async settle(): Promise<void> {
    const waiting = this.waiting
    this.waiting = []
    for (const item of waiting) {
      if ('record' in item) {
        await item.ready
        this.write(item.runtime, item.record)
      } else this.writeFlow(item.flow, item.row, item.final)
    }
  }

  private write(runtime: ProtocolRuntime, given: TransactionRecord): void {
    try {
      const record = runtime.processing ? runtime.processing.apply(given) : given
      if (record === null) {
        this.leftOut++
        return
      }
      this.transactions++
      count(runtime, record.tx)
      for (const sink of this.sinks) sink.transaction(record)
    } catch (error) {
      // Called from inside a parser's boundary: the engine must not take this for the parser's failure.
      this.failure = error
      throw error
    }
  }

  private writeFlow(flow: FlowView, row: Row, final: boolean): void {
    const document = this.flowsWanted ? this.flowProcessing?.text(flow, row, final) : undefined
    for (const sink of this.sinks) {
      if (sink.documents && document === null) continue
      // The case keeps each finished flow, because its transactions refer to it; interim reports are documents only.
      if (sink.documents ? this.flowsWanted : final) sink.flow(flow, row, final, document ?? undefined)
    }
  }
}

function count(runtime: ProtocolRuntime, tx: Transaction<Row>): void {
  runtime.transactions++
  if (tx.status !== 'OK') runtime.errors++
  if (tx.complete === 'no-response') runtime.unanswered++
  runtime.bytes += (tx.request_bytes ?? tx.request?.bytes ?? 0) + (tx.response_bytes ?? tx.response?.bytes ?? 0)
  const duration = durationOf(tx)
  if (duration >= 0) runtime.durations.add(duration)
}
