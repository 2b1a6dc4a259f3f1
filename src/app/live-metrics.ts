/** Gathers what a session's metrics page says: from the session's own view once a second, and from each transaction as it is decoded. */
import type { MetricName, Samples } from '../report/metrics-text.js'
import { metricsText } from '../report/metrics-text.js'
import type { TransactionRecord } from '../sinks/sink.js'
import { WatchingSink } from '../sinks/watching-sink.js'
import type { LiveView } from './live.js'

export class LiveMetrics extends WatchingSink {
  readonly target = 'metrics'
  /** By protocol, then status: both are words of this program, so there are few. */
  private readonly transactions = new Map<string, Map<string, number>>()
  private view: LiveView | undefined
  private commits = 0

  constructor(private readonly version: string) {
    super()
  }

  update(view: LiveView): void {
    this.view = view
    this.commits++
  }

  transaction({ schema, tx }: TransactionRecord): void {
    let byStatus = this.transactions.get(schema.name)
    if (!byStatus) {
      byStatus = new Map()
      this.transactions.set(schema.name, byStatus)
    }
    byStatus.set(tx.status, (byStatus.get(tx.status) ?? 0) + 1)
  }

  /** The page as of now. */
  text(): string {
    const { user, system } = process.cpuUsage()
    return metricsText({
      audit_build_info: [[[this.version, process.version], 1]],
      ...(this.view ? this.session(this.view) : {}),
      audit_transactions_total: [...this.transactions].flatMap(([protocol, byStatus]) =>
        [...byStatus].map(([status, count]) => [[protocol, status], count] as const),
      ),
      audit_commits_total: single(this.commits),
      process_resident_memory_bytes: single(process.memoryUsage.rss()),
      process_cpu_seconds_total: single((user + system) / 1e6),
      process_start_time_seconds: single(STARTED),
    })
  }

  private session({ devices, captured, packets, bytes, lagMs, protocols, flows, openFlows, ring }: LiveView): PartialSamples {
    return {
      audit_interface_packets_total: devices.map(({ name, taken }) => [[name], taken]),
      audit_interface_bytes_total: devices.map(({ name, takenBytes }) => [[name], takenBytes]),
      audit_interface_dropped_packets_total: devices.flatMap(({ name, dropped, interfaceDropped, left }) => [
        [[name, 'kernel'], dropped] as const,
        [[name, 'interface'], interfaceDropped] as const,
        [[name, 'queue'], left] as const,
      ]),
      audit_decoder_lag_seconds: single(lagMs / 1000),
      audit_decoder_lag_bytes: single(Math.max(0, captured.bytes - bytes)),
      audit_decoder_lag_packets: single(Math.max(0, captured.packets - packets)),
      audit_transaction_errors_total: protocols.map(({ name, errors }) => [[name], errors]),
      audit_transactions_unanswered_total: protocols.map(({ name, unanswered }) => [[name], unanswered]),
      audit_flows_total: single(flows),
      audit_flows_open: single(openFlows),
      ...(ring
        ? {
            audit_ring_files: single(ring.files),
            audit_ring_bytes: single(ring.bytes),
            audit_ring_removed_files_total: single(ring.removed),
          }
        : {}),
    }
  }
}

type PartialSamples = Partial<Record<MetricName, Samples>>

const single = (value: number): Samples => [[[], value]]

/** Whole milliseconds are exact enough. */
const STARTED = Math.round(performance.timeOrigin) / 1000
