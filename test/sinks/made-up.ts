/** A made-up protocol and run, small enough to read, for the tests of the sinks. */
import type { FlowView } from '../../src/model/flow-view.js'
import { packetRef, Trace } from '../../src/model/trace.js'
import type { Transaction } from '../../src/model/transaction.js'
import { bool, defineFields, int, json, list, optional, type Row, real, text } from '../../src/schema/fields.js'
import { caseTables } from '../../src/schema/tables.js'
import type { RunSchemas, Sink, TransactionRecord, TransactionSchema } from '../../src/sinks/sink.js'

export const echo: TransactionSchema = {
  name: 'echo',
  doc: 'One word and its echo.',
  fields: defineFields({
    word: text('The word.', 'hello'),
    size: optional(int('Its size.', 5)),
    ratio: optional(real('A ratio.', 0.5)),
    loud: optional(bool('In capitals.', false)),
    letters: optional(list('Its letters.', ['h', 'e'])),
    detail: optional(json('More about it.', { a: 1 })),
    host: optional(text('Who is named.', 'example.com', ['echo.host', 'url.domain'], { related: 'hosts' })),
    seen_ip: optional(list('Addresses in it.', ['192.0.2.9'], undefined, { related: 'ip' })),
    raw: optional(text('Only in documents.', 'x', 'event.original', { only: 'document' })),
    inner: optional(text('Only in the case.', 'x', undefined, { only: 'case' })),
  }),
}
export const ping: TransactionSchema = {
  name: 'ping',
  doc: 'One ping.',
  eventType: ['connection'],
  fields: defineFields({
    seq: int('Sequence number.', 1),
    from: optional(text('Who answered.', '192.0.2.7', ['server.ip', 'destination.ip'])),
  }),
}

export const schemasFor = (...captures: string[]): RunSchemas => ({ transactions: [echo, ping], tables: caseTables, captures })

export const START = 1_440_662_455

export function flowView(ordinal: number, changes: Partial<FlowView> = {}): FlowView {
  return {
    id: `f${String(ordinal).padStart(15, '0')}`,
    ordinal,
    transport: 'tcp',
    ipVersion: 4,
    client: { ip: '192.0.2.1', port: 40_000 + ordinal },
    server: { ip: '192.0.2.2', port: 7 },
    vlan: [],
    communityId: '1:abc=',
    capture: 0,
    ...changes,
  }
}

export const flowRow = (flow: FlowView, firstNs: bigint, changes: Row = {}): Row => ({
  id: flow.ordinal,
  flow: flow.id,
  capture_id: flow.capture + 1,
  transport: flow.transport,
  client_ip: flow.client.ip,
  client_port: flow.client.port,
  server_ip: flow.server.ip,
  server_port: flow.server.port,
  role_by: 'syn',
  community_id: flow.communityId,
  first_ns: firstNs,
  last_ns: firstNs + 5_000_000n,
  client_packets: 2,
  server_packets: 1,
  client_bytes: 120,
  server_bytes: 60,
  client_ip_bytes: 92,
  server_ip_bytes: 46,
  client_payload_bytes: 10,
  server_payload_bytes: 5,
  state: 'SF',
  end_reason: 'close',
  transactions: 1,
  retransmitted_bytes: 0,
  out_of_order_segments: 0,
  client_lost_bytes: 0,
  server_lost_bytes: 0,
  cut_bytes: 0,
  bad_checksums: 0,
  ...changes,
})

export interface Wanted {
  readonly capture?: number
  readonly schema?: TransactionSchema
  readonly flow?: FlowView
  readonly row?: Row
  readonly tx?: Partial<Transaction<Row>>
  readonly tags?: readonly string[]
  readonly id?: string
}

const txId = (n: number): string => ((BigInt(n) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0')

/** A transaction that begins `ms` milliseconds after START and is answered 2 ms later; frames 2n+1 and 2n+2. */
export function record(n: number, ms: number, wanted: Wanted = {}): TransactionRecord {
  const capture = wanted.capture ?? 0
  const at = (add: number) => ({ sec: START + Math.floor((ms + add) / 1000), nsec: ((ms + add) % 1000) * 1_000_000 })
  return {
    schema: wanted.schema ?? echo,
    id: wanted.id ?? txId(n),
    flow: wanted.flow ?? flowView(1),
    tx: {
      request: new Trace(packetRef(capture, 2 * n + 1), at(0), at(0), 10),
      response: new Trace(packetRef(capture, 2 * n + 2), at(2), at(2), 5),
      complete: 'complete',
      status: 'OK',
      method: 'ECHO',
      row: wanted.row ?? { word: `word ${n}` },
      ...wanted.tx,
    },
    ...(wanted.tags ? { tags: wanted.tags } : {}),
  }
}

export const captureRow = (ordinal: number, name: string, sha256: string): Row => ({
  id: ordinal + 1,
  run_id: 1,
  name,
  path: `evidence/${name}`,
  size: 100,
  sha256,
  container: 'pcap',
  compression: 'none',
  link_types: [1],
  snaplen: 65_535,
  ticks_per_second: 1_000_000,
  first_ns: BigInt(START) * 1_000_000_000n,
  last_ns: BigInt(START) * 1_000_000_000n + 7n,
  packets: 2,
  bytes: 100,
  wire_bytes: 100,
  interfaces: [{ name: 'eth0' }],
})

export const runRow: Row = {
  id: 1,
  version: '0.1.0',
  tool_hash: 'aa',
  node: 'v20',
  command_line: 'audit analyze',
  config: {},
  config_hash: 'bb',
  show_secrets: false,
  started: '2026-01-01T00:00:00Z',
  ended: '2026-01-01T00:00:01Z',
  host_zone: 'UTC',
  finished: true,
}

export interface Run {
  readonly captures: readonly { readonly name: string; readonly sha256: string }[]
  readonly records: readonly TransactionRecord[]
  readonly flows?: readonly (readonly [FlowView, Row])[]
  readonly rows?: readonly (readonly [table: string, row: Row])[]
}

export async function writeRun(sink: Sink, run: Run): Promise<void> {
  sink.begin(schemasFor(...run.captures.map((c) => c.name)))
  for (const item of run.records) sink.transaction(item)
  const flows = run.flows ?? [[flowView(1), flowRow(flowView(1), BigInt(START) * 1_000_000_000n)] as const]
  for (const [flow, row] of flows) sink.flow(flow, row, true)
  run.captures.forEach((c, i) => {
    sink.row('capture', captureRow(i, c.name, c.sha256))
  })
  for (const [table, row] of run.rows ?? []) sink.row(table, row)
  sink.row('run', runRow)
  await sink.end()
}
