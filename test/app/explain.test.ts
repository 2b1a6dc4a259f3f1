import { renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { explain } from '../../src/app/explain.js'
import type { FlowLedger } from '../../src/model/flow-ledger.js'
import { jsonDocument } from '../../src/report/json-document.js'
import { ledgerText } from '../../src/report/ledger-text.js'
import { frame, pcap, tcpFrame, udpFrame } from '../support/captures.js'
import { caseOf, newFolder, rowsOf } from '../support/case.js'

const samples = resolve(import.meta.dirname, '../../samples')
const sample = (name: string): Promise<string> => caseOf(join(newFolder(), 'case.sqlite'), [join(samples, name)])
const ledgerOf = async (path: string, flow = '1'): Promise<FlowLedger> => (await explain({ path, flow })).ledger
const kinds = ({ events }: FlowLedger): string[] => events!.map(({ kind }) => kind)

const port = (serverPort: number) => ({
  there: { src: '192.0.2.7', dst: '192.0.2.80', srcPort: 41_000, dstPort: serverPort },
  back: { src: '192.0.2.80', dst: '192.0.2.7', srcPort: serverPort, dstPort: 41_000 },
})
const handshake = ({ there, back }: ReturnType<typeof port>): Uint8Array[] => [
  tcpFrame({ ...there, flags: 'S', seq: 9 }),
  tcpFrame({ ...back, flags: 'SA', seq: 99, ack: 10 }),
  tcpFrame({ ...there, flags: 'A', seq: 10, ack: 100 }),
]
async function caseWith(...frames: Uint8Array[]): Promise<string> {
  const folder = newFolder()
  writeFileSync(join(folder, 'a.pcap'), pcap(frames.map((data, i) => frame(data, 1_000_000_000, i * 1000))))
  return caseOf(join(folder, 'case.sqlite'), [join(folder, 'a.pcap')])
}

test('STARTTLS: chosen by content, then another protocol from a byte on', async () => {
  const path = await sample('smtp/starttls.pcap')
  const ledger = await ledgerOf(path)
  expect(kinds(ledger)).toEqual(['roles', 'asked', 'chosen', 'upgrade', 'chosen', 'closed', 'ended'])
  const [roles, asked, chosen, upgrade, after] = ledger.events!
  expect(roles!.text).toContain('it sent the SYN')
  expect(asked!.asked).toMatchObject({ client_bytes: 0, yes: [{ protocol: 'smtp', hinted: true, server_port: 25 }], no: [] })
  expect([chosen!.text, after!.text]).toEqual([
    expect.stringContaining('smtp was chosen by content'),
    expect.stringContaining('tls reads on'),
  ])
  const client = Buffer.from(ledger.client!.head, 'hex').toString()
  expect(client).toMatch(/^ehlo .*\r\nSTARTTLS\r\n/s)
  expect(upgrade).toMatchObject({ side: 'client', offset: client.indexOf('STARTTLS\r\n') + 10 })
  expect(ledger.client!.bytes.opaque).toBeGreaterThan(0)
  expect(ledger.first_failure).toBeUndefined()
  expect(ledger.differences).toEqual([])
  expect(ledger.transactions.map(({ protocol, again }) => [protocol, again])).toEqual([
    ['smtp', true],
    ['tls', true],
  ])
})

test('CONNECT: what is in the tunnel is looked at again', async () => {
  const path = await sample('http/connect.pcap')
  const [flow] = rowsOf(path, "SELECT id FROM flow WHERE upgraded_to = 'tls' OR upgraded_to = 'http' ORDER BY id LIMIT 1")
  const ledger = await ledgerOf(path, String(flow!.id))
  const shown = kinds(ledger)
  expect(shown.indexOf('upgrade')).toBeGreaterThan(shown.indexOf('chosen'))
  expect(shown.slice(shown.indexOf('upgrade'))).toEqual(expect.arrayContaining(['asked', 'chosen']))
})

test('a flow by one of its transactions', async () => {
  const path = await sample('smtp/two-mails.pcap')
  const [row] = rowsOf(path, 'SELECT id, tx, flow_id FROM tx_smtp ORDER BY id DESC LIMIT 1')
  for (const transaction of [String(row!.id), String(row!.tx)])
    expect(Number((await explain({ path, transaction })).ledger.flow.id)).toBe(Number(row!.flow_id))
  await expect(explain({ path })).rejects.toThrow('no flow was named')
  await expect(explain({ path, flow: '1', transaction: '1' })).rejects.toThrow('not both')
  await expect(explain({ path, flow: '99' })).rejects.toThrow('no flow 99')
})

test('a protocol on a port of another one, and one that nobody knows', async () => {
  const on = port(3306)
  const http = await ledgerOf(
    await caseWith(
      ...handshake(on),
      tcpFrame({ ...on.there, flags: 'PA', seq: 10, ack: 100 }, 'GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n'),
    ),
  )
  expect(http.hints).toEqual(['mysql'])
  const round = http.events!.find(({ kind }) => kind === 'asked')!.asked!
  expect(round).toMatchObject({ client_bytes: 36, server_bytes: 0, yes: [{ protocol: 'http', hinted: false }] })
  expect([...round.no, ...round.maybe.map(({ protocol }) => protocol)]).toContain('mysql')

  const noise = '\x01\x99\xfe\x00\x07\x1b[31mx\x02'
  const path = await caseWith(
    ...handshake(on),
    tcpFrame({ ...on.there, flags: 'PA', seq: 10, ack: 100 }, Buffer.from(noise, 'latin1')),
    tcpFrame({ ...on.there, flags: 'FA', seq: 10 + noise.length, ack: 100 }),
    tcpFrame({ ...on.back, flags: 'FA', seq: 100, ack: 11 + noise.length }),
  )
  const unknown = await ledgerOf(path)
  expect(unknown.client!.bytes).toMatchObject({ decoded: 0, unparsed: noise.length })
  expect(unknown.first_failure).toMatchObject({
    kind: 'unknown',
    side: 'client',
    offset: 0,
    before: '',
    after: Buffer.from(noise, 'latin1').toString('hex'),
  })
  for (const text of [ledgerText(unknown), jsonDocument(unknown)]) expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
})

test('seen from the middle, the protocol says who is client', async () => {
  const on = port(8080)
  const ledger = await ledgerOf(
    await caseWith(
      tcpFrame({ ...on.back, flags: 'PA', seq: 100, ack: 50 }, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
      tcpFrame({ ...on.there, flags: 'PA', seq: 50, ack: 140 }, 'GET /b HTTP/1.1\r\nHost: a.example\r\n\r\n'),
    ),
  )
  expect(kinds(ledger)).toContain('middle')
  expect(ledger.flow).toMatchObject({ role_by: 'protocol', server_port: 8080 })
  expect(ledger.events!.find(({ kind }) => kind === 'roles')!.text).toContain('the client is the receiver of the first packet')
})

test('lost bytes: how many, where, and whether the parser went on', async () => {
  const on = port(80)
  const get = 'GET /c HTTP/1.1\r\nHost: a.example\r\n\r\n'
  const ledger = await ledgerOf(
    await caseWith(
      ...handshake(on),
      tcpFrame({ ...on.there, flags: 'PA', seq: 10, ack: 100 }, get),
      tcpFrame({ ...on.back, flags: 'PA', seq: 100, ack: 10 + get.length }, 'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nabc'),
      tcpFrame({ ...on.back, flags: 'PA', seq: 500, ack: 10 + get.length }, 'rest'),
    ),
  )
  const lost = ledger.events!.find(({ kind }) => kind === 'lost')
  expect(lost).toMatchObject({ side: 'server', offset: 43, bytes: 357 })
  expect(ledger.server!.ranges.filter(({ fate }) => fate === 'lost')).toMatchObject([{ from: 43, to: 400 }])
  expect(ledger.server!.bytes.lost).toBe(357)
})

test('a parser that gives up: the packet, the byte, and what stands there', async () => {
  const on = port(25)
  const banner = '220 a.example ESMTP\r\n'
  const ehlo = 'EHLO b.example\r\n'
  const strange = '\x01\x02\x9b no reply\r\n'
  const piece = strange.repeat(50)
  const ledger = await ledgerOf(
    await caseWith(
      ...handshake(on),
      tcpFrame({ ...on.back, flags: 'PA', seq: 100, ack: 10 }, banner),
      tcpFrame({ ...on.there, flags: 'PA', seq: 10, ack: 100 + banner.length }, ehlo),
      ...Array.from({ length: 40 }, (_, i) =>
        tcpFrame(
          { ...on.back, flags: 'PA', seq: 100 + banner.length + i * piece.length, ack: 10 + ehlo.length },
          Buffer.from(piece, 'latin1'),
        ),
      ),
    ),
  )
  // Twenty lines that are no replies are passed by; behind them it stops.
  const offset = banner.length + 20 * strange.length
  expect(ledger.first_failure).toMatchObject({ kind: 'gave-up', side: 'server', frame: 6, capture_id: 1, offset })
  expect(ledger.first_failure!.text).toContain('the smtp parser of the server gave up')
  expect(Buffer.from(ledger.first_failure!.before, 'hex').toString('latin1')).toBe(strange.repeat(2).slice(-16))
  expect(Buffer.from(ledger.first_failure!.after, 'hex').toString('latin1')).toBe(piece.slice(0, 48))
  expect(ledger.server!.ranges).toMatchObject([
    { from: 0, to: offset, fate: 'decoded' },
    { to: banner.length + 40 * piece.length, fate: 'unparsed' },
  ])
  expect(ledger.anomalies.map(({ code }) => code)).toContain('stream.malformed')
  expect(ledgerText(ledger)).toContain('here    01 02 9b 20 6e 6f')
})

test('a parser that meets an anomaly and reads on', async () => {
  const on = port(80)
  const get = 'GET /d HTTP/1.1\r\nHost: a.example\r\n\r\n'
  const ledger = await ledgerOf(
    await caseWith(
      ...handshake(on),
      tcpFrame({ ...on.there, flags: 'PA', seq: 10, ack: 100 }, get),
      tcpFrame({ ...on.there, flags: 'PA', seq: 10 + get.length, ack: 100 }, '\x00\x01\x02 this is no request\r\n\r\n'),
    ),
  )
  expect(ledger.first_failure).toMatchObject({ kind: 'anomaly', side: 'client', frame: 5, capture_id: 1, offset: get.length })
  expect(Buffer.from(ledger.first_failure!.before, 'hex').toString()).toBe(get.slice(-16))
  expect(Buffer.from(ledger.first_failure!.after, 'hex').toString('latin1')).toMatch(/^\x00\x01\x02 this/)
  expect(ledger.anomalies.map(({ code }) => code)).toContain('http.start-line')
  expect(ledgerText(ledger)).toContain('here    00 01 02 20 74 68 69 73')
})

test('datagrams: each is tried, and a bad one says nothing about the next', async () => {
  const path = await sample('dns/udp.pcap')
  const ledger = await ledgerOf(path)
  expect(kinds(ledger).slice(0, 2)).toEqual(['asked', 'chosen'])
  expect(ledger.client!.bytes.unparsed).toBe(0)
  const on = port(4000)
  const unknown = await ledgerOf(await caseWith(...Array.from({ length: 100 }, () => udpFrame({ ...on.there }, '\x99\x98\x97'))))
  expect(unknown.client!.ranges).toEqual([
    expect.objectContaining({ from: 0, to: 300, fate: 'unparsed', last: { capture_id: 1, frame: 100 } }),
  ])
  // Asked sixteen times, told once.
  expect(unknown.events!.filter(({ kind }) => kind === 'asked')).toMatchObject([{ count: 16 }])
})

test('without its captures the case tells what it can, and why no more', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'a.pcap'), pcap([frame(udpFrame({ ...port(4000).there }, 'x'), 1_000_000_000, 0)]))
  const path = await caseOf(join(folder, 'case.sqlite'), [join(folder, 'a.pcap')])
  renameSync(join(folder, 'a.pcap'), join(folder, 'b.dat'))
  const { ledger, exitCode } = await explain({ path, flow: '1' })
  expect(exitCode).toBe(4)
  expect(ledger).toMatchObject({ source: 'case', why_not: [expect.stringContaining('a.pcap'), expect.stringContaining('--captures')] })
  expect(ledger.events).toBeUndefined()
  expect(ledgerText(ledger)).toContain('what the case alone tells')
  expect((await explain({ path, flow: '1', captures: [folder] })).exitCode).toBe(0)
  await expect(explain({ path, flow: '1', captures: [join(folder, 'none')] })).rejects.toThrow('does not exist')
})

test('a long and lossy flow stays a short story', async () => {
  const on = port(4000)
  const frames = [...handshake(on)]
  // Every other piece is missing, so that fates change all the time.
  for (let i = 0; i < 4000; i++) {
    frames.push(tcpFrame({ ...on.there, flags: 'PA', seq: 10 + i * 20, ack: 100 + i * 20 }, 'xxxxxxxxxx'))
    frames.push(tcpFrame({ ...on.back, flags: 'PA', seq: 100 + i * 20, ack: 10 + i * 20 + 20 }, 'yyyyyyyyyy'))
  }
  const ledger = await ledgerOf(await caseWith(...frames))
  expect(ledger.events!.length).toBeLessThanOrEqual(500)
  expect(ledger.client!.ranges).toHaveLength(200)
  expect(ledger.client!.more_ranges).toBeGreaterThan(1000)
  const { unparsed, lost } = ledger.client!.bytes
  expect([unparsed, lost]).toEqual([40_000, 39_990 + 10])
})
