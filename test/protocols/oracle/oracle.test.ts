import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { oracle } from '../../../src/protocols/oracle/index.js'
import { oracleNumber } from '../../../src/protocols/oracle/values.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { accept, connect, data, execute, executeFixed, fn, join, oer, packet, refuse, status, u16 } from './talk.js'

const DESCRIPTOR =
  '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db1)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=orders)(SERVER=POOLED)(CID=(PROGRAM=p)(HOST=h)(USER=clerk))(PASSWORD=S3CRET-oracle-1)))'
const OPENED: Step[] = [
  ['client', connect(DESCRIPTOR)],
  ['server', accept()],
]
const run = async (steps: Step[], opts = {}) => (await drive(oracle, [...OPENED, ...steps], opts)).transactions.slice(1)
const call = async (request: Buffer, answer: Buffer, opts = {}) =>
  (
    await run(
      [
        ['client', data(request)],
        ['server', data(answer)],
      ],
      opts,
    )
  )[0]!

describe('connects', () => {
  it('name service, host and client, and mask passwords', async () => {
    const [tx] = (await drive(oracle, OPENED)).transactions
    expect(tx).toMatchObject({ method: 'CONNECT', resource: 'orders', user: 'clerk', complete: 'complete', session_event: true })
    expect(tx!.row).toMatchObject({
      connect_host: 'db1',
      connect_port: 1521,
      service_name: 'orders',
      server_type: 'POOLED',
      client_program: 'p',
    })
    expect(tx!.row).toMatchObject({ tns_version: 318, sdu: 8192, connect_result: 'accept' })
    expect(tx!.query).toContain('(PASSWORD=xxxxx)')
  })
  it('are joined with connect data in a packet of its own', async () => {
    const long = DESCRIPTOR.replace('PROGRAM=p', `PROGRAM=${'p'.repeat(300)}`)
    const { transactions } = await drive(oracle, [
      ['client', connect(long)],
      ['client', data(Buffer.from(long), 0, false)],
      ['server', accept()],
    ])
    expect(transactions).toHaveLength(1)
    expect(transactions[0]!.row).toMatchObject({ service_name: 'orders', client_program: 'p'.repeat(300) })
  })
  it('say why they were refused, also when the reason comes in a data packet', async () => {
    const said = '(DESCRIPTION=(ERR=12514)(VSNNUM=1))'
    const whole = await drive(oracle, [OPENED[0]!, ['server', refuse(said)]])
    const split = await drive(oracle, [
      OPENED[0]!,
      ['server', packet(4, join(34, 0, u16(said.length)), false)],
      ['server', data(Buffer.from(said), 0, false)],
    ])
    for (const { transactions } of [whole, split]) {
      expect(transactions).toHaveLength(1)
      expect(transactions[0]).toMatchObject({ status: 'Error', error: 'TNS-12514: unknown service', row: { connect_result: 'refuse' } })
    }
  })
  it('survive nonsense', async () => {
    for (const text of ['(', '((((', '(A=', '(A="', ')))', `${'(A='.repeat(5000)}`, '(=)(=)']) {
      const { transactions } = await drive(oracle, [
        ['client', connect(`(${text.slice(0, 200)}`)],
        ['client', data(Buffer.from(text), 0, false)],
      ])
      expect(transactions[0]).toMatchObject({ complete: 'no-response' })
    }
  })
})

