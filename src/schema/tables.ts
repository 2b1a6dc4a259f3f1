/** The columns that every transaction has, and the case's own tables. Protocol columns stand with their protocol. */
import { bool, defineFields, int, json, list, long, optional, real, type TableSchema, text } from './fields.js'

/**
 * Common to all transactions, in SQL order. Endpoints stand once, on the flow; the views join them in as client_ip,
 * client_port, server_ip and server_port. The document side of these (source.*, client.*, event.*, network.*) is built
 * from the flow and the two traces in the document sink.
 */
export const transactionFields = defineFields({
  id: int('Ordinal of the transaction in the case, in the order of time, then content id.', 4711, undefined, { only: 'case' }),
  tx: text('Content id: the same packets give the same id, whatever file holds them.', '9f86d081884c7d65', 'audit.tx'),
  flow_id: int('Row of the flow it travelled in.', 12, undefined, { only: 'case' }),
  ts_ns: long('When its first byte was captured, nanoseconds since 1970 UTC.', 1440662455638957000n, undefined, { only: 'case' }),
  duration_ns: optional(
    int(
      'From the first byte of the request until the answer came (its first byte; of a dialogue, the reply that decided), nanoseconds.',
      61782000,
      'event.duration',
    ),
  ),
  user: optional(text('Who did it, when the wire tells.', 'alice', 'user.name', { related: 'user' })),
  method: optional(text('Did what: the verb of the request.', 'GET', 'method')),
  resource: optional(text('To what: the object acted on.', '/index.html', 'resource')),
  query: optional(text('The request in one line.', 'GET /index.html', 'query')),
  params: optional(text('Parameters or bound values of the request.', 'id=1', 'params')),
  status: text('Whether it worked: OK or Error, with finer words where the protocol has them.', 'OK', 'status'),
  error: optional(text('Why it failed, in the words of the server.', 'mailbox unavailable', 'event.reason')),
  request_bytes: int('Application bytes of the request.', 130, undefined, { only: 'case' }),
  response_bytes: int('Application bytes of the response.', 1591, undefined, { only: 'case' }),
  rows: optional(int('Rows, records or items returned or changed.', 3, undefined, { only: 'case' })),
  complete: text('How much of it was seen: complete, no-response, orphan-response, truncated or lost.', 'complete', 'audit.complete'),
  capture_id: int('The capture that holds its first packet.', 1, undefined, { only: 'case' }),
  frames: text('The packets that carried it; another capture is named by its ordinal: 12-14,2:1-3.', '12-14,19', 'audit.frames'),
  notes: optional(list('What the reader must know to trust the row.', ['packet loss while capturing the response'], 'error.message')),
})

