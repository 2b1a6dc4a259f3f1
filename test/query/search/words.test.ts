import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { explainExpression, expressionOf } from '../../../src/query/search/words.js'

describe('words to search for', () => {
  test.each([
    ['invoice', '"invoice"'],
    ['  two   words\n', '"two" AND "words"'],
    ['"one phrase" more', '"one phrase" AND "more"'],
    ['foo@bar.com', '"foo@bar.com"'],
    ['/etc/passwd', '"/etc/passwd"'],
    ['pass*', '"pass"*'],
    ['pass** "a*"', '"pass"* AND "a*"'],
    ["' OR 1=1 --", '"OR" AND "1=1"'],
    ['NOT AND OR NEAR(a, b) col:x -y ^z', '"NOT" AND "AND" AND "OR" AND "NEAR(a," AND "b)" AND "col:x" AND "-y" AND "^z"'],
    ['say "never closed', '"say" AND "never closed"'],
    ['a"b"c', '"a" AND "b" AND "c"'],
    ['Grüße ☕ März\0x', '"Grüße" AND "März" AND "x"'],
  ])('%j', (text, expression) => expect(expressionOf(text)).toBe(expression))

  test.each(['', '   ', '---', '""', '"%" *', '☕'])('%j holds none', (text) => {
    expect(() => expressionOf(text)).toThrow(/there is no word to search for/)
  })

  test('are limited', () => {
    expect(() => expressionOf('x'.repeat(2001))).toThrow(/2001 characters/)
    expect(() => expressionOf('a '.repeat(101))).toThrow(/101 words are more than the 100/)
  })

  test('find what stands in a text, whatever was typed', () => {
    const db = new Database(':memory:')
    db.exec("CREATE VIRTUAL TABLE t USING fts5(a, b, tokenize='unicode61 remove_diacritics 2')")
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
    insert.run('GET /etc/passwd?user_id=7', 'mail for foo@bar.com')
    insert.run('other etc', 'passwd foo com bar Grüße')
    const find = (text: string) => db.prepare('SELECT rowid FROM t WHERE t MATCH ?').pluck().all(expressionOf(text))
    expect(find('/etc/passwd')).toEqual([1])
    expect(find('etc passwd')).toEqual([1, 2])
    expect(find('FOO@bar.com')).toEqual([1])
    expect(find('user_id=7')).toEqual([1])
    expect(find('pass* com')).toEqual([1, 2])
    expect(find('gruss')).toEqual([])
    expect(find('GRÜẞE')).toEqual([2])
    expect(find('grusse')).toEqual([])
    expect(find('gruße')).toEqual([2])
  })

  test('never make an expression that FTS5 refuses', () => {
    const db = new Database(':memory:')
    db.exec('CREATE VIRTUAL TABLE t USING fts5(a)')
    const ask = db.prepare('SELECT 1 FROM t WHERE t MATCH ?')
    const pieces = ['a', '"', '*', '(', ')', ':', '-', '^', '{', '}', '+', ',', '\\', "'", ' ', 'AND', 'NEAR', '\ud800', '٣', '\0', 'ß']
    let seed = 1
    for (let i = 0; i < 3000; i++) {
      let text = 'x'
      for (let n = 0; n < 8; n++) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        text += pieces[seed % pieces.length]
      }
      expect(() => ask.all(expressionOf(text)), JSON.stringify(text)).not.toThrow()
    }
  })
})

test.each([
  ['a AND', 'it ends too early'],
  ['"abc', 'a double quote is never closed'],
  ['foo@bar', 'near "@"'],
  ['(a', 'it ends too early'],
  ['NEAR(a b, x)', 'expected integer, got "x"'],
])('what FTS5 says of %j is explained', (expression, what) => {
  const db = new Database(':memory:')
  db.exec('CREATE VIRTUAL TABLE t USING fts5(a)')
  try {
    db.prepare('SELECT 1 FROM t WHERE t MATCH ?').all(expression)
    expect.unreachable()
  } catch (error) {
    expect(explainExpression((error as Error).message).message).toBe(`--fts: the expression cannot be read: ${what}`)
  }
})
