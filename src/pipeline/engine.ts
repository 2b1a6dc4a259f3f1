/**
 * The machine between frames and rows: decodes each frame, finds its flow, counts it there, and lets the flow's reader have
 * the payload. Knows nothing of files or sinks; the packet clock is its only clock.
 */

import type { FrameBlock } from '../capture/source.js'
import type { Settings } from '../config/settings.js'
import { decode, linkTypes, namesFlow } from '../decode/decode.js'
import { Decoded, IpProto, Packet } from '../decode/packet.js'
import { isOneWay } from '../decode/transport/icmp.js'
import { verifyChecksums } from '../decode/verify-checksums.js'
import type { Carry } from '../model/body-sink.js'
import type { FlowProcesses, FlowView } from '../model/flow-view.js'
import type { GeoSight } from '../model/geo.js'
import type { Instant } from '../model/instant.js'
import type { EndReason } from '../model/side.js'
import { packetRef, refCapture, refFrame } from '../model/trace.js'
import { type InNetwork, inNetworks } from '../processors/networks.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { Row } from '../schema/fields.js'
import { type Direction, type Flow, type FlowSide, MAX_MACS, PacketKind } from '../streams/flow.js'
import { FlowTable, MAX_FLOWS } from '../streams/flow-table.js'
import { TcpConnection, TcpFlag } from '../streams/tcp-connection.js'
import { AnomalyLog } from './anomaly-log.js'
import { DatagramReader } from './datagram-reader.js'
import type { EngineWatch } from './engine-watch.js'
import { FlowReader } from './flow-reader.js'
import { flowRow } from './flow-row.js'
import { FlowSight } from './flow-sight.js'
import { MAX_HELD_TOTAL, OFFLOAD_AFTER } from './limits.js'
import type { Outlet } from './outlet.js'
import { ProtocolSet } from './protocol-runtime.js'
import { StreamConversation } from './stream-conversation.js'
import { Talkers } from './talkers.js'

/** Open TCP connections may be silent for a day before they count as over; a database session sleeps through the night. */
const TCP_IDLE_SECONDS = 86_400

export interface EngineOptions {
  readonly settings: Settings
  readonly protocols: readonly AnyProtocol[]
  /** File names of the captures, by ordinal. */
  readonly captures: readonly string[]
  readonly outlet: Outlet
  readonly showSecrets: boolean
  /** Leave packets with a wrong checksum out instead of only counting them. */
  readonly strictChecksums: boolean
  /** Rethrow a parser's failure instead of recording it: for tests. */
  readonly strict: boolean
  readonly start?: Instant | undefined
  readonly end?: Instant | undefined
  /** What another configuration decoded before: flows are numbered on from there, and talkers are of the whole session. */
  readonly before?: { readonly flows: number; readonly talkers: Talkers } | undefined
  readonly host?: HostSight | undefined
  /** Knows places and networks of addresses. */
  readonly geo?: GeoSight | undefined
  /** Takes the bytes of bodies. */
  readonly carry?: Carry | undefined
  readonly watch?: EngineWatch | undefined
}

/** What a live session knows of the host that it captures on. */
export interface HostSight {
  /** A TCP or UDP flow begins. */
  readonly ask: (flow: FlowSight) => void
  /** @param lastMs its last packet, milliseconds since 1970 */
  readonly of: (flow: FlowView, lastMs: number) => FlowProcesses | undefined
  /** Every packet is decoded; flows that are still open end now. */
  readonly over: () => void
}

export class Engine {
  /** Whether an address is of the internal networks; undefined when none are configured. */
  readonly isInternal: InNetwork | undefined
  readonly protocols: ProtocolSet
  readonly anomalies: AnomalyLog
  readonly talkers: Talkers
  readonly outlet: Outlet
  readonly showSecrets: boolean
  readonly strict: boolean
  readonly processesOf: HostSight['of'] | undefined
  readonly geoOf: GeoSight | undefined
  readonly carry: Carry | undefined
  private readonly flowBegan: HostSight['ask'] | undefined
  private readonly watch: EngineWatch | undefined
  /** Reference of the packet at hand. */
  ref = 0
  packets = 0
  flows = 0
  /** Payload that no protocol claimed. */
  readonly unclaimed = { flows: 0, opaqueBytes: 0, unknownBytes: 0, lostBytes: 0, cutBytes: 0 }

