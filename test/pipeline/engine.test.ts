import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { defaultSettings } from '../../src/config/settings.js'
import { analyze } from '../../src/pipeline/analyze.js'
import type { Likeness, Look } from '../../src/protocols/protocol.js'
import { protocols } from '../../src/protocols/registry.js'
import type { Frame } from '../support/captures.js'
import { frame, pcap, tcpFrame, udpFrame } from '../support/captures.js'
import { MemorySink } from '../support/memory-sink.js'
import { run } from '../support/run.js'

const A = { src: '10.0.0.1', dst: '10.0.0.2' }
const B = { src: '10.0.0.2', dst: '10.0.0.1' }
const flows = (over: object) => ({ flows: { ...defaultSettings(protocols).flows, ...over } })
const udp = (sec: number, from = A, srcPort = 4000, dstPort = 9): Frame => frame(udpFrame({ ...from, srcPort, dstPort }, 'x'), sec)

interface Tcp {
  readonly flags: string
  readonly seq: number
  readonly ack?: number
  readonly data?: string
}
const tcp = (sec: number, from: typeof A, { flags, seq, ack, data }: Tcp, client = 40000, server = 80): Frame =>
  frame(
    tcpFrame(
      {
        ...from,
        srcPort: from === A ? client : server,
        dstPort: from === A ? server : client,
        flags,
        seq,
        ...(ack === undefined ? {} : { ack }),
      },
      data ?? '',
    ),
    sec,
  )
/** A whole connection from SYN to FIN, one second a packet. */
const connection = (sec: number, isn = 100, port = 40000): Frame[] => [
  tcp(sec, A, { flags: 'S', seq: isn }, port),
  tcp(sec + 1, B, { flags: 'SA', seq: 500, ack: isn + 1 }, port),
  tcp(sec + 2, A, { flags: 'A', seq: isn + 1, ack: 501 }, port),
  tcp(sec + 3, A, { flags: 'FA', seq: isn + 1, ack: 501 }, port),
  tcp(sec + 4, B, { flags: 'FA', seq: 501, ack: isn + 2 }, port),
  tcp(sec + 5, A, { flags: 'A', seq: isn + 2, ack: 502 }, port),
]

describe('client and server without a handshake', () => {
  const roles = async (...frames: Frame[]) =>
    (await run([pcap(frames)])).sink.flows.map(({ row }) => [row.client_ip, row.server_ip, row.role_by])

  test('the sender of the first packet is the client of what nobody reads', async () =>
    expect(await roles(udp(1), udp(2, B, 9, 4000))).toEqual([['10.0.0.1', '10.0.0.2', 'first-packet']]))

  test('unless it speaks from a well-known port and the other side does not', async () => {
    expect(await roles(udp(1, B, 161, 4000), udp(2, A, 4000, 161))).toEqual([['10.0.0.1', '10.0.0.2', 'port']])
    expect(await roles(udp(1, B, 53, 4000))).toEqual([['10.0.0.1', '10.0.0.2', 'protocol']])
    expect(await roles(udp(1, A, 123, 123))).toEqual([['10.0.0.1', '10.0.0.2', 'first-packet']])
    expect(await roles(udp(1, A, 4000, 161))).toEqual([['10.0.0.1', '10.0.0.2', 'first-packet']])
  })

  test('what the bytes say comes first: a question from port 53', async () => {
    const query = Buffer.from('123401000001000000000000076578616d706c6503636f6d0000010001', 'hex')
    const one = frame(udpFrame({ ...A, srcPort: 53, dstPort: 4000 }, query), 1)
    expect(await roles(one)).toEqual([['10.0.0.1', '10.0.0.2', 'first-packet']])
  })
})

