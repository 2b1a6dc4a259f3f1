/** Keeps what a run writes, for tests that look at rows. */
import type { FlowView } from '../model/flow-view.js'
import { framesText, refCapture } from '../model/trace.js'
import type { Row } from '../schema/fields.js'
import type { Sink, TransactionRecord } from '../sinks/sink.js'

export class MemorySink implements Sink {
  readonly target = 'memory'
  readonly records: TransactionRecord[] = []
  readonly flows: { view: FlowView; row: Row; final: boolean }[] = []
  readonly tables: { table: string; row: Row }[] = []

  begin(): void {}
  transaction(record: TransactionRecord): void {
    this.records.push(record)
  }
  flow(view: FlowView, row: Row, final: boolean): void {
    this.flows.push({ view, row, final })
  }
  row(table: string, row: Row): void {
    this.tables.push({ table, row })
  }
  drain(): undefined {}
  async end(): Promise<void> {}
  abort(): void {}

  rows(table: string): Row[] {
    return this.tables.filter((one) => one.table === table).map((one) => one.row)
  }

  /** Transactions without ids, times and packets: what must stay when only the packetisation changes. */
  meaning(protocol?: string): unknown[] {
    return this.records
      .filter((record) => protocol === undefined || record.schema.name === protocol)
      .map(({ schema, flow, tx: { request, response, ...rest } }) => ({
        protocol: schema.name,
        client: `${flow.client.ip}:${flow.client.port}`,
        server: `${flow.server.ip}:${flow.server.port}`,
        requestBytes: request?.bytes,
        responseBytes: response?.bytes,
        ...rest,
      }))
  }

  frames(index: number): string {
    const { tx } = this.records[index]!
    return framesText(refCapture((tx.request ?? tx.response)!.refs[0]!), tx.request, tx.response)
  }
}
