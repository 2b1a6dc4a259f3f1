/** LLMNR: one row a message over UDP, pairs over TCP. */
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import type { Transport } from '../../../src/model/side.js'
import { llmnr } from '../../../src/protocols/llmnr/index.js'
import type { Likeness } from '../../../src/protocols/protocol.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { a, framed, message, pointer, query, question } from '../dns/build.js'

const asks = message({ id: 0x3039, flags: 0, questions: [question('fileserver')] })
const tells = message({ id: 0x3039, flags: 0x8000, questions: [question('fileserver')], answers: [a(pointer(12), '10.10.10.10', 30)] })

describe('over UDP', () => {
  it('a query and a response are rows of their own', async () => {
    const driven = await drive(
      llmnr,
      [
        ['client', asks],
        ['server', tells],
      ],
      { transport: 'udp' },
    )
    expect(driven.transactions.map((tx) => [tx.complete, tx.status, tx.row.type, tx.row.dns_id, tx.notes])).toEqual([
      ['complete', 'OK', 'query', 0x3039, undefined],
      ['complete', 'OK', 'answer', 0x3039, undefined],
    ])
    expect(driven.transactions[1]).toMatchObject({ request: undefined, query: 'class IN, type A, fileserver', rows: 1 })
    expect(driven.transactions[1]!.row).toMatchObject({
      response_code: 'NOERROR',
      answers: [{ name: 'fileserver', type: 'A', class: 'IN', ttl: 30, data: '10.10.10.10' }],
      resolved_ip: ['10.10.10.10'],
    })
  })

  it('reads the bits that differ from DNS', async () => {
    const driven = await drive(
      llmnr,
      [
        ['client', message({ flags: 0x0400, questions: [question('h')] })],
        ['server', message({ flags: 0x8100, questions: [question('h')] })],
      ],
      { transport: 'udp' },
    )
    expect(driven.transactions.map((tx) => [tx.row.conflict, tx.row.tentative])).toEqual([
      [true, false],
      [false, true],
    ])
  })

  it('keeps names in UTF-8', async () => {
    const driven = await drive(llmnr, [['client', message({ flags: 0, questions: [question('büro')] })]], { transport: 'udp' })
    expect(driven.transactions[0]!.row.question_name).toBe('büro')
  })

  it('gives a row for a broken message', async () => {
    const driven = await drive(llmnr, [['server', tells.subarray(0, tells.length - 1)]], { transport: 'udp' })
    expect(driven.transactions[0]).toMatchObject({ complete: 'truncated' })
    expect(driven.anomalies).toEqual(['llmnr.malformed'])
  })
})

describe('over TCP', () => {
  const steps: Step[] = [
    ['client', framed(asks)],
    ['server', framed(tells)],
    ['client', framed(query('other', 1, 5))],
  ]
  it('pairs by id, however the bytes are cut', async () => {
    const driven = await drive(llmnr, steps, { transport: 'tcp' })
    expect(driven.transactions.map((tx) => [tx.complete, tx.row.question_name])).toEqual([
      ['complete', 'fileserver'],
      ['no-response', 'other'],
    ])
    for (let chunk = 1; chunk < 50; chunk++) expect(rowsOf(await drive(llmnr, steps, { transport: 'tcp', chunk }))).toEqual(rowsOf(driven))
  })
})

describe('what is taken for LLMNR', () => {
  const cursor = (b: Uint8Array | undefined) => new Cursor().reset(Buffer.from(b ?? []), 0, b?.length ?? 0, true)
  const probe = (
    client: Uint8Array | undefined,
    server: Uint8Array | undefined,
    clientPort: number,
    serverPort: number,
    serverIp = '224.0.0.252',
    transport: Transport = 'udp',
  ): Likeness =>
    llmnr.probe({
      client: cursor(client),
      server: cursor(server),
      transport,
      hinted: clientPort === 5355 || serverPort === 5355,
      flow: { clientPort, serverPort, serverIp },
    })

  it.each<[string, Likeness, Likeness]>([
    ['a query to the group', probe(asks, undefined, 50000, 5355), 'yes'],
    ['a response', probe(undefined, tells, 50000, 5355, '192.0.2.1'), 'yes'],
    ['a response, the sides turned', probe(tells, undefined, 5355, 50000, '192.0.2.1'), 'no'],
    ['another port', probe(asks, undefined, 50000, 8053), 'no'],
    ['DNS from port 5355', probe(query('a.test'), undefined, 5355, 53, '192.0.2.1'), 'no'],
    ['a query over TCP', probe(framed(asks), undefined, 50000, 5355, '192.0.2.1', 'tcp'), 'yes'],
    ['half a query over TCP', probe(framed(asks).subarray(0, 16), undefined, 50000, 5355, '192.0.2.1', 'tcp'), 'maybe'],
    ['something else over TCP', probe(Buffer.from('GET / HTTP/1.1\r\n\r\n'), undefined, 50000, 5355, '192.0.2.1', 'tcp'), 'no'],
  ])('%s', (_title, answer, expected) => {
    expect(answer).toBe(expected)
  })
})
