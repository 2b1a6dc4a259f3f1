/** From the pipeline's result to the summary: plain data in the words and units of the public document. */
import type { CaptureInfo } from '../capture/source.js'
import { nanosecondsBetween, toIso } from '../model/instant.js'
import type { AnalyzeResult } from '../pipeline/analyze.js'
import type { CaptureSummary } from '../pipeline/run-rows.js'
import { plural } from '../report/quantities.js'
import type { CaptureReport, LossReport, OutputReport, SkippedInput, Summary } from '../report/summary.js'

export interface SummaryContext {
  readonly skipped: readonly SkippedInput[]
  readonly outputs: readonly OutputReport[]
  readonly interrupted: boolean
  readonly showSecrets: boolean
}

export function summarize(result: AnalyzeResult, { skipped, outputs, interrupted, showSecrets }: SummaryContext): Summary {
  const unread = result.captures.filter(({ info }) => info.packets === 0 && info.damage.length > 0)
  const captures = result.captures.filter((capture) => !unread.includes(capture)).map(captureReport)
  const allSkipped = [...skipped, ...unread.map(({ info }) => ({ path: info.path, reason: info.damage[0]!.message }))]
  const summary = {
    captures,
    skipped: allSkipped,
    packets: result.packets,
    bytes: result.bytes,
    flows: result.flows,
    left_out: result.leftOut,
    protocols: result.protocols.map(({ p50Ns, p95Ns, ...rest }) => ({ ...rest, p50_ms: milliseconds(p50Ns), p95_ms: milliseconds(p95Ns) })),
    talkers: result.talkers.map(({ client, server, flows, bytes }) => ({ client, server, flows, bytes })),
    anomalies: result.anomalies,
    coverage: result.coverage.map((row) => ({
      protocol: row.protocol,
      flows: Number(row.flows),
      decoded_bytes: Number(row.decoded_bytes),
      opaque_bytes: Number(row.opaque_bytes),
      unknown_bytes: Number(row.unknown_bytes),
      lost_bytes: Number(row.lost_bytes),
      cut_bytes: Number(row.cut_bytes),
      share: row.share,
    })),
    outputs,
    interrupted,
    show_secrets: showSecrets,
  }
  return { ...summary, warnings: warningsOf(summary) }
}

function captureReport({ info, first, last }: CaptureSummary): CaptureReport {
  return {
    name: info.name,
    path: info.path,
    sha256: info.sha256 ?? null,
    inner_sha256: info.innerSha256 ?? null,
    size: info.size,
    container: info.container,
    compression: info.compression,
    link_types: [...new Set(info.interfaces.map(({ linkType }) => linkType))],
    packets: info.packets,
    bytes: info.bytes,
    wire_bytes: info.wireBytes,
    first: first ? toIso(first) : null,
    last: last ? toIso(last) : null,
    span_ns: first && last ? nanosecondsBetween(first, last) : null,
    dropped: droppedOf(info),
    losses: info.losses.map(({ iface, counter, start, end, packets: lost }) => ({
      interface: info.interfaces[iface]?.name ?? String(iface),
      counter,
      start: start ? toIso(start) : null,
      end: toIso(end),
      packets: lost,
    })),
    damage: info.damage.map(({ code, offset, message }) => ({ code, offset, message })),
  }
}

function droppedOf(info: CaptureInfo): number | null {
  const known = info.interfaces.flatMap(({ dropped }) => (dropped === undefined ? [] : [dropped]))
  return known.length === 0 ? null : known.reduce((sum, dropped) => sum + dropped, 0)
}

const milliseconds = (ns: number | undefined): number | null => (ns === undefined ? null : ns / 1e6)

/** `, between 2015-08-27T08:00:55.000000000Z and ...`, as far as the capture says when. */
function spanText(losses: readonly LossReport[]): string {
  const [first] = losses
  const last = losses.at(-1)
  if (!first || !last) return ''
  return first.start === null ? `, until ${last.end}` : `, between ${first.start} and ${last.end}`
}

/** Why the exit code is 4: one sentence for each kind of thing that is missing from the evidence. */
export function warningsOf(summary: Omit<Summary, 'warnings'>): string[] {
  const warnings = summary.skipped.map(({ path, reason }) => `${path} ${reason}`)
  for (const { path, damage, dropped, losses } of summary.captures) {
    if (damage.length > 0) {
      const more = damage.length > 1 ? `, and ${plural(damage.length - 1, 'more damaged place')}` : ''
      warnings.push(`${path} ${damage[0]!.message} (at byte ${damage[0]!.offset})${more}`)
    }
    if (dropped) warnings.push(`${path} lacks ${plural(dropped, 'packet')} dropped while capturing${spanText(losses)}`)
  }
  const lost = summary.coverage.reduce((sum, row) => sum + row.lost_bytes, 0)
  if (lost > 0) warnings.push(`${plural(lost, 'byte')} of payload were never captured`)
  const cut = summary.coverage.reduce((sum, row) => sum + row.cut_bytes, 0)
  if (cut > 0) warnings.push(`${plural(cut, 'byte')} of payload were cut off by the snaplen`)
  for (const { code, count } of summary.anomalies) {
    if (code === 'decode.link-type') warnings.push(`${plural(count, 'frame')} of a link type that has no decoder`)
    if (code === 'decode.short') warnings.push(`${plural(count, 'frame')} cut inside a header`)
  }
  return warnings
}
