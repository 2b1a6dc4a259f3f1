import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { dhcpv6 } from '../../../src/protocols/dhcpv6/index.js'
import { readMessage } from '../../../src/protocols/dhcpv6/message.js'
import { drive } from '../../support/drive.js'
import { address, CLIENT, iaNa, iaPd, ip6, message, name, opt, prefix, relayed, SERVER, status, u16, u32 } from './messages.js'

const DOWN = [2, 7, 10, 13, 15, 21]

async function lone(bytes: Uint8Array, showSecrets = false) {
  const { transactions, anomalies } = await drive(dhcpv6, [[DOWN.includes(bytes[0]!) ? 'server' : 'client', bytes]], { showSecrets })
  expect(transactions).toHaveLength(1)
  return { tx: transactions[0]!, row: transactions[0]!.row, anomalies }
}

describe('options', () => {
  it('tell all a server hands out', async () => {
    const { row, anomalies } = await lone(
      message(
        7,
        0xa1b2c3,
        CLIENT,
        SERVER,
        iaNa(address('2001:db8::5', 3600, 7200), address('2001:db8::4', 0, 0)),
        opt(4, u32(5), address('2001:db8::7777', 60, 120, status(0, 'all well'))),
        iaPd(prefix('2001:db8:1200::', 56, 3600, 4294967295)),
        opt(7, [255]),
        opt(12, ip6('2001:db8::1')),
        opt(20),
        opt(21, name('sip.example.org')),
        opt(22, ip6('2001:db8::60')),
        opt(23, ip6('2001:db8::53', '2001:db8::54')),
        opt(24, name('example.org'), name('quay.example.org')),
        opt(31, ip6('2001:db8::123')),
        opt(32, u32(86400)),
        opt(41, 'EST5EDT4'),
        opt(42, 'Europe/Zurich'),
        opt(56, opt(1, ip6('2001:db8::7b')), opt(3, name('ntp.example.org'))),
        opt(59, 'tftp://[2001:db8::69]/boot.efi'),
        opt(60, u16(9), 'root=/dev', u16(2), 'ro'),
        opt(64, name('aftr.example.org')),
        opt(82, u32(3600)),
        opt(86, ip6('2001:db8::7')),
        opt(103, 'https://portal.example/api'),
        opt(200, [1, 2]),
        opt(201, Buffer.alloc(600, 7)),
      ),
    )
    expect(anomalies).toEqual([])
    expect(row).toMatchObject({
      transaction_id: '0xa1b2c3',
      assigned_ips: ['2001:db8::5', '2001:db8::7777'],
      assigned_prefixes: ['2001:db8:1200::/56'],
      lease_seconds: 7200,
      preferred_seconds: 3600,
      renewal_seconds: 1800,
      rebinding_seconds: 2880,
      status_code: 'Success',
      status_message: 'all well',
      ia: [
        {
          type: 'IA_NA',
          iaid: '0x00000007',
          t1: 1800,
          t2: 2880,
          addresses: [
            { address: '2001:db8::5', preferred: 3600, valid: 7200 },
            { address: '2001:db8::4', preferred: 0, valid: 0 },
          ],
        },
        { type: 'IA_TA', iaid: '0x00000005', addresses: [{ address: '2001:db8::7777', status: 'Success', message: 'all well' }] },
        { type: 'IA_PD', prefixes: [{ prefix: '2001:db8:1200::/56', preferred: 3600, valid: 4294967295 }] },
      ],
      preference: 255,
      unicast_ip: '2001:db8::1',
      reconfigure_accept: true,
      sip_servers: ['sip.example.org', '2001:db8::60'],
      dns_servers: ['2001:db8::53', '2001:db8::54'],
      domain_search: ['example.org', 'quay.example.org'],
      sntp_servers: ['2001:db8::123'],
      information_refresh_seconds: 86400,
      posix_timezone: 'EST5EDT4',
      timezone: 'Europe/Zurich',
      ntp_servers: ['2001:db8::7b', 'ntp.example.org'],
      boot_file_url: 'tftp://[2001:db8::69]/boot.efi',
      boot_file_parameters: ['root=/dev', 'ro'],
      aftr_name: 'aftr.example.org',
      solicit_max_seconds: 3600,
      captive_portal: 'https://portal.example/api',
      other_options: [
        { code: 86, name: 'V6_PCP_SERVER', value: ['2001:db8::7'] },
        { code: 200, name: 'unknown (200)', value: '0102' },
        { code: 201, name: 'unknown (201)', value: `${'07'.repeat(512)}... (600 bytes)` },
      ],
    })
  })

  it('tell all a client says of itself', async () => {
    const { row } = await lone(
      message(
        1,
        1,
        CLIENT,
        opt(6, u16(17), u16(23), u16(230)),
        opt(8, u16(102)),
        opt(14),
        opt(15, u16(4), 'iPXE', u16(2), [0, 1]),
        opt(16, u32(311), u16(8), 'MSFT 5.0'),
        opt(17, u32(4491), u16(2), u16(3), 'ECM'),
        opt(39, [5], [4, ...Buffer.from('desk')]),
        opt(61, u16(7)),
        opt(62, [1, 3, 16]),
        iaNa(address('2001:db8::5', 0, 0)),
      ),
    )
    expect(row).toMatchObject({
      option_request_list: ['VENDOR_OPTS', 'DNS_SERVERS', 'unknown (230)'],
      option_request_codes: '17,23,230',
      option_codes: [1, 6, 8, 14, 15, 16, 17, 39, 61, 62, 3],
      elapsed_ms: 1020,
      rapid_commit: true,
      user_class: ['iPXE', '0001'],
      class_identifier: 'MSFT 5.0',
      vendor_classes: [{ id: 311, data: ['MSFT 5.0'] }],
      vendor_options: [{ id: 4491, data: [{ code: 2, value: 'ECM' }] }],
      fqdn: 'desk',
      fqdn_flags: ['S', 'N'],
      client_arch: ['x64 UEFI'],
      client_interface: 'UNDI 3.16',
      requested_ips: ['2001:db8::5'],
    })
    expect([row.assigned_ips, row.lease_seconds]).toEqual([undefined, undefined])
  })

  it.each([
    ['LLT', '000100012c9f3a4d08002725f00a', { mac: '08-00-27-25-F0-0A', hardware_type: 'Ethernet', time: '2023-09-21T17:30:53Z' }],
    ['EN', '000200000009abcdef', { enterprise: 9, identifier: 'abcdef' }],
    ['LL', '0003000108002725f00a', { mac: '08-00-27-25-F0-0A', hardware_type: 'Ethernet' }],
    ['UUID', '000400112233445566778899aabbccddeeff', { uuid: '00112233-4455-6677-8899-aabbccddeeff' }],
    ['unknown (9)', '0009aa', {}],
  ])('name a client by %s', async (type, hex, more) => {
    const { row, anomalies } = await lone(message(1, 1, opt(1, Buffer.from(hex, 'hex'))))
    expect(row.client_id).toEqual({ hex, type, ...more })
    expect([row.client_duid, row.client_duid_type, row.client_mac]).toEqual([hex, type, (more as { mac?: string }).mac])
    expect(anomalies).toEqual(type.startsWith('unknown') ? ['dhcpv6.duid'] : [])
  })

  it('of a relay tell the hardware address that it saw', async () => {
    const { row } = await lone(
      relayed(12, 0, '::', 'fe80::a', message(1, 1, CLIENT), opt(79, u16(1), [2, 0, 0, 0, 0, 1]), opt(38, 'line-4')),
    )
    expect(row).toMatchObject({ client_mac: '02-00-00-00-00-01', subscriber_id: 'line-4', relayed_as: 'relay-forward' })
    expect(row.link_address).toBeUndefined()
  })

  it.each([
    ['dhcpv6.option-cut', message(1, 1, CLIENT, Buffer.of(0, 16, 0, 200, 1))],
    ['dhcpv6.option-cut', message(1, 1, CLIENT, Buffer.of(0, 16))],
    ['dhcpv6.option-length', message(1, 1, CLIENT, opt(8, [1]))],
    ['dhcpv6.option-length', message(7, 1, CLIENT, opt(23, Buffer.alloc(17)))],
    ['dhcpv6.option-repeated', message(1, 1, CLIENT, CLIENT, CLIENT)],
    ['dhcpv6.options', message(1, 1, CLIENT, ...Array.from({ length: 300 }, () => opt(16, u32(1))))],
    ['dhcpv6.option-length', message(1, 1, CLIENT, opt(6, Buffer.alloc(600, 1)))],
    ['dhcpv6.option-length', message(7, 1, CLIENT, opt(24, name('a.b'), [9, 1]))],
    ['dhcpv6.option-length', message(7, 1, CLIENT, opt(60, u16(9), 'short'))],
    ['dhcpv6.option-length', message(7, 1, CLIENT, opt(56, u16(1), u16(99)))],
    ['dhcpv6.option-length', message(7, 1, CLIENT, iaNa(...Array.from({ length: 200 }, () => address('2001:db8::5', 1, 1))))],
    ['dhcpv6.option-cut', message(7, 1, CLIENT, iaNa(Buffer.of(0, 5, 0, 99)))],
    ['dhcpv6.duid', message(1, 1, opt(1, Buffer.alloc(200, 1)))],
    ['dhcpv6.relay', Buffer.concat([Buffer.of(12, 0), Buffer.alloc(32), opt(18, 'eth0')])],
    ['dhcpv6.relay', relayed(12, 0, '::', '::', Buffer.of(1))],
    ['dhcpv6.relay', relayed(12, 0, '::', '::', message(99, 1, CLIENT))],
  ])('that break rules are told: %s', async (code, bytes) => {
    expect((await lone(bytes)).anomalies).toEqual([code])
  })

  it('of hostile shape end', async () => {
    let deep = message(1, 1, CLIENT)
    for (let i = 0; i < 200; i++) deep = relayed(12, i, '::', 'fe80::a', deep)
    const nested = await lone(deep)
    expect([nested.row.message_type, nested.row.relay_count, nested.anomalies]).toEqual(['relay-forward', 32, ['dhcpv6.relay-depth']])

    let nest = opt(45)
    for (let i = 0; i < 16_000; i++) nest = Buffer.concat([u16(45), u16(nest.length), nest])
    expect((await lone(message(15, 1, CLIENT, nest))).row.message_type).toBe('leasequery-reply')

    const loop = opt(24, [0xc0, 0])
    const wide = iaNa(...Array.from({ length: 2000 }, () => address('2001:db8::5', 1, 1)))
    const { row } = await lone(message(7, 1, CLIENT, loop, wide, opt(23, Buffer.alloc(16 * 3000))))
    expect([row.domain_search, (row.assigned_ips as string[]).length, (row.dns_servers as string[]).length]).toEqual([undefined, 128, 128])
  })

  it('survive any cut and any changed byte', async () => {
    const whole = relayed(
      13,
      0,
      '2001:db8::1',
      'fe80::a',
      message(7, 1, CLIENT, SERVER, iaNa(address('2001:db8::5', 1, 2)), opt(24, name('a.b'))),
    )
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at] = changed[at]! ^ 0xff
      await drive(dhcpv6, [['server', changed]])
      await drive(dhcpv6, [['server', whole.subarray(0, at + 1)]])
    }
  })
})

