/**
 * TCP reassembly: segments in capture order in, each direction's bytes in sequence order out, with the packet and time of
 * every byte. It re-orders, drops what was sent twice, and says where bytes are missing.
 *
 * Three things decide when bytes are given up as lost:
 * - The receiver acknowledged them and REORDER_PACKETS packets of the connection passed since: they crossed the wire, the
 *   capture does not hold them, and no retransmission will follow.
 * - What waits behind the hole reached a cap.
 * - The connection or the capture ended.
 *
 * Both directions are kept in step: data that acknowledges bytes of the other side which were not seen yet waits for them,
 * because taps and multi-queue cards deliver an answer before its question. When such bytes turn out to be missing for
 * good, nobody waits for that side again until it is seen.
 */
import type { Packet } from '../decode/packet.js'
import type { Direction } from './flow.js'
import { opposite } from './flow.js'
import { ahead, plus } from './sequence.js'
import type { StreamReader } from './stream-reader.js'

export enum TcpFlag {
  Fin = 1,
  Syn = 2,
  Rst = 4,
  Psh = 8,
  Ack = 16,
}

/** How far a half has come, for the connection state. */
export enum HalfState {
  Inactive = 0,
  SynSent = 1,
  SynAckSent = 2,
  /** Seen speaking without a SYN. */
  Partial = 3,
  Established = 4,
  Closed = 5,
  Reset = 6,
}

/** Packets of the connection that may pass before an acknowledged hole is taken for a loss; capture re-ordering is shorter. */
export const REORDER_PACKETS = 64
/** Bytes and segments kept behind a hole: four receive windows of 256 KiB, the usual ceiling without tuning. */
const MAX_HELD_BYTES = 1 << 20
const MAX_HELD_SEGMENTS = 1024
/** A sequence or acknowledgement number further off than this (the largest window, RFC 7323 §2.3) belongs to no live byte. */
const MAX_AHEAD = 1 << 30
/** An acknowledgement further ahead than this is taken for a lie; a real loss of that size shows by the data behind it. */
const MAX_MISSING = 1 << 26

/** A segment that waits: copied, because its packet's buffer is re-used. */
class Held {
  next: Held | null = null
  constructor(
    readonly seq: number,
    readonly length: number,
    readonly bytes: Buffer,
    readonly ref: number,
    readonly sec: number,
    readonly nsec: number,
    /** Acknowledgement it carried; `hasAck` false for none. */
    readonly hasAck: boolean,
    readonly ack: number,
    /** The connection's packet count when it came. */
    readonly since: number,
  ) {}
}

export class TcpHalf {
  state: HalfState = HalfState.Inactive
  started = false
  synSeen = false
  isn = 0
  /** Sequence number of the next byte to deliver. */
  next = 0
  /** Sequence number of the first byte seen or expected. */
  first = 0
  /** End of the furthest byte seen, as bytes since `first`: the payload size by sequence numbers. */
  extent = 0
  private furthest = 0
  finSeen = false
  finSeq = 0
  /** FIN reached and told to the reader. */
  finished = false
  ackKnown = false
  /** The furthest byte the other side acknowledged. */
  acked = 0
  /** Packet count when acknowledged bytes were first found missing; 0 = none are. */
  missingSince = 0
  /** Bytes of this half were acknowledged and never seen, with nothing after them: do not wait for it. */
  absent = false
  held: Held | null = null
  heldSegments = 0
  heldBytes = 0
  retransmitted = 0
  outOfOrder = 0
  lost = 0
  outOfWindow = 0

  start(seq: number): void {
    this.started = true
    this.next = seq
    this.first = seq
    this.furthest = seq
  }

  reach(end: number): void {
    const more = ahead(end, this.furthest)
    if (more > 0) {
      this.extent += more
      this.furthest = end
    }
  }

  /** Bytes that the other side acknowledged and that are not here. */
  get missing(): number {
    if (!this.ackKnown || !this.started) return 0
    const bytes = ahead(this.acked, this.next)
    return bytes > 0 && bytes <= MAX_MISSING ? bytes : 0
  }
}

export class TcpConnection {
  readonly halves: readonly [TcpHalf, TcpHalf] = [new TcpHalf(), new TcpHalf()]
  packets = 0
  reset = false
  /** First SYN and the ACK that ends the handshake. */
  private synSec = -1
  private synNsec = 0
  rttNs = -1

  constructor(private readonly reader: StreamReader) {}

  /** A SYN that cannot belong to this connection: the ports are used again. */
  isNewConnection(dir: Direction, p: Packet, closed: boolean): boolean {
    if ((p.tcpFlags & (TcpFlag.Syn | TcpFlag.Rst)) !== TcpFlag.Syn) return false
    const half = this.halves[dir]
    if (half.synSeen) return half.isn !== (p.seq | 0)
    if ((p.tcpFlags & TcpFlag.Ack) !== 0) return closed
    // A SYN behind its own data: re-ordered, not new.
    return half.started ? half.first !== plus(p.seq, 1) : closed || this.halves[opposite(dir)].extent > 0
  }