describe('flows by the packet clock', () => {
  test('silence beyond the timeout ends a datagram flow; within it, not', async () => {
    const long = await run([pcap([udp(1000), udp(1031), udp(1032)])], { settings: flows({ timeoutMs: 30_000 }) })
    expect(long.sink.flows.map(({ row }) => [row.client_packets, row.end_reason])).toEqual([
      [1, 'timeout'],
      [2, 'eof'],
    ])
    const short = await run([pcap([udp(1000), udp(1029), udp(1030)])], { settings: flows({ timeoutMs: 30_000 }) })
    expect(short.sink.flows.length).toBe(1)
  })

  test('one wild timestamp ends nothing', async () => {
    const { sink } = await run([pcap([udp(1000), udp(1001, A, 4001), udp(4_000_000_000, A, 4002), udp(1002), udp(1003, A, 4001)])], {
      settings: flows({ timeoutMs: 30_000 }),
    })
    expect(sink.flows.length).toBe(3)
  })

  test('interim reports come at their period, and the last word is final', async () => {
    const { sink } = await run([pcap(Array.from({ length: 40 }, (_, i) => udp(1000 + i)))], { settings: flows({ periodMs: 10_000 }) })
    expect(sink.flows.map(({ final }) => final)).toEqual([true])
    const documents: boolean[] = []
    class Documents extends MemorySink {
      readonly documents = true
      override flow(...args: Parameters<MemorySink['flow']>): void {
        documents.push(args[2])
      }
    }
    const reader = await openCapture({ stdin: Readable.from([pcap(Array.from({ length: 40 }, (_, i) => udp(1000 + i)))]) })
    await analyze({
      readers: [reader],
      protocols,
      sinks: [new Documents()],
      settings: { ...defaultSettings(protocols), ...flows({ periodMs: 10_000 }) },
    })
    expect(documents).toEqual([false, false, false, true])
  })

  test('a time window leaves the packets outside it out', async () => {
    const reader = await openCapture({ stdin: Readable.from([pcap([udp(1000), udp(1001), udp(1002), udp(1003)])]) })
    const result = await analyze({
      readers: [reader],
      protocols,
      sinks: [],
      settings: defaultSettings(protocols),
      start: { sec: 1001, nsec: 0 },
      end: { sec: 1002, nsec: 0 },
    })
    expect(result.packets).toBe(2)
  })
})

describe('connections', () => {
  test('handshake, close and a new SYN on the same ports give two flows, each whole', async () => {
    const { sink } = await run([pcap([...connection(1000), ...connection(1010, 9000)])])
    expect(sink.flows.map(({ row }) => [row.state, row.end_reason, row.client_packets, row.server_packets, row.role_by])).toEqual([
      ['SF', 'close', 4, 2, 'syn'],
      ['SF', 'close', 4, 2, 'syn'],
    ])
    expect(sink.flows[0]!.row.flow).not.toBe(sink.flows[1]!.row.flow)
    expect(sink.flows[0]!.row.rtt_ns).toBe(2_000_000_000)
  })

  test('a repeated SYN is the same connection', async () => {
    const [syn, ...rest] = connection(1000)
    expect((await run([pcap([syn!, syn!, ...rest])])).sink.flows.length).toBe(1)
  })

  test.each([
    ['S0', [tcp(1, A, { flags: 'S', seq: 1 })]],
    ['REJ', [tcp(1, A, { flags: 'S', seq: 1 }), tcp(2, B, { flags: 'RA', seq: 0, ack: 2 })]],
    ['S1', connection(1).slice(0, 3)],
    ['RSTO', [...connection(1).slice(0, 3), tcp(9, A, { flags: 'R', seq: 101 })]],
    ['RSTR', [...connection(1).slice(0, 3), tcp(9, B, { flags: 'R', seq: 501 })]],
    ['S2', connection(1).slice(0, 4)],
    ['SH', [tcp(1, A, { flags: 'S', seq: 1 }), tcp(2, A, { flags: 'FA', seq: 2, ack: 9 })]],
    ['RSTOS0', [tcp(1, A, { flags: 'S', seq: 1 }), tcp(2, A, { flags: 'R', seq: 2 })]],
    ['OTH', [tcp(1, A, { flags: 'A', seq: 1, ack: 5, data: 'x' })]],
  ])('state %s', async (state, frames) => {
    expect((await run([pcap(frames)])).sink.flows[0]!.row.state).toBe(state)
  })

  test('a SYN-ACK seen first still names the client', async () => {
    const { sink } = await run([pcap([tcp(1, B, { flags: 'SA', seq: 500, ack: 101 }), tcp(2, A, { flags: 'A', seq: 101, ack: 501 })])])
    expect(sink.flows[0]!.row).toMatchObject({ client_ip: '10.0.0.1', client_port: 40000, server_port: 80, role_by: 'syn-ack' })
  })
})

