/** A flow as a Packetbeat 8 document, with the counters and states that Packetbeat lacks; and the closing one of a capture. */
import type { FlowView } from '../../model/flow-view.js'
import { DocumentShape } from '../../schema/document.js'
import type { Row, TableSchema } from '../../schema/fields.js'
import { jsonString } from '../../schema/json-text.js'
import { isoJsonOf } from './iso-text.js'
import { PROCESS_PATHS, processValues } from './process-fields.js'

const FLOW_ENVELOPE = [
  ...['@timestamp', 'type', 'event.kind', 'event.category', 'event.type', 'event.dataset', 'event.action', 'event.start', 'event.end'],
  ...['event.duration', 'client.ip', 'client.port', 'server.ip', 'server.port', 'source.ip', 'source.port', 'destination.ip'],
  ...['destination.port', 'network.type', 'network.transport', 'network.protocol', 'network.bytes', 'network.packets'],
  ...['network.community_id', 'related.ip', 'audit.capture', 'flow.final', 'tcp.flags_union'],
  ...PROCESS_PATHS,
]
const CAPTURE_ENVELOPE = ['@timestamp', 'type', 'event.kind', 'event.dataset', 'event.action', 'event.start', 'event.end']

const sum = (a: unknown, b: unknown): string => String(Number(a ?? 0) + Number(b ?? 0))

const span = (from: unknown, to: unknown): string | undefined => {
  if ((typeof from !== 'bigint' && typeof from !== 'number') || (typeof to !== 'bigint' && typeof to !== 'number')) return undefined
  const ns = BigInt(to) - BigInt(from)
  return ns < 0n ? undefined : String(ns)
}

class EnvelopeDocument {
  protected readonly shape: DocumentShape
  private readonly slots: ReadonlyMap<string, number>

  constructor(schema: TableSchema, envelope: readonly string[]) {
    this.shape = new DocumentShape(schema, envelope)
    this.slots = new Map(envelope.map((path, i) => [path, i]))
    this.set('type', jsonString(schema.name))
    this.set('event.dataset', jsonString(schema.name))
    this.set('event.kind', '"event"')
  }

  protected set(path: string, text: string | undefined): void {
    this.shape.values[this.slots.get(path)!] = text
  }
}

export class FlowDocument extends EnvelopeDocument {
  constructor(
    schema: TableSchema,
    private readonly captures: readonly string[],
  ) {
    super(schema, FLOW_ENVELOPE)
    this.set('event.category', '["network"]')
    this.set('event.action', '"network_flow"')
  }

  text(flow: FlowView, row: Row, final: boolean): string {
    const ports = flow.transport === 'tcp' || flow.transport === 'udp' || flow.client.port !== 0 || flow.server.port !== 0
    const withPorts = ports && !String(row.transport ?? flow.transport).includes('icmp')
    this.set('@timestamp', isoJsonOf(row.last_ns))
    this.set('event.type', final ? '["connection","end"]' : '["connection"]')
    this.set('event.start', isoJsonOf(row.first_ns))
    this.set('event.end', isoJsonOf(row.last_ns))
    this.set('event.duration', span(row.first_ns, row.last_ns))
    for (const [role, side, end] of [
      ['client', 'source', flow.client],
      ['server', 'destination', flow.server],
    ] as const) {
      const ip = jsonString(end.ip)
      const port = withPorts ? String(end.port) : undefined
      this.set(`${role}.ip`, ip)
      this.set(`${side}.ip`, ip)
      this.set(`${role}.port`, port)
      this.set(`${side}.port`, port)
    }
    this.set('network.type', flow.ipVersion === 6 ? '"ipv6"' : '"ipv4"')
    this.set('network.transport', jsonString(String(row.transport ?? flow.transport)))
    this.set('network.protocol', typeof row.protocol === 'string' ? jsonString(row.protocol) : undefined)
    this.set('network.bytes', sum(row.client_bytes, row.server_bytes))
    this.set('network.packets', sum(row.client_packets, row.server_packets))
    this.set('network.community_id', jsonString(flow.communityId))
    const both = flow.client.ip === flow.server.ip ? [flow.client.ip] : [flow.client.ip, flow.server.ip]
    this.set('related.ip', `[${both.map(jsonString).join(',')}]`)
    this.set('audit.capture', this.captures[flow.capture] === undefined ? undefined : jsonString(this.captures[flow.capture]!))
    this.set('flow.final', final ? 'true' : 'false')
    this.set('tcp.flags_union', unionOf(row.client_flags, row.server_flags))
    const processes = processValues(flow.processes)
    PROCESS_PATHS.forEach((path, i) => {
      this.set(path, processes[i])
    })
    this.shape.setColumns(row, true)
    return this.shape.text()
  }
}

/** Two sets of TCP flags in hex as one. */
function unionOf(a: unknown, b: unknown): string | undefined {
  if (typeof a !== 'string' && typeof b !== 'string') return undefined
  const flags = Number.parseInt(String(a ?? '0'), 16) | Number.parseInt(String(b ?? '0'), 16)
  return jsonString(flags.toString(16).padStart(2, '0'))
}

export class CaptureDocument extends EnvelopeDocument {
  constructor(schema: TableSchema) {
    super(schema, CAPTURE_ENVELOPE)
    this.set('event.action', '"capture_read"')
  }

  text(row: Row): string {
    this.set('@timestamp', isoJsonOf(row.last_ns))
    this.set('event.start', isoJsonOf(row.first_ns))
    this.set('event.end', isoJsonOf(row.last_ns))
    this.shape.setColumns(row)
    return this.shape.text()
  }
}