export const captureFields = defineFields({
  id: int('Ordinal of the capture in the case.', 1, undefined, { only: 'case' }),
  run_id: int('The run that read it.', 1, undefined, { only: 'case' }),
  name: text('File name without folder; - for standard input.', 'smtp.pcap', ['audit.capture', 'file.name']),
  path: text('Path as given on the command line.', 'evidence/smtp.pcap', 'file.path'),
  size: int('Bytes of the file as stored; of one that was not read to its end, the bytes that were read.', 24131, 'file.size'),
  sha256: optional(
    text(
      'SHA-256 of the file as stored. NULL when it was not read to its end, which `damage` then says: the hash of a part proves nothing.',
      'e3b0c442',
      'file.hash.sha256',
      { related: 'hash' },
    ),
  ),
  inner_sha256: optional(
    text('SHA-256 of the uncompressed bytes, when it is compressed; NULL with sha256.', 'e3b0c442', 'audit.capture_inner_sha256'),
  ),
  container: text('pcap, pcapng or unknown.', 'pcapng', 'audit.container'),
  compression: text('none, gzip, zstd, lz4 or xz.', 'none', 'audit.compression'),
  link_types: list('LINKTYPE numbers of its interfaces.', [1], 'audit.link_types'),
  snaplen: int('Largest snaplen of its interfaces, bytes.', 262144, 'audit.snaplen'),
  ticks_per_second: int('Resolution of its clock.', 1000000, 'audit.ticks_per_second'),
  first_ns: optional(long('Time of the first packet, nanoseconds since 1970 UTC.', 1440662455638957000n, undefined, { only: 'case' })),
  last_ns: optional(long('Time of the last packet, nanoseconds since 1970 UTC.', 1440662455638957000n, undefined, { only: 'case' })),
  packets: int('Packets read.', 60, 'audit.packets'),
  bytes: int('Captured bytes of those packets.', 23000, 'audit.bytes'),
  wire_bytes: int('Bytes those packets had on the wire.', 23000, 'audit.wire_bytes'),
  received: optional(int('Packets that the capturing side says it received.', 60, 'audit.received')),
  dropped: optional(int('Packets that the capturing side says it dropped.', 0, 'audit.dropped')),
  writer: optional(text('Hardware, system and program that the capture names.', 'Dumpcap 4.0', 'audit.writer')),
  interfaces: json('Its interfaces: name, link type, snaplen, resolution, filter, counters.', [{ name: 'eth0' }], 'audit.interfaces'),
  comments: optional(json('Comments in the capture: frame (0 = section) and text.', [{ frame: 0, text: 'seized 2015' }], 'audit.comments')),
  damage: optional(
    json(
      'Where it is damaged, or was left unread: code, byte offset, message.',
      [{ code: 'capture.cut', offset: 4096, message: 'cut' }],
      'audit.damage',
    ),
  ),
})

export const captureLossFields = defineFields({
  capture_id: int('The capture that says so.', 1),
  interface: text('The interface they were lost at; its number where it has no name.', 'eth0'),
  counter: text(
    'Who counted them: kernel (the buffer was full), interface (or its driver), queue (not taken in time by who captured), unknown.',
    'kernel',
  ),
  start_ns: optional(
    long('When nothing was lost yet, nanoseconds since 1970 UTC; NULL where nobody counted before.', 1440662455638957000n),
  ),
  end_ns: long('When the loss was counted, nanoseconds since 1970 UTC.', 1440662456638957000n),
  packets: int('Packets that were lost between the two.', 37),
})

export const runFields = defineFields({
  id: int('Ordinal of the run.', 1),
  version: text('Version of the tool.', '0.1.0'),
  tool_hash: text('SHA-256 over the program files that ran.', 'e3b0c442'),
  node: text('Node.js version.', 'v20.20.2'),
  command_line: text('The command as it was given.', 'audit analyze smtp.pcap'),
  config: json('The configuration in force, defaults included; plugins and the files that options name, each with its SHA-256.', {}),
  config_hash: text('SHA-256 of that configuration.', 'e3b0c442'),
  show_secrets: bool('Secrets were written unmasked.', false),
  started: text('Wall clock at the start, ISO 8601 UTC.', '2026-01-01T00:00:00Z'),
  ended: text('Wall clock at the end, ISO 8601 UTC.', '2026-01-01T00:00:01Z'),
  host_zone: text('Time zone of the host that ran it.', 'Europe/Berlin'),
  finished: bool('False while a live session goes on, and for one that was killed: then its rows are those of its last commit.', true),
})

