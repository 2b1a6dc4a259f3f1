import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { amqp } from '../../../src/protocols/amqp/index.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import * as w from './wire.js'

const login: Step[] = [
  ['client', w.HEADER],
  ['server', w.start],
  ['client', w.startOk('PLAIN', '\0anna\0S3CRET-amqp-1')],
  ['server', w.tune],
  ['client', Buffer.concat([w.tuneOk(), w.open('orders')])],
  ['server', w.openOk],
]
const see = async (steps: readonly Step[], options: object = {}) => {
  const driven = await drive(amqp, steps, { options })
  return { ...driven, methods: driven.transactions.map((tx) => `${tx.method} ${tx.complete} ${tx.status}`) }
}

describe('opening', () => {
  it('is one row with user, product and mechanism, then one with the vhost and what was agreed', async () => {
    const { transactions, methods } = await see(login)
    expect(methods).toEqual(['connection.start complete OK', 'connection.open complete OK'])
    expect(transactions[0]).toMatchObject({
      user: 'anna',
      query: 'connection.start PLAIN anna *****'.replace('*****', String(transactions[0]!.row.auth_secret)),
    })
    expect(transactions[0]!.row).toMatchObject({ client_product: 'pika', server_product: 'RabbitMQ', mechanisms: ['PLAIN', 'AMQPLAIN'] })
    expect(transactions[1]!.row).toMatchObject({ vhost: 'orders', frame_max: 131072, heartbeat: 60 })
    expect(transactions.every((tx) => tx.session_event)).toBe(true)
    expect(JSON.stringify(transactions)).not.toContain('S3CRET')
  })
  it('shows the password on demand only', async () => {
    const { transactions } = await drive(amqp, login, { showSecrets: true })
    expect(transactions[0]!.row.auth_secret).toBe('S3CRET-amqp-1')
  })
  it.each([
    ['AMQPLAIN', w.entries({ LOGIN: 'bo', PASSWORD: 'S3CRET-2' }), 'bo'],
    ['EXTERNAL', 'CN=desk', 'CN=desk'],
    ['SCRAM-SHA-256', 'n,,n=us=2Cer,r=abc', 'us,er'],
    ['OAUTHBEARER', 'n,a=kim,\x01auth=Bearer S3CRET-3\x01\x01', 'kim'],
    ['PLAIN', 'nothing', undefined],
  ])('reads the user of %s', async (mechanism, response, user) => {
    const { transactions } = await see([
      ['client', w.HEADER],
      ['server', w.start],
      ['client', w.startOk(mechanism, response)],
      ['server', w.tune],
    ])
    expect(transactions[0]!.user).toBe(user)
    expect(JSON.stringify(transactions)).not.toContain('S3CRET')
  })
  it('is refused by a close, or by silence', async () => {
    const asked = login.slice(0, 3)
    const refused = await see([...asked, ['server', w.close(0, 403, 'ACCESS_REFUSED')]])
    expect(refused.methods).toEqual(['connection.start complete Error', 'connection.close no-response Error'])
    expect(refused.transactions[0]).toMatchObject({ user: 'anna', error: 'ACCESS_REFUSED' })
    expect((await see(asked)).methods).toEqual(['connection.start no-response Error'])
  })
  it('names AMQP 1.0 and does not read it', async () => {
    const { transactions, upgradedTo } = await see([
      ['client', 'AMQP\x03\x01\0\0'],
      ['server', 'AMQP\x03\x01\0\0'],
    ])
    expect(upgradedTo).toBe('amqp-1.0')
    expect(transactions[0]).toMatchObject({
      status: 'OK',
      row: { protocol_version: 'AMQP 1.0 (SASL)' },
      notes: ['AMQP 1.0 (SASL) is not decoded'],
    })
  })
})

