import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { mysql } from '../../../src/protocols/mysql/index.js'
import type { Likeness } from '../../../src/protocols/protocol.js'
import { drive, type Step } from '../../support/drive.js'
import { bytes, err, execute, greeting, login, ok, packet, query, result, session, u24, wrap } from './build.js'

const cursor = (b: Buffer): Cursor => new Cursor().reset(b, 0, b.length)
const probe = (client: Buffer, server: Buffer, hinted = false): Likeness =>
  mysql.probe({
    client: cursor(client),
    server: cursor(server),
    transport: 'tcp',
    hinted,
    flow: { clientPort: 40000, serverPort: hinted ? 3306 : 4000, serverIp: '192.0.2.2' },
  })
const none = Buffer.alloc(0)

describe('mysql probe', () => {
  it.each<[name: string, client: Buffer, server: Buffer, likeness: Likeness]>([
    ['a greeting', none, greeting(), 'yes'],
    ['the head of a greeting', none, greeting().subarray(0, 30), 'maybe'],
    ['a greeting and a login', login(), greeting(), 'yes'],
    ['a login alone', login(), none, 'yes'],
    ['a host that is refused', none, packet(0, 0xff, [0x6a, 4], "Host 'x' is not allowed to connect"), 'yes'],
    ['a statement', query('select 1'), none, 'yes'],
    ['a statement behind a comment, and its answer', query('/* app */ select 1'), result(true, ['1']), 'yes'],
    ['a ping and its answer', packet(0, 14), ok(1), 'yes'],
    ['a ping alone', packet(0, 14), none, 'maybe'],
    ['an execution', execute(1), none, 'yes'],
    ['an answer alone', none, result(true, ['1']), 'yes'],
    ['an error alone', none, err(1, 1064, '42000', 'You have an error'), 'yes'],
    ['a wrapped statement', wrap(0, query('select 1'), false), none, 'yes'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), none, 'no'],
    ['SMTP', none, Buffer.from('220 mx ESMTP\r\n'), 'no'],
    ['TLS', Buffer.from('160301020001000001fc0303', 'hex'), none, 'no'],
    ['PostgreSQL', Buffer.from('0000003a00030000757365720061', 'hex'), none, 'no'],
    ['Cassandra OPTIONS', Buffer.from('040000000500000000', 'hex'), none, 'no'],
    ['MongoDB', Buffer.from('3a0000000300000000000000d40700000000000061646d696e', 'hex'), none, 'no'],
    ['Redis', Buffer.from('*1\r\n$4\r\nPING\r\n'), Buffer.from('+PONG\r\n'), 'no'],
    ['DNS over TCP', Buffer.from('001d12340100000100000000000003777777', 'hex'), none, 'no'],
    ['zeros', Buffer.alloc(64), none, 'no'],
  ])('%s', (_name, client, server, likeness) => {
    expect(probe(client, server)).toBe(likeness)
  })

  it('never says yes to noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 200 }), (noise) => {
        expect(probe(Buffer.from(noise), none)).not.toBe('yes')
        expect(probe(none, Buffer.from(noise))).not.toBe('yes')
      }),
      { numRuns: 3000, seed: 7 },
    )
  })
})

describe('mysql and made-up bytes', () => {
  it('ends on anything, in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('client', 'server'), fc.uint8Array({ maxLength: 80 })), { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        async (steps, chunk) => {
          await drive(mysql, [...session(), ...(steps as Step[])], { chunk })
        },
      ),
      { numRuns: 400, seed: 11 },
    )
  })

  it('ends on whole packets of anything', async () => {
    const made = fc.tuple(
      fc.constantFrom('client', 'server'),
      fc.integer({ min: 0, max: 4 }),
      fc.constantFrom(0, 1, 3, 22, 23, 24, 26, 28, 17, 0xfa, 0xfb, 0xfe, 0xff, 12),
      fc.uint8Array({ maxLength: 60 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(made, { maxLength: 20 }), fc.boolean(), async (all, seen) => {
        const steps = all.map(([side, seq, first, rest]) => [side, packet(seq, first, Buffer.from(rest))] as unknown as Step)
        const { transactions } = await drive(mysql, [...(seen ? session() : []), ...steps])
        for (const tx of transactions) expect(tx.complete).toMatch(/^(complete|no-response|orphan-response|truncated|lost)$/)
      }),
      { numRuns: 600, seed: 13 },
    )
  })

  it('stops undoing packets that grow without end', async () => {
    const zeros = wrap(1, Buffer.alloc(0xfffff0), true)
    const caps = 0x0020a28d | 0x20 | 0x80000 | 0x100000
    const { anomalies } = await drive(mysql, [
      ['server', greeting(caps)],
      ['client', login({ caps })],
      ['server', ok(2)],
      ['client', wrap(0, query('select 1'))],
      ...Array.from({ length: 6 }, (): Step => ['server', zeros]),
    ])
    expect(anomalies).toContain('mysql.compression-ratio')
  })

  it('keeps a bounded number of commands and of statements', async () => {
    const many = Buffer.concat(Array.from({ length: 5000 }, () => query('select 1')))
    const { anomalies, transactions } = await drive(mysql, [...session(), ['client', many]])
    expect(anomalies).toEqual(['mysql.commands-waiting'])
    expect(transactions).toHaveLength(5001)
  })

  it('does not believe a length', async () => {
    const { transactions } = await drive(mysql, [...session(), ['client', bytes(u24(0xfffffe), 0, 3, 'select 1')]])
    expect(transactions[1]).toMatchObject({ query: 'select 1', complete: 'truncated' })
  })
})
