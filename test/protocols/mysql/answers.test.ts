import { describe, expect, it } from 'vitest'
import { mysql } from '../../../src/protocols/mysql/index.js'
import { drive, type Step } from '../../support/drive.js'
import {
  bytes,
  CAPS,
  column,
  DEPRECATE_EOF,
  eof,
  err,
  greeting,
  login,
  ok,
  okEnd,
  packet,
  prepare,
  prepared,
  query,
  result,
  row,
  session,
  str,
  u16,
  u32,
  wrap,
  wrapZstd,
} from './build.js'

const facts = (steps: readonly Step[], opts = {}) =>
  drive(mysql, steps, opts).then(({ transactions, anomalies }) => ({
    anomalies,
    transactions,
    rows: transactions.map((tx) => [tx.row.command, tx.query, tx.rows, tx.status, tx.complete]),
  }))

describe('mysql answers', () => {
  it.each<[name: string, deprecate: boolean]>([
    ['with EOF packets', false],
    ['with CLIENT_DEPRECATE_EOF', true],
  ])('tells the framing in the middle of a connection: %s', async (_name, deprecate) => {
    const { rows } = await facts([
      ['client', query('select * from orders')],
      ['server', result(deprecate, ['a', 'b'], ['c', 'd'], ['e', 'f'])],
      ['client', query('update orders set x = 1')],
      ['server', ok(1, 3)],
      ['client', query('select nothing from orders')],
      ['server', Buffer.concat([packet(1, 1), column(2, 'nothing'), deprecate ? okEnd(3) : Buffer.concat([eof(3), eof(4)])])],
    ])
    expect(rows).toEqual([
      ['query', 'select * from orders', 3, 'OK', 'complete'],
      ['query', 'update orders set x = 1', 3, 'OK', 'complete'],
      ['query', 'select nothing from orders', 0, 'OK', 'complete'],
    ])
  })

  it.each<[name: string, end: Buffer[]]>([
    ['with EOF packets', [eof(3)]],
    ['without', []],
  ])('ends a PREPARE in the middle of a connection %s', async (_name, end) => {
    const { rows } = await facts([
      ['client', prepare('select ?')],
      ['server', Buffer.concat([prepared(1, 0, 1), column(2, '?'), ...end])],
      ['client', packet(0, 14)],
      ['server', ok(1)],
    ])
    expect(rows).toEqual([
      ['stmt_prepare', 'select ?', undefined, 'OK', 'complete'],
      ['ping', undefined, 0, 'OK', 'complete'],
    ])
  })

  it('reads a PREPARE with parameters and columns in both framings', async () => {
    for (const caps of [CAPS, CAPS | DEPRECATE_EOF]) {
      const old = caps === CAPS
      const { rows } = await facts([
        ...session(caps),
        ['client', prepare('select a, b from t where c = ?')],
        [
          'server',
          Buffer.concat([
            prepared(1, 2, 1),
            column(2, '?'),
            ...(old ? [eof(3)] : []),
            column(4, 'a'),
            column(5, 'b'),
            ...(old ? [eof(6)] : []),
          ]),
        ],
        ['client', packet(0, 14)],
        ['server', ok(1)],
      ])
      expect(rows.slice(1).map((one) => [one[0], one[4]])).toEqual([
        ['stmt_prepare', 'complete'],
        ['ping', 'complete'],
      ])
    }
  })

  it('counts rows whose definitions were left out', async () => {
    // MySQL puts the flag before the count, MariaDB behind it.
    for (const head of [bytes(0, 2), bytes(2, 0)]) {
      const { rows } = await facts([
        ...session(),
        ['client', query('select a, b from t')],
        ['server', Buffer.concat([packet(1, head), row(2, 'x', 'y'), row(3, 'z', 'w'), okEnd(4)])],
      ])
      expect(rows[1]).toEqual(['query', 'select a, b from t', 2, 'OK', 'complete'])
    }
  })

  it('joins several results, and an error in the middle of rows', async () => {
    const first = Buffer.concat([packet(1, 1), column(2, 'a'), row(3, '1'), okEnd(4, 0x0a)])
    const { transactions } = await facts([
      ...session(),
      ['client', query('select 1; update t set a = 2; select a from t')],
      [
        'server',
        Buffer.concat([
          first,
          ok(5, 4, 0, 0x0a),
          packet(6, 1),
          column(7, 'a'),
          row(8, '2'),
          err(9, 1317, '70100', 'Query execution was interrupted'),
        ]),
      ],
    ])
    expect(transactions[1]).toMatchObject({
      status: 'Error',
      error: 'Query execution was interrupted',
      row: {
        statements: 3,
        result_count: 3,
        results: [
          { kind: 'rows', rows: 1 },
          { kind: 'ok', affected_rows: 4 },
          { kind: 'error', error_code: 1317 },
        ],
      },
    })
  })

  it('leaves progress reports of MariaDB out', async () => {
    const { rows } = await facts([
      ...session(),
      ['client', query('alter table t add key (a)')],
      ['server', Buffer.concat([packet(1, 0xff, u16(0xffff), 1, 1, 2, 0, 0, 0, str('copy')), ok(2, 10)])],
    ])
    expect(rows[1]).toEqual(['query', 'alter table t add key (a)', 10, 'OK', 'complete'])
  })

  it('counts a file sent for LOAD DATA LOCAL, over more packets than sequence numbers', async () => {
    const file = Array.from({ length: 300 }, (_, i) => packet((i + 2) & 0xff, 'x'.repeat(10)))
    const { transactions } = await facts([
      ...session(),
      ['client', query("load data local infile 'a.csv' into table t")],
      ['server', packet(1, 0xfb, 'a.csv')],
      ['client', Buffer.concat([...file, packet(302 & 0xff)])],
      ['server', ok(303 & 0xff, 300)],
      ['client', query('select 1')],
      ['server', result(true, ['1'])],
    ])
    expect(transactions.slice(1).map((tx) => [tx.query?.slice(0, 9), tx.row.infile, tx.row.infile_bytes, tx.rows])).toEqual([
      ['load data', 'a.csv', 3000, 300],
      ['select 1', undefined, undefined, 1],
    ])
  })

  it('names a server that asks for a file nobody offered', async () => {
    const { anomalies } = await facts([
      ...session(),
      ['client', query('select @@version_comment limit 1')],
      ['server', packet(1, 0xfb, '/etc/passwd')],
      ['client', Buffer.concat([packet(2, 'root:x:0:0'), packet(3)])],
      ['server', ok(4)],
    ])
    expect(anomalies).toEqual(['mysql.infile-unasked'])
  })

  it('reads packets wrapped by zlib and by zstd, and several commands of one wrapper', async () => {
    for (const [cap, pack] of [
      [0x20, wrap],
      [0x4000000, wrapZstd],
    ] as const) {
      const caps = ((CAPS & ~0x4000020) | DEPRECATE_EOF | cap) >>> 0
      const { rows, anomalies } = await facts([
        ['server', greeting(caps)],
        ['client', login({ caps })],
        ['server', ok(2)],
        ['client', pack(0, Buffer.concat([query(`select '${'a'.repeat(200)}'`), query('select 2')]))],
        ['server', pack(1, result(true, ['x'.repeat(300)]))],
        // One answer over two wrappers, cut inside a header.
        ['server', pack(2, result(true, ['1'], ['2']).subarray(0, 7))],
        ['server', pack(3, result(true, ['1'], ['2']).subarray(7))],
      ])
      expect(anomalies).toEqual([])
      expect(rows.slice(1).map((one) => one.slice(2))).toEqual([
        [1, 'OK', 'complete'],
        [2, 'OK', 'complete'],
      ])
    }
  })

  it('finds the wrappers in the middle of a connection', async () => {
    const { rows, transactions } = await facts([
      ['client', wrap(0, query('select * from orders'), false)],
      ['server', wrap(1, result(true, ['a'.repeat(100)]))],
    ])
    expect(rows).toEqual([['query', 'select * from orders', 1, 'OK', 'complete']])
    expect(transactions[0]!.row.compression).toBe('zlib')
  })

  it('says so when a wrapper is damaged, and goes on', async () => {
    const caps = ((CAPS & ~0x4000000) | DEPRECATE_EOF | 0x20) >>> 0
    const bad = wrap(1, result(true, ['x'.repeat(100)]))
    bad.fill(0xaa, 20)
    const { anomalies, transactions } = await facts([
      ['server', greeting(caps)],
      ['client', login({ caps })],
      ['server', ok(2)],
      ['client', wrap(0, query('select 1'))],
      ['server', bad],
      ['client', wrap(0, query('select 2'))],
      ['server', wrap(1, ok(1))],
    ])
    expect(anomalies).toEqual(['mysql.compression'])
    expect(transactions.map((tx) => tx.query)).toContain('select 2')
  })

  it('writes response rows as Packetbeat does', async () => {
    const { transactions } = await facts(
      [...session(), ['client', query('select * from t')], ['server', result(true, ['a,"b', 'c'], ['long value', 'd'], ['no', 'more'])]],
      { options: { send_response: true, send_request: true, max_rows: 2, max_row_length: 6 } },
    )
    expect(transactions[1]!.request_text).toBe('select * from t')
    expect(transactions[1]!.response_text).toBe('c0,c1\n"a,""b",c\nlong v\n')
  })

  it('names X Protocol and reads no more', async () => {
    const { rows, anomalies } = await facts([
      ['client', bytes(u32(1), 1)],
      ['server', bytes(u32(9), 2, 0x0a, 6, 0x0a, 4, 'auth', 0)],
      ['client', bytes(u32(12), 4, 0x0a, 7, 'MYSQL41')],
    ])
    expect(rows).toEqual([['x_protocol', undefined, undefined, 'OK', 'complete']])
    expect(anomalies).toEqual(['mysql.x-protocol'])
  })
})

