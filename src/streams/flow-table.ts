/**
 * Finds the flow of a packet: a hash table over addresses as 32-bit words, ports, protocol and VLAN, the same for both
 * directions, and the two lists that tell which flow has been silent longest. Nothing is allocated for a known flow.
 */
import { randomInt } from 'node:crypto'
import { i32 } from '../bytes/read.js'
import { IpProto, type Packet } from '../decode/packet.js'
import { type Direction, Flow } from './flow.js'

/** Flows held at once: at about 1 KiB each with their streams this stays near 130 MB. The longest silent one makes room. */
export const MAX_FLOWS = 131_072

// Where a flow lands in the table changes nothing that is written, so the seed may be random; it keeps a crafted capture
// from filling one bucket.
const SEED = randomInt(2 ** 31)

/** Flows by time of last activity, oldest first. */
class ActivityList {
  oldest: Flow | null = null
  newest: Flow | null = null

  add(flow: Flow): void {
    flow.older = this.newest
    flow.newer = null
    if (this.newest) this.newest.newer = flow
    else this.oldest = flow
    this.newest = flow
  }

  remove(flow: Flow): void {
    if (flow.older) flow.older.newer = flow.newer
    else this.oldest = flow.newer
    if (flow.newer) flow.newer.older = flow.older
    else this.newest = flow.older
    flow.older = null
    flow.newer = null
  }

  touch(flow: Flow): void {
    if (this.newest === flow) return
    this.remove(flow)
    this.add(flow)
  }
}

function mix(h: number, word: number): number {
  let x = Math.imul(h ^ word, 0x85ebca6b)
  x ^= x >>> 15
  return Math.imul(x, 0xc2b2ae35) ^ (x >>> 13)
}

export class FlowTable {
  size = 0
  /** Direction of the packet of the last `find` or `add`. */
  dir: Direction = 0
  /** Open TCP connections, which stay long, and everything else, which goes soon. */
  readonly connected = new ActivityList()
  readonly passing = new ActivityList()
  private buckets: (Flow | null)[] = new Array<Flow | null>(1024).fill(null)
  private mask = 1023

  /** @param born flows that there were before: ordinals go on from there */
  constructor(private born = 0) {}

  // The words of the packet last looked up; `add` uses them.
  private hash = 0
  private s0 = 0
  private s1 = 0
  private s2 = 0
  private s3 = 0
  private d0 = 0
  private d1 = 0
  private d2 = 0
  private d3 = 0

  /**
   * The flow of `p`, or null; sets `dir`. `oneWay` packets (ICMP types without an answer) match only their own direction:
   * the same type and code coming back is a flow of its own, as Community ID has it.
   */
  find(p: Packet, oneWay = false): Flow | null {
    const b = p.buf
    const s = p.srcIp
    const d = p.dstIp
    this.s0 = i32(b, s)
    this.d0 = i32(b, d)
    let hs = mix(SEED, this.s0)
    let hd = mix(SEED, this.d0)
    if (p.ipVersion === 6) {
      this.s1 = i32(b, s + 4)
      this.s2 = i32(b, s + 8)
      this.s3 = i32(b, s + 12)
      this.d1 = i32(b, d + 4)
      this.d2 = i32(b, d + 8)
      this.d3 = i32(b, d + 12)
      hs = mix(mix(mix(hs, this.s1), this.s2), this.s3)
      hd = mix(mix(mix(hd, this.d1), this.d2), this.d3)
    } else {
      this.s1 = this.s2 = this.s3 = 0
      this.d1 = this.d2 = this.d3 = 0
    }
    // The sum is the same for both directions; protocol and VLAN are the same anyway.
    const h = mix((mix(hs, p.srcPort) + mix(hd, p.dstPort)) | 0, (p.proto << 24) ^ (p.vlan0 << 12) ^ p.vlan1 ^ p.vlanCount)
    this.hash = h
    for (let f = this.buckets[h & this.mask] as Flow | null; f !== null; f = f.chain) {
      if (f.hash !== h || f.proto !== p.proto || f.ipVersion !== p.ipVersion) continue
      if (f.vlanCount !== p.vlanCount || f.vlan0 !== p.vlan0 || f.vlan1 !== p.vlan1) continue
      if (
        f.a0 === this.s0 &&
        f.b0 === this.d0 &&
        f.portA === p.srcPort &&
        f.portB === p.dstPort &&
        f.a1 === this.s1 &&
        f.a2 === this.s2 &&
        f.a3 === this.s3 &&
        f.b1 === this.d1 &&
        f.b2 === this.d2 &&
        f.b3 === this.d3
      ) {
        this.dir = 0
        return f
      }
      if (
        !oneWay &&
        f.a0 === this.d0 &&
        f.b0 === this.s0 &&
        f.portA === p.dstPort &&
        f.portB === p.srcPort &&
        f.a1 === this.d1 &&
        f.a2 === this.d2 &&
        f.a3 === this.d3 &&
        f.b1 === this.s1 &&
        f.b2 === this.s2 &&
        f.b3 === this.s3
      ) {
        this.dir = 1
        return f
      }
    }
    return null
  }

  /** A new flow for the packet last looked up. */
  add(p: Packet, ref: number, sec: number, nsec: number): Flow {
    this.dir = 0
    const flow = new Flow(
      this.hash,
      p.ipVersion,
      p.proto,
      this.s0,
      this.s1,
      this.s2,
      this.s3,
      this.d0,
      this.d1,
      this.d2,
      this.d3,
      p.srcPort,
      p.dstPort,
      p.vlanCount,
      p.vlan0,
      p.vlan1,
      ++this.born,
      ref,
      sec,
      nsec,
    )
    if (this.size > this.mask) this.grow()
    const at = this.hash & this.mask
    flow.chain = this.buckets[at]!
    this.buckets[at] = flow
    this.size++
    ;(p.proto === IpProto.Tcp ? this.connected : this.passing).add(flow)
    return flow
  }

  /** Note activity: the flow is now the last to expire. */
  touch(flow: Flow): void {
    this.listOf(flow).touch(flow)
  }

  /** A connection closed: from now on it goes as soon as a datagram flow would. */
  settle(flow: Flow): void {
    if (flow.closed) return
    this.connected.remove(flow)
    flow.closed = true
    this.passing.add(flow)
  }

  remove(flow: Flow): void {
    this.listOf(flow).remove(flow)
    const at = flow.hash & this.mask
    let f: Flow | null = this.buckets[at]!
    if (f === flow) this.buckets[at] = flow.chain
    else
      for (; f !== null; f = f.chain) {
        if (f.chain === flow) {
          f.chain = flow.chain
          break
        }
      }
    flow.chain = null
    this.size--
  }

  private listOf(flow: Flow): ActivityList {
    return flow.proto === IpProto.Tcp && !flow.closed ? this.connected : this.passing
  }

  private grow(): void {
    const old = this.buckets
    this.mask = old.length * 4 - 1
    this.buckets = new Array<Flow | null>(old.length * 4).fill(null)
    for (let f of old) {
      while (f !== null) {
        const next: Flow | null = f.chain
        const at = f.hash & this.mask
        f.chain = this.buckets[at]!
        this.buckets[at] = f
        f = next
      }
    }
  }
}
