import { describe, expect, it } from 'vitest'
import { Decoded } from '../../src/decode/packet.js'
import { isOneWay } from '../../src/decode/transport/icmp.js'
import { ipv4, ipv6, type Segment, tcp, udp } from '../support/captures.js'
import { look, payload } from './look.js'

const four = { src: '10.0.0.1', dst: '10.0.0.2' }
const six = { src: '2001:db8::1', dst: '2001:db8::2' }
const over4 = (s: Segment, totalLength?: number): Buffer => ipv4(totalLength === undefined ? four : { ...four, totalLength }, s)
const icmp4 = (...bytes: readonly number[]): Segment => ({ proto: 1, bytes: Buffer.from(bytes), checksumAt: 2 })

describe('TCP', () => {
  it('reads ports, numbers, flags, window and payload', () => {
    const segment = tcp(
      { srcPort: 40000, dstPort: 65535, seq: 0xfedcba98, ack: 0x80000000, flags: 'FSRPAUEC', window: 4321, options: 'abcdefgh' },
      'data',
    )
    const { result, p } = look(over4(segment), { link: 228 })
    expect(result).toBe(Decoded.Ok)
    expect([p.srcPort, p.dstPort, p.seq, p.ack, p.tcpFlags, p.window]).toEqual([40000, 65535, 0xfedcba98, 0x80000000, 0xff, 4321])
    expect([p.payload - p.transport, p.payloadLength, payload(p)]).toEqual([28, 4, 'data'])
  })

  it.each([0, 4])('a data offset of %i is malformed, ports and numbers are known', (offset) => {
    const packet = over4(tcp({ srcPort: 1, dstPort: 2, seq: 7 }, 'data'))
    packet[20 + 12] = offset << 4
    const { result, p } = look(packet, { link: 228 })
    expect([result, p.transport - p.ip, p.srcPort, p.dstPort, p.seq, p.payloadLength, p.payloadCaptured]).toEqual([
      Decoded.Malformed,
      20,
      1,
      2,
      7,
      0,
      0,
    ])
  })

  it('a header longer than the packet is malformed, addresses and ports are known', () => {
    const packet = over4(tcp({ srcPort: 1, dstPort: 2 }, 'data'))
    packet[20 + 12] = 0xf0
    const { result, p } = look(packet, { link: 228 })
    expect([result, p.ipVersion, p.transport - p.ip, p.srcPort, p.dstPort, p.payloadLength]).toEqual([Decoded.Malformed, 4, 20, 1, 2, 0])
  })

  it('knows the payload length when the snaplen cut the options', () => {
    const packet = over4(tcp({ srcPort: 1, dstPort: 2, options: Buffer.alloc(20, 1) }, 'data'))
    const { result, p } = look(packet, { link: 228, snaplen: 50 })
    expect([result, p.payloadLength, p.payloadCaptured, p.payload]).toEqual([Decoded.Ok, 4, 0, p.end])
  })

  it('says Short before 20 bytes, with the ports when they are there', () => {
    const packet = over4(tcp({ srcPort: 1, dstPort: 2 }, 'data'))
    for (let n = 20; n < 40; n++) {
      const { result, p } = look(packet, { link: 228, snaplen: n })
      expect([result, p.ipVersion, p.transport, p.dstPort]).toEqual([Decoded.Short, 4, -1, n < 24 ? 0 : 2])
    }
    // Short by its own IP length, although more bytes follow.
    expect(look(over4(tcp({ srcPort: 1, dstPort: 2 }, 'data'), 39), { link: 228 }).result).toBe(Decoded.Short)
  })
})

describe('UDP', () => {
  const cases: readonly [what: string, length: number, expected: string][] = [
    ['right', 13, 'hello'],
    ['shorter than the packet', 11, 'hel'],
    ['zero', 0, 'hello'],
    ['below the header', 7, 'hello'],
    ['longer than the packet', 14, 'hello'],
    ['as long as can be', 65_535, 'hello'],
    ['the header alone', 8, ''],
  ]
  it.each(cases)('length field %s', (_what, length, expected) => {
    for (const packet of [
      over4(udp({ srcPort: 1, dstPort: 2, length }, 'hello')),
      ipv6(six, udp({ srcPort: 1, dstPort: 2, length }, 'hello')),
    ]) {
      const { result, p } = look(packet, { link: 101 })
      expect([result, payload(p), p.payloadLength]).toEqual([Decoded.Ok, expected, expected.length])
    }
  })
})

describe('ICMP', () => {
  const ports = (version: 4 | 6, type: number, code: number): readonly [number, number, boolean] => {
    const segment = { ...icmp4(type, code, 0, 0, 0, 1, 0, 2, 9, 9), proto: version === 6 ? 58 : 1 }
    const { result, p } = look(version === 4 ? ipv4(four, segment) : ipv6(six, segment), { link: 101 })
    expect(result).toBe(Decoded.Ok)
    return [p.srcPort, p.dstPort, isOneWay(p)]
  }

  it('stands type and paired type in for ports, type and code where there is no pair', () => {
    expect(ports(4, 8, 7)).toEqual([8, 0, false])
    expect(ports(4, 0, 7)).toEqual([0, 8, false])
    expect(ports(4, 3, 13)).toEqual([3, 13, true])
    expect(ports(4, 128, 1)).toEqual([128, 1, true])
    expect(ports(6, 128, 0)).toEqual([128, 129, false])
    expect(ports(6, 135, 0)).toEqual([135, 136, false])
    expect(ports(6, 1, 4)).toEqual([1, 4, true])
    expect(ports(6, 8, 0)).toEqual([8, 0, true])
  })

  it('has the bytes behind the 8-byte header as payload', () => {
    const { p } = look(over4(icmp4(8, 0, 0, 0, 0, 1, 0, 2, 0x61, 0x62)), { link: 228 })
    expect([p.payloadLength, payload(p), p.payload - p.transport]).toEqual([2, 'ab', 8])
    const cut = look(over4(icmp4(8, 0, 0, 0, 0, 1, 0, 2, 0x61, 0x62)), { link: 228, snaplen: 26 })
    expect([cut.result, cut.p.payloadLength, cut.p.payloadCaptured, cut.p.payload]).toEqual([Decoded.Ok, 2, 0, cut.p.end])
  })

  it('has none when the message is shorter than the header', () => {
    const { result, p } = look(over4(icmp4(8, 0, 0, 0, 0, 1)), { link: 228 })
    expect([result, p.payloadLength, p.payloadCaptured, p.srcPort]).toEqual([Decoded.Ok, 0, 0, 8])
    expect(look(over4({ proto: 1, bytes: Buffer.of(8, 0, 0) }), { link: 228 }).result).toBe(Decoded.Short)
  })
})
