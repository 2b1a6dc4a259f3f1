/** The ledger of a flow: its packets read again by the engine of an analysis, with somebody who listens. */
import type { Settings } from '../../config/settings.js'
import type { FlowLedger, LedgerTransaction } from '../../model/flow-ledger.js'
import { framesText } from '../../model/trace.js'
import { Engine } from '../../pipeline/engine.js'
import { Outlet } from '../../pipeline/outlet.js'
import { isHinted } from '../../pipeline/protocol-runtime.js'
import type { AnyProtocol } from '../../protocols/protocol.js'
import type { Row } from '../../schema/fields.js'
import type { TransactionRecord } from '../../sinks/sink.js'
import { WatchingSink } from '../../sinks/watching-sink.js'
import type { RunFacts } from '../run-rows.js'
import { type FoundCapture, type ScanOptions, scan } from '../scan.js'
import type { Selection } from '../selection.js'
import { anomalyOf, type CaseLedger } from './case-ledger.js'
import { FlowWatch } from './flow-watch.js'
import { watchedProtocol } from './watched-protocol.js'

/** Transactions listed that the case does not have: the first ones tell what is different. */
const MAX_STRANGERS = 100

export interface ExplainRequest {
  /** Of the one flow. */
  readonly selection: Selection
  readonly found: readonly FoundCapture[]
  readonly inCase: CaseLedger
  readonly run: RunFacts | undefined
  readonly settings: Settings
  readonly protocols: readonly AnyProtocol[]
  readonly options: ScanOptions
}

export async function explainFlow(request: ExplainRequest): Promise<FlowLedger> {
  const { selection, found, inCase, run, settings, options } = request
  const watch = new FlowWatch()
  const remembers = request.protocols.find(
    ({ name, shared }) => shared && (name === inCase.flow.protocol || name === inCase.flow.upgraded_to),
  )
  const rows = new AgainRows(inCase, remembers?.name)
  const outlet = new Outlet([rows], false, settings.sessionEvents)
  // Captures keep the numbers that they have in the case, so that frames read as the case writes them.
  const captures: string[] = []
  for (const { capture } of found) captures[capture.id - 1] = capture.name
  const engine = new Engine({
    settings,
    protocols: request.protocols.map((protocol) => watchedProtocol(protocol, watch)),
    captures,
    outlet,
    showSecrets: run?.showSecrets ?? false,
    strictChecksums: run?.strictChecksums ?? false,
    strict: false,
    watch,
  })
  await scan(
    found,
    {
      frame(capture, block, i, iface) {
        if (!selection.wants(capture, block, i, iface.linkType)) return true
        const types: number[] = []
        types[block.iface[i]!] = iface.linkType
        engine.frames(capture.id - 1, block, i, i + 1, types)
        return true
      },
      isOver: (capture, frame) => selection.isOver(capture, frame),
      between: () => (outlet.busy ? outlet.settle() : undefined),
    },
    options,
  )
  await outlet.settle()
  engine.finish()
  await outlet.settle()

  const [flow] = selection.flows
  const { log, reader } = watch
  const hints = reader ? engine.protocols.all.filter((runtime) => isHinted(runtime, reader.flow.portA, reader.flow.portB)) : []
  return {
    ...inCase,
    transactions: rows.transactions(),
    source: 'packets',
    packets: { found: flow!.seen, wanted: flow!.limit },
    hints: hints.map(({ name }) => name),
    detection: settings.detection,
    events: log.events(),
    omitted_events: log.left,
    ...reader?.ledgers(),
    first_failure: log.failure,
    anomalies: [...engine.anomalies.rows()].map(anomalyOf),
    differences: rows.differences(),
  }
}

/** Columns of the flow that say how it was decoded. */
const DECODED_AS = ['protocol', 'protocol_by', 'upgraded_to', 'role_by'] as const

/** What comes out, beside what the case has. */
class AgainRows extends WatchingSink {
  readonly target = ''
  private readonly again = new Set<string>()
  private readonly strangers: LedgerTransaction[] = []
  private readonly known: Set<string>
  private emitted = 0
  private flowAgain: Row | undefined

  /** @param remembers name of the flow's protocol, when it keeps state beyond a conversation */
  constructor(
    private readonly inCase: CaseLedger,
    private readonly remembers: string | undefined,
  ) {
    super()
    this.known = new Set(inCase.transactions.map(({ tx }) => tx))
  }

  transaction({ id, schema, tx, flow }: TransactionRecord): void {
    this.emitted++
    if (this.known.has(id)) this.again.add(id)
    else if (this.strangers.length < MAX_STRANGERS)
      this.strangers.push({
        tx: id,
        protocol: schema.name,
        status: tx.status,
        complete: tx.complete,
        capture_id: flow.capture + 1,
        frames: framesText(flow.capture, tx.request, tx.response),
        again: true,
      })
  }

  override flow(_: unknown, row: Row): void {
    this.flowAgain ??= row
  }

  transactions(): LedgerTransaction[] {
    const listed = this.inCase.transactions.map((tx) => ({ ...tx, again: this.again.has(tx.tx) }))
    // With more than are listed nobody knows which ones the others are.
    return this.inCase.omitted_transactions > 0 ? listed : [...listed, ...this.strangers]
  }

  differences(): string[] {
    const { flow, transactions, omitted_transactions } = this.inCase
    const words: string[] = []
    for (const column of DECODED_AS) {
      const now = this.flowAgain?.[column]
      const was = flow[column] ?? undefined
      if (this.flowAgain && now !== was) words.push(`${column} is ${said(now)} when the flow is read alone; the case says ${said(was)}`)
    }
    const wanted = transactions.length + omitted_transactions
    if (this.emitted !== wanted) words.push(`${this.emitted} transactions come out when the flow is read alone; the case has ${wanted}`)
    else if (this.again.size !== transactions.length)
      words.push(`${transactions.length - this.again.size} of the transactions that the case has do not come out again`)
    if (words.length > 0 && this.remembers) words.push(`${this.remembers} keeps things across conversations, and no others were read`)
    return words
  }
}

const said = (value: unknown): string => (value === undefined || value === null ? 'nothing' : String(value))
