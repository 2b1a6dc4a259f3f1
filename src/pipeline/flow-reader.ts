/** What all readers of a flow's payload share: the flow as rows see it, its protocol, and where its bytes went. */
import type { Carry } from '../model/body-sink.js'
import type { FlowView } from '../model/flow-view.js'
import type { FlowGeo, GeoSight } from '../model/geo.js'
import type { Instant } from '../model/instant.js'
import type { EndReason, Transport } from '../model/side.js'
import type { Trace } from '../model/trace.js'
import { refCapture, refFrame } from '../model/trace.js'
import type { Transaction } from '../model/transaction.js'
import type { Conversation, Session } from '../protocols/protocol.js'
import type { Row } from '../schema/fields.js'
import { identify, transactionId } from '../streams/content-id.js'
import type { Flow, RoleBy } from '../streams/flow.js'
import { addressText, communityIdOf, transportName } from '../streams/flow-text.js'
import type { Engine } from './engine.js'
import type { ProtocolRuntime } from './protocol-runtime.js'
import { guessByBytes, isServicePort } from './service-guess.js'

export class FlowReader {
  /** The protocol that reads now; behind an upgrade another one than `protocol`. */
  runtime: ProtocolRuntime | null = null
  /** The protocol that the flow began with and what it was chosen by; '' for none. */
  protocol = ''
  chosenBy = ''
  /** The last protocol that it was upgraded to; '' for none. */
  upgradedTo = ''
  protocolBy: '' | 'content' | 'port' | 'upgrade' = ''
  /** What an undecoded conversation may be, by its first bytes; '' for no idea. */
  service = ''
  private guesses = 0
  decoded = 0
  opaque = 0
  unknown = 0
  lost = 0
  /** Captured payload bytes that came here and are not booked yet; `decoded`, `opaque` and `unknown` say what became of them. */
  protected seen = 0
  private cachedView: FlowView | undefined

  constructor(
    readonly flow: Flow,
    protected readonly engine: Engine,
    readonly oneWay = false,
  ) {}

  /** The flow as protocols and sinks see it. Made when first asked for; client and server are fixed from then on. */
  get view(): FlowView {
    this.cachedView ??= this.makeView()
    return this.cachedView
  }

  /**
   * Shows the flow as it stands. Unlike a row that is written it settles nothing: who is client stays open until the packets say so,
   * since when somebody looks is not theirs to say.
   */
  glimpse(look: () => void): void {
    if (this.cachedView) {
      look()
      return
    }
    const { clientIsA, roleBy } = this.flow
    try {
      look()
    } finally {
      this.cachedView = undefined
      this.flow.clientIsA = clientIsA
      this.flow.roleBy = roleBy
    }
  }

  /** Change who is client, as long as no row has said otherwise. */
  setRoles(clientIsA: boolean, by: RoleBy): void {
    if (this.cachedView) return
    this.flow.clientIsA = clientIsA
    this.flow.roleBy = by
  }

  get rolesKnown(): boolean {
    return this.cachedView !== undefined || this.flow.roleBy === 'syn' || this.flow.roleBy === 'syn-ack'
  }

  get transport(): Transport {
    return transportName(this.flow.proto) as Transport
  }

  /** Guess the service from bytes that nobody decodes. */
  protected guess(buf: Buffer, start: number, end: number): void {
    if (this.service !== '' || this.runtime !== null || this.guesses >= MAX_GUESSES) return
    this.guesses++
    this.service = guessByBytes(this.transport, buf, start, end) ?? ''
  }

  /** Book what was read so far to the protocol that read it. */
  credit(runtime: ProtocolRuntime): void {
    runtime.flows++
    runtime.decodedBytes += this.decoded
    runtime.opaqueBytes += this.opaque
    runtime.unknownBytes += this.unknown
    this.seen -= this.decoded + this.opaque + this.unknown
    this.decoded = this.opaque = this.unknown = 0
  }

  /** A parser that failed left its count where it was: what nobody counted is unknown. Nothing may be held by now. */
  protected settle(): void {
    this.unknown += this.seen - (this.decoded + this.opaque + this.unknown)
    // It may have called bytes opaque that it did not come to read.
    if (this.decoded >= 0) return
    this.unknown += this.decoded
    this.decoded = 0
  }

  /** The flow is over. Overridden by those that hold something. */
  finish(_why: EndReason): void {}

  protected open(runtime: ProtocolRuntime): { conversation: Conversation<unknown>; session: EngineSession } {
    if (this.runtime === null) {
      this.protocol = runtime.name
      this.chosenBy = this.protocolBy
    } else {
      this.credit(this.runtime)
      this.upgradedTo = runtime.name
    }
    this.runtime = runtime
    const session = new EngineSession(this, runtime, this.engine)
    return { conversation: runtime.protocol.open(session) as Conversation<unknown>, session }
  }

