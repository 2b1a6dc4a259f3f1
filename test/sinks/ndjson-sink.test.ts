import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { packetRef, Trace } from '../../src/model/trace.js'
import { transactionFields } from '../../src/schema/tables.js'
import { openNdjson } from '../../src/sinks/ndjson/ndjson-sink.js'
import { transactionEnvelope } from '../../src/sinks/ndjson/transaction-document.js'
import { captureRow, flowRow, flowView, ping, type Run, record, START, schemasFor, tempFolder, writeRun } from './rig.js'

const captures = [{ name: 'a.pcap', sha256: 'aaaa' }]
type Doc = Record<string, unknown>

async function lines(run: Partial<Run>): Promise<string[]> {
  const path = join(tempFolder(), 'out.ndjson')
  await writeRun(openNdjson(path), { captures, records: [], flows: [], ...run })
  return readFileSync(path, 'utf8').trimEnd().split('\n')
}
const docs = async (run: Partial<Run>): Promise<Doc[]> => (await lines(run)).map((line) => JSON.parse(line) as Doc)

describe('a transaction document', () => {
  test('has the envelope of Packetbeat and the columns at their paths', async () => {
    const row = {
      word: 'hi',
      size: 2,
      letters: ['h'],
      detail: { a: 1 },
      host: 'example.com',
      seen_ip: ['192.0.2.9', '192.0.2.1'],
      raw: 'ECHO hi',
      inner: 'no',
    }
    const [doc] = await docs({
      records: [record(1, 5, { row, tags: ['t'], tx: { user: 'alice', request_text: 'in', response_text: 'out' } })],
    })
    expect(doc).toEqual({
      '@timestamp': '2015-08-27T08:00:55.005000000Z',
      type: 'echo',
      status: 'OK',
      event: {
        kind: 'event',
        category: ['network'],
        type: ['connection', 'protocol'],
        dataset: 'echo',
        outcome: 'success',
        start: '2015-08-27T08:00:55.005000000Z',
        end: '2015-08-27T08:00:55.007000000Z',
        duration: 2_000_000,
        original: 'ECHO hi',
      },
      method: 'ECHO',
      client: { ip: '192.0.2.1', port: 40_001, bytes: 10 },
      server: { ip: '192.0.2.2', port: 7, bytes: 5 },
      source: { ip: '192.0.2.1', port: 40_001, bytes: 10 },
      destination: { ip: '192.0.2.2', port: 7, bytes: 5 },
      network: { type: 'ipv4', transport: 'tcp', protocol: 'echo', bytes: 15, community_id: '1:abc=' },
      user: { name: 'alice' },
      related: { ip: ['192.0.2.1', '192.0.2.2', '192.0.2.9'], hosts: ['example.com'], user: ['alice'] },
      tags: ['t'],
      audit: { tx: record(1, 5).id, flow: 'f000000000000001', capture: 'a.pcap', frames: '3-4', complete: 'complete' },
      request: 'in',
      response: 'out',
      echo: { word: 'hi', size: 2, letters: ['h'], detail: { a: 1 }, host: 'example.com', seen_ip: ['192.0.2.9', '192.0.2.1'] },
      url: { domain: 'example.com' },
    })
  })

  test('of a response without a request begins with the response and has no start', async () => {
    const [doc] = await docs({
      records: [record(1, 5, { tx: { request: undefined, complete: 'orphan-response', status: 'Error', notes: ['Unmatched response'] } })],
    })
    expect(doc).toMatchObject({
      '@timestamp': '2015-08-27T08:00:55.007000000Z',
      error: { message: 'Unmatched response' },
      network: { bytes: 5 },
    })
    expect(doc!.event).not.toHaveProperty('start')
    expect(doc!.event).not.toHaveProperty('duration')
    expect(doc!.event).toMatchObject({ end: '2015-08-27T08:00:55.007000000Z', outcome: 'failure' })
    expect(doc!.client).not.toHaveProperty('bytes')
  })

  test('of several notes lists them', async () => {
    const [doc] = await docs({ records: [record(1, 5, { tx: { response: undefined, complete: 'no-response', notes: ['one', 'two'] } })] })
    expect(doc).toMatchObject({ error: { message: ['one', 'two'] } })
    expect(doc!.event).not.toHaveProperty('end')
  })

  test('has no ports where there are none, its own event type, and the addresses the protocol knows better', async () => {
    const flow = flowView(1, { transport: 'icmp', client: { ip: '10.0.0.1', port: 0 }, server: { ip: '10.0.0.2', port: 0 } })
    const [plain, better] = await docs({
      records: [
        record(1, 5, { schema: ping, flow, row: { seq: 1 } }),
        record(2, 6, { schema: ping, flow, row: { seq: 2, from: '10.0.0.9' } }),
      ],
    })
    expect(plain).toMatchObject({ event: { type: ['connection'] }, server: { ip: '10.0.0.2', bytes: 5 } })
    expect(plain!.server).not.toHaveProperty('port')
    expect(better).toMatchObject({ server: { ip: '10.0.0.9' }, destination: { ip: '10.0.0.9' }, client: { ip: '10.0.0.1' } })
  })

  test('keeps 64-bit integers and escapes what a terminal would obey', async () => {
    const [line] = await lines({
      records: [record(1, 5, { row: { word: '\u001b[2J\u009b\u202e"\ud800', size: 2n ** 63n, ratio: Number.NaN } })],
    })
    expect(line).toContain('"size":9223372036854775808')
    expect(line).toContain('"word":"\\u001b[2J\\u009b\\u202e\\"\\ud800"')
    expect(line).toContain('"ratio":null')
  })

  test('covers the document paths that the common columns declare', () => {
    const declared = Object.values(transactionFields).flatMap((field) => (field.path === undefined ? [] : [field.path].flat()))
    for (const path of declared) expect(transactionEnvelope).toContain(path)
  })
})

