/** DNS over TCP: framing, pipelining, zone transfers, gaps and ends. */
import { describe, expect, it } from 'vitest'
import { dns } from '../../../src/protocols/dns/index.js'
import { MAX_RECORDS } from '../../../src/protocols/shared/dns/message.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { a, bytes, framed, message, name, pointer, query, question, RESPONSE, response, soa } from './build.js'

const tcp = (steps: readonly Step[], chunk?: number) => drive(dns, steps, { transport: 'tcp', ...(chunk ? { chunk } : {}) })

const session: Step[] = [
  ['client', framed(query('a.test', 1, 1), query('b.test', 28, 2))],
  ['client', framed(query('c.test', 16, 3))],
  ['server', framed(response('b.test', [], 28, 2))],
  ['server', framed(response('c.test', [], 16, 3), response('a.test', [a(pointer(12), '192.0.2.1')], 1, 1))],
]

describe('framing', () => {
  it('pairs pipelined queries by id', async () => {
    const driven = await tcp(session)
    expect(driven.transactions.map((tx) => [tx.complete, tx.row.question_name, tx.request?.bytes, tx.response?.bytes])).toEqual([
      ['complete', 'b.test', 26, 26],
      ['complete', 'c.test', 26, 26],
      ['complete', 'a.test', 26, 42],
    ])
  })

  it('gives the same rows however the bytes are cut', async () => {
    const whole = rowsOf(await tcp(session))
    for (let chunk = 1; chunk < 80; chunk++) expect(rowsOf(await tcp(session, chunk))).toEqual(whole)
  })

  it('passes over an empty message and goes on', async () => {
    const driven = await tcp([
      ['client', bytes([0, 0], framed(query('a.test')))],
      ['server', framed(response('a.test', []))],
    ])
    expect(driven.anomalies).toEqual(['dns.empty'])
    expect(driven.transactions.map((tx) => tx.complete)).toEqual(['complete'])
  })

  it('passes over a message that is too short for a header', async () => {
    const driven = await tcp([['client', bytes([0, 3, 1, 2, 3], framed(query('a.test')))]])
    expect(driven.anomalies).toEqual(['dns.malformed'])
    expect(driven.transactions).toHaveLength(1)
  })

  it('gives up on a stream that is something else', async () => {
    const driven = await tcp([['client', Buffer.alloc(400)]])
    expect(driven.verdicts.at(-1)).toBe('malformed')
    expect(driven.anomalies.length).toBe(8)
  })

  it('keeps what was there of a message that the end cut', async () => {
    const whole = framed(response('a.test', [a(pointer(12), '192.0.2.1'), a(pointer(12), '192.0.2.2')]))
    const driven = await tcp([
      ['client', framed(query('a.test'))],
      ['server', whole.subarray(0, whole.length - 4)],
    ])
    const [tx] = driven.transactions
    expect(tx!.complete).toBe('truncated')
    expect(tx!.row).toMatchObject({ answers_count: 2, resolved_ip: ['192.0.2.1'] })
    expect(tx!.notes).toEqual(['Response: Only 52 bytes of the message were captured.'])
    expect(driven.anomalies).toEqual([])
  })

  it('ends without a row when not even a header came', async () => {
    const driven = await tcp([['client', framed(query('a.test')).subarray(0, 7)]])
    expect(driven.transactions).toEqual([])
    expect(driven.anomalies).toEqual(['dns.malformed'])
  })
})

describe('gaps', () => {
  it('goes on at the next message, and marks what waited', async () => {
    const driven = await tcp([
      ['client', framed(query('a.test', 1, 1))],
      ['gap', 'server', 100],
      ['client', framed(query('b.test', 1, 2))],
      ['server', framed(response('b.test', [], 1, 2))],
    ])
    expect(driven.transactions.map((tx) => [tx.complete, tx.row.question_name])).toEqual([
      ['complete', 'b.test'],
      ['lost', 'a.test'],
    ])
    expect(driven.transactions[1]!.notes).toContain('Bytes of the answering side were lost while this query waited.')
  })

  it('passes over what does not start with a message', async () => {
    const driven = await tcp([
      ['client', framed(query('b.test', 1, 2))],
      ['gap', 'server', 100],
      ['server', 'the end of some record'],
      ['server', framed(response('b.test', [], 1, 2))],
    ])
    expect(driven.anomalies).toEqual(['dns.resync'])
    expect(driven.transactions.map((tx) => tx.complete)).toEqual(['complete'])
  })
})

