/** Which reply belongs to which command: pipelines, pub/sub, MONITOR, CLIENT REPLY, transactions, replication. */
import { describe, expect, it } from 'vitest'
import { array, brief, bulk, cmd, talk, told } from './talk.js'

describe('redis pairing', () => {
  it('keeps thousands of pipelined commands in step', async () => {
    const n = 10_000
    let asked = ''
    let answered = ''
    for (let i = 0; i < n; i++) {
      asked += cmd('GET', `k${i}`)
      answered += i % 7 === 0 ? '$-1\r\n' : bulk(`v${i}`)
    }
    for (const chunk of [61, 1448, 1 << 20]) {
      const { transactions, anomalies } = await talk(
        [
          ['client', asked],
          ['server', answered],
        ],
        { chunk },
      )
      expect(anomalies).toEqual([])
      expect(transactions).toHaveLength(n)
      transactions.forEach((tx, i) => {
        expect([tx.resource, tx.row.return_value, tx.complete]).toEqual([`k${i}`, i % 7 === 0 ? 'nil' : `v${i}`, 'complete'])
      })
    }
  })

  it('gives up the oldest beyond the queue, and does not lose its step', async () => {
    const { transactions, anomalies } = await talk(
      [
        ['client', [1, 2, 3, 4, 5].map((i) => cmd('GET', `k${i}`)).join('')],
        ['server', [1, 2, 3, 4, 5].map((i) => bulk(`v${i}`)).join('')],
      ],
      { options: { queue_max_messages: 3 } },
    )
    expect(anomalies).toEqual(['redis.queue-full', 'redis.queue-full'])
    expect(transactions.filter((tx) => tx.complete === 'complete').map((tx) => [tx.resource, tx.row.return_value])).toEqual([
      ['k3', 'v3'],
      ['k4', 'v4'],
      ['k5', 'v5'],
    ])
    expect(transactions.map((tx) => tx.complete).sort()).toEqual(
      ['complete', 'complete', 'complete', 'no-response', 'no-response', 'orphan-response', 'orphan-response'].sort(),
    )
  })

  it('takes any word for a command, and any error for an answer', async () => {
    expect(
      await told([
        ['client', cmd('FT.SEARCH', 'idx', '*') + cmd('x-y', 1)],
        ['server', `*1\r\n:0\r\n-ERR unknown\r\n`],
      ]),
    ).toEqual(['FT.SEARCH idx * =[0]', 'x-y 1 !ERR unknown'])
  })

  it('tells messages from the reply to LRANGE', async () => {
    const message = array(bulk('message'), bulk('c'), bulk('hello'))
    expect(
      await told([
        ['client', cmd('LRANGE', 'l', 0, -1)],
        ['server', message],
      ]),
    ).toEqual(['LRANGE l 0 -1 =[message, c, hello]'])
    expect(
      await told([
        ['client', cmd('SUBSCRIBE', 'c', 'd')],
        ['server', array(bulk('subscribe'), bulk('c'), ':1\r\n') + message + array(bulk('subscribe'), bulk('d'), ':2\r\n')],
        ['client', cmd('UNSUBSCRIBE')],
        ['server', message + array(bulk('unsubscribe'), bulk('d'), ':1\r\n') + array(bulk('unsubscribe'), bulk('c'), ':0\r\n')],
        ['client', cmd('LRANGE', 'l', 0, -1)],
        ['server', message],
      ]),
    ).toEqual([
      'message c =hello',
      'SUBSCRIBE c d =[subscribe, c, 1], [subscribe, d, 2]',
      'message c =hello',
      'UNSUBSCRIBE =[unsubscribe, d, 1], [unsubscribe, c, 0]',
      'LRANGE l 0 -1 =[message, c, hello]',
    ])
  })

  it('knows pushes between the replies of RESP3', async () => {
    expect(
      await told([
        ['client', cmd('HELLO', 3) + cmd('GET', 'a')],
        ['server', '%1\r\n+proto\r\n:3\r\n>2\r\n+invalidate\r\n*1\r\n+a\r\n$1\r\n1\r\n'],
      ]),
    ).toEqual(['HELLO 3 ={proto: 3}', '- =[invalidate, [a]]', 'GET a =1'])
  })

  it('reads MONITOR beside replies', async () => {
    const line = '+1700000000.123456 [3 10.0.0.1:5000] "SET" "k v" "\\x00"\r\n'
    const { transactions } = await talk([
      ['client', cmd('MONITOR')],
      ['server', `+OK\r\n${line}`],
      ['client', cmd('PING')],
      ['server', `${line}+PONG\r\n`],
    ])
    expect(transactions.map((tx) => [tx.row.kind, tx.query, tx.row.database])).toEqual([
      ['command', 'MONITOR', undefined],
      ['monitor', 'SET k v \0', 3],
      ['monitor', 'SET k v \0', 3],
      ['command', 'PING', undefined],
    ])
  })

  it('knows who is not answered', async () => {
    const { transactions } = await talk([
      ['client', cmd('CLIENT', 'REPLY', 'SKIP') + cmd('SET', 'a', 1) + cmd('GET', 'a') + cmd('CLIENT', 'REPLY', 'OFF') + cmd('INCR', 'a')],
      ['server', bulk('1')],
      ['client', cmd('CLIENT', 'REPLY', 'ON') + cmd('GET', 'a')],
      ['server', `+OK\r\n${bulk('2')}`],
    ])
    expect(transactions.map((tx) => [tx.method, tx.row.no_reply ?? false, tx.row.return_value, tx.complete])).toEqual([
      ['CLIENT', true, undefined, 'complete'],
      ['SET', true, undefined, 'complete'],
      ['GET', false, '1', 'complete'],
      ['CLIENT', true, undefined, 'complete'],
      ['INCR', true, undefined, 'complete'],
      ['CLIENT', false, 'OK', 'complete'],
      ['GET', false, '2', 'complete'],
    ])
  })

  it('hands the array of EXEC to what was queued', async () => {
    const asked = cmd('MULTI') + cmd('SET', 'a', 1) + cmd('INCR', 'x') + cmd('LRANGE', 'l', 0, -1) + cmd('EXEC') + cmd('PING')
    const answered = `+OK\r\n${'+QUEUED\r\n'.repeat(3)}*3\r\n+OK\r\n-ERR no\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n+PONG\r\n`
    for (const chunk of [1, 5, 4096]) {
      const driven = await talk(
        [
          ['client', asked],
          ['server', answered],
        ],
        { chunk },
      )
      expect(brief(driven)).toEqual([
        'MULTI =OK',
        'SET a 1 =OK',
        'INCR x !ERR no',
        'LRANGE l 0 -1 =[a, [1]]',
        'EXEC =[OK, ERR no, [a, [1]]]',
        'PING =PONG',
      ])
      expect(new Set(driven.transactions.slice(0, 5).map((tx) => tx.row.transaction_id)).size).toBe(1)
      expect(driven.transactions[5]!.row.transaction_id).toBeUndefined()
      expect(driven.transactions[4]!.row.nested_errors).toBe(1)
    }
  })

  it('says of a transaction that failed that nothing ran', async () => {
    const { transactions } = await talk([
      ['client', cmd('MULTI') + cmd('SET', 'a', 1) + cmd('EXEC')],
      ['server', '+OK\r\n+QUEUED\r\n*-1\r\n'],
      ['client', cmd('MULTI') + cmd('SET', 'a', 2) + cmd('DISCARD')],
      ['server', '+OK\r\n+QUEUED\r\n+OK\r\n'],
    ])
    expect(transactions.filter((tx) => tx.method === 'SET').map((tx) => [tx.status, tx.notes])).toEqual([
      ['Error', ['The command was queued and never ran.']],
      ['Error', ['The command was queued and never ran.']],
    ])
  })

  it('passes over a snapshot of either kind, then reads the stream', async () => {
    const stream = cmd('SELECT', 0) + cmd('SET', 'a', 1) + cmd('PING')
    const mark = 'm'.repeat(40)
    for (const snapshot of [`$14\r\nREDIS0011\r\n+OK`, `$EOF:${mark}\r\nREDIS0011\r\n+OK${mark}`])
      for (const chunk of [1, 13, 4096]) {
        const driven = await talk(
          [
            ['client', cmd('PSYNC', '?', -1)],
            ['server', `+FULLRESYNC ${'a'.repeat(40)} 0\r\n\n\n${snapshot}${stream}`],
            ['client', cmd('REPLCONF', 'ACK', 10)],
            ['server', cmd('DEL', 'a')],
          ],
          { chunk },
        )
        expect(driven.transactions.map((tx) => [tx.row.kind, tx.query])).toEqual([
          ['command', 'PSYNC ? -1'],
          ['snapshot', 'snapshot of 14 bytes'],
          ['replicated', 'SELECT 0'],
          ['replicated', 'SET a 1'],
          ['replicated', 'PING'],
          ['command', 'REPLCONF ACK 10'],
          ['replicated', 'DEL a'],
        ])
        expect(driven.anomalies).toEqual([])
      }
  })

  it('reads a stream that goes on, or whose beginning was not captured', async () => {
    for (const steps of [
      [
        ['client', cmd('PSYNC', 'a'.repeat(40), 7)],
        ['server', `+CONTINUE\r\n${cmd('SET', 'a', 1)}`],
      ],
      [
        ['client', cmd('REPLCONF', 'ACK', 7)],
        ['server', cmd('SET', 'a', 1)],
      ],
    ] as const) {
      const { transactions } = await talk(steps)
      expect(transactions.map((tx) => tx.row.kind)).toEqual(['command', 'replicated'])
    }
  })

  it('is not fooled by who only says so', async () => {
    expect(
      await told([
        ['client', cmd('PING') + cmd('REPLCONF', 'ACK', 1) + cmd('LRANGE', 'l', 0, -1)],
        ['server', `+PONG\r\n${cmd('a', 'b')}`],
        ['client', cmd('EVAL', 'x', 0) + cmd('GET', 'a')],
        ['server', `+FULLRESYNC ${'a'.repeat(40)} 0\r\n${bulk('REDIS0011')}`],
      ]),
    ).toEqual(['PING =PONG', 'REPLCONF ACK 1', 'LRANGE l 0 -1 =[a, b]', `EVAL x 0 =FULLRESYNC ${'a'.repeat(40)} 0`, 'GET a =REDIS0011'])
  })

  it('names a snapshot that is none', async () => {
    const { anomalies } = await talk([
      ['client', cmd('PSYNC', '?', -1)],
      ['server', `+FULLRESYNC ${'a'.repeat(40)} 0\r\n$12\r\n\x7fELF12345678`],
    ])
    expect(anomalies).toEqual(['redis.snapshot-strange'])
  })

  it('says what was not answered, and what answers nothing', async () => {
    expect(
      await told([
        ['server', '+OK\r\n'],
        ['client', cmd('GET', 'a') + cmd('GET', 'b')],
        ['server', '$-1\r\n'],
      ]),
    ).toEqual(['- =OK (orphan-response)', 'GET a =nil', 'GET b (no-response)'])
  })

  it('gives later rows the user and the database of a login that worked', async () => {
    const { transactions } = await talk([
      [
        'client',
        cmd('AUTH', 'anna', 'x') +
          cmd('GET', 'a') +
          cmd('AUTH', 'eve', 'y') +
          cmd('SELECT', 4) +
          cmd('GET', 'a') +
          cmd('RESET') +
          cmd('GET', 'a'),
      ],
      ['server', '+OK\r\n$-1\r\n-WRONGPASS no\r\n+OK\r\n$-1\r\n+RESET\r\n-NOAUTH no\r\n'],
    ])
    expect(transactions.map((tx) => [tx.user, tx.row.database])).toEqual([
      ['anna', undefined],
      ['anna', undefined],
      ['eve', undefined],
      ['anna', 4],
      ['anna', 4],
      [undefined, 0],
      [undefined, 0],
    ])
  })
})
