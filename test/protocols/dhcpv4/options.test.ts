import { describe, expect, it } from 'vitest'
import { dhcpv4 } from '../../../src/protocols/dhcpv4/index.js'
import { drive } from '../../support/drive.js'
import { dhcp, END, fixed, ip, opt, seconds } from './messages.js'

async function lone(bytes: Uint8Array, showSecrets = false) {
  const { transactions, anomalies } = await drive(dhcpv4, [[bytes[0] === 2 ? 'server' : 'client', bytes]], { showSecrets })
  expect(transactions).toHaveLength(1)
  return { tx: transactions[0]!, row: transactions[0]!.row, anomalies }
}

describe('options', () => {
  it('tell all a server hands out', async () => {
    const { row, anomalies } = await lone(
      dhcp(
        5,
        { yiaddr: '192.0.2.10', siaddr: '192.0.2.9' },
        ip(54, '192.0.2.1'),
        seconds(51, 3600),
        ip(3, '192.0.2.1', '192.0.2.2'),
        ip(6, '192.0.2.53'),
        opt(2, [0xff, 0xff, 0xf1, 0xf0]),
        opt(119, [3, 119, 119, 119, 7, ...Buffer.from('example'), 3, 111, 114, 103, 0, 4, ...Buffer.from('mail'), 0xc0, 4]),
        opt(121, [8, 10, 192, 0, 2, 1, 0, 192, 0, 2, 2, 25, 198, 51, 100, 128, 192, 0, 2, 3]),
        opt(120, [1, 192, 0, 2, 60]),
        opt(124, [0, 0, 0, 12, 2, 0xde, 0xad]),
        opt(125, [0, 0, 13, 0xe9, 1, 7]),
        ip(150, '192.0.2.69'),
        opt(23, [64]),
        opt(224, [1, 2]),
      ),
    )
    expect(anomalies).toEqual([])
    expect(row).toMatchObject({
      assigned_ip: '192.0.2.10',
      next_server_ip: '192.0.2.9',
      lease_seconds: 3600,
      routers: ['192.0.2.1', '192.0.2.2'],
      utc_offset_seconds: -3600,
      domain_search: ['www.example.org', 'mail.example.org'],
      classless_routes: ['10.0.0.0/8 via 192.0.2.1', '0.0.0.0/0 via 192.0.2.2', '198.51.100.128/25 via 192.0.2.3'],
      sip_servers: ['192.0.2.60'],
      vendor_class_blocks: [{ id: 12, data: 'dead' }],
      vendor_blocks: [{ id: 3561, data: '07' }],
      tftp_servers: ['192.0.2.69'],
      other_options: [
        { code: 23, name: 'Default IP Time-to-live', value: 64 },
        { code: 224, name: 'unknown (224)', value: '0102' },
      ],
    })
  })

  it('tell all a client says of itself', async () => {
    const { row } = await lone(
      dhcp(
        1,
        {},
        opt(55, [1, 3, 6, 42, 249, 230]),
        opt(61, [1, 0, 11, 0x82, 1, 0xfc, 0x42]),
        opt(81, [5, 0, 0, 4, ...Buffer.from('desk'), 7, ...Buffer.from('example'), 0]),
        opt(77, '\x04iPXE'),
        opt(93, [0, 7]),
        opt(94, [1, 3, 16]),
        opt(97, [0, ...Buffer.from('33221100554477668899aabbccddeeff', 'hex')]),
        opt(82, [1, 4, ...Buffer.from('eth0'), 2, 3, 0, 6, 1, 5, 4, 10, 0, 0, 0]),
      ),
    )
    expect(row).toMatchObject({
      parameter_request_list: [
        'Subnet Mask',
        'Router',
        'Domain Name Server',
        'NTP Servers',
        'Classless Static Route (Microsoft)',
        'unknown (230)',
      ],
      parameter_codes: '1,3,6,42,249,230',
      client_id: '00-0B-82-01-FC-42',
      fqdn: 'desk.example',
      fqdn_flags: ['S', 'E'],
      client_name: 'desk.example',
      user_class: ['iPXE'],
      client_arch: ['x64 UEFI'],
      client_interface: 'UNDI 3.16',
      client_uuid: '00112233-4455-6677-8899-aabbccddeeff',
      circuit_id: 'eth0',
      remote_id: '000601',
      relay_agent: { circuit_id: 'eth0', remote_id: '000601', link_selection: '10.0.0.0' },
    })
  })

  it('are read from sname and file, and joined', async () => {
    const over = { file: Buffer.concat([opt(12, 'lo'), END]), sname: Buffer.concat([opt(12, 'ad'), END]) }
    const { row, anomalies } = await lone(dhcp(1, over, opt(12, 'over'), opt(52, [3])))
    expect(row).toMatchObject({ hostname: 'overload', overload: 'both' })
    expect([row.server_name, row.boot_file, anomalies]).toEqual([undefined, undefined, []])
    const plain = await lone(dhcp(1, { sname: Buffer.from('boot.example'), file: Buffer.from('pxelinux.0') }))
    expect(plain.row).toMatchObject({ server_name: 'boot.example', boot_file: 'pxelinux.0' })
  })

  it.each([
    ['dhcpv4.option-cut', Buffer.concat([opt(53, [1]), Buffer.of(60, 200, 1)])],
    ['dhcpv4.option-cut', Buffer.concat([opt(53, [1]), Buffer.of(60)])],
    ['dhcpv4.no-end', opt(53, [1])],
    ['dhcpv4.option-length', Buffer.concat([opt(53, [1]), opt(51, [1, 2]), END])],
    ['dhcpv4.option-repeated', Buffer.concat([opt(53, [1]), opt(53, [7]), END])],
  ])('that break rules are told: %s', async (code, options) => {
    const { row, anomalies } = await lone(fixed({}, options))
    expect([row.message_type, anomalies]).toEqual(['discover', [code]])
  })

  it('of hostile shape end', async () => {
    const loop = opt(119, [0xc0, 0])
    const many = Buffer.concat(Array.from({ length: 400 }, () => opt(3, Buffer.alloc(252, 7))))
    const { row, anomalies } = await lone(dhcp(1, {}, loop, many))
    expect([row.domain_search, (row.routers as string[]).length, anomalies]).toEqual([undefined, 128, ['dhcpv4.option-length']])
  })
})

