/**
 * SIGHUP as the wish to read the configuration again. A terminal that goes away sends the same: then nobody watches any longer, and the
 * session ends as by SIGTERM, with all that it captured.
 */
import { closeSync, openSync } from 'node:fs'

/** This process has a terminal that is still there: the device names it, and opens as long as it is. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

export class Hangup {
  private work: (() => void) | undefined
  private early = false
  private readonly watched: boolean
  private readonly onSignal = (): void => {
    if (this.watched && !this.terminal()) this.gone()
    else if (this.work) this.work()
    else this.early = true
  }

  constructor(
    private readonly terminal: () => boolean = hasTerminal,
    private readonly gone: () => void = () => process.kill(process.pid, 'SIGTERM'),
  ) {
    this.watched = terminal()
    process.on('SIGHUP', this.onSignal)
  }

  /** What came before there was something to call counts once. */
  calls(work: () => void): void {
    this.work = work
    if (this.early) work()
  }

  dispose(): void {
    process.off('SIGHUP', this.onSignal)
  }
}
