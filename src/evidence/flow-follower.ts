/**
 * Finds the packets of chosen flows again. A case keeps of a flow its content id, its first packet's time and how many packets it has;
 * its packets follow one another among those of the same ends, since a flow ends before the next of the same ends begins. So: the
 * packet at that time whose flow would have that content id is the first, and as many of the same ends as it has are the flow. (Were the
 * last packet of a flow and the first of the next one of the same ends of one nanosecond, the search would begin one packet early.)
 *
 * One object follows the flows of one run, packet by packet, in the order of that run's timeline.
 */
import { IpProto, type Packet } from '../decode/packet.js'
import { isOneWay } from '../decode/transport/icmp.js'
import { identify } from '../streams/content-id.js'
import { FlowTable } from '../streams/flow-table.js'
import type { FlowRow } from './case-rows.js'

const SECOND = 1_000_000_000n

export class FollowedFlow {
  /** Packets found so far. */
  seen = 0
  /** Packets wanted, from the first: all of them unless something decided for fewer. */
  readonly limit: number
  /** Nanosecond of its first packet within the second. */
  readonly startNsec: number

  constructor(
    readonly row: FlowRow,
    limit = row.packets,
  ) {
    this.startNsec = Number(row.firstNs % SECOND)
    this.limit = Math.min(limit, row.packets)
  }
}

export class FlowFollower {
  private readonly table = new FlowTable()
  /** Flows not begun, by the second of their first packet. */
  private readonly starts = new Map<number, FollowedFlow[]>()
  private readonly followed = new Map<number, FollowedFlow>()
  private waiting = 0

  constructor(flows: readonly FollowedFlow[]) {
    for (const flow of flows) {
      if (flow.limit < 1) continue
      const sec = Number(flow.row.firstNs / SECOND)
      const alike = this.starts.get(sec)
      if (alike) alike.push(flow)
      else this.starts.set(sec, [flow])
      this.waiting++
    }
  }

  /** All were found as far as they are wanted. */
  get done(): boolean {
    return this.waiting === 0 && this.table.size === 0
  }

  /** Whether a packet of this second can be of a flow that is looked for: what is not need not be decoded. */
  mayConcern(sec: number): boolean {
    return this.table.size > 0 || this.starts.has(sec)
  }

  /** The flow of a packet that names one (`namesFlow`); undefined when it is none of those. */
  see(p: Packet, sec: number, nsec: number): FollowedFlow | undefined {
    const { table } = this
    const oneWay = (p.proto === IpProto.Icmp || p.proto === IpProto.Icmp6) && isOneWay(p)
    const known = table.find(p, oneWay)
    if (known) {
      const flow = this.followed.get(known.ordinal)!
      if (++flow.seen >= flow.limit) {
        this.followed.delete(known.ordinal)
        table.remove(known)
      }
      return flow
    }
    const candidates = this.starts.get(sec)
    // The hash is only for packets of the very instant.
    if (!candidates?.some(({ startNsec }) => startNsec === nsec)) return undefined
    const born = table.add(p, 0, sec, nsec)
    identify(born)
    const at = candidates.findIndex(({ row }) => row.flow === born.id)
    if (at < 0) {
      table.remove(born)
      return undefined
    }
    const [flow] = candidates.splice(at, 1) as [FollowedFlow]
    if (candidates.length === 0) this.starts.delete(sec)
    this.waiting--
    flow.seen = 1
    if (flow.limit > 1) this.followed.set(born.ordinal, flow)
    else table.remove(born)
    return flow
  }
}
