/** Which transaction of the connection a statement belongs to, as an id that is the same wherever the packets come from. */
import type { SqlFacts } from './statement.js'

export class TransactionIds {
  /** Id of the transaction that is open, `<flow id>-<ordinal>`, or undefined outside one. */
  current: string | undefined
  private ordinal = 0

  constructor(private readonly flowId: string) {}

  begin(): string {
    this.ordinal++
    this.current = `${this.flowId}-${this.ordinal}`
    return this.current
  }

  end(): void {
    this.current = undefined
  }

  /**
   * Takes a statement that succeeded.
   * @returns the id of the transaction that the statement belongs to: BEGIN and COMMIT belong to what they open and close
   */
  see(facts: SqlFacts): string | undefined {
    if (facts.transaction === 'begin') return this.current ?? this.begin()
    const id = this.current
    if (facts.transaction !== undefined) {
      this.end()
      if (facts.chain) this.begin()
    }
    return id
  }
}
