import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { DocumentShape, gather } from '../../src/schema/document.js'
import { defineFields, int, json, list, optional, text } from '../../src/schema/fields.js'
import { jsonString, jsonText } from '../../src/schema/json-text.js'
import { fieldTable } from '../../src/schema/markdown.js'
import {
  createProtocolView,
  createTable,
  createTransactionTable,
  createTransactionView,
  isoOf,
  sharedViewColumns,
  transactionColumns,
} from '../../src/schema/sql.js'
import { caseTables } from '../../src/schema/tables.js'

const schema = {
  name: 'demo',
  doc: 'One demo.',
  fields: defineFields({
    word: text('A word | or two.', 'a|b'),
    names: optional(list('Names.', ['x'], ['demo.names', 'other.names'])),
    headers: optional(json('Headers.', {}, 'demo.headers')),
    length: optional(int('A header of its own.', 5, 'demo.headers.content-length')),
    hidden: optional(text('Not in documents.', 'x', undefined, { only: 'case' })),
    shown: optional(text('Not in the case.', 'x', undefined, { only: 'document' })),
  }),
}

describe('SQL', () => {
  test('creates what it says, on a real database', () => {
    const db = new Database(':memory:')
    for (const table of caseTables) db.exec(createTable(table))
    db.exec(createTransactionTable(schema))
    db.exec(createProtocolView(schema))
    db.exec(createTransactionView(['demo']))
    const names = (of: string) => db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(of)
    expect(names('demo')).toEqual([...sharedViewColumns, 'word', 'names', 'headers', 'length', 'hidden'])
    expect(names('tx')).toEqual(sharedViewColumns)
    expect(db.prepare("SELECT pk FROM pragma_table_info('tx_demo') WHERE name = 'id'").pluck().get()).toBe(1)
    db.close()
  })

  test('without a protocol there is still tx', () => {
    const db = new Database(':memory:')
    db.exec(createTransactionView([]))
    expect(db.prepare('SELECT * FROM tx').all()).toEqual([])
    db.close()
  })

  test('a column that every transaction has cannot be declared again', () => {
    expect(() => transactionColumns({ ...schema, fields: { status: schema.fields.word } })).toThrow(/demo\.status/)
    expect(() => transactionColumns({ ...schema, fields: { client_ip: schema.fields.word } })).toThrow(/demo\.client_ip/)
  })

  test.each([
    [0n, '1970-01-01T00:00:00.000000000Z'],
    [1440662455638957001n, '2015-08-27T08:00:55.638957001Z'],
    [9223372035999999999n, '2262-04-11T23:47:15.999999999Z'],
  ])('%s ns is %s', (ns, iso) => {
    const db = new Database(':memory:')
    expect(
      db
        .prepare(`SELECT ${isoOf('ns')} FROM (SELECT ? AS ns)`)
        .pluck()
        .get(ns),
    ).toBe(iso)
    db.close()
  })
})

describe('documents', () => {
  const shape = () => new DocumentShape(schema, ['type', 'demo.word'])

  test('nest by path, repeat a value where it has several paths, and leave out what is absent', () => {
    const s = shape()
    s.values[0] = '"demo"'
    s.setColumns({ word: 'w', names: ['a', 'b'], hidden: 'h', shown: 's' })
    expect(s.text()).toBe('{"type":"demo","demo":{"word":"w","names":["a","b"],"shown":"s"},"other":{"names":["a","b"]}}')
    s.setColumns({})
    expect(s.text()).toBe('{"type":"demo"}')
  })

  test('the last slot of a path that has a value wins', () => {
    const s = shape()
    s.values[1] = '"from the envelope"'
    s.setColumns({})
    expect(JSON.parse(s.text())).toEqual({ demo: { word: 'from the envelope' } })
    s.setColumns({ word: 'own' })
    expect(JSON.parse(s.text())).toEqual({ demo: { word: 'own' } })
  })

  test('an object and a column below its path become one', () => {
    const s = shape()
    s.setColumns({ headers: { host: 'h', 'content-length': '7' }, length: 5 })
    expect(JSON.parse(s.text())).toEqual({ demo: { headers: { host: 'h', 'content-length': 5 } } })
  })

  test('what is gathered is gathered once, up to a cap', () => {
    const all: string[] = []
    gather(all, 'a')
    gather(all, ['b', 'a', '', 7])
    expect(all).toEqual(['a', 'b'])
    gather(
      all,
      Array.from({ length: 10_000 }, (_, i) => `h${i}`),
    )
    expect(all.length).toBeLessThan(1000)
  })
})

describe('JSON text', () => {
  test.each([
    [null, 'null'],
    [undefined, 'null'],
    [Number.NaN, 'null'],
    [2n ** 64n, '18446744073709551616'],
    [{ a: undefined, b: [undefined, 1] }, '{"b":[null,1]}'],
    [new Uint8Array([1, 2]), '"AQI="'],
    [new Map([['k', 1n]]), '{"k":1}'],
  ])('%#', (value, expected) => {
    expect(jsonText(value)).toBe(expected)
  })

  test('is what JSON.stringify writes, for ordinary values', () => {
    const value = { a: ['x', 1, 1.5, true, null, { b: 'é"\\\n' }], '': {}, 'k"': [] }
    expect(jsonText(value)).toBe(JSON.stringify(value))
    for (let code = 0; code < 0xffff; code++) {
      const char = String.fromCharCode(code)
      expect(JSON.parse(jsonString(char))).toBe(char)
    }
  })

  test('does not follow a circle for ever', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(() => JSON.parse(jsonText(circle))).not.toThrow()
  })
})

test('the Markdown table names columns, paths and examples', () => {
  expect(fieldTable(schema).split('\n')).toEqual([
    '| column | type | in documents | meaning | example |',
    '|---|---|---|---|---|',
    '| `word` | text | `demo.word` | A word \\| or two. | `a\\|b` |',
    '| `names` | JSON list, may be NULL | `demo.names`<br>`other.names` | Names. | `["x"]` |',
    '| `headers` | JSON, may be NULL | `demo.headers` | Headers. | `{}` |',
    '| `length` | integer, may be NULL | `demo.headers.content-length` | A header of its own. | `5` |',
    '| `hidden` | text, may be NULL |  | Not in documents. | `x` |',
    '|  | text, may be NULL | `demo.shown` | Not in the case. | `x` |',
  ])
})