describe('pairing', () => {
  it('is by channel and in order', async () => {
    const { transactions } = await see([
      ...login,
      ['client', Buffer.concat([w.declare(1, 'a'), w.declare(2, 'b'), w.declare(1, 'c')])],
      ['server', Buffer.concat([w.declareOk(2, 'b'), w.declareOk(1, 'a'), w.declareOk(1, 'c')])],
    ])
    expect(transactions.slice(2).map((tx) => [tx.row.channel, tx.row.queue, tx.complete])).toEqual([
      [2, 'b', 'complete'],
      [1, 'a', 'complete'],
      [1, 'c', 'complete'],
    ])
    expect(transactions[2]).toMatchObject({ user: 'anna', request_bytes: w.declare(1, 'a').length, row: { vhost: 'orders' } })
  })
  it('ends the request that a close is about, and flushes the rest', async () => {
    const { methods, transactions } = await see([
      ...login,
      ['client', Buffer.concat([w.declare(1, 'a'), w.method(1, 60, 70, w.u16(0), w.short('x'), w.bit())])],
      ['server', w.close(1, 404, "no queue 'x'", 60, 70)],
      ['client', w.closeOk(1)],
    ])
    expect(methods.slice(2)).toEqual(['basic.get complete Error', 'channel.close complete Error', 'queue.declare no-response Error'])
    expect(transactions[2]!.error).toBe("no queue 'x'")
  })
  it('gives orphans and what was never answered', async () => {
    const { methods } = await see([...login, ['server', w.declareOk(1, 'a')], ['client', w.declare(1, 'b')]])
    expect(methods.slice(2)).toEqual(['queue.declare-ok orphan-response OK', 'queue.declare no-response Error'])
  })
  it('names an unknown method by its numbers and goes on', async () => {
    const { methods, anomalies } = await see([
      ...login,
      ['client', Buffer.concat([w.method(1, 60, 200), w.method(1, 110, 5), w.declare(1, 'a')])],
      ['server', w.declareOk(1, 'a')],
    ])
    expect(methods.slice(2)).toEqual(['basic.200 complete OK', '110.5 complete OK', 'queue.declare complete OK'])
    expect(anomalies).toEqual(['amqp.unknown-method', 'amqp.unknown-method'])
  })
})

describe('messages', () => {
  it('are shown as Packetbeat shows them', async () => {
    const send = (text: string, type?: string): Step => [
      'client',
      Buffer.concat([w.publish(1, 'x', 'k'), w.content(1, text.length, type), w.body(1, text)]),
    ]
    const { transactions } = await see([...login, send('hello', 'text/plain'), send('ab'), send('abcdef', 'application/json')], {
      send_request: true,
      max_body_length: 5,
    })
    expect(transactions.slice(2).map((tx) => tx.request_text)).toEqual(['hello', '97 98', 'abcde [...]'])
    expect(transactions[4]).toMatchObject({ request_bytes: 6, row: { body_size: 6, content_type: 'application/json' } })
  })
  it('are masked where a name or a URL says so', async () => {
    const bodies = ['{"password": "S3CRET-1"}', 'amqp://a:S3CRET-2@b/', '{"a": "{\\"token\\": \\"S3CRET-3\\"}"}']
    const steps = bodies.map((text): Step => ['client', Buffer.concat([w.publish(1, 'x', 'k'), w.message(1, text)])])
    const headers = Buffer.concat([
      w.u16(60),
      w.u16(0),
      w.u64(0),
      w.u16(0x2000),
      w.table({ password: 'S3CRET-4', url: 'http://a:S3CRET-5@b' }),
    ])
    steps.push(['client', Buffer.concat([w.publish(1, 'x', 'k'), w.frame(2, 1, headers)])])
    const run = [...login, ...steps]
    expect(JSON.stringify((await see(run, { send_request: true })).transactions)).not.toContain('S3CRET')
    const shown = JSON.stringify((await drive(amqp, run, { options: { send_request: true }, showSecrets: true })).transactions)
    for (let n = 1; n <= 5; n++) expect(shown).toContain(`S3CRET-${n}`)
  })
  it('have the queue of their consumer', async () => {
    const { transactions } = await see([
      ...login,
      ['client', w.method(1, 60, 20, w.u16(0), w.short('jobs'), w.short(''), w.bit(), w.table())],
      ['server', Buffer.concat([w.method(1, 60, 21, w.short('t1')), w.deliver(1, 't1', 1, 'k'), w.message(1, 'hi')])],
    ])
    expect(transactions[3]).toMatchObject({
      method: 'basic.deliver',
      request: undefined,
      complete: 'complete',
      response_bytes: 2,
      row: { queue: 'jobs' },
    })
  })
  it('say when they are cut or lost', async () => {
    const open: Step[] = [...login, ['client', Buffer.concat([w.publish(1, 'x', 'k'), w.content(1, 10)])]]
    const half: Step = ['client', w.body(1, '0123456789').subarray(0, 9)]
    expect((await see([...open, half])).methods.at(-1)).toBe('basic.publish truncated OK')
    const lost = await see([...open, half, ['gap', 'client', 4], ['client', Buffer.from('6789\xce', 'latin1')]])
    expect(lost.methods.at(-1)).toBe('basic.publish lost OK')
    expect(lost.transactions.at(-1)!.row).toMatchObject({ body_size: 10, body_lost_bytes: 4 })
  })
})