  private makeView(): FlowView {
    const f = this.flow
    if (f.id === '') identify(f)
    if (this.runtime === null && f.roleBy === 'first-packet') this.rolesByPort()
    const a = { ip: addressText(f, true), port: this.hasPorts ? f.portA : 0 }
    const b = { ip: addressText(f, false), port: this.hasPorts ? f.portB : 0 }
    const [client, server] = f.clientIsA ? [a, b] : [b, a]
    const { isInternal, processesOf, geoOf } = this.engine
    const geo = geoOf && this.geoOf(geoOf, client.ip, server.ip)
    const view: FlowView = {
      id: f.id,
      ordinal: f.ordinal,
      transport: transportName(f.proto),
      ipVersion: f.ipVersion === 6 ? 6 : 4,
      client,
      server,
      vlan: f.vlanCount === 0 ? NO_VLAN : f.vlanCount === 1 ? [f.vlan0] : [f.vlan0, f.vlan1],
      communityId: communityIdOf(f, this.oneWay),
      capture: refCapture(f.firstRef),
      ...(isInternal && { direction: directionOf(isInternal(client.ip), isInternal(server.ip)) }),
      ...(geo && { geo }),
    }
    // Known some time after the flow began, if at all.
    return processesOf
      ? Object.defineProperty(view, 'processes', { get: () => processesOf(view, f.lastSec * 1000 + f.lastNsec / 1e6) })
      : view
  }

  private geoOf(sight: GeoSight, clientIp: string, serverIp: string): FlowGeo | undefined {
    const [client, server] = [sight(clientIp), sight(serverIp)]
    const damage = client?.damage ?? server?.damage
    if (damage !== undefined)
      this.engine.anomalies.add('geoip.record', damage, { capture: refCapture(this.flow.firstRef), flow: this.flow.ordinal })
    return client || server ? { client: client?.facts, server: server?.facts } : undefined
  }

  /** Nobody reads it: a capture that begins with an answer shows a well-known port on the side that spoke first, and only there. */
  private rolesByPort(): void {
    const f = this.flow
    if (!this.hasPorts || !this.isService(f.portA) || this.isService(f.portB)) return
    f.clientIsA = false
    f.roleBy = 'port'
  }

  private isService(port: number): boolean {
    return isServicePort(this.transport, port) || this.engine.protocols.expects(this.transport, port)
  }

  private get hasPorts(): boolean {
    return this.flow.icmpType < 0
  }
}

/** ECS network.direction from the perimeter's view. */
const directionOf = (fromInside: boolean, toInside: boolean): string =>
  fromInside ? (toInside ? 'internal' : 'outbound') : toInside ? 'inbound' : 'external'

/** Looks at first bytes: a service that neither side's first words give away stays unknown. */
const MAX_GUESSES = 4

const NO_VLAN: readonly number[] = []

/** What Packetbeat writes in place of a secret. */
export const MASK = 'xxxxx'

export class EngineSession implements Session<Row, Readonly<Record<string, unknown>>> {
  readonly options: Readonly<Record<string, unknown>>
  readonly shared: unknown
  readonly showSecrets: boolean
  readonly carry: Carry | undefined
  /** Name given to upgradeTo, '' for none. */
  upgrade = ''
  private held = 0

  constructor(
    private readonly reader: FlowReader,
    private readonly runtime: ProtocolRuntime,
    private readonly engine: Engine,
  ) {
    this.options = runtime.options
    this.shared = runtime.shared
    this.showSecrets = engine.showSecrets
    this.carry = engine.carry
  }

  get flow(): FlowView {
    return this.reader.view
  }

  secret(text: string): string {
    return this.showSecrets ? text : MASK
  }

  emit(tx: Transaction<Row>, ready?: Promise<void>): void {
    const flow = this.reader.flow
    flow.transactions++
    const view = this.reader.view
    // What fills the row in later may fail as a parser may: the row is written as far as it is filled in.
    const filled = ready?.catch((error: unknown) => this.engine.crashed(this.reader, error))
    this.engine.outlet.transaction(this.runtime, transactionId(flow, flow.transactions), view, tx, filled)
  }

  hold(bytes: number): boolean {
    if (!this.engine.reserve(bytes)) return false
    this.held += bytes
    return true
  }

  /** Give back what the conversation held. */
  release(): void {
    this.engine.reserve(-this.held)
    this.held = 0
  }

  /** The reader counts what a parser leaves behind as decoded. */
  opaque(bytes: number): void {
    this.reader.decoded -= bytes
    this.reader.opaque += bytes
  }

  anomaly(code: string, at?: Trace, detail?: string): void {
    const sentence = this.runtime.protocol.anomalies[code]
    if (sentence === undefined && this.engine.strict) throw new Error(`undeclared anomaly ${code}`)
    const ref = at ? at.refs[0]! : this.engine.ref
    this.engine.anomalies.add(code, detail === undefined ? (sentence ?? code) : `${sentence ?? code} ${detail}`, {
      capture: refCapture(ref),
      flow: this.reader.flow.ordinal,
      frame: refFrame(ref),
      offset: at?.offset,
    })
  }

  upgradeTo(name: string): void {
    this.upgrade = name
  }
}

/** The end of a flow for a reader: what its correlator is told. */
export const lastInstant = (flow: Flow): Instant => ({ sec: flow.lastSec, nsec: flow.lastNsec })
