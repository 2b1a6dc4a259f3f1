/**
 * Lets signals and timers in while captures are read: files are read synchronously, so without a pause now and then
 * Ctrl-C would wait for the end. A sink that writes nothing and, between blocks, asks for a turn of the event loop.
 */
import type { Sink } from '../sinks/sink.js'

/** Soon enough for a person; rare enough to cost nothing measurable. */
const EVERY_MS = 50

export class EventLoopTurns implements Sink {
  readonly target = 'event loop'
  private last = performance.now()

  drain(): Promise<void> | undefined {
    const now = performance.now()
    if (now - this.last < EVERY_MS) return undefined
    this.last = now
    return new Promise((done) => setImmediate(done))
  }

  begin(): void {}
  transaction(): void {}
  flow(): void {}
  row(): void {}
  abort(): void {}
  async end(): Promise<void> {}
}