  private readonly packet = new Packet()
  private readonly table: FlowTable
  private readonly strictChecksums: boolean
  private readonly timeout: number
  private readonly tcpTimeout: number
  private readonly period: number
  private readonly start: Instant | undefined
  private readonly end: Instant | undefined
  private held = 0
  // The packet clock: the smaller of the last two packets' seconds, so that one wild timestamp expires nothing.
  private clock = -1
  private lastSec = -1
  private nextReport = -1
  private now: Instant = { sec: -1, nsec: -1 }

  constructor(options: EngineOptions) {
    this.talkers = options.before?.talkers ?? new Talkers()
    this.table = new FlowTable(options.before?.flows)
    this.protocols = new ProtocolSet(options.protocols, options.settings, options.captures)
    const { internalNetworks } = options.settings.interfaces
    this.isInternal = internalNetworks.length > 0 ? inNetworks(internalNetworks) : undefined
    this.outlet = options.outlet
    this.showSecrets = options.showSecrets
    this.strict = options.strict
    this.processesOf = options.host?.of
    this.geoOf = options.geo
    this.carry = options.carry
    this.flowBegan = options.host?.ask
    this.watch = options.watch
    this.anomalies = options.watch?.anomalies ?? new AnomalyLog()
    this.strictChecksums = options.strictChecksums
    this.start = options.start
    this.end = options.end
    this.timeout = options.settings.flows.timeoutMs / 1000
    this.tcpTimeout = Math.max(this.timeout, TCP_IDLE_SECONDS)
    this.period = options.settings.flows.periodMs / 1000
  }

  /** The frames `from`..`to` (exclusive) of a block. */
  frames(capture: number, block: FrameBlock, from: number, to: number, linkTypeOf: readonly number[]): void {
    const { buf, offset, captured, original, sec, nsec, iface, firstFrame } = block
    const p = this.packet
    const windowed = this.start !== undefined || this.end !== undefined
    for (let i = from; i < to; i++) {
      const s = sec[i]!
      const ns = nsec[i]!
      if (windowed && this.outside(s, ns)) continue
      this.packets++
      this.ref = packetRef(capture, firstFrame + i)
      if (s !== this.lastSec) this.tick(s)
      const linkType = linkTypeOf[iface[i]!]!
      const result = decode(p, linkType, buf, offset[i]!, captured[i]!, original[i]!)
      if (result === Decoded.Ok && p.fragmentOffset === 0) this.handle(p, this.ref, s, ns)
      else this.unread(result, p, linkType, this.ref, s, ns)
    }
  }

  /** The end of all input: every flow is over. */
  finish(): void {
    const { connected, passing } = this.table
    // In the order in which flows began, so that what is flushed last does not depend on who spoke last.
    const open: Flow[] = []
    for (let f = connected.oldest; f !== null; f = f.newer) open.push(f)
    for (let f = passing.oldest; f !== null; f = f.newer) open.push(f)
    open.sort((a, b) => a.ordinal - b.ordinal)
    for (const flow of open) this.endFlow(flow, endOf(flow, 'eof'))
  }

  get openCount(): number {
    return this.table.size
  }

  /** Rows of the flows that are not over and had packets since the last call. */
  openFlows(visit: (flow: FlowView, row: Row) => void): void {
    for (const list of [this.table.connected, this.table.passing])
      for (let f = list.oldest; f !== null; f = f.newer) {
        if (f.shownRef === f.lastRef) continue
        f.shownRef = f.lastRef
        const flow = f
        const reader = f.reader as FlowReader
        reader.glimpse(() => visit(reader.view, flowRow(flow, reader, null)))
      }
  }

  /** One shared instant per packet time. */
  instant(sec: number, nsec: number): Instant {
    const now = this.now
    if (now.sec === sec && now.nsec === nsec) return now
    this.now = { sec, nsec }
    return this.now
  }