describe('statements', () => {
  it('are found by layout', async () => {
    const tx = await call(execute('SELECT * FROM sales.orders'), oer({ code: 1403, text: 'ORA-01403: no data found', cursor: 3, rows: 7 }))
    expect(tx).toMatchObject({
      method: 'SELECT',
      resource: 'sales.orders',
      query: 'SELECT * FROM sales.orders',
      status: 'OK',
      complete: 'complete',
    })
    expect(tx.row).toMatchObject({ sql_source: 'layout', cursor_id: 3, rows_processed: 7, no_more_rows: true, function: 'OALL8' })
  })
  it('are found by search elsewhere, and say so', async () => {
    const tx = await call(executeFixed('DELETE FROM sales.orders'), Buffer.from('0401000000', 'hex'))
    expect(tx).toMatchObject({ method: 'DELETE', query: 'DELETE FROM sales.orders', row: { sql_source: 'search' } })
    expect(tx.notes).toContain('the statement was found by search, not by a known layout')
    expect(tx.rows).toBeUndefined()
  })
  it('fail with the error of the server, found by layout or at the end of the answer', async () => {
    const text = 'ORA-00942: table or view does not exist'
    const known = await call(execute('SELECT 1 FROM x'), oer({ code: 942, text }))
    expect(known).toMatchObject({ status: 'Error', error: text, row: { error_code: 'ORA-00942', error_source: 'layout' } })
    const other = await call(executeFixed('SELECT 1 FROM x'), join(4, Buffer.alloc(60, 1), text.length, Buffer.from(text)))
    expect(other).toMatchObject({ status: 'Error', error: text, row: { error_source: 'search' } })
    const row = await call(executeFixed('SELECT 1 FROM x'), join(6, text.length, Buffer.from(text), Buffer.alloc(30)))
    expect(row.error).toBeUndefined()
  })
  it('keep their secrets', async () => {
    const sql = 'ALTER USER bob IDENTIFIED BY "S3CRET-oracle-2"'
    const answer = oer({ code: 988, text: 'ORA-00988: missing or invalid password near "S3CRET-oracle-2"' })
    expect(JSON.stringify(await call(execute(sql), answer))).not.toContain('S3CRET')
    expect(JSON.stringify(await call(execute(sql), answer)).toLowerCase()).not.toContain('s3cret')
    expect(JSON.stringify(await call(execute(sql), answer, { showSecrets: true }))).toContain('S3CRET-oracle-2')
    expect(JSON.stringify(await call(executeFixed(sql), answer))).not.toContain('S3CRET')
  })
  it('belong to transactions as the server says', async () => {
    const rows = await run([
      ['client', data(execute('UPDATE t SET a = 1'))],
      ['server', data(oer({ rows: 2, open: true }))],
      ['client', data(fn(14))],
      ['server', data(status)],
      ['client', data(execute('SELECT 1 FROM t'))],
      ['server', data(oer())],
    ])
    expect(rows.map(({ row }) => row.transaction_id)).toEqual(['0123456789abcdef-1', '0123456789abcdef-1', undefined])
    expect(rows[0]!.rows).toBe(2)
  })
})

