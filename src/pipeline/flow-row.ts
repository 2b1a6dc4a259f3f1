/** A finished flow as a row of the `flow` table. */

import type { FlowView } from '../model/flow-view.js'
import type { FlowGeo } from '../model/geo.js'
import { toNanoseconds } from '../model/instant.js'
import type { EndReason, Transport } from '../model/side.js'
import type { RowOf } from '../schema/fields.js'
import type { flowFields } from '../schema/tables.js'
import { connectionState } from '../streams/connection-state.js'
import type { Flow, FlowSide } from '../streams/flow.js'
import type { FlowReader } from './flow-reader.js'
import { guessByPort } from './service-guess.js'

const hexDigits = '0123456789ABCDEF'

function macOf(value: number): string {
  let text = ''
  for (let i = 5; i >= 0; i--) {
    const byte = Math.floor(value / 2 ** (8 * i)) % 256
    text += hexDigits[byte >> 4]! + hexDigits[byte & 15]! + (i > 0 ? '-' : '')
  }
  return text
}

const macsOf = (side: FlowSide): string[] | undefined =>
  side.macs?.map(macOf) ?? (side.addressedAt >= 0 ? [macOf(side.addressedAt)] : undefined)
const flagsOf = (side: FlowSide): string => side.tcpFlags.toString(16).padStart(2, '0')

/** What an open flow is told to have ended by; `null` for an interim report. */
export function flowRow(flow: Flow, reader: FlowReader, why: EndReason | null): RowOf<typeof flowFields> {
  const view = reader.view
  const clientDir = flow.clientDir
  const client = flow.sides[clientDir]
  const server = flow.sides[clientDir === 0 ? 1 : 0]
  const tcp = flow.tcp
  const clientHalf = tcp?.halves[clientDir]
  const serverHalf = tcp?.halves[clientDir === 0 ? 1 : 0]
  return {
    id: flow.ordinal,
    flow: view.id,
    capture_id: view.capture + 1,
    transport: view.transport,
    client_ip: view.client.ip,
    client_port: view.client.port,
    server_ip: view.server.ip,
    server_port: view.server.port,
    role_by: flow.roleBy,
    client_mac: macsOf(client),
    server_mac: macsOf(server),
    vlan: view.vlan.length > 0 ? view.vlan : undefined,
    community_id: view.communityId,
    direction: view.direction,
    ...(view.geo && geoColumns(view.geo)),
    first_ns: toNanoseconds({ sec: flow.firstSec, nsec: flow.firstNsec }),
    last_ns: toNanoseconds({ sec: flow.lastSec, nsec: flow.lastNsec }),
    client_packets: client.packets,
    server_packets: server.packets,
    client_bytes: client.bytes,
    server_bytes: server.bytes,
    client_ip_bytes: client.ipBytes,
    server_ip_bytes: server.ipBytes,
    client_payload_bytes: clientHalf?.extent ?? client.payloadBytes,
    server_payload_bytes: serverHalf?.extent ?? server.payloadBytes,
    state: connectionState(flow),
    history: flow.history === '' ? undefined : flow.clientIsA ? flow.history : swapCase(flow.history),
    end_reason: why ?? 'open',
    protocol: reader.protocol || undefined,
    protocol_by: reader.chosenBy || undefined,
    upgraded_to: reader.upgradedTo || undefined,
    transactions: flow.transactions,
    ...serviceOf(reader, view),
    client_flags: tcp ? flagsOf(client) : undefined,
    server_flags: tcp ? flagsOf(server) : undefined,
    turns: client.turns,
    first_byte_ns: firstByte(client, server),
    client_rate: rateOf(client, clientHalf?.extent ?? client.payloadBytes),
    server_rate: rateOf(server, serverHalf?.extent ?? server.payloadBytes),
    rtt_ns: tcp && tcp.rttNs >= 0 ? tcp.rttNs : undefined,
    retransmitted_bytes: clientHalf && serverHalf ? clientHalf.retransmitted + serverHalf.retransmitted : 0,
    out_of_order_segments: clientHalf && serverHalf ? clientHalf.outOfOrder + serverHalf.outOfOrder : 0,
    client_lost_bytes: clientHalf?.lost ?? 0,
    server_lost_bytes: serverHalf?.lost ?? 0,
    cut_bytes: client.cutBytes + server.cutBytes,
    bad_checksums: flow.badChecksums,
    icmp_type: flow.icmpType < 0 ? undefined : flow.icmpType,
    icmp_code: flow.icmpCode < 0 ? undefined : flow.icmpCode,
  }
}

const geoColumns = ({ client, server }: FlowGeo) => ({
  client_country: client?.country,
  client_city: client?.city,
  client_as: client?.as,
  client_as_org: client?.asOrg,
  server_country: server?.country,
  server_city: server?.city,
  server_as: server?.as,
  server_as_org: server?.asOrg,
})

/** What an undecoded conversation may be. */
function serviceOf(reader: FlowReader, view: FlowView): { service?: string; service_by?: string } {
  if (reader.runtime) return {}
  if (reader.service !== '') return { service: reader.service, service_by: 'bytes' }
  const service = guessByPort(view.transport as Transport, view.client.port, view.server.port)
  return service === undefined ? {} : { service, service_by: 'port' }
}

/** From the client's first payload to the server's, when that came behind it. */
function firstByte(client: FlowSide, server: FlowSide): number | undefined {
  if (client.firstDataSec < 0 || server.firstDataSec < 0) return undefined
  const ns = (server.firstDataSec - client.firstDataSec) * 1e9 + (server.firstDataNsec - client.firstDataNsec)
  return ns >= 0 ? ns : undefined
}

/** Payload a second between a side's first and last payload, bytes; nothing of a side that spoke for no measurable time. */
function rateOf(side: FlowSide, bytes: number): number | undefined {
  const ns = (side.lastDataSec - side.firstDataSec) * 1e9 + (side.lastDataNsec - side.firstDataNsec)
  return side.firstDataSec >= 0 && ns > 0 ? Math.round((bytes * 1e9) / ns) : undefined
}

const swapCase = (text: string): string => [...text].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join('')
