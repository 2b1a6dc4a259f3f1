import { describe, expect, test } from 'vitest'
import { savedValues } from '../../../src/app/saved-queries.js'
import { boundValue } from '../../../src/query/parameter.js'
import { readSavedQuery } from '../../../src/query/saved/header.js'

const saved = readSavedQuery(
  'slow',
  '-- :host text  Which host.\n-- :min_ms real = 1000\n-- :limit integer = 10\n-- :since time = null\nselect :host, :min_ms, :limit, :since, :loose',
  'slow.sql',
)
const values = (...given: string[]): Record<string, unknown> => {
  const { positional, named } = savedValues(saved, given)
  expect(positional).toEqual([])
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, boundValue(value)]))
}

describe('values of a saved query', () => {
  test('are of the type declared, and defaults stand in for those left out', () => {
    expect(values('host=007', 'loose=7')).toEqual({ host: '007', min_ms: 1000n, limit: 10n, since: null, loose: 7n })
    expect(values('host=5', 'loose=07', 'min_ms=1e3', ':limit=-1', 'since=2026-03-05T10:00+01:00')).toEqual({
      host: '5',
      min_ms: 1000,
      limit: -1n,
      since: '2026-03-05T09:00:00.000000000Z',
      loose: '07',
    })
    expect(values('host=', 'loose=', 'since=1440662455.5')).toMatchObject({ host: '', since: '2015-08-27T08:00:55.500000000Z' })
    expect(values('host=a=b\nc', 'loose=x')).toMatchObject({ host: 'a=b\nc' })
  })

  test.each([
    [[], 'slow needs host, loose', '--param host=TEXT   Which host.'],
    [
      ['host=a', 'loose=1', 'limt=5'],
      'slow has no parameter limt; did you mean "limit"?',
      'it takes: host!, min_ms=1000, limit=10, since, loose!',
    ],
    [['host=a', 'loose=1', 'limit=five'], 'slow: limit=five is not a whole number', '--param limit=100'],
    [['host=a', 'loose=1', 'limit=1.5'], 'slow: limit=1.5 is not a whole number', '--param limit=100'],
    [['host=a', 'loose=1', 'limit=99999999999999999999'], 'slow: limit=99999999999999999999 is not a whole number', '--param limit=100'],
    [['host=a', 'loose=1', 'min_ms='], 'slow: min_ms= is not a number', '--param min_ms=2.5'],
    [['host=a', 'loose=1', 'min_ms=Infinity'], 'slow: min_ms=Infinity is not a number', '--param min_ms=2.5'],
    [['host=a', 'loose=1', 'since=noon'], expect.stringContaining('slow: since=noon is not a time'), '2026-03-05T10:00:00Z'],
    [['host=a', 'host=b', 'loose=1'], 'the parameter host is given twice', ''],
    [['500'], '--param 500: the parameters of slow have names', '--param NAME=VALUE'],
  ])('%j is refused', (given, message, step) => {
    try {
      savedValues(saved, given as string[])
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ message, exitCode: 2 })
      expect((error as { nextSteps: string[] }).nextSteps.join('\n')).toContain(step)
    }
  })

  test('of a query that takes none are refused with that', () => {
    const none = readSavedQuery('coverage', 'select 1', 'coverage.sql')
    expect(() => savedValues(none, ['x=1'])).toThrow('coverage has no parameter x')
  })
})