describe('zone transfers', () => {
  const axfr = framed(query('z.test', 252))
  const part = (answers: Uint8Array[], asked = false) =>
    framed(message({ flags: 0x8400, questions: asked ? [question('z.test', 252)] : [], answers }))
  const owner = name('z.test')

  it('are one row over all their messages', async () => {
    const steps: Step[] = [
      ['client', axfr],
      ['server', part([soa(owner, 9)], true)],
      ['server', part([a(name('h1.z.test'), '192.0.2.1'), a(name('h2.z.test'), '192.0.2.2')])],
      ['server', part([soa(owner, 9)])],
    ]
    const driven = await tcp(steps)
    expect(driven.transactions).toHaveLength(1)
    const [tx] = driven.transactions
    expect(tx).toMatchObject({ complete: 'complete', status: 'OK', rows: 4, query: 'class IN, type AXFR, z.test' })
    expect(tx!.row).toMatchObject({ answers_count: 4, messages: 3, resolved_ip: ['192.0.2.1', '192.0.2.2'] })
    expect(tx!.row.answers).toHaveLength(4)
    expect(tx!.response?.bytes).toBe((steps.slice(1) as [string, Buffer][]).reduce((sum, [, b]) => sum + b.length, 0))
    for (const chunk of [1, 7, 64]) expect(rowsOf(await tcp(steps, chunk))).toEqual(rowsOf(driven))
  })

  it('list a bounded number of records and count them all', async () => {
    const page = Array.from({ length: 400 }, (_, i) => a(name(`h${i}.z.test`), '192.0.2.1'))
    const driven = await tcp([
      ['client', axfr],
      ['server', part([soa(owner, 9)], true)],
      ...Array.from({ length: 5 }, (): Step => ['server', part(page)]),
      ['server', part([soa(owner, 9)])],
    ])
    const [tx] = driven.transactions
    expect(tx!.row.answers_count).toBe(2002)
    expect(tx!.row.answers).toHaveLength(MAX_RECORDS)
    expect(tx!.complete).toBe('complete')
    expect(tx!.notes).toEqual([`${MAX_RECORDS} of 2002 records are listed.`])
  })

  it('say so when the end is missing', async () => {
    const driven = await tcp([
      ['client', axfr],
      ['server', part([soa(owner, 9), a(name('h.z.test'), '192.0.2.1')], true)],
    ])
    const [tx] = driven.transactions
    expect(tx!.complete).toBe('truncated')
    expect(tx!.notes).toEqual(['The end of the zone transfer was not seen.'])
  })

  it('say so when bytes in the middle are missing', async () => {
    const driven = await tcp([
      ['client', axfr],
      ['server', part([soa(owner, 9)], true)],
      ['gap', 'server', 500],
      ['server', part([soa(owner, 9)])],
    ])
    expect(driven.transactions.map((tx) => tx.complete)).toEqual(['lost'])
  })

  it('end with a refusal', async () => {
    const driven = await tcp([
      ['client', axfr],
      ['server', framed(message({ flags: RESPONSE | 5, questions: [question('z.test', 252)] }))],
    ])
    expect(driven.transactions[0]).toMatchObject({ complete: 'complete', status: 'Error', error: 'REFUSED' })
  })

  const ixfr = (serial: number) => framed(message({ questions: [question('z.test', 251)], authorities: [soa(owner, serial)] }))
  it.each<[string, Uint8Array[]]>([
    [
      'incremental',
      [
        soa(owner, 9),
        soa(owner, 7),
        a(owner, '192.0.2.1'),
        soa(owner, 8),
        soa(owner, 8),
        soa(owner, 9),
        a(owner, '192.0.2.2'),
        soa(owner, 9),
      ],
    ],
    ['as a whole zone', [soa(owner, 9), a(owner, '192.0.2.1'), soa(owner, 9)]],
  ])('IXFR answered %s ends at the right SOA', async (_title, records) => {
    const driven = await tcp([
      ['client', ixfr(7)],
      ...records.map((one): Step => ['server', part([one])]),
      ['client', framed(query('next.test', 1, 2))],
    ])
    expect(driven.transactions.map((tx) => [tx.complete, tx.row.answers_count])).toEqual([
      ['complete', records.length],
      ['no-response', 0],
    ])
  })

  it('IXFR that says "you have it" is one SOA', async () => {
    const driven = await tcp([
      ['client', ixfr(9)],
      ['server', part([soa(owner, 9)], false)],
      ['client', framed(query('next.test', 1, 2))],
    ])
    expect(driven.transactions[0]).toMatchObject({ complete: 'complete', status: 'OK' })
  })
})
