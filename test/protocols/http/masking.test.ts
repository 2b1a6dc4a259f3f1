/** What must not be written, everywhere it can stand: masked by default, lifted by --show-secrets, hidden by options for good. */
import { describe, expect, test } from 'vitest'
import { maskBody } from '../../../src/protocols/http/body-masking.js'
import { Masking } from '../../../src/protocols/http/masking.js'
import { isCardNumber, isSecretName } from '../../../src/protocols/shared/secret-names.js'
import { answer, FORM, flat, get, one, post, talk } from './talk.js'

const none = { hide_keywords: [], redact_headers: [], redact_authorization: false }
const masking = new Masking(none, () => 'xxxxx')
const everything = { send_all_headers: true, send_request: true, send_response: true, include_body_for: ['form', 'json', 'text'] }

describe('names of secrets', () => {
  test.each([
    'password',
    'Passwd',
    'user[password]',
    'new_password',
    'txtPwd',
    'pass',
    'client_secret',
    'access_token',
    'X-Api-Key',
    'PHPSESSID',
    'JSESSIONID',
    'sid',
    'X-Amz-Signature',
    'cvv',
    'card-number',
    'Ocp-Apim-Subscription-Key',
  ])('%s', (name) => {
    expect(isSecretName(name)).toBe(true)
  })
  test.each(['user', 'path', 'max_tokens', 'id', 'passenger', 'keyword', 'q', '', '[]', 'author'])('not %s', (name) => {
    expect(isSecretName(name)).toBe(false)
  })
  test('card numbers by their check digit', () => {
    for (const card of ['4111111111111111', '5500 0000 0000 0004', '3782-822463-10005', '6011000000000004'])
      expect(isCardNumber(card)).toBe(true)
    for (const other of ['4111111111111112', '1440662455638957000', '411111', 'text', '9999999999999995'])
      expect(isCardNumber(other)).toBe(false)
  })
})

describe('text', () => {
  test.each([
    ['a=1&password=geheim&b=2', 'a=1&password=xxxxx&b=2'],
    ['b=2&a=1', 'b=2&a=1'],
    ['pass%77ord=geheim', 'pass%77ord=xxxxx'],
    ['x=1;password=geheim', 'x=1;password=xxxxx'],
    ['password=ge;heim', 'password=xxxxx'],
    ['n=4111111111111111', 'n=xxxxx'],
    ['n=4111+1111+1111+1111', 'n=xxxxx'],
    ['token=', 'token='],
    ['&&=x&', '&&=x&'],
    ['%zz=1&token=%zz', '%zz=1&token=xxxxx'],
    ['f=%7B%22password%22%3A%22geheim%22%7D&b=2', 'f=%7B%22password%22%3A%22xxxxx%22%7D&b=2'],
    ['dsn=postgres://u:geheim@db/x', 'dsn=postgres%3A%2F%2Fu%3Axxxxx%40db%2Fx'],
    ['to=https://h/p?a=1', 'to=https://h/p?a=1'],
  ])('parameters %s', (text, masked) => expect(masking.parameters(text)).toBe(masked))

  test.each([
    ['http://u:geheim@h/p?token=t#access_token=a&x=1', 'http://u:xxxxx@h/p?token=xxxxx#access_token=xxxxx&x=1'],
    ['/shop;jsessionid=4711/cart?x', '/shop;jsessionid=xxxxx/cart?x'],
    ['u:geheim@h:443', 'u:xxxxx@h:443'],
    ['/a@b:c', '/a@b:c'],
    ['/plain?x=1#top', '/plain?x=1#top'],
  ])('addresses %s', (text, masked) => expect(masking.url(text)).toBe(masked))

  test.each([
    [
      'application/json',
      '{"user":"u","password":"ge\\"heim","pin":1234,"n":[1,{"token" : "t"}]}',
      '{"user":"u","password":"xxxxx","pin":"xxxxx","n":[1,{"token" : "xxxxx"}]}',
    ],
    ['application/json', '{"passwords":["a","b"],"x":1}', '{"passwords":"xxxxx","x":1}'],
    ['application/json', '{"password":"cut off', '{"password":"xxxxx"'],
    [FORM, '{"password":"a&b=c"}', '{"password":"xxxxx"}'],
    [
      'application/json',
      '{"body":"{\\"user\\":\\"u\\",\\"password\\":\\"geheim\\"}","n":1}',
      '{"body":"{\\"user\\":\\"u\\",\\"password\\":\\"xxxxx\\"}","n":1}',
    ],
    ['application/json', '{"dsn":"postgres://u:geheim@db/x"}', '{"dsn":"postgres://u:xxxxx@db/x"}'],
    ['application/json', '{"dsn":"host=db password=geheim dbname=x"}', '{"dsn":"host=db password=xxxxx dbname=x"}'],
    ['text/plain', 'DATABASE_URL=mysql://u:geheim@db/x\nAPI_TOKEN=geheim', 'DATABASE_URL=mysql://u:xxxxx@db/x\nAPI_TOKEN=xxxxx'],
    [
      'text/xml',
      '<s:Body><wsse:Password Type="t">geheim</wsse:Password><a/></s:Body>',
      '<s:Body><wsse:Password Type="t">xxxxx</wsse:Password><a/></s:Body>',
    ],
    [
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nu\r\n--b\r\nContent-Disposition: form-data; name="password"\r\n\r\ngeheim\r\n--b--\r\n',
      '--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nu\r\n--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nxxxxx\r\n--b--\r\n',
    ],
    ['text/plain', 'nothing here', 'nothing here'],
  ])('bodies of %s', (type, text, masked) => expect(maskBody(text, type, masking)).toBe(masked))

  test('long hostile bodies take linear time', () => {
    for (const unit of ['"\\"', '"a":', '<a', '{"password":[', '--b\r\n\r\n', '"a":"', '<password>', 'a=;', '"', '[{'])
      for (const type of ['application/json', 'text/xml', 'multipart/form-data', FORM]) maskBody(unit.repeat(200_000), type, masking)
  }, 20_000)
})

