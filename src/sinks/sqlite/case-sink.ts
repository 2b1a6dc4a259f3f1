/**
 * Writes a case: one SQLite file with a table for each protocol, views that join the flow in, and the evidence beside it.
 *
 * Everything a run writes is one transaction. Rows of a new case go straight to their table in the order of time; what comes
 * late, and everything for a case that holds other captures, waits on the stage until the end (merge.ts).
 */
import type { Database } from 'better-sqlite3'
import type { FlowView } from '../../model/flow-view.js'
import { UserError } from '../../model/user-error.js'
import { type CaseState, caseState } from '../../schema/case-check.js'
import type { Row, TableSchema } from '../../schema/fields.js'
import { columnsOf, quoted, type SqlColumn, transactionTable } from '../../schema/sql.js'
import type { RunSchemas, SealSigner, Sink, TransactionRecord, TransactionSchema } from '../sink.js'
import { BatchedInsert } from './batched-insert.js'
import {
  asUserError,
  checkWritable,
  createPrivately,
  foldLog,
  openDatabase,
  removeCase,
  settle,
  syncFile,
  syncFolder,
} from './case-file.js'
import { cell } from './cells.js'
import { completeLayout, createLayout, ensureTransactionTable, insertColumns } from './layout.js'
import { type MergeRequest, TransactionMerge } from './merge.js'
import { followFlows, followTransactions, mergeAnomalies, mergeFlows, moveCaptures } from './merge-tables.js'
import { dropUnusedRuns, makeRoom } from './replace.js'
import type { Former } from './seal/manifest.js'
import { breakSeal, formerOf, writeSeal } from './seal/seal.js'
import { LATE, PROVISIONAL, Stage } from './stage.js'
import { TransactionWriter } from './transaction-writer.js'
import { type HeldRow, OrderWindow } from './window.js'

/** Pages in memory, KiB: holds the tables' right edges and a run of a few hundred thousand rows without writing twice. */
const CACHE_KIB = 65_536
/** Free pages, as a share of the file, from which it is packed anew; and the number below which nobody would notice. */
const PACK_SHARE = 0.25
const PACK_PAGES = 256

/**
 * Rows written after one that came late before it is put in its place, and how far back that may be: what follows it is written
 * anew, so that the share of rows written twice stays small. What came later still waits for the end.
 */
const PLACED_AFTER = 1024
const PLACED_BACK = 8 * PLACED_AFTER

interface Bound {
  readonly columns: readonly SqlColumn[]
  readonly insert: BatchedInsert
}

export interface CaseOptions {
  /** Milliseconds to wait for another program that has the case locked. */
  readonly timeout?: number
  /** Rows are to be seen while the run goes on: each `commit` shows what was given; order is made at the end. Only for a new case. */
  readonly live?: boolean
  readonly sign?: SealSigner | undefined
  /** Called when all rows are in place, inside the transaction that wrote them: writes rows that follow from them. */
  readonly derive?: ((db: Database, runId: number) => void) | undefined
}

export function openCase(path: string, options: CaseOptions = {}): Sink {
  const state = caseState(path)
  checkWritable(path)
  if (options.live && state === 'case')
    throw new UserError(`${path} is a case already; a live session writes a new one`, ['choose another file with -o'])
  return new CaseSink(path, state, options)
}

class CaseSink implements Sink {
  readonly target: string
  private db: Database | undefined
  private stage: Stage | undefined
  private schemas: RunSchemas = { transactions: [], tables: [], captures: [] }
  /** The case holds no capture yet: rows may take their final place at once. */
  private fresh = true
  private created = false
  private readonly writers = new Map<TransactionSchema, TransactionWriter>()
  private readonly bound = new Map<string, Bound>()
  private readonly kept = new Map<string, Row[]>()
  private failure: unknown
  private nextId = 1
  private nextStaged = PROVISIONAL + 1
  private nextLate = LATE
  private nextAnomaly = 1
  /** Where the case stood when the first of the waiting late rows came. */
  private lateSince: number | undefined
  private lateWaits = false
  /** Live: a row was written behind later ones. */
  private disordered = false
  private readonly timeout: number
  private readonly live: boolean
  private readonly sign: SealSigner | undefined
  private former: Former = { state: 'new' }
  private readonly derive: CaseOptions['derive']
  /** Live: there is something to keep. */
  private committed = false
  private readonly window = new OrderWindow((row, late) => this.write(row, late))

  constructor(
    path: string,
    private readonly state: CaseState,
    { timeout = 0, live = false, sign, derive }: CaseOptions,
  ) {
    this.target = path
    this.timeout = timeout
    this.live = live
    this.sign = sign
    this.derive = derive
  }

