/**
 * What documents have and columns have not, said again from the columns: names that Packetbeat gives to a value a second time, and
 * values that it spells in another way. A test holds the documents of all samples against those of the run itself.
 */
import { isIP } from 'node:net'
import { jsonValue } from '../case/stored-value.js'
import type { FlowView } from '../model/flow-view.js'
import type { Transaction } from '../model/transaction.js'
import type { Row } from '../schema/fields.js'
import { RawJson } from '../schema/json-text.js'

type Tx = Transaction<Row>
type Recall = (row: Row, tx: Tx, flow: FlowView) => Row

const lower = (value: unknown): string | undefined => (typeof value === 'string' ? value.toLowerCase() : undefined)
const after = (prefix: string, value: unknown): string | undefined => (typeof value === 'string' ? `${prefix}.${value}` : undefined)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const flags = [
  ['authoritative', 'AA'],
  ['truncated_response', 'TC'],
  ['recursion_desired', 'RD'],
  ['recursion_available', 'RA'],
  ['authentic_data', 'AD'],
  ['checking_disabled', 'CD'],
] as const

const SIP_TRANSPORTS: Readonly<Record<string, string>> = { tcp: '6', udp: '17' }
const PGSQL_MESSAGES: Readonly<Record<string, string>> = {
  ssl_request: 'SSL Request',
  cancel_request: 'cancel_request',
  terminate: 'terminate',
}
/** Ports of DHCP servers and of clients, RFC 2131 §4.1 and RFC 8415 §7.2. */
const DHCP = { server: [67, 547], client: [68, 546] }

/** Documents of DHCP tell who sent a message; a reply is one that has bytes of the server. */
function dhcpEndpoints(flow: FlowView, bytes: number): Row {
  const reply = bytes > 0
  const inverted = DHCP.server.includes(flow.client.port) && DHCP.client.includes(flow.server.port)
  const { client, server } = flow
  const byServer = reply !== inverted
  return {
    ...(byServer ? { source_ip: server.ip, source_port: server.port, destination_ip: client.ip, destination_port: client.port } : {}),
    ...(reply ? { source_bytes: bytes, destination_bytes: 0 } : {}),
    ...(inverted ? { asking_ip: server.ip, asking_port: server.port, answering_ip: client.ip, answering_port: client.port } : {}),
  }
}

const dhcp: Recall = (_, tx, flow) => dhcpEndpoints(flow, tx.response_bytes ?? 0)

const recalls: Readonly<Record<string, Recall>> = {
  amqp: (_, tx) => ({ action: after('amqp', tx.method) }),
  dhcpv4: dhcp,
  dhcpv6: dhcp,
  dns: (row) => ({
    header_flags: [
      ...flags.filter(([name]) => row[name] === true).map(([, flag]) => flag),
      ...(memberOf(row.opt, 'do') === true ? ['DO'] : []),
    ],
  }),
  http: (row, tx) => ({
    request_method: tx.method,
    request_wire_bytes: tx.request ? tx.request_bytes : undefined,
    response_wire_bytes: tx.response_bytes === 0 ? undefined : tx.response_bytes,
    server_domain: typeof row.host === 'string' && isIP(row.host.replace(/^\[|\]$/g, '')) === 0 ? row.host : undefined,
  }),
  icmp: (_, tx) => ({ path: tx.resource }),
  memcache: (row) => ({ action: after('memcache', row.log === undefined ? lower(row.request_type) : 'log') }),
  mongodb: (row) => ({
    legacy_selector: /^OP_(?:UPDATE|DELETE)$/i.test(String(row.opcode)) ? row.filter : undefined,
  }),
  mysql: (_, tx) => ({ bound: tx.params === undefined ? undefined : jsonValue(tx.params) }),
  nfs: (row) =>
    row.program_version === undefined
      ? { network_protocol: 'rpc', event_action: 'rpc.unknown' }
      : { network_protocol: `${row.program}v${row.program_version}`, event_action: `${row.program}.${row.opcode}` },
  pgsql: (row) => ({ request_message: PGSQL_MESSAGES[String(row.frontend)] }),
  redis: (_, tx) => ({ command: tx.method, action: after('redis', lower(tx.method)), error_text: tx.error }),
  sip: (row, tx, flow) => ({
    sip_method: tx.method ?? row.cseq_method,
    action: typeof (tx.method ?? row.cseq_method) === 'string' ? `sip-${lower(tx.method ?? row.cseq_method)}` : undefined,
    application: 'sip',
    iana_number: SIP_TRANSPORTS[flow.transport],
    category: row.auth_scheme === undefined ? undefined : ['network', 'authentication'],
    ...(row.requester === 'server'
      ? { source_ip: flow.server.ip, source_port: flow.server.port, destination_ip: flow.client.ip, destination_port: flow.client.port }
      : {}),
  }),
  smtp: (row) => ({
    last_reply:
      row.reply_code === undefined
        ? undefined
        : [row.reply_code, row.enhanced_status, row.reply_text].filter((part) => part !== undefined).join(' '),
  }),
  tls: (row) => ({ alpn_first: listOf(row.alpn)[0] }),
}

function memberOf(value: unknown, name: string): unknown {
  const held = value instanceof RawJson ? value.value : value
  return typeof held === 'object' && held !== null ? (held as Row)[name] : undefined
}

/** The transaction with the members that its document has besides. */
export function recalled(protocol: string, tx: Tx, flow: FlowView): Tx {
  const recall = recalls[protocol]
  if (!recall) return tx
  const row = { ...tx.row, ...recall(tx.row, tx, flow) }
  // A message of DHCP is a row by itself, also where it is a reply.
  return recall === dhcp ? { ...tx, request: tx.request ?? tx.response, response: undefined, row } : { ...tx, row }
}
