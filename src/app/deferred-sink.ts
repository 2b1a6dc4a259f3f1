/**
 * Leaves the output alone until something was read: opening an existing case to write changes its bytes, and a run over
 * inputs without packets must not. What can be refused without touching the file was refused when the sink was opened.
 */
import type { FlowView } from '../model/flow-view.js'
import type { Row } from '../schema/fields.js'
import type { RunSchemas, Sink, TransactionRecord } from '../sinks/sink.js'

export class DeferredSink implements Sink {
  private schemas: RunSchemas | undefined
  /** Rows that came before a packet did: of captures that gave none, so there are few. */
  private readonly waiting: [table: string, row: Row][] = []

  constructor(private readonly sink: Sink) {}

  get target(): string {
    return this.sink.target
  }

  get documents(): boolean {
    return this.sink.documents ?? false
  }

  begin(schemas: RunSchemas): void {
    this.schemas = schemas
  }

  private started(): Sink {
    const { schemas } = this
    this.schemas = undefined
    if (schemas) {
      this.sink.begin(schemas)
      for (const [table, row] of this.waiting.splice(0)) this.sink.row(table, row)
    }
    return this.sink
  }

  transaction(record: TransactionRecord): void {
    this.started().transaction(record)
  }

  flow(flow: FlowView, row: Row, final: boolean): void {
    this.started().flow(flow, row, final)
  }

  openFlow(flow: FlowView, row: Row): void {
    this.started().openFlow?.(flow, row)
  }

  /** Before the first packet there is nothing to make visible. */
  commit(captures: readonly Row[], run: Row | undefined, losses?: readonly Row[]): void {
    if (!this.schemas) this.sink.commit?.(captures, run, losses)
  }

  row(table: string, row: Row): void {
    if (this.schemas) this.waiting.push([table, row])
    else this.sink.row(table, row)
  }

  /** Asked for after each block of packets, so a first call means that there are some. */
  drain(): Promise<void> | undefined {
    return this.started().drain()
  }

  end(): Promise<void> {
    return this.started().end()
  }

  abort(): void {
    this.sink.abort()
  }
}
