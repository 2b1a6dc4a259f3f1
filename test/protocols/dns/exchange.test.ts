/** Queries and responses of one flow: what is paired, what is not, and what the row says about it. */
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import type { Side } from '../../../src/model/side.js'
import { packetRef, Trace } from '../../../src/model/trace.js'
import type { Transaction } from '../../../src/model/transaction.js'
import { dns } from '../../../src/protocols/dns/index.js'
import { MAX_WAITING } from '../../../src/protocols/shared/dns/exchange.js'
import { MAX_RECORDS } from '../../../src/protocols/shared/dns/message.js'
import type { RowOf } from '../../../src/schema/fields.js'
import { defaultsOf } from '../../../src/schema/options.js'
import { drive, type Step } from '../../support/drive.js'
import { a, bytes, message, name, opt, pointer, QUERY, query, question, RESPONSE, record, response, soa, str, u16, u32 } from './build.js'

const udp = (steps: readonly Step[], options: object = {}) => drive(dns, steps, { transport: 'udp', options })
const brief = (driven: Awaited<ReturnType<typeof drive>>) =>
  driven.transactions.map((tx) => [tx.complete, tx.status, tx.row.dns_id, tx.row.question_name, tx.notes])

const UNANSWERED = 'No response to this query was seen.'
const ORPHAN = 'No query for this response was seen.'

describe('one query and its response', () => {
  it('fills the row from both', async () => {
    const driven = await udp([
      ['client', query('www.Example.co.uk', 1, 18439)],
      ['server', response('www.Example.co.uk', [a(pointer(12), '192.0.2.7', 60), record(pointer(12), 28, Array(16).fill(1))], 1, 18439)],
    ])
    const [tx] = driven.transactions
    expect(tx).toMatchObject({
      complete: 'complete',
      status: 'OK',
      method: 'QUERY',
      resource: 'www.Example.co.uk',
      query: 'class IN, type A, www.Example.co.uk',
      rows: 2,
    })
    expect(tx!.notes).toBeUndefined()
    expect(tx!.row).toMatchObject({
      dns_id: 18439,
      type: 'answer',
      op_code: 'QUERY',
      op_code_number: 0,
      response_code: 'NOERROR',
      authoritative: false,
      truncated_response: false,
      recursion_desired: true,
      recursion_available: true,
      authentic_data: false,
      checking_disabled: false,
      header_flags: ['RD', 'RA'],
      question_name: 'www.Example.co.uk',
      question_type: 'A',
      question_class: 'IN',
      registered_domain: 'example.co.uk',
      subdomain: 'www',
      top_level_domain: 'co.uk',
      answers_count: 2,
      authorities_count: 0,
      additionals_count: 0,
      answers: [
        { name: 'www.Example.co.uk', type: 'A', class: 'IN', ttl: 60, data: '192.0.2.7' },
        { name: 'www.Example.co.uk', type: 'AAAA', class: 'IN', ttl: 300, data: '101:101:101:101:101:101:101:101' },
      ],
      resolved_ip: ['192.0.2.7', '101:101:101:101:101:101:101:101'],
    })
    expect(driven.anomalies).toEqual([])
  })

  it('counts sections always and lists two of them only when asked to', async () => {
    const steps: Step[] = [
      ['client', query('x.test')],
      [
        'server',
        message({
          flags: RESPONSE | 3,
          questions: [question('x.test')],
          authorities: [soa(pointer(14), 7)],
          additionals: [a(name('ns.test'), '192.0.2.53'), opt()],
        }),
      ],
    ]
    const [plain] = (await udp(steps)).transactions
    expect(plain!.row).toMatchObject({ authorities_count: 1, additionals_count: 1, response_code: 'NXDOMAIN' })
    expect(plain!.row.authorities).toBeUndefined()
    expect(plain!.row.additionals).toBeUndefined()
    expect(plain!.status).toBe('Error')
    expect(plain!.error).toBe('NXDOMAIN')
    const [full] = (await udp(steps, { include_authorities: true, include_additionals: true })).transactions
    expect(full!.row.authorities).toMatchObject([{ name: 'test', type: 'SOA', serial: 7 }])
    expect(full!.row.additionals).toEqual([{ name: 'ns.test', type: 'A', class: 'IN', ttl: 300, data: '192.0.2.53' }])
  })

  it('keeps both messages as text when asked to', async () => {
    const steps: Step[] = [
      ['client', query('elastic.test', 16)],
      ['server', response('elastic.test', [record(pointer(12), 16, str('v=spf1 include:_spf.test'))], 16)],
    ]
    const [plain] = (await udp(steps)).transactions
    expect([plain!.request_text, plain!.response_text]).toEqual([undefined, undefined])
    const [tx] = (await udp(steps, { send_request: true, send_response: true })).transactions
    expect(tx!.request_text).toContain('elastic.test')
    expect(tx!.response_text).toContain('include:_spf.test')
    expect(tx!.row.authorities).toBeUndefined()
  })

  it('notes a response cut by the server', async () => {
    const driven = await udp([
      ['client', query('t.test')],
      ['server', response('t.test', [], 1, 1, RESPONSE | 0x0200)],
    ])
    expect(driven.transactions[0]!.row.truncated_response).toBe(true)
    expect(driven.transactions[0]!.notes).toEqual(['The server cut the response to what fits (TC).'])
  })
})

