/** Sums over the configurations of a session: each has an engine of its own, the summary is of all. */
import type { RowOf } from '../schema/fields.js'
import type { coverageFields } from '../schema/tables.js'
import type { Engine } from './engine.js'
import { Histogram } from './histogram.js'
import type { Outlet } from './outlet.js'
import { coverageOf } from './run-rows.js'

export interface ProtocolSummary {
  readonly name: string
  readonly transactions: number
  readonly errors: number
  readonly unanswered: number
  readonly bytes: number
  readonly p50Ns: number | undefined
  readonly p95Ns: number | undefined
}

export interface AnomalySummary {
  readonly code: string
  readonly count: number
  readonly example: string
}

type CoverageRow = RowOf<typeof coverageFields>

interface ProtocolTotals {
  transactions: number
  errors: number
  unanswered: number
  bytes: number
  durations: Histogram
}

/** Of the engines that are done; what one that still works has is added when it is asked for. */
export class RunTotals {
  packets = 0
  flows = 0
  transactions = 0
  leftOut = 0
  private readonly done = new Map<string, ProtocolTotals>()
  private readonly codes = new Map<string, { code: string; count: number; example: string }>()
  private readonly covered = new Map<string, CoverageRow>()

  /** An engine that is finished, and where its rows went. */
  add(engine: Engine, outlet: Outlet): void {
    this.packets += engine.packets
    this.flows += engine.flows
    this.transactions += outlet.transactions
    this.leftOut += outlet.leftOut
    for (const runtime of engine.protocols.all) {
      if (runtime.transactions === 0) continue
      const { transactions, errors, unanswered, bytes, durations } = this.with(runtime.name, runtime)
      this.done.set(runtime.name, { transactions, errors, unanswered, bytes, durations })
    }
    for (const one of engine.anomalies.summary()) {
      const known = this.codes.get(one.code)
      if (known) known.count += one.count
      else this.codes.set(one.code, one)
    }
    for (const row of coverageOf(engine)) {
      const known = this.covered.get(row.protocol)
      this.covered.set(row.protocol, known ? sumOf(known, row) : row)
    }
  }

  /** @param engine that works now, or undefined when all are done */
  protocols(engine?: Engine): ProtocolSummary[] {
    const running = new Map(engine?.protocols.all.filter(({ transactions }) => transactions > 0).map((one) => [one.name, one]))
    const names = [...new Set([...(engine?.protocols.all.map(({ name }) => name) ?? []), ...this.done.keys()])]
    return names.flatMap((name) => {
      const runtime = running.get(name)
      const sum = runtime ? this.with(name, runtime) : this.done.get(name)
      if (!sum) return []
      const { durations, ...counts } = sum
      return [{ name, ...counts, p50Ns: durations.quantile(0.5), p95Ns: durations.quantile(0.95) }]
    })
  }

  /** Counts by code, most frequent first. */
  anomalies(): AnomalySummary[] {
    return [...this.codes.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
  }

  coverage(): CoverageRow[] {
    return [...this.covered.values()]
  }

  private with(name: string, { transactions, errors, unanswered, bytes, durations }: ProtocolTotals): ProtocolTotals {
    const known = this.done.get(name)
    if (!known) return { transactions, errors, unanswered, bytes, durations }
    const all = new Histogram()
    all.addAll(known.durations)
    all.addAll(durations)
    return {
      transactions: known.transactions + transactions,
      errors: known.errors + errors,
      unanswered: known.unanswered + unanswered,
      bytes: known.bytes + bytes,
      durations: all,
    }
  }
}

function sumOf(a: CoverageRow, b: CoverageRow): CoverageRow {
  const sum = {
    protocol: a.protocol,
    flows: Number(a.flows) + Number(b.flows),
    decoded_bytes: Number(a.decoded_bytes) + Number(b.decoded_bytes),
    opaque_bytes: Number(a.opaque_bytes) + Number(b.opaque_bytes),
    unknown_bytes: Number(a.unknown_bytes) + Number(b.unknown_bytes),
    lost_bytes: Number(a.lost_bytes) + Number(b.lost_bytes),
    cut_bytes: Number(a.cut_bytes) + Number(b.cut_bytes),
  }
  const all = sum.decoded_bytes + sum.opaque_bytes + sum.unknown_bytes + sum.lost_bytes + sum.cut_bytes
  return { ...sum, share: all === 0 ? 1 : sum.decoded_bytes / all }
}