  /** Take `bytes` from the budget of held bytes (negative gives back); false when it is used up. */
  reserve(bytes: number): boolean {
    if (bytes > 0 && this.held + bytes > MAX_HELD_TOTAL) return false
    this.held += bytes
    return true
  }

  note(code: string, flow: Flow, message: string): void {
    this.anomalies.add(code, message, { capture: refCapture(this.ref), flow: flow.ordinal, frame: refFrame(this.ref) })
  }

  crashed(reader: FlowReader, error: unknown): void {
    if (this.strict || error === this.outlet.failure) throw error
    const text = error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' ') : String(error)
    this.note('internal.parser-crash', reader.flow, `The ${reader.runtime?.name ?? 'detection'} parser failed: ${text}`)
  }

  // ---- one packet ------------------------------------------------------------------------------------------------------

  private handle(p: Packet, ref: number, sec: number, nsec: number): void {
    const table = this.table
    const icmp = p.proto === IpProto.Icmp || p.proto === IpProto.Icmp6
    const oneWay = icmp && isOneWay(p)
    let flow = table.find(p, oneWay)
    if (flow?.tcp?.isNewConnection(table.dir, p, flow.closed)) {
      this.endFlow(flow, endOf(flow, 'timeout'))
      flow = null
    }
    // The clock may lag one packet behind; this packet's own time counts for its own flow.
    if (flow !== null && sec - flow.lastSec > (flow.proto === IpProto.Tcp && !flow.closed ? this.tcpTimeout : this.timeout)) {
      this.endFlow(flow, endOf(flow, 'timeout'))
      flow = null
    }
    if (flow === null) flow = this.open(p, ref, sec, nsec, icmp, oneWay)
    else table.touch(flow)
    const dir = table.dir
    const side = flow.sides[dir]
    side.packets++
    side.bytes += p.wireLength
    side.ipBytes += p.ipLength
    flow.lastSec = sec
    flow.lastNsec = nsec
    flow.lastRef = ref
    flow.touched = true
    if (p.macs >= 0) {
      noteMac(side, p.buf, p.macs + 6)
      const peer = flow.sides[dir === 0 ? 1 : 0]
      // Where a silent side was addressed is the best that is known of it.
      if (peer.packets === 0) peer.addressedAt = macAt(p.buf, p.macs)
    }
    const cut = p.payloadLength - p.payloadCaptured
    if (cut > 0) side.cutBytes += cut
    if (this.isWrong(side, p)) {
      flow.badChecksums++
      flow.noteKind(dir, PacketKind.BadChecksum)
      if (this.strictChecksums) {
        this.note('decode.checksum', flow, 'A packet was left out because its checksum is wrong.')
        return
      }
    }
    if (p.payloadLength > 0) flow.noteData(dir, sec, nsec)
    if (p.proto === IpProto.Tcp) {
      if (p.transport >= 0) this.tcp(flow, dir, p, ref, sec, nsec)
    } else {
      side.payloadBytes += p.payloadLength
      const reader = flow.reader as FlowReader
      if (reader instanceof DatagramReader && p.transport >= 0) {
        const captured = p.payload + p.payloadCaptured
        if (icmp)
          reader.datagram(
            dir,
            p.buf as Buffer,
            p.transport,
            Math.max(captured, p.transport),
            captured - p.transport + Math.max(cut, 0),
            ref,
            sec,
            nsec,
          )
        else reader.datagram(dir, p.buf as Buffer, p.payload, captured, p.payloadLength, ref, sec, nsec)
      } else reader.unknown += p.payloadCaptured
    }
  }

  private isWrong(side: FlowSide, p: Packet): boolean {
    if (side.wrong >= OFFLOAD_AFTER && side.wrong === side.checked && !this.strictChecksums) return true
    side.checked++
    if (!verifyChecksums(p)) return false
    side.wrong++
    return true
  }

  private tcp(flow: Flow, dir: Direction, p: Packet, ref: number, sec: number, nsec: number): void {
    const flags = p.tcpFlags
    flow.sides[dir].tcpFlags |= flags
    if ((flags & TcpFlag.Syn) !== 0) {
      flow.noteKind(dir, (flags & TcpFlag.Ack) !== 0 ? PacketKind.SynAck : PacketKind.Syn)
      this.rolesFromSyn(flow, dir, (flags & TcpFlag.Ack) !== 0)
    } else if (p.payloadLength > 0) flow.noteKind(dir, PacketKind.Data)
    else if ((flags & (TcpFlag.Fin | TcpFlag.Rst)) === 0) flow.noteKind(dir, PacketKind.Ack)
    if ((flags & TcpFlag.Fin) !== 0) flow.noteKind(dir, PacketKind.Fin)
    if ((flags & TcpFlag.Rst) !== 0) flow.noteKind(dir, PacketKind.Rst)
    const tcp = flow.tcp!
    const before = tcp.halves[dir].retransmitted
    tcp.segment(dir, p, ref, sec, nsec)
    if (tcp.halves[dir].retransmitted !== before) flow.noteKind(dir, PacketKind.Again)
    if (!flow.closed && (tcp.reset || (tcp.halves[0].finished && tcp.halves[1].finished))) {
      if (tcp.reset) (flow.reader as FlowReader).finish('reset')
      this.table.settle(flow)
    }
  }

  private open(p: Packet, ref: number, sec: number, nsec: number, icmp: boolean, oneWay: boolean): Flow {
    const table = this.table
    if (table.size >= MAX_FLOWS) {
      const victim = (table.passing.oldest ?? table.connected.oldest)!
      this.anomalies.add('flow.evicted', `More than ${MAX_FLOWS} flows were open at once; the one silent for longest was closed.`)
      this.endFlow(victim, 'evicted')
    }
    const flow = table.add(p, ref, sec, nsec)
    this.flows++
    if (p.proto === IpProto.Tcp) {
      const conversation = this.watch ? this.watch.stream(flow, this) : new StreamConversation(flow, this)
      flow.reader = conversation
      flow.tcp = new TcpConnection(conversation)
    } else if (p.proto === IpProto.Udp) flow.reader = this.datagramReader(flow, false)
    else if (icmp) {
      flow.icmpType = p.transport >= 0 ? p.buf[p.transport]! : 0
      flow.icmpCode = p.transport >= 0 ? p.buf[p.transport + 1]! : 0
      flow.reader = this.datagramReader(flow, oneWay)
    } else flow.reader = new FlowReader(flow, this)
    if (this.flowBegan && (p.proto === IpProto.Tcp || p.proto === IpProto.Udp)) this.flowBegan(new FlowSight(flow))
    return flow
  }

  private datagramReader(flow: Flow, oneWay: boolean): DatagramReader {
    return this.watch ? this.watch.datagrams(flow, this, oneWay) : new DatagramReader(flow, this, oneWay)
  }

  private rolesFromSyn(flow: Flow, dir: Direction, synAck: boolean): void {
    if (flow.roleBy === 'syn' || (synAck && flow.roleBy === 'syn-ack')) return
    const clientIsA = (dir === 0) !== synAck
    ;(flow.reader as FlowReader).setRoles(clientIsA, synAck ? 'syn-ack' : 'syn')
  }

  private unread(result: Decoded, p: Packet, linkType: number, ref: number, sec: number, nsec: number): void {
    if (namesFlow(p, result)) {
      p.payloadCaptured = 0
      p.payloadLength = 0
      p.tcpFlags = 0
      p.transport = -1
      this.handle(p, ref, sec, nsec)
    }
    const code =
      result === Decoded.Ok
        ? 'decode.fragment'
        : result === Decoded.NotIp
          ? 'decode.not-ip'
          : result === Decoded.UnknownLink
            ? 'decode.link-type'
            : result === Decoded.Short
              ? 'decode.short'
              : 'decode.malformed'
    this.anomalies.add(code, describe(result, linkType), at(ref))
  }

  // ---- time ------------------------------------------------------------------------------------------------------------

  private outside(sec: number, nsec: number): boolean {
    const { start, end } = this
    if (start && (sec < start.sec || (sec === start.sec && nsec < start.nsec))) return true
    return end !== undefined && (sec > end.sec || (sec === end.sec && nsec > end.nsec))
  }

  private tick(sec: number): void {
    const clock = Math.min(sec, this.lastSec)
    this.lastSec = sec
    if (clock <= this.clock) return
    this.clock = clock
    this.expire(this.table.passing, clock - this.timeout)
    this.expire(this.table.connected, clock - this.tcpTimeout)
    if (this.period > 0) this.report(clock)
  }

  private expire(list: { readonly oldest: Flow | null }, before: number): void {
    while (list.oldest !== null && list.oldest.lastSec < before) {
      const flow = list.oldest
      this.endFlow(flow, endOf(flow, 'timeout'))
    }
  }

  /** Interim reports of the flows that had packets since the last one. */
  private report(clock: number): void {
    if (this.nextReport < 0) this.nextReport = clock + this.period
    if (clock < this.nextReport) return
    this.nextReport = clock + this.period
    for (const list of [this.table.connected, this.table.passing])
      for (let f = list.oldest; f !== null; f = f.newer) {
        if (!f.touched) continue
        f.touched = false
        const reader = f.reader as FlowReader
        this.outlet.flow(reader.view, flowRow(f, reader, null), false)
      }
  }

  private endFlow(flow: Flow, why: EndReason): void {
    const reader = flow.reader as FlowReader
    flow.tcp?.finish()
    reader.finish(why)
    this.table.remove(flow)
    const tcp = flow.tcp
    if (tcp) {
      const lost = tcp.halves[0].lost + tcp.halves[1].lost
      if (lost > 0)
        this.anomalies.add('tcp.gap', `${lost} bytes of this connection were not captured.`, {
          capture: refCapture(flow.firstRef),
          flow: flow.ordinal,
        })
      const strangers = tcp.halves[0].outOfWindow + tcp.halves[1].outOfWindow
      if (strangers > 0)
        this.anomalies.add(
          'tcp.window',
          'Segments were too far from the window to belong here.',
          { capture: refCapture(flow.firstRef), flow: flow.ordinal },
          strangers,
        )
    }
    this.cover(flow, reader)
    this.outlet.flow(reader.view, flowRow(flow, reader, why), true)
    this.talkers.add(reader.view, flow)
    flow.reader = null
    flow.tcp = null
  }

  private cover(flow: Flow, reader: FlowReader): void {
    const cut = flow.sides[0].cutBytes + flow.sides[1].cutBytes
    // The reader is told of cut bytes as of any gap; they are not lost on the way.
    const lost = Math.max(0, reader.lost - cut)
    const runtime = reader.runtime
    if (runtime) {
      reader.credit(runtime)
      runtime.lostBytes += lost
      runtime.cutBytes += cut
    } else {
      this.unclaimed.flows++
      this.unclaimed.opaqueBytes += reader.opaque
      this.unclaimed.unknownBytes += reader.unknown
      this.unclaimed.lostBytes += lost
      this.unclaimed.cutBytes += cut
    }
  }
}

