import { describe, expect, it } from 'vitest'
import { icmp } from '../../../src/protocols/icmp/index.js'
import { ipv6Bytes, type Segment, tcp, udp } from '../../support/captures.js'
import { drive } from '../../support/drive.js'
import { message, numbered, quote4, quote6 } from './messages.js'

/** The one transaction that a lone message makes. */
async function lone(bytes: Uint8Array, version: 4 | 6 = 4) {
  const { transactions, anomalies } = await drive(icmp, [['client', bytes]], { transport: version === 4 ? 'icmp' : 'ipv6-icmp' })
  expect(transactions).toHaveLength(1)
  return { tx: transactions[0]!, row: transactions[0]!.row, anomalies }
}

const probe = udp({ srcPort: 49152, dstPort: 33434 }, 'traceroute')

describe('errors', () => {
  it('quote the packet they are about and its flow', async () => {
    const { tx, row, anomalies } = await lone(
      message(3, 3, [0, 0, 0, 0], quote4('192.168.1.52', '8.8.8.8', udp({ srcPort: 54585, dstPort: 53 }, 'query'))),
    )
    expect(tx).toMatchObject({
      status: 'Error',
      complete: 'complete',
      method: 'DestinationUnreachable',
      error: 'DestinationUnreachable(Port)',
      resource: '192.0.2.2',
    })
    expect(row).toEqual({
      version: 4,
      type: 3,
      code: 3,
      path: '192.0.2.2',
      request_message: 'DestinationUnreachable(Port)',
      request_type: 3,
      request_code: 3,
      quoted_src_ip: '192.168.1.52',
      quoted_src_port: 54585,
      quoted_dst_ip: '8.8.8.8',
      quoted_dst_port: 53,
      quoted_transport: 'udp',
      quoted_community_id: '1:d/FP5EW3wiY1vCndhwleRRKHowQ=',
    })
    expect([tx.request_bytes, anomalies]).toEqual([28, []])
  })

  it.each([
    [4, 'SourceQuench'],
    [11, 'TimeExceeded(TTLExceeded)'],
    [12, 'ParameterProblem(PointerIndicatesError)'],
  ])('type %i is an error: %s', async (type, name) => {
    const { tx, row } = await lone(message(type, 0, [0, 0, 0, 0], quote4('192.0.2.1', '198.51.100.7', probe)))
    expect([tx.status, tx.error, row.quoted_dst_port]).toEqual(['Error', name, 33434])
  })

  it('name the MTU and the byte at fault', async () => {
    const quoted = quote4('192.0.2.1', '198.51.100.7', probe)
    expect((await lone(message(3, 4, [0, 0, 0x05, 0xc8], quoted))).row).toMatchObject({
      mtu: 1480,
      request_message: 'DestinationUnreachable(FragmentationNeeded)',
    })
    expect((await lone(message(3, 4, [0, 0, 0, 0], quoted))).row.mtu).toBeUndefined()
    expect((await lone(message(12, 0, [6, 0, 0, 0], quoted))).row.pointer).toBe(6)
    expect((await lone(message(12, 1, [6, 0, 0, 0], quoted))).row.pointer).toBeUndefined()
    expect((await lone(message(3, 77, [0, 0, 0, 0], quoted))).row.request_message).toBe('DestinationUnreachable(77)')
  })

  it('read what TCP and ICMP packets they quote', async () => {
    const ack = tcp({ srcPort: 34855, dstPort: 80, seq: 7 })
    expect((await lone(message(11, 0, [0, 0, 0, 0], quote4('128.232.110.120', '66.35.250.204', ack)))).row).toMatchObject({
      quoted_transport: 'tcp',
      quoted_src_port: 34855,
      quoted_community_id: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    })
    const echo: Segment = { proto: 1, bytes: numbered(8, 300, 9) }
    const { row } = await lone(message(11, 0, [0, 0, 0, 0], quote4('192.168.0.89', '192.168.0.1', echo)))
    expect(row).toMatchObject({
      quoted_transport: 'icmp',
      quoted_type: 8,
      quoted_id: 300,
      quoted_seq: 9,
      quoted_community_id: '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
    })
    expect([row.quoted_src_port, row.identifier, row.sequence]).toEqual([undefined, undefined, undefined])
  })

  it('name no ports for a later fragment or other protocols, and no flow where ports are missing', async () => {
    const later = quote4('192.0.2.1', '198.51.100.7', probe)
    later.writeUInt16BE(185, 6)
    const fragment = (await lone(message(11, 1, [0, 0, 0, 0], later))).row
    expect([fragment.quoted_transport, fragment.quoted_src_port, fragment.quoted_community_id]).toEqual(['udp', undefined, undefined])
    const gre = (await lone(message(3, 2, [0, 0, 0, 0], quote4('192.0.2.1', '198.51.100.7', { proto: 47, bytes: Buffer.alloc(8, 1) })))).row
    expect([gre.quoted_transport, gre.quoted_src_port]).toEqual(['47', undefined])
    expect(gre.quoted_community_id).toMatch(/^1:.{28}$/)
  })

  it('without a readable quote are short', async () => {
    for (const body of [Buffer.alloc(0), Buffer.alloc(19, 0x45), Buffer.alloc(40, 0x00), Buffer.alloc(40, 0x42), Buffer.alloc(39, 0x60)]) {
      const { tx, row, anomalies } = await lone(message(3, 1, [0, 0, 0, 0], body))
      expect([tx.complete, tx.status, row.quoted_src_ip, anomalies]).toEqual(['truncated', 'Error', undefined, ['icmp.short']])
    }
  })

  it('of version 6 are read through extension headers', async () => {
    const src = '2001:db8::1'
    const dst = '2001:db8::2'
    const { tx, row } = await lone(
      message(
        2,
        0,
        [0, 0, 0x05, 0x00],
        quote6(src, dst, probe, { first: 0, bytes: Buffer.from([44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 9]) }),
      ),
      6,
    )
    expect([tx.status, tx.method, row.mtu]).toEqual(['Error', 'PacketTooBig', 1280])
    expect(row).toMatchObject({
      quoted_src_ip: src,
      quoted_dst_ip: dst,
      quoted_transport: 'udp',
      quoted_src_port: 49152,
      quoted_dst_port: 33434,
    })
    const later = (
      await lone(
        message(1, 4, [0, 0, 0, 0], quote6(src, dst, probe, { first: 44, bytes: Buffer.from([17, 0, 0x05, 0xa8, 0, 0, 0, 9]) })),
        6,
      )
    ).row
    expect([later.request_message, later.quoted_transport, later.quoted_src_port]).toEqual([
      'DestinationUnreachable(PortUnreachable)',
      'udp',
      undefined,
    ])
    expect((await lone(message(4, 1, [0, 0, 0, 40], quote6(src, dst, probe)), 6)).row.pointer).toBe(40)
  })
})