describe('pairing', () => {
  it('takes responses in any order', async () => {
    const driven = await udp([
      ['client', query('a.test', 1, 1)],
      ['client', query('b.test', 1, 2)],
      ['client', query('c.test', 1, 3)],
      ['server', response('c.test', [], 1, 3)],
      ['server', response('a.test', [], 1, 1)],
      ['server', response('b.test', [], 1, 2)],
    ])
    expect(brief(driven).map((row) => row[3])).toEqual(['c.test', 'a.test', 'b.test'])
    expect(driven.transactions.every((tx) => tx.complete === 'complete')).toBe(true)
  })

  it('emits what was never answered, and what nobody asked', async () => {
    const driven = await udp([
      ['client', query('lost.test', 1, 9)],
      ['server', response('new.test', [], 1, 10)],
    ])
    expect(brief(driven)).toEqual([
      ['orphan-response', 'Error', 10, 'new.test', [ORPHAN]],
      ['no-response', 'Error', 9, 'lost.test', [UNANSWERED]],
    ])
    expect(driven.transactions[1]!.row).toMatchObject({ type: 'query' })
    expect(driven.transactions[1]!.row.response_code).toBeUndefined()
  })

  it('closes a query that is sent again, and counts', async () => {
    const driven = await udp([
      ['client', query('r.test')],
      ['client', query('r.test')],
      ['client', query('r.test')],
      ['server', response('r.test', [])],
      ['server', response('r.test', [])],
    ])
    const again = 'The same query was sent again before a response came.'
    expect(brief(driven)).toEqual([
      ['no-response', 'Error', 1, 'r.test', [UNANSWERED, again]],
      ['no-response', 'Error', 1, 'r.test', [UNANSWERED, 'This query had been sent before: once.', again]],
      ['complete', 'OK', 1, 'r.test', ['This query had been sent before: 2 times.']],
      ['orphan-response', 'Error', 1, 'r.test', [ORPHAN, 'The query had been answered before: this is a second response.']],
    ])
    expect(driven.transactions.map((tx) => tx.row.retransmissions)).toEqual([undefined, 1, 2, undefined])
  })

  it('tells questions under one id apart', async () => {
    const driven = await udp([
      ['client', query('d.test', 1, 5)],
      ['client', query('d.test', 28, 5)],
      ['server', response('d.test', [a(pointer(12), '192.0.2.1')], 1, 5)],
      ['server', response('d.test', [], 28, 5)],
    ])
    expect(driven.transactions.map((tx) => [tx.complete, tx.row.question_type])).toEqual([
      ['complete', 'A'],
      ['complete', 'AAAA'],
    ])
    expect(driven.transactions[1]!.notes).toEqual(['Another query was waiting under the same id.'])
  })

  it('does not take a response to another question', async () => {
    const driven = await udp([
      ['client', query('bank.test', 1, 5)],
      ['server', response('evil.test', [a(pointer(12), '192.0.2.66')], 1, 5)],
      ['server', response('bank.test', [], 1, 5)],
    ])
    expect(brief(driven)).toEqual([
      ['orphan-response', 'Error', 5, 'evil.test', [ORPHAN, 'A query with this id was waiting, but it asked something else.']],
      ['complete', 'OK', 5, 'bank.test', undefined],
    ])
  })

  it('compares names without case', async () => {
    const driven = await udp([
      ['client', query('wWw.TeSt', 1, 5)],
      ['server', response('www.test', [], 1, 5)],
    ])
    expect(driven.transactions.map((tx) => tx.complete)).toEqual(['complete'])
  })

  it('takes a refusal without a question by its id', async () => {
    const driven = await udp([
      ['client', query('f.test', 1, 5)],
      ['server', message({ id: 5, flags: 0x8001 })],
    ])
    expect(driven.transactions[0]).toMatchObject({ complete: 'complete', status: 'Error', query: 'class IN, type A, f.test' })
    expect(driven.transactions[0]!.row).toMatchObject({ response_code: 'FORMERR', question_name: 'f.test', registered_domain: 'f.test' })
  })

  /** Messages at given times, in milliseconds; `drive` lets time only grow. */
  const timed = (messages: readonly [at: number, side: Side, wire: Buffer][]) => {
    const transactions: Transaction<RowOf<typeof dns.fields>>[] = []
    const conversation = dns.open({
      flow: {
        id: '0',
        ordinal: 1,
        transport: 'udp',
        ipVersion: 4,
        client: { ip: '192.0.2.1', port: 40000 },
        server: { ip: '192.0.2.2', port: 53 },
        vlan: [],
        communityId: '',
        capture: 0,
      },
      shared: undefined,
      options: defaultsOf(dns.options),
      showSecrets: false,
      secret: (text) => text,
      emit: (tx) => transactions.push(tx),
      anomaly: () => {},
      upgradeTo: () => {},
    })
    messages.forEach(([ms, side, wire], i) => {
      const at = { sec: Math.floor(ms / 1000), nsec: (ms % 1000) * 1e6 }
      conversation[side].next(new Cursor().reset(wire, 0, wire.length, true), (m) =>
        conversation.correlator.see(side, m, new Trace(packetRef(0, i + 1), at, at, wire.length)),
      )
    })
    const seen = transactions.length
    conversation.correlator.end('eof', { sec: 0, nsec: 0 })
    return { seen, transactions }
  }

  it('meets a response that stands before its query in the capture', () => {
    const { transactions } = timed([
      [1036, 'server', response('o.test', [], 1, 5)],
      [1000, 'client', query('o.test', 1, 5)],
    ])
    expect(transactions.map((tx) => [tx.complete, tx.status, tx.notes])).toEqual([
      ['complete', 'OK', ['The response stands before the query in the capture.']],
    ])
  })

  it('does not let a response answer a query that is younger', () => {
    const { transactions } = timed([
      [1000, 'server', response('o.test', [], 1, 5)],
      [1036, 'client', query('o.test', 1, 5)],
    ])
    expect(transactions.map((tx) => tx.complete)).toEqual(['orphan-response', 'no-response'])
  })

  it('holds early responses for a moment, and only a few', () => {
    const later = timed([
      [0, 'server', response('o.test', [], 1, 5)],
      [2500, 'client', query('p.test', 1, 6)],
    ])
    expect(later.seen).toBe(1)
    const many = timed(Array.from({ length: 20 }, (_, i): [number, Side, Buffer] => [i, 'server', response('o.test', [], 1, i)]))
    expect([many.seen, many.transactions.length]).toEqual([4, 20])
  })

  it('gives a query up after a minute, by the clock of the packets', () => {
    const { seen, transactions } = timed([
      [0, 'client', query('slow.test', 1, 1)],
      [59_000, 'client', query('b.test', 1, 2)],
      [62_000, 'client', query('c.test', 1, 3)],
      [63_000, 'server', response('slow.test', [], 1, 1)],
    ])
    expect(seen).toBe(1)
    expect(transactions.map((tx) => [tx.complete, tx.row.question_name])).toEqual([
      ['no-response', 'slow.test'],
      ['orphan-response', 'slow.test'],
      ['no-response', 'b.test'],
      ['no-response', 'c.test'],
    ])
  })

  it('reads queries of either side', async () => {
    const driven = await udp([
      ['server', query('n.test', 1, 5)],
      ['client', query('m.test', 1, 5)],
      ['client', response('n.test', [], 1, 5)],
      ['server', response('m.test', [], 1, 5)],
    ])
    expect(driven.transactions.map((tx) => [tx.complete, tx.row.question_name, tx.notes])).toEqual([
      ['complete', 'n.test', ['The query came from the side that the flow calls server.']],
      ['complete', 'm.test', undefined],
    ])
  })

  it('holds a bounded number of waiting queries', async () => {
    const steps = Array.from({ length: MAX_WAITING + 10 }, (_, i): Step => ['client', query('w.test', 1, i)])
    const driven = await udp(steps)
    expect(driven.anomalies).toEqual(Array(10).fill('dns.waiting'))
    expect(driven.transactions).toHaveLength(MAX_WAITING + 10)
    expect(driven.transactions[0]!.notes).toEqual([UNANSWERED, 'Too many queries were waiting: this one was closed early.'])
  })

  it('holds a bounded number of questions under one id', async () => {
    const driven = await udp(Array.from({ length: 100 }, (_, i): Step => ['client', query(`w${i}.test`, 1, 7)]))
    expect(driven.transactions).toHaveLength(100)
    expect(new Set(driven.transactions.map((tx) => tx.row.question_name)).size).toBe(100)
    expect(driven.anomalies.length).toBe(84)
  })
})

