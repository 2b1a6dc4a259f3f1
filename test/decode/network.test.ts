import { describe, expect, it } from 'vitest'
import { Decoded } from '../../src/decode/packet.js'
import { ethernet, ipv4, ipv6, type Segment, tcp, udp } from '../support/captures.js'
import { dst, look, payload, src } from './look.js'

const hello = udp({ srcPort: 1000, dstPort: 53 }, 'hello')
const four = { src: '10.0.0.1', dst: '10.0.0.2' }
const six = { src: '2001:db8::1', dst: '2001:db8::2' }
const raw = (proto: number, bytes = 'abcdefgh'): Segment => ({ proto, bytes: Buffer.from(bytes) })

describe('IPv4', () => {
  it('reads addresses, time to live, protocol and length', () => {
    const { result, p } = look(ipv4({ ...four, ttl: 17 }, hello), { link: 228 })
    expect(result).toBe(Decoded.Ok)
    expect([src(p), dst(p), p.ttl, p.proto, p.ipLength, p.ip]).toEqual(['10.0.0.1', '10.0.0.2', 17, 17, 33, p.start])
  })

  it('skips options', () => {
    const { result, p } = look(ipv4({ ...four, options: Buffer.alloc(40, 1) }, hello), { link: 228 })
    expect([result, payload(p), p.transport - p.ip]).toEqual([Decoded.Ok, 'hello', 60])
  })

  it('does not take Ethernet padding for payload', () => {
    const ack = tcp({ srcPort: 1, dstPort: 2 })
    const { p } = look(Buffer.concat([ethernet(ipv4(four, ack)), Buffer.alloc(6, 0x55)]))
    expect([p.payloadLength, p.payloadCaptured, p.ipLength, p.wireLength]).toEqual([0, 0, 40, 60])
  })

  it('takes the frame for the length where offload left 0', () => {
    const frame = ethernet(ipv4({ ...four, totalLength: 0 }, tcp({ srcPort: 1, dstPort: 2 }, 'x'.repeat(3000))))
    const { result, p } = look(frame, { snaplen: 200 })
    expect([result, p.payloadLength, p.payloadCaptured, p.ipLength]).toEqual([Decoded.Ok, 3000, 200 - 54, 3040])
  })

  it('counts bytes that were announced and are not there', () => {
    const { result, p } = look(ipv4({ ...four, totalLength: 1000 }, tcp({ srcPort: 1, dstPort: 2 }, 'abc')), { link: 228 })
    expect([result, p.payloadLength, p.payloadCaptured]).toEqual([Decoded.Ok, 960, 3])
  })

  it.each([
    ['a header of 16 bytes', 0, 0x44],
    ['a header of 0 bytes', 0, 0x40],
    ['version 5', 0, 0x55],
  ])('%s is malformed and names no addresses', (_what, at, value) => {
    const packet = ipv4(four, hello)
    packet[at] = value
    const { result, p } = look(packet, { link: 228 })
    expect([result, p.ipVersion]).toEqual([Decoded.Malformed, 0])
  })

  it('a total length below the header is malformed with addresses', () => {
    const { result, p } = look(ipv4({ ...four, totalLength: 19 }, hello), { link: 228 })
    expect([result, p.ipVersion, src(p), p.transport, p.payloadLength]).toEqual([Decoded.Malformed, 4, '10.0.0.1', -1, 0])
  })

  it('gives the first fragment its transport header and later ones none', () => {
    const first = look(ipv4({ ...four, moreFragments: true }, udp({ srcPort: 1000, dstPort: 53, length: 3000 }, 'abcdefgh')), { link: 228 })
    expect([first.result, first.p.moreFragments, first.p.fragmentOffset, first.p.srcPort]).toEqual([Decoded.Ok, 1, 0, 1000])
    expect([first.p.payloadLength, payload(first.p)]).toEqual([8, 'abcdefgh'])
    const later = look(ipv4({ ...four, fragmentOffset: 1480 }, raw(17)), { link: 228 })
    expect([later.result, later.p.moreFragments, later.p.fragmentOffset, later.p.transport, later.p.proto]).toEqual([
      Decoded.Ok,
      0,
      1480,
      -1,
      17,
    ])
    expect([later.p.srcPort, later.p.payloadLength, payload(later.p)]).toEqual([0, 8, 'abcdefgh'])
    const highest = look(ipv4({ ...four, fragmentOffset: 65_528, moreFragments: true }, raw(17)), { link: 228 })
    expect([highest.p.fragmentOffset, highest.p.moreFragments]).toEqual([65_528, 1])
  })

  it('takes "do not fragment" for no fragment', () => {
    const { p } = look(ipv4({ ...four, dontFragment: true }, hello), { link: 228 })
    expect([p.fragmentOffset, p.moreFragments, payload(p)]).toEqual([0, 0, 'hello'])
  })

  it.each([2, 4, 47, 50, 89, 132, 255])('protocol %i flows with all of it as payload', (proto) => {
    const { result, p } = look(ipv4(four, raw(proto)), { link: 228 })
    expect([result, p.proto, p.transport, p.payloadLength, payload(p)]).toEqual([Decoded.Ok, proto, -1, 8, 'abcdefgh'])
  })
})