describe('confirms', () => {
  const select: Step[] = [...login, ['client', w.method(1, 85, 10, w.bit())], ['server', w.method(1, 85, 11)]]
  const publish = (text: string, bits = 0): Buffer => Buffer.concat([w.publish(1, 'x', 'k', bits), w.message(1, text)])
  const confirms = (driven: Awaited<ReturnType<typeof see>>) =>
    driven.transactions
      .filter((tx) => tx.method === 'basic.publish')
      .map((tx) => [tx.row.publish_seq, tx.row.confirm, tx.status, tx.complete])

  it('link acks, multiple ones and nacks to publications', async () => {
    const driven = await see([
      ...select,
      ['client', Buffer.concat([publish('1'), publish('2'), publish('3'), publish('4')])],
      ['server', w.nack(1, 3)],
      ['server', w.ack(1, 2, true)],
    ])
    expect(confirms(driven)).toEqual([
      [3, 'nack', 'Error', 'complete'],
      [1, 'ack', 'OK', 'complete'],
      [2, 'ack', 'OK', 'complete'],
      [4, 'unanswered', 'Error', 'no-response'],
    ])
  })
  it('mark what was returned', async () => {
    const returned = w.method(1, 60, 50, w.u16(312), w.short('NO_ROUTE'), w.short('x'), w.short('k'))
    const driven = await see([
      ...select,
      ['client', Buffer.concat([publish('a'), publish('b', 1)])],
      ['server', Buffer.concat([returned, w.message(1, 'b'), w.ack(1, 0, true)])],
    ])
    expect(driven.transactions.slice(3).map((tx) => [tx.method, tx.status, tx.row.returned, tx.error])).toEqual([
      ['basic.return', 'Error', undefined, 'NO_ROUTE'],
      ['basic.publish', 'OK', undefined, undefined],
      ['basic.publish', 'Error', true, 'NO_ROUTE'],
    ])
  })
  it('are not guessed after a loss', async () => {
    const driven = await see([...select, ['gap', 'client', 100], ['client', publish('x')], ['server', w.ack(1, 2)]])
    expect(confirms(driven)).toEqual([[undefined, undefined, 'OK', 'complete']])
    expect(driven.methods.at(-1)).toBe('basic.ack orphan-response OK')
  })
})