export const flowFields = defineFields({
  id: int('Ordinal of the flow in the case, in the order of first packets.', 12, undefined, { only: 'case' }),
  flow: text('Content id: the same packets give the same id.', '2c26b46b68ffc68f', ['audit.flow', 'flow.id']),
  capture_id: int('The capture that holds its first packet.', 1, undefined, { only: 'case' }),
  transport: text('tcp, udp, icmp, ipv6-icmp, or the IP protocol number.', 'tcp', undefined, { only: 'case' }),
  client_ip: text('Who opened it.', '10.0.0.1', undefined, { only: 'case', holds: 'ip' }),
  client_port: int('Port of the client; 0 without ports.', 49152, undefined, { only: 'case' }),
  server_ip: text('Who answered.', '10.0.0.2', undefined, { only: 'case', holds: 'ip' }),
  server_port: int('Port of the server; 0 without ports.', 25, undefined, { only: 'case' }),
  role_by: text('How client and server were told apart: syn, syn-ack, protocol, port or first-packet.', 'syn', 'flow.role_by'),
  client_mac: optional(list('Link-layer addresses of the client.', ['08-00-27-3D-25-4E'], 'source.mac')),
  server_mac: optional(list('Link-layer addresses of the server.', ['1C-AF-F7-70-ED-7C'], 'destination.mac')),
  vlan: optional(list('VLAN ids, outermost first.', [101, 600], ['flow.vlan', 'network.vlan.id'])),
  community_id: text('Community ID v1, seed 0.', '1:LQU9qZlK+B5F3KDmev6m5PMibrg=', undefined, { only: 'case' }),
  direction: optional(
    text('Seen from interfaces.internal_networks: inbound, outbound, internal or external.', 'inbound', 'network.direction'),
  ),
  client_country: optional(
    text('Country of the client, ISO 3166-1, as a GeoIP database says.', 'DE', [
      'client.geo.country_iso_code',
      'source.geo.country_iso_code',
    ]),
  ),
  client_city: optional(
    text('City of the client, in English, as a GeoIP database says.', 'Berlin', ['client.geo.city_name', 'source.geo.city_name']),
  ),
  client_as: optional(int('Autonomous system of the client, as a GeoIP database says.', 64496, ['client.as.number', 'source.as.number'])),
  client_as_org: optional(
    text('Who runs that autonomous system.', 'Example Networks', ['client.as.organization.name', 'source.as.organization.name']),
  ),
  server_country: optional(
    text('Country of the server, ISO 3166-1, as a GeoIP database says.', 'DE', [
      'server.geo.country_iso_code',
      'destination.geo.country_iso_code',
    ]),
  ),
  server_city: optional(
    text('City of the server, in English, as a GeoIP database says.', 'Berlin', ['server.geo.city_name', 'destination.geo.city_name']),
  ),
  server_as: optional(
    int('Autonomous system of the server, as a GeoIP database says.', 64496, ['server.as.number', 'destination.as.number']),
  ),
  server_as_org: optional(
    text('Who runs that autonomous system.', 'Example Networks', ['server.as.organization.name', 'destination.as.organization.name']),
  ),
  first_ns: long('Time of the first packet, nanoseconds since 1970 UTC.', 1440662455638957000n, undefined, { only: 'case' }),
  last_ns: long('Time of the last packet, nanoseconds since 1970 UTC.', 1440662455638957000n, undefined, { only: 'case' }),
  client_packets: int('Packets sent by the client.', 10, 'source.packets'),
  server_packets: int('Packets sent by the server.', 9, 'destination.packets'),
  client_bytes: int('Whole frames sent by the client, bytes on the wire.', 1480, ['source.bytes', 'client.bytes']),
  server_bytes: int('Whole frames sent by the server, bytes on the wire.', 181133, ['destination.bytes', 'server.bytes']),
  client_ip_bytes: int('Bytes sent by the client from the IP header up.', 1200, 'source.ip_bytes'),
  server_ip_bytes: int('Bytes sent by the server from the IP header up.', 180000, 'destination.ip_bytes'),
  client_payload_bytes: int('Transport payload sent by the client; TCP by sequence numbers.', 800, 'source.payload_bytes'),
  server_payload_bytes: int('Transport payload sent by the server; TCP by sequence numbers.', 170000, 'destination.payload_bytes'),
  state: text(
    'Connection state in the words of the field: S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH.',
    'SF',
    'flow.state',
  ),
  history: optional(
    text('One letter per kind of packet, upper case from the client, in order of first sight.', 'ShADadFf', 'flow.history'),
  ),
  end_reason: text('Why it ended: close, reset, timeout, eof or evicted.', 'close', 'flow.end_reason'),
  protocol: optional(text('Application protocol decoded on it.', 'smtp', undefined, { only: 'case' })),
  protocol_by: optional(text('What the protocol was chosen by: content or port.', 'content', 'flow.protocol_by')),
  upgraded_to: optional(
    text('What the connection turned into on the way: tls, websocket, or the protocol inside a tunnel.', 'tls', 'flow.upgraded_to'),
  ),
  transactions: int('Transactions decoded from it.', 3, 'flow.transactions'),
  service: optional(text('What a conversation that is not decoded may be: a guess.', 'ssh', ['flow.service', 'network.application'])),
  service_by: optional(text('What that guess is made by: bytes (its first ones) or port.', 'bytes', 'flow.service_by')),
  turns: int('How often the client spoke after the server had: its questions, in a dialogue.', 3, 'flow.turns'),
  first_byte_ns: optional(
    int("From the client's first payload to the server's first behind it, nanoseconds.", 61782000, 'flow.time_to_first_byte'),
  ),
  client_rate: optional(int("Payload a second between the client's first and last, bytes.", 12000, 'flow.source_bytes_per_second')),
  server_rate: optional(int("Payload a second between the server's first and last, bytes.", 980000, 'flow.destination_bytes_per_second')),
  client_flags: optional(text('All TCP flags the client set, hex.', '1b', 'tcp.flags_source_union')),
  server_flags: optional(text('All TCP flags the server set, hex.', '1b', 'tcp.flags_destination_union')),
  rtt_ns: optional(int('From SYN to the ACK that ends the handshake, nanoseconds.', 20130000, 'flow.rtt')),
  retransmitted_bytes: int('Bytes that were sent again, both sides.', 0, 'flow.retransmitted_bytes'),
  out_of_order_segments: int('Segments that came before an earlier one, both sides.', 0, 'flow.out_of_order_segments'),
  client_lost_bytes: int('Bytes of the client that were not captured.', 0, 'flow.client_lost_bytes'),
  server_lost_bytes: int('Bytes of the server that were not captured.', 0, 'flow.server_lost_bytes'),
  cut_bytes: int('Payload bytes that the snaplen cut off, both sides.', 0, 'flow.cut_bytes'),
  bad_checksums: int(
    'Packets whose checksum is wrong, or taken for wrong in a direction whose first ones all are (offload).',
    0,
    'flow.bad_checksums',
  ),
  icmp_type: optional(int('ICMP type of the first packet.', 8, 'icmp.type')),
  icmp_code: optional(int('ICMP code of the first packet.', 0, 'icmp.code')),
})