describe('rows', () => {
  const login = [
    get(
      '/in?user=u&token=GEHEIM#x',
      'Authorization: Basic YWxpY2U6R0VIRUlN\r\nCookie: a=GEHEIM; b=GEHEIM\r\nReferer: http://x/?password=GEHEIM\r\nX-Api-Key: GEHEIM\r\nUser-Agent: curl\r\n',
    ),
    answer(
      '{"access_token":"GEHEIM","n":1}',
      'Set-Cookie: sid=GEHEIM; Path=/; HttpOnly\r\nLocation: /cb?code=1&id_token=GEHEIM\r\nContent-Type: application/json\r\n',
    ),
    post('user=monica&pass=GEHEIM', FORM),
    answer(),
  ]

  test('hold no secret by default, in no column, header, body or raw text', async () => {
    const rows = flat(await talk(login, { options: everything }))
    expect(JSON.stringify(rows)).not.toMatch(/GEHEIM|R0VIRUlN/)
    expect(rows[0]).toMatchObject({
      user: 'alice',
      auth_type: 'basic',
      url: '/in?user=u&token=xxxxx#x',
      url_query: 'user=u&token=xxxxx',
      referrer: 'http://x/?password=xxxxx',
      location: '/cb?code=1&id_token=xxxxx',
      response_body: '{"access_token":"xxxxx","n":1}',
    })
    expect(rows[0]!.request_headers).toMatchObject({ authorization: 'Basic xxxxx', cookie: 'a=xxxxx; b=xxxxx', 'x-api-key': 'xxxxx' })
    expect(rows[0]!.response_headers).toMatchObject({ 'set-cookie': 'sid=xxxxx; Path=/; HttpOnly' })
    expect(rows[0]!.request_text).toContain('GET /in?user=u&token=xxxxx#x HTTP/1.1\r\nHost: example.com\r\nAuthorization: Basic xxxxx\r\n')
    expect(rows[1]).toMatchObject({ params: 'user=monica&pass=xxxxx', request_body: 'user=monica&pass=xxxxx' })
  })

  test('hold them with --show-secrets, word for word', async () => {
    const rows = flat(await talk(login, { options: everything, showSecrets: true }))
    expect(rows[0]!.request_text).toBe(login[0]![1])
    expect(rows[0]!.response_text).toBe(login[1]![1])
    expect(rows[0]).toMatchObject({ user: 'alice', url_query: 'user=u&token=GEHEIM' })
    expect(rows[1]).toMatchObject({ params: 'user=monica&pass=GEHEIM' })
  })

  test('what options hide stays hidden with --show-secrets', async () => {
    const hidden = flat(
      await talk(login, { options: { ...everything, hide_keywords: ['Pass', 'token', 'password', 'a'] }, showSecrets: true }),
    )
    expect(hidden[0]).toMatchObject({ url_query: 'user=u&token=xxxxx', referrer: 'http://x/?password=xxxxx' })
    expect(hidden[0]!.request_headers).toMatchObject({ cookie: 'a=xxxxx; b=GEHEIM' })
    expect(hidden[1]).toMatchObject({ params: 'user=monica&pass=xxxxx' })
    expect(JSON.stringify(hidden[1])).not.toContain('GEHEIM')
    const redacted = flat(
      await talk(login, {
        options: { ...everything, redact_authorization: true, redact_headers: ['User-Agent', 'set-cookie', 'Host'] },
        showSecrets: true,
      }),
    )
    expect(redacted[0]!.request_headers).toMatchObject({ authorization: '*', 'user-agent': 'REDACTED' })
    expect(redacted[0]).toMatchObject({ user_agent: 'REDACTED', host: 'REDACTED', url_full: 'http://REDACTED/in?user=u&token=GEHEIM' })
    expect(redacted[0]!.user).toBeUndefined()
    expect(redacted[0]!.request_text).toMatch(/\r\nAuthorization:\*{23}\r\n/)
    expect(JSON.stringify(redacted)).not.toMatch(/YWxp|curl|sid=|example\.com/)
  })
})

describe('who signs', () => {
  const ntlm = Buffer.alloc(80)
  ntlm.write('NTLMSSP\0', 0, 'latin1')
  ntlm.writeUInt32LE(3, 8)
  ntlm.writeUInt16LE(8, 36)
  ntlm.writeUInt32LE(64, 40)
  ntlm.writeUInt32LE(1, 60)
  ntlm.write('anna', 64, 'utf16le')
  test.each([
    ['Basic YWxpY2U6cw==', 'basic', 'alice'],
    ['basic !!!', 'basic', undefined],
    ['Digest realm="r", username="bob", uri="/"', 'digest', 'bob'],
    ['Bearer abc', 'bearer', undefined],
    [`NTLM ${ntlm.toString('base64')}`, 'ntlm', 'anna'],
    ['Negotiate TlRMTVNTUAABAAAA', 'negotiate', undefined],
    ['\x01\x02', undefined, undefined],
  ])('%s', async (value, scheme, user) => {
    const row = await one([get('/', `Authorization: ${value}\r\n`)])
    expect([row.auth_type, row.user]).toEqual([scheme, user])
  })
  test('the proxy is told as well', async () => {
    expect(await one([get('/', 'Proxy-Authorization: Basic YWxpY2U6cw==\r\n')])).toMatchObject({ auth_type: 'basic', user: 'alice' })
  })
})
