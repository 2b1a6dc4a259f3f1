/** Addresses to addresses, tokens, masks, and values found inside other texts. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masked } from '../../src/redact/cell-change.js'
import { KnownValues } from '../../src/redact/known-values.js'
import { PrefixAddresses } from '../../src/redact/prefix-addresses.js'
import { TextSearch } from '../../src/redact/text-search.js'
import { readKey, Tokens } from '../../src/redact/tokens.js'

const KEY = Buffer.from([
  ...[21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16],
  ...[216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2],
])

const bitsOf = (bytes: Uint8Array | readonly number[]): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
const shared = (a: string, b: string): number => {
  let n = 0
  while (n < a.length && a[n] === b[n]) n++
  return n
}

describe('addresses', () => {
  // The vectors that the authors of Crypto-PAn give with their program.
  it.each([
    ['128.11.68.132', '135.242.180.132'],
    ['129.118.74.4', '134.136.186.123'],
    ['130.132.252.244', '133.68.164.234'],
  ])('%s -> %s', (address, image) => expect(new PrefixAddresses(KEY).of(address)).toBe(image))

  it('prefixes are kept exactly, for both families', () => {
    const scheme = new PrefixAddresses(KEY)
    for (const length of [4, 16]) {
      const address = fc.uint8Array({ minLength: length, maxLength: length })
      fc.assert(
        fc.property(address, address, fc.nat({ max: length * 8 }), (a, b, common) => {
          // Two addresses that share `common` bits at least.
          const joined = Uint8Array.from(b)
          for (let bit = 0; bit < common; bit++) {
            const mask = 0x80 >> (bit & 7)
            joined[bit >> 3] = (joined[bit >> 3]! & ~mask) | (a[bit >> 3]! & mask)
          }
          expect(shared(bitsOf(scheme.bytesOf([...a])), bitsOf(scheme.bytesOf([...joined])))).toBe(shared(bitsOf(a), bitsOf(joined)))
        }),
        { numRuns: 100 },
      )
    }
  })

  it('IPv6 comes out as RFC 5952 writes it, however it was written', () => {
    const scheme = new PrefixAddresses(KEY)
    expect(scheme.of('2001:0db8:0:0::1')).toBe(scheme.of('2001:db8::1'))
    expect(scheme.of('mail.example.com')).toBeUndefined()
  })
})

describe('tokens', () => {
  const tokens = new Tokens(KEY)
  it('the same value has the same one, under one key', () => {
    expect(tokens.of('alice')).toBe(new Tokens(KEY).of('alice'))
    expect(tokens.of('alice')).toMatch(/^t-[0-9a-f]{16}$/)
    expect(new Tokens(Buffer.alloc(32, 1)).of('alice')).not.toBe(tokens.of('alice'))
    expect(tokens.id('alice')).not.toBe(tokens.of('alice').slice(2))
  })

  it('a key that others can read, or that is none, is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-key-'))
    const path = join(folder, 'key')
    writeFileSync(path, Buffer.alloc(32, 7), { mode: 0o600 })
    expect(readKey(path)).toHaveLength(32)
    chmodSync(path, 0o644)
    expect(() => readKey(path)).toThrow('others can read')
    writeFileSync(path, 'short')
    chmodSync(path, 0o600)
    expect(() => readKey(path)).toThrow('5 bytes')
    expect(() => readKey(join(folder, 'none'))).toThrow('cannot be read')
    expect(() => readKey(folder)).toThrow()
    rmSync(folder, { recursive: true })
  })
})

it.each([
  ['4111111111111111', 6, 4, '411111******1111'],
  ['short', 2, 2, '*****'],
  ['Grüße aus Kiel', 1, 1, 'G************l'],
  ['x'.repeat(100), 0, 0, '*'.repeat(16)],
])('mask %s', (text, first, last, out) => expect(masked(text, first, last)).toBe(out))

describe('values in other texts', () => {
  const search = (values: readonly string[], addresses: 'keep' | 'prefix' | 'token' = 'keep') => {
    const known = new KnownValues()
    for (const value of values) known.add(value, `<${values.indexOf(value)}>`)
    return new TextSearch(new Tokens(KEY), known, addresses)
  }

  it.each([
    ['login of alice failed', 'login of <0> failed'],
    ['ALICE, alice', '<0>, <0>'],
    ['malice', 'malice'],
    ["select 'o''hara'", "select '<1>'"],
    ['/find?q=o%27hara', '/find?q=o%27hara'],
    ['/find?q=J%C3%BCrgen+M', '/find?q=<2>'],
    ['{"name":"say \\"hi\\" now"}', '{"name":"<3>"}'],
    ['4711', '<4>'],
    ['147110', '147110'],
    ['bob', 'bob'],
    ['longer name here', '<6> here'],
  ])('%s', (text, out) =>
    expect(search(['alice', "o'hara", 'Jürgen M', 'say "hi" now', '4711', 'bob', 'longer name', 'longer']).clean(text)).toBe(out),
  )

  it('addresses, in whatever they stand', () => {
    const { of } = { of: (text: string) => new Tokens(KEY).addresses.of(text)! }
    const clean = (text: string) => search([], 'prefix').clean(text)
    const image = of('10.0.0.1')
    expect(clean('from 10.0.0.1:8080, 10.0.0.1.')).toBe(`from ${image}:8080, ${image}.`)
    expect(clean('ip-10-0-0-1.internal')).toBe(`ip-${image.replaceAll('.', '-')}.internal`)
    expect(clean('1.0.0.10.in-addr.arpa')).toBe(`${image.split('.').reverse().join('.')}.in-addr.arpa`)
    expect(clean('0.0.10.in-addr.arpa')).toBe(`${image.split('.').slice(0, 3).reverse().join('.')}.in-addr.arpa`)
    expect(clean('[2001:db8::1]:443 and fe80::1%eth0')).toBe(`[${of('2001:db8::1')}]:443 and ${of('fe80::1')}%eth0`)
    expect(clean('at 10:20:30 on 2026-11-21, version 1.2.3')).toBe('at 10:20:30 on 2026-11-21, version 1.2.3')
    const nibbles = Buffer.from(new Tokens(KEY).addresses.bytesOf([0x20, 0x01, 0x0d, 0xb8, ...Array<number>(12).fill(0)])).toString('hex')
    expect(clean('8.b.d.0.1.0.0.2.ip6.arpa')).toBe(`${[...nibbles.slice(0, 8)].reverse().join('.')}.ip6.arpa`)
    expect(search([], 'keep').clean('10.0.0.1')).toBe('10.0.0.1')
    expect(search([], 'token').clean('10.0.0.1 x')).toMatch(/^t-[0-9a-f]{16} x$/)
  })

  it('content ids and community ids', () => {
    const tokens = new Tokens(KEY)
    expect(search([], 'prefix').clean('7f3a00c1d2e4b586-2')).toBe(`${tokens.id('7f3a00c1d2e4b586')}-2`)
    expect(search([], 'prefix').clean('1:LQU9qZlK+B5F3KDmev6m5PMibrg=')).toBe(tokens.of('1:LQU9qZlK+B5F3KDmev6m5PMibrg='))
  })

  it('long runs and many values of one beginning take no time worth telling', () => {
    const known = new KnownValues()
    for (let n = 0; n < 20_000; n++) known.add(`/api/v1/${'x'.repeat(n % 200)}${n}`, 'y')
    const one = new TextSearch(new Tokens(KEY), known, 'prefix')
    const started = performance.now()
    for (const text of [':'.repeat(200_000), '1.'.repeat(100_000), '/api'.repeat(20_000), 'a-'.repeat(100_000), '0.'.repeat(100_000)])
      one.clean(text)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