describe('redirects and routers of version 4', () => {
  it('a redirect names the better router and the destination, and is no error', async () => {
    const { tx, row } = await lone(message(5, 1, [192, 0, 2, 254], quote4('192.0.2.1', '198.51.100.7', probe)))
    expect([tx.status, tx.error, row.request_message]).toEqual(['OK', undefined, 'Redirect(Host)'])
    expect(row).toMatchObject({ gateway_ip: '192.0.2.254', redirected_ip: '198.51.100.7', quoted_dst_ip: '198.51.100.7' })
  })

  it('an advertisement names its first router and how long it holds', async () => {
    expect((await lone(message(9, 0, [1, 2, 0x07, 0x08], Buffer.from([192, 0, 2, 254, 0, 0, 0, 0])))).row).toMatchObject({
      gateway_ip: '192.0.2.254',
      router_lifetime_s: 1800,
    })
    expect((await lone(message(9, 0, [1, 2, 0x07, 0x08]))).anomalies).toEqual(['icmp.short'])
  })

  it('an address mask reply says the mask', async () => {
    const { transactions } = await drive(icmp, [
      ['client', numbered(17, 1, 1, Buffer.alloc(4))],
      ['server', numbered(18, 1, 1, Buffer.of(255, 255, 254, 0))],
    ])
    expect([transactions[0]!.row.address_mask, transactions[0]!.row.same_data]).toEqual(['255.255.254.0', undefined])
  })

  it('extended echo has eight bits of sequence and stands alone', async () => {
    const { tx, row } = await lone(message(42, 0, [1, 2, 3, 1]))
    expect([tx.method, tx.complete, row.identifier, row.sequence]).toEqual(['ExtendedEchoRequest', 'complete', 0x0102, 3])
  })
})