describe('messages', () => {
  it('of BOOTP have no options', async () => {
    const { tx, row } = await lone(fixed())
    expect([tx.method, row.message_type, row.op_code, tx.complete]).toEqual(['bootrequest', undefined, 'bootrequest', 'no-response'])
  })

  it('that are too short or no DHCP are told', async () => {
    const short = await lone(fixed().subarray(0, 100))
    expect([short.tx.complete, short.row.client_mac, short.anomalies]).toEqual(['truncated', '00-0B-82-01-FC-42', ['dhcpv4.short']])
    for (const bytes of [Buffer.alloc(20, 1), fixed({ op: 3 }), fixed({ hlen: 17 })]) {
      const { transactions, anomalies, verdicts } = await drive(dhcpv4, [['client', bytes]])
      expect([transactions.length, anomalies, verdicts]).toEqual([0, ['dhcpv4.malformed'], ['malformed']])
    }
  })

  it('refused have the words of the server', async () => {
    const { tx, row } = await lone(dhcp(6, {}, ip(54, '192.0.2.1'), opt(56, 'wrong network')))
    expect([tx.status, tx.error, tx.complete, row.result]).toEqual(['Error', 'wrong network', 'orphan-response', 'refused'])
    expect((await lone(dhcp(4, {}, ip(50, '192.0.2.10')))).tx).toMatchObject({ status: 'Error', error: 'declined', resource: '192.0.2.10' })
  })

  it('show no secret unless asked to', async () => {
    const secret = 'S3CRET-dhcpv4-9'
    const url = `http://user:${secret}@192.0.2.1/x`
    const bytes = dhcp(
      6,
      { sname: Buffer.from(url), file: Buffer.from(url) },
      ...[12, 14, 15, 17, 43, 56, 60, 66, 67, 77, 114, 210, 224, 252].map((code) => opt(code, url)),
      opt(61, `\0${url}`),
      opt(81, `\0\0\0${url}`),
      opt(90, `\0\0\0\0\0\0\0\0\0\0\x01${secret}`),
      opt(82, Buffer.concat([opt(1, url), opt(7, secret), opt(8, secret)])),
      opt(125, Buffer.concat([Buffer.of(0, 0, 1, 1, url.length), Buffer.from(url)])),
    )
    const hidden = await lone(bytes)
    const all = JSON.stringify([hidden.tx.row, hidden.tx.error, hidden.tx.query, hidden.tx.notes])
    expect(all).not.toContain(secret)
    expect(all).not.toContain(Buffer.from(secret).toString('hex'))
    expect(JSON.stringify((await lone(bytes, true)).tx.row).split(secret).length).toBeGreaterThan(15)
  })
})