  /** One TCP packet of this connection, in capture order. */
  segment(dir: Direction, p: Packet, ref: number, sec: number, nsec: number): void {
    const half = this.halves[dir]
    const peer = this.halves[opposite(dir)]
    const flags = p.tcpFlags
    this.packets++
    let seq = p.seq | 0
    const hasAck = (flags & TcpFlag.Ack) !== 0
    const ack = p.ack | 0

    if ((flags & TcpFlag.Syn) !== 0) {
      if (!half.synSeen) {
        half.synSeen = true
        half.isn = seq
        if (!half.started) half.start(plus(seq, 1))
      }
      seq = plus(seq, 1) // data in a SYN (RFC 7413) follows it
    }
    this.track(half, peer, flags, sec, nsec)
    if (this.reset) return

    if ((flags & TcpFlag.Rst) !== 0) {
      // Its acknowledgement may be anything, and data in it is a message for people (RFC 9293 §3.5.2).
      this.finish()
      this.reset = true
      return
    }
    if (hasAck) this.acknowledge(peer, ack)
    const length = p.payloadLength
    if (length > 0) this.payload(dir, half, peer, p, seq, length, hasAck, ack, ref, sec, nsec)
    if ((flags & TcpFlag.Fin) !== 0 && !half.finSeen) {
      if (!half.started) half.start(plus(seq, length))
      half.finSeen = true
      half.finSeq = plus(seq, length)
    }
    if (half.held !== null || peer.held !== null) this.drain()
    this.judge(0)
    this.judge(1)
    this.conclude(0)
    this.conclude(1)
  }

  /** The connection or the capture ends: deliver what waits, with its holes. */
  finish(): void {
    if (this.reset) return
    const [a, b] = this.halves
    while (a.held !== null || b.held !== null) {
      const dir: Direction = a.held !== null && (b.held === null || a.held.ref <= b.held.ref) ? 0 : 1
      const half = this.halves[dir]
      const hole = ahead(half.held!.seq, half.next)
      if (hole > 0) this.lose(dir, half, half.held!.seq)
      this.deliverHead(dir, half)
    }
    for (const dir of [0, 1] as const) {
      const half = this.halves[dir]
      // One acknowledged byte without data is a FIN that was not captured.
      if (half.missing > 1) this.lose(dir, half, half.acked)
      this.conclude(dir)
    }
  }

  private acknowledge(peer: TcpHalf, ack: number): void {
    if (!peer.ackKnown) {
      // The first word about a side that was not seen yet: its next byte is this one, unless its own packets say otherwise.
      if (peer.started && Math.abs(ahead(ack, peer.next)) > MAX_AHEAD) return
      peer.ackKnown = true
      peer.acked = ack
      return
    }
    const step = ahead(ack, peer.acked)
    if (step > 0 && step <= MAX_AHEAD) peer.acked = ack
  }

  private payload(
    dir: Direction,
    half: TcpHalf,
    peer: TcpHalf,
    p: Packet,
    seq: number,
    length: number,
    hasAck: boolean,
    ack: number,
    ref: number,
    sec: number,
    nsec: number,
  ): void {
    // Seen from the middle: what the other side acknowledged before tells where this side really was.
    if (!half.started) half.start(half.ackKnown && ahead(seq, half.acked) > 0 && ahead(seq, half.acked) < MAX_HELD_BYTES ? half.acked : seq)
    let at = p.payload
    let captured = p.payloadCaptured
    let distance = ahead(seq, half.next)
    if (distance > MAX_AHEAD || distance < -MAX_AHEAD) {
      half.outOfWindow++
      return
    }
    half.reach(plus(seq, length))
    if (distance < 0) {
      const old = Math.min(-distance, length)
      half.retransmitted += old
      if (old === length) return
      seq = half.next
      at += old
      length -= old
      captured = Math.max(0, captured - old)
      distance = 0
    }
    if (distance === 0 && half.held === null && !this.mustWait(peer, hasAck, ack)) {
      half.absent = false
      half.next = plus(half.next, length)
      if (captured > 0) this.reader.data(dir, p.buf as Buffer, at, at + captured, ref, sec, nsec)
      if (captured < length) this.reader.gap(dir, length - captured, true)
      return
    }
    if (distance > 0) half.outOfOrder++
    this.hold(dir, half, new Held(seq, length, Buffer.from(p.buf.subarray(at, at + captured)), ref, sec, nsec, hasAck, ack, this.packets))
  }

  /** This segment answers bytes of the other side that have not been seen. */
  private mustWait(peer: TcpHalf, hasAck: boolean, ack: number): boolean {
    if (!hasAck || !peer.started || peer.absent || peer.finished) return false
    const missing = ahead(ack, peer.next)
    return missing > 0 && missing <= MAX_MISSING
  }

