/** A protocol as one run uses it: its settings, ports, counters and schema in one place. */
import type { ProtocolSettings, Settings } from '../config/settings.js'
import type { Transport } from '../model/side.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { TransactionSchema } from '../sinks/sink.js'
import { Histogram } from './histogram.js'
import { TransactionProcessing } from './processing.js'

export class ProtocolRuntime {
  readonly name: string
  readonly schema: TransactionSchema
  readonly ports: ReadonlySet<number>
  readonly options: Readonly<Record<string, unknown>>
  /** What the protocol's conversations of this run share. */
  readonly shared: unknown
  readonly tags: readonly string[] | undefined
  /** What the configuration asks to be done to its documents. */
  readonly processing: TransactionProcessing | undefined
  transactions = 0
  errors = 0
  unanswered = 0
  bytes = 0
  readonly durations = new Histogram()
  // Coverage, summed when flows end.
  flows = 0
  decodedBytes = 0
  opaqueBytes = 0
  unknownBytes = 0
  lostBytes = 0
  cutBytes = 0

  constructor(
    readonly protocol: AnyProtocol,
    settings: ProtocolSettings,
    all: Settings,
    captures: readonly string[],
  ) {
    this.name = protocol.name
    this.schema = protocol
    this.ports = new Set(settings.ports ?? protocol.ports)
    this.options = settings.options
    this.shared = protocol.shared?.()
    this.processing = TransactionProcessing.of(protocol, settings, all, captures)
    const tags = [...all.tags, ...settings.tags]
    this.tags = tags.length > 0 ? tags : undefined
  }
}

/** The enabled protocols of a run by transport, and which of them a pair of ports points to. */
export class ProtocolSet {
  readonly all: readonly ProtocolRuntime[]
  private readonly byTransport = new Map<string, readonly ProtocolRuntime[]>()
  private readonly orders = new Map<string, readonly ProtocolRuntime[]>()
  private readonly portsOnly: boolean

  constructor(protocols: readonly AnyProtocol[], settings: Settings, captures: readonly string[] = []) {
    this.portsOnly = settings.detection === 'ports'
    this.all = protocols.flatMap((protocol) => {
      const own = settings.protocols.get(protocol.name)
      return own?.enabled ? [new ProtocolRuntime(protocol, own, settings, captures)] : []
    })
    for (const transport of ['tcp', 'udp', 'icmp', 'ipv6-icmp'] satisfies Transport[])
      this.byTransport.set(
        transport,
        this.all.filter((runtime) => runtime.protocol.transports.includes(transport)),
      )
  }

  named(name: string, transport: string): ProtocolRuntime | undefined {
    return this.byTransport.get(transport)?.find((runtime) => runtime.name === name)
  }

  /** Whether a protocol of this transport is expected on the port. */
  expects(transport: string, port: number): boolean {
    return this.byTransport.get(transport)?.some((runtime) => runtime.ports.has(port)) ?? false
  }

  /** Those that may be on these ports, the hinted ones first; under `detection: ports` only those (ICMP has no ports). */
  candidates(transport: string, portA: number, portB: number): readonly ProtocolRuntime[] {
    const all = this.byTransport.get(transport) ?? []
    const hinted = all.filter((runtime) => isHinted(runtime, portA, portB))
    if (this.portsOnly && (transport === 'tcp' || transport === 'udp')) return hinted
    if (hinted.length === 0) return all
    // One list per distinct order, so that a hundred thousand flows share a handful of arrays.
    const key = `${transport} ${hinted.map((runtime) => runtime.name).join(' ')}`
    let order = this.orders.get(key)
    if (!order) {
      order = [...hinted, ...all.filter((runtime) => !hinted.includes(runtime))]
      this.orders.set(key, order)
    }
    return order
  }
}

export const isHinted = (runtime: ProtocolRuntime, portA: number, portB: number): boolean =>
  runtime.ports.has(portA) || runtime.ports.has(portB)
