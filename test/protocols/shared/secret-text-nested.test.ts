import { describe, expect, it } from 'vitest'
import { isSecretName } from '../../../src/protocols/shared/secret-names.js'
import { maskText } from '../../../src/protocols/shared/secret-text.js'

const mask = (text: string): string => maskText(text, () => '***')

describe('secrets in text', () => {
  it.each(['password', 'userPassword', 'X-Api-Token', 'api_key', 'client-secret', 'Authorization', 'pin', 'db.pwd'])(
    '%s is one',
    (name) => {
      expect(isSecretName(name)).toBe(true)
    },
  )
  it.each(['', 'user', 'max_tokens', 'spin', 'compass-point', 'authorName', 'x'.repeat(300)])('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false)
  })
  it.each([
    ['amqp://a:b@h/x and mysql://c:d@e', 'amqp://a:***@h/x and mysql://c:***@e'],
    ['{"user": "a", "password": "b\\"c", "n": 1}', '{"user": "a", "password": "***", "n": 1}'],
    ['{"more": "{\\"token\\": \\"x\\"}"}', '{"more": "{\\"token\\": \\"***\\"}"}'],
    ['user=a&password=b&c=d', 'user=a&password=***&c=d'],
    ["Server=h;Pwd='x y';Db=z", "Server=h;Pwd='***';Db=z"],
    ['Authorization: Bearer abc.def', 'Authorization: ***'],
    ['{"tokens": 5, "pin": 1234}', '{"tokens": 5, "pin": ***}'],
    ['{"secrets": ["a", "b"]}', '{"secrets": "***"}'],
    ['{"password": "cut of', '{"password": "***'],
    ['10:20:30 http://h/p?x=1', '10:20:30 http://h/p?x=1'],
  ])('%s', (text, wanted) => {
    expect(mask(text)).toBe(wanted)
  })
  it('takes no long time over any text', () => {
    const began = process.cpuUsage().user
    for (const text of [
      'a'.repeat(1e5),
      'a='.repeat(5e4),
      '"a":'.repeat(3e4),
      '\\'.repeat(1e5),
      'a://'.repeat(3e4),
      '"'.repeat(1e5),
      'password='.repeat(1e4),
    ])
      mask(text)
    expect((process.cpuUsage().user - began) / 1000).toBeLessThan(3000)
  })
})