  private hold(dir: Direction, half: TcpHalf, segment: Held): void {
    let before: Held | null = null
    let after = half.held
    // Sorted by sequence number; what came first stays first among equals.
    while (after !== null && ahead(after.seq, segment.seq) <= 0) {
      before = after
      after = after.next
    }
    if (before !== null && ahead(plus(before.seq, before.length), plus(segment.seq, segment.length)) >= 0) {
      half.retransmitted += segment.length
      return
    }
    segment.next = after
    if (before === null) half.held = segment
    else before.next = segment
    half.heldSegments++
    half.heldBytes += segment.bytes.length
    while (half.held !== null && (half.heldBytes > MAX_HELD_BYTES || half.heldSegments > MAX_HELD_SEGMENTS)) {
      if (ahead(half.held.seq, half.next) > 0) this.lose(dir, half, half.held.seq)
      this.deliverHead(dir, half)
    }
  }

  /** Deliver everything that is in order by now, on both sides, until neither moves. */
  private drain(): void {
    let moved = true
    while (moved) {
      moved = false
      for (const dir of [0, 1] as const) {
        const half = this.halves[dir]
        const peer = this.halves[opposite(dir)]
        while (half.held !== null && ahead(half.held.seq, half.next) <= 0) {
          const head = half.held
          if (this.packets - head.since < REORDER_PACKETS && this.mustWait(peer, head.hasAck, head.ack)) break
          this.deliverHead(dir, half)
          moved = true
        }
      }
    }
  }

  private deliverHead(dir: Direction, half: TcpHalf): void {
    const head = half.held!
    half.held = head.next
    half.heldSegments--
    half.heldBytes -= head.bytes.length
    const old = ahead(half.next, head.seq)
    if (old >= head.length) {
      half.retransmitted += head.length
      return
    }
    half.retransmitted += old
    half.absent = false
    half.next = plus(half.next, head.length - old)
    if (head.bytes.length > old) this.reader.data(dir, head.bytes, old, head.bytes.length, head.ref, head.sec, head.nsec)
    const cut = head.length - Math.max(head.bytes.length, old)
    if (cut > 0) this.reader.gap(dir, cut, true)
  }

  /** Decide whether acknowledged bytes of a half, or the hole before what it holds, are lost for good. */
  private judge(dir: Direction): void {
    const half = this.halves[dir]
    if (half.missing <= (half.finSeen ? 1 : 0)) {
      half.missingSince = 0
      // Without a word from the receiver (one-sided capture) only waiting tells.
      if (half.held !== null && !half.ackKnown && this.packets - half.held.since >= REORDER_PACKETS) {
        this.lose(dir, half, half.held.seq)
        this.drain()
      }
      return
    }
    if (half.missingSince === 0) half.missingSince = this.packets
    if (this.packets - half.missingSince < REORDER_PACKETS && !half.absent) return
    const upTo = half.held !== null && ahead(half.held.seq, half.acked) < 0 ? half.held.seq : half.acked
    if (half.held === null) half.absent = true
    if (ahead(upTo, half.next) > 0) this.lose(dir, half, upTo)
    half.missingSince = 0
    this.drain()
  }

  private lose(dir: Direction, half: TcpHalf, upTo: number): void {
    const bytes = ahead(upTo, half.next)
    half.next = upTo
    half.reach(upTo)
    half.lost += bytes
    this.reader.gap(dir, bytes)
  }

  private conclude(dir: Direction): void {
    const half = this.halves[dir]
    if (!half.finSeen || half.finished || half.held !== null || ahead(half.next, half.finSeq) < 0) return
    half.finished = true
    this.reader.closed(dir)
  }

  private track(half: TcpHalf, peer: TcpHalf, flags: number, sec: number, nsec: number): void {
    if ((flags & TcpFlag.Rst) !== 0) {
      half.state = HalfState.Reset
      return
    }
    if ((flags & TcpFlag.Syn) !== 0) {
      if (half.state === HalfState.Inactive || half.state === HalfState.Partial)
        half.state = (flags & TcpFlag.Ack) !== 0 ? HalfState.SynAckSent : HalfState.SynSent
      if (this.synSec < 0 && (flags & TcpFlag.Ack) === 0) {
        this.synSec = sec
        this.synNsec = nsec
      }
      return
    }
    if (half.state === HalfState.Inactive) half.state = HalfState.Partial
    if ((flags & TcpFlag.Ack) !== 0 && half.state === HalfState.SynSent && peer.synSeen) {
      half.state = HalfState.Established
      if (peer.state === HalfState.SynAckSent) peer.state = HalfState.Established
      if (this.rttNs < 0 && this.synSec >= 0) this.rttNs = (sec - this.synSec) * 1e9 + (nsec - this.synNsec)
    } else if (half.state === HalfState.SynAckSent && peer.state === HalfState.Established) half.state = HalfState.Established
    if ((flags & TcpFlag.Fin) !== 0) half.state = HalfState.Closed
  }
}
