/** Runs long synchronous work, made as a generator, so that signals come through and nobody holds the event loop. */

/** Steps between looks at the clock, and the time after which others get a turn. */
const STEPS_BETWEEN = 256
const EVERY_MS = 50

/**
 * What the work returned; undefined when `signal` told it to stop.
 *
 * @param drain awaited whenever it has something to wait for
 */
export async function runToEnd<T>(
  work: Iterator<unknown, T>,
  signal?: AbortSignal | undefined,
  drain?: () => Promise<void> | undefined,
): Promise<T | undefined> {
  let last = performance.now()
  for (let step = 1; ; step++) {
    const { done, value } = work.next()
    if (done) return signal?.aborted ? undefined : value
    const full = drain?.()
    if (full) await full
    if (step % STEPS_BETWEEN !== 0 || performance.now() - last < EVERY_MS) continue
    await new Promise((go) => setImmediate(go))
    last = performance.now()
    if (signal?.aborted) {
      work.return?.()
      return undefined
    }
  }
}
