/** STIX 2.1 patterns: what is looked for, and what is named instead. */
import { describe, expect, test } from 'vitest'
import { parsePattern } from '../../src/intel/stix-pattern.js'

/** Alternatives as texts. */
function texts(pattern: string): unknown {
  const parsed = parsePattern(pattern)
  return 'reason' in parsed ? parsed.reason : parsed.alternatives.map((all) => all.map(({ text }) => text).join('+'))
}
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e'
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

describe('patterns', () => {
  test.each([
    ["[ipv4-addr:value = '192.0.2.1']", ['192.0.2.1']],
    ["[ipv4-addr:value ISSUBSET '192.0.2.0/24']", ['192.0.2.0/24']],
    ["[ipv6-addr:value='2001:db8::1']", ['2001:db8::1']],
    ["[domain-name:value = 'evil.example' OR url:value = 'http://evil.example/x']", ['evil.example', 'http://evil.example/x']],
    ["[domain-name:value IN ('a.example', 'b.example')]", ['a.example', 'b.example']],
    ["[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']", ['a.example', 'b.example']],
    ["[ipv4-addr:value = '192.0.2.1' AND domain-name:value = 'a.example']", ['192.0.2.1+a.example']],
    [
      "[url:value = 'http://a.example/' AND (ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value = '192.0.2.2')]",
      ['http://a.example/+192.0.2.1', 'http://a.example/+192.0.2.2'],
    ],
    [`[file:hashes.MD5 = '${MD5}' AND file:hashes.'SHA-256' = '${SHA256}']`, [MD5, SHA256]],
    [`[file:hashes.'SHA-256' = '${SHA256}']`, [SHA256]],
    ["[email-message:from_ref.value = 'a@evil.example']", ['a@evil.example']],
    ["[email-addr:value = 'o\\'neil@evil.example']", ["o'neil@evil.example"]],
  ])('%s', (pattern, expected) => {
    expect(texts(pattern)).toEqual(expected)
  })

  test.each([
    ["[file:name = 'a.exe']", /file:name is not looked for/],
    [`[file:hashes.MD5 = '${MD5}' AND file:name = 'a.exe']`, /file:name is not looked for/],
    ["[domain-name:value LIKE '%.example']", /LIKE is not looked for/],
    ["[domain-name:value != 'a.example']", /!= is not looked for/],
    ["[domain-name:value NOT = 'a.example']", /NOT is not looked for/],
    ["[ipv4-addr:value = '192.0.2.1'] AND [ipv4-addr:value = '192.0.2.2']", /AND between observations/],
    ["[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']", /FOLLOWEDBY is not looked for/],
    ["[ipv4-addr:value = '192.0.2.1'] REPEATS 5 TIMES", /REPEATS is not looked for/],
    ["[ipv4-addr:value = '192.0.2.1'", /the end where ] should stand/],
    ["[ipv4-addr:value = 'rubbish']", /not an address/],
    ['[ipv4-addr:value = 5]', /not a text/],
    ['', /should stand/],
    [`${'('.repeat(40)}`, /should stand/],
    [`[${'('.repeat(40)}`, /parentheses/],
    [`[ipv4-addr:value = '${'x'.repeat(70_000)}']`, /longer than/],
  ])('is named: %$', (pattern, reason) => {
    expect(texts(pattern)).toMatch(reason)
  })

  test('what multiplies is capped', () => {
    const either = "(domain-name:value = 'a.example' OR domain-name:value = 'b.example')"
    expect(texts(`[${Array.from({ length: 13 }, () => either).join(' AND ')}]`)).toMatch(/alternatives/)
  })

  test('an open quote is read once', () => {
    const began = performance.now()
    expect(texts(`[ipv4-addr:value = '${"\\'".repeat(30_000)}`)).toMatch(/no part of a pattern/)
    expect(performance.now() - began).toBeLessThan(500)
  })
})
