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
  execute,
  greeting,
  lenenc,
  login,
  ok,
  okEnd,
  packet,
  prepare,
  prepared,
  query,
  row,
  session,
  split,
  str,
  u16,
  u32,
} from './build.js'

const f64 = (n: number): Buffer => {
  const b = Buffer.alloc(8)
  b.writeDoubleLE(n)
  return b
}
const u64 = (n: bigint): Buffer => {
  const b = Buffer.alloc(8)
  b.writeBigUInt64LE(BigInt.asUintN(64, n))
  return b
}
const preparing = (sql: string, params: number, id = 7): Step[] => [
  ['client', prepare(sql)],
  ['server', Buffer.concat([prepared(id, 0, params), ...Array.from({ length: params }, (_, i) => column(2 + i, '?'))])],
]
const last = async (...steps: Step[]) => {
  const { transactions, anomalies } = await drive(mysql, [...session(), ...steps])
  return { tx: transactions.at(-1)!, transactions, anomalies }
}

describe('mysql prepared statements', () => {
  it.each<[name: string, type: number, flags: number, value: Buffer, shown: string]>([
    ['tinyint', 1, 0, bytes(0xfb), '-5'],
    ['tinyint unsigned', 1, 0x80, bytes(0xfb), '251'],
    ['smallint', 2, 0, u16(0x8000), '-32768'],
    ['smallint unsigned', 2, 0x80, u16(0x8000), '32768'],
    ['year', 13, 0x80, u16(2024), '2024'],
    ['int', 3, 0, u32(0xffffffff), '-1'],
    ['int unsigned', 3, 0x80, u32(0xffffffff), '4294967295'],
    ['mediumint', 9, 0, u32(5), '5'],
    ['bigint', 8, 0, u64(-9223372036854775808n), '-9223372036854775808'],
    ['bigint unsigned', 8, 0x80, u64(18446744073709551615n), '18446744073709551615'],
    ['double', 5, 0, f64(-0.1), '-0.1'],
    ['float', 4, 0, bytes(0xcd, 0xcc, 0x8c, 0x3f), '1.1'],
    ['decimal', 246, 0, str('123.4500'), '"123.4500"'],
    ['date', 10, 0, bytes(4, u16(2024), 2, 29), '"2024-02-29"'],
    ['date of zeros', 10, 0, bytes(0), '"0000-00-00"'],
    ['datetime', 12, 0, bytes(7, u16(2024), 2, 29, 23, 59, 58), '"2024-02-29 23:59:58"'],
    ['timestamp with microseconds', 7, 0, bytes(11, u16(2024), 2, 29, 23, 59, 58, u32(42)), '"2024-02-29 23:59:58.000042"'],
    ['datetime without a time', 12, 0, bytes(4, u16(2024), 2, 29), '"2024-02-29 00:00:00"'],
    ['time', 11, 0, bytes(8, 1, u32(2), 3, 4, 5), '"-51:04:05"'],
    ['time with microseconds', 11, 0, bytes(12, 0, u32(0), 3, 4, 5, u32(7)), '"03:04:05.000007"'],
    ['time of zero', 11, 0, bytes(0), '"00:00:00"'],
    ['varchar', 253, 0, str('Grüße'), '"Grüße"'],
    ['varchar in Latin-1', 253, 0, str(Buffer.from('Gr\xfc\xdfe', 'latin1')), '"Grüße"'],
    ['varchar of bytes', 253, 0, str(Buffer.from([0, 1, 2, 0xff])), '"<4 bytes>"'],
    ['longblob', 251, 0, str(Buffer.alloc(300)), '"<300 bytes>"'],
    ['null', 6, 0, bytes(), 'null'],
    ['json', 245, 0, str('{"a":1}'), '"{\\"a\\":1}"'],
  ])('reads a bound %s', async (_name, type, flags, value, shown) => {
    const { tx } = await last(
      ...preparing('insert into t values (?, ?)', 2),
      ['client', execute(7, bytes(0, 1, type, flags, 8, 0, value, u64(42n)))],
      ['server', ok(1, 1)],
    )
    expect(tx.params).toBe(`[${shown},42]`)
    expect(tx).toMatchObject({ query: 'insert into t values (?, ?)', method: 'INSERT', rows: 1, status: 'OK' })
  })

  it('remembers types, and NULLs by the bitmap', async () => {
    const { transactions } = await last(
      ...preparing('update t set a = ? where b = ?', 2),
      ['client', execute(7, bytes(0, 1, 253, 0, 3, 0, str('x'), u32(1)))],
      ['server', ok(1, 1)],
      ['client', execute(7, bytes(1, 0, u32(2)))],
      ['server', ok(1, 1)],
    )
    expect(transactions.map((tx) => tx.params)).toEqual([undefined, undefined, '["x",1]', '[null,2]'])
    expect(transactions[3]!.row.param_types).toEqual(['null', 'int'])
  })

  it('gives a row for an unknown statement, with its values where their shape tells', async () => {
    const { transactions } = await last(
      ['client', execute(9, bytes(0, 1, 253, 0, 8, 0, str('who'), u64(5n)))],
      ['server', ok(1)],
      ['client', execute(9, bytes(0, 0, str('who'), u64(6n)))],
      ['server', ok(1)],
      ['client', execute(10, bytes(0, 0, 1, 2, 3))],
      ['server', err(1, 1243, 'HY000', 'Unknown prepared statement handler (10) given to mysqld_stmt_execute')],
    )
    expect(transactions.slice(1).map((tx) => [tx.params, tx.query, tx.notes?.[0]])).toEqual([
      ['["who",5]', undefined, 'unknown prepared statement: its PREPARE was not seen'],
      ['["who",6]', undefined, 'unknown prepared statement: its PREPARE was not seen'],
      [undefined, undefined, 'unknown prepared statement: its PREPARE was not seen'],
    ])
  })

  it('forgets a statement that was closed', async () => {
    const { tx } = await last(
      ...preparing('select ?', 1),
      ['client', packet(0, 25, u32(7))],
      ['client', execute(7, bytes(0, 1, 8, 0, u64(1n)))],
      ['server', ok(1)],
    )
    expect(tx.notes?.[0]).toContain('unknown prepared statement')
  })

  it('reads attributes of queries and executions', async () => {
    const caps = (CAPS | DEPRECATE_EOF | 0x8000000) >>> 0
    const { transactions } = await drive(mysql, [
      ['server', greeting(caps)],
      ['client', login({ caps })],
      ['server', ok(2)],
      ['client', packet(0, 3, 0, 1, 'select 1')],
      ['server', ok(1)],
      ['client', packet(0, 3, 2, 1, 0, 1, 253, 0, str('trace'), 8, 0, str('n'), str('abc'), u64(3n), 'select 2')],
      ['server', ok(1)],
      ...preparing('select ?', 1),
      ['client', execute(7, bytes(2, 0, 1, 8, 0, str(''), 253, 0, str('trace'), u64(4n), str('def')), 8)],
      ['server', ok(1)],
    ])
    expect(transactions.map((tx) => [tx.query, tx.params, tx.row.attributes && [...(tx.row.attributes as Map<string, unknown>)]])).toEqual([
      [undefined, undefined, undefined],
      ['select 1', undefined, undefined],
      [
        'select 2',
        undefined,
        [
          ['trace', 'abc'],
          ['n', 3],
        ],
      ],
      ['select ?', undefined, undefined],
      ['select ?', '[4]', [['trace', 'def']]],
    ])
  })

  it('reads an execution sent together with its PREPARE, and bulk executions', async () => {
    const { transactions } = await last(
      ['client', Buffer.concat([prepare('select ? + ?'), execute(0xffffffff, bytes(0, 1, 8, 0, 8, 0, u64(1n), u64(2n)))])],
      ['server', Buffer.concat([prepared(3, 0, 2), column(2, '?'), column(3, '?')])],
      ['server', ok(1)],
      ['client', packet(0, 0xfa, u32(3), u16(128), 8, 0, 253, 0, 0, u64(1n), 1, 0, u64(2n), 0, str('b'), 2, 3)],
      ['server', ok(1, 3)],
    )
    expect(transactions.slice(1).map((tx) => [tx.row.command, tx.row.statement_id, tx.params, tx.row.bulk_rows])).toEqual([
      ['stmt_prepare', 3, undefined, undefined],
      ['stmt_execute', 3, '[1,2]', undefined],
      ['stmt_bulk_execute', 3, '[[1,null],[2,"b"],["<default>","<unchanged>"]]', 3],
    ])
  })

  it('counts the rows of a cursor where they are fetched', async () => {
    const binary = (seq: number) => packet(seq, 0, 0, u32(1))
    const { transactions } = await last(
      ...preparing('select id from t where a > ?', 1),
      ['client', execute(7, bytes(0, 1, 3, 0, u32(0)), 1)],
      ['server', Buffer.concat([packet(1, 1), column(2, 'id', 3), eof(3, 0x42)])],
      ['client', packet(0, 28, u32(7), u32(2))],
      ['server', Buffer.concat([binary(1), binary(2), okEnd(3, 0x42)])],
      ['client', packet(0, 28, u32(7), u32(2))],
      ['server', Buffer.concat([binary(1), okEnd(2, 0x82)])],
    )
    expect(transactions.slice(2).map((tx) => [tx.row.command, tx.rows, tx.complete])).toEqual([
      ['stmt_execute', 0, 'complete'],
      ['stmt_fetch', 2, 'complete'],
      ['stmt_fetch', 1, 'complete'],
    ])
  })

  it('masks what is bound into a password, and what the server says of it', async () => {
    const { tx } = await last(
      ...preparing('insert into accounts (name, password) values (?, ?)', 2),
      ['client', execute(7, bytes(0, 1, 253, 0, 253, 0, str('dora'), str('S3CRET-unit-2')))],
      ['server', err(1, 1062, '23000', "Duplicate entry 'S3CRET-unit-2' for key 'password'")],
    )
    expect(tx.params).toBe('["dora","xxxxx"]')
    expect(JSON.stringify(tx)).not.toContain('S3CRET')
  })
})

