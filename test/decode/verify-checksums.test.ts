import { describe, expect, it } from 'vitest'
import { verifyChecksums } from '../../src/decode/verify-checksums.js'
import { ipv4, ipv6, type Segment, tcp, udp } from '../support/captures.js'
import { look } from './look.js'

const four = { src: '10.0.0.1', dst: '10.0.0.2' }
const six = { src: '2001:db8::1', dst: '2001:db8::2' }
const icmp = (proto: 1 | 58): Segment => {
  const bytes = Buffer.from([proto === 1 ? 8 : 128, 0, 0, 0, 0, 1, 0, 2, 1, 2, 3])
  // The version 4 checksum has no pseudo-header, which the packet builder would add.
  return proto === 1 ? { proto, bytes: Buffer.from([8, 0, 0xf3, 0xfa, 0, 1, 0, 2, 1, 2, 3]) } : { proto, bytes, checksumAt: 2 }
}

/** Is a checksum of `packet` found wrong? */
const wrong = (packet: Buffer, snaplen = packet.length): boolean => {
  const { p } = look(packet, { link: 101, snaplen })
  const found = verifyChecksums(p)
  return found
}
const flipped = (packet: Buffer, at: number): Buffer => {
  const copy = Buffer.from(packet)
  copy[at]! ^= 0x10
  return copy
}

describe('verifyChecksums', () => {
  const long = 'x'.repeat(1001)
  const packets: readonly [what: string, packet: Buffer, header: number][] = [
    ['TCP over IPv4', ipv4(four, tcp({ srcPort: 1, dstPort: 2 }, 'odd')), 20],
    ['long TCP over IPv4', ipv4(four, tcp({ srcPort: 1, dstPort: 2 }, long)), 20],
    ['TCP over IPv6', ipv6(six, tcp({ srcPort: 1, dstPort: 2 }, 'even')), 40],
    ['UDP over IPv4', ipv4(four, udp({ srcPort: 1, dstPort: 2 }, long)), 20],
    ['UDP over IPv6', ipv6(six, udp({ srcPort: 1, dstPort: 2 }, 'odd')), 40],
    ['ICMP', ipv4(four, icmp(1)), 20],
    ['ICMPv6', ipv6(six, icmp(58)), 40],
    [
      'TCP over IPv4 with options',
      ipv4({ ...four, options: Buffer.of(7, 7, 4, 10, 0, 0, 1, 0) }, tcp({ srcPort: 1, dstPort: 2 }, 'odd')),
      28,
    ],
    [
      'TCP behind a hop-by-hop header',
      ipv6({ ...six, extensions: { first: 0, bytes: Buffer.from([6, 0, 1, 4, 0, 0, 0, 0]) } }, tcp({ srcPort: 1, dstPort: 2 })),
      48,
    ],
  ]
  it.each(packets)('%s: right as sent, wrong when a bit flips', (_what, packet, header) => {
    expect(wrong(packet)).toBe(false)
    expect(wrong(flipped(packet, header + 1))).toBe(true)
    expect(wrong(flipped(packet, packet.length - 1))).toBe(true)
    // The pseudo-header has the addresses; ICMP for IPv4 has none but its IP header sees the change.
    expect(wrong(flipped(packet, packet[0]! >> 4 === 4 ? 15 : 23))).toBe(true)
  })

  it('finds a wrong IPv4 header on its own', () => {
    expect(wrong(flipped(ipv4(four, udp({ srcPort: 1, dstPort: 2 }, 'abc')), 8))).toBe(true)
    expect(wrong(flipped(ipv4({ ...four, fragmentOffset: 8 }, { proto: 17, bytes: Buffer.from('abcdefgh') }), 8))).toBe(true)
    expect(wrong(ipv4(four, { proto: 89, bytes: Buffer.from('abcdefgh') }))).toBe(false)
  })

  it('says nothing of what it cannot know', () => {
    const bad = flipped(ipv4(four, tcp({ srcPort: 1, dstPort: 2 }, 'payload')), 41)
    expect(wrong(bad)).toBe(true)
    expect(wrong(bad, bad.length - 1), 'cut by the snaplen').toBe(false)
    expect(wrong(ipv4({ ...four, moreFragments: true }, { proto: 17, bytes: Buffer.alloc(16, 7) })), 'fragment').toBe(false)
    const offload = ipv4({ ...four, totalLength: 0 }, { ...tcp({ srcPort: 1, dstPort: 2 }, 'payload'), checksumAt: 4 })
    expect(wrong(offload), 'segmentation offload').toBe(false)
    const routed = ipv4(
      { ...four, options: Buffer.of(131, 7, 8, 10, 0, 0, 3, 0) },
      { proto: 6, bytes: tcp({ srcPort: 1, dstPort: 2 }).bytes },
    )
    expect(wrong(routed), 'source route').toBe(false)
    const routed6 = ipv6(
      { ...six, extensions: { first: 43, bytes: Buffer.from([6, 0, 0, 1, 0, 0, 0, 0]) } },
      { proto: 6, bytes: tcp({ srcPort: 1, dstPort: 2 }).bytes },
    )
    expect(wrong(routed6), 'routing header').toBe(false)
  })

  it('takes a UDP checksum of zero for none over IPv4 and for wrong over IPv6', () => {
    const none = { proto: 17, bytes: udp({ srcPort: 1, dstPort: 2 }, 'abc').bytes }
    expect(wrong(ipv4(four, none))).toBe(false)
    expect(wrong(ipv6(six, none))).toBe(true)
  })

  it('does not count Ethernet padding', () => {
    const packet = ipv4(four, tcp({ srcPort: 1, dstPort: 2 }))
    expect(wrong(Buffer.concat([packet, Buffer.alloc(6, 0x77)]))).toBe(false)
  })
})
