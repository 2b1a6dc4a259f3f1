/** What one `analyze` run found: the data behind the terminal summary and behind `--json`. */
import type { IntelList } from '../model/intel-list.js'

export interface CaptureReport {
  readonly name: string
  readonly path: string
  /** null when the file was not read to its end. */
  readonly sha256: string | null
  readonly inner_sha256: string | null
  readonly size: number
  readonly container: string
  readonly compression: string
  readonly link_types: readonly number[]
  readonly packets: number
  readonly bytes: number
  readonly wire_bytes: number
  /** ISO 8601, UTC, nine digits; null without packets. */
  readonly first: string | null
  readonly last: string | null
  readonly span_ns: number | null
  /** Packets that the capturing side says it dropped; null when it says nothing. */
  readonly dropped: number | null
  /** When they were dropped, as far as it says. */
  readonly losses: readonly LossReport[]
  readonly damage: readonly DamageReport[]
}

/** An interval in which packets were lost. */
export interface LossReport {
  readonly interface: string
  /** kernel, interface, queue or unknown. */
  readonly counter: string
  /** ISO 8601, UTC, nine digits; null where nobody counted before. */
  readonly start: string | null
  readonly end: string
  readonly packets: number
}

export interface DamageReport {
  readonly code: string
  readonly offset: number
  readonly message: string
}

/** An input that gave no packet at all. */
export interface SkippedInput {
  readonly path: string
  readonly reason: string
}

export interface ProtocolReport {
  readonly name: string
  readonly transactions: number
  readonly errors: number
  readonly unanswered: number
  readonly bytes: number
  /** Time from request to response; null without answered transactions. */
  readonly p50_ms: number | null
  readonly p95_ms: number | null
}

export interface TalkerReport {
  readonly client: string
  readonly server: string
  readonly flows: number
  readonly bytes: number
}

export interface AnomalyReport {
  readonly code: string
  readonly count: number
  readonly example: string
}

export interface CoverageReport {
  readonly protocol: string
  readonly flows: number
  readonly decoded_bytes: number
  readonly opaque_bytes: number
  readonly unknown_bytes: number
  readonly lost_bytes: number
  readonly cut_bytes: number
  readonly share: number
}

export interface OutputReport {
  readonly target: string
  /** What was written there: case, ndjson. */
  readonly kind: string
}

/** What lists of indicators point at in the case that was written. */
export interface FindingsReport {
  readonly total: number
  /** Not written: over the cap. */
  readonly beyond: number
  readonly lists: readonly (IntelList & {
    /** By severity, the gravest first. */
    readonly findings: readonly { readonly severity: string; readonly findings: number }[]
  })[]
}

/** The document of `--json`; its keys are part of the product's public face. */
export interface Summary {
  readonly captures: readonly CaptureReport[]
  readonly skipped: readonly SkippedInput[]
  readonly packets: number
  readonly bytes: number
  readonly flows: number
  /** Transactions that the configuration took out: processors, `session_events: false`. */
  readonly left_out: number
  readonly protocols: readonly ProtocolReport[]
  readonly talkers: readonly TalkerReport[]
  readonly anomalies: readonly AnomalyReport[]
  readonly coverage: readonly CoverageReport[]
  /** Only with --intel. */
  readonly findings?: FindingsReport
  readonly outputs: readonly OutputReport[]
  readonly warnings: readonly string[]
  readonly interrupted: boolean
  readonly show_secrets: boolean
}
