import { describe, expect, it } from 'vitest'
import { pgsql } from '../../../src/protocols/pgsql/index.js'
import { drive, type Step } from '../../support/drive.js'
import { client, join, login, message, server } from './build.js'

const column = server.columns(['id', 23])
const ask = (n: number): Step[] => [
  ['client', client.query(`select ${n}`)],
  ['server', join(column, server.row(String(n)), server.complete('SELECT 1'), server.ready())],
]

describe('a capture with holes', () => {
  it('goes on behind bytes of the server that were lost', async () => {
    const { transactions } = await drive(pgsql, [
      ...login,
      ['client', client.query('select * from t')],
      ['server', join(column, server.row('1'), server.row('22222').subarray(0, 8))],
      ['gap', 'server', 1000],
      ['server', join(Buffer.from('of a row'), server.row('3'), server.complete('SELECT 90'), server.ready())],
      ...ask(2),
    ])
    expect(transactions.map(({ query, complete, rows }) => [query, complete, rows])).toEqual([
      [undefined, 'complete', undefined],
      ['select * from t', 'lost', 90],
      ['select 2', 'complete', 1],
    ])
  })

  it('goes on when the whole answer was lost', async () => {
    const { transactions } = await drive(pgsql, [...login, ['client', client.query('select 1')], ['gap', 'server', 60], ...ask(2)])
    expect(transactions.slice(1).map(({ query, complete }) => [query, complete])).toEqual([
      ['select 1', 'lost'],
      ['select 2', 'complete'],
    ])
  })

  it('goes on when the request was lost', async () => {
    const { transactions } = await drive(pgsql, [
      ...login,
      ['gap', 'client', 20],
      ['server', join(column, server.row('1'), server.complete('SELECT 1'), server.ready())],
      ...ask(2),
    ])
    expect(transactions.slice(1).map(({ query, method, complete }) => [query, method, complete])).toEqual([
      [undefined, 'SELECT', 'orphan-response'],
      ['select 2', 'SELECT', 'complete'],
    ])
  })

  it('loses nothing but bytes inside a long value', async () => {
    const row = server.row('x'.repeat(300_000))
    const { transactions } = await drive(pgsql, [
      ...login,
      ['client', client.query('select long')],
      ['server', join(column, row.subarray(0, 100_000))],
      ['gap', 'server', 50_000],
      ['server', join(row.subarray(150_000), server.complete('SELECT 1'), server.ready())],
      ...ask(2),
    ])
    expect(transactions.slice(1).map(({ complete, rows }) => [complete, rows])).toEqual([
      ['lost', 1],
      ['complete', 1],
    ])
  })
})

describe('a capture that begins later', () => {
  it('says that the login was not seen', async () => {
    const { transactions } = await drive(pgsql, ask(1))
    expect(transactions).toHaveLength(1)
    expect(transactions[0]).toMatchObject({ user: undefined, notes: ['The login was not seen.'] })
  })
})

describe('what was never answered', () => {
  it('is a row', async () => {
    const { transactions } = await drive(pgsql, [...login, ['client', client.query('select pg_sleep(9)')]], { end: 'eof' })
    expect(transactions[1]).toMatchObject({ status: 'Error', complete: 'no-response' })
  })

  it('is cut when the connection ends in the rows', async () => {
    const { transactions } = await drive(
      pgsql,
      [...login, ['client', client.query('select 1')], ['server', join(column, server.row('1'))]],
      { end: 'reset' },
    )
    expect(transactions[1]).toMatchObject({ complete: 'truncated', rows: 1 })
  })
})

describe('lies', () => {
  it.each<[string, Buffer, Buffer]>([
    ['a length below four', message('Q').fill(0, 1), Buffer.alloc(0)],
    ['a length of a gigabyte', Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3]), Buffer.alloc(0)],
    ['a row with fields beyond its end', client.query('select 1'), message('D', Buffer.from([0, 9, 0, 0, 0, 200]))],
    ['more columns than are there', client.query('select 1'), message('T', Buffer.from([0x7f, 0xff, 1]))],
    ['an error without end', client.query('select 1'), message('E', Buffer.from('SERROR'))],
    ['values beyond the end of Bind', client.bind('', '', ['abc']).fill(0x7f, 12), Buffer.alloc(0)],
    ['answers nobody asked for', Buffer.alloc(0), join(server.parsed, server.bound, server.closed, server.suspended, server.ready())],
  ])('%s', async (_name, sent, answered) => {
    for (const chunk of [1, 3, 1000]) {
      const { transactions } = await drive(pgsql, [...login, ['client', sent], ['server', answered], ...ask(2)], {
        chunk,
        options: { send_response: true },
      })
      for (const tx of transactions) expect(tx.complete).toMatch(/^(complete|no-response|orphan-response|truncated|lost)$/)
    }
  })

  it('noise ends nothing', async () => {
    let state = 7
    const noise = Buffer.alloc(20_000)
    for (let i = 0; i < noise.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      noise[i] = state >> 16
    }
    const { transactions } = await drive(pgsql, [...login, ['client', noise], ['server', noise], ...ask(1)], { chunk: 100 })
    expect(transactions.length).toBeGreaterThan(0)
  })

  it('a batch without end is written in part', async () => {
    const one = join(client.parse('', 'select 1'), client.bind('', '', []), client.execute(''))
    const many = Buffer.concat(Array.from({ length: 9000 }, () => one))
    const { transactions, anomalies } = await drive(pgsql, [...login, ['client', many]])
    expect(transactions.length).toBe(9001)
    expect(anomalies).toContain('pgsql.requests-waiting')
  })

  it('a statement longer than is kept says so', async () => {
    const text = `select '${'x'.repeat(200_000)}'`
    const { transactions } = await drive(pgsql, [
      ...login,
      ['client', client.query(text)],
      ['server', join(server.complete('SELECT 1'), server.ready())],
      ...ask(2),
    ])
    expect(transactions[1]!.row.query_bytes).toBe(text.length)
    expect(transactions[1]!.request_bytes).toBe(text.length + 6)
    expect(transactions[2]!.query).toBe('select 2')
  })
})