describe('IPv6', () => {
  /** An extension header of `units` times 8 bytes. */
  const extension = (next: number, units = 1): Buffer => Buffer.concat([Buffer.of(next, units - 1), Buffer.alloc(units * 8 - 2)])
  const fragment = (next: number, offset: number, more: number): Buffer =>
    Buffer.of(next, 0, offset >> 8, (offset & 0xf8) | more, 0, 0, 0, 9)

  it('reads addresses, hop limit, protocol and length', () => {
    const { result, p } = look(ipv6({ ...six, hopLimit: 3 }, hello), { link: 229 })
    expect([result, src(p), dst(p), p.ttl, p.proto, p.ipLength]).toEqual([Decoded.Ok, '2001:db8::1', '2001:db8::2', 3, 17, 53])
    expect([payload(p), p.payloadLength]).toEqual(['hello', 5])
  })

  it('walks every extension header that has a length', () => {
    const chain = [0, 60, 43, 135, 139, 140, 60]
    const bytes = Buffer.concat([
      ...chain.map((_, i) => extension(chain[i + 1] ?? 51, i === 2 ? 3 : 1)),
      Buffer.of(17, 4),
      Buffer.alloc(22),
    ])
    const { result, p } = look(ipv6({ ...six, extensions: { first: 0, bytes } }, hello), { link: 229 })
    expect([result, p.proto, payload(p), p.transport - p.ip]).toEqual([Decoded.Ok, 17, 'hello', 40 + bytes.length])
  })

  it('reads up to 16 extension headers and no more', () => {
    const chain = (n: number): Buffer => Buffer.concat(Array.from({ length: n }, (_, i) => extension(i === n - 1 ? 17 : 60)))
    expect(look(ipv6({ ...six, extensions: { first: 60, bytes: chain(16) } }, hello), { link: 229 }).result).toBe(Decoded.Ok)
    const { result, p } = look(ipv6({ ...six, extensions: { first: 60, bytes: chain(17) } }, hello), { link: 229 })
    expect([result, p.ipVersion, p.transport]).toEqual([Decoded.Malformed, 6, -1])
  })

  it('stops at what is encrypted', () => {
    const { result, p } = look(ipv6(six, raw(50)), { link: 229 })
    expect([result, p.proto, p.transport, payload(p)]).toEqual([Decoded.Ok, 50, -1, 'abcdefgh'])
  })

  it('accepts a packet without next header, padded by Ethernet', () => {
    const { result, p } = look(Buffer.concat([ethernet(ipv6(six, raw(59, ''))), Buffer.alloc(6)]))
    expect([result, p.proto, p.payloadLength, p.ipLength]).toEqual([Decoded.Ok, 59, 0, 40])
  })

  it('gives the first fragment its transport header and later ones none', () => {
    const first = look(ipv6({ ...six, extensions: { first: 44, bytes: fragment(17, 0, 1) } }, hello), { link: 229 })
    expect([first.result, first.p.moreFragments, first.p.fragmentOffset, payload(first.p)]).toEqual([Decoded.Ok, 1, 0, 'hello'])
    const later = look(ipv6({ ...six, extensions: { first: 44, bytes: fragment(17, 1448, 0) } }, raw(17)), { link: 229 })
    expect([later.result, later.p.fragmentOffset, later.p.transport, later.p.proto, payload(later.p)]).toEqual([
      Decoded.Ok,
      1448,
      -1,
      17,
      'abcdefgh',
    ])
  })

  it('says Short for a cut extension header and Malformed for one longer than the packet', () => {
    const packet = ipv6({ ...six, extensions: { first: 60, bytes: extension(17, 4) } }, hello)
    for (let n = 40; n < 72; n++) {
      const { result, p } = look(packet, { link: 229, snaplen: n })
      expect([result, p.ipVersion, p.transport]).toEqual([Decoded.Short, 6, -1])
    }
    packet[41] = 200
    expect(look(packet, { link: 229 }).result).toBe(Decoded.Malformed)
  })

  it('takes the length of a jumbogram from its option', () => {
    const jumbo = Buffer.from([6, 0, 0xc2, 4, 0, 1, 0x38, 0x9c]) // 80,028: these 8 bytes, the TCP header, 80,000
    const segment = tcp({ srcPort: 1, dstPort: 2 }, 'x'.repeat(80_000))
    const packet = ipv6({ ...six, extensions: { first: 0, bytes: jumbo } }, { proto: 6, bytes: segment.bytes.subarray(0, 100) })
    packet.writeUInt16BE(0, 4)
    const { result, p } = look(packet, { link: 229, original: 40 + 8 + segment.bytes.length + 10 })
    expect([result, p.ipLength, p.payloadLength, p.payloadCaptured]).toEqual([Decoded.Ok, 40 + 80_028, 80_000, 80])
  })

  it('does not believe a jumbogram longer than its frame', () => {
    const jumbo = Buffer.from([6, 0, 0xc2, 4, 0xff, 0xff, 0xff, 0xff])
    const packet = ipv6({ ...six, extensions: { first: 0, bytes: jumbo } }, tcp({ srcPort: 1, dstPort: 2 }, 'abc'))
    packet.writeUInt16BE(0, 4)
    expect(look(packet, { link: 229 }).p.payloadLength).toBe(3)
  })

  it('takes the frame for the length where offload left 0', () => {
    const packet = ipv6(six, tcp({ srcPort: 1, dstPort: 2 }, 'x'.repeat(3000)))
    packet.writeUInt16BE(0, 4)
    const { p } = look(packet, { link: 229, snaplen: 100 })
    expect([p.payloadLength, p.payloadCaptured]).toEqual([3000, 40])
  })
})
