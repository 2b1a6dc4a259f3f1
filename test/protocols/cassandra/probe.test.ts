/** What is recognised, from either side, in the middle; what is not. */
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { probe } from '../../../src/protocols/cassandra/probe.js'
import { run } from '../../support/run.js'
import { all, ask, execute, frame, i32, OP, query, reply, rows, segment, startup, str, TEXT, u16, VOID, values } from './talk.js'

const look = (client: Buffer, server: Buffer, hinted = false) =>
  probe({
    client: new Cursor().reset(client, 0, client.length),
    server: new Cursor().reset(server, 0, server.length),
    transport: 'tcp',
    hinted,
    flow: { clientPort: 40000, serverPort: hinted ? 9042 : 12345, serverIp: '192.0.2.2' },
  })
const NONE = Buffer.alloc(0)

describe('probe', () => {
  it('knows requests and answers, also in the middle', () => {
    expect(look(ask(0, OP.STARTUP, startup()), NONE)).toBe('yes')
    expect(look(ask(7, OP.QUERY, query('SELECT a FROM t')), NONE)).toBe('yes')
    expect(look(ask(7, OP.EXECUTE, execute(Buffer.alloc(16, 1), values('x'))), NONE)).toBe('yes')
    expect(look(NONE, reply(7, OP.RESULT, rows([['a', TEXT]], [['x']])))).toBe('yes')
    expect(look(NONE, reply(-1, OP.EVENT, all(str('STATUS_CHANGE'), str('UP'))))).toBe('yes')
    expect(look(segment(frame(5, 7, OP.QUERY, query('SELECT a FROM t', 5))), NONE)).toBe('yes')
    // The server is in the middle of a long answer.
    expect(look(ask(7, OP.QUERY, query('SELECT a FROM t')), Buffer.from('the middle of something'))).toBe('yes')
  })

  it('waits for more where little is said', () => {
    expect(look(ask(0, OP.OPTIONS), NONE)).toBe('maybe')
    expect(look(ask(0, OP.OPTIONS), reply(0, OP.SUPPORTED, all(u16(1), str('COMPRESSION'), u16(0))))).toBe('yes')
    expect(look(NONE, reply(7, OP.RESULT, VOID))).toBe('maybe')
    expect(look(ask(7, OP.QUERY, Buffer.alloc(30, 0xaa), 1), NONE)).toBe('maybe')
    expect(look(ask(7, OP.QUERY, Buffer.alloc(30, 0xaa), 1), reply(7, OP.RESULT, Buffer.alloc(30, 0xbb), 1))).toBe('yes')
    expect(look(ask(0, OP.STARTUP, startup()).subarray(0, 5), NONE)).toBe('maybe')
  })

  it('knows who is who', () => {
    expect(look(reply(7, OP.RESULT, rows([['a', TEXT]], [['x']])), ask(7, OP.QUERY, query('SELECT a FROM t')))).toBe('no')
  })

  it('leaves others alone', () => {
    const others = [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'EHLO somebody\r\n',
      '220 mail ESMTP\r\n',
      '*1\r\n$4\r\nPING\r\n',
      '\x05\x00\x00\x00\x03SELECT 1',
      '\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaa',
      '\x00\x00\x00\x08\x04\xd2\x16\x2f',
      'AMQP\x00\x00\x09\x01\x00\x00',
      '\x05\x01\x00\x05\x01\x00\x03\x0bexample.com\x00\x50',
      '\x01\x00\x00\x00\x0e\x01\x00\x00\x00\x0e',
    ]
    for (const other of others) {
      const bytes = Buffer.from(other, 'latin1')
      expect(look(bytes, NONE), other).not.toBe('yes')
      expect(look(NONE, bytes), other).not.toBe('yes')
      if (bytes.length >= 9) expect(look(bytes, NONE, true), other).toBe('no')
    }
  })

  it('is not taken in by noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (a, b) => {
        expect(look(Buffer.from(a), Buffer.from(b), true)).not.toBe('yes')
      }),
      { numRuns: 5000 },
    )
  })

  it('takes no row from the other samples', async () => {
    for (const folder of ['smtp', 'http', 'dns', 'icmp'])
      for (const file of readdirSync(new URL(`../../../samples/${folder}/`, import.meta.url)).filter((name) => name.endsWith('.pcap'))) {
        const { sink } = await run([new URL(`../../../samples/${folder}/${file}`, import.meta.url).pathname])
        expect(sink.meaning('cassandra'), file).toEqual([])
      }
  })

  it('knows an answer that is an error', () => {
    expect(look(NONE, reply(1, OP.ERROR, all(i32(0x2000), str('line 1:0 no viable alternative'))))).toBe('yes')
  })
})
