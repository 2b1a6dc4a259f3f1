/** The same rows however the bytes are cut; nothing throws, hangs or grows on lost, cut, hostile or random bytes. */
import { Binary, Long } from 'bson'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowsOf, type Step } from '../../support/drive.js'
import { ask, cstring, i32, i64, message, opReply, query, reply, sequence, talk, zlib } from './talk.js'

const conversation: readonly (readonly ['client' | 'server', Buffer])[] = [
  ['client', query(1, 'admin.$cmd', { isMaster: 1, client: { driver: { name: 'x', version: '1' } } })],
  ['server', opReply(1, [{ ismaster: true, maxBsonObjectSize: 16777216, maxWireVersion: 9, ok: 1 }])],
  ['client', ask(2, { saslStart: 1, mechanism: 'PLAIN', payload: new Binary(Buffer.from('\0anna\0pw')), $db: '$external' })],
  ['server', reply(2, { conversationId: 1, done: true, payload: new Binary(Buffer.alloc(0)), ok: 1 })],
  ['client', ask(3, { insert: 'c', $db: 'd' }, 0, sequence('documents', [{ _id: 1, a: [1, { b: /x/ }] }, { _id: 2 }]))],
  ['server', reply(3, { n: 1, writeErrors: [{ index: 1, code: 11000, errmsg: 'E11000 dup' }], ok: 1 })],
  ['client', zlib(ask(4, { find: 'c', filter: { a: { $in: [1, 2] } }, $db: 'd' }))],
  ['server', zlib(reply(4, { cursor: { firstBatch: [{ _id: 1 }], id: Long.fromNumber(5), ns: 'd.c' }, ok: 1 }))],
  ['client', ask(5, { getMore: Long.fromNumber(5), collection: 'c', $db: 'd' }, 1 << 16)],
  ['server', reply(5, { cursor: { nextBatch: [{ _id: 2 }], id: Long.fromNumber(5), ns: 'd.c' }, ok: 1 }, 2, 800)],
  ['server', reply(800, { cursor: { nextBatch: [], id: Long.ZERO, ns: 'd.c' }, ok: 1 }, 0, 801)],
  ['client', message(2007, 6, 0, i32(0, 1), i64(5n))],
  ['client', message(2005, 7, 0, i32(0), cstring('d.c'), i32(3), i64(77n))],
  ['server', opReply(7, [], 1)],
  ['client', ask(8, { ping: 1, $db: 'admin' })],
  ['server', reply(8, { ok: 1 })],
]
const COMPLETE = /^(complete|no-response|orphan-response|truncated|lost)$/

describe('mongodb, however the bytes come', () => {
  test('gives identical rows for every piece size from 1 to 60', async () => {
    const whole = await talk(conversation)
    expect(whole.transactions).toHaveLength(9)
    for (let chunk = 1; chunk <= 60; chunk++) expect(rowsOf(await talk(conversation, { chunk })), `${chunk}`).toEqual(rowsOf(whole))
  })

  test('survives the end at every byte', async () => {
    for (let i = 0; i < conversation.length; i++) {
      const [side, bytes] = conversation[i]!
      for (let at = 0; at < bytes.length; at++) {
        const driven = await talk([...conversation.slice(0, i), [side, bytes.subarray(0, at)]], { end: 'eof' })
        for (const tx of driven.transactions) expect(tx.complete).toMatch(COMPLETE)
      }
    }
  })

  test('finds the next message after the loss of any part, and loses no more', async () => {
    const whole = (await talk(conversation)).transactions.length
    for (let i = 0; i < conversation.length; i++) {
      const [side, bytes] = conversation[i]!
      const after = conversation.slice(i + 1)
      for (const [from, to] of [
        [0, bytes.length],
        [0, 9],
        [20, 30],
        [5, bytes.length],
      ] as const) {
        const steps: Step[] = [...conversation.slice(0, i)]
        if (from > 0) steps.push([side, bytes.subarray(0, from)])
        steps.push(['gap', side, to - from])
        if (to < bytes.length) steps.push([side, bytes.subarray(to)])
        const driven = await talk([...steps, ...after])
        for (const tx of driven.transactions) expect(tx.complete).toMatch(COMPLETE)
        expect(driven.transactions.length).toBeGreaterThanOrEqual(whole - 1)
        const last = driven.transactions.find((tx) => tx.method === 'ping')
        if (i < conversation.length - 2) expect(last, `step ${i}, ${from}-${to}`).toMatchObject({ complete: 'complete' })
      }
    }
  })

  test('an answer whose bytes were lost is lost, not missing', async () => {
    const driven = await talk([
      ['client', ask(1, { ping: 1, $db: 'd' })],
      ['gap', 'server', 55],
      ['client', ask(2, { ping: 1, $db: 'd' })],
      ['server', reply(2, { ok: 1 })],
    ])
    expect(driven.transactions.map((tx) => tx.complete)).toEqual(['complete', 'lost'])
  })

  test('opcodes nobody knows are passed over, once told; noise is searched for the next message', async () => {
    const strange = message(2269, 1, 0, Buffer.alloc(60))
    const noise = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 89) & 0xff))
    const driven = await talk([
      ['client', Buffer.concat([strange, strange, ask(2, { ping: 1, $db: 'd' }), noise, ask(3, { count: 'c', $db: 'd' })])],
    ])
    expect(driven.anomalies).toEqual(['mongodb.unknown-opcode', 'mongodb.malformed'])
    expect(driven.transactions.map((tx) => tx.method)).toEqual(['ping', 'count'])
  })

  test('survives single wrong bytes and random ones', async () => {
    for (const [i, [side, bytes]] of conversation.entries()) {
      for (let at = 0; at < bytes.length; at++) {
        const wrong = Buffer.from(bytes)
        wrong[at]! ^= 1 << (at & 7)
        for (const tx of (await talk([...conversation.slice(0, i), [side, wrong], ...conversation.slice(i + 1)])).transactions)
          expect(tx.complete).toMatch(COMPLETE)
      }
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('client' as const, 'server' as const), fc.uint8Array({ maxLength: 200 })), { maxLength: 8 }),
        async (steps) => {
          await talk(steps)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('requests without end are forgotten, and that is told', async () => {
    const many = Buffer.concat(Array.from({ length: 1500 }, (_, i) => ask(i + 1, { ping: 1, $db: 'd' })))
    const driven = await talk([['client', many]])
    expect(driven.transactions).toHaveLength(1500)
    expect(driven.anomalies).toContain('mongodb.requests-waiting')
  })
})