describe('flow and capture documents', () => {
  test('a flow is a Packetbeat flow with more', async () => {
    const flow = flowView(1, { vlan: [101, 600] })
    const row = flowRow(flow, BigInt(START) * 1_000_000_000n, {
      vlan: [101, 600],
      client_mac: ['08-00-27-3D-25-4E'],
      server_mac: ['00-00-00-00-00-02', '00-00-00-00-00-03'],
      protocol: 'echo',
      client_flags: '1b',
      server_flags: '12',
    })
    const [doc] = await docs({ flows: [[flow, row]] })
    expect(doc).toMatchObject({
      '@timestamp': '2015-08-27T08:00:55.005000000Z',
      type: 'flow',
      event: {
        kind: 'event',
        category: ['network'],
        type: ['connection', 'end'],
        dataset: 'flow',
        action: 'network_flow',
        start: '2015-08-27T08:00:55.000000000Z',
        end: '2015-08-27T08:00:55.005000000Z',
        duration: 5_000_000,
      },
      source: { ip: '192.0.2.1', port: 40_001, mac: '08-00-27-3D-25-4E', packets: 2, bytes: 120, ip_bytes: 92, payload_bytes: 10 },
      destination: { ip: '192.0.2.2', port: 7, mac: ['00-00-00-00-00-02', '00-00-00-00-00-03'], packets: 1, bytes: 60 },
      client: { ip: '192.0.2.1', port: 40_001, bytes: 120 },
      network: { type: 'ipv4', transport: 'tcp', protocol: 'echo', bytes: 180, packets: 3, community_id: '1:abc=' },
      flow: { id: 'f000000000000001', final: true, vlan: [101, 600], state: 'SF' },
      tcp: { flags_source_union: '1b', flags_destination_union: '12', flags_union: '1b' },
      audit: { flow: 'f000000000000001', capture: 'a.pcap' },
    })
  })

  test('a single VLAN is a number, an interim report is not final, ICMP has no ports', async () => {
    const path = join(tempFolder(), 'out.ndjson')
    const sink = openNdjson(path)
    sink.begin(schemasFor('a.pcap'))
    const flow = flowView(1, { transport: 'icmp', client: { ip: '::1', port: 0 }, server: { ip: '::2', port: 0 }, ipVersion: 6 })
    sink.flow(flow, flowRow(flow, 0n, { vlan: [10], icmp_type: 8, icmp_code: 0 }), false)
    await sink.end()
    const doc = JSON.parse(readFileSync(path, 'utf8')) as Doc
    expect(doc).toMatchObject({
      event: { type: ['connection'] },
      flow: { vlan: 10, final: false },
      icmp: { type: 8, code: 0 },
      network: { type: 'ipv6' },
    })
    expect(doc.source).not.toHaveProperty('port')
  })

  test('captures close the output with their hashes', async () => {
    const all = await docs({ records: [record(1, 1)] })
    expect(all.at(-1)).toMatchObject({
      type: 'capture',
      audit: { capture: 'a.pcap', packets: 2 },
      file: { name: 'a.pcap', path: 'evidence/a.pcap', size: 100, hash: { sha256: 'aaaa' } },
    })
  })
})