describe('neighbor discovery', () => {
  const target = ipv6Bytes('fe80::1')
  const link = (type: number): Buffer => Buffer.from([type, 1, 0x08, 0x00, 0x27, 0x3d, 0x25, 0x4e])

  it('a solicitation names its target and its sender', async () => {
    const { tx, row } = await lone(message(135, 0, [0, 0, 0, 0], Buffer.concat([target, link(1)])), 6)
    expect([tx.status, tx.complete, tx.method]).toEqual(['OK', 'complete', 'NeighborSolicitation'])
    expect(row).toMatchObject({ target_ip: 'fe80::1', link_address: '08-00-27-3D-25-4E' })
    expect(row.flags).toBeUndefined()
  })

  it('an advertisement has flags; the server side stands as the response', async () => {
    const { transactions } = await drive(icmp, [['server', message(136, 0, [0x60, 0, 0, 0], Buffer.concat([target, link(2)]))]], {
      transport: 'ipv6-icmp',
    })
    expect(transactions[0]).toMatchObject({ complete: 'complete', status: 'OK', resource: '192.0.2.1', request: undefined })
    expect(transactions[0]!.row).toMatchObject({
      response_message: 'NeighborAdvertisement',
      flags: ['solicited', 'override'],
      target_ip: 'fe80::1',
    })
  })

  it('a router advertisement lists prefixes, name servers, MTU and lifetime', async () => {
    const body = Buffer.concat([
      Buffer.alloc(8),
      link(1),
      Buffer.from([5, 1, 0, 0, 0, 0, 0x05, 0xdc]),
      Buffer.from([3, 4, 64, 0xc0, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0]),
      ipv6Bytes('2001:db8:1::'),
      Buffer.from([25, 5, 0, 0, 0, 0, 0, 9]),
      ipv6Bytes('2001:db8::53'),
      ipv6Bytes('2001:db8::54'),
      Buffer.from([200, 1, 0, 0, 0, 0, 0, 0]),
    ])
    const { row, anomalies } = await lone(message(134, 0, [64, 0xc0, 0x07, 0x08], body), 6)
    expect(row).toMatchObject({
      flags: ['managed', 'other'],
      router_lifetime_s: 1800,
      link_address: '08-00-27-3D-25-4E',
      mtu: 1500,
      prefixes: ['2001:db8:1::/64'],
      dns_servers: ['2001:db8::53', '2001:db8::54'],
    })
    expect([row.more_listed, anomalies]).toEqual([undefined, []])
  })

  it('lists no more than is useful and says so', async () => {
    const prefix = Buffer.concat([Buffer.from([3, 4, 64, 0]), Buffer.alloc(28)])
    const { row } = await lone(message(134, 0, [64, 0, 0, 0], Buffer.concat([Buffer.alloc(8), ...new Array<Buffer>(70).fill(prefix)])), 6)
    expect([(row.prefixes as string[]).length, row.more_listed]).toEqual([64, true])
  })

  it('a redirect names router, destination and the packet', async () => {
    const quoted = quote6('2001:db8::1', '2001:db8:9::7', probe)
    const redirected = Buffer.concat([
      Buffer.from([4, Math.ceil(quoted.length / 8) + 1, 0, 0, 0, 0, 0, 0]),
      quoted,
      Buffer.alloc(-quoted.length & 7),
    ])
    const { tx, row } = await lone(
      message(137, 0, [0, 0, 0, 0], Buffer.concat([target, ipv6Bytes('2001:db8:9::7'), link(2), redirected])),
      6,
    )
    expect(tx.status).toBe('OK')
    expect(row).toMatchObject({
      gateway_ip: 'fe80::1',
      redirected_ip: '2001:db8:9::7',
      link_address: '08-00-27-3D-25-4E',
      quoted_dst_ip: '2001:db8:9::7',
      quoted_dst_port: 33434,
    })
  })

  it('an option of no length or beyond the end makes the message short, what stands before it is kept', async () => {
    for (const bad of [Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([3, 4, 64, 0])]) {
      const { row, anomalies } = await lone(message(135, 0, [0, 0, 0, 0], Buffer.concat([target, link(1), bad])), 6)
      expect([row.target_ip, row.link_address, anomalies]).toEqual(['fe80::1', '08-00-27-3D-25-4E', ['icmp.short']])
    }
  })
})

describe('multicast listeners', () => {
  it('a report names its group, a general query none', async () => {
    expect((await lone(message(131, 0, [0, 0, 0, 0], ipv6Bytes('ff02::fb')), 6)).row.groups).toEqual(['ff02::fb'])
    const general = await lone(message(130, 0, [0x27, 0x10, 0, 0], Buffer.alloc(16)), 6)
    expect([general.row.groups, general.tx.complete]).toEqual([undefined, 'complete'])
  })

  it('a version 2 report names the group of every record', async () => {
    const record = (group: string, sources: number, aux: number): Buffer =>
      Buffer.concat([Buffer.of(4, aux, 0, sources), ipv6Bytes(group), Buffer.alloc(sources * 16 + aux * 4, 0xaa)])
    const records = Buffer.concat([record('ff02::fb', 0, 0), record('ff02::1:3', 2, 1), record('ff02::c', 0, 0)])
    const whole = await lone(message(143, 0, [0, 0, 0, 3], records), 6)
    expect([whole.row.groups, whole.anomalies]).toEqual([['ff02::fb', 'ff02::1:3', 'ff02::c'], []])
    const lying = await lone(message(143, 0, [0, 0, 0, 4], records), 6)
    expect([lying.row.groups, lying.anomalies]).toEqual([['ff02::fb', 'ff02::1:3', 'ff02::c'], ['icmp.short']])
  })
})
