/**
 * Notices that the system's clock was set while a session runs: packets carry that clock's times, so their rows stand where the clock
 * says, and not in the order in which they came.
 */

/** No clock that is only slewed moves so far between two looks a second apart. */
const STEP_MS = 2000
/** A clock that jumps to and fro is told so often; the packets' own times show the rest. */
const MAX_TOLD = 20

export class ClockSteps {
  #apart: number
  #told = 0

  constructor(
    private readonly clock: () => number,
    private readonly steady: () => number,
  ) {
    this.#apart = clock() - steady()
  }

  /** What to tell when the clock was set since the last look. */
  look(): string | undefined {
    const now = this.clock()
    const apart = now - this.steady()
    const step = apart - this.#apart
    this.#apart = apart
    if (Math.abs(step) < STEP_MS || this.#told >= MAX_TOLD) return undefined
    this.#told++
    const way = step < 0 ? 'was set back by' : 'went forward (it was set, or the machine slept) by'
    const last = this.#told === MAX_TOLD ? '; more such steps are not told' : ''
    return `the clock of this machine ${way} ${(Math.abs(step) / 1000).toFixed(0)} s, and is now at ${new Date(now).toISOString()}: times of packets before and after do not go together${last}`
  }
}