  begin(schemas: RunSchemas): void {
    this.guard(() => {
      this.schemas = schemas
      if (this.state === 'absent') {
        createPrivately(this.target)
        this.created = true
      }
      const db = openDatabase(this.target, { timeout: this.timeout })
      this.db = db
      const isNew = this.state !== 'case'
      if (isNew) createLayout(db, schemas)
      else {
        this.former = formerOf(db, this.target)
        db.pragma('journal_mode = WAL')
      }
      // A new case is synced once, when it is whole: a power cut in between takes a run that has to be repeated anyway.
      if (!isNew || this.live) db.pragma('synchronous = NORMAL')
      db.pragma(`cache_size = -${CACHE_KIB}`)
      this.stage = new Stage(db, this.target)
      db.exec('BEGIN IMMEDIATE')
      if (!isNew) completeLayout(db, schemas)
      this.fresh =
        isNew ||
        (db.prepare('SELECT count(*) FROM main.capture').pluck().get() === 0 &&
          db.prepare('SELECT count(*) FROM main.flow').pluck().get() === 0)
    })
  }

  transaction(record: TransactionRecord): void {
    // Not through guard: a closure for each row is what the rest of this path avoids.
    if (this.failure !== undefined) throw this.failure
    try {
      const { request, response } = record.tx
      const at = (request ?? response)?.first
      const writer = this.writers.get(record.schema) ?? this.writerOf(record.schema)
      this.window.add({
        sec: at?.sec ?? 0,
        nsec: at?.nsec ?? 0,
        tx: record.id,
        bytes: (request?.bytes ?? 0) + (response?.bytes ?? 0),
        writer,
        cells: writer.cells(record),
      })
    } catch (error) {
      this.failure = asUserError(error, this.target, this.committed)
      throw this.failure
    }
  }

  private writerOf(schema: TransactionSchema): TransactionWriter {
    ensureTransactionTable(this.opened, schema)
    const writer = new TransactionWriter(schema, this.fresh ? 0 : PROVISIONAL)
    this.writers.set(schema, writer)
    return writer
  }

  private write({ writer, cells }: HeldRow, late: boolean): void {
    if (late && this.live) this.disordered = true
    if ((late && !this.live) || !this.fresh) {
      if (late) this.lateSince ??= this.nextId
      writer.staged ??= new BatchedInsert(this.opened, this.staging.transactionTable(writer.schema), writer.columns)
      writer.write(writer.staged, cells, late ? this.nextLate++ : this.nextStaged++)
    } else {
      writer.direct ??= new BatchedInsert(this.opened, `main.${quoted(transactionTable(writer.schema.name))}`, writer.columns)
      writer.write(writer.direct, cells, this.nextId++)
      if (this.lateSince !== undefined && this.nextId - this.lateSince >= PLACED_AFTER) this.placeLate()
    }
  }

  private placeLate(): void {
    this.lateSince = undefined
    if (this.lateWaits) return
    this.flushInserts()
    const placed = this.mergeOf({}).placeRecent(this.nextId - PLACED_BACK)
    this.nextId += placed
    // One that must wait would stop all others, and takes them along at the end.
    this.lateWaits = placed === 0
  }

  private mergeOf(request: Partial<MergeRequest>): TransactionMerge {
    return new TransactionMerge(this.opened, this.staging, {
      schemas: this.schemas.transactions,
      fresh: this.fresh,
      firstGap: undefined,
      flowsMoved: false,
      capturesMoved: false,
      reorder: false,
      ...request,
    })
  }

  flow(flow: FlowView, row: Row, final: boolean): void {
    if (!final) return
    const id = this.fresh ? flow.ordinal : PROVISIONAL + flow.ordinal
    this.insert('flow', { ...row, id }, this.fresh ? 'main' : 'stage')
  }

  openFlow(flow: FlowView, row: Row): void {
    if (this.live) this.insert('flow', { ...row, id: flow.ordinal })
  }

  commit(captures: readonly Row[], runs: readonly Row[], losses: readonly Row[]): void {
    if (!this.live) return
    this.guard(() => {
      const db = this.opened
      this.window.flush()
      for (const row of captures) this.insert('capture', row)
      for (const row of runs) this.insert('run', row)
      db.exec(`DELETE FROM main.capture_loss WHERE capture_id IN (${captures.map((row) => Number(row.id)).join(', ')})`)
      for (const row of losses) this.insert('capture_loss', row)
      this.flushInserts()
      db.exec('COMMIT; BEGIN IMMEDIATE')
      this.committed = true
    })
  }

  row(table: string, row: Row): void {
    if (table === 'anomaly') {
      const flow = row.flow_id as number | undefined
      this.insert(
        table,
        { ...row, id: this.nextAnomaly++, flow_id: flow === undefined || flow === null || this.fresh ? flow : PROVISIONAL + flow },
        'stage',
      )
      return
    }
    // Told while the session runs, and tied to nothing that may be renumbered.
    if (table === 'flow_process') {
      this.insert(table, row)
      return
    }
    const rows = this.kept.get(table)
    if (rows) rows.push(row)
    else this.kept.set(table, [row])
  }

