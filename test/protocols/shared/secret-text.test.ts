import { expect, test } from 'vitest'
import { maskText } from '../../../src/protocols/shared/secret-text.js'

const mask = (text: string) => maskText(text, () => 'xxxxx')

test.each([
  ['host=db user=r password=S3CRET dbname=x', 'host=db user=r password=xxxxx dbname=x'],
  ["password = 'it''s' and a = 1", "password = 'xxxxx' and a = 1"],
  ['{"user":"bob","password":"S3\\"CRET","n":1}', '{"user":"bob","password":"xxxxx","n":1}'],
  ['this.password == "S3CRET"', 'this.password == "xxxxx"'],
  ['password === S3CRET', 'password === xxxxx'],
  ['password := S3CRET', 'password := xxxxx'],
  ['amqp://bob:S3:CRET@host/vhost', 'amqp://bob:xxxxx@host/vhost'],
  ['https://host/path?access_token=S3CRET&page=2', 'https://host/path?access_token=xxxxx&page=2'],
  ['max_tokens=5 and https://host/path', 'max_tokens=5 and https://host/path'],
  ['password', 'password'],
])('%s', (text, masked) => expect(mask(text)).toBe(masked))
