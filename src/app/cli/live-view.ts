/** Shows a live session: a screen drawn over itself on a terminal, a line now and then elsewhere, a document a second for programs. */
import { type LiveLoss, type LiveSight, liveLine, liveScreen } from '../../report/live-text.js'
import type { Paint } from '../../report/paint.js'
import type { LiveView } from '../live.js'
import type { LiveWatch } from '../live-watch.js'

/** Between two lines where nobody watches, milliseconds. */
const LINE_MS = 10_000

export type LiveStyle = 'screen' | 'lines' | 'json'

export class LiveDisplay {
  private readonly started = performance.now()
  private last = { at: performance.now(), packets: 0, bytes: 0 }
  private lines = 0
  private lined = performance.now()
  private losses: LiveLoss[] = []

  constructor(
    private readonly style: LiveStyle,
    private readonly stream: NodeJS.WriteStream,
    private readonly watch: LiveWatch,
    private readonly title: string,
    private readonly paint: Paint,
  ) {}

  update(view: LiveView): void {
    const now = performance.now()
    // A program gets each once; who looks sees the last one.
    for (const { from, to, ...rest } of view.losses) this.losses.push({ ...rest, start: iso(from), end: iso(to) })
    if (this.style !== 'json' && this.losses.length > 1) this.losses.splice(0, this.losses.length - 1)
    if (this.style === 'lines' && now - this.lined < LINE_MS) return
    this.lined = now
    const sight = this.sight(view, now)
    if (this.style === 'json') {
      this.stream.write(`${JSON.stringify(document(sight))}\n`)
      this.losses = []
    } else if (this.style === 'lines') this.stream.write(`audit: ${liveLine(sight)}\n`)
    else this.draw(liveScreen(sight, this.paint, (this.stream.columns || 80) - 1, (this.stream.rows || 24) - 1))
  }

  /** The screen goes; what comes next is not drawn over. */
  clear(): void {
    if (this.lines > 0) this.stream.write(`\x1b[${this.lines}A\r\x1b[J`)
    this.lines = 0
  }

  private draw(lines: readonly string[]): void {
    const up = this.lines > 0 ? `\x1b[${this.lines}A\r` : ''
    this.stream.write(`${up}\x1b[J${lines.join('\n')}\n`)
    this.lines = lines.length
  }

  private sight(view: LiveView, now: number): LiveSight {
    const { packets, bytes } = view.captured
    const seconds = Math.max(0.001, (now - this.last.at) / 1000)
    const packetRate = Math.max(0, Math.round((packets - this.last.packets) / seconds))
    const byteRate = Math.max(0, Math.round((bytes - this.last.bytes) / seconds))
    this.last = { at: now, packets, bytes }
    return {
      title: this.title,
      elapsedMs: now - this.started,
      packets,
      bytes,
      transactions: view.transactions,
      errors: view.protocols.reduce((sum, one) => sum + one.errors, 0),
      dropped: droppedOf(view.devices),
      losses: this.losses,
      behind: Math.max(0, packets - view.packets),
      packetRate,
      byteRate,
      protocols: view.protocols,
      talkers: view.talkers,
      ...this.watch.take(),
    }
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** Undefined: nobody can tell yet. */
function droppedOf(devices: LiveView['devices']): number | undefined {
  const dropped = devices.reduce((sum, one) => sum + one.dropped + one.interfaceDropped + one.left, 0)
  return dropped === 0 && devices.some(({ lossUnknown }) => lossUnknown) ? undefined : dropped
}

function document({ title, elapsedMs, packetRate, byteRate, protocols, slow, failed, talkers, ...counts }: LiveSight): unknown {
  const row = ({ durationNs, ...rest }: LiveSight['slow'][number]) => ({ ...rest, duration_ns: durationNs ?? null })
  return {
    time: new Date().toISOString(),
    interfaces: title.split(', '),
    elapsed_ms: Math.round(elapsedMs),
    packets_per_second: packetRate,
    bytes_per_second: byteRate,
    ...counts,
    dropped: counts.dropped ?? null,
    protocols: protocols.map(({ name, transactions, errors, unanswered, p50Ns, p95Ns }) => ({
      name,
      transactions,
      errors,
      unanswered,
      p50_ms: p50Ns === undefined ? null : p50Ns / 1e6,
      p95_ms: p95Ns === undefined ? null : p95Ns / 1e6,
    })),
    talkers: talkers.map(({ client, server, bytes }) => ({ client, server, bytes })),
    slow: slow.map(row),
    failed: failed.map(row),
  }
}