describe('conversations', () => {
  const CALLS: Step[] = [
    ['client', data(execute('SELECT 1 FROM a'))],
    ['server', data(oer())],
    ['client', data(execute('SELECT 2 FROM b'))],
    ['server', data(oer())],
  ]
  it('give the same rows however they are cut', async () => {
    const whole = rowsOf(await drive(oracle, [...OPENED, ...CALLS]))
    for (const chunk of [1, 2, 3, 7, 64]) expect(rowsOf(await drive(oracle, [...OPENED, ...CALLS], { chunk }))).toEqual(whole)
  })
  it('have lengths of 16 bits below version 315', async () => {
    const { transactions } = await drive(oracle, [
      OPENED[0]!,
      ['server', accept(312)],
      ['client', data(execute('SELECT 1 FROM a'), 0, false)],
      ['server', data(oer(), 0, false)],
    ])
    expect(transactions.map(({ method }) => method)).toEqual(['CONNECT', 'SELECT'])
  })
  it('may begin anywhere', async () => {
    const request = data(execute('SELECT 1 FROM a'))
    const { transactions } = await drive(oracle, [['client', request.subarray(9)], ['server', data(oer())], ...CALLS.slice(2)])
    expect(transactions.at(-1)).toMatchObject({ query: 'SELECT 2 FROM b', complete: 'complete', notes: ['login not seen'] })
  })
  it('go on behind a loss', async () => {
    const { transactions } = await drive(oracle, [...OPENED, CALLS[0]!, ['gap', 'server', 100], ...CALLS.slice(2)])
    expect(transactions.map(({ complete }) => complete)).toEqual(['complete', 'lost', 'complete'])
    const inside = data(execute('SELECT 1 FROM a')).subarray(0, 30)
    const rest = data(execute('SELECT 1 FROM a')).length - 30
    const cut = await drive(oracle, [...OPENED, ['client', inside], ['gap', 'client', rest], CALLS[1]!, ...CALLS.slice(2)])
    expect(cut.transactions.map(({ complete }) => complete)).toEqual(['complete', 'lost', 'complete'])
  })
  it('tell unanswered calls, answers without one, and breaks', async () => {
    expect((await run([['client', data(fn(147))]]))[0]).toMatchObject({ method: 'PING', complete: 'no-response', status: 'Error' })
    expect((await run([['server', data(status)]]))[0]).toMatchObject({ complete: 'orphan-response', status: 'Error' })
    const [broken] = await run([
      ['client', data(execute('SELECT 1 FROM slow'))],
      ['client', packet(12, Buffer.from([1, 0, 1]))],
      ['server', packet(12, Buffer.from([1, 0, 2]))],
      ['client', packet(12, Buffer.from([1, 0, 2]))],
      ['server', data(oer({ code: 1013, text: 'ORA-01013: cancelled' }))],
    ])
    expect(broken).toMatchObject({ error: 'ORA-01013: cancelled', row: { break_by: 'client' } })
  })
  it('may overlap when the server marks where answers end', async () => {
    const rows = await run([
      ['client', data(fn(147), 0x800)],
      ['server', data(status, 0x2000)],
      ['client', data(execute('SELECT 1 FROM a'), 0x800)],
      ['client', data(execute('SELECT 2 FROM b'), 0x800)],
      ['server', data(oer({ rows: 1 }), 0x2000)],
      ['server', data(oer({ rows: 2 }), 0x2000)],
    ])
    expect(rows.map(({ query, row }) => [query, row.rows_processed])).toEqual([
      [undefined, undefined],
      ['SELECT 1 FROM a', 1],
      ['SELECT 2 FROM b', 2],
    ])
  })
})

describe('the probe', () => {
  const probe = (client: Buffer, server: Buffer = Buffer.alloc(0), hinted = false) =>
    oracle.probe({
      client: new Cursor().reset(client, 0, client.length),
      server: new Cursor().reset(server, 0, server.length),
      transport: 'tcp',
      hinted,
      flow: { clientPort: 1, serverPort: 2, serverIp: '192.0.2.2' },
    })
  it('knows connects, accepts and calls with answers', () => {
    expect(probe(connect(DESCRIPTOR))).toBe('yes')
    expect(probe(Buffer.alloc(0), accept())).toBe('yes')
    expect(probe(data(execute('SELECT 1 FROM a')), data(oer()))).toBe('yes')
  })
  it('leaves others alone', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '220 hello\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      '\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00',
    ])
      expect(probe(Buffer.from(text, 'latin1'))).toBe('no')
    expect(probe(Buffer.from('\x21\x00\x00\x00\x03select @@version_comment limit 1', 'latin1'))).toBe('no')
  })
})

describe('numbers', () => {
  it('are exact', () => {
    const hex = (text: string) => oracleNumber(Buffer.from(text, 'hex'))
    expect(hex('80')).toBe(0)
    expect(hex('c102')).toBe(1)
    expect(hex('c20218')).toBe(123)
    expect(hex('c10333')).toBe(2.5)
    expect(hex('3e5e66')).toBe(-7)
    expect(hex('c003')).toBe(0.02)
    expect(hex('cb0a0a0a0a0a0a0a0a0a0a0a')).toBe('909090909090909090909')
  })
})
