/** However the bytes come: cut, lost, hostile or random; and where secrets must not show. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { redis } from '../../../src/protocols/redis/index.js'
import { rowsOf, type Step } from '../../support/drive.js'
import { array, brief, bulk, cmd, type Talk, talk, told } from './talk.js'

const everything: Talk = [
  ['client', cmd('SET', 'a', 'x'.repeat(9000)) + cmd('GET', 'a') + cmd('HGETALL', 'h') + cmd('X')],
  [
    'server',
    `+OK\r\n${bulk('x'.repeat(9000))}|1\r\n+ttl\r\n:3\r\n%2\r\n+a\r\n~2\r\n:1\r\n#t\r\n+b\r\n*?\r\n,1.5\r\n_\r\n.\r\n=7\r\ntxt:abc\r\n`,
  ],
  ['client', `${cmd('GET', 's') + cmd('GET', 'big') + cmd('GET', 'e')}\r\nPING "a b"\r\n`],
  ['server', `$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n(123456789012345678901234567890\r\n!9\r\nERR wrong\r\n${bulk('a b')}`],
  ['client', cmd('MULTI') + cmd('SUBSCRIBE', 'a', 'b') + cmd('GET', 'q') + cmd('EXEC') + cmd('QUIT')],
  [
    'server',
    `+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n${array(bulk('subscribe'), bulk('a'), ':1\r\n')}${array(bulk('subscribe'), bulk('b'), ':2\r\n')}$-1\r\n+OK\r\n`,
  ],
]

describe('redis, however the bytes come', () => {
  it('reads every type', async () => {
    const { transactions, anomalies } = await talk(everything, { options: { max_value_size: 64 } })
    expect(anomalies).toEqual([])
    expect(transactions.map((tx) => tx.row.return_value ?? tx.error)).toEqual([
      'OK',
      `${'x'.repeat(64)}…(9000 bytes)`,
      '{a: [1, true], b: [1.5, nil]}',
      'abc',
      'Hello',
      '123456789012345678901234567890',
      'ERR wrong',
      'a b',
      'OK',
      '[subscribe, a, 1], [subscribe, b, 2]',
      'nil',
      '[[subscribe, a, 1], [subscribe, b, 2], nil]',
      'OK',
    ])
    expect(transactions[2]!.row.attributes).toBe('{ttl: 3}')
    expect(transactions.every((tx) => tx.complete === 'complete')).toBe(true)
    expect(transactions[0]!.request?.bytes).toBe(cmd('SET', 'a', 'x'.repeat(9000)).length)
  })

  it('gives identical rows for every piece size', async () => {
    const whole = await talk(everything)
    for (const chunk of [1, 2, 3, 5, 7, 11, 19, 37, 97, 1000, 4097])
      expect(rowsOf(await talk(everything, { chunk })), `${chunk}`).toEqual(rowsOf(whole))
  })

  it('goes on inside a long value of which a part was lost', async () => {
    const value = bulk('v'.repeat(20_000))
    const steps: Step[] = [
      ['client', cmd('GET', 'a')],
      ['server', value.slice(0, 10_000)],
      ['gap', 'server', 5000],
      ['server', value.slice(15_000)],
      ['client', cmd('GET', 'b')],
      ['server', bulk('next')],
    ]
    const { transactions, anomalies } = await talk(steps)
    expect(transactions.map((tx) => [tx.resource, tx.complete, tx.response_bytes ?? tx.response?.bytes])).toEqual([
      ['a', 'lost', value.length],
      ['b', 'complete', 10],
    ])
    expect(anomalies).toEqual([])
  })

  it('pairs the rest of a batch by its end when replies were lost', async () => {
    const batch = (from: number): string => Array.from({ length: 8 }, (_, i) => cmd('GET', `k${from + i}`)).join('')
    const replies = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => bulk(`v${from + i}`)).join('')
    expect(
      await told([
        ['client', batch(10)],
        ['server', replies(10, 12)],
        ['gap', 'server', 30],
        ['server', replies(15, 18)],
        ['client', batch(20)],
        ['server', replies(20, 28)],
      ]),
    ).toEqual([
      ...[10, 11].map((i) => `GET k${i} =v${i}`),
      ...[12, 13, 14].map((i) => `GET k${i} (lost)`),
      ...[15, 16, 17].map((i) => `GET k${i} =v${i}`),
      ...Array.from({ length: 8 }, (_, i) => `GET k${20 + i} =v${20 + i}`),
    ])
  })

  it('pairs the rest of a batch by its end when commands were lost', async () => {
    expect(
      await told([
        ['client', cmd('GET', 'k1') + cmd('GET', 'k2').slice(0, 14)],
        ['gap', 'client', 50],
        ['client', `3\r\nk4x\r\n${cmd('GET', 'k5')}${cmd('GET', 'k6')}`],
        ['server', [1, 2, 3, 4, 5, 6].map((i) => bulk(`v${i}`)).join('')],
        ['client', cmd('GET', 'k7')],
        ['server', bulk('v7')],
      ]),
    ).toEqual([
      'GET k1 =v1',
      // The head of k2 was seen; it stands before the hole, so its reply is known.
      'GET =v2 (lost)',
      '- =v3 (orphan-response)',
      '- =v4 (orphan-response)',
      'GET k5 =v5',
      'GET k6 =v6',
      'GET k7 =v7',
    ])
  })

  it('begins in the middle of both sides', async () => {
    expect(
      await told([
        ['client', `gle\r\n$3\r\nabc\r\n${cmd('GET', 'a')}`],
        ['server', `ngle value\r\n${bulk('1')}`],
      ]),
    ).toEqual(['GET a =1'])
  })

  it('does not take deep nesting for a reply', async () => {
    const driven = await talk([
      ['client', cmd('GET', 'a')],
      ['server', '*1\r\n'.repeat(100_000)],
    ])
    expect(driven.anomalies).toContain('redis.nesting')
    expect(driven.transactions[0]!.complete).toBe('truncated')
  })

  it('survives lengths that lie, the end at every byte, and noise', async () => {
    for (const lie of [
      '*1000000000000\r\n',
      '$-5\r\n',
      '*-9\r\n',
      '$99999999999999999999\r\n',
      '*2147483647\r\n$1\r\n',
      '%4294967296\r\n',
      '$?\r\n+x\r\n',
      '.\r\n',
      ';3\r\nabc\r\n',
    ])
      await talk([
        ['client', lie + cmd('PING')],
        ['server', `${lie}+PONG\r\n`],
      ])
    for (let i = 0; i < everything.length; i++) {
      const step = everything[i]! as readonly ['client' | 'server', string]
      for (let at = 0; at < Math.min(step[1].length, 400); at++) {
        const { transactions } = await talk([...everything.slice(0, i), [step[0], step[1].slice(0, at)]], { end: 'eof' })
        for (const tx of transactions) expect(tx.complete).toMatch(/^(complete|no-response|orphan-response|truncated|lost)$/)
      }
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('client' as const, 'server' as const),
            fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.stringMatching(/^[*$+:%>~|,#_!=;.0-9A-Z\r\n-]{0,80}$/)),
          ),
          { maxLength: 12 },
        ),
        fc.integer({ min: 1, max: 50 }),
        async (steps, chunk) => {
          await talk(steps as Step[], { chunk })
        },
      ),
      { numRuns: 400 },
    )
  })

  it('is the same for any cut, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('client' as const, 'server' as const),
            fc.stringMatching(/^(\*[12]\r\n)?([$][0-3]\r\n[A-C]{0,3}\r\n|\+OK\r\n|:1\r\n|[*%|]1\r\n){0,6}$/),
          ),
          { maxLength: 8 },
        ),
        fc.integer({ min: 1, max: 9 }),
        async (steps, chunk) => {
          expect(brief(await talk(steps as Step[], { chunk }))).toEqual(brief(await talk(steps as Step[])))
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('redis secrets', () => {
  const secret = 'S3CRET-redis-x'
  const steps: Talk = [
    ['client', cmd('AUTH', secret) + cmd('AUTH', 'anna', secret) + cmd('HELLO', 3, 'SETNAME', 'w', 'AUTH', 'anna', secret)],
    ['server', `-ERR bad '>${secret}'\r\n+OK\r\n+OK\r\n`],
    [
      'client',
      cmd('ACL', 'SETUSER', 'u', `>${secret}`, `#${secret}`, `(>${secret} +get)`) +
        cmd('config', 'set', 'MASTERAUTH', secret) +
        cmd('SENTINEL', 'SET', 'm', 'auth-pass', secret),
    ],
    ['server', `-ERR modifier '>${secret}'\r\n+OK\r\n+OK\r\n`],
    [
      'client',
      cmd('MIGRATE', 'h', 1, '', 0, 5, 'AUTH', secret, 'KEYS', 'k') +
        cmd('EVAL', `redis.call("config", "set", "requirepass", "${secret}")`, 0),
    ],
    ['server', `+OK\r\n+OK\r\n`],
    ['client', cmd('CONFIG', 'GET', '*') + cmd('SLOWLOG', 'GET')],
    [
      'server',
      array(bulk('maxmemory'), bulk('0'), bulk('requirepass'), bulk(secret)) + array(array(':1\r\n', array(bulk('AUTH'), bulk(secret)))),
    ],
    ['client', `auth ${secret}\r\nAUTH anna "${secret}"\r\n`],
    ['server', `+OK\r\n+OK\r\n${array(bulk('masterauth'), bulk(secret))}`],
    ['client', cmd('MONITOR')],
    [
      'server',
      `+OK\r\n+1700000000.123456 [0 a:1] "CONFIG" "SET" "requirepass" "${secret}"\r\n+1700000000.123456 [0 a:1] "AUTH" "${secret}\r\n`,
    ],
  ]

  it('shows none of them unless asked', async () => {
    const masked = await talk(steps, { options: { send_request: true, send_response: true } })
    expect(JSON.stringify(masked.transactions)).not.toContain('S3CRET')
    expect(masked.transactions.length).toBe(16)
    const open = await talk(steps, { showSecrets: true })
    expect(JSON.stringify(open.transactions)).toContain(secret)
  })

  it('does not show the password a server made up', async () => {
    const made = await talk([
      ['client', cmd('ACL', 'GENPASS')],
      ['server', bulk(secret)],
    ])
    expect(JSON.stringify(made.transactions)).not.toContain('S3CRET')
  })

  it('shows none of them when bytes are missing', async () => {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]! as readonly ['client' | 'server', string]
      for (const [from, to] of [
        [0, 10],
        [5, 30],
        [20, 60],
      ] as const) {
        const cut: Step[] = [
          ...steps.slice(0, i),
          [step[0], step[1].slice(0, from)],
          ['gap', step[0], to - from],
          [step[0], step[1].slice(to)],
          ...steps.slice(i + 1),
        ]
        if (step[0] === 'client')
          for (const tx of (await talk(cut)).transactions) expect(JSON.stringify(tx), `${i} ${from}`).not.toContain('S3CRET')
      }
    }
  })
})

describe('redis probe', () => {
  const cursor = (text: string): Cursor => new Cursor().reset(Buffer.from(text, 'latin1'), 0, text.length)
  const ask = (client: string, server = '', hinted = false) =>
    redis.probe({
      client: cursor(client),
      server: cursor(server),
      transport: 'tcp',
      hinted,
      flow: { clientPort: 40000, serverPort: 4000, serverIp: '192.0.2.2' },
    })
  it('knows commands and what fits them', () => {
    expect(ask(cmd('GET', 'a'))).toBe('yes')
    expect(ask('*1\r\n$4\r\nPI')).toBe('maybe')
    expect(ask(cmd('MY.MODULE', 'a'))).toBe('maybe')
    expect(ask(cmd('MY.MODULE', 'a'), '+OK\r\n')).toBe('yes')
    expect(ask(cmd('MY.MODULE', 'a') + cmd('GET', 'a'))).toBe('yes')
    expect(ask('PING\r\n', '+PONG\r\n')).toBe('yes')
    expect(ask('PING\r\n')).toBe('maybe')
    expect(ask('', array(bulk('message'), bulk('c'), bulk('x')))).toBe('yes')
    expect(ask('', '-NOAUTH Authentication required.\r\n')).toBe('yes')
  })
  it('leaves others theirs', () => {
    for (const client of [
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'EHLO a\r\n',
      'USER anna\r\n',
      '* OK IMAP ready\r\n',
      '*\r\n',
      '\x16\x03\x01\x00\x05hello',
      'set a 0 0 1 noreply\r\n',
    ])
      expect(ask(client), client).toBe('no')
    expect(ask('', '+OK POP3 ready\r\n')).toBe('no')
    expect(ask('QUIT\r\n', '221 bye\r\n')).toBe('no')
    expect(ask('', '220 mx ESMTP\r\n')).toBe('no')
  })
})
