/**
 * What a configuration asks to be done to documents before they are written: `fields`, `name`, processors. A transaction's
 * columns follow its document, so that what a processor takes away is in no sink.
 */
import type { ProtocolSettings, Settings } from '../config/settings.js'
import type { FlowView } from '../model/flow-view.js'
import type { Transaction } from '../model/transaction.js'
import { type Document, merge, put, remove, valueAt } from '../processors/paths.js'
import type { Processor } from '../processors/processor.js'
import { compileProcessors, type Step } from '../processors/run.js'
import { pathsOf } from '../schema/document.js'
import type { Row, TableSchema } from '../schema/fields.js'
import { jsonText } from '../schema/json-text.js'
import { FlowDocument } from '../sinks/ndjson/flow-document.js'
import { TransactionDocument } from '../sinks/ndjson/transaction-document.js'
import type { TransactionRecord, TransactionSchema } from '../sinks/sink.js'

/** Members of a transaction that stand in a document under another name. Times, addresses, status and ids stay in the case. */
const MEMBERS = {
  user: 'user.name',
  method: 'method',
  resource: 'resource',
  query: 'query',
  params: 'params',
  error: 'event.reason',
  notes: 'error.message',
  request_text: 'request',
  response_text: 'response',
} as const satisfies Partial<Record<keyof Transaction<unknown>, string>>

/** Fields that a configuration adds to each document of one kind. */
function additionsOf(settings: Settings, own?: Pick<ProtocolSettings, 'fields' | 'fieldsUnderRoot'>): Document | undefined {
  const out: Document = {}
  const add = (fields: Document, underRoot: boolean) => {
    if (Object.keys(fields).length > 0) merge(out, underRoot ? fields : { fields })
  }
  add(settings.fields, settings.fieldsUnderRoot)
  if (own) add(own.fields, own.fieldsUnderRoot)
  if (settings.name !== undefined) merge(out, { agent: { name: settings.name }, host: { name: settings.name } })
  return Object.keys(out).length === 0 ? undefined : out
}

/** A protocol's own processors come first, then those for all, as in Beats. */
const stepsOf = (own: readonly Processor[], all: readonly Processor[]): Step | undefined =>
  own.length + all.length === 0 ? undefined : compileProcessors([...own, ...all])

export class TransactionProcessing {
  private readonly shape: TransactionDocument
  private readonly columns: readonly { name: string; paths: readonly string[] }[]
  /** Columns without a document field; processors know them as `<protocol>.<column>`, so that what is hidden is hidden there too. */
  private readonly caseColumns: readonly { name: string; path: string }[]

  private constructor(
    schema: TransactionSchema,
    captures: readonly string[],
    private readonly additions: Document | undefined,
    private readonly steps: Step | undefined,
  ) {
    this.shape = new TransactionDocument(schema, captures)
    const all = Object.entries(schema.fields).map(([name, field]) => ({ name, field, paths: pathsOf(schema.name, name, field) }))
    this.columns = all.filter(({ field }) => field.only !== 'case')
    this.caseColumns = all.filter(({ field }) => field.only === 'case').map(({ name }) => ({ name, path: `${schema.name}.${name}` }))
  }

  /** Undefined when the settings ask for nothing. */
  static of(
    schema: TransactionSchema,
    own: ProtocolSettings,
    settings: Settings,
    captures: readonly string[],
  ): TransactionProcessing | undefined {
    const additions = additionsOf(settings, own)
    const steps = stepsOf(own.processors, settings.processors)
    return additions || steps ? new TransactionProcessing(schema, captures, additions, steps) : undefined
  }

  /** The record as it is to be written, or null when it is dropped. */
  apply(record: TransactionRecord): TransactionRecord | null {
    const text = this.shape.text(record)
    const document = parse(text)
    if (this.additions) merge(document, this.additions)
    if (!this.steps) return { ...record, document: write(document) }
    const before = parse(text)
    const lent = this.caseColumns.filter(({ name, path }) => record.tx.row[name] !== undefined && valueAt(document, path) === undefined)
    for (const { name, path } of lent) put(document, path, record.tx.row[name])
    if (!this.steps(document)) return null
    const tx = this.reduced(record.tx, before, document)
    const row = tx.row as Record<string, unknown>
    for (const { name, path } of lent) {
      if (valueAt(document, path) === undefined) row[name] = undefined
      remove(document, path)
    }
    return { ...record, tx, document: write(document) }
  }

  /** The transaction without what its document has lost, and with what changed there. */
  private reduced(tx: Transaction<Row>, before: Document, after: Document): Transaction<Row> {
    const out: Record<string, unknown> = { ...tx }
    for (const [member, path] of Object.entries(MEMBERS))
      if (out[member] !== undefined && valueAt(before, path) !== undefined && valueAt(after, path) === undefined) out[member] = undefined
    const row: Record<string, unknown> = { ...tx.row }
    for (const { name, paths } of this.columns) {
      if (row[name] === undefined || row[name] === null) continue
      const was = paths.map((path) => valueAt(before, path))
      const is = paths.map((path) => valueAt(after, path))
      // A column that stands in several places is gone when it is gone from one of them.
      if (was.some((value, i) => value !== undefined && is[i] === undefined)) row[name] = undefined
      else if (typeof row[name] === 'object' && jsonText(was[0]) !== jsonText(is[0])) row[name] = is[0]
    }
    out.row = row
    return out as unknown as Transaction<Row>
  }
}

export class FlowProcessing {
  private readonly shape: FlowDocument

  private constructor(
    schema: TableSchema,
    captures: readonly string[],
    private readonly additions: Document | undefined,
    private readonly steps: Step | undefined,
  ) {
    this.shape = new FlowDocument(schema, captures)
  }

  static of(schema: TableSchema, settings: Settings, captures: readonly string[]): FlowProcessing | undefined {
    const additions = additionsOf(settings)
    const steps = stepsOf(settings.flows.processors, settings.processors)
    return additions || steps ? new FlowProcessing(schema, captures, additions, steps) : undefined
  }

  /** The document of a flow, or null when it is dropped. */
  text(flow: FlowView, row: Row, final: boolean): string | null {
    const document = parse(this.shape.text(flow, row, final))
    if (this.additions) merge(document, this.additions)
    return this.steps && !this.steps(document) ? null : write(document)
  }
}

/** Whole numbers that a JavaScript number does not hold are carried as bigint: `JSON.parse` alone would round them. */
function parse(text: string): Document {
  const guarded = LONG.test(text) ? text.replace(STRING_OR_LONG, (token) => (token[0] === '"' ? token : `"${LONG_MARK}${token}"`)) : text
  return JSON.parse(guarded, guarded === text ? undefined : revive) as Document
}
const LONG = /\d{16}/
const STRING_OR_LONG = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g
const LONG_MARK = '\\u0000long:'
const revive = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && /^\u0000long:-?\d+$/.test(value) ? BigInt(value.slice(6)) : value
const write = (document: Document): string => jsonText(document)
