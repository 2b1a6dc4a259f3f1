/** One thing that was looked at, and what came of it. */
export interface Check {
  /** file, seal, rows, schema, configuration, signature, custody, capture, second-reader, reproduction. */
  readonly check: string
  /**
   * ok: it holds. failed: it does not, which is the answer no. unchecked: it could not be looked at. note: it holds, and there is
   * something to know about it.
   */
  readonly state: 'ok' | 'failed' | 'unchecked' | 'note'
  /** One sentence. */
  readonly message: string
  /** What exactly, one thing a line. */
  readonly details?: readonly string[]
}
