import { describe, expect, it } from 'vitest'
import { communityId, icmpPaired } from '../../src/model/community-id.js'
import { ipv4Bytes, ipv6Bytes } from '../support/captures.js'

const bytes = (ip: string): Buffer => (ip.includes(':') ? ipv6Bytes(ip) : ipv4Bytes(ip))
type Case = readonly [id: string, proto: number, src: string, srcPort: number, dst: string, dstPort: number]

describe('communityId', () => {
  const ported: readonly Case[] = [
    ['1:LQU9qZlK+B5F3KDmev6m5PMibrg=', 6, '128.232.110.120', 34855, '66.35.250.204', 80],
    ['1:d/FP5EW3wiY1vCndhwleRRKHowQ=', 17, '192.168.1.52', 54585, '8.8.8.8', 53],
    ['1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=', 6, '2001:470:e5bf:dead:4957:2174:e82c:4887', 63943, '2607:f8b0:400c:c03::1a', 25],
    ['1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=', 132, '192.168.170.56', 7, '192.168.170.8', 7],
    ['1:t9O1j0qj71O4wJM7gnaHtgmfev8=', 17, '0.0.0.0', 68, '255.255.255.255', 67],
    ['1:VbRSZnvQqvLiQRhYHLrdVI17sLQ=', 17, '192.168.0.1', 67, '192.168.0.10', 68],
    ['1:fx1jENdlg6r3LIvBRG3wEboWbPY=', 6, '192.168.1.35', 59455, '93.184.216.34', 443],
    ['1:xDRQZvk3ErEhBDslXv1c6EKI804=', 17, '10.0.2.20', 5060, '10.0.2.15', 5060],
  ]
  it.each(ported)('%s is the same from both ends', (id, proto, src, srcPort, dst, dstPort) => {
    expect(communityId(0, proto, bytes(src), bytes(dst), srcPort, dstPort)).toBe(id)
    expect(communityId(0, proto, bytes(dst), bytes(src), dstPort, srcPort)).toBe(id)
  })

  const icmp: readonly (readonly [id: string, version: 4 | 6, src: string, dst: string, type: number, code: number])[] = [
    ['1:X0snYXpgwiv9TZtqg64sgzUn6Dk=', 4, '192.168.0.89', '192.168.0.1', 8, 0],
    ['1:X0snYXpgwiv9TZtqg64sgzUn6Dk=', 4, '192.168.0.1', '192.168.0.89', 0, 0],
    ['1:lB4egS/Qun/GwHeSFBDGvr1G/IU=', 4, '192.168.3.129', '192.168.168.1', 3, 3],
    ['1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=', 6, '3ffe:507:0:1:200:86ff:fe05:80da', '3ffe:501:0:1001::2', 128, 0],
    ['1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=', 6, '3ffe:501:0:1001::2', '3ffe:507:0:1:200:86ff:fe05:80da', 129, 0],
    ['1:ORxAZfN3ld7Sv73/HQTNnvgxbpY=', 6, '3ffe:507:0:1:200:86ff:fe05:80da', '3ffe:507:0:1:260:97ff:fe07:69ea', 135, 0],
    ['1:ORxAZfN3ld7Sv73/HQTNnvgxbpY=', 6, '3ffe:507:0:1:260:97ff:fe07:69ea', '3ffe:507:0:1:200:86ff:fe05:80da', 136, 0],
    ['1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=', 6, 'fe80::200:86ff:fe05:80da', 'ff02::2', 133, 0],
    ['1:pkvHqCL88/tg1k4cPigmZXUtL00=', 6, 'fe80::260:97ff:fe07:69ea', 'ff02::1', 134, 0],
    ['1:jwuBy9UWZK1KUFqJV5cHdVpfrlY=', 6, '3ffe:507:0:1:200:86ff:fe05:80da', '3ffe:501:4819::42', 1, 4],
    ['1:bnQKq8A2r//dWnkRW2EYcMhShjc=', 6, '3ffe:501:0:1802:260:97ff:feb6:7ff0', '3ffe:507:0:1:200:86ff:fe05:80da', 3, 0],
  ]
  it.each(icmp)('%s: ICMP for IPv%i from %s to %s, type %i code %i', (id, version, src, dst, type, code) => {
    const paired = icmpPaired(version, type)
    expect(communityId(0, version === 6 ? 58 : 1, bytes(src), bytes(dst), type, paired < 0 ? code : paired, paired < 0)).toBe(id)
  })

  it('keeps the direction of one-way types', () => {
    const there = communityId(0, 1, bytes('10.0.0.1'), bytes('10.0.0.2'), 3, 1, true)
    expect(communityId(0, 1, bytes('10.0.0.2'), bytes('10.0.0.1'), 3, 1, true)).not.toBe(there)
  })

  it('leaves ports out where the protocol has none or they are not known', () => {
    const a = bytes('10.0.0.1')
    const b = bytes('10.0.0.2')
    expect(communityId(0, 50, a, b, 1, 2)).toBe(communityId(0, 50, b, a, -1, -1))
    expect(communityId(0, 17, a, b, -1, -1)).not.toBe(communityId(0, 17, a, b, 0, 0))
  })

  it('depends on the seed', () => {
    const [, proto, src, srcPort, dst, dstPort] = ported[0]!
    // The specification's own baseline for seed 1.
    expect(communityId(1, proto, bytes(src), bytes(dst), srcPort, dstPort)).toBe('1:3V71V58M3Ksw/yuFALMcW0LAHvc=')
  })
})

describe('icmpPaired', () => {
  it('is its own inverse and knows nothing else', () => {
    for (const version of [4, 6])
      for (let type = 0; type < 256; type++) {
        const paired = icmpPaired(version, type)
        if (paired >= 0) expect(icmpPaired(version, paired)).toBe(type)
      }
    expect([0, 8, 9, 10, 13, 14, 15, 16, 17, 18].map((t) => icmpPaired(4, t))).toEqual([8, 0, 10, 9, 14, 13, 16, 15, 18, 17])
    expect([3, 4, 5, 11, 12, 128].map((t) => icmpPaired(4, t))).toEqual([-1, -1, -1, -1, -1, -1])
    expect([1, 2, 3, 4, 8, 132, 137, 143].map((t) => icmpPaired(6, t))).toEqual([-1, -1, -1, -1, -1, -1, -1, -1])
  })
})
