import { expect, it } from 'vitest'
import { cell } from '../../src/sinks/sqlite/cells.js'

it('a map in a column of objects keeps its members, wherever it stands', () => {
  expect(cell('json', new Map([['_os', 'Linux']]))).toBe('{"_os":"Linux"}')
  expect(cell('json', { variables: new Map<string, unknown>([['n', 2n ** 60n]]), none: {} })).toBe(
    '{"variables":{"n":1152921504606846976},"none":{}}',
  )
})
