/**
 * What a live session tells a monitoring system, in the text format of Prometheus, version 0.0.4: every metric declared once, with
 * its samples as lines. Names end in their unit, counters in `_total`; units are seconds and bytes.
 */

export type MetricType = 'counter' | 'gauge'

export interface Metric {
  readonly type: MetricType
  /** One sentence. */
  readonly help: string
  /** Names of its labels, in order. */
  readonly labels: readonly string[]
}

const counter = (help: string, ...labels: string[]): Metric => ({ type: 'counter', help, labels })
const gauge = (help: string, ...labels: string[]): Metric => ({ type: 'gauge', help, labels })

/** In the order of the page; the documentation is made from it. */
export const metrics = {
  audit_build_info: gauge('Version of the program and of Node.js; always 1.', 'version', 'node'),
  audit_interface_packets_total: counter('Packets taken from the interface.', 'interface'),
  audit_interface_bytes_total: counter('Captured bytes of those packets.', 'interface'),
  audit_interface_dropped_packets_total: counter(
    'Packets lost: kernel (its buffer was full), interface (or its driver), queue (decoding did not keep up, and no ring keeps them).',
    'interface',
    'counter',
  ),
  audit_decoder_lag_seconds: gauge('Age of the newest packet that was decoded, while there are others to decode; else 0.'),
  audit_decoder_lag_bytes: gauge('Captured bytes that are not decoded yet.'),
  audit_decoder_lag_packets: gauge('Packets that are not decoded yet.'),
  audit_transactions_total: counter('Transactions decoded.', 'protocol', 'status'),
  audit_transaction_errors_total: counter('Transactions whose status is not OK.', 'protocol'),
  audit_transactions_unanswered_total: counter('Requests that got no answer.', 'protocol'),
  audit_flows_total: counter('Flows seen.'),
  audit_flows_open: gauge('Flows that are not over.'),
  audit_ring_files: gauge('Files in the ring; absent without a ring.'),
  audit_ring_bytes: gauge('Bytes of those files; absent without a ring.'),
  audit_ring_removed_files_total: counter('Files that went to make room; absent without a ring.'),
  audit_commits_total: counter('Times that what was decoded was made visible in the outputs.'),
  process_resident_memory_bytes: gauge('Memory of this process that is resident.'),
  process_cpu_seconds_total: counter('Processor time of this process, user and system.'),
  process_start_time_seconds: gauge('When this process began, seconds since 1970 UTC.'),
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof metrics

/** Values of one metric: the labels' values in the order of their names, and the number. */
export type Samples = readonly (readonly [labels: readonly string[], value: number])[]

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** The page. A metric without samples is left out. */
export function metricsText(samples: Readonly<Partial<Record<MetricName, Samples>>>): string {
  let text = ''
  for (const [name, metric] of Object.entries(metrics) as [MetricName, Metric][]) {
    const rows = samples[name] ?? []
    if (rows.length === 0) continue
    text += `# HELP ${name} ${escaped(metric.help)}\n# TYPE ${name} ${metric.type}\n`
    for (const [values, value] of rows) {
      const labels = metric.labels.map((label, i) => `${label}="${escaped(values[i] ?? '').replaceAll('"', '\\"')}"`)
      text += `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${numberText(value)}\n`
    }
  }
  return text
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

const numberText = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