export const flowProcessFields = defineFields({
  flow: text('Content id of the flow, as `flow.flow`.', '2c26b46b68ffc68f'),
  ip: text('The end of the flow that the process holds: its address.', '10.0.0.1'),
  port: int('And its port.', 49152),
  pid: int('Process id.', 4711),
  name: text('Name of its program, or the one that the configuration gives it.', 'nginx'),
  executable: optional(text('Path of its program, where the host let it be seen.', '/usr/sbin/nginx')),
  args: optional(list('Its command line; only with --show-secrets, since passwords stand there.', ['nginx', '-g', 'daemon off;'])),
  started: text('When it began, ISO 8601 UTC.', '2026-01-01T00:00:00.000Z'),
  holders: int('Processes that held the socket; of several the youngest is named.', 1),
  asked_ns: long('When the host was asked, nanoseconds since 1970 UTC.', 1440662455638957000n),
})

export const anomalyFields = defineFields({
  id: int('Ordinal of the anomaly.', 1),
  code: text('What happened: <who>.<what>, listed by `audit schema --anomalies`.', 'smtp.line-length'),
  capture_id: optional(int('The capture it was seen in.', 1)),
  flow_id: optional(int('The flow it was seen in.', 12)),
  frame: optional(int('The packet it was seen in.', 19)),
  offset: optional(int('Byte offset in the capture, or in that side of the stream.', 4096)),
  message: text('What it means here, one sentence.', 'A command line of 9,000 bytes is longer than 4,096.'),
  count: int('How often, when alike ones were folded.', 1),
  run_id: optional(int('The run that saw it; filled in by the case.', 1, undefined, { only: 'case' })),
})

