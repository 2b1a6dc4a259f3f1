/** However the bytes come; where secrets must not show; whose bytes these are. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import type { Transport } from '../../../src/model/side.js'
import { memcache } from '../../../src/protocols/memcache/index.js'
import { rowsOf, type Step } from '../../support/drive.js'
import { answered, asked, brief, datagram, flags, store, talk } from './talk.js'

const text: Step[] = [
  ['client', 'set a 0 0 5\r\nhe\r\no\r\nmg a q v k\r\nms b 2 T0\r\nxy\r\nstats items\r\nget a b\r\nmn\r\n'],
  ['server', 'STORED\r\nVA 5 ka\r\nhe\r\no\r\nHD\r\nSTAT a b\r\nEND\r\nVALUE a 0 5\r\nhe\r\no\r\nEND\r\nMN\r\n'],
]
const binary: Step[] = [
  [
    'client',
    Buffer.concat([
      asked(0x01, { key: 'a', extras: store, value: 'v'.repeat(300), opaque: 1 }),
      asked(0x0c, { key: 'a', opaque: 2 }),
      asked(0x10, { opaque: 3 }),
    ]),
  ],
  [
    'server',
    Buffer.concat([
      answered(0x01, { opaque: 1, cas: 5n }),
      answered(0x0c, { key: 'a', extras: flags, value: 'v'.repeat(300), opaque: 2 }),
      answered(0x10, { key: 'k', value: 'v', opaque: 3 }),
      answered(0x10, { opaque: 3 }),
    ]),
  ],
]

describe('memcache, however the bytes come', () => {
  it('gives identical rows for every piece size', async () => {
    for (const steps of [text, binary]) {
      const whole = await talk(steps, { options: { maxvalues: -1 } })
      expect(whole.transactions.every((tx) => tx.complete === 'complete')).toBe(true)
      for (const chunk of [1, 2, 3, 5, 7, 11, 23, 24, 25, 64, 333])
        expect(rowsOf(await talk(steps, { chunk, options: { maxvalues: -1 } })), `${chunk}`).toEqual(rowsOf(whole))
    }
  })

  it('survives the end at every byte and the loss of any three', async () => {
    for (const steps of [text, binary])
      for (let i = 0; i < steps.length; i++) {
        const [side, bytes] = steps[i] as readonly ['client' | 'server', string | Buffer]
        for (let at = 0; at < bytes.length; at++) {
          const head = bytes.slice(0, at) as string
          for (const rest of [[], [['gap', side, 3] as Step, [side, bytes.slice(at + 3)] as Step, ...steps.slice(i + 1)]]) {
            const { transactions } = await talk([...steps.slice(0, i), [side, head], ...rest], { end: 'eof' })
            for (const tx of transactions) expect(tx.complete).toMatch(/^(complete|no-response|orphan-response|truncated|lost)$/)
          }
        }
      }
  })

  it('survives lengths that lie, and noise', async () => {
    const lies = [
      'set a 0 0 99999999999999999999\r\n',
      'set a 0 0 -1\r\n',
      'ms a 4294967296\r\n',
      'get\r\n',
      'cas a\r\n',
      `get ${'k '.repeat(20_000)}\r\n`,
      'x'.repeat(200_000),
    ]
    for (const lie of lies)
      await talk([
        ['client', `${lie}version\r\n`],
        ['server', 'VALUE a 0 99999999999999\r\nVERSION 1\r\n'],
      ])
    const broken = asked(0x01, { key: 'a', extras: store, value: 'x' })
    broken.writeUInt32BE(0xffffffff, 8)
    await talk([['client', Buffer.concat([broken, asked(0x0a)])]])
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.stringMatching(/^(set a 0 0 [0-3]\r\n|get a\r\n|VALUE a 0 [0-3]\r\n|END\r\n|[a-c]{0,3}\r\n|mn\r\n|VA 2 q\r\n){0,6}$/),
      fc.constantFrom(asked(0x0a), answered(0x0a), asked(0x10), answered(0x10, { key: 'a', value: 'b' })),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('client' as const, 'server' as const), bytes), { maxLength: 10 }),
        fc.integer({ min: 1, max: 30 }),
        async (steps, chunk) => {
          expect(brief(await talk(steps as Step[], { chunk }))).toEqual(brief(await talk(steps as Step[])))
          await talk(steps as Step[], { transport: 'udp' })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('puts no more together than it may', async () => {
    const steps: Step[] = []
    for (let id = 0; id < 200; id++) steps.push(['server', datagram(id, 0, 65535, 'x')])
    expect((await talk(steps, { transport: 'udp' })).anomalies).toContain('memcache.fragments')
  })
})

describe('memcache secrets', () => {
  const secret = 'S3CRET-memcache-x'
  const login = `anna ${secret}`
  const plain: Step[] = [
    [
      'client',
      Buffer.concat([
        asked(0x21, { key: 'PLAIN', value: `\0anna\0${secret}`, opaque: 1 }),
        asked(0x22, { key: 'SCRAM-SHA-1', value: `c=biws,p=${secret}`, opaque: 2 }),
        asked(0x0a, { opaque: 3 }),
      ]),
    ],
    [
      'server',
      Buffer.concat([
        answered(0x21, { value: 'Authenticated', opaque: 1 }),
        answered(0x22, { value: secret, status: 0x20, opaque: 2 }),
        answered(0x0a, { opaque: 3 }),
      ]),
    ],
  ]
  const ascii: Step[] = [
    ['client', 'get a\r\n'],
    ['server', 'CLIENT_ERROR unauthenticated\r\n'],
    ['client', `set x 0 0 ${login.length}\r\n${login}\r\nget a\r\n`],
    ['server', 'STORED\r\nEND\r\n'],
  ]

  it('shows none unless asked, and keeps the user', async () => {
    for (const steps of [plain, ascii, ascii.slice(2)]) {
      const masked = await talk(steps, { options: { send_request: true, send_response: true, maxvalues: -1 } })
      const all = JSON.stringify(masked.transactions, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
      expect(all).not.toContain('S3CRET')
      expect(all).not.toContain(Buffer.from(login).toString('base64'))
    }
    expect((await talk(plain)).transactions.map((tx) => tx.user)).toEqual(['anna', 'anna', 'anna'])
    expect((await talk(ascii)).transactions.map((tx) => tx.user)).toEqual([undefined, 'anna', 'anna'])
    for (const steps of [plain, ascii]) expect(JSON.stringify((await talk(steps, { showSecrets: true })).transactions)).toContain(secret)
  })
})

describe('memcache probe', () => {
  const cursor = (bytes: string | Buffer): Cursor => {
    const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    return new Cursor().reset(all, 0, all.length)
  }
  const ask = (client: string | Buffer, server: string | Buffer = '', transport: Transport = 'tcp', hinted = false) =>
    memcache.probe({
      client: cursor(client),
      server: cursor(server),
      transport,
      hinted,
      flow: { clientPort: 40000, serverPort: 4000, serverIp: '192.0.2.2' },
    })

  it('knows its own', () => {
    expect(ask('set a 0 0 1\r\nx')).toBe('yes')
    expect(ask('get a\r\n')).toBe('maybe')
    expect(ask('get a\r\n', 'END\r\n')).toBe('yes')
    expect(ask('', 'VALUE a 0 1\r\n')).toBe('yes')
    expect(ask(asked(0x0d, { key: 'a' }))).toBe('yes')
    expect(ask('', answered(0x0a))).toBe('yes')
    expect(ask(datagram(1, 0, 1, 'set a 0 0 1\r\nx\r\n'), '', 'udp')).toBe('yes')
    expect(ask(datagram(1, 0, 1, 'stats\r\n'), '', 'udp', true)).toBe('maybe')
  })

  it('leaves others theirs', () => {
    for (const client of [
      'GET / HTTP/1.1\r\n',
      'PING\r\n',
      '*1\r\n$4\r\nPING\r\n',
      'EHLO a\r\n',
      'USER a\r\n',
      '\x16\x03\x01\x00\x01a',
      '\x80\x01'.padEnd(40, '\xff'),
    ])
      expect(ask(client, ''), client).toBe('no')
    expect(ask('get a\r\n', '$-1\r\n')).toBe('no')
    expect(ask('quit\r\n', '221 bye\r\n')).toBe('no')
    expect(ask(Buffer.from('12340100000100000000000003777777', 'hex'), '', 'udp')).toBe('no')
    expect(ask(datagram(1, 0, 1, 'stats\r\n'), '', 'udp')).toBe('no')
  })
})
