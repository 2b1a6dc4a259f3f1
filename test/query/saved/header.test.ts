import { describe, expect, test } from 'vitest'
import { readSavedQuery } from '../../../src/query/saved/header.js'
import { placeholdersOf } from '../../../src/query/saved/placeholders.js'

const read = (text: string) => readSavedQuery('slow', text, '/own/slow.sql')

describe('the header of a saved query', () => {
  test('tells what it answers and what it takes', () => {
    const saved = read(
      [
        '\ufeff-- What was slow,',
        '-- slowest first.',
        '--',
        '-- Read it with care.',
        '-- :host text  Which host.',
        "-- :word text = 'it''s: a = b'   A word.",
        '-- :min_ms real = 2.5',
        '--   :since time = null      Not before.',
        'select :host, :word, :min_ms, :since -- :not_me',
      ].join('\r\n'),
    )
    expect(saved).toMatchObject({ name: 'slow', description: 'What was slow, slowest first.' })
    expect(saved.parameters).toEqual([
      { name: 'host', type: 'text', fallback: undefined, meaning: 'Which host.' },
      { name: 'word', type: 'text', fallback: "it's: a = b", meaning: 'A word.' },
      { name: 'min_ms', type: 'real', fallback: '2.5', meaning: '' },
      { name: 'since', type: 'time', fallback: null, meaning: 'Not before.' },
    ])
  })

  test('may be absent: parameters are then those of the SQL', () => {
    const saved = read('\n\nselect @b, $a, :b')
    expect(saved.description).toBe('')
    expect(saved.parameters).toEqual([
      { name: 'b', type: 'any', fallback: undefined, meaning: '' },
      { name: 'a', type: 'any', fallback: undefined, meaning: '' },
    ])
    expect(read('').parameters).toEqual([])
  })

  test.each([
    ['-- Hi.\n-- :x integr = 1\nselect :x', '/own/slow.sql, line 2: the parameter x has the type "integr", which there is none of'],
    ['-- :x\nselect :x', '/own/slow.sql, line 1: :x cannot be read'],
    ['-- :x text = null\n-- :x text\nselect :x', '/own/slow.sql, line 2: the parameter x is declared twice'],
    ['select ?', '/own/slow.sql has a parameter without a name (?)'],
    ['select ?2', '/own/slow.sql has a parameter without a name (?)'],
  ])('%j is refused', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ message, exitCode: 2 }))
  })
})

test.each([
  ['select \':a\', ":b", `:c`, [:d] -- :e\n, /* :f */ :g', ['g']],
  ["select 'it''s :a', :b /* never ends :c", ['b']],
  ['select $a + @b + :a', ['a', 'b']],
  ["select json_extract(x, '$.a'), 'a?'", []],
])('%j asks for %j', (sql, names) => {
  expect(placeholdersOf(sql)).toEqual({ names, positional: false })
})
