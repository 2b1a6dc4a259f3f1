import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { nfs } from '../../../src/protocols/nfs/index.js'
import type { Likeness } from '../../../src/protocols/protocol.js'
import { call, getattr, gotattr, record, xdr } from './build.js'

const cursor = (bytes: string | Uint8Array, last = false): Cursor => {
  const b = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
  return new Cursor().reset(b, 0, b.length, last)
}
const probe = (client: string | Uint8Array, server: string | Uint8Array, transport: 'tcp' | 'udp' = 'tcp', hinted = false): Likeness =>
  nfs.probe({
    client: cursor(client, transport === 'udp'),
    server: cursor(server, transport === 'udp'),
    transport,
    hinted,
    flow: { clientPort: 40000, serverPort: hinted ? 2049 : 4000, serverIp: '192.0.2.2' },
  })

describe('nfs probe', () => {
  it.each<[string, Likeness, Likeness]>([
    ['a call', probe(record(getattr(1)), ''), 'yes'],
    ['a call and its reply', probe(record(getattr(1)), record(gotattr(1))), 'yes'],
    ['a call in pieces', probe(record(getattr(1)).subarray(0, 20), ''), 'maybe'],
    ['a record mark', probe(record(getattr(1)).subarray(0, 3), ''), 'maybe'],
    ['a call whose first fragment is tiny', probe(record(getattr(1), 8), ''), 'maybe'],
    ['roles the wrong way round', probe(record(gotattr(1)), record(getattr(1))), 'no'],
    ['a reply on the known port', probe('', record(gotattr(1)), 'tcp', true), 'yes'],
    ['a reply elsewhere', probe('', record(gotattr(1))), 'maybe'],
    ['a datagram', probe(getattr(1), '', 'udp'), 'yes'],
    ['a reply as datagram', probe('', gotattr(1), 'udp'), 'no'],
    ['a reply as datagram on the known port', probe('', gotattr(1), 'udp', true), 'yes'],
    ['a program of somebody else', probe(record(call(1, 1, xdr(), { program: 300598, version: 1 })), ''), 'no'],
    ['a procedure that there is not', probe(record(call(1, 77, xdr())), ''), 'no'],
    ['an RPC version that there is not', probe(record(call(1, 0, xdr(), { rpc: 3 })), ''), 'no'],
    ['the same on the known port', probe(record(call(1, 0, xdr(), { rpc: 3 })), '', 'tcp', true), 'yes'],
    ['HTTP', probe('GET / HTTP/1.1\r\n\r\n', ''), 'no'],
    ['TLS', probe('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', ''), 'no'],
    ['zeros', probe(Buffer.alloc(200), ''), 'no'],
    ['ones', probe(Buffer.alloc(200, 0xff), '', 'tcp', true), 'no'],
    ['nothing', probe('', ''), 'no'],
  ])('%s', (_name, got, want) => {
    expect(got).toBe(want)
  })

  it('takes no noise for a call', () => {
    let state = 99
    const noise = Buffer.alloc(64)
    for (let i = 0; i < 20_000; i++) {
      for (let k = 0; k < noise.length; k++) {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
        noise[k] = state >>> 16
      }
      expect(probe(noise, '', 'udp')).toBe('no')
      expect(probe(noise, '')).toBe('no')
    }
  })
})

describe('contents', () => {
  it('reach no golden document', () => {
    const folder = join(resolve(import.meta.dirname, '../../..'), 'test/golden/nfs')
    for (const name of ['v3', 'v40', 'v42', 'libnfs-v3']) {
      expect(readFileSync(join(folder, '..', '..', '..', 'samples/nfs', `${name}.pcap`)).includes('S3CRET-nfs-')).toBe(true)
      expect(readFileSync(join(folder, `${name}.pcap.ndjson`), 'utf8')).not.toContain('S3CRET')
    }
  })
})