  /** Inserts a row of one of the case's own tables, by name. */
  private insert(table: string, row: Row, part: 'main' | 'stage' = 'main'): void {
    const key = `${part}.${table}`
    this.guard(() => {
      let bound = this.bound.get(key)
      if (!bound) {
        const schema = this.tableSchema(table)
        const columns = columnsOf(schema.fields)
        const target = part === 'stage' ? this.staging.table(schema) : `main.${quoted(table)}`
        const names = columns.map((c) => c.name)
        bound = { columns, insert: new BatchedInsert(this.opened, target, names, this.live ? 'INSERT OR REPLACE' : 'INSERT') }
        this.bound.set(key, bound)
      }
      bound.insert.run(bound.columns.map(({ name, kind }) => cell(kind, row[name])))
    })
  }

  private flushInserts(): void {
    for (const writer of this.writers.values()) writer.flush()
    for (const { insert } of this.bound.values()) insert.flush()
  }

  drain(): undefined {
    return undefined
  }

  async end(): Promise<void> {
    this.guard(() => {
      const db = this.opened
      this.window.flush()
      this.flushInserts()
      // What commits wrote of these was as of then.
      if (this.live) db.exec('DELETE FROM main.capture; DELETE FROM main.capture_loss; DELETE FROM main.run')
      breakSeal(db)
      const runId = this.settleRows(db)
      this.flushInserts()
      if (this.derive) {
        this.derive(db, runId)
        dropUnusedRuns(db)
      }
      db.exec('COMMIT')
      this.pack(db)
      db.exec('DETACH stage')
      writeSeal(db, this.target, { folded: foldLog(db), former: this.former, sign: this.sign })
      settle(db)
      this.db = undefined
      this.staging.remove()
      if (this.state !== 'case') syncFile(this.target)
      syncFolder(this.target)
    })
  }

  private settleRows(db: Database): number {
    // A live session whose configuration was read again has several runs, by their ordinals in it; where none is named, it is the first.
    const captures = [...(this.kept.get('capture') ?? [])].sort((a, b) => Number(a.id) - Number(b.id))
    const { captureIds, runId, firstGap } = makeRoom(db, captures)
    const runIn = (ordinal: unknown): number => runId + Number(ordinal ?? 1) - 1
    const capturesMoved = captureIds.some((id, i) => id !== i + 1)
    if (capturesMoved) moveCaptures(db, this.staging, captureIds)
    const flow = this.tableSchema('flow')
    const flowsMoved = mergeFlows(db, this.staging, flow, insertColumns(flow))
    if (flowsMoved) {
      followFlows(db, 'main.anomaly')
      if (this.staging.has('anomaly')) followFlows(db, 'stage.anomaly')
      followFlows(db, 'main.finding')
    }
    this.mergeOf({ firstGap, flowsMoved, capturesMoved, reorder: this.disordered }).run()
    followTransactions(db)
    mergeAnomalies(db, this.staging, this.tableSchema('anomaly'), runId)
    captures.forEach((row, i) => {
      this.insert('capture', { ...row, id: captureIds[i], run_id: runIn(row.run_id) })
    })
    for (const row of this.kept.get('capture_loss') ?? [])
      this.insert('capture_loss', { ...row, capture_id: captureIds[Number(row.capture_id) - 1] })
    for (const row of this.kept.get('run') ?? []) this.insert('run', { ...row, id: runIn(row.id) })
    for (const row of this.kept.get('coverage') ?? []) this.insert('coverage', { ...row, run_id: runIn(row.run_id) })
    return runId
  }

  /** Rows that were replaced leave holes; a file with many is written anew. */
  private pack(db: Database): void {
    const free = db.pragma('main.freelist_count', { simple: true }) as number
    const all = db.pragma('main.page_count', { simple: true }) as number
    if (free > PACK_PAGES && free > all * PACK_SHARE) db.exec('VACUUM main')
  }

  abort(): void {
    try {
      if (this.db?.inTransaction) this.db.exec('ROLLBACK')
    } catch {
      // The connection is lost; closing it rolls back as well.
    }
    try {
      if (this.db) {
        if (!this.created || this.committed) settle(this.db)
        else this.db.close()
      }
    } catch {
      // What is left of the log is rolled back by whoever opens the case next.
    }
    this.db = undefined
    try {
      this.stage?.remove()
      if (this.created && !this.committed) removeCase(this.target)
    } catch {
      // A file that cannot be removed holds an empty case.
    }
  }

  private tableSchema(name: string): TableSchema {
    const schema = this.schemas.tables.find((table) => table.name === name)
    if (!schema) throw new Error(`no table ${name} in this run`)
    return schema
  }

  private get opened(): Database {
    if (!this.db) throw new Error(`${this.target}: the case is not open`)
    return this.db
  }

  private get staging(): Stage {
    if (!this.stage) throw new Error(`${this.target}: the case is not open`)
    return this.stage
  }

  /** A failure is kept and said again: a case that missed a row must not be committed, even if somebody caught the first one. */
  private guard(work: () => void): void {
    if (this.failure !== undefined) throw this.failure
    try {
      work()
    } catch (error) {
      this.failure = error instanceof UserError ? error : asUserError(error, this.target, this.committed)
      throw this.failure
    }
  }
}
