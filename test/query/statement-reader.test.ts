import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onOneLine, StatementReader } from '../../src/query/statement-reader.js'

function statements(text: string): string[] {
  const reader = new StatementReader()
  const found = text.split('\n').flatMap((line) => reader.push(line).map(({ sql }) => sql))
  const last = reader.rest()
  return last ? [...found, last.sql.trimEnd()] : found
}

describe('statements end at a semicolon', () => {
  test.each([
    ['select 1; select 2', ['select 1;', 'select 2']],
    ['select 1\n, 2\n;', ['select 1\n, 2\n;']],
    ["select ';', 'it''s;';", ["select ';', 'it''s;';"]],
    ['select ";", `;`, [;];', ['select ";", `;`, [;];']],
    ['select 1 -- not; here\n;', ['select 1 -- not; here\n;']],
    ['select /* ; */ 1;', ['select /* ; */ 1;']],
    ['select /*/ ; */ 1;', ['select /*/ ; */ 1;']],
    ['/* a;\nb; */\nselect 1;', ['select 1;']],
    ["select 'a\nb;';", ["select 'a\nb;';"]],
    ['-- only a comment\n\n;;\n ;', []],
    ['', []],
  ])('%j', (text, expected) => {
    expect(statements(text)).toEqual(expected)
  })

  test('and name the line that they begin in', () => {
    const reader = new StatementReader()
    const lines = '\n-- head\nselect\n1;\n\nselect 2; select 3;'.split('\n').flatMap((line) => reader.push(line).map((one) => one.line))
    expect(lines).toEqual([3, 6, 6])
  })

  test('what is left open waits, and is forgotten when told', () => {
    const reader = new StatementReader()
    expect(reader.push("select 'a")).toEqual([])
    expect([reader.pending, reader.between]).toEqual(["select 'a\n", false])
    reader.clear()
    expect(reader.push('select 1;').map(({ sql }) => sql)).toEqual(['select 1;'])
  })

  test('whatever the text, nothing is lost but blanks and comments between them', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', "'", '"', ';', '-', '/', '*', '\n', ' ', '[', ']', '`') }), (text) => {
        for (const sql of statements(text)) expect(text).toContain(sql)
      }),
    )
  })
})

test.each([
  ['select 1,\n  2;', 'select 1,   2;'],
  ['select 1 -- one\n, 2;', 'select 1 /* one */ , 2;'],
  ['select 1 -- a */ b\n;', 'select 1 /* a * / b */ ;'],
  ["select '--\n';", "select '--\n';"],
  ['/* a\nb */ select 1', '/* a b */ select 1'],
])('%j on one line is %j', (sql, line) => {
  expect(onOneLine(sql)).toBe(line)
})
