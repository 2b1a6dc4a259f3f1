/** Secrets appear in no column, text or anomaly, and in the open only when asked for. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Binary, Code } from 'bson'
import { describe, expect, test } from 'vitest'
import { defaultProtocolSettings } from '../../../src/config/settings.js'
import { mongodb } from '../../../src/protocols/mongodb/index.js'
import { run } from '../../support/run.js'
import { ask, bson, cstring, i32, message, query, reply, sequence, talk } from './talk.js'

const SECRET = 'S3CRET-mongodb-0'
const all = { send_request: true, send_response: true }
const text = (value: unknown): string => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one))

describe('masked', () => {
  test.each<[string, Buffer, Buffer?]>([
    ['createUser', ask(1, { createUser: 'bob', pwd: SECRET, $db: 'd' })],
    ['a password that begins like a path', ask(1, { updateUser: 'bob', pwd: `$${SECRET}`, $db: 'd' })],
    [
      'a quoting error',
      ask(1, { createUser: 'bob', pwd: SECRET, $db: 'd' }),
      reply(1, { ok: 0, errmsg: `no: ${SECRET} is weak`, code: 2 }),
    ],
    [
      'saslStart',
      ask(1, { saslStart: 1, mechanism: 'PLAIN', payload: SECRET, $db: 'd' }),
      reply(1, { conversationId: 1, payload: SECRET, ok: 1 }),
    ],
    [
      'speculative',
      ask(1, { hello: 1, speculativeAuthenticate: { saslStart: 1, payload: SECRET }, $db: 'd' }),
      reply(1, { speculativeAuthenticate: { payload: SECRET }, maxWireVersion: 9, ok: 1 }),
    ],
    ['authenticate', query(1, 'd.$cmd', { authenticate: 1, user: 'u', nonce: SECRET, key: SECRET })],
    ['getnonce', ask(1, { getnonce: 1, $db: 'd' }), reply(1, { nonce: SECRET, ok: 1 })],
    ['copydb', ask(1, { copydb: 1, fromhost: 'h', username: 'u', nonce: SECRET, key: SECRET, $db: 'admin' })],
    ['a filter', ask(1, { find: 'c', filter: { $or: [{ password: { $in: [SECRET] } }, { 'a.b.secretKey': SECRET }] }, $db: 'd' })],
    [
      'an expression',
      ask(1, { aggregate: 'c', pipeline: [{ $match: { $expr: { $eq: ['$user.password', { $literal: SECRET }] } } }], $db: 'd' }),
    ],
    ['an update', ask(1, { update: 'c', updates: [{ q: { password: SECRET }, u: { $set: { token: SECRET } } }], $db: 'd' })],
    ['a sequence', ask(1, { insert: 'c', $db: 'd' }, 0, sequence('documents', [{ passwd: SECRET, n: [{ apiKey: SECRET }] }]))],
    ['a number', ask(1, { insert: 'c', documents: [{ password: 'x', url: `amqp://u:${SECRET}@h/v` }], $db: 'd' })],
    ['an address', ask(1, { insert: 'c', documents: [{ url: `mongodb://u:${SECRET}@h/d`, text: `password=${SECRET}` }], $db: 'd' })],
    ['$where', ask(1, { find: 'c', filter: { $where: `this.password === "${SECRET}" && this.pwd==${SECRET}` }, $db: 'd' })],
    ['code', ask(1, { mapReduce: 'c', map: new Code(`function(){ db.auth('u', '${SECRET}') }`), $db: 'd' })],
    ['a comment', ask(1, { find: 'c', comment: `password: ${SECRET}`, $db: 'd' })],
    [
      'answers',
      ask(1, { find: 'users', $db: 'd' }),
      reply(1, {
        cursor: { firstBatch: [{ password: SECRET, credentials: { 'SCRAM-SHA-1': { storedKey: SECRET } } }], id: 0, ns: 'd.users' },
        ok: 1,
      }),
    ],
    [
      'keys of the cluster',
      ask(1, { find: 'system.keys', $db: 'admin' }),
      reply(1, { cursor: { firstBatch: [{ key: new Binary(Buffer.from(SECRET)) }], id: 0, ns: 'x' }, ok: 1 }),
    ],
    [
      'a duplicate key',
      ask(1, { insert: 'c', documents: [{ pwd: SECRET }], $db: 'd' }),
      reply(1, { n: 0, writeErrors: [{ code: 11000, errmsg: `dup key: { pwd: "${SECRET}" }`, keyValue: { pwd: SECRET } }], ok: 1 }),
    ],
    ['OP_UPDATE', message(2001, 1, 0, i32(0), cstring('d.c'), i32(0), bson({ pwd: SECRET }), bson({ $set: { pwd: SECRET } }))],
  ])('%s', async (_, request, answer) => {
    const steps = answer
      ? ([
          ['client', request],
          ['server', answer],
        ] as const)
      : ([['client', request]] as const)
    const masked = text((await talk(steps, { options: all })).transactions)
    expect(masked).not.toContain('S3CRET')
    expect(masked).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 12))
    const shown = text((await talk(steps, { options: all, showSecrets: true })).transactions)
    expect(shown.includes('S3CRET') || shown.includes(Buffer.from(SECRET).toString('base64').slice(0, 12))).toBe(true)
  })

  test('an address whose end lies behind what is kept', async () => {
    const long = ask(1, {
      insert: 'c',
      documents: [{ url: `${'x '.repeat(1500)}mongodb://u:${SECRET}${'y'.repeat(5000)}@h`, pad: 'z'.repeat(300_000) }],
      $db: 'd',
    })
    expect(text((await talk([['client', long]], { options: all })).transactions)).not.toContain('S3CRET')
  })

  test('an error that was captured before the request it quotes', async () => {
    const driven = await talk(
      [
        ['server', reply(1, { ok: 0, errmsg: `no: ${SECRET} is weak`, code: 2 })],
        ['client', ask(1, { createUser: 'bob', pwd: SECRET, $db: 'd' })],
      ],
      { options: all },
    )
    expect(driven.transactions[0]).toMatchObject({ method: 'createUser', error: 'no: xxxxx is weak' })
    expect(text(driven.transactions)).not.toContain('S3CRET')
  })

  test('what is no secret stays', async () => {
    const driven = await talk([
      ['client', ask(1, { find: 'c', filter: { key: 'k', payload: 'p' }, projection: { password: 0 }, sort: { token: -1 }, $db: 'd' })],
    ])
    expect(driven.transactions[0]!.row).toMatchObject({
      filter: '{"key":"k","payload":"p"}',
      projection: '{"password":0}',
      sort: '{"token":-1}',
    })
  })
})

test('no sample shows a secret', async () => {
  const folder = resolve(import.meta.dirname, '../../../samples/mongodb')
  const files = readdirSync(folder).filter((name) => name.endsWith('.pcap'))
  const own = defaultProtocolSettings(mongodb)
  const settings = { protocols: new Map([['mongodb', { ...own, options: { ...own.options, ...all } }]]) }
  for (const file of files) {
    const { sink } = await run([join(folder, file)], { settings })
    expect(text([sink.records, sink.tables]), file).not.toContain('S3CRET')
  }
  const { sink } = await run([join(folder, 'auth.pcap')], { settings, showSecrets: true })
  for (const n of [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) expect(text(sink.records)).toContain(`S3CRET-mongodb-${n}`)
})
