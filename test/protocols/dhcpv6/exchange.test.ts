import { describe, expect, it } from 'vitest'
import { run } from '../../../src/kit/run.js'
import { dhcpv6 } from '../../../src/protocols/dhcpv6/index.js'
import { frame, pcap, udpFrame } from '../../support/captures.js'
import { address, CLIENT, duid, iaNa, iaPd, message, name, opt, relayed, SERVER, SERVER_HEX, status, u16 } from './messages.js'

type Packet = readonly [from: readonly [string, number], to: readonly [string, number], bytes: Buffer, at?: number | undefined]
const ME = ['fe80::a', 546] as const
const ALL = ['ff02::1:2', 547] as const
const IT = ['fe80::1', 547] as const
const up = (bytes: Buffer, at?: number): Packet => [ME, ALL, bytes, at]
const down = (bytes: Buffer, at?: number): Packet => [IT, ME, bytes, at]
const elapsed = opt(8, u16(0))
const given = iaNa(address('2001:db8::5', 3600, 7200))

/** Packets a second apart unless told otherwise. */
async function rows(...packets: Packet[]) {
  const frames = packets.map(([src, dst, bytes, at], i) =>
    frame(udpFrame({ src: src[0], dst: dst[0], srcPort: src[1], dstPort: dst[1] }, bytes), 1_000_000_000 + (at ?? i)),
  )
  const { sink } = await run([pcap(frames)], { protocols: [dhcpv6] })
  const all = sink.records.map(({ tx, flow }) => ({ ...tx, ...tx.row, flow, frame: (tx.request?.refs[0] ?? 0) % 2 ** 32 }))
  return all.sort((a, b) => a.frame - b.frame) as (Record<string, unknown> & { flow: (typeof all)[0]['flow'] })[]
}

const solicit = up(message(1, 1, CLIENT, elapsed, opt(39, [1], name('desk.example')), iaNa()))
const advertise = down(message(2, 1, CLIENT, SERVER, given))
const request = up(message(3, 2, CLIENT, SERVER, elapsed, given))
const reply = down(message(7, 2, CLIENT, SERVER, given))

