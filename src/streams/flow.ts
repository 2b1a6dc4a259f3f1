/**
 * One conversation between two endpoints. `a` is who sent the first packet, `b` the other; directions are 0 (a to b) and
 * 1 (b to a). Who is client and who is server is decided later and kept apart, in `clientIsA`.
 *
 * Plain numeric properties, all set in the constructor: a capture may hold a hundred thousand of these at once.
 */
import type { TcpConnection } from './tcp-connection.js'

export type Direction = 0 | 1
export const opposite = (dir: Direction): Direction => (1 - dir) as Direction

export type RoleBy = 'syn' | 'syn-ack' | 'protocol' | 'port' | 'first-packet'

/** Counters of one direction. */
export class FlowSide {
  packets = 0
  /** Whole frames, bytes on the wire. */
  bytes = 0
  /** From the IP header up. */
  ipBytes = 0
  /** Transport payload of datagrams; TCP counts by sequence numbers, see TcpHalf. */
  payloadBytes = 0
  /** Payload that the snaplen cut off. */
  cutBytes = 0
  /** When the first and the last packet with payload came; -1 before one did. */
  firstDataSec = -1
  firstDataNsec = 0
  lastDataSec = -1
  lastDataNsec = 0
  /** How often it began to speak after the other side had, the first time included. */
  turns = 0
  tcpFlags = 0
  /** Packets whose checksum was computed, and how many of them were wrong. */
  checked = 0
  wrong = 0
  /** Link-layer addresses seen, as numbers; more than four mean a switched path, and the first four tell the story. */
  macs: number[] | null = null
  /** The link-layer address that packets to it carried before it spoke; -1 for none. */
  addressedAt = -1
}

export const MAX_MACS = 4

const KINDS = 'SHADFRTC'
export enum PacketKind {
  Syn = 0,
  SynAck = 1,
  Ack = 2,
  Data = 3,
  Fin = 4,
  Rst = 5,
  Again = 6,
  BadChecksum = 7,
}

export class Flow {
  /** Content id, made when first asked for. */
  id = ''
  idHigh = 0
  idLow = 0
  readonly sides: readonly [FlowSide, FlowSide] = [new FlowSide(), new FlowSide()]
  lastSec: number
  lastNsec: number
  lastRef: number
  clientIsA = true
  roleBy: RoleBy = 'first-packet'
  badChecksums = 0
  /** One letter per kind of packet, upper case from `a`, in order of first sight: see `noteKind`. */
  history = ''
  private kinds = 0
  transactions = 0
  private lastSpoke: Direction | -1 = -1
  /** ICMP type and code of the first packet, -1 for others. */
  icmpType = -1
  icmpCode = -1
  tcp: TcpConnection | null = null
  /** What reads the payload; owned by the pipeline. */
  reader: unknown = null
  /** Closed by FIN or RST: only stragglers and a new SYN are expected. */
  closed = false
  /** Something was seen since the last interim report. */
  touched = true
  /** Its last packet when a live session last wrote its row. */
  shownRef = -1

  // The table's own: bucket chain, and the list in order of last activity.
  chain: Flow | null = null
  older: Flow | null = null
  newer: Flow | null = null

  constructor(
    readonly hash: number,
    readonly ipVersion: number,
    readonly proto: number,
    /** Addresses as signed 32-bit words; IPv4 uses the first. */
    readonly a0: number,
    readonly a1: number,
    readonly a2: number,
    readonly a3: number,
    readonly b0: number,
    readonly b1: number,
    readonly b2: number,
    readonly b3: number,
    readonly portA: number,
    readonly portB: number,
    readonly vlanCount: number,
    readonly vlan0: number,
    readonly vlan1: number,
    readonly ordinal: number,
    readonly firstRef: number,
    readonly firstSec: number,
    readonly firstNsec: number,
  ) {
    this.lastSec = firstSec
    this.lastNsec = firstNsec
    this.lastRef = firstRef
  }

  /**
   * Note a kind of packet for the history: S SYN, H SYN-ACK, A ACK without data, D data, F FIN, R RST, T retransmission,
   * C bad checksum.
   */
  noteKind(dir: Direction, kind: number): void {
    const bit = 1 << (kind * 2 + dir)
    if ((this.kinds & bit) !== 0) return
    this.kinds |= bit
    const letter = KINDS[kind]!
    this.history += dir === 0 ? letter : letter.toLowerCase()
  }

  /** A packet with payload was seen. */
  noteData(dir: Direction, sec: number, nsec: number): void {
    const side = this.sides[dir]
    if (side.firstDataSec < 0) {
      side.firstDataSec = sec
      side.firstDataNsec = nsec
    }
    side.lastDataSec = sec
    side.lastDataNsec = nsec
    if (dir !== this.lastSpoke) {
      this.lastSpoke = dir
      side.turns++
    }
  }

  get packets(): number {
    return this.sides[0].packets + this.sides[1].packets
  }

  get clientDir(): Direction {
    return this.clientIsA ? 0 : 1
  }
}
