/** Writes one JSON document a line: transactions as they complete, flows as they end, captures last. */
import type { Writable } from 'node:stream'
import type { FlowView } from '../../model/flow-view.js'
import type { Row } from '../../schema/fields.js'
import type { RunSchemas, Sink, TransactionRecord, TransactionSchema } from '../sink.js'
import { CaptureDocument, FlowDocument } from './flow-document.js'
import { FileTarget, StreamTarget, type TextTarget } from './text-target.js'
import { TransactionDocument } from './transaction-document.js'

/** Characters gathered before they become bytes: short-lived strings of this size stay in the young generation of the heap. */
const FLUSH_AT = 16 * 1024

export function openNdjson(target: string, stdout: Writable = process.stdout): Sink {
  return new NdjsonSink(target, target === '-' ? new StreamTarget(stdout) : new FileTarget(target))
}

class NdjsonSink implements Sink {
  readonly documents = true
  private readonly shapes = new Map<TransactionSchema, TransactionDocument>()
  private flows: FlowDocument | undefined
  private captureDocument: CaptureDocument | undefined
  private captures: readonly string[] = []
  private pending = ''

  constructor(
    readonly target: string,
    private readonly out: TextTarget,
  ) {}

  begin(schemas: RunSchemas): void {
    this.captures = schemas.captures
    const flow = schemas.tables.find((table) => table.name === 'flow')
    const capture = schemas.tables.find((table) => table.name === 'capture')
    if (flow) this.flows = new FlowDocument(flow, schemas.captures)
    if (capture) this.captureDocument = new CaptureDocument(capture)
  }

  transaction(record: TransactionRecord): void {
    if (record.document !== undefined) {
      this.line(record.document)
      return
    }
    let shape = this.shapes.get(record.schema)
    if (!shape) {
      shape = new TransactionDocument(record.schema, this.captures)
      this.shapes.set(record.schema, shape)
    }
    this.line(shape.text(record))
  }

  flow(flow: FlowView, row: Row, final: boolean, document?: string): void {
    if (document !== undefined) this.line(document)
    else if (this.flows) this.line(this.flows.text(flow, row, final))
  }

  row(table: string, row: Row): void {
    if (table === 'capture' && this.captureDocument) this.line(this.captureDocument.text(row))
  }

  commit(): void {
    this.flush()
  }

  private line(text: string): void {
    this.pending += `${text}\n`
    if (this.pending.length >= FLUSH_AT) this.flush()
  }

  private flush(): void {
    const text = this.pending
    this.pending = ''
    if (text !== '') this.out.write(text)
  }

  drain(): Promise<void> | undefined {
    return this.out.drain()
  }

  async end(): Promise<void> {
    this.flush()
    await this.out.end()
  }

  abort(): void {
    this.pending = ''
    this.out.abort()
  }
}
