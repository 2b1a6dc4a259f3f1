/** Every record type with its bytes: what a row says about it. */
import { describe, expect, it } from 'vitest'
import { dns } from '../../../src/protocols/dns/index.js'
import { drive } from '../../support/drive.js'
import { type Bytes, bytes, hex, name, pointer, query, record, response, str, u16, u32 } from './build.js'

const answerOf = async (type: number, data: Bytes): Promise<Record<string, unknown>> => {
  const driven = await drive(
    dns,
    [
      ['client', query('q.test', type)],
      ['server', response('q.test', [record(pointer(12), type, data)], type)],
    ],
    { transport: 'udp' },
  )
  expect(driven.transactions).toHaveLength(1)
  const tx = driven.transactions[0]!
  expect(tx.complete).toBe('complete')
  const answers = tx.row.answers as Record<string, unknown>[]
  const { name: owner, class: klass, ttl, ...rest } = answers[0]!
  expect([owner, klass, ttl]).toEqual(['q.test', 'IN', 300])
  return rest
}

const cases: readonly [title: string, type: number, data: Bytes, expected: Record<string, unknown>][] = [
  ['A', 1, [192, 0, 2, 7], { type: 'A', data: '192.0.2.7' }],
  ['NS', 2, name('ns1.q.test'), { type: 'NS', data: 'ns1.q.test' }],
  ['NS with a pointer', 2, bytes(str('ns2'), pointer(12)), { type: 'NS', data: 'ns2.q.test' }],
  ['CNAME', 5, name('c.test'), { type: 'CNAME', data: 'c.test' }],
  [
    'SOA',
    6,
    bytes(name('m.test'), name('root.m.test'), u32(2024010101), u32(7200), u32(900), u32(1209600), u32(86400)),
    {
      type: 'SOA',
      data: 'm.test',
      rname: 'root.m.test',
      serial: 2024010101,
      refresh: 7200,
      retry: 900,
      expire: 1209600,
      minimum: 86400,
    },
  ],
  ['NULL is bytes', 10, [1, 2, 255], { type: 'NULL', data: '0102ff' }],
  ['PTR', 12, name('host.test'), { type: 'PTR', data: 'host.test' }],
  ['HINFO', 13, bytes(str('RFC8482'), str('')), { type: 'HINFO', cpu: 'RFC8482', os: '', data: 'RFC8482 ' }],
  ['MX', 15, bytes(u16(10), name('mx.test')), { type: 'MX', preference: 10, data: 'mx.test' }],
  ['TXT', 16, str('v=spf1 -all'), { type: 'TXT', data: 'v=spf1 -all' }],
  ['TXT of several strings', 16, bytes(str('a'), str('b c')), { type: 'TXT', data: 'a b c', strings: ['a', 'b c'] }],
  ['TXT in UTF-8', 16, str('grün'), { type: 'TXT', data: 'grün' }],
  ['TXT of other bytes', 16, [4, 0x61, 0xff, 0x0a, 0x5c], { type: 'TXT', data: 'a\\255\\010\\\\' }],
  ['RP', 17, bytes(name('me.test'), name('txt.test')), { type: 'RP', data: 'me.test txt.test' }],
  ['AAAA', 28, hex('20010db8000000000000000000000001'), { type: 'AAAA', data: '2001:db8::1' }],
  [
    'LOC',
    29,
    hex('00 12 16 13 8b0d2c8d 7ff9d7c8 0098 a5f8'),
    { type: 'LOC', data: '51 30 12.749 N 0 6 43.512 W 39.60m 1.00m 10000.00m 10.00m' },
  ],
  ['SRV', 33, bytes(u16(1), u16(2), u16(5060), name('sip.test')), { type: 'SRV', priority: 1, weight: 2, port: 5060, data: 'sip.test' }],
  [
    'NAPTR',
    35,
    bytes(u16(100), u16(10), str('u'), str('E2U+sip'), str('!^.*$!sip:a@b!'), name('')),
    {
      type: 'NAPTR',
      order: 100,
      preference: 10,
      flags: 'u',
      service: 'E2U+sip',
      regexp: '!^.*$!sip:a@b!',
      replacement: '.',
      data: '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
    },
  ],
  ['CERT', 37, bytes(u16(1), u16(7), [8], 'abc'), { type: 'CERT', cert_type: 1, key_tag: 7, algorithm: 'RSASHA256', data: 'YWJj' }],
  ['DNAME', 39, name('d.test'), { type: 'DNAME', data: 'd.test' }],
  [
    'DS',
    43,
    bytes(u16(45586), [5, 1], hex('d0fd')),
    { type: 'DS', key_tag: 45586, algorithm: 'RSASHA1', digest_type: 'SHA1', data: 'D0FD' },
  ],
  ['SSHFP', 44, bytes([4, 2], hex('abcd')), { type: 'SSHFP', algorithm: 'ED25519', fingerprint_type: 'SHA256', data: 'abcd' }],
  [
    'RRSIG',
    46,
    bytes(u16(1), [13, 2], u32(300), u32(1360252164), u32(1358434164), u16(41790), name('test'), 'sig'),
    {
      type: 'RRSIG',
      type_covered: 'A',
      algorithm: 'ECDSAP256SHA256',
      labels: 2,
      original_ttl: 300,
      expiration: '20130207154924',
      inception: '20130117144924',
      key_tag: 41790,
      signer_name: 'test',
      data: 'c2ln',
    },
  ],
  ['NSEC', 47, bytes(name('b.test'), [0, 4, 0x40, 0x01, 0x00, 0x08]), { type: 'NSEC', data: 'b.test', type_bits: 'A MX AAAA' }],
  ['DNSKEY', 48, bytes(u16(257), [3, 8], 'key'), { type: 'DNSKEY', flags: 257, protocol: 3, algorithm: 'RSASHA256', data: 'a2V5' }],
  [
    'NSEC3',
    50,
    bytes([1, 1], u16(12), [4], hex('aabbccdd'), [5], hex('0102030405'), [0, 1, 0x62]),
    { type: 'NSEC3', hash: 1, flags: 1, iterations: 12, salt: 'aabbccdd', data: '04106105', type_bits: 'A NS SOA' },
  ],
  ['NSEC3PARAM', 51, [1, 0, 0, 10, 0], { type: 'NSEC3PARAM', hash: 1, flags: 0, iterations: 10, salt: '', data: '1 0 10 -' }],
  [
    'TLSA',
    52,
    bytes([3, 1, 1], hex('beef')),
    { type: 'TLSA', usage: 3, selector: 1, matching_type: 1, certificate: 'beef', data: '3 1 1 beef' },
  ],
  ['CDS', 59, bytes(u16(1), [8, 2], hex('ff')), { type: 'CDS', key_tag: 1, algorithm: 'RSASHA256', digest_type: 'SHA256', data: 'FF' }],
  ['CDNSKEY', 60, bytes(u16(256), [3, 15], 'k'), { type: 'CDNSKEY', flags: 256, protocol: 3, algorithm: 'ED25519', data: 'aw==' }],
  ['OPENPGPKEY', 61, 'pgp', { type: 'OPENPGPKEY', data: 'cGdw' }],
  ['CSYNC', 62, bytes(u32(66), u16(3), [0, 1, 0x40]), { type: 'CSYNC', serial: 66, flags: 3, type_bits: 'A', data: '66 3 A' }],
  ['ZONEMD', 63, bytes(u32(1), [1, 1], hex('cafe')), { type: 'ZONEMD', serial: 1, scheme: 1, hash: 1, data: 'cafe' }],
  [
    'SVCB with keys of all kinds',
    64,
    bytes(
      u16(1),
      name('svc.test'),
      u16(0),
      u16(2),
      u16(1),
      u16(1),
      u16(3),
      str('h2'),
      u16(2),
      u16(0),
      u16(7),
      u16(5),
      '/q{?d',
      u16(667),
      u16(2),
      'hi',
    ),
    {
      type: 'SVCB',
      priority: 1,
      target: 'svc.test',
      params: { mandatory: ['alpn'], alpn: ['h2'], 'no-default-alpn': true, dohpath: '/q{?d', key667: '6869' },
      data: '1 svc.test mandatory=alpn alpn=h2 no-default-alpn dohpath=/q{?d key667=6869',
    },
  ],
  [
    'HTTPS',
    65,
    bytes(
      u16(1),
      name(''),
      u16(1),
      u16(6),
      str('h2'),
      str('h3'),
      u16(3),
      u16(2),
      u16(8443),
      u16(4),
      u16(4),
      [192, 0, 2, 1],
      u16(6),
      u16(16),
      hex('20010db8000000000000000000000001'),
    ),
    {
      type: 'HTTPS',
      priority: 1,
      target: '.',
      params: { alpn: ['h2', 'h3'], port: 8443, ipv4hint: ['192.0.2.1'], ipv6hint: ['2001:db8::1'] },
      data: '1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1',
    },
  ],
  ['SPF', 99, str('v=spf1'), { type: 'SPF', data: 'v=spf1' }],
  ['EUI48', 108, hex('00005e0053 2a'), { type: 'EUI48', data: '00-00-5e-00-53-2a' }],
  [
    'TKEY',
    249,
    bytes(name('gss-tsig'), u32(0), u32(86400), u16(3), u16(18), u16(2), hex('abcd'), u16(0)),
    {
      type: 'TKEY',
      algorithm: 'gss-tsig',
      inception: '19700101000000',
      expiration: '19700102000000',
      mode: 3,
      error: 'BADTIME',
      data: 'abcd',
    },
  ],
  ['URI', 256, bytes(u16(10), u16(1), 'http://w.test/'), { type: 'URI', priority: 10, weight: 1, data: 'http://w.test/' }],
  [
    'CAA',
    257,
    bytes([128], str('issue'), 'ca.test'),
    { type: 'CAA', flags: 128, tag: 'issue', value: 'ca.test', data: '128 issue "ca.test"' },
  ],
  ['DLV', 32769, bytes(u16(1), [5, 1], hex('0a')), { type: 'DLV', key_tag: 1, algorithm: 'RSASHA1', digest_type: 'SHA1', data: '0A' }],
  ['a type without a name', 65280, [1, 2], { type: 'TYPE65280', data: '0102' }],
]

describe('record types', () => {
  it.each(cases)('%s', async (_title, type, data, expected) => {
    expect(await answerOf(type, data)).toEqual(expected)
  })

  it.each(cases.filter(([, type]) => type !== 10 && type < 60000))(
    '%s, cut inside its data, is kept as bytes',
    async (_title, type, data) => {
      const whole = bytes(data)
      // One byte is too little for any of them but a string that says it is empty.
      const cut = whole.subarray(0, 1)
      const driven = await drive(
        dns,
        [
          ['client', query('q.test', type)],
          ['server', response('q.test', [record(pointer(12), type, cut), record(pointer(12), 1, [1, 2, 3, 4])], type)],
        ],
        { transport: 'udp' },
      )
      const answers = driven.transactions[0]!.row.answers as Record<string, unknown>[]
      expect(answers).toHaveLength(2)
      expect(answers[1]).toMatchObject({ data: '1.2.3.4' })
      const opaque = [49, 61].includes(type)
      if (!opaque && !(whole.length > 0 && whole[0] === 0)) expect([answers[0]!.data, answers[0]!.raw]).toContain(cut.toString('hex'))
    },
  )
})
