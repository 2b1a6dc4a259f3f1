/** What is taken for DNS, where, and what is not. */
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import type { Transport } from '../../../src/model/side.js'
import { dns } from '../../../src/protocols/dns/index.js'
import type { Likeness } from '../../../src/protocols/protocol.js'
import { a, bytes, framed, hex, message, name, opt, pointer, query, question, response, soa, u16 } from './build.js'

interface Asked {
  client?: Uint8Array
  server?: Uint8Array
  transport?: Transport
  hinted?: boolean
  clientPort?: number
  serverPort?: number
}
const cursor = (b: Uint8Array | undefined) => new Cursor().reset(Buffer.from(b ?? []), 0, b?.length ?? 0, true)
const probe = ({ client, server, transport = 'udp', hinted = false, clientPort = 40000, serverPort = 8053 }: Asked): Likeness =>
  dns.probe({
    client: cursor(client),
    server: cursor(server),
    transport,
    hinted,
    flow: { clientPort, serverPort: hinted ? 53 : serverPort, serverIp: '192.0.2.2' },
  })

const answer = response('www.test', [a(pointer(12), '192.0.2.1')])

describe('datagrams', () => {
  it.each<[string, Asked, Likeness]>([
    ['a query', { client: query('www.test') }, 'yes'],
    ['a query with EDNS', { client: message({ questions: [question('www.test')], additionals: [opt()] }) }, 'yes'],
    ['a response', { server: answer }, 'yes'],
    ['both', { client: query('www.test'), server: answer }, 'yes'],
    ['a query on the side of the server', { server: query('www.test') }, 'no'],
    ['a response on the side of the client', { client: answer }, 'no'],
    ['a query with a byte too many', { client: bytes(query('www.test'), [0]) }, 'no'],
    ['a cut query', { client: query('www.test').subarray(0, 24) }, 'no'],
    ['an unknown type', { client: query('www.test', 60000) }, 'no'],
    ['an unknown class', { client: message({ questions: [bytes(name('a.test'), u16(1), u16(77))] }) }, 'no'],
    ['two questions', { client: message({ questions: [question('a.test'), question('b.test')] }) }, 'no'],
    ['nothing', {}, 'no'],
  ])('%s, on a strange port', (_title, asked, expected) => {
    expect(probe(asked)).toBe(expected)
  })

  it.each<[string, Asked, Likeness]>([
    ['a query', { client: query('www.test') }, 'yes'],
    ['a cut response', { server: answer.subarray(0, 30) }, 'yes'],
    ['a response on the side of the client', { client: answer }, 'maybe'],
    ['noise', { client: Buffer.from('this is not it at all') }, 'maybe'],
    ['a few bytes', { client: Buffer.from([1, 2]) }, 'maybe'],
    ['nothing', {}, 'no'],
  ])('%s, on port 53', (_title, asked, expected) => {
    expect(probe({ ...asked, hinted: true })).toBe(expected)
  })

  it('leaves the ports of the siblings to them', () => {
    for (const serverPort of [137, 5353, 5355]) expect(probe({ client: query('www.test'), serverPort })).toBe('no')
    expect(probe({ client: query('www.test'), clientPort: 5353, hinted: true })).toBe('yes')
  })

  const encoded = 'CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  it.each<[string, Uint8Array]>([
    ['NetBIOS name query', message({ flags: 0x0110, questions: [bytes(name(encoded), u16(32), u16(1))] })],
    ['NTP', bytes(hex('e30004fa000100000001000000000000'), Buffer.alloc(24), hex('c50204eceec42ee9'))],
    ['STUN binding request', bytes(hex('000100002112a442'), Buffer.alloc(12, 7))],
    ['memcached over UDP', bytes(hex('0001000000010000'), 'get key\r\n')],
    ['QUIC initial', bytes(hex('c300000001088394c8f03e5157080000449e'), Buffer.alloc(100, 0x5a))],
    ['RTP', bytes(hex('80000001000000a0deadbeef'), Buffer.alloc(160, 0xff))],
    ['SNMP', hex('302602010104067075626c6963a019020404ae4a3e020100020100300b300906052b060102010500')],
    ['syslog', Buffer.from('<34>Oct 11 22:14:15 host su: failed')],
    ['DHCP', bytes(hex('01010600'), Buffer.alloc(236), hex('63825363'))],
    ['TFTP', bytes([0, 1], 'file.bin\0octet\0')],
    ['RADIUS', bytes([1, 1, 0, 20], Buffer.alloc(16, 3))],
    ['zeros', Buffer.alloc(64)],
  ])('%s is not DNS', (_title, datagram) => {
    expect(probe({ client: datagram })).toBe('no')
    expect(probe({ server: datagram })).toBe('no')
  })
})

describe('streams', () => {
  const transfer = framed(message({ flags: 0x8400, questions: [], answers: [soa(name('z.test'), 1)] }))
  it.each<[string, Asked, Likeness]>([
    ['a query', { client: framed(query('www.test')) }, 'yes'],
    ['two queries', { client: framed(query('www.test'), query('b.test')) }, 'yes'],
    ['query and response', { client: framed(query('www.test')), server: framed(answer) }, 'yes'],
    ['a later part of a transfer', { server: transfer }, 'yes'],
    ['half a query', { client: framed(query('www.test')).subarray(0, 20) }, 'maybe'],
    ['one byte', { client: Buffer.from([0]) }, 'maybe'],
    ['HTTP', { client: Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n') }, 'no'],
    ['TLS', { client: bytes(hex('160301020001000'.padEnd(16, '0')), Buffer.alloc(600)) }, 'no'],
    ['a query and a foreign response', { client: framed(query('www.test')), server: Buffer.from('220 ready\r\n and more text') }, 'no'],
  ])('%s, on a strange port', (_title, asked, expected) => {
    expect(probe({ ...asked, transport: 'tcp' })).toBe(expected)
  })

  it('finds the response of a stream whose start is missing, on port 53', () => {
    expect(probe({ server: framed(answer), transport: 'tcp', hinted: true })).toBe('yes')
    expect(probe({ client: Buffer.from('SSH-2.0-OpenSSH_9.6 and some more'), transport: 'tcp', hinted: true })).toBe('no')
  })
})