describe('an exchange', () => {
  it('is told on each of its messages, across flows and transaction ids', async () => {
    const all = await rows(solicit, advertise, request, reply)
    expect(all.map((r) => [r.method, r.result, r.answer, r.complete, r.client_name, r.chosen_server])).toEqual([
      ['solicit', 'offered', 'advertise', 'complete', 'desk.example', undefined],
      ['advertise', 'offered', undefined, 'complete', 'desk.example', undefined],
      ['request', 'bound', 'reply', 'complete', 'desk.example', SERVER_HEX],
      ['reply', 'bound', undefined, 'complete', 'desk.example', SERVER_HEX],
    ])
    expect(all[3]).toMatchObject({
      exchange: ['solicit', 'advertise', 'request', 'reply'],
      exchange_ns: 3e9,
      offering_servers: [SERVER_HEX],
      resource: '2001:db8::5',
      query: `reply 2001:db8::5 from ${SERVER_HEX} for 08-00-27-25-F0-0A (desk.example)`,
    })
    expect(new Set(all.map((r) => r.exchange_id)).size).toBe(1)
    expect(all[1]!.flow).toMatchObject({ client: { ip: 'fe80::a', port: 546 }, server: { ip: 'fe80::1', port: 547 } })
    expect(all[1]).toMatchObject({ source_ip: 'fe80::1', destination_ip: 'fe80::a', source_bytes: advertise[2].length })
  })

  it('does not go on with a server that did not offer, nor with another client', async () => {
    const stranger = opt(2, duid('020000666666'))
    const other = await rows(solicit, advertise, up(message(3, 2, CLIENT, stranger, given)))
    expect(new Set(other.map((r) => r.exchange_id)).size).toBe(2)
    const client = await rows(solicit, advertise, up(message(3, 2, opt(1, duid('020000777777')), SERVER, given)))
    expect(new Set(client.map((r) => r.exchange_id)).size).toBe(2)
  })

  it('names every server that offers, not those that refuse', async () => {
    const rogue: Packet = [['fe80::66', 547], ME, message(2, 1, CLIENT, opt(2, duid('020000666666')), given)]
    const poor: Packet = [['fe80::67', 547], ME, message(2, 1, CLIENT, opt(2, duid('020000676767')), status(2, 'none left'))]
    const all = await rows(solicit, advertise, rogue, poor, request, reply)
    expect(all[5]!.offering_servers).toEqual([SERVER_HEX, '00030001020000666666'])
    expect(all[3]).toMatchObject({ result: 'refused', status: 'Error', error: 'NoAddrsAvail: none left' })
  })

  it('of two messages binds at once', async () => {
    const rapid = opt(14)
    const all = await rows(up(message(1, 1, CLIENT, rapid, iaNa())), down(message(7, 1, CLIENT, SERVER, rapid, given)))
    expect(all.map((r) => [r.method, r.result, r.answer, r.rapid_commit])).toEqual([
      ['solicit', 'bound', 'reply', true],
      ['reply', 'bound', undefined, true],
    ])
    expect(all[1]!.chosen_server).toBe(SERVER_HEX)
  })

  it.each([
    ['renew', 5, given, given, 'renewed'],
    ['rebind', 6, given, given, 'renewed'],
    ['renew', 5, given, iaNa(status(3, 'no such lease')), 'refused'],
    ['renew', 5, given, iaNa(address('2001:db8::5', 0, 0)), 'refused'],
    ['request', 3, given, iaNa(status(2)), 'refused'],
    ['confirm', 4, given, status(0), 'confirmed'],
    ['confirm', 4, given, status(4), 'refused'],
    ['release', 8, given, status(0), 'released'],
    ['decline', 9, given, status(0), 'declined'],
    ['information-request', 11, elapsed, opt(23, Buffer.alloc(16, 1)), 'informed'],
  ] as const)('of %s (%i) tells what came of it', async (method, type, asked, answered, result) => {
    const all = await rows(up(message(type, 9, CLIENT, asked)), down(message(7, 9, CLIENT, SERVER, answered)))
    expect(all.map((r) => [r.method, r.result, r.complete])).toEqual([
      [method, result, 'complete'],
      ['reply', result, 'complete'],
    ])
    expect(all[1]!.status).toBe(result === 'refused' ? 'Error' : 'OK')
    expect(all[0]!.status).toBe(method === 'decline' ? 'Error' : 'OK')
  })

  it('is no refusal when some of what was asked is given', async () => {
    const half = message(7, 2, CLIENT, SERVER, given, iaPd(status(6, 'no prefix left')))
    const all = await rows(up(message(3, 2, CLIENT, SERVER, iaNa(), iaPd())), down(half))
    expect(all[1]).toMatchObject({ result: 'bound', status: 'OK', status_code: 'NoPrefixAvail', status_message: 'no prefix left' })
  })

  it('goes on from a reconfigure to what it demands', async () => {
    const all = await rows(
      down(message(10, 0, CLIENT, SERVER, opt(19, [5]))),
      up(message(5, 3, CLIENT, SERVER, given)),
      down(message(7, 3, CLIENT, SERVER, given)),
    )
    expect(all.map((r) => [r.method, r.result, r.complete])).toEqual([
      ['reconfigure', undefined, 'complete'],
      ['renew', 'renewed', 'complete'],
      ['reply', 'renewed', 'complete'],
    ])
    expect(all[0]!.reconfigure_message).toBe('renew')
    expect(new Set(all.map((r) => r.exchange_id)).size).toBe(1)
    expect(all[0]!.flow.client.ip).toBe('fe80::a')
  })

  it('counts attempts; one answer answers all', async () => {
    const all = await rows(solicit, solicit, solicit, advertise)
    expect(all.map((r) => [r.attempt, r.answer])).toEqual([
      [1, 'advertise'],
      [2, 'advertise'],
      [3, 'advertise'],
      [undefined, undefined],
    ])
  })

  it('begins anew when a transaction id is used again', async () => {
    const once = (at: number): Packet[] => [up(message(5, 9, CLIENT, given), at), down(message(7, 9, CLIENT, SERVER, given), at)]
    const again = await rows(...once(0), ...once(100))
    expect(new Set(again.map((r) => r.exchange_id)).size).toBe(2)
    const other = await rows(...once(0), up(message(8, 9, CLIENT, given), 1), down(message(7, 9, CLIENT, SERVER, status(0)), 1))
    expect(other.map((r) => r.result)).toEqual(['renewed', 'renewed', 'released', 'released'])
  })

  it('without an identifier is found by address', async () => {
    const ask = message(11, 4, opt(6, u16(23)), elapsed)
    const all = await rows(up(ask), [['fe80::b', 546], ALL, ask], down(message(7, 4, SERVER)))
    expect(all.map((r) => r.result)).toEqual(['informed', 'unanswered', 'informed'])
  })

  it('through relays pairs each leg with its own', async () => {
    const near = 'fe80::a'
    const one = (type: 12 | 13, inner: Buffer) => relayed(type, 0, '2001:db8:40::1', near, inner, opt(18, 'eth0'))
    const two = (type: 12 | 13, inner: Buffer) =>
      relayed(type, 1, '2001:db8:30::1', '2001:db8:40::1', one(type, inner), opt(37, u16(0), u16(9), 'cpe-17'))
    const [r1, r2, server] = [['2001:db8:40::1', 547] as const, ['2001:db8:20::11', 547] as const, ['2001:db8:20::1', 547] as const]
    const ask = message(1, 1, CLIENT, iaNa())
    const tell = message(2, 1, CLIENT, SERVER, given)
    const all = await rows(
      up(ask),
      [r1, ['2001:db8:30::1', 547], one(12, ask)],
      [r2, server, two(12, ask)],
      [server, r2, two(13, tell)],
      [['2001:db8:30::1', 547], r1, one(13, tell)],
      down(tell),
    )
    expect(all.map((r) => [r.relay_count, r.method, r.result, (r.answered as { sec: number } | undefined)?.sec, r.attempt])).toEqual([
      [0, 'solicit', 'offered', 1_000_000_005, 1],
      [1, 'solicit', 'offered', 1_000_000_004, 1],
      [2, 'solicit', 'offered', 1_000_000_003, 1],
      [2, 'advertise', 'offered', undefined, undefined],
      [1, 'advertise', 'offered', undefined, undefined],
      [0, 'advertise', 'offered', undefined, undefined],
    ])
    expect(new Set(all.map((r) => r.exchange_id)).size).toBe(1)
    expect(all[3]).toMatchObject({
      relayed_as: 'relay-reply',
      link_address: '2001:db8:40::1',
      peer_address: near,
      interface_id: 'eth0',
      remote_id: 'cpe-17',
      relays: [
        { hops: 1, link_address: '2001:db8:30::1', peer_address: '2001:db8:40::1', remote_id: 'cpe-17', remote_id_enterprise: 9 },
        { hops: 0, link_address: '2001:db8:40::1', peer_address: near, interface_id: 'eth0' },
      ],
    })
    expect(all[3]!.flow.client.ip).toBe('2001:db8:20::11')
  })

  it('tells requests that nobody answers, and answers that nobody asked for', async () => {
    const late = await rows(solicit, up(message(1, 5, opt(1, duid('020000000001'))), 70), down(advertise[2], 71))
    expect(late.map((r) => [r.result, r.complete, r.status])).toEqual([
      ['unanswered', 'no-response', 'OK'],
      ['unanswered', 'no-response', 'OK'],
      ['offered', 'complete', 'OK'],
    ])
    const orphans = await rows(reply, down(message(7, 3, CLIENT, SERVER, iaNa(status(2)))), down(message(7, 4, CLIENT, SERVER)))
    expect(orphans.map((r) => [r.complete, r.result])).toEqual([
      ['orphan-response', 'bound'],
      ['orphan-response', 'refused'],
      ['orphan-response', 'answered'],
    ])
  })

  it('of a lease query and of DHCPv4 over DHCPv6 is a pair', async () => {
    const v4 = Buffer.alloc(240)
    v4.set([1, 1, 6, 0, 0xab, 0xcd, 0xef, 1])
    const all = await rows(
      [['2001:db8::9', 547], ['2001:db8::1', 547], message(14, 8, CLIENT, opt(44, [2], Buffer.alloc(16), CLIENT))],
      [
        ['2001:db8::1', 547],
        ['2001:db8::9', 547],
        message(15, 8, CLIENT, SERVER, opt(45, CLIENT, address('2001:db8::5', 1, 2), opt(46, u16(0), u16(60)))),
      ],
      up(message(20, 0, opt(87, v4))),
      down(message(21, 0, opt(87, Buffer.concat([Buffer.of(2), v4.subarray(1)])))),
    )
    expect(all.map((r) => [r.method, r.result, r.transaction_id])).toEqual([
      ['leasequery', 'answered', '0x000008'],
      ['leasequery-reply', 'answered', '0x000008'],
      ['dhcpv4-query', 'answered', '0xabcdef01'],
      ['dhcpv4-response', 'answered', '0xabcdef01'],
    ])
    expect(all[1]!.other_options).toMatchObject([
      { code: 45, value: { client_id: { mac: '08-00-27-25-F0-0A' }, addresses: [{ address: '2001:db8::5' }], seconds_since_contact: 60 } },
    ])
  })

  it('of a starvation attack is bounded, and every message is a row', async () => {
    const flood = Array.from({ length: 9000 }, (_, i) => up(message(1, i, opt(1, duid(i.toString(16).padStart(12, '0')))), 0))
    const all = await rows(...flood)
    expect(all).toHaveLength(9000)
    expect(all.filter((r) => String(r.notes).startsWith('Given up')).length).toBe(9000 - 2048)
    // Long messages are given up earlier: what waits is bounded in bytes as well.
    const long = Array.from({ length: 200 }, (_, i) => up(message(1, i, CLIENT, opt(200, Buffer.alloc(60_000))), 0))
    const kept = (await rows(...long)).filter((r) => !String(r.notes).startsWith('Given up'))
    expect(kept.length).toBeLessThan(70)
  })
})

