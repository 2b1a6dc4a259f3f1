import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { Trace } from '../../../src/model/trace.js'
import { Askers } from '../../../src/protocols/icmp/askers.js'
import { IcmpCorrelator, MAX_WAITING, notes } from '../../../src/protocols/icmp/correlator.js'
import { icmp } from '../../../src/protocols/icmp/index.js'
import { IcmpParser } from '../../../src/protocols/icmp/parser.js'
import type { Look } from '../../../src/protocols/protocol.js'
import { drive, type Step } from '../../support/drive.js'
import { message, numbered, ping, pong } from './messages.js'

const six = { transport: 'ipv6-icmp', flow: { ipVersion: 6, client: { ip: '::1', port: 0 }, server: { ip: '::2', port: 0 } } } as const
const summary = async (steps: readonly Step[], opts: Parameters<typeof drive>[2] = {}) =>
  (await drive(icmp, steps, opts)).transactions.map((t) => [
    t.row.request_message,
    t.row.response_message,
    t.complete,
    t.status,
    t.notes?.[0],
  ])

describe('request and reply', () => {
  it('become one transaction', async () => {
    const { transactions, anomalies } = await drive(icmp, [
      ['client', ping(1)],
      ['server', pong(1)],
    ])
    expect(anomalies).toEqual([])
    expect(transactions).toHaveLength(1)
    const [tx] = transactions
    expect(tx).toMatchObject({
      complete: 'complete',
      status: 'OK',
      method: 'EchoRequest',
      resource: '192.0.2.2',
      request_bytes: 4,
      response_bytes: 4,
    })
    expect(tx!.row).toEqual({
      version: 4,
      type: 8,
      code: 0,
      identifier: 0x8790,
      sequence: 1,
      path: '192.0.2.2',
      request_message: 'EchoRequest',
      request_type: 8,
      request_code: 0,
      response_message: 'EchoReply',
      response_type: 0,
      response_code: 0,
      same_data: true,
    })
    expect([tx!.notes, tx!.error, tx!.request?.refs, tx!.response?.refs]).toEqual([undefined, undefined, [1, 1], [2, 2]])
  })

  it.each([
    ['timestamp', 13, 14, 'TimestampRequest', 'TimestampReply'],
    ['information', 15, 16, 'InfoRequest', 'InfoReply'],
    ['address mask', 17, 18, 'AddressMaskRequest', 'AddressMaskReply'],
  ])('%s too', async (_what, request, reply, asked, answered) => {
    const rows = await summary([
      ['client', numbered(request, 1, 2, 'abcd')],
      ['server', numbered(reply, 1, 2, 'efgh')],
    ])
    expect(rows).toEqual([[asked, answered, 'complete', 'OK', undefined]])
  })

  it('pairs echo in version 6, where the version 4 types mean nothing', async () => {
    const { transactions } = await drive(
      icmp,
      [
        ['client', numbered(128, 7, 1)],
        ['server', numbered(129, 7, 1)],
        ['client', numbered(13, 7, 1)],
      ],
      six,
    )
    expect(transactions.map((t) => [t.method, t.complete, t.resource, t.row.version])).toEqual([
      ['EchoRequest', 'complete', '::2', 6],
      ['Type13', 'truncated', '::2', 6],
    ])
  })

  it('goes by identifier and sequence, whatever the order', async () => {
    const { transactions } = await drive(icmp, [
      ['client', numbered(8, 1, 1)],
      ['client', numbered(8, 1, 2)],
      ['client', numbered(8, 2, 1)],
      ['server', numbered(0, 2, 1)],
      ['server', numbered(0, 1, 2)],
      ['server', numbered(0, 1, 1)],
    ])
    expect(transactions.map((t) => [t.row.identifier, t.row.sequence, t.complete, t.request?.refs[0], t.response?.refs[0]])).toEqual([
      [2, 1, 'complete', 3, 4],
      [1, 2, 'complete', 2, 5],
      [1, 1, 'complete', 1, 6],
    ])
  })

  it('does not take a mask reply for an echo reply of the same numbers', async () => {
    const rows = await summary([
      ['client', numbered(8, 1, 1)],
      ['server', numbered(18, 1, 1, 'abcd')],
    ])
    expect(rows.map((r) => r[2])).toEqual(['orphan-response', 'no-response'])
  })

  it('tells when a reply does not return the data', async () => {
    const { transactions } = await drive(icmp, [
      ['client', ping(1, 'command')],
      ['server', pong(1, 'answer!')],
      ['client', ping(2, 'abc')],
      ['server', pong(2, 'abcd')],
    ])
    expect(transactions.map((t) => t.row.same_data)).toEqual([false, false])
  })
})