describe('detection', () => {
  const request = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n'
  const response = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
  const spoken = (port: number, first: string): Frame[] => [
    tcp(1, A, { flags: 'S', seq: 100 }, 40000, port),
    tcp(2, B, { flags: 'SA', seq: 500, ack: 101 }, 40000, port),
    tcp(3, A, { flags: 'PA', seq: 101, ack: 501, data: first }, 40000, port),
    tcp(4, B, { flags: 'PA', seq: 501, ack: 101 + first.length, data: response }, 40000, port),
  ]

  test('finds a protocol on any port, and says by what', async () => {
    const { sink } = await run([pcap(spoken(31337, request))])
    expect(sink.meaning('http').length).toBe(1)
    expect(sink.flows[0]!.row).toMatchObject({ protocol: 'http', protocol_by: 'content', transactions: 1 })
  })

  test('under `detection: ports` only the given ports count', async () => {
    const only = (ports: number[]) => {
      const settings = defaultSettings(protocols)
      const http = settings.protocols.get('http')!
      return { detection: 'ports' as const, protocols: new Map(settings.protocols).set('http', { ...http, ports }) }
    }
    expect((await run([pcap(spoken(31337, request))], { settings: only([80]) })).sink.meaning('http').length).toBe(0)
    expect((await run([pcap(spoken(31337, request))], { settings: only([31337]) })).sink.meaning('http').length).toBe(1)
  })

  test('without a SYN the request tells who is the client', async () => {
    const { sink } = await run([
      pcap([
        tcp(4, B, { flags: 'PA', seq: 501, ack: 101, data: response }, 40000, 31337),
        tcp(5, A, { flags: 'PA', seq: 101, ack: 501 + response.length, data: request }, 40000, 31337),
        tcp(6, B, { flags: 'PA', seq: 501 + response.length, ack: 101 + request.length, data: response }, 40000, 31337),
      ]),
    ])
    expect(sink.flows[0]!.row).toMatchObject({ client_ip: '10.0.0.1', role_by: 'protocol' })
    expect(sink.records.map(({ tx }) => tx.complete).sort()).toEqual(['complete', 'orphan-response'])
  })

  test('a conversation that starts in the middle of something unknown is found when a request begins', async () => {
    const noise = 'zzzz'
    const { sink } = await run([
      pcap([
        tcp(1, B, { flags: 'PA', seq: 400, ack: 101, data: noise }),
        tcp(2, A, { flags: 'PA', seq: 101, ack: 404, data: request }),
        tcp(3, B, { flags: 'PA', seq: 404, ack: 101 + request.length, data: response }),
      ]),
    ])
    expect(sink.meaning('http').length).toBe(1)
  })

  test('what waited for a decision is read in the order it was said, not in that of swapped frames', async () => {
    const http = protocols.find(({ name }) => name === 'http')!
    const patient = { ...http, probe: ({ server }: Look): Likeness => (server.left === 0 ? 'maybe' : 'yes') }
    const [syn, synAck, asked, answered] = spoken(80, request)
    const { sink } = await run([pcap([syn!, synAck!, answered!, asked!])], { protocols: [patient] })
    expect(sink.records.map(({ tx }) => [tx.complete, tx.status])).toEqual([['complete', 'OK']])
  })
})

describe('what is not understood is counted', () => {
  test('payload of nobody stands in the coverage', async () => {
    const { result } = await run([pcap([udp(1), udp(2)])])
    expect(result.coverage).toEqual([
      { protocol: '-', flows: 1, decoded_bytes: 0, opaque_bytes: 0, unknown_bytes: 2, lost_bytes: 0, cut_bytes: 0, share: 0 },
    ])
  })

  test('frames that are not IP are an anomaly with a count', async () => {
    const arp = Buffer.concat([Buffer.alloc(12, 1), Buffer.from([0x08, 0x06]), Buffer.alloc(28)])
    const { result } = await run([pcap([frame(arp), frame(arp)])])
    expect(result.anomalies).toMatchObject([{ code: 'decode.not-ip', count: 2 }])
  })
})
