import { describe, expect, it } from 'vitest'
import { run } from '../../../src/kit/run.js'
import { dhcpv4 } from '../../../src/protocols/dhcpv4/index.js'
import { frame, pcap, udpFrame } from '../../support/captures.js'
import { dhcp, fixed, ip, opt, seconds } from './messages.js'

type Packet = readonly [from: string, to: string, bytes: Buffer, at?: number]
const ANY = '0.0.0.0:68'
const ALL = '255.255.255.255:67'
const SERVER = '192.0.2.1:67'
const CLIENT = '192.0.2.10:68'
const yi = { yiaddr: '192.0.2.10' }
const from = ip(54, '192.0.2.1')
const want = ip(50, '192.0.2.10')

/** Packets a second apart unless told otherwise. */
async function rows(...packets: Packet[]) {
  const frames = packets.map(([src, dst, bytes, at], i) => {
    const [a, b] = [src.split(':'), dst.split(':')]
    return frame(udpFrame({ src: a[0]!, dst: b[0]!, srcPort: Number(a[1]), dstPort: Number(b[1]) }, bytes), 1_000_000_000 + (at ?? i))
  })
  const { sink, result } = await run([pcap(frames)], { protocols: [dhcpv4] })
  const all = sink.records.map(({ tx, flow }) => ({ ...tx, ...tx.row, flow, frame: (tx.request?.refs[0] ?? 0) % 2 ** 32 }))
  return { rows: all.sort((a, b) => a.frame - b.frame) as (Record<string, unknown> & { flow: (typeof all)[0]['flow'] })[], result }
}

const discover: Packet = [ANY, ALL, dhcp(1, {}, opt(12, 'desk'))]
const offer: Packet = [SERVER, CLIENT, dhcp(2, yi, from)]
const request: Packet = [ANY, ALL, dhcp(3, {}, want, from)]
const ack: Packet = [SERVER, CLIENT, dhcp(5, yi, from, seconds(51, 60))]

