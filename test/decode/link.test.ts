import { describe, expect, it } from 'vitest'
import { linkTypes } from '../../src/decode/decode.js'
import { Decoded } from '../../src/decode/packet.js'
import { ethernet, ipv4, ipv6, udp } from '../support/captures.js'
import { dst, look, payload, src } from './look.js'

const four = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp({ srcPort: 1000, dstPort: 53 }, 'hello'))
const six = ipv6({ src: '2001:db8::1', dst: '2001:db8::2' }, udp({ srcPort: 1000, dstPort: 53 }, 'hello'))
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const behind = (header: string, packet: Buffer): Buffer => Buffer.concat([hex(header), packet])

const sll = (protocol: string, device = '0001'): string => `0000 ${device} 0006 021122334455 0000 ${protocol}`
const sll2 = (protocol: string, device = '0001'): string => `${protocol} 0000 00000002 ${device} 00 06 0211223344550000`

describe('a link header leads to the IP packet behind it', () => {
  const cases: readonly [what: string, link: number, frame: Buffer, version: 4 | 6][] = [
    ['Ethernet, IPv4', 1, ethernet(four), 4],
    ['Ethernet, IPv6', 1, ethernet(six), 6],
    ['802.3 with LLC and SNAP', 1, behind('020000000002 020000000001 0029 aaaa03 000000 0800', four), 4],
    ['802.3 with LLC and SNAP, IPv6', 1, behind('020000000002 020000000001 003d aaaa03 000000 86dd', six), 6],
    ['802.3 with the IP SAP', 1, behind('020000000002 020000000001 0024 060603', four), 4],
    ['BSD loopback, little endian', 0, behind('02000000', four), 4],
    ['BSD loopback, big endian', 0, behind('00000002', four), 4],
    ['BSD loopback, Linux IPv6', 0, behind('0a000000', six), 6],
    ['BSD loopback, NetBSD IPv6', 0, behind('18000000', six), 6],
    ['BSD loopback, FreeBSD IPv6', 0, behind('1c000000', six), 6],
    ['BSD loopback, macOS IPv6', 0, behind('1e000000', six), 6],
    ['BSD loopback, macOS IPv6, big endian', 0, behind('0000001e', six), 6],
    ['OpenBSD loopback', 108, behind('00000002', four), 4],
    ['OpenBSD loopback, IPv6', 108, behind('00000018', six), 6],
    ['raw IP', 101, four, 4],
    ['raw IP, IPv6', 101, six, 6],
    ['raw IP as 12', 12, four, 4],
    ['raw IP as 14', 14, six, 6],
    ['IPv4', 228, four, 4],
    ['IPv6', 229, six, 6],
    ['Linux cooked', 113, behind(sll('0800'), four), 4],
    ['Linux cooked, IPv6', 113, behind(sll('86dd'), six), 6],
    ['Linux cooked, LLC', 113, behind(`${sll('0004')} aaaa03 000000 0800`, four), 4],
    ['Linux cooked 2', 276, behind(sll2('0800'), four), 4],
    ['Linux cooked 2, IPv6', 276, behind(sll2('86dd'), six), 6],
  ]
  it.each(cases)('%s', (_what, link, frame, version) => {
    const { result, p } = look(frame, { link })
    expect(result).toBe(Decoded.Ok)
    expect(p.ipVersion).toBe(version)
    expect([src(p), dst(p)]).toEqual(version === 4 ? ['10.0.0.1', '10.0.0.2'] : ['2001:db8::1', '2001:db8::2'])
    expect([p.srcPort, p.dstPort, payload(p)]).toEqual([1000, 53, 'hello'])
    expect(p.wireLength).toBe(frame.length)
    expect(p.macs).toBe(link === 1 ? p.start : -1)
    for (let n = 0; n < frame.length; n++) expect(look(frame, { link, snaplen: n }).result, `cut to ${n}`).not.toBe(Decoded.UnknownLink)
  })

  it('says Short for every cut before the transport header ends, Ok from there on', () => {
    const frame = ethernet(four)
    for (let n = 0; n <= frame.length; n++) {
      const { result, p } = look(frame, { snaplen: n })
      expect(result).toBe(n < 42 ? Decoded.Short : Decoded.Ok)
      expect(p.ipVersion).toBe(n < 34 ? 0 : 4)
      expect(p.transport >= 0).toBe(n >= 42)
      expect(p.srcPort).toBe(n < 38 ? 0 : 1000)
      if (result === Decoded.Ok) expect([p.payloadCaptured, p.payloadLength]).toEqual([n - 42, 5])
    }
  })

  it('knows no other link type', () => {
    expect(look(four, { link: 147 }).result).toBe(Decoded.UnknownLink)
    expect([...linkTypes.keys()].sort((a, b) => a - b)).toEqual([0, 1, 12, 14, 101, 108, 113, 228, 229, 276])
  })
})

