/** EDNS: the OPT record, its options, and the upper bits of the response code. */
import { describe, expect, it } from 'vitest'
import { dns } from '../../../src/protocols/dns/index.js'
import { drive } from '../../support/drive.js'
import { a, type Bytes, bytes, hex, message, name, opt, option, pointer, query, question, RESPONSE, u16, u32 } from './build.js'

const DO = 0x8000

const rowWith = async (options: Bytes, upperRcode = 0, rcode = 0, flags = 0) => {
  const driven = await drive(
    dns,
    [
      ['client', message({ questions: [question('e.test')], additionals: [opt()] })],
      [
        'server',
        message({ flags: RESPONSE | rcode, questions: [question('e.test')], additionals: [opt(options, 4096, upperRcode, flags)] }),
      ],
    ],
    { transport: 'udp' },
  )
  return driven.transactions[0]!
}

const options: readonly [title: string, data: Bytes, expected: Record<string, unknown>][] = [
  ['LLQ', option(1, bytes(u16(1), u16(1), u16(0), u32(0), u32(5), u32(60))), { llq: '1 1 0 5 60' }],
  ['UL', option(2, u32(3600)), { ul: 3600 }],
  ['NSID', option(3, 'ns1'), { nsid: '6e7331', nsid_text: 'ns1' }],
  [
    'DAU DHU N3U',
    bytes(option(5, [8, 13]), option(6, [2]), option(7, [1])),
    { dau: 'RSASHA256 ECDSAP256SHA256', dhu: 'SHA256', n3u: 'SHA1' },
  ],
  ['client subnet of IPv4', option(8, [0, 1, 24, 0, 198, 51, 100]), { subnet: '198.51.100.0/24/0' }],
  ['client subnet of IPv6', option(8, bytes([0, 2, 32, 16], hex('20010db8'))), { subnet: '2001:db8::/32/16' }],
  ['client subnet longer than an address', option(8, [0, 1, 24, 0, 1, 2, 3, 4, 5]), { local: ['8:0x000118000102030405'] }],
  ['EXPIRE', option(9, u32(86400)), { expire: 86400 }],
  ['COOKIE', option(10, hex('0102030405060708')), { cookie: '0102030405060708' }],
  ['keepalive', option(11, u16(120)), { keepalive_ms: 12000 }],
  ['padding of zeros', option(12, [0, 0, 0]), { padding: 3 }],
  ['padding that hides something', option(12, 'hi'), { padding: 2, padding_data: '6869' }],
  ['CHAIN', option(13, name('a.test')), { chain: 'a.test' }],
  ['KEY-TAG', option(14, bytes(u16(1), u16(19036))), { key_tags: [1, 19036] }],
  [
    'extended errors',
    bytes(option(15, bytes(u16(22), 'no server')), option(15, u16(3))),
    {
      ede: [
        { code: 22, name: 'No Reachable Authority', text: 'no server' },
        { code: 3, name: 'Stale Answer' },
      ],
    },
  ],
  ['an option without a name', option(65001, hex('dead')), { local: ['65001:0xdead'] }],
  ['a known option of the wrong length', option(2, [1]), { local: ['2:0x01'] }],
]

describe('EDNS', () => {
  it.each(options)('option: %s', async (_title, data, expected) => {
    const tx = await rowWith(data)
    expect(tx.row.opt).toEqual({ do: false, version: '0', udp_size: 4096, ext_rcode: 'NOERROR', ...expected })
    expect(tx.row.additionals_count).toBe(0)
  })

  it('says DO, and names it among the flags', async () => {
    const tx = await rowWith([], 0, 0, DO)
    expect(tx.row.opt).toMatchObject({ do: true })
    expect(tx.row.header_flags).toEqual(['RD', 'RA', 'DO'])
  })

  it.each([
    [1, 7, 'BADCOOKIE', 'BADCOOKIE'],
    [1, 0, 'BADSIG_VERS', 'BADVERS'],
    [0, 3, 'NXDOMAIN', 'NOERROR'],
    [9, 1, '145', '145'],
  ])('upper bits %i with %i are %s', async (upper, lower, code, extended) => {
    const tx = await rowWith([], upper, lower)
    expect(tx.row.response_code).toBe(code)
    expect(tx.row.opt).toMatchObject({ ext_rcode: extended })
    expect(tx.status).toBe('Error')
    expect(tx.error).toBe(code)
  })

  it('puts extended errors into why it failed', async () => {
    const tx = await rowWith(option(15, bytes(u16(22), 'all down')), 0, 2)
    expect(tx.error).toBe('SERVFAIL; No Reachable Authority: all down')
  })

  it('keeps the options of the query beside those of the response', async () => {
    const driven = await drive(
      dns,
      [
        ['client', message({ questions: [question('e.test')], additionals: [opt(option(10, hex('0102030405060708')))] })],
        ['server', message({ flags: RESPONSE, questions: [question('e.test')], additionals: [opt()] })],
      ],
      { transport: 'udp' },
    )
    expect(driven.transactions[0]!.row.query_opt).toMatchObject({ cookie: '0102030405060708' })
  })

  it('notes EDNS on one side only, and datagrams that are too large without it', async () => {
    const many = Array.from({ length: 40 }, (_, i) => a(pointer(12), `10.0.0.${i}`))
    const plain = message({ id: 2, flags: RESPONSE, questions: [question('e.test')], answers: many })
    const driven = await drive(
      dns,
      [
        ['client', message({ questions: [question('e.test')], additionals: [opt()] })],
        ['server', message({ flags: RESPONSE, questions: [question('e.test')] })],
        ['client', query('e.test', 1, 2)],
        ['server', plain],
        ['client', query('e.test', 1, 3)],
        ['server', message({ id: 3, flags: RESPONSE, questions: [question('e.test')], additionals: [opt()] })],
      ],
      { transport: 'udp' },
    )
    expect(driven.transactions.map((tx) => tx.notes)).toEqual([
      ['The query used EDNS, the response does not.'],
      [`The response takes ${plain.length} bytes, more than the 512 of a datagram without EDNS.`],
      ['The response uses EDNS, the query did not.'],
    ])
  })

  it('survives options that overrun the record', async () => {
    const tx = await rowWith([0, 10, 255, 255, 1])
    expect(tx.row.opt).toMatchObject({ udp_size: 4096 })
    expect(tx.notes).toEqual(['Response: The data of a record does not have the form of the type (OPT).'])
  })

  it('keeps at most 64 options', async () => {
    const tx = await rowWith(bytes(...Array.from({ length: 5000 }, () => option(65001, []))))
    expect((tx.row.opt as { local: string[] }).local).toHaveLength(64)
    expect(tx.complete).toBe('complete')
  })
})
