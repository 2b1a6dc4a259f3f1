/** Draws the progress line on a terminal, over itself, a few times a second. */
import { type ProgressState, progressText } from '../../report/progress.js'

/** Often enough to look alive, rare enough to cost nothing. */
const INTERVAL_MS = 200

export class ProgressMeter {
  private readonly started = performance.now()
  private drawn = 0

  constructor(private readonly stream: NodeJS.WriteStream) {}

  /** A meter for a stream that is a terminal which can return to the start of a line; undefined otherwise. */
  static for(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): ProgressMeter | undefined {
    return stream.isTTY && env.TERM !== 'dumb' ? new ProgressMeter(stream) : undefined
  }

  update(state: ProgressState): void {
    const now = performance.now()
    if (now - this.drawn < INTERVAL_MS) return
    this.drawn = now
    this.stream.write(`\r\x1b[K${progressText(state, now - this.started, (this.stream.columns || 80) - 1)}`)
  }

  clear(): void {
    if (this.drawn > 0) this.stream.write('\r\x1b[K')
    this.drawn = 0
  }
}
