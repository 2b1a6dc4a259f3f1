/**
 * Where CONNECT led to. What runs inside a tunnel is read as a conversation of its own over the same flow, whose server is
 * the proxy: without this, addresses would be put together with the proxy's.
 */
import type { FlowView } from '../../model/flow-view.js'
import { type Host, splitHost } from './url.js'

export class Tunnels {
  /** Goes with the flow: nothing here outlives it. */
  private readonly targets = new WeakMap<FlowView, Host>()

  /** CONNECT to `authority` succeeded on `flow`. */
  open(flow: FlowView, authority: string): void {
    const target = splitHost(authority.slice(authority.lastIndexOf('@') + 1))
    if (target.host !== '' && target.port !== 0) this.targets.set(flow, target)
  }

  /** What a conversation over `flow` that begins now is connected to, when that is not the flow's server. */
  targetOf(flow: FlowView): Host | undefined {
    return this.targets.get(flow)
  }
}