export const coverageFields = defineFields({
  protocol: text('Application protocol, or - for payload that none claimed.', 'smtp'),
  flows: int('Flows of it.', 2),
  decoded_bytes: int('Payload bytes that a parser read.', 24000),
  opaque_bytes: int('Payload bytes of another protocol inside (TLS, tunnels, upgrades).', 0),
  unknown_bytes: int('Payload bytes that no parser could read.', 0),
  lost_bytes: int('Payload bytes that were never captured.', 0),
  cut_bytes: int('Payload bytes that the snaplen cut off.', 0),
  share: real('Decoded share of all of them, 0 to 1.', 1),
  run_id: optional(int('The run that counted it; filled in by the case.', 1, undefined, { only: 'case' })),
})

export const findingFields = defineFields({
  id: int('Ordinal of the finding, in the order of time.', 1),
  source: text('Who says so: the file name of a list of indicators, or the name of a pack of rules.', 'feed.csv'),
  rule: text("Its rule: the list's own id of the indicator, else intel.<type>.", 'indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2'),
  severity: text('info, low, medium, high or critical; info for what was out of force at that time.', 'high'),
  title: text('What was found, in the words of the source where it has any.', 'Loader of March'),
  indicator: optional(text('What was looked for, as the source has it.', 'evil.example')),
  indicator_type: optional(
    text(
      'What that is, in the words of ECS: ipv4-addr, ipv6-addr, domain-name, url, email-addr; or hash, fingerprints included.',
      'domain-name',
    ),
  ),
  fit: optional(
    text(
      'How the value fits: exact, host (of a URL or a mail address), below (the domain), network, or all (several conditions at once).',
      'below',
    ),
  ),
  validity: optional(
    text(
      'Whether the source held it good when the packet was captured: in-force, not-yet or expired; NULL when it says no dates.',
      'in-force',
    ),
  ),
  place: text('Where it stands: view or table, and column.', 'http.host'),
  value: optional(text('What stands there.', 'cdn.evil.example')),
  ts_ns: long('Time of the row, nanoseconds since 1970 UTC.', 1440662455638957000n),
  tx_id: optional(int('The transaction; NULL when it is about a whole flow.', 4711)),
  tx: optional(text('Its content id.', '9f86d081884c7d65')),
  flow_id: optional(int('The flow.', 12)),
  flow: optional(text('Its content id.', '2c26b46b68ffc68f')),
  capture_id: optional(int('The capture that holds its first packet.', 1)),
  frames: optional(
    text('The packets of the transaction, as there; NULL for a flow, whose packets `audit packets --flow` finds.', '12-14,19'),
  ),
  count: int('Values of that row that fit.', 1),
  run_id: optional(int('The run that found it; NULL while it is in no case.', 1)),
})

export const captureTable: TableSchema = { name: 'capture', doc: 'One evidence file.', fields: captureFields }
export const runTable: TableSchema = { name: 'run', doc: 'One run of the tool that wrote into the case.', fields: runFields }
export const flowTable: TableSchema = { name: 'flow', doc: 'One conversation between two endpoints.', fields: flowFields }
export const anomalyTable: TableSchema = {
  name: 'anomaly',
  doc: 'One oddity, from a damaged capture to a malformed message.',
  fields: anomalyFields,
}
export const coverageTable: TableSchema = {
  name: 'coverage',
  doc: 'How much of the payload was understood, by protocol.',
  fields: coverageFields,
}

export const captureLossTable: TableSchema = {
  name: 'capture_loss',
  doc: 'One interval in which packets were lost while capturing, as far as the capture tells.',
  fields: captureLossFields,
}

export const flowProcessTable: TableSchema = {
  name: 'flow_process',
  doc: 'One process behind a socket of a flow: the word of the host that captured, not of the wire.',
  fields: flowProcessFields,
}

export const findingTable: TableSchema = {
  name: 'finding',
  doc: 'One row of the case that a list of indicators, or a rule, points at.',
  fields: findingFields,
}

/** The case's own tables. */
export const caseTables: readonly TableSchema[] = [
  captureTable,
  runTable,
  flowTable,
  anomalyTable,
  coverageTable,
  captureLossTable,
  flowProcessTable,
  findingTable,
]
