/** Words of lists: what they are taken for, and what is refused. */
import { describe, expect, test } from 'vitest'
import { classify, kindOfWord } from '../../src/intel/classify.js'

const taken: [string, unknown][] = [
  ['192.0.2.1', { is: 'address', form: { version: 4, bits: 0xc0000201, prefix: 32 } }],
  ['192.0.2[.]1', { is: 'address', form: { version: 4, bits: 0xc0000201, prefix: 32 } }],
  ['192.0.2.0/24', { is: 'address', form: { version: 4, bits: 0xc0000200, prefix: 24 } }],
  ['::ffff:192.0.2.1', { is: 'address', form: { version: 4, bits: 0xc0000201, prefix: 32 } }],
  ['2001:DB8::1', { is: 'address', form: { version: 6, bits: 0x20010db8000000000000000000000001n, prefix: 128 } }],
  ['2001:db8::/33', { is: 'address', form: { version: 6, bits: 0x20010db8000000000000000000000000n, prefix: 33 } }],
  ['Evil.Example.', { is: 'domain', form: 'evil.example' }],
  ['evil[.]example', { is: 'domain', form: 'evil.example' }],
  ['evil(dot)example', { is: 'domain', form: 'evil.example' }],
  ['*.evil.example', { is: 'domain', form: 'evil.example' }],
  ['.evil.example', { is: 'domain', form: 'evil.example' }],
  ['bücher.example', { is: 'domain', form: 'xn--bcher-kva.example' }],
  ['XN--BCHER-KVA.example', { is: 'domain', form: 'xn--bcher-kva.example' }],
  ['hxxp://Evil[.]example:80/A?b=1#c', { is: 'url', scheme: 'http:', key: 'evil.example/A?b=1' }],
  ['hxxps[://]evil[.]example', { is: 'url', scheme: 'https:', key: 'evil.example/' }],
  ['evil.example/x', { is: 'url', scheme: '', key: 'evil.example/x' }],
  ['192.0.2.1/x', { is: 'url', scheme: '', key: '192.0.2.1/x' }],
  ['someone[@]Evil[.]example', { is: 'email', form: 'someone@evil.example' }],
  ['@evil.example', { is: 'email', form: '@evil.example' }],
  ['D41D8CD98F00B204E9800998ECF8427E', { is: 'hash', form: 'd41d8cd98f00b204e9800998ecf8427e' }],
  ['da39a3ee5e6b4b0d3255bfef95601890afd80709', { is: 'hash', form: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' }],
  ['t13d1516h2_8daaf6152771_02713d6af862', { is: 'hash', form: 't13d1516h2_8daaf6152771_02713d6af862' }],
]

describe('words of a list', () => {
  test.each(taken)('%s', (word, atom) => {
    expect(classify(word)).toEqual({ atom })
  })

  test.each([
    ['rubbish', /neither/],
    ['com', /neither/],
    ['co.uk', /public suffix/],
    ['0.0.0.0/0', /all addresses/],
    ['192.0.2.1/33', /not an address/],
    ['192.0.2.256', /not a/],
    ['192.0.02.1', /not a/],
    ['192.0.2.1:443', /with a port/],
    ['d41d8cd98f00b204e9800998ecf8427', /neither/],
    ['a..example', /not a domain/],
    [`${'a'.repeat(64)}.example`, /not a domain/],
    ['http://', /not a URL/],
    ['@', /not a mail/],
    ['x'.repeat(9000), /longer/],
  ])('is refused: %$', (word, reason) => {
    expect(classify(word)).toEqual({ reason: expect.stringMatching(reason) })
  })

  test('what the list says it is decides', () => {
    expect(classify('evil.example/x', 'domain')).toHaveProperty('reason')
    expect(classify('evil.example', 'url')).toEqual({ atom: { is: 'url', scheme: '', key: 'evil.example/' } })
    expect(classify('192.0.2.1', 'domain')).toHaveProperty('atom.is', 'address')
  })

  test.each([
    ['ip-dst', 'address'],
    ['IPv4', 'address'],
    ['Intel::ADDR', 'address'],
    ['domain-name', 'domain'],
    ['hostname', 'domain'],
    ['FileHash-SHA256', 'hash'],
    ['ja3-fingerprint-md5', 'hash'],
    ['email-src', 'email'],
    ['filename', undefined],
    ['regkey', undefined],
  ])('the type %s', (word, kind) => {
    expect(kindOfWord(word)).toBe(kind)
  })

  test('takes linear time for what is made to be slow', () => {
    const long = 8000
    const words = [
      '.'.repeat(long),
      `${'a.'.repeat(long / 2)}:`,
      ' '.repeat(long),
      `a${' '.repeat(long)}b`,
      '['.repeat(long),
      `@${'a'.repeat(long)}`,
    ]
    const began = performance.now()
    for (let i = 0; i < 50; i++) for (const word of words) classify(word)
    expect(performance.now() - began).toBeLessThan(2000)
  })
})
