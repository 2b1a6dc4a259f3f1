import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { probe } from '../../../src/protocols/pgsql/probe.js'
import { client, join, message, server } from './build.js'

const EMPTY = Buffer.alloc(0)
const ask = (sent: Buffer | string, answered: Buffer | string = EMPTY, hinted = false) => {
  const cursor = (bytes: Buffer | string) => {
    const buf = Buffer.from(bytes as string)
    return new Cursor().reset(buf, 0, buf.length)
  }
  return probe({
    client: cursor(sent),
    server: cursor(answered),
    transport: 'tcp',
    hinted,
    flow: { clientPort: 40000, serverPort: 9, serverIp: '192.0.2.1' },
  })
}
const rows = join(server.columns(['id', 23]), server.row('1'), server.complete('SELECT 1'), server.ready())

describe('the probe', () => {
  it.each<[string, Buffer | string, Buffer | string]>([
    ['a request for TLS', client.ssl, EMPTY],
    ['a request for GSSAPI', client.gss, 'N'],
    ['a startup', client.startup({ user: 'anna' }), EMPTY],
    ['a startup of protocol 3.2', client.startup({ user: 'anna' }, 2), EMPTY],
    ['a cancel request', client.cancel(1, 2), EMPTY],
    ['a simple query in the middle', client.query('select 1'), EMPTY],
    ['an extended query in the middle', join(client.bind('', 'S_1', ['7']), client.execute(''), client.sync), EMPTY],
    ['a result in the middle', EMPTY, rows],
    ['ready for query', EMPTY, server.ready('T')],
  ])('knows %s', (_name, sent, answered) => {
    expect(ask(sent, answered)).toBe('yes')
  })

  it.each<[string, Buffer | string, Buffer | string]>([
    ['a request without end', client.query('select 1').subarray(0, 9), EMPTY],
    ['a startup without end', client.startup({ user: 'anna' }).subarray(0, 6), EMPTY],
    ['Sync alone', client.sync, EMPTY],
    ['one letter of an answer', EMPTY, 'S'],
  ])('waits at %s', (_name, sent, answered) => {
    expect(ask(sent, answered)).toBe('maybe')
  })

  it.each<[string, Buffer | string, Buffer | string]>([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', EMPTY],
    ['SMTP', EMPTY, '220 mail.example.com ESMTP\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', EMPTY],
    ['Redis', '*1\r\n$4\r\nPING\r\n', '+PONG\r\n'],
    ['FTP', 'QUIT\r\n', '220 ready\r\n'],
    ['TLS', Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]), EMPTY],
    ['MySQL', EMPTY, Buffer.from('4a0000000a382e302e33320008000000', 'hex')],
    ['DNS over TCP', Buffer.from('001d1234010000010000000000000377777700', 'hex'), EMPTY],
    ['protocol 2', Buffer.from('0000012800020000', 'hex'), EMPTY],
    ['the roles exchanged', rows, client.query('select 1')],
    ['a row that lies', EMPTY, message('D', Buffer.from([0, 2, 0, 0, 0, 9, 1]))],
  ])('does not take %s', (_name, sent, answered) => {
    expect(ask(sent, answered)).toBe('no')
  })

  it('takes no noise', () => {
    let state = 11
    let taken = 0
    for (let run = 0; run < 20_000; run++) {
      const noise = Buffer.alloc(64)
      for (let i = 0; i < 64; i++) {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
        noise[i] = state >> 16
      }
      if (ask(noise) === 'yes' || ask(EMPTY, noise) === 'yes') taken++
    }
    expect(taken).toBe(0)
  })
})
