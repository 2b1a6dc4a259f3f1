import { describe, expect, it } from 'vitest'
import { columns, described, fold } from '../../src/report/columns.js'
import { jsonDocument } from '../../src/report/json-document.js'
import { progressText } from '../../src/report/progress.js'
import { bytesText, countText, durationText, plural, shareText } from '../../src/report/quantities.js'

describe('numbers for people', () => {
  const bytes: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [1_234_567, '1.23 MB'],
    [12_345_678, '12.3 MB'],
    [5e12, '5.00 TB'],
  ]
  it.each(bytes)('%i bytes', (n, text) => expect(bytesText(n)).toBe(text))

  const durations: [number, string][] = [
    [0, '0 ns'],
    [999, '999 ns'],
    [1500, '1.50 µs'],
    [61_782_000, '61.8 ms'],
    [999_600_000, '1.00 s'],
    [59_940_000_000, '59.9 s'],
    [59_960_000_000, '1 min'],
    [125e9, '2 min 5 s'],
    [3600e9, '1 h'],
    [86_400e9 + 7200e9, '1 d 2 h'],
    [86_399.9e9, '1 d'],
  ]
  it.each(durations)('%i ns', (n, text) => expect(durationText(n)).toBe(text))

  it('counts', () => {
    expect(countText(1234567)).toBe('1,234,567')
    expect(countText(12n ** 20n)).toBe('3,833,759,992,447,475,122,176')
    expect([plural(1, 'flow'), plural(2, 'flow'), plural(2000, 'entry', 'entries')]).toEqual(['1 flow', '2 flows', '2,000 entries'])
  })

  const shares: [number, string][] = [
    [1, '100.0 %'],
    [0.99999, '99.9 %'],
    [0.00001, '0.1 %'],
    [0, '0.0 %'],
    [0.5, '50.0 %'],
  ]
  it.each(shares)('a share of %d', (share, text) => expect(shareText(share)).toBe(text))
})

describe('columns', () => {
  it('aligns, and pads no line at its end', () => {
    expect(
      columns(
        [
          ['name', 'n', 'doc'],
          ['a', '1000', ''],
        ],
        '<><',
      ),
    ).toEqual(['name     n  doc', 'a     1000'])
  })

  it('hangs a text beside its row', () => {
    const words = 'one two three four five six seven eight'
    expect(
      described(
        [
          ['a', '1'],
          ['long', '20'],
        ],
        '<>',
        [words, ''],
        40,
      ),
    ).toEqual(['a      1  one two three four five six', '          seven eight', 'long  20'])
  })

  it('folds at spaces and never cuts a word', () => {
    expect(fold('one two three', 7)).toEqual(['one two', 'three'])
    expect(fold('abcdefghij kl', 4)).toEqual(['abcdefghij', 'kl'])
    expect(fold('  ', 4)).toEqual([])
  })
})

describe('progress', () => {
  it('says how far, how fast and how long still', () => {
    expect(progressText({ bytes: 25e6, totalBytes: 100e6, packets: 50_000, transactions: 7 }, 2000, 100)).toBe(
      '25.0 MB of 100 MB  25 %  25,000 packets/s  7 transactions  6 s left',
    )
  })
  it('without a total', () => {
    expect(progressText({ bytes: 5000, packets: 10, transactions: 0 }, 100, 100)).toBe('5.00 kB  0 transactions')
  })
  it('never wider than the terminal, never 100 % before the end', () => {
    expect(progressText({ bytes: 25e6, totalBytes: 25e6, packets: 50_000, transactions: 7 }, 2000, 20)).toHaveLength(20)
    expect(progressText({ bytes: 30e6, totalBytes: 25e6, packets: 50_000, transactions: 7 }, 2000, 100)).toContain('99 %')
  })
})

describe('jsonDocument', () => {
  it('is JSON, with 64-bit integers exact', () => {
    const text = jsonDocument({ ns: 1440662455638957001n, list: [1, 'a'], none: [], empty: {}, left: undefined, deep: [{ a: null }] })
    expect(text).toContain('"ns": 1440662455638957001')
    expect(JSON.parse(text.replace('1440662455638957001', '1'))).toEqual({
      ns: 1,
      list: [1, 'a'],
      none: [],
      empty: {},
      deep: [{ a: null }],
    })
  })
  it('holds nothing that a terminal obeys, and loses nothing', () => {
    const wild = { 'a\u001b[2J': '\u0000\u007f\u009b31m\u202e\u2028 \u0000bigint 5' }
    const text = jsonDocument(wild)
    expect(text).toMatch(/^[\n -~]*$/)
    expect(JSON.parse(text)).toEqual(wild)
  })
})