/** Why a flow ended: how its connection closed, or else what ended it now. */
const endOf = (flow: Flow, otherwise: EndReason): EndReason => (flow.tcp?.reset ? 'reset' : flow.closed ? 'close' : otherwise)

const at = (ref: number) => ({ capture: refCapture(ref), frame: refFrame(ref) })

function describe(result: Decoded, linkType: number): string {
  if (result === Decoded.Ok) return 'IP fragments after the first are not joined yet.'
  if (result === Decoded.NotIp) return 'Frames that are not IP.'
  if (result === Decoded.UnknownLink) return `Link type ${linkType} has no decoder.`
  return `Frames of link type ${linkType} (${linkTypes.get(linkType)?.name ?? 'unknown'}) end inside a header or contradict their lengths.`
}

function macAt(b: Uint8Array, o: number): number {
  return ((b[o]! << 8) | b[o + 1]!) * 2 ** 32 + (((b[o + 2]! << 24) | (b[o + 3]! << 16) | (b[o + 4]! << 8) | b[o + 5]!) >>> 0)
}

function noteMac(side: { macs: number[] | null }, b: Uint8Array, o: number): void {
  const mac = macAt(b, o)
  const macs = side.macs
  if (macs === null) side.macs = [mac]
  else if (macs[0] !== mac && macs.length < MAX_MACS && !macs.includes(mac)) macs.push(mac)
}