describe('an exchange', () => {
  it('is told on each of its messages, across flows', async () => {
    const { rows: all } = await rows(discover, offer, request, ack)
    expect(all.map((r) => [r.method, r.result, r.answer, r.complete, r.client_name, r.chosen_server])).toEqual([
      ['discover', 'offered', 'offer', 'complete', 'desk', undefined],
      ['offer', 'offered', undefined, 'complete', 'desk', undefined],
      ['request', 'bound', 'ack', 'complete', 'desk', '192.0.2.1'],
      ['ack', 'bound', undefined, 'complete', 'desk', '192.0.2.1'],
    ])
    expect(all[3]).toMatchObject({ exchange: ['discover', 'offer', 'request', 'ack'], exchange_ns: 3e9, offering_servers: ['192.0.2.1'] })
    expect(new Set(all.map((r) => r.exchange_id)).size).toBe(1)
    expect(all[1]!.flow).toMatchObject({ client: { ip: '192.0.2.10', port: 68 }, server: { ip: '192.0.2.1', port: 67 } })
    expect(all[1]).toMatchObject({ source_ip: '192.0.2.1', destination_ip: '192.0.2.10', source_bytes: (offer[2] as Buffer).length })
    expect(all[0]!.source_ip).toBeUndefined()
  })

  it('goes on under another xid when the client takes up the offer', async () => {
    const { rows: all } = await rows(
      discover,
      offer,
      [ANY, ALL, dhcp(3, { xid: 9 }, want, from)],
      [SERVER, CLIENT, dhcp(5, { ...yi, xid: 9 }, from)],
    )
    expect(new Set(all.map((r) => r.exchange_id)).size).toBe(1)
    const other = await rows(discover, offer, [ANY, ALL, dhcp(3, { xid: 9 }, ip(50, '192.0.2.77'), from)])
    expect(new Set(other.rows.map((r) => r.exchange_id)).size).toBe(2)
  })

  it('names every server that offers', async () => {
    const rogue: Packet = ['192.0.2.66:67', CLIENT, dhcp(2, { yiaddr: '192.0.2.99' }, ip(54, '192.0.2.66'))]
    const { rows: all } = await rows(discover, offer, rogue, request, ack)
    expect(all[4]!.offering_servers).toEqual(['192.0.2.1', '192.0.2.66'])
    expect(all[4]!.exchange).toEqual(['discover', 'offer', 'request', 'ack'])
  })

  it('with another client of the same xid is another', async () => {
    const { rows: all } = await rows(discover, [ANY, ALL, dhcp(1, { mac: '020000000001' })], offer)
    expect(all.map((r) => r.result)).toEqual(['offered', 'unanswered', 'offered'])
  })

  it('of renewals under one xid is one each', async () => {
    const renew = (at: number): Packet[] => [
      [CLIENT, SERVER, dhcp(3, { ciaddr: '192.0.2.10' }), at],
      [SERVER, CLIENT, dhcp(5, { ...yi, ciaddr: '192.0.2.10' }, from, seconds(51, 60)), at],
    ]
    const { rows: all } = await rows(...renew(0), ...renew(30), [CLIENT, ALL, dhcp(3, { ciaddr: '192.0.2.10' }), 55])
    expect(all.map((r) => [r.request_state, r.result])).toEqual([
      ['renewing', 'renewed'],
      [undefined, 'renewed'],
      ['renewing', 'renewed'],
      [undefined, 'renewed'],
      ['rebinding', 'unanswered'],
    ])
    expect(new Set(all.map((r) => r.exchange_id)).size).toBe(3)
  })

  it('counts attempts; one answer answers all', async () => {
    const { rows: all } = await rows(discover, discover, discover, offer)
    expect(all.map((r) => [r.attempt, r.answer, r.complete])).toEqual([
      [1, 'offer', 'complete'],
      [2, 'offer', 'complete'],
      [3, 'offer', 'complete'],
      [undefined, undefined, 'complete'],
    ])
  })

  it('through a relay pairs each leg with its own', async () => {
    const relayed = { giaddr: '198.51.100.1', hops: 1 }
    const up = '198.51.100.1:67'
    const { rows: all } = await rows(
      [ANY, ALL, dhcp(1)],
      [up, SERVER, dhcp(1, relayed)],
      [SERVER, up, dhcp(2, { ...relayed, ...yi }, from)],
      ['198.51.100.1:67', CLIENT, dhcp(2, { ...relayed, ...yi }, from)],
    )
    const times = all.map((r) => (r.answered as { sec: number } | undefined)?.sec)
    expect(times).toEqual([1_000_000_003, 1_000_000_002, undefined, undefined])
    expect(all.map((r) => r.attempt)).toEqual([1, 1, undefined, undefined])
    expect(all[2]!.flow.client.ip).toBe('198.51.100.1')
  })

  it('tells requests that nobody answers, and answers that nobody asked for', async () => {
    const late = await rows(discover, [ANY, ALL, dhcp(1, { mac: '020000000001', xid: 5 }), 70], [SERVER, CLIENT, dhcp(2, yi, from), 71])
    expect(late.rows.map((r) => [r.result, r.complete, r.status])).toEqual([
      ['unanswered', 'no-response', 'OK'],
      ['unanswered', 'no-response', 'OK'],
      ['offered', 'complete', 'OK'],
    ])
    const orphan = await rows(ack)
    expect(orphan.rows.map((r) => [r.complete, r.result, r.method])).toEqual([['orphan-response', 'bound', 'ack']])
    const released = await rows([CLIENT, SERVER, dhcp(7, { ciaddr: '192.0.2.10' }, from)])
    expect(released.rows.map((r) => [r.complete, r.result, r.resource])).toEqual([['complete', 'released', '192.0.2.10']])
  })

  it('of INFORM and of BOOTP are pairs', async () => {
    const inform = await rows(
      [CLIENT, SERVER, dhcp(8, { ciaddr: '192.0.2.10' })],
      [SERVER, CLIENT, dhcp(5, { ciaddr: '192.0.2.10' }, from)],
    )
    expect(inform.rows.map((r) => r.result)).toEqual(['informed', 'informed'])
    const bootp = await rows([ANY, ALL, fixed()], [SERVER, CLIENT, fixed({ op: 2, ...yi })])
    expect(bootp.rows.map((r) => [r.method, r.result])).toEqual([
      ['bootrequest', 'answered'],
      ['bootreply', 'answered'],
    ])
  })

  it('of a starvation attack is bounded, and every message is a row', async () => {
    const flood = Array.from(
      { length: 9000 },
      (_, i): Packet => [ANY, ALL, dhcp(1, { xid: i, mac: `0200${i.toString(16).padStart(8, '0')}` }), 0],
    )
    const { rows: all } = await rows(...flood)
    expect(all).toHaveLength(9000)
    expect(all.filter((r) => String(r.notes).startsWith('Given up')).length).toBe(9000 - 2048)
  })
})

describe('detection', () => {
  const kinds = async (...packets: Packet[]) => (await rows(...packets)).rows.map((r) => r.method)
  it('knows DHCP on any port, BOOTP on its own', async () => {
    expect(await kinds(['192.0.2.7:4011', '192.0.2.1:5000', dhcp(1)])).toEqual(['discover'])
    expect(await kinds(['192.0.2.1:5000', '192.0.2.7:4011', dhcp(2, yi)])).toEqual(['offer'])
    expect(await kinds(['192.0.2.7:4011', '192.0.2.1:5000', fixed()])).toEqual([])
    expect(await kinds([ANY, ALL, fixed()])).toEqual(['bootrequest'])
  })
  it('leaves alone what is none', async () => {
    expect(await kinds([ANY, ALL, Buffer.from('hello, is this a server?')])).toEqual([])
    expect(await kinds(['192.0.2.7:4011', '192.0.2.1:5000', dhcp(1, { hlen: 9 })])).toEqual([])
  })
})