describe('the output', () => {
  test('appears under its name once it is whole', async () => {
    const folder = tempFolder()
    const path = join(folder, 'out.ndjson')
    const sink = openNdjson(path)
    sink.begin(schemasFor('a.pcap'))
    for (let i = 0; i < 2000; i++) sink.transaction(record(i, i))
    expect(readdirSync(folder)).toEqual(['out.ndjson.partial'])
    await sink.end()
    expect(readdirSync(folder)).toEqual(['out.ndjson'])
    expect(
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { audit: { tx: string } }).audit.tx),
    ).toEqual(Array.from({ length: 2000 }, (_, i) => record(i, i).id))
  })

  test('leaves what was there when the run is given up', async () => {
    const folder = tempFolder()
    const path = join(folder, 'out.ndjson')
    writeFileSync(path, 'before\n')
    const sink = openNdjson(path)
    sink.begin(schemasFor('a.pcap'))
    sink.transaction(record(1, 1))
    sink.abort()
    expect(readdirSync(folder)).toEqual(['out.ndjson'])
    expect(readFileSync(path, 'utf8')).toBe('before\n')
  })

  test('is the same every time, byte by byte, however long a line is', async () => {
    const records = [
      record(1, 1, { row: { word: 'é😀'.repeat(200_000) } }),
      ...Array.from({ length: 300 }, (_, i) => record(i, i, { row: { word: 'w'.repeat(i * 10) } })),
    ]
    const once = await lines({ records })
    expect(await lines({ records })).toEqual(once)
    expect((JSON.parse(once[0]!) as { echo: { word: string } }).echo.word).toBe('é😀'.repeat(200_000))
  })

  test('is refused where it cannot be written', () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'out.ndjson'))
    expect(() => openNdjson(join(folder, 'out.ndjson'))).toThrow(/folder/)
    expect(() => openNdjson(join(folder, 'none', 'out.ndjson'))).toThrow(/cannot be written/)
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  test('waits for a slow reader', async () => {
    let text = ''
    let release: (() => void) | undefined
    const slow = new Writable({
      highWaterMark: 16,
      write(chunk, _, done) {
        text += String(chunk)
        release = done
      },
    })
    const sink = openNdjson('-', slow)
    sink.begin(schemasFor('a.pcap'))
    for (let i = 0; i < 100; i++) sink.transaction(record(i, i))
    const wait = sink.drain()
    expect(wait).toBeInstanceOf(Promise)
    let free = false
    void wait!.then(() => {
      free = true
    })
    await Promise.resolve()
    expect(free).toBe(false)
    const pump = setInterval(() => release?.(), 1)
    await wait
    await sink.end()
    clearInterval(pump)
    expect(text.trimEnd().split('\n')).toHaveLength(100)
  })

  test('stops quietly when the reader leaves', async () => {
    const gone = new PassThrough()
    const sink = openNdjson('-', gone)
    sink.begin(schemasFor('a.pcap'))
    gone.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    for (let i = 0; i < 2000; i++) sink.transaction(record(i, i))
    sink.row('capture', captureRow(0, 'a.pcap', 'aaaa'))
    await expect(sink.end()).resolves.toBeUndefined()
  })

  test('names the frames of another capture', async () => {
    const at = { sec: START, nsec: 0 }
    const request = new Trace(packetRef(0, 5), at, at, 1)
    const response = new Trace(packetRef(1, 1), at, at, 1)
    const [doc] = await docs({
      captures: [...captures, { name: 'b.pcap', sha256: 'bb' }],
      records: [record(1, 1, { tx: { request, response } })],
    })
    expect(doc).toMatchObject({ audit: { frames: '5,2:1', capture: 'a.pcap' } })
  })
})
