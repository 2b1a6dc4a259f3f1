import { describe, expect, it } from 'vitest'
import { mysql } from '../../../src/protocols/mysql/index.js'
import { drive } from '../../support/drive.js'
import { bytes, CAPS, DEPRECATE_EOF, err, greeting, login, ok, packet, query, result, session, str, u16, u32 } from './build.js'

describe('mysql login', () => {
  it('gives user, database, versions, plugin and the result in one row, and the user to those that follow', async () => {
    const { transactions } = await drive(mysql, [
      ...session(),
      ['client', query('select 1')],
      ['server', result(true, ['1'])],
      ['client', packet(0, 1)],
    ])
    expect(transactions.map((tx) => [tx.row.command, tx.user, tx.row.database, tx.status, tx.complete])).toEqual([
      ['login', 'anna', 'shop', 'OK', 'complete'],
      ['query', 'anna', 'shop', 'OK', 'complete'],
      ['quit', 'anna', 'shop', 'OK', 'complete'],
    ])
    expect(transactions[0]!.row).toMatchObject({
      server_version: '8.0.36',
      connection_id: 42,
      client_version: '8.0.36',
      client_name: 'libmysql',
      auth_plugin: 'caching_sha2_password',
      auth_password: true,
    })
    expect(transactions[0]!.session_event).toBe(true)
    expect(transactions[1]!.session_event).toBeUndefined()
  })

  it('says why it failed', async () => {
    const { transactions } = await drive(mysql, [
      ['server', greeting()],
      ['client', login()],
      ['server', err(2, 1045, '28000', "Access denied for user 'anna'@'desk' (using password: YES)")],
    ])
    expect(transactions[0]).toMatchObject({
      status: 'Error',
      user: 'anna',
      error: "Access denied for user 'anna'@'desk' (using password: YES)",
      row: { error_code: 1045, sqlstate: '28000' },
    })
  })

  it('follows a change of plugin, and tells of a password in clear without telling it', async () => {
    const steps = [
      ['server', greeting()],
      ['client', login()],
      ['server', packet(2, 0xfe, 'mysql_clear_password', 0)],
      ['client', packet(3, 'S3CRET-unit-1', 0)],
      ['server', ok(4)],
    ] as const
    const hidden = await drive(mysql, steps)
    expect(hidden.transactions[0]!.row).toMatchObject({ auth_plugin: 'mysql_clear_password', password: 'xxxxx' })
    expect(hidden.anomalies).toEqual(['mysql.clear-password'])
    expect(JSON.stringify(hidden.transactions)).not.toContain('S3CRET')
    const shown = await drive(mysql, steps, { showSecrets: true })
    expect(shown.transactions[0]!.row.password).toBe('S3CRET-unit-1')
  })

  it('hands over to TLS', async () => {
    const driven = await drive(mysql, [
      ['server', greeting()],
      ['client', packet(1, u32(CAPS | 0x800), u32(1 << 24), 255, Buffer.alloc(23))],
      ['client', bytes(0x16, 3, 1, 0, 5)],
    ])
    expect(driven.upgradedTo).toBe('tls')
    expect(driven.verdicts).toContain('upgrade')
    expect(driven.transactions).toHaveLength(1)
    expect(driven.transactions[0]).toMatchObject({
      row: { command: 'ssl_request', server_version: '8.0.36' },
      notes: ['the connection goes on in TLS'],
    })
  })

  it('changes user, database and what was prepared', async () => {
    const change = packet(0, 17, 'bert', 0, 3, 'abc', 'stock', 0, u16(45), 'mysql_native_password', 0)
    const { transactions } = await drive(mysql, [
      ...session(),
      ['client', change],
      ['server', packet(1, 0xfe, 'mysql_native_password', 0, 'abcdefghijklmnopqrst', 0)],
      ['client', packet(2, '01234567890123456789')],
      ['server', ok(3)],
      ['client', query('select 1')],
      ['server', result(true, ['1'])],
      ['client', change],
      ['server', err(1, 1045, '28000', 'Access denied')],
      ['client', query('use `other`')],
      ['server', ok(1)],
      ['client', packet(0, 14)],
      ['server', ok(1)],
    ])
    expect(transactions.map((tx) => [tx.row.command, tx.user, tx.row.database, tx.status])).toEqual([
      ['login', 'anna', 'shop', 'OK'],
      ['change_user', 'bert', 'stock', 'OK'],
      ['query', 'bert', 'stock', 'OK'],
      ['change_user', 'bert', 'stock', 'Error'],
      ['query', 'bert', 'stock', 'OK'],
      ['ping', 'bert', 'other', 'OK'],
    ])
  })

  it('gives no row for a refused connection and for a greeting without login, but says so', async () => {
    const refused = await drive(mysql, [['server', packet(0, 0xff, u16(1130), "Host 'x' is not allowed to connect to this MySQL server")]])
    expect(refused.transactions).toEqual([])
    expect(refused.anomalies).toEqual(['mysql.refused'])
    const silent = await drive(mysql, [['server', greeting()]])
    expect(silent.transactions).toEqual([])
    expect(silent.anomalies).toEqual(['mysql.no-login'])
  })

  it('reads the login of clients before 4.1', async () => {
    const { transactions, anomalies } = await drive(mysql, [
      ['server', greeting(0x2c, '4.0.30', '')],
      ['client', packet(1, u16(0x8 | 0x4), 0, 0, 0, 'old', 0, 'scramble', 0, 'shop', 0)],
      ['server', packet(2, 0, 0, 0, u16(2))],
    ])
    expect(transactions[0]).toMatchObject({ user: 'old', row: { database: 'shop' } })
    expect(anomalies).toContain('mysql.old-password')
  })

  it('keeps what the session state tells', async () => {
    const track = CAPS | DEPRECATE_EOF | 0x800000
    const state = Buffer.concat([bytes(1), str(str('stock')), bytes(0), str(Buffer.concat([str('autocommit'), str('OFF')]))])
    const { transactions } = await drive(mysql, [
      ...session(track),
      ['client', query('use stock')],
      ['server', packet(1, 0, 0, 0, u16(0x4002), u16(0), str('fine'), str(state))],
    ])
    expect(transactions[1]!.row).toMatchObject({ info: 'fine' })
    const changes = transactions[1]!.row.session_changes as { schema: string; variables: Map<string, string> }
    expect(changes.schema).toBe('stock')
    expect([...changes.variables]).toEqual([['autocommit', 'OFF']])
  })

  it.each([1, 2, 3, 7])('gives the same rows from pieces of %i bytes', async (chunk) => {
    const steps = [...session(), ['client', query('select 1')], ['server', result(true, ['1'], ['2'])]] as const
    const rows = async (size?: number) =>
      (await drive(mysql, steps, size ? { chunk: size } : {})).transactions.map((tx) => [
        tx.query,
        tx.row,
        tx.request?.bytes,
        tx.response?.bytes,
      ])
    expect(await rows(chunk)).toEqual(await rows())
  })
})
