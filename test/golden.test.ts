/** Every capture in samples/ says what its golden in test/golden/ says; `npm run golden -- -u` rewrites them for review. */
import { describe, expect, test } from 'vitest'
import { difference, documentsOf, expectedOf, goldens, orphans } from '../scripts/golden.js'

const all = goldens()

test('captures were found, and no golden is without one', () => {
  expect(all.map(({ capture }) => capture)).toContain('samples/smtp.pcap')
  expect(orphans()).toEqual([])
})

test.each(all.map((one) => [one.capture, one] as const))('%s', async (capture, one) => {
  const expected = expectedOf(one)
  if (expected === undefined) throw new Error(`${one.golden} is missing: npm run golden -- -u writes it`)
  const found = difference(expected, await documentsOf(capture))
  if (found !== undefined) throw new Error(`${one.golden}: ${found}`)
})

test('a side that sent nothing has no byte count in a transaction, and counts of zero in a flow', () => {
  for (const one of all)
    for (const line of expectedOf(one)?.trim().split('\n') ?? []) {
      const document = JSON.parse(line) as Record<string, { bytes?: unknown } | undefined> & { type: string }
      if (document.type === 'capture') continue
      for (const side of ['source', 'destination', 'client', 'server', 'network']) {
        const bytes = document[side]?.bytes
        const holds = document.type === 'flow' ? typeof bytes === 'number' : bytes !== 0
        if (!holds) throw new Error(`${one.golden}: ${side}.bytes is ${bytes} in ${line.slice(0, 300)}`)
      }
    }
})

describe('a difference', () => {
  const document = (query: string, bytes = 7): string => `${JSON.stringify({ type: 'dns', query, source: { bytes } })}\n`

  test('is none between equal documents', () => expect(difference(document('a'), document('a'))).toBeUndefined())

  test('names the first document and the paths in it', () =>
    expect(difference(document('a') + document('b'), document('a') + document('c', 8))).toBe(
      'document 2 (line 2)\n  - query: "b"\n  + query: "c"\n  - source.bytes: 7\n  + source.bytes: 8',
    ))

  test('tells of missing and of additional documents', () => {
    expect(difference(document('a'), '')).toContain('document 1 (line 1); 1 documents expected, 0 found\n  - type: "dns"')
    expect(difference(document('a'), document('a') + document('b'))).toContain('1 documents expected, 2 found\n  + type: "dns"')
  })

  test('tells of another order of keys', () =>
    expect(difference('{"a":1,"b":2}\n', '{"b":2,"a":1}\n')).toContain('the same values in another order'))
})