describe('what is missing', () => {
  it('an unanswered request is written at the end', async () => {
    const { transactions } = await drive(icmp, [
      ['client', ping(1)],
      ['client', ping(2)],
      ['server', pong(2)],
    ])
    expect(transactions.map((t) => [t.row.sequence, t.complete, t.status, t.request_bytes, t.response_bytes, t.notes])).toEqual([
      [2, 'complete', 'OK', 4, 4, undefined],
      [1, 'no-response', 'Error', 4, 0, [notes.unanswered]],
    ])
  })

  it('a reply without request is an orphan that names whom the request went to', async () => {
    const { transactions } = await drive(icmp, [['server', pong(1)]])
    expect(transactions).toHaveLength(1)
    expect(transactions[0]).toMatchObject({
      complete: 'orphan-response',
      status: 'Error',
      method: 'EchoReply',
      resource: '192.0.2.2',
      request_bytes: 0,
      response_bytes: 4,
    })
    expect(transactions[0]!.notes).toEqual([notes.orphan])
    expect(transactions[0]!.row).toMatchObject({ type: 0, response_message: 'EchoReply', path: '192.0.2.2' })
    expect(transactions[0]!.row.request_message).toBeUndefined()
  })

  it('a request asked again gives up the first one', async () => {
    expect(
      await summary([
        ['client', ping(1)],
        ['client', ping(1)],
        ['server', pong(1)],
      ]),
    ).toEqual([
      ['EchoRequest', undefined, 'no-response', 'Error', notes.repeatedRequest],
      ['EchoRequest', 'EchoReply', 'complete', 'OK', undefined],
    ])
  })

  it('a second reply is an orphan that says it is one', async () => {
    expect(
      await summary([
        ['client', ping(1)],
        ['server', pong(1)],
        ['server', pong(1)],
        ['server', pong(2)],
      ]),
    ).toEqual([
      ['EchoRequest', 'EchoReply', 'complete', 'OK', undefined],
      [undefined, 'EchoReply', 'orphan-response', 'Error', notes.repeatedReply],
      [undefined, 'EchoReply', 'orphan-response', 'Error', notes.orphan],
    ])
  })

  it('keeps no more requests than the cap and says so once', async () => {
    const steps: Step[] = Array.from({ length: MAX_WAITING + 3 }, (_, i) => ['client', ping(i)])
    const { transactions, anomalies } = await drive(icmp, steps)
    expect(transactions).toHaveLength(MAX_WAITING + 3)
    expect(transactions.slice(0, 4).map((t) => [t.row.sequence, t.notes?.[0]])).toEqual([
      [0, notes.evicted],
      [1, notes.evicted],
      [2, notes.evicted],
      [3, notes.unanswered],
    ])
    expect(anomalies).toEqual(['icmp.waiting'])
  })

  it('gives a request up after a minute of packet time', () => {
    const emitted: [number, string][] = []
    const session = {
      flow: { client: { ip: 'a' }, server: { ip: 'b' } },
      shared: new Askers(),
      emit: (tx: { row: { sequence: number }; complete: string }) => emitted.push([tx.row.sequence, tx.complete]),
    }
    const correlator = new IcmpCorrelator(session as never, 4)
    const parser = new IcmpParser(4, false, false)
    const at = (sec: number, seq: number): void => {
      const bytes = ping(seq)
      const instant = { sec, nsec: 0 }
      parser.next(new Cursor().reset(bytes, 0, bytes.length, true), (m) =>
        correlator.see('client', m, new Trace(seq, instant, instant, bytes.length)),
      )
    }
    at(1000, 1)
    at(1030, 2)
    at(1059, 3)
    expect(emitted).toEqual([])
    at(1060, 4)
    expect(emitted).toEqual([[1, 'no-response']])
    at(2000, 5)
    expect(emitted.map(([seq]) => seq)).toEqual([1, 2, 3, 4])
  })
})

