import displayWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { memberNames } from '../../src/report/format/json-rows.js'
import { type FormatOptions, type RowFormat, rowFormats, rowWriter, type Value } from '../../src/report/format/row-format.js'
import { sanitize, sanitizeLines, withoutFormula } from '../../src/report/sanitize.js'

function render(format: RowFormat, columns: string[], rows: Value[][], options?: FormatOptions): string {
  const writer = rowWriter(format, options)
  return writer.begin(columns) + rows.map((row) => writer.row(row)).join('') + writer.end()
}

/** What terminals, browsers and spreadsheets obey. */
const hostile = [
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m',
  'a\rb',
  '\u202eevil\u202c',
  '\u2066x\u2069',
  'tab\there',
  'line\nbreak',
  'nul\0',
  '\u007f',
  'zero\u200bwidth',
  '\ufeffbom',
  '\u{e0041}tag',
  '\u2028',
]
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u

describe('captured text', () => {
  test.each(rowFormats)('%s shows nothing that a terminal would obey', (format) => {
    const text = render(format, hostile, [hostile, hostile])
    expect(text).not.toMatch(obeyed)
  })

  test('is shown, not dropped', () => {
    expect(sanitize('\u001b[31mred\u0007\n')).toBe('\u241b[31mred\u2407\u240a')
    expect(sanitize('\u009b\u202e\u{e0041}\u007f')).toBe('\\u009b\\u202e\\u{e0041}\u2421')
    expect(sanitizeLines('a\nb\tc')).toBe('a\nb\u2409c')
    expect(sanitize('plain é 日本 😀 \u0301')).toBe('plain é 日本 😀 \u0301')
  })

  test('json and ndjson keep it exactly', () => {
    expect(JSON.parse(render('ndjson', ['a'], [[hostile.join('')]]))).toEqual({ a: hostile.join('') })
    expect(JSON.parse(render('json', ['a'], [[hostile.join('')]]))).toEqual([{ a: hostile.join('') }])
  })

  test.each([
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =x', "' =x"],
    ['\uff1dx', "'\uff1dx"],
    ['-5', '-5'],
    ['+1.5e3', '+1.5e3'],
    ['-.5', '-.5'],
    ['a=b', 'a=b'],
    ['', ''],
  ])('the cell %j becomes %j in a spreadsheet', (cell, safe) => {
    expect(withoutFormula(cell)).toBe(safe)
  })

  test('a formula behind a control code stays harmless', () => {
    expect(render('csv', ['a'], [['\t=1'], ['\r=1'], ['\n=1']])).toBe("a\n'\u2409=1\n'\u240d=1\n\"'\n=1\"\n")
  })

  test('Markdown stays text', () => {
    expect(render('markdown', ['a|b'], [['<b>x</b> [l](javascript:1) `c` *d* | http://e www.f.g'], [null], [5n]])).toBe(
      '| a\\|b |\n| --- |\n| &lt;b&gt;x&lt;/b&gt; \\[l\\](javascript:1) \\`c\\` \\*d\\* \\| http:&#47;&#47;e www&#46;f.g |\n|  |\n| 5 |\n',
    )
  })
})

describe('values', () => {
  const row: Value[] = [null, '', 9223372036854775807n, 0.1, new Uint8Array([0, 255])]
  test.each([
    ['csv', 'a,b,c,d,e\n,"",9223372036854775807,0.1,00ff\n'],
    ['tsv', 'a\tb\tc\td\te\n\t\t9223372036854775807\t0.1\t00ff\n'],
    ['json', '[\n{"a":null,"b":"","c":9223372036854775807,"d":0.1,"e":"00ff"}\n]\n'],
    ['ndjson', '{"a":null,"b":"","c":9223372036854775807,"d":0.1,"e":"00ff"}\n'],
    ['markdown', '| a | b | c | d | e |\n| --- | --- | --- | --- | --- |\n|  |  | 9223372036854775807 | 0.1 | 00ff |\n'],
  ] as const)('%s', (format, text) => {
    expect(render(format, ['a', 'b', 'c', 'd', 'e'], [row])).toBe(text)
  })

  test('columns of one name keep their values', () => {
    expect(memberNames(['id', 'id', 'id_2', 'id'])).toEqual(['id', 'id_2', 'id_2_2', 'id_3'])
  })
})

describe('the table', () => {
  test('aligns numbers right, texts left, and wide characters', () => {
    expect(
      render(
        'table',
        ['name', 'n'],
        [
          ['日本', 5n],
          ['abcdef', 1234n],
          [null, null],
        ],
      ),
    ).toBe('name       n\n\u2500\u2500\u2500\u2500\u2500\u2500  \u2500\u2500\u2500\u2500\n日本       5\nabcdef  1234\n\n')
  })

  test('fits the terminal and shows what it cut', () => {
    const text = render('table', ['query', 'status'], [['x'.repeat(500), 'OK']], { width: 40 })
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(40)
    expect(text).toContain('x\u2026  OK')
  })

  test('keeps its widths over any number of rows', () => {
    const rows: Value[][] = Array.from({ length: 2000 }, (_, i) => [BigInt(i), i > 1000 ? 'long'.repeat(30) : 'short'])
    const lines = render('table', ['i', 'text'], rows, { width: 30 }).trimEnd().split('\n')
    expect(lines).toHaveLength(2002)
    expect(Math.max(...lines.map((line) => displayWidth(line)))).toBeLessThanOrEqual(30)
  })

  test('is bold only where colour is wanted', () => {
    expect(render('table', ['a'], [], { color: true })).toBe('\u001b[1ma\u001b[22m\n')
    expect(render('table', ['a'], [])).toBe('a\n')
  })

  test('cuts by columns, not by code units', () => {
    const cut = (text: string, width: number): string => render('table', ['c'], [[text]], { width }).split('\n')[2]!
    expect(cut('日本語テスト', 5)).toBe('日本\u2026')
    expect(cut('abcd', 4)).toBe('abcd')
    expect(cut('e\u0301'.repeat(4), 4)).toBe('e\u0301'.repeat(4))
  })
})
