import { expect, test } from 'vitest'
import { patternOf } from '../../src/evidence/search/pattern.js'
import { SideSearch } from '../../src/evidence/search/side-search.js'

const at = { sec: 1, nsec: 0 }

test.each([
  ['text', 'needle'],
  ['regex', 'ne+dle'],
] as const)('looked at early and often, it finds the same: %s', (kind, text) => {
  const bytes = Buffer.from(`${'.'.repeat(5000)}needle`.repeat(20))
  const offsets = (economize: boolean): number[] => {
    const found: number[] = []
    const side = new SideSearch(patternOf({ text, kind, ignoreCase: false }), ({ offset }) => found.push(offset))
    for (let from = 0, ref = 1; from < bytes.length; from += 97, ref++) {
      side.data(bytes, from, Math.min(bytes.length, from + 97), ref, at)
      if (economize) side.economize()
      // An overlap, what is shown before a match, and what is gathered.
      expect(side.bytes).toBeLessThan(16_384 + 4096 + 200)
    }
    side.break(0)
    expect(side.bytes).toBe(0)
    return found
  }
  expect(offsets(false)).toEqual(Array.from({ length: 20 }, (_, i) => 5000 + i * 5006))
  expect(offsets(true)).toEqual(offsets(false))
})
