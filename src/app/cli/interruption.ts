/** Ctrl-C and SIGTERM as an AbortSignal: the first asks a run to finish what it has, the second ends the process. */
import { exitCodes } from '../exit-codes.js'

export class Interruption {
  private readonly controller = new AbortController()
  private caught: NodeJS.Signals | undefined
  private readonly onSignal = (name: NodeJS.Signals): void => {
    if (this.caught) {
      // Our handler off, the signal does what it does by default.
      this.dispose()
      process.kill(process.pid, name)
      return
    }
    this.caught = name
    this.controller.abort()
  }

  private left = false
  private readonly onPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') return
    this.left = true
    this.controller.abort()
  }

  /** @param readerMatters everything goes to standard output: whoever reads it decides when it is enough (| head) */
  constructor(private readonly readerMatters = false) {
    process.on('SIGINT', this.onSignal)
    process.on('SIGTERM', this.onSignal)
    if (readerMatters) process.stdout.on('error', this.onPipe)
  }

  /** The reader of standard output has gone, which is its right. */
  get readerLeft(): boolean {
    return this.left
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** The exit code that says so; undefined when nothing came. */
  get exitCode(): number | undefined {
    if (this.caught === undefined) return undefined
    return this.caught === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
  }

  dispose(): void {
    process.off('SIGINT', this.onSignal)
    process.off('SIGTERM', this.onSignal)
    if (this.readerMatters) process.stdout.off('error', this.onPipe)
  }
}
