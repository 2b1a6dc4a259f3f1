/** MongoDB is told by a header and the document behind it, from either side, on any port; its imitators are not taken for it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { probe } from '../../../src/protocols/mongodb/probe.js'
import { ask, bson, cstring, i32, i64, message, opReply, query, reply, section, sequence, zlib } from './talk.js'

const look = (client: Buffer, server: Buffer, hinted = false) => ({
  client: new Cursor().reset(client, 0, client.length),
  server: new Cursor().reset(server, 0, server.length),
  transport: 'tcp' as const,
  hinted,
  flow: { clientPort: 40000, serverPort: 27017, serverIp: '192.0.2.2' },
})
const NONE = Buffer.alloc(0)
const requests = [
  ask(1, { find: 'c', $db: 'd' }),
  message(2013, 1, 0, i32(0), sequence('documents', [{ a: 1 }]), section({ insert: 'c', $db: 'd' })),
  zlib(ask(1, { ping: 1, $db: 'd' })),
  query(1, 'd.$cmd', { isMaster: 1 }),
  message(2001, 1, 0, i32(0), cstring('d.c'), i32(0), bson({ a: 1 }), bson({ b: 1 })),
  message(2002, 1, 0, i32(0), cstring('d.c'), bson({ a: 1 })),
  message(2005, 1, 0, i32(0), cstring('d.c'), i32(3), i64(77n)),
  message(2006, 1, 0, i32(0), cstring('d.c'), i32(0), bson({ a: 1 })),
  message(2007, 1, 0, i32(0, 1), i64(5n)),
  message(2010, 1, 0, cstring('d'), cstring('ping'), bson({ ping: 1 }), bson({})),
]
const answers = [reply(1, { ok: 1 }), zlib(reply(1, { ok: 1 })), opReply(1, [{ ok: 1 }]), opReply(1, [])]

describe('probe', () => {
  test.each(requests.map((bytes) => [bytes.readInt32LE(12), bytes] as const))('a request of opcode %i', (_, bytes) => {
    expect(probe(look(bytes, NONE))).toBe('yes')
    expect(probe(look(NONE, bytes))).toBe('no')
    for (let end = 1; end < bytes.length; end++) expect(probe(look(bytes.subarray(0, end), NONE)), `${end} bytes`).not.toBe('no')
  })

  test.each(answers.map((bytes) => [bytes.readInt32LE(12), bytes] as const))('an answer of opcode %i', (_, bytes) => {
    expect(probe(look(NONE, bytes))).toBe('yes')
    expect(probe(look(bytes, NONE))).toBe('no')
  })

  test.each([
    ['an opcode nobody knows', message(2269, 1, 0, i32(0), section({ insert: 'c', $db: 'd' }))],
    ['a length of 2 GB', Buffer.concat([i32(0x7fffffff, 1, 0, 2013), Buffer.alloc(20)])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: example\r\n\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['zeros', Buffer.alloc(64)],
    ['an OP_MSG whose document is none', message(2013, 1, 0, i32(0), Buffer.from([0]), i32(400), Buffer.alloc(40, 1))],
  ])('%s is not', (_, bytes) => {
    expect(probe(look(bytes, NONE, true))).toBe('no')
    expect(probe(look(NONE, bytes, true))).toBe('no')
  })

  test('noise is not', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 200 }), (bytes) => probe(look(Buffer.from(bytes), NONE)) === 'no'))
  })
})