describe('what is not IP', () => {
  const cases: readonly [what: string, link: number, frame: Buffer][] = [
    ['ARP', 1, ethernet(Buffer.alloc(28), { type: 0x0806 })],
    ['LLDP', 1, ethernet(Buffer.alloc(28), { type: 0x88cc })],
    ['spanning tree', 1, behind('0180c2000000 020000000001 0026 424203', Buffer.alloc(35))],
    ['SNAP of Cisco', 1, behind('01000ccccccc 020000000001 0100 aaaa03 00000c 2000', Buffer.alloc(60))],
    ['SNAP with a length for a type', 1, behind('020000000002 020000000001 0100 aaaa03 000000 0100', Buffer.alloc(60))],
    ['a type between length and type', 1, ethernet(Buffer.alloc(28), { type: 0x0601 - 0x10 })],
    ['another address family', 0, behind('07000000', Buffer.alloc(28))],
    ['netlink in a cooked capture', 113, behind(sll('0000', '0338'), four)],
    ['netlink family 0x0800', 113, behind(sll('0800', '0338'), four)],
    ['ARP in a cooked capture', 276, behind(sll2('0806'), Buffer.alloc(28))],
  ]
  it.each(cases)('%s', (_what, link, frame) => {
    const { result, p } = look(frame, { link })
    expect(result).toBe(Decoded.NotIp)
    expect([p.ipVersion, p.transport, p.payloadLength]).toEqual([0, -1, 0])
  })

  it('a version that is not the one announced is malformed', () => {
    expect(look(ethernet(six, { type: 0x0800 })).result).toBe(Decoded.Malformed)
    expect(look(ethernet(four, { type: 0x86dd }), { original: 100 }).result).toBe(Decoded.Short)
    expect(look(six, { link: 228 }).result).toBe(Decoded.Malformed)
    expect(look(Buffer.concat([four, four]), { link: 229 }).result).toBe(Decoded.Malformed)
    expect(look(Buffer.alloc(60, 0x50), { link: 101 }).result).toBe(Decoded.Malformed)
  })
})

describe('VLAN tags', () => {
  const tagged = (...tags: readonly (readonly [type: number, id: number])[]): Buffer => {
    const inner = Buffer.concat([
      ...tags.map(([, id], i) => Buffer.from([id >> 8, id & 0xff, ...typeOf(tags[i + 1]?.[0] ?? 0x0800)])),
      four,
    ])
    return ethernet(inner, { type: tags[0]![0] })
  }
  const typeOf = (type: number): readonly number[] => [type >> 8, type & 0xff]

  it('keeps the id without priority bits', () => {
    const { result, p } = look(tagged([0x8100, 0xe065]))
    expect(result).toBe(Decoded.Ok)
    expect([p.vlanCount, p.vlan0, p.vlan1, payload(p)]).toEqual([1, 0x65, 0, 'hello'])
  })

  it('reads stacked tags of every type number, the first two ids', () => {
    const { result, p } = look(tagged([0x88a8, 101], [0x9100, 600], [0x9200, 7], [0x8100, 8]))
    expect(result).toBe(Decoded.Ok)
    expect([p.vlanCount, p.vlan0, p.vlan1, payload(p)]).toEqual([4, 101, 600, 'hello'])
  })

  it('takes a priority tag (id 0) for no VLAN', () => {
    const { p } = look(tagged([0x8100, 0xa000], [0x8100, 5]))
    expect([p.vlanCount, p.vlan0, payload(p)]).toEqual([1, 5, 'hello'])
  })

  it('stops at five tags', () => {
    expect(look(tagged([0x8100, 1], [0x8100, 2], [0x8100, 3], [0x8100, 4], [0x8100, 5])).result).toBe(Decoded.Malformed)
  })

  it('finds tags in cooked captures too', () => {
    const { result, p } = look(behind(`${sll('8100')} 0064 0800`, four), { link: 113 })
    expect([result, p.vlanCount, p.vlan0, payload(p)]).toEqual([Decoded.Ok, 1, 100, 'hello'])
  })

  it('says Short when a tag is cut', () => {
    const frame = tagged([0x8100, 1], [0x8100, 2])
    for (let n = 14; n < 22; n++) expect(look(frame, { snaplen: n }).result).toBe(Decoded.Short)
  })

  it('leaves nothing of the packet before', () => {
    const { p } = look(tagged([0x8100, 101], [0x8100, 600]))
    look(ethernet(Buffer.alloc(28), { type: 0x0806 }), { p })
    expect([p.vlanCount, p.vlan0, p.vlan1, p.ipVersion, p.transport, p.srcPort, p.payloadLength]).toEqual([0, 0, 0, 0, -1, 0, 0])
  })
})
