/** The summary as people read it on a terminal: 80 columns, no colour needed, every captured word sanitised. */
import { columns, fold } from './columns.js'
import type { Paint } from './paint.js'
import { bytesText, countText, durationText, plural, shareText } from './quantities.js'
import { sanitize } from './sanitize.js'
import type { CaptureReport, Summary } from './summary.js'

/** Captures, talkers and anomalies shown; the case holds all of them. */
const MAX_LINES = 10
const WIDTH = 80

export function summaryText(summary: Summary, next: string | undefined, paint: Paint): string {
  const sections = [
    captureSection(summary, paint),
    protocolSection(summary, paint),
    talkerSection(summary, paint),
    anomalySection(summary, paint),
    coverageSection(summary, paint),
    findingSection(summary, paint),
    warningSection(summary, paint),
    closing(summary, next, paint),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function captureSection(summary: Summary, paint: Paint): string[] {
  const lines: string[] = []
  for (const capture of summary.captures.slice(0, MAX_LINES)) {
    lines.push(`${paint.heading(sanitize(capture.name))}  ${plural(capture.packets, 'packet')}, ${bytesText(capture.bytes)}`)
    if (capture.first !== null && capture.last !== null) lines.push(`  ${spanText(capture)}`)
  }
  if (summary.captures.length > MAX_LINES) lines.push(`and ${plural(summary.captures.length - MAX_LINES, 'more capture')}`)
  if (summary.captures.length > 1) lines.push(`in all  ${plural(summary.packets, 'packet')}, ${bytesText(summary.bytes)}`)
  if (summary.interrupted) lines.push(paint.warn('interrupted: what was read until then is kept'))
  return lines
}

/** 2009-10-05 06:06:07.492 to 06:06:17.116 UTC (9.62 s); the second day only when it is another. */
function spanText({ first, last, span_ns }: CaptureReport): string {
  const clock = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 23)}`
  const [from, to] = [clock(first!), clock(last!)]
  if (first === last) return `${from} UTC`
  const until = from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to
  return `${from} to ${until} UTC${span_ns === null ? '' : ` (${durationText(span_ns)})`}`
}

function protocolSection({ protocols, flows, left_out }: Summary, paint: Paint): string[] {
  const head = `${plural(flows, 'flow')}${left_out > 0 ? `, ${plural(left_out, 'transaction')} left out as configured` : ''}`
  if (protocols.length === 0) return [`${head}, no transactions decoded`]
  const rows = protocols.map((p) => [
    p.name,
    countText(p.transactions),
    countText(p.errors),
    countText(p.unanswered),
    bytesText(p.bytes),
    p.p50_ms === null ? '-' : durationText(p.p50_ms * 1e6),
    p.p95_ms === null ? '-' : durationText(p.p95_ms * 1e6),
  ])
  const [heading, ...body] = columns([['protocol', 'transactions', 'errors', 'unanswered', 'bytes', 'p50', 'p95'], ...rows], '<>>>>>>')
  return [head, '', paint.heading(heading!), ...body]
}

function talkerSection({ talkers }: Summary, paint: Paint): string[] {
  if (talkers.length === 0) return []
  const rows = talkers
    .slice(0, MAX_LINES)
    .map((t) => [bytesText(t.bytes), plural(t.flows, 'flow'), `${sanitize(t.client)} -> ${sanitize(t.server)}`])
  return [paint.heading('top talkers'), ...columns(rows, '>><').map((line) => `  ${line}`)]
}

function anomalySection({ anomalies }: Summary, paint: Paint): string[] {
  if (anomalies.length === 0) return []
  const lines = [paint.heading('anomalies')]
  for (const { code, count, example } of anomalies.slice(0, MAX_LINES)) {
    lines.push(`  ${countText(count)} x ${sanitize(code)}`)
    lines.push(...indented(sanitize(example), paint.dim, 6))
  }
  if (anomalies.length > MAX_LINES) lines.push(`  and ${plural(anomalies.length - MAX_LINES, 'more kind')}`)
  return lines
}

function coverageSection({ coverage }: Summary, paint: Paint): string[] {
  if (coverage.length === 0) return []
  const rows = coverage.map((c) => [
    c.protocol === '-' ? '(unknown)' : c.protocol,
    bytesText(c.decoded_bytes),
    bytesText(c.opaque_bytes),
    bytesText(c.unknown_bytes),
    bytesText(c.lost_bytes),
    bytesText(c.cut_bytes),
    shareText(c.share),
  ])
  const [heading, ...body] = columns([['coverage', 'decoded', 'opaque', 'unknown', 'lost', 'cut', 'share'], ...rows], '<>>>>>>')
  return [paint.heading(heading!), ...body]
}

function findingSection({ findings }: Summary, paint: Paint): string[] {
  if (!findings) return []
  const lines = findings.lists.map(({ name, indicators, findings: found }) => {
    const what = found.length === 0 ? 'none' : found.map((one) => `${countText(one.findings)} ${one.severity}`).join(', ')
    return `  ${what}  (${sanitize(name)}, ${plural(indicators, 'indicator')})`
  })
  return [paint.heading('findings'), ...lines]
}

function warningSection({ warnings }: Summary, paint: Paint): string[] {
  if (warnings.length === 0) return []
  const lines = warnings.slice(0, MAX_LINES).flatMap((warning) => indented(sanitize(warning), paint.warn))
  if (warnings.length > MAX_LINES) lines.push(`  and ${countText(warnings.length - MAX_LINES)} more; --json lists them all`)
  return [paint.heading('incomplete evidence (exit code 4)'), ...lines]
}

function closing({ outputs, show_secrets }: Summary, next: string | undefined, paint: Paint): string[] {
  const lines = outputs.map(({ target }) => `wrote ${sanitize(target)}`)
  if (show_secrets && outputs.length > 0) lines.push(paint.warn('secrets are written unmasked (--show-secrets)'))
  if (next !== undefined) lines.push(`next  ${sanitize(next)}`)
  return lines
}

function indented(text: string, paint: (line: string) => string, by = 2): string[] {
  return fold(text, WIDTH - by).map((line) => paint(' '.repeat(by) + line))
}
