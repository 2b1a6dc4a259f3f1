import { expect, test } from 'vitest'
import { wildcard } from '../../src/app/wildcard.js'

test.each<[string, string, boolean]>([
  ['*.pdf', 'Invoice.PDF', true],
  ['*.pdf', 'invoice.pdf.exe', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['*ab', 'aab', true],
  ['.*', 'a', false],
  ['?', '😀', true],
])('%s and %s: %s', (pattern, text, fits) => {
  expect(wildcard(pattern)(text)).toBe(fits)
})

test('many stars over a long text end soon', () => {
  expect(wildcard(`${'*a'.repeat(50)}b`)('a'.repeat(20_000))).toBe(false)
})