describe('other kinds of message', () => {
  it('names what a dynamic update changes', async () => {
    const updates = [record(name('pc.corp.test'), 1, [], 0, 255), a(name('pc.corp.test'), '192.0.2.9', 1200)]
    const tsig = record(
      name('key.corp.test'),
      250,
      bytes(name('hmac-sha256'), u16(0), u32(1_700_000_000), u16(300), u16(2), [1, 2], u16(1), u16(0), u16(0)),
      0,
      255,
    )
    const driven = await udp(
      [
        ['client', message({ flags: 5 << 11, questions: [question('corp.test', 6)], authorities: updates, additionals: [tsig] })],
        ['server', message({ flags: 0x8000 | (5 << 11), questions: [question('corp.test', 6)] })],
      ],
      { include_additionals: true },
    )
    const [tx] = driven.transactions
    expect(tx).toMatchObject({
      method: 'UPDATE',
      resource: 'corp.test',
      query: 'class IN, type SOA, corp.test',
      user: 'key.corp.test',
      rows: 2,
    })
    expect(tx!.row).toMatchObject({
      zone: 'corp.test',
      question_name: 'pc.corp.test',
      updates: [
        { name: 'pc.corp.test', type: 'A', class: 'ANY', ttl: 0 },
        { name: 'pc.corp.test', type: 'A', class: 'IN', ttl: 1200, data: '192.0.2.9' },
      ],
    })
  })

  it('reads notifications', async () => {
    const driven = await udp([
      ['client', message({ flags: (4 << 11) | 0x0400, questions: [question('z.test', 6)], answers: [soa(pointer(12), 5)] })],
      ['server', message({ flags: 0x8000 | (4 << 11) | 0x0400, questions: [question('z.test', 6)] })],
    ])
    expect(driven.transactions[0]).toMatchObject({ method: 'NOTIFY', complete: 'complete', status: 'OK' })
  })

  it('names unknown numbers by their number', async () => {
    const driven = await udp([
      ['client', message({ flags: (9 << 11) | QUERY, questions: [question('u.test', 65280, 9)] })],
      ['server', message({ flags: RESPONSE | (9 << 11) | 13, questions: [question('u.test', 65280, 9)] })],
    ])
    expect(driven.transactions[0]!.row).toMatchObject({
      op_code: '9',
      question_type: 'TYPE65280',
      question_class: 'CLASS9',
      response_code: '13',
    })
  })

  it('lists all questions when there are several', async () => {
    const questions = [question('a.test', 1), question('b.test', 28)]
    const driven = await udp([
      ['client', message({ questions })],
      ['server', message({ flags: RESPONSE, questions })],
    ])
    expect(driven.transactions[0]!.row.questions).toEqual([
      { name: 'a.test', type: 'A', class: 'IN' },
      { name: 'b.test', type: 'AAAA', class: 'IN' },
    ])
  })

  it('lists a bounded number of records', async () => {
    const many = Array.from({ length: MAX_RECORDS + 5 }, () => a(pointer(12), '192.0.2.1'))
    const driven = await udp([
      ['client', message({ questions: [question('big.test')], additionals: [opt([], 65000)] })],
      ['server', message({ flags: RESPONSE, questions: [question('big.test')], answers: many, additionals: [opt()] })],
    ])
    const [tx] = driven.transactions
    expect(tx!.row.answers).toHaveLength(MAX_RECORDS)
    expect(tx!.row.answers_count).toBe(MAX_RECORDS + 5)
    expect(tx!.notes).toEqual([`${MAX_RECORDS} of ${MAX_RECORDS + 5} records are listed.`])
  })

  it('keeps the root name and an address below it without registered domain', async () => {
    const driven = await udp([['client', query('', 2)]])
    expect(driven.transactions[0]!.row).toMatchObject({ question_name: '.', question_type: 'NS' })
    expect(driven.transactions[0]!.row.registered_domain).toBeUndefined()
    expect(driven.transactions[0]!.query).toBe('class IN, type NS, .')
  })

  it.each([
    ['web.pages.github.io', 'pages.github.io', 'web', 'github.io'],
    ['4.3.2.1.in-addr.arpa', '1.in-addr.arpa', '4.3.2', 'in-addr.arpa'],
    ['host.corp', 'host.corp', undefined, 'corp'],
    ['CASE.Test.COM', 'test.com', 'CASE', 'com'],
    ['com', undefined, undefined, undefined],
  ])('splits %s by public suffix', async (text, registered, subdomain, suffix) => {
    const driven = await udp([['client', query(text)]])
    const { row } = driven.transactions[0]!
    expect([row.registered_domain, row.subdomain, row.top_level_domain]).toEqual([registered, subdomain, suffix])
  })
})
