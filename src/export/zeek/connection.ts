/** conn.log, and the fields with which every log begins. */
import type { FlowView } from '../../model/flow-view.js'
import type { Row } from '../../schema/fields.js'
import type { ZeekType } from './log-text.js'

export interface ZeekField<S> {
  readonly name: string
  readonly type: ZeekType
  readonly of: (source: S) => unknown
}

/** Zeek's own begin with C, and are 64 bits as ours are: a content id, so that the same packets give the same one. */
export const uidOf = (flowId: string): string | undefined => (flowId === '' ? undefined : `C${flowId}`)

const SERVICES: Readonly<Record<string, string>> = { tls: 'ssl', dhcpv4: 'dhcp', pgsql: 'postgresql', nfs: 'rpc', icmp: '' }

/** The name Zeek has for a protocol. */
const serviceOf = (protocol: unknown): string | undefined =>
  typeof protocol === 'string' ? (SERVICES[protocol] ?? protocol) || undefined : undefined

const TRANSPORTS = new Set(['tcp', 'udp', 'icmp', 'ipv6-icmp'])
export const transportOf = (transport: string): string => (TRANSPORTS.has(transport) ? transport.replace('ipv6-', '') : 'unknown_transport')

/** ICMP has type and code where the others have ports. */
const portsOf = (row: Row): readonly [unknown, unknown] =>
  transportOf(String(row.transport)) === 'icmp' ? [row.icmp_type, row.icmp_code] : [row.client_port, row.server_port]

const sum = (...values: readonly unknown[]): number => values.reduce((total: number, value) => total + Number(value ?? 0), 0)

/** Whether each side is local, where internal networks were configured. */
const LOCAL: Readonly<Record<string, readonly [boolean, boolean]>> = {
  inbound: [false, true],
  outbound: [true, false],
  internal: [true, true],
  external: [false, false],
}

/** A flow's row of the case. */
export const connectionFields: readonly ZeekField<Row>[] = [
  { name: 'ts', type: 'time', of: (row) => row.first_ns },
  { name: 'uid', type: 'string', of: (row) => uidOf(String(row.flow ?? '')) },
  { name: 'id.orig_h', type: 'addr', of: (row) => row.client_ip },
  { name: 'id.orig_p', type: 'port', of: (row) => portsOf(row)[0] },
  { name: 'id.resp_h', type: 'addr', of: (row) => row.server_ip },
  { name: 'id.resp_p', type: 'port', of: (row) => portsOf(row)[1] },
  { name: 'proto', type: 'enum', of: (row) => transportOf(String(row.transport)) },
  { name: 'service', type: 'string', of: (row) => serviceOf(row.protocol) },
  { name: 'duration', type: 'interval', of: (row) => durationOf(row) },
  { name: 'orig_bytes', type: 'count', of: (row) => row.client_payload_bytes },
  { name: 'resp_bytes', type: 'count', of: (row) => row.server_payload_bytes },
  { name: 'conn_state', type: 'string', of: (row) => row.state },
  { name: 'local_orig', type: 'bool', of: (row) => LOCAL[String(row.direction)]?.[0] },
  { name: 'local_resp', type: 'bool', of: (row) => LOCAL[String(row.direction)]?.[1] },
  { name: 'missed_bytes', type: 'count', of: (row) => sum(row.client_lost_bytes, row.server_lost_bytes) },
  { name: 'history', type: 'string', of: (row) => row.history },
  { name: 'orig_pkts', type: 'count', of: (row) => row.client_packets },
  { name: 'orig_ip_bytes', type: 'count', of: (row) => row.client_ip_bytes },
  { name: 'resp_pkts', type: 'count', of: (row) => row.server_packets },
  { name: 'resp_ip_bytes', type: 'count', of: (row) => row.server_ip_bytes },
  { name: 'tunnel_parents', type: 'set[string]', of: () => undefined },
  { name: 'community_id', type: 'string', of: (row) => row.community_id },
]

function durationOf({ first_ns, last_ns }: Row): bigint | undefined {
  if (first_ns === undefined || last_ns === undefined) return undefined
  const span = BigInt(last_ns as bigint | number) - BigInt(first_ns as bigint | number)
  // A single packet has no duration.
  return span > 0n ? span : undefined
}

/** The first six fields of every other log. */
export function endpointFields<S>(at: (source: S) => unknown, flow: (source: S) => FlowView): readonly ZeekField<S>[] {
  return [
    { name: 'ts', type: 'time', of: at },
    { name: 'uid', type: 'string', of: (source) => uidOf(flow(source).id) },
    { name: 'id.orig_h', type: 'addr', of: (source) => flow(source).client.ip || undefined },
    { name: 'id.orig_p', type: 'port', of: (source) => flow(source).client.port },
    { name: 'id.resp_h', type: 'addr', of: (source) => flow(source).server.ip || undefined },
    { name: 'id.resp_p', type: 'port', of: (source) => flow(source).server.port },
  ]
}