describe('broken input', () => {
  it('is left behind at the next frame', async () => {
    const bad = w.frame(1, 1, Buffer.from('nonsense'), 0)
    const { methods, anomalies } = await see([
      ...login,
      ['client', Buffer.concat([bad, w.declare(1, 'a')])],
      ['server', w.declareOk(1, 'a')],
    ])
    expect(methods.slice(2)).toEqual(['queue.declare complete OK'])
    expect(anomalies).toEqual(['amqp.frame-end', 'amqp.lost-sync'])
  })
  it('goes on after a loss at the next frame, in any pieces', async () => {
    const steps: Step[] = [
      ...login,
      ['gap', 'client', 50],
      ['client', Buffer.concat([Buffer.from('rest\x01of a frame\xce'), w.declare(1, 'a'), w.declare(1, 'b')])],
      ['server', w.declareOk(1, 'a')],
    ]
    const whole = await drive(amqp, steps)
    expect(whole.transactions.slice(2).map((tx) => tx.row.queue)).toEqual(['a', 'b'])
    for (const chunk of [1, 3, 7]) expect(rowsOf(await drive(amqp, steps, { chunk }))).toEqual(rowsOf(whole))
  })
  it('never throws on cut or flipped bytes', async () => {
    const all = Buffer.concat([w.declare(1, 'a'), w.publish(1, 'x', 'k'), w.message(1, 'text'), w.heartbeat])
    for (let i = 0; i < all.length; i++) {
      const flipped = Buffer.from(all)
      flipped[i] = flipped[i]! ^ 0xff
      await drive(amqp, [...login, ['client', flipped], ['server', flipped]])
      await drive(amqp, [...login, ['client', all.subarray(0, i)]])
    }
  })
  it('reads tables with lying lengths as far as they go', async () => {
    const { transactions, anomalies } = await see([
      ...login,
      ['client', w.method(1, 50, 10, w.u16(0), w.short('q'), w.bit(), w.u32(999999))],
    ])
    expect(anomalies).toEqual(['amqp.arguments'])
    expect(transactions[2]).toMatchObject({ method: 'queue.declare', row: { queue: 'q' } })
  })
})

it('notes a login that was not seen, counts heartbeats', async () => {
  const { transactions } = await see([
    ['client', Buffer.concat([w.declare(1, 'a'), w.heartbeat, w.heartbeat])],
    ['server', w.heartbeat],
  ])
  expect(transactions[0]).toMatchObject({ user: undefined, notes: ['no answer: the connection ends', 'login not seen'] })
  expect(transactions[1]).toMatchObject({ method: 'heartbeat', row: { heartbeats_client: 2, heartbeats_server: 1 } })
})

describe('probe', () => {
  const likeness = (client: string | Buffer, server: string | Buffer = '', hinted = false) => {
    const cursor = (b: string | Buffer) =>
      new Cursor().reset(Buffer.from(b as string, 'latin1'), 0, Buffer.from(b as string, 'latin1').length)
    return amqp.probe({
      client: cursor(client),
      server: cursor(server),
      transport: 'tcp',
      hinted,
      flow: { clientPort: 1, serverPort: 2, serverIp: '' },
    })
  }
  it.each<[string, Buffer | string, Buffer | string, string]>([
    ['header', w.HEADER, '', 'yes'],
    ['half a header', 'AMQ', '', 'maybe'],
    ['server first', '', w.start, 'yes'],
    ['the wrong way round', w.start, w.HEADER, 'no'],
    ['in the middle', w.publish(1, 'x', 'k'), '', 'yes'],
    ['a delivery from the client', w.deliver(1, 't', 1, 'k'), '', 'no'],
    ['heartbeat on another port', w.heartbeat, '', 'maybe'],
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', '', 'no'],
    ['another AMQP', 'AMQPxyzw', '', 'no'],
    ['a body that looks like a frame', Buffer.from([1, 0, 0, 0, 0, 0, 4, 9, 9, 9, 9, 0xce]), '', 'no'],
  ])('%s', (_name, client, server, wanted) => {
    expect(likeness(client, server)).toBe(wanted)
  })
})
