import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import type { Likeness } from '../../../src/protocols/protocol.js'
import { tls } from '../../../src/protocols/tls/index.js'
import {
  alert,
  changed,
  clientHello,
  clientKey,
  dtls,
  fragment,
  handshake,
  helloDone,
  join,
  keyExchange,
  record,
  sealed,
  serverHello,
} from './build.js'

const ask = (client: Uint8Array | string, server: Uint8Array | string = '', transport: 'tcp' | 'udp' = 'tcp', hinted = false): Likeness => {
  const cursor = (bytes: Uint8Array | string): Cursor => {
    const buf = Buffer.from(bytes)
    return new Cursor().reset(buf, 0, buf.length)
  }
  const flow = { clientPort: 50_000, serverPort: hinted ? 443 : 4444, serverIp: '192.0.2.2' }
  return tls.probe({ client: cursor(client), server: cursor(server), transport, hinted, flow })
}
const ssl2 = Buffer.from('801c0103010003000000100000050102030405060708090a0b0c0d0e0f10', 'hex')

describe('over TCP', () => {
  it('knows hellos from either side, on any port, and which side they belong to', () => {
    expect(ask(handshake(clientHello()))).toBe('yes')
    expect(ask('', handshake(serverHello()))).toBe('yes')
    expect(ask(handshake(serverHello()))).toBe('no')
    expect(ask('', handshake(clientHello()))).toBe('no')
    expect(ask(ssl2)).toBe('yes')
    expect(ask('', alert(2, 40))).toBe('yes')
  })
  it('waits while a head is incomplete', () => {
    const hello = handshake(clientHello())
    for (let i = 1; i < 11; i++) expect(ask(hello.subarray(0, i)), String(i)).toBe('maybe')
    expect(ask(ssl2.subarray(0, 6))).toBe('maybe')
  })
  it('knows by the messages of one side whose they are', () => {
    for (const message of [keyExchange]) expect([ask('', handshake(message)), ask(handshake(message))]).toEqual(['yes', 'no'])
    expect([ask(handshake(clientKey)), ask('', handshake(clientKey))]).toEqual(['yes', 'no'])
  })
  it('knows the middle of a connection by one record behind another', () => {
    expect(ask(join(sealed(300), sealed(20)))).toBe('yes')
    expect(ask(sealed(300))).toBe('maybe')
    expect(ask(sealed(300), sealed(300))).toBe('yes')
    expect(ask(join(changed, sealed(40, 22)))).toBe('yes')
    expect(ask(sealed(300).subarray(0, 100), sealed(300).subarray(0, 100))).toBe('yes')
  })
  it('leaves others alone', () => {
    for (const other of [
      'GET / HTTP/1.1\r\n\r\n',
      'EHLO a.example\r\n',
      '\x16\x03\x01 this is none\r\n',
      '\x00\x1d\x12\x34\x01\x00',
      '\x80\x00\x00\x28\x01\x02\x03\x04\x00\x00\x00\x00',
    ])
      expect(ask(Buffer.from(other, 'latin1'), '', 'tcp', true), other).toBe('no')
    expect(ask(join(sealed(300), Buffer.from('plain text')))).toBe('no')
    expect(ask(record(22, Buffer.alloc(3000, 0x68)))).toBe('no')
    expect(ask(Buffer.from('170309000a', 'hex'))).toBe('no')
  })
  it('is not found in noise', () => {
    let seed = 7
    const next = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
      return seed >> 16
    }
    for (let i = 0; i < 20_000; i++) expect(ask(Buffer.from(Array.from({ length: 32 }, next)))).not.toBe('yes')
  })
})

describe('over UDP', () => {
  const hello = dtls(22, 0, 0, fragment(clientHello({ cookie: Buffer.alloc(0) }), 0))
  it('knows DTLS by every record of a datagram', () => {
    expect(ask(hello, '', 'udp')).toBe('yes')
    expect(ask('', hello, 'udp')).toBe('no')
    for (const message of [serverHello(), keyExchange, helloDone])
      expect([ask('', dtls(22, 0, 3, fragment(message, 1)), 'udp'), ask(dtls(22, 0, 3, fragment(message, 1)), '', 'udp')]).toEqual([
        'yes',
        'no',
      ])
    const key = dtls(22, 0, 3, fragment(clientKey, 1))
    expect([ask(key, '', 'udp'), ask('', key, 'udp')]).toEqual(['yes', 'no'])
    expect(ask(join(dtls(23, 1, 5, Buffer.alloc(50)), dtls(21, 1, 6, Buffer.alloc(18))), '', 'udp')).toBe('yes')
    expect(ask(join(dtls(23, 1, 5, Buffer.alloc(50)), Buffer.alloc(3)), '', 'udp')).toBe('no')
    expect(ask(hello.subarray(0, 40), '', 'udp')).toBe('no')
    expect(ask(Buffer.from('123401000001000000000000', 'hex'), '', 'udp')).toBe('no')
  })
})
