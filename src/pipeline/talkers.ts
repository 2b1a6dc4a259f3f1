/** Who talks most, for the summary: bytes and flows by client and server. */
import type { FlowView } from '../model/flow-view.js'
import type { Flow } from '../streams/flow.js'
import { MAX_TALKER_PAIRS } from './limits.js'

export interface Talker {
  readonly client: string
  readonly server: string
  bytes: number
  flows: number
}

export class Talkers {
  private readonly pairs = new Map<string, Talker>()

  add(view: FlowView, flow: Flow): void {
    const bytes = flow.sides[0].bytes + flow.sides[1].bytes
    let key = `${view.client.ip} ${view.server.ip}`
    let pair = this.pairs.get(key)
    if (!pair) {
      const full = this.pairs.size >= MAX_TALKER_PAIRS
      if (full) key = 'others'
      pair = this.pairs.get(key) ?? {
        client: full ? 'others' : view.client.ip,
        server: full ? 'others' : view.server.ip,
        bytes: 0,
        flows: 0,
      }
      this.pairs.set(key, pair)
    }
    pair.bytes += bytes
    pair.flows++
  }

  top(count: number): Talker[] {
    return [...this.pairs.values()]
      .sort((a, b) => b.bytes - a.bytes || (a.client + a.server < b.client + b.server ? -1 : 1))
      .slice(0, count)
  }
}
