/** Collects oddities: alike ones (same code, same flow) fold into one row with a count. */
import type { Row } from '../schema/fields.js'
import { MAX_ANOMALY_ROWS } from './limits.js'

export interface Where {
  readonly capture?: number | undefined
  readonly flow?: number | undefined
  readonly frame?: number | undefined
  readonly offset?: number | undefined
}

interface Entry {
  readonly code: string
  readonly where: Where
  readonly message: string
  count: number
}

/** What the engine itself reports; protocols and readers declare their own. */
export const engineAnomalies: Readonly<Record<string, string>> = {
  'decode.not-ip': 'Frames that are not IP (ARP, LLDP, spanning tree); they belong to no flow.',
  'decode.short': 'Frames cut inside a header, or shorter than their headers say.',
  'decode.malformed': 'Headers whose lengths contradict each other.',
  'decode.link-type': 'Frames of a link type that has no decoder.',
  'decode.fragment': 'IP fragments after the first; they are not joined yet and belong to no flow.',
  'decode.checksum': 'Packets left out because their checksum is wrong (--strict-checksums).',
  'flow.evicted': 'Flows closed early because too many were open at once.',
  'geoip.record': 'Flows whose addresses have a damaged record in a GeoIP database; what it says of them is left out.',
  'tcp.gap': 'Bytes of a connection that were not captured.',
  'tcp.window': 'Segments too far from the connection’s window to belong to it.',
  'stream.held': 'An unfinished message grew over the cap; its side of the connection was given up.',
  'stream.memory': 'The cap over all unfinished messages was reached; this side of the connection was given up.',
  'stream.malformed': 'A side of a connection stopped making sense to its parser.',
  'internal.parser-crash': 'A parser failed: a bug in this program, or in a plugin. The conversation was given up, the rest went on.',
}

export class AnomalyLog {
  private readonly entries = new Map<string, Entry>()

  add(code: string, message: string, where: Where = {}, count = 1): void {
    let key = `${code} ${where.capture ?? ''} ${where.flow ?? ''}`
    let known = this.entries.get(key)
    if (!known && this.entries.size >= MAX_ANOMALY_ROWS) {
      key = code
      known = this.entries.get(key)
    }
    if (known) known.count += count
    else this.entries.set(key, { code, message, where: key === code ? {} : where, count })
  }

  get total(): number {
    return this.entries.size
  }

  /** Counts by code, most frequent first. */
  summary(): { code: string; count: number; example: string }[] {
    const byCode = new Map<string, { code: string; count: number; example: string }>()
    for (const { code, count, message } of this.entries.values()) {
      const known = byCode.get(code)
      if (known) known.count += count
      else byCode.set(code, { code, count, example: message })
    }
    return [...byCode.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
  }

  /** Rows of the `anomaly` table, in the order in which they were first seen. */
  *rows(): Generator<Row> {
    let id = 0
    for (const { code, message, where, count } of this.entries.values()) {
      id++
      yield {
        id,
        code,
        capture_id: where.capture === undefined ? undefined : where.capture + 1,
        flow_id: where.flow,
        frame: where.frame,
        offset: where.offset,
        message,
        count,
      }
    }
  }
}
