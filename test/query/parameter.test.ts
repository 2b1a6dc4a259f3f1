import { expect, test } from 'vitest'
import { boundValue, parameterOf, parametersOf } from '../../src/query/parameter.js'

test.each([
  ['500', 500n],
  ['-3', -3n],
  ['0', 0n],
  ['9223372036854775807', 9223372036854775807n],
  ['9223372036854775808', '9223372036854775808'],
  ['0.5', 0.5],
  ['-1.25', -1.25],
  ['007', '007'],
  ['+1', '+1'],
  ['-0', '-0'],
  ['1.50', '1.50'],
  ['1e3', '1e3'],
  ['0x10', '0x10'],
  ['', ''],
  [' 1', ' 1'],
  ['GET', 'GET'],
  ['Infinity', 'Infinity'],
])('%s is bound as %s', (text, value) => {
  expect(boundValue(parameterOf(text))).toBe(value)
})

test('names may carry their sign, values may hold anything', () => {
  const { positional, named } = parametersOf([':host=a=b', '$n=5', '@m=x', 'plain', 'http://x/?a=b', '7'])
  expect(Object.fromEntries(Object.entries(named).map(([k, v]) => [k, boundValue(v)]))).toEqual({ host: 'a=b', n: 5n, m: 'x' })
  expect(positional.map(boundValue)).toEqual(['plain', 'http://x/?a=b', 7n])
  expect(() => parametersOf(['a=1', ':a=2'])).toThrow(/twice/)
})