describe('detection', () => {
  const kinds = async (...packets: Packet[]) => (await rows(...packets)).map((r) => r.method)
  const at = (bytes: Buffer): Packet => [['2001:db8::7', 4011], ['2001:db8::1', 5000], bytes]

  it('knows DHCPv6 on any port, from either side', async () => {
    expect(await kinds(at(message(1, 1, CLIENT, elapsed)))).toEqual(['solicit'])
    expect(await kinds(at(advertise[2]))).toEqual(['advertise'])
    expect(await kinds(at(relayed(12, 0, '::', 'fe80::a', message(1, 1, CLIENT))))).toEqual(['solicit'])
    expect(await kinds(at(message(11, 4, opt(6, u16(23)), elapsed)))).toEqual(['information-request'])
  })

  it.each([
    ['no identifier', message(1, 1, elapsed)],
    ['an identifier of no form', message(1, 1, opt(1, 'not an identifier'))],
    ['bytes behind the options', Buffer.concat([message(1, 1, CLIENT), Buffer.of(1)])],
    ['an option that is too long', message(1, 1, CLIENT, Buffer.of(0, 8, 0, 9))],
    ['an option of no plausible number', message(1, 1, CLIENT, opt(65000, 'x'))],
    ['a type that is none', message(99, 1, CLIENT)],
    ['a relay of nothing', relayed(12, 0, '::', 'fe80::a', Buffer.alloc(0))],
  ])('leaves alone %s', async (_what, bytes) => {
    expect(await kinds(at(bytes))).toEqual([])
  })

  it('on its ports takes what can be read, and leaves alone what cannot be', async () => {
    expect(await kinds(up(message(1, 1, elapsed)))).toEqual(['solicit'])
    expect(await kinds(up(Buffer.from('hello, is this a server?')))).toEqual([])
  })
})