describe('mysql with bytes missing', () => {
  it('keeps the rows before the hole, says so, and reads the next command', async () => {
    const whole = result(true, ['1'], ['2'], ['3'], ['4'])
    const { transactions } = await facts([
      ...session(),
      ['client', query('select a from t')],
      ['server', whole.subarray(0, whole.length - 20)],
      ['gap', 'server', 1000],
      ['server', whole.subarray(whole.length - 10)],
      ['client', query('select 2')],
      ['server', result(true, ['2'])],
    ])
    expect(transactions.slice(1).map((tx) => [tx.query, tx.rows, tx.status, tx.complete, tx.notes])).toEqual([
      ['select a from t', 2, 'OK', 'lost', ['Packet loss while capturing the response']],
      ['select 2', 1, 'OK', 'complete', undefined],
    ])
  })

  it('loses no more than the middle of one long statement', async () => {
    const long = packet(0, 3, `insert into t values ('${'x'.repeat(5000)}')`)
    const { transactions } = await facts([
      ...session(),
      ['client', long.subarray(0, 2000)],
      ['gap', 'client', 1448],
      ['client', long.subarray(3448)],
      ['server', ok(1, 1)],
      ['client', query('select 2')],
      ['server', result(true, ['2'])],
    ])
    expect(transactions.slice(1).map((tx) => [tx.query?.slice(0, 13), tx.complete, tx.rows, tx.notes])).toEqual([
      ['insert into t', 'lost', 1, ['Packet loss while capturing the request']],
      ['select 2', 'complete', 1, undefined],
    ])
  })

  it('gives an answer without its command, and a command without its answer', async () => {
    const { rows } = await facts([...session(), ['gap', 'client', 30], ['server', result(true, ['1'])], ['client', query('select 2')]])
    expect(rows.slice(1)).toEqual([
      ['response', undefined, 1, 'OK', 'orphan-response'],
      ['query', 'select 2', undefined, 'Error', 'no-response'],
    ])
  })

  it('reads one side alone', async () => {
    const client = await facts([
      ['client', login()],
      ['client', query('select 1')],
      ['client', prepare('select ?')],
      ['client', packet(0, 1)],
    ])
    expect(client.rows.map((one) => [one[0], one[4]])).toEqual([
      ['quit', 'complete'],
      ['login', 'no-response'],
      ['query', 'no-response'],
      ['stmt_prepare', 'no-response'],
    ])
    expect(client.transactions.every((tx) => tx.user === 'anna')).toBe(true)
    const server = await facts([
      ['server', greeting()],
      ['server', ok(2)],
      ['server', result(true, ['1'])],
    ])
    expect(server.rows.map((one) => [one[0], one[4]])).toEqual([
      ['login', 'orphan-response'],
      ['response', 'orphan-response'],
    ])
  })
})
