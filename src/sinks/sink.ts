/** The contract of a sink: it receives field sets and rows, so it knows no protocol and no protocol knows it. */
import type { FlowView } from '../model/flow-view.js'
import type { Transaction } from '../model/transaction.js'
import type { Row, TableSchema } from '../schema/fields.js'

/** A protocol as sinks see it. */
export interface TransactionSchema extends TableSchema {
  readonly eventType?: readonly string[]
}

export interface RunSchemas {
  /** One per registered protocol. */
  readonly transactions: readonly TransactionSchema[]
  /** src/schema/tables.ts. */
  readonly tables: readonly TableSchema[]
  /** File names of the captures, by ordinal from 0. */
  readonly captures: readonly string[]
}

export interface TransactionRecord {
  readonly schema: TransactionSchema
  /** Content id, 16 hex digits. */
  readonly id: string
  readonly flow: FlowView
  readonly tx: Transaction<Row>
  /** Document tags from the configuration. */
  readonly tags?: readonly string[]
  /** Its document, where the configuration changed it; a sink of documents writes this one. */
  readonly document?: string
}

/** Signs the bytes of a seal: 64 bytes of Ed25519, and the key that checks them as SPKI in PEM. */
export type SealSigner = (bytes: Buffer) => { readonly signature: Buffer; readonly publicKey: string }

/**
 * Calls come in this order: begin, then any of transaction / flow / row, then exactly one of end or abort.
 * All synchronous but end: a sink buffers, and `drain` is awaited between blocks when it asks for it.
 */
export interface Sink {
  readonly target: string
  /** Writes documents: it gets interim flow reports, and no flows at all under `flows: {enabled: false}`. */
  readonly documents?: boolean
  begin(schemas: RunSchemas): void
  transaction(record: TransactionRecord): void
  /** A flow is over; `row` is of the `flow` table. `final` false = an interim report (documents only). `document` as for a record. */
  flow(flow: FlowView, row: Row, final: boolean, document?: string): void
  /** A flow that goes on, as it stands; a later row of it takes its place. Live sessions only. */
  openFlow?(flow: FlowView, row: Row): void
  /**
   * Make visible, and safe from a kill, what was given so far. `captures` are the rows that may have changed since the last commit,
   * `run` is the row as of now, `losses` are all rows of `capture_loss` that those captures have by now. Live sessions only.
   */
  commit?(captures: readonly Row[], run: Row | undefined, losses?: readonly Row[]): void
  /** A row of one of the other tables. */
  row(table: string, row: Row): void
  /** Something must be waited for before more is written (a slow pipe); undefined when not. */
  drain(): Promise<void> | undefined
  /** Everything was given: make it durable and visible at its final place. */
  end(): Promise<void>
  /** Drop what was written; leave what was there before. Never throws. */
  abort(): void
}
