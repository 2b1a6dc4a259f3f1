/** Keeps what a live view shows of single transactions: the slowest and the last failed since it was last asked. */
import { durationOf } from '../model/transaction.js'
import type { LiveRow } from '../report/live-text.js'
import type { TransactionRecord } from '../sinks/sink.js'
import { WatchingSink } from '../sinks/watching-sink.js'

const SHOWN = 5

export class LiveWatch extends WatchingSink {
  readonly target = 'live view'
  private slow: LiveRow[] = []
  private failed: LiveRow[] = []

  transaction({ schema, flow, tx }: TransactionRecord): void {
    const duration = durationOf(tx)
    const failed = tx.status !== 'OK'
    const last = this.slow[SHOWN - 1]
    const slow = duration >= 0 && (last === undefined || duration > last.durationNs!)
    if (!failed && !slow) return
    const seen: LiveRow = {
      protocol: schema.name,
      method: tx.method,
      resource: tx.resource ?? tx.query,
      status: tx.status,
      error: tx.error,
      client: flow.client.ip,
      server: flow.server.ip,
      durationNs: duration >= 0 ? duration : undefined,
    }
    if (failed) {
      this.failed.push(seen)
      if (this.failed.length > SHOWN) this.failed.shift()
    }
    if (!slow) return
    this.slow.push(seen)
    this.slow.sort((a, b) => b.durationNs! - a.durationNs!)
    if (this.slow.length > SHOWN) this.slow.pop()
  }

  take(): { readonly slow: readonly LiveRow[]; readonly failed: readonly LiveRow[] } {
    const { slow, failed } = this
    this.slow = []
    this.failed = []
    return { slow, failed }
  }
}
