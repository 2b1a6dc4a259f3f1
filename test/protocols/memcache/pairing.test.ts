/** Which reply belongs to which request, in each of the protocols. */
import { describe, expect, it } from 'vitest'
import { answered, asked, datagram, flags, store, talk, told } from './talk.js'

describe('memcache text', () => {
  it('pairs in order, merges lists, and lets noreply be', async () => {
    expect(
      await told([
        ['client', 'set a 0 0 3\r\nabc\r\nset b 0 0 1 noreply\r\nb\r\nget a b c\r\nget c\r\nincr n 1\r\nstats\r\nversion\r\nquit\r\n'],
        [
          'server',
          'STORED\r\nVALUE a 0 3\r\nabc\r\nVALUE b 0 5\r\nEND\r\n\r\nEND\r\nEND\r\n18446744073709551615\r\nSTAT pid 1\r\nSTAT x y z\r\nEND\r\nVERSION 1.6.18\r\n',
        ],
      ]),
    ).toEqual([
      'OK set b 0 0 1 noreply -> -',
      'OK quit -> -',
      'OK set a 0 0 3 -> STORED',
      'OK get a b c -> VALUE',
      'OK get c -> END',
      'OK incr n 1 -> UNKNOWN',
      'OK stats -> STAT',
      'OK version -> VERSION',
    ])
  })

  it('has Packetbeat’s words for failures', async () => {
    expect(
      await told([
        ['client', 'set a 0 0 3\r\nabc\r\ndelete a\r\nfoo\r\nset a 0 0 x\r\nset a 0 0 1\r\na\r\nslabs reassign 1 2\r\nget a\r\n'],
        ['server', 'NOT_STORED\r\nNOT_FOUND\r\nERROR\r\nCLIENT_ERROR bad\r\nSERVER_ERROR out of memory\r\nBUSY now\r\n'],
      ]),
    ).toEqual([
      'Error set a 0 0 3 -> NOT_STORED',
      'Error delete a -> NOT_FOUND',
      'Error foo -> ERROR',
      'Client Error set a 0 0 x -> CLIENT_ERROR',
      'Server Error set a 0 0 1 -> SERVER_ERROR',
      'Server Error slabs reassign 1 2 -> BUSY',
      'Server Error get a -> - (no-response)',
    ])
    expect(await told([['server', 'STORED\r\n']])).toEqual(['Client Error - -> STORED (orphan-response)'])
  })

  it('keeps numbers exact', async () => {
    const { transactions } = await talk([
      ['client', 'cas a 1 -1 1 18446744073709551615\r\nx\r\nincr n 18446744073709551615\r\n'],
      ['server', 'STORED\r\n9007199254740993\r\n'],
    ])
    expect(
      transactions.map((tx) => [tx.row.request_cas_unique, tx.row.request_delta, tx.row.request_exptime, tx.row.response_value]),
    ).toEqual([
      [18446744073709551615n, undefined, -1, undefined],
      [undefined, 18446744073709551615n, undefined, 9007199254740993n],
    ])
  })

  it('keeps values only when asked', async () => {
    const steps = [
      ['client', 'set k 0 0 1\r\nx\r\nset a 0 0 5\r\nhello\r\nget a b c\r\n'],
      ['server', 'STORED\r\nSTORED\r\nVALUE a 0 5\r\nhello\r\nVALUE b 0 5\r\nworld\r\nVALUE c 0 0\r\n\r\nEND\r\n'],
    ] as const
    const none = (await talk(steps)).transactions
    expect(none.map((tx) => [tx.row.request_values, tx.row.response_values])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
    const some = (await talk(steps, { options: { maxvalues: 2, maxbytespervalue: 3 } })).transactions
    const b64 = (text: string): string => Buffer.from(text).toString('base64')
    expect(some[1]!.row.request_values).toEqual([b64('hel')])
    expect(some[2]!.row.response_values).toEqual([b64('hel'), b64('wor')])
    expect(some[2]!.row).toMatchObject({ response_count_values: 3, response_value_bytes: 10, response_keys: ['a', 'b', 'c'] })
    const all = (await talk(steps, { options: { maxvalues: -1 } })).transactions
    expect(all[2]!.row.response_values).toEqual([b64('hello'), b64('world'), ''])
  })

  it('knows what quiet meta commands keep to themselves', async () => {
    expect(
      await told([
        ['client', 'mg a q v k\r\nmg b q v k\r\nms c 1 q\r\nx\r\nmd d q\r\nmg e q v O7\r\nmn\r\n'],
        ['server', 'VA 1 kb\r\nB\r\nNS\r\nVA 1 O7\r\nE\r\nMN\r\n'],
      ]),
    ).toEqual([
      'OK mg a q v k -> -',
      'OK mg b q v k -> VA',
      'Error ms c 1 q -> NS',
      'OK md d q -> -',
      'OK mg e q v O7 -> VA',
      'OK mn -> MN',
    ])
  })

  it('gives each line of watch a row', async () => {
    const { transactions } = await talk([
      ['client', 'watch fetchers\r\n'],
      ['server', 'OK\r\nts=1.2 gid=1 type=item_get key=a status=found\n'],
    ])
    expect(transactions.map((tx) => [tx.method, tx.resource])).toEqual([
      ['watch', undefined],
      ['log', 'a'],
    ])
  })

  it('does not lose its step with a packet', async () => {
    expect(
      await told([
        ['client', 'get a\r\nset b 0 0 1\r\nx\r\nget c\r\n'],
        ['server', 'VALUE a 0 30\r\n0123456789'],
        ['gap', 'server', 40],
        ['server', 'VALUE c 0 1\r\nc\r\nEND\r\n'],
        ['client', 'get d\r\n'],
        ['server', 'VALUE d 0 10\r\n0123'],
        ['gap', 'server', 4],
        ['server', '89\r\nEND\r\n'],
        ['client', 'version\r\n'],
        ['server', 'VERSION 1.6.0\r\n'],
      ]),
    ).toEqual([
      'OK get a -> VALUE (lost)',
      'Server Error set b 0 0 1 -> - (lost)',
      'OK get c -> VALUE',
      'OK get d -> VALUE (lost)',
      'OK version -> VERSION',
    ])
  })

  it('begins in the middle of a value on both sides', async () => {
    expect(
      await told([
        ['client', 'rest of a value\r\nget a\r\n'],
        ['server', 'another rest\r\nEND\r\n'],
      ]),
    ).toEqual(['OK get a -> END'])
  })
})

describe('memcache binary', () => {
  it('pairs by opcode and opaque, and knows silence', async () => {
    expect(
      await told([
        [
          'client',
          Buffer.concat([
            asked(0x0d, { key: 'a', opaque: 1 }),
            asked(0x0d, { key: 'b', opaque: 2 }),
            asked(0x11, { key: 'c', extras: store, value: 'x', opaque: 3 }),
            asked(0x0a, { opaque: 4 }),
            asked(0x00, { key: 'none', opaque: 5 }),
          ]),
        ],
        [
          'server',
          Buffer.concat([
            answered(0x0d, { key: 'b', extras: flags, value: 'B', opaque: 2, cas: 7n }),
            answered(0x0a, { opaque: 4 }),
            answered(0x00, { value: 'Not found', opaque: 5, status: 1 }),
          ]),
        ],
      ]),
    ).toEqual(['OK get a -> -', 'OK get b -> get', 'OK set c -> -', 'OK noop -> noop', 'Error get none -> get'])
  })

  it('merges statistics', async () => {
    const { transactions } = await talk([
      ['client', asked(0x10, { opaque: 9 })],
      [
        'server',
        Buffer.concat([
          answered(0x10, { key: 'pid', value: '17', opaque: 9 }),
          answered(0x10, { key: 'x', value: 'y', opaque: 9 }),
          answered(0x10, { opaque: 9 }),
        ]),
      ],
    ])
    expect(transactions).toHaveLength(1)
    expect(transactions[0]!.row.response_stats).toEqual([
      { name: 'pid', value: '17' },
      { name: 'x', value: 'y' },
    ])
  })

  it('finds the next header after a loss', async () => {
    const big = answered(0x00, { extras: flags, value: 'v'.repeat(2000), opaque: 1 })
    expect(
      await told([
        [
          'client',
          Buffer.concat([asked(0x00, { key: 'a', opaque: 1 }), asked(0x00, { key: 'b', opaque: 2 }), asked(0x00, { key: 'c', opaque: 3 })]),
        ],
        ['server', big.subarray(0, 100)],
        ['gap', 'server', big.length - 50],
        ['server', Buffer.concat([Buffer.from('vv\x81vvvv'), answered(0x00, { extras: flags, value: 'c', opaque: 3 })])],
      ]),
    ).toEqual(['OK get a -> get (lost)', 'Server Error get b -> - (lost)', 'OK get c -> get'])
  })
})

describe('memcache over UDP', () => {
  const udp = { transport: 'udp' } as const
  it('joins by id and puts replies together in any order', async () => {
    const value = 'v'.repeat(2500)
    const reply = `VALUE big 0 2500\r\n${value}\r\nEND\r\n`
    const { transactions } = await talk(
      [
        ['client', datagram(7, 0, 1, 'get big\r\n')],
        ['client', datagram(8, 0, 1, 'get a\r\n')],
        ['server', datagram(7, 1, 2, reply.slice(1400))],
        ['server', datagram(8, 0, 1, 'END\r\n')],
        ['server', datagram(7, 0, 2, reply.slice(0, 1400))],
      ],
      udp,
    )
    expect(transactions.map((tx) => [tx.query, tx.complete, tx.row.udp_id, tx.row.response_value_bytes, tx.response?.bytes])).toEqual([
      ['get a', 'complete', 8, undefined, 13],
      ['get big', 'complete', 7, 2500, reply.length + 16],
    ])
  })

  it('knows what is sent again, what is answered again, and what is not all there', async () => {
    const driven = await talk(
      [
        ['client', datagram(1, 0, 1, 'get a\r\n')],
        ['client', datagram(1, 0, 1, 'get a\r\n')],
        ['server', datagram(1, 0, 1, 'END\r\n')],
        ['server', datagram(1, 0, 1, 'END\r\n')],
        ['client', datagram(2, 0, 1, 'get b\r\n')],
        ['server', datagram(2, 0, 3, 'VALUE b 0 1\r\n')],
        ['client', datagram(3, 0, 1, asked(0x11, { key: 'q', extras: store, value: 'x' }))],
        ['client', datagram(4, 0, 1, 'incr n 1 noreply\r\n')],
      ],
      udp,
    )
    expect(driven.anomalies).toEqual(['memcache.reply-again'])
    expect(driven.transactions.map((tx) => [tx.query, tx.status, tx.complete, tx.notes])).toEqual([
      ['get a', 'OK', 'complete', ['The request was sent again.']],
      ['incr n 1 noreply', 'OK', 'complete', undefined],
      ['get b', 'Server Error', 'lost', ['packet loss while capturing response: 1 of 3 datagrams were seen']],
      ['set q', 'OK', 'complete', undefined],
    ])
  })
})
