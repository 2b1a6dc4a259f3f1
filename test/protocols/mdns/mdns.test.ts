/** Multicast DNS: one row a message, pairs where both sides are unicast, and what its bits mean. */
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { mdns } from '../../../src/protocols/mdns/index.js'
import type { Likeness } from '../../../src/protocols/protocol.js'
import { drive, type Step } from '../../support/drive.js'
import { a, type Bytes, bytes, message, name, pointer, query, question, record, str, u16 } from '../dns/build.js'

const FLUSH = 0x8001
const group = { flow: { client: { ip: '192.0.2.1', port: 5353 }, server: { ip: '224.0.0.251', port: 5353 } } }
const ask = (questions: Bytes[], answers: Bytes[] = [], authorities: Bytes[] = []) =>
  message({ id: 0, flags: 0, questions, answers, authorities })
const tell = (answers: Bytes[], additionals: Bytes[] = []) => message({ id: 0, flags: 0x8400, answers, additionals })

describe('messages to the group', () => {
  it('are a row each, none of them unanswered or unasked for', async () => {
    const driven = await drive(
      mdns,
      [
        ['client', ask([question('_ipp._tcp.local', 12)])],
        ['client', tell([record(name('_ipp._tcp.local'), 12, name('Printer._ipp._tcp.local'))])],
      ],
      group,
    )
    expect(driven.transactions.map((tx) => [tx.complete, tx.status, tx.notes, tx.resource, tx.row.type])).toEqual([
      ['complete', 'OK', undefined, '_ipp._tcp.local', 'query'],
      ['complete', 'OK', undefined, '_ipp._tcp.local', 'answer'],
    ])
    // Both were sent by the client of the flow: their bytes count for it.
    expect(driven.transactions.map((tx) => [tx.request !== undefined, tx.response !== undefined])).toEqual([
      [true, false],
      [true, false],
    ])
    expect(driven.transactions[0]!.row.response_code).toBeUndefined()
    expect(driven.transactions[1]!.row).toMatchObject({ response_code: 'NOERROR', authoritative: true })
  })

  it('say which questions want a unicast response, and keep the class', async () => {
    const driven = await drive(mdns, [['client', ask([question('a.local', 1, 0x8001), question('b.local', 28)])]], group)
    expect(driven.transactions[0]!.row).toMatchObject({
      question_name: 'a.local',
      question_class: 'IN',
      unicast_wanted: true,
      questions: [
        { name: 'a.local', type: 'A', class: 'IN', unicast_response: true },
        { name: 'b.local', type: 'AAAA', class: 'IN' },
      ],
    })
  })

  it('say which records replace older ones', async () => {
    const driven = await drive(
      mdns,
      [
        [
          'client',
          tell(
            [record(name('host.local'), 1, [192, 0, 2, 9], 120, FLUSH)],
            [record(name('host.local'), 47, bytes(name('host.local'), [0, 1, 0x40]), 120, FLUSH)],
          ),
        ],
      ],
      group,
    )
    expect(driven.transactions[0]!.row).toMatchObject({
      answers: [{ name: 'host.local', type: 'A', class: 'IN', ttl: 120, cache_flush: true, data: '192.0.2.9' }],
      additionals: [{ type: 'NSEC', data: 'host.local', type_bits: 'A', cache_flush: true }],
      resolved_ip: ['192.0.2.9'],
    })
  })

  it('keep names in UTF-8 and attributes as a list', async () => {
    const instance = bytes(str('John’s iMac.'), name('_companion-link._tcp.local'))
    const driven = await drive(
      mdns,
      [['client', tell([record(instance, 16, bytes(str('model=iMac17,1'), str('osxvers=17'))), record(pointer(12), 16, str('one=1'))])]],
      group,
    )
    expect(driven.transactions[0]!.row.answers).toMatchObject([
      { name: 'John’s iMac\\.._companion-link._tcp.local', data: ['model=iMac17,1', 'osxvers=17'] },
      { data: 'one=1' },
    ])
  })

  it('show known answers and what a probe proposes', async () => {
    const driven = await drive(
      mdns,
      [
        ['client', ask([question('_http._tcp.local', 12)], [record(pointer(12), 12, name('known._http._tcp.local'))])],
        ['client', ask([question('me.local', 255)], [], [a(pointer(12), '192.0.2.1')])],
      ],
      group,
    )
    expect(driven.transactions[0]!.row).toMatchObject({ type: 'query', answers: [{ data: 'known._http._tcp.local' }] })
    expect(driven.transactions[1]!.row).toMatchObject({ authorities: [{ type: 'A', data: '192.0.2.1' }] })
  })

  it('are called truncated when the capture cut them', async () => {
    const wire = tell([a(name('h.local'), '192.0.2.1')])
    const driven = await drive(mdns, [['client', wire.subarray(0, wire.length - 2)]], group)
    expect(driven.transactions[0]!.complete).toBe('truncated')
    expect(driven.anomalies).toEqual(['mdns.malformed'])
  })
})