describe('short and cut datagrams', () => {
  it('a message shorter than its type requires is kept with what it has', async () => {
    for (let n = 1; n < 8; n++) {
      const { transactions, anomalies } = await drive(icmp, [['client', ping(1).subarray(0, n)]])
      expect(transactions).toHaveLength(1)
      expect(transactions[0]).toMatchObject({ complete: 'truncated', method: 'EchoRequest', request_bytes: 0, notes: [notes.short] })
      expect(transactions[0]!.row.identifier).toBeUndefined()
      expect(anomalies).toEqual(['icmp.short'])
    }
  })

  it('counts the bytes on the wire when the snaplen cut the data', () => {
    const seen: unknown[] = []
    const bytes = ping(1, 'x'.repeat(16))
    const cur = new Cursor().reset(bytes, 0, bytes.length, true)
    cur.cut = 1000
    expect(new IcmpParser(4, false, false).next(cur, (m) => seen.push(m))).toBe('message')
    expect(seen).toMatchObject([{ bytes: 1016, cut: true, short: false, id: 0x8790, seq: 1 }])
  })

  it('reads every message cut at every byte without throwing', async () => {
    for (let type = 0; type < 256; type++) {
      const whole = message(type, 0, [0, 0, 0, 3], Buffer.alloc(100, 0x45))
      for (const transport of ['icmp', 'ipv6-icmp'] as const)
        for (let n = 1; n <= whole.length; n += type % 7 === 0 ? 1 : 9) {
          const { transactions } = await drive(icmp, [['client', whole.subarray(0, n)]], { transport })
          expect(transactions).toHaveLength(1)
        }
    }
  })
})

describe('settings and detection', () => {
  it('keeps the data only when asked to', async () => {
    const steps: Step[] = [
      ['client', ping(1, 'a\xffb')],
      ['server', pong(1, 'a\xffb')],
    ]
    const texts = async (options: object): Promise<unknown> => {
      const { transactions } = await drive(icmp, steps, { options })
      return [transactions[0]!.request_text, transactions[0]!.response_text]
    }
    expect(await texts({})).toEqual([undefined, undefined])
    expect(await texts({ send_request: true })).toEqual(['a\xffb', undefined])
    expect(await texts({ send_response: true })).toEqual([undefined, 'a\xffb'])
  })

  it('takes the sender of the first message for the client, unless that is a reply', () => {
    const look = (client: Buffer, server: Buffer, transport: Look['transport']): Look => ({
      client: new Cursor().reset(client, 0, client.length, true),
      server: new Cursor().reset(server, 0, server.length, true),
      transport,
      hinted: false,
      flow: { clientPort: 0, serverPort: 0, serverIp: '192.0.2.2' },
    })
    const none = Buffer.alloc(0)
    for (const first of [ping(1), message(3, 3, [0, 0, 0, 0]), message(200, 0, [])])
      expect(icmp.probe(look(first, none, 'icmp'))).toBe('yes')
    expect(icmp.probe(look(pong(1), none, 'icmp'))).toBe('no')
    expect(icmp.probe(look(none, pong(1), 'icmp'))).toBe('yes')
    expect(icmp.probe(look(numbered(129, 1, 1), none, 'ipv6-icmp'))).toBe('no')
    expect(icmp.probe(look(none, numbered(129, 1, 1), 'ipv6-icmp'))).toBe('yes')
    expect(icmp.probe(look(numbered(129, 1, 1), none, 'icmp'))).toBe('yes')
  })

  it('says how its documents are typed', () => {
    expect([icmp.name, icmp.eventType, icmp.ports]).toEqual(['icmp', ['connection'], []])
  })
})