describe('mysql commands of any size', () => {
  it('reads a statement over 16 MB, keeps its beginning and tells its length', async () => {
    const sql = `insert into t values ('${'x'.repeat(17_000_000)}')`
    const { tx } = await last(['client', split(0, bytes(3, sql))], ['server', ok(1, 1)])
    expect(tx.row).toMatchObject({ command: 'query', query_bytes: sql.length, affected_rows: 1 })
    expect(tx.query!.length).toBeLessThan(300_000)
    expect(tx.request_bytes).toBe(sql.length + 1 + 8)
    expect(tx.complete).toBe('complete')
  })

  it('reads one of exactly 16 MB, which an empty packet ends', async () => {
    const sql = `select '${'y'.repeat(0xffffff - 10)}'`
    const { tx } = await last(['client', split(0, bytes(3, sql))], ['server', ok(1)])
    expect(tx.row.query_bytes).toBe(0xffffff - 1)
    expect(tx.request_bytes).toBe(0xffffff + 8)
  })

  it('counts a row over 16 MB as one', async () => {
    const long = split(3, bytes(lenenc(250), Buffer.alloc(250, 0x61)))
    const huge = split(4, bytes(0xfe, u64(16_800_000n), Buffer.alloc(16_800_000, 0x62)))
    const { tx } = await last(
      ['client', query('select big from t')],
      ['server', Buffer.concat([packet(1, 1), column(2, 'big'), long, huge, row(6, 'c'), okEnd(7)])],
    )
    expect(tx).toMatchObject({ rows: 3, complete: 'complete' })
  })
})