describe('messages', () => {
  it('that are none are told', async () => {
    for (const bytes of [Buffer.of(1, 2, 3), Buffer.alloc(20, 99), Buffer.of(12, 0, 1, 2), message(16, 1, CLIENT)]) {
      const { transactions, anomalies, verdicts } = await drive(dhcpv6, [['client', bytes]])
      expect([transactions.length, anomalies, verdicts]).toEqual([0, ['dhcpv6.malformed'], ['malformed']])
    }
  })

  it('cut by the capture are read as far as they go', () => {
    const whole = relayed(12, 0, '2001:db8::1', 'fe80::a', message(1, 0x123456, CLIENT, opt(24, name('example.org'))))
    const cur = new Cursor().reset(whole, 0, whole.length - 4, true)
    cur.cut = 4
    const m = readMessage(cur)
    expect([m.type, m.xid, m.cut, m.options.list.map(({ code }) => code)]).toEqual([1, 0x123456, true, [1]])
  })

  it('show no secret unless asked to', async () => {
    const secret = 'S3CRET-dhcpv6-9'
    const url = `http://user:${secret}@[2001:db8::1]/x`
    const pair = `password=${secret}`
    const bytes = relayed(
      13,
      0,
      '::',
      'fe80::a',
      message(
        7,
        1,
        CLIENT,
        status(1, url),
        iaNa(status(2, pair), address('2001:db8::5', 1, 1, status(1, pair))),
        ...[41, 42, 59, 103, 112, 200].map((code) => opt(code, url)),
        opt(11, [3, 1, 0], Buffer.alloc(8), [1], secret),
        opt(15, u16(pair.length), pair),
        opt(16, u32(9), u16(pair.length), pair),
        opt(17, u32(9), u16(1), u16(pair.length), pair),
        opt(24, name(pair)),
        opt(39, [0], name(pair)),
        opt(60, u16(url.length), url),
        opt(81, secret),
        opt(87, Buffer.concat([Buffer.alloc(240), Buffer.from(pair)])),
        opt(129, secret),
      ),
      opt(18, pair),
      opt(37, u32(9), pair),
      opt(38, pair),
      opt(81, secret),
    )
    const hidden = await lone(bytes)
    const all = JSON.stringify([hidden.tx.row, hidden.tx.error, hidden.tx.query, hidden.tx.notes])
    expect(all).not.toContain(secret)
    expect(all).not.toContain(Buffer.from(secret).toString('hex'))
    expect(JSON.stringify((await lone(bytes, true)).tx.row).split(secret).length).toBeGreaterThan(15)
  })
})
