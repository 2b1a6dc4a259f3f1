/** What a live session looks like while it runs: a screen for a terminal, a line for a log. Captured words are sanitised. */
import { columns } from './columns.js'
import type { Paint } from './paint.js'
import { bytesText, countText, durationText, plural } from './quantities.js'
import { sanitize } from './sanitize.js'

export interface LiveSight {
  readonly title: string
  readonly elapsedMs: number
  /** Since the session began. */
  readonly packets: number
  readonly bytes: number
  readonly transactions: number
  readonly errors: number
  /** Undefined: nobody can tell yet. */
  readonly dropped: number | undefined
  /** Where packets were lost since the last look, newest last. */
  readonly losses: readonly LiveLoss[]
  /** Packets taken off the wire and not decoded yet. */
  readonly behind: number
  readonly packetRate: number
  readonly byteRate: number
  readonly protocols: readonly {
    readonly name: string
    readonly transactions: number
    readonly errors: number
    readonly unanswered: number
    readonly p50Ns: number | undefined
    readonly p95Ns: number | undefined
  }[]
  readonly talkers: readonly { readonly client: string; readonly server: string; readonly bytes: number }[]
  readonly slow: readonly LiveRow[]
  readonly failed: readonly LiveRow[]
}

/** Packets that one interface lost in an interval. */
export interface LiveLoss {
  readonly interface: string
  /** Who counted them: kernel, interface or queue. */
  readonly counter: string
  /** ISO 8601, UTC. */
  readonly start: string
  readonly end: string
  readonly packets: number
}

/** A transaction worth a look. */
export interface LiveRow {
  readonly protocol: string
  readonly method: string | undefined
  readonly resource: string | undefined
  readonly status: string
  readonly error: string | undefined
  readonly client: string
  readonly server: string
  /** Nanoseconds; undefined without an answer. */
  readonly durationNs: number | undefined
}

/** Lines of each list: a screen of 24 lines holds the rest. */
const MAX_PROTOCOLS = 8
const MAX_ROWS = 3

/** `eth0  1,234 packets/s  ...` in one line. */
export function liveLine(sight: LiveSight): string {
  const parts = [
    sanitize(sight.title),
    `${countText(sight.packetRate)} packets/s`,
    `${bytesText(sight.byteRate)}/s`,
    plural(sight.packets, 'packet'),
    plural(sight.transactions, 'transaction'),
    plural(sight.errors, 'error'),
    sight.dropped === undefined ? 'drops not known yet' : `${countText(sight.dropped)} dropped`,
  ]
  const loss = sight.losses.at(-1)
  if (loss) parts.push(`last: ${lossText(loss)}`)
  if (sight.behind > 0) parts.push(`${countText(sight.behind)} to decode`)
  return parts.join('  ')
}

/** `37 on eth0 (kernel) from 12:00:01.004 to 12:00:02.004 UTC` */
function lossText({ interface: name, counter, start, end, packets }: LiveLoss): string {
  const time = (iso: string): string => iso.slice(11, 23)
  return `${countText(packets)} on ${sanitize(name)} (${counter}) from ${time(start)} to ${time(end)} UTC`
}

/** Lines of at most `width` characters, at most `height` of them. */
export function liveScreen(sight: LiveSight, paint: Paint, width: number, height: number): string[] {
  const lines = [
    paint.heading(fitted(liveLine(sight), width)),
    `running for ${durationText(sight.elapsedMs * 1e6)}; Ctrl-C ends the session`,
  ]
  if (sight.dropped !== undefined && sight.dropped > 0) {
    const loss = sight.losses.at(-1)
    const last = loss ? `, the last: ${lossText(loss)}` : ''
    lines.push(paint.warn(fitted(`${plural(sight.dropped, 'packet')} dropped: the evidence has holes${last}`, width)))
  }
  if (sight.protocols.length > 0) {
    const rows = sight.protocols
      .slice(0, MAX_PROTOCOLS)
      .map((p) => [
        p.name,
        countText(p.transactions),
        countText(p.errors),
        countText(p.unanswered),
        p.p50Ns === undefined ? '-' : durationText(p.p50Ns),
        p.p95Ns === undefined ? '-' : durationText(p.p95Ns),
      ])
    const [heading, ...body] = columns([['protocol', 'transactions', 'errors', 'unanswered', 'p50', 'p95'], ...rows], '<>>>>>')
    lines.push('', paint.heading(fitted(heading!, width)), ...body.map((line) => fitted(line, width)))
  }
  lines.push(...section('slowest now', sight.slow, paint, width), ...section('failed now', sight.failed, paint, width))
  if (sight.talkers.length > 0)
    lines.push(
      '',
      paint.heading('top talkers'),
      ...sight.talkers
        .slice(0, MAX_ROWS)
        .map((t) => fitted(`  ${bytesText(t.bytes)}  ${sanitize(t.client)} -> ${sanitize(t.server)}`, width)),
    )
  return lines.slice(0, height)
}

function section(title: string, rows: readonly LiveRow[], paint: Paint, width: number): string[] {
  if (rows.length === 0) return []
  const lines = rows.slice(0, MAX_ROWS).map((row) => {
    const took = row.durationNs === undefined ? '' : `  ${durationText(row.durationNs)}`
    const what = [row.protocol, row.method, row.resource].filter((part) => part !== undefined && part !== '').join(' ')
    const why = row.status === 'OK' ? '' : `  ${row.status}${row.error === undefined ? '' : `: ${row.error}`}`
    return fitted(`  ${sanitize(`${what}${took}${why}  ${row.client} -> ${row.server}`)}`, width)
  })
  return ['', paint.heading(title), ...lines]
}

const fitted = (line: string, width: number): string => (line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line)
