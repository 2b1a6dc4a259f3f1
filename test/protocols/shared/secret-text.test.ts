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
  ['{"hook":"{"api_key":"S3CRET","n":7}"}', '{"hook":"{"api_key":"xxxxx","n":7}"}'],
  ['1password=S3CRET', '1password=xxxxx'],
  ['--password=S3CRET', '--password=xxxxx'],
  [`${'long.'.repeat(30)}password=S3CRET`, `${'long.'.repeat(30)}password=xxxxx`],
  ['<a href=/x?token=S3CRET>next</a>', '<a href=/x?token=xxxxx>next</a>'],
  ['<td>token=S3CRET</td><td>password: S3CRET</td>', '<td>token=xxxxx</td><td>password: xxxxx</td>'],
  ['<https://h/x?page=2&token=S3CRET>; rel="next"', '<https://h/x?page=2&token=xxxxx>; rel="next"'],
  ['<x>token=S3CRET<br>token=S3CRET<br/>', '<x>token=xxxxx<br>token=xxxxx<br/>'],
  ['<p>password=S3>CRET and <5', '<p>password=xxxxx and <5'],
  ['password=S3<CRET', 'password=xxxxx'],
])('%s', (text, masked) => expect(mask(text)).toBe(masked))

test('text without mask comes back as it went in', () => {
  const text = '{"passwords":["a","b"],"token":"t"} password=x amqp://u:p@h'
  expect(maskText(text, (inner) => inner)).toBe(text)
})

test('long hostile text takes linear time and no stack', () => {
  const million = 1 << 20
  const inputs = [
    '"password":"a',
    '://a:',
    'password ',
    'a=a',
    '"a":"',
    'a=[',
    'a://b:c',
    '<a b=',
    'token=a>',
    '<b token=a>',
    '<b/token=a>',
    'token=a<br>',
  ].map((unit) => unit.repeat(million / 4))
  for (const text of [
    ...inputs,
    `"password":"${'\\n'.repeat(million)}"`,
    `password='${"''".repeat(million)}'`,
    `${'a'.repeat(million)}pass`,
  ])
    maskText(text, () => 'xxxxx')
  expect(mask(`"password":"${'S3CRET'.repeat(million)}"`)).toBe('"password":"xxxxx"')
}, 20_000)