describe('messages between hosts', () => {
  it('pair a legacy query with its response', async () => {
    const steps: Step[] = [
      ['client', query('host.local', 1, 77)],
      ['server', message({ id: 77, flags: 0x8400, questions: [question('host.local')], answers: [a(pointer(12), '192.0.2.2')] })],
    ]
    const driven = await drive(mdns, steps)
    expect(driven.transactions).toHaveLength(1)
    expect(driven.transactions[0]).toMatchObject({ complete: 'complete', status: 'OK' })
  })

  it('take a response that was asked for by multicast as it is', async () => {
    const driven = await drive(mdns, [['server', tell([a(name('h.local'), '192.0.2.2')])]])
    expect(driven.transactions[0]).toMatchObject({ complete: 'complete', status: 'OK', notes: undefined })
  })

  it('call a unicast query without response unanswered', async () => {
    const driven = await drive(mdns, [['client', query('host.local', 1, 77)]])
    expect(driven.transactions[0]).toMatchObject({ complete: 'no-response', status: 'Error' })
  })
})

describe('what is taken for mDNS', () => {
  const cursor = (b: Uint8Array | undefined) => new Cursor().reset(Buffer.from(b ?? []), 0, b?.length ?? 0, true)
  const probe = (
    client: Uint8Array | undefined,
    server: Uint8Array | undefined,
    clientPort: number,
    serverPort: number,
    serverIp: string,
  ): Likeness =>
    mdns.probe({
      client: cursor(client),
      server: cursor(server),
      transport: 'udp',
      hinted: clientPort === 5353 || serverPort === 5353,
      flow: { clientPort, serverPort, serverIp },
    })
  const asks = ask([question('a.local'), question('b.local')])
  const tells = tell([a(name('a.local'), '192.0.2.1')])

  it.each<[string, Likeness, Likeness]>([
    ['a query to the group', probe(asks, undefined, 5353, 5353, '224.0.0.251'), 'yes'],
    ['a legacy query to the group', probe(asks, undefined, 50000, 5353, 'ff02::fb'), 'yes'],
    ['an announcement to the group', probe(tells, undefined, 5353, 5353, 'ff02::fb'), 'yes'],
    ['an announcement, the group taken for the sender', probe(undefined, tells, 5353, 5353, '224.0.0.251'), 'no'],
    ['a unicast response', probe(undefined, tells, 5353, 5353, '192.0.2.1'), 'yes'],
    ['a unicast response, the sides turned', probe(tells, undefined, 5353, 5353, '192.0.2.1'), 'no'],
    ['a query with its response', probe(asks, tells, 50000, 5353, '192.0.2.1'), 'yes'],
    ['another port', probe(asks, undefined, 50000, 8053, '224.0.0.251'), 'no'],
    ['DNS from port 5353', probe(query('a.test'), undefined, 5353, 53, '192.0.2.1'), 'no'],
    ['noise on the port', probe(Buffer.from(u16(9)), undefined, 5353, 5353, '224.0.0.251'), 'maybe'],
  ])('%s', (_title, answer, expected) => {
    expect(answer).toBe(expected)
  })
})
