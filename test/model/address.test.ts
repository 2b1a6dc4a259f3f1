import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ipText, ipv4Text, ipv6Text, macText } from '../../src/model/address.js'

const groups = (...g: readonly number[]): Buffer => Buffer.from(g.flatMap((n) => [n >> 8, n & 0xff]))

describe('ipv6Text writes what RFC 5952 asks for', () => {
  const cases: readonly [string, readonly number[]][] = [
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['1::', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['2001:db8::1', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ['2001:db8:0:1:1:1:1:1', [0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]],
    ['2001:0:0:1::1', [0x2001, 0, 0, 1, 0, 0, 0, 1]],
    ['2001:db8::1:0:0:1', [0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]],
    ['0:1:2:3:4:5:6:7', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['1:2:3:4:5:6:7:0', [1, 2, 3, 4, 5, 6, 7, 0]],
    ['1:2:3:4:5:6::', [1, 2, 3, 4, 5, 6, 0, 0]],
    ['::2:3:4:5:6:7', [0, 0, 2, 3, 4, 5, 6, 7]],
    ['fe80::200:86ff:fe05:80da', [0xfe80, 0, 0, 0, 0x200, 0x86ff, 0xfe05, 0x80da]],
    ['::ffff:192.0.2.128', [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0280]],
    ['::ffff:0.0.0.0', [0, 0, 0, 0, 0, 0xffff, 0, 0]],
    ['::c000:280', [0, 0, 0, 0, 0, 0, 0xc000, 0x0280]],
    ['abcd:ef01:2345:6789:abcd:ef01:2345:6789', [0xabcd, 0xef01, 0x2345, 0x6789, 0xabcd, 0xef01, 0x2345, 0x6789]],
  ]
  it.each(cases)('%s', (text, g) => expect(ipv6Text(groups(...g), 0)).toBe(text))

  it('reads at any offset and stays a valid address that means the same', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0xa0), { minLength: 8, maxLength: 8 }), fc.nat(5), (g, skip) => {
        const text = ipv6Text(Buffer.concat([Buffer.alloc(skip, 0xee), groups(...g)]), skip)
        expect(isIPv6(text)).toBe(true)
        const mapped = /^::ffff:(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
        const hex = mapped ? `::ffff:${groupText(mapped, 1)}:${groupText(mapped, 3)}` : text
        const [left = '', right] = hex.split('::')
        const read = (part: string): number[] => (part === '' ? [] : part.split(':').map((x) => Number.parseInt(x, 16)))
        const head = read(left)
        const tail = read(right ?? '')
        expect([...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]).toEqual(g)
      }),
    )
  })
})

const groupText = (parts: RegExpExecArray, i: number): string => (Number(parts[i]) * 256 + Number(parts[i + 1])).toString(16)

describe('other addresses', () => {
  it('writes IPv4 and MAC from any offset', () => {
    expect(ipv4Text(Buffer.of(9, 192, 0, 2, 255), 1)).toBe('192.0.2.255')
    expect(macText(Buffer.of(0, 0x08, 0x00, 0x27, 0x3d, 0x25, 0x4e), 1)).toBe('08-00-27-3D-25-4E')
    expect(ipText(4, Buffer.of(10, 0, 0, 1), 0)).toBe('10.0.0.1')
    expect(ipText(6, Buffer.alloc(16), 0)).toBe('::')
  })
})
