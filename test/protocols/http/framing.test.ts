/** Where bodies end (RFC 9112 §6.3), what is said about framing that contradicts itself, and what a row says of sizes. */
import { describe, expect, test } from 'vitest'
import type { Step } from '../../support/drive.js'
import { answer, chunked, flat, get, one, talk } from './talk.js'

const sha256 = {
  hello: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
}
const server = (head: string, body = ''): Step => ['server', `${head}\r\n\r\n${body}`]

test('a plain exchange', async () => {
  const row = await one([
    get('/a/b.html?x=1&y=2', 'User-Agent: curl/8\r\nReferer: http://r.example/\r\n'),
    answer('hello', 'Content-Type: text/html; charset=utf-8\r\nServer: nginx\r\n'),
  ])
  expect(row).toMatchObject({
    complete: 'complete',
    status: 'OK',
    method: 'GET',
    resource: '/a/b.html',
    query: 'GET /a/b.html',
    params: 'x=1&y=2',
    host: 'example.com',
    server_domain: 'example.com',
    path: '/a/b.html',
    url_query: 'x=1&y=2',
    url: '/a/b.html?x=1&y=2',
    url_full: 'http://example.com/a/b.html?x=1&y=2',
    url_extension: 'html',
    version: '1.1',
    status_code: 200,
    status_phrase: 'ok',
    user_agent: 'curl/8',
    referrer: 'http://r.example/',
    server_software: 'nginx',
    response_mime_type: 'text/html',
    response_body_bytes: 5,
    response_body_sha256: sha256.hello,
    response_body_hash_of: 'content',
    response_headers: { 'content-length': 5, 'content-type': 'text/html; charset=utf-8' },
    request_headers: { 'content-length': 0 },
  })
  expect(row.notes).toBeUndefined()
  expect(row.url_port).toBeUndefined()
  const [tx] = (await talk([get(), answer()])).transactions
  expect([tx!.request_bytes, tx!.response_bytes]).toEqual([tx!.request!.bytes, tx!.response!.bytes])
})

describe('responses without body, whatever their head says', () => {
  const next = answer('next')
  test.each([
    ['HEAD', 'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 500'],
    ['HEAD, chunked', 'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked'],
    ['204', 'DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n', 'HTTP/1.1 204 No Content\r\nContent-Length: 5'],
    ['304', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500'],
  ])('%s', async (_name, request, head) => {
    const rows = flat(await talk([['client', request], server(head), get('/next'), next]))
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({ complete: 'complete', response_body_bytes: 0 })
    expect(rows[1]).toMatchObject({ path: '/next', response_body_bytes: 4 })
  })

  test('the answer to a HEAD that was not seen', async () => {
    const rows = flat(await talk([server('HTTP/1.1 200 OK\r\nContent-Length: 500'), get('/next'), next]))
    expect(rows.map((row) => row.complete)).toEqual(['orphan-response', 'complete'])
    expect(rows[1]).toMatchObject({ path: '/next' })
  })
})

describe('bodies', () => {
  test('chunks, with extensions and trailers', async () => {
    const steps = [get(), chunked('5;a=b;c="d"\r\nhello\r\n6 \r\n world\r\n00\r\nX-Sum: 7\r\n\r\n'), get('/2'), answer()]
    const rows = flat(await talk(steps, { options: { send_headers: ['x-sum'] } }))
    expect(rows[0]).toMatchObject({ complete: 'complete', response_body_bytes: 11, response_trailers: { 'x-sum': '7' } })
    expect(rows[1]).toMatchObject({ path: '/2', complete: 'complete' })
  })

  test('the end of the connection ends a body without length', async () => {
    const steps = [get(), server('HTTP/1.1 200 OK', 'hello')]
    expect(await one([...steps, ['close', 'server']])).toMatchObject({ complete: 'complete', response_body_sha256: sha256.hello })
    expect(await one(steps, { end: 'eof' })).toMatchObject({ complete: 'truncated', notes: ['The response was not captured to its end'] })
  })

  test('a length that is not reached is a truncated answer', async () => {
    const row = await one([get(), server('HTTP/1.1 200 OK\r\nContent-Length: 50', 'hello'), ['close', 'server']])
    expect(row).toMatchObject({ complete: 'truncated', response_body_bytes: 5, status_code: 200 })
    expect(row.response_body_sha256).toBeUndefined()
  })

  test('equal repeats of Content-Length are one', async () => {
    const driven = await talk([get(), server('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5', 'hello'), get('/2'), answer()])
    expect(flat(driven).map((row) => row.complete)).toEqual(['complete', 'complete'])
    expect(driven.anomalies).toEqual([])
  })

  test('a missing empty line after the trailers does not swallow the next answer', async () => {
    const rows = flat(
      await talk([get(), get('/2'), ['server', `${chunked('5\r\nhello\r\n0\r\n')[1]}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`]]),
    )
    expect(rows.map((row) => [row.status_code, row.complete])).toEqual([
      [200, 'complete'],
      [404, 'complete'],
    ])
  })
})

describe('contradictions are said, and read as most servers do', () => {
  test.each<[string, Step[], string[]]>([
    [
      'length beside chunks',
      [
        [
          'client',
          'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n',
        ],
      ],
      ['http.framing-conflict'],
    ],
    ['chunks in HTTP/1.0', [['client', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n']], ['http.framing-conflict']],
    [
      'differing lengths',
      [['client', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello']],
      ['http.content-length'],
    ],
    ['a length with a sign', [['client', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n']], ['http.content-length']],
    [
      'a coding behind chunked',
      [['client', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n']],
      ['http.transfer-encoding'],
    ],
    ['white space before the colon', [['client', 'GET / HTTP/1.1\r\nHost : h\r\n\r\n']], ['http.header-syntax']],
    ['two hosts', [['client', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n']], ['http.host-conflict']],
    ['a host in the target that is not Host', [['client', 'GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n']], ['http.host-conflict']],
    [
      'a chunk size that is none',
      [['client', 'PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n']],
      ['http.chunk-size'],
    ],
    [
      'a chunk that is longer than it says',
      [['client', 'PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n']],
      ['http.chunk-size'],
    ],
    ['no start line', [['client', '\x00\x01\x02\x03 whatever\r\n\r\n']], ['http.start-line']],
  ])('%s', async (_name, steps, anomalies) => {
    expect((await talk(steps)).anomalies).toEqual(anomalies)
  })

  test('a smuggled request is a row', async () => {
    const rows = flat(
      await talk([
        [
          'client',
          'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n',
        ],
      ]),
    )
    expect(rows.map((row) => row.path)).toEqual(['/', '/smuggled'])
  })

  test('after a broken chunk the next message is found again', async () => {
    const rows = flat(await talk([get('/1'), chunked('zz\r\nhello\r\n'), get('/2'), answer('second')]))
    expect(rows.map((row) => [row.path, row.status_code, row.complete])).toEqual([
      ['/1', 200, 'truncated'],
      ['/2', 200, 'complete'],
    ])
    expect(rows[0]!.notes).toEqual(['The response does not keep to its framing'])
  })
})

describe('heads', () => {
  test('folded, repeated and unusual fields', async () => {
    const row = await one(
      [['client', 'FROB /x HTTP/1.1\r\nhOST:h\r\nX-A: one\r\n  two\r\nX-B: 1\r\nX-B: 2\r\nno colon\r\nX-Empty:\r\n__proto__: p\r\n\r\n']],
      {
        options: { send_all_headers: true },
      },
    )
    expect(row).toMatchObject({ method: 'FROB', host: 'h' })
    expect({ ...(row.request_headers as object) }).toEqual(
      Object.fromEntries([
        ['host', 'h'],
        ['x-a', 'one two'],
        ['x-b', '1, 2'],
        ['x-empty', ''],
        ['__proto__', 'p'],
        ['content-length', 0],
      ]),
    )
  })

  test('UTF-8 is read as such, other bytes one by one', async () => {
    expect(await one([get('/', `User-Agent: ${Buffer.from('Grüße').toString('latin1')}\r\n`)])).toMatchObject({ user_agent: 'Grüße' })
    expect(await one([get('/', 'User-Agent: Gr\xfc\xdfe\r\n')])).toMatchObject({ user_agent: 'Grüße' })
  })

  test('targets in every form', async () => {
    const flow = { server: { ip: '2001:db8::1', port: 3128 } }
    expect(
      await one([['client', 'GET http://u:p@h.example:81/a?b HTTP/1.1\r\nHost: h.example:81\r\n\r\n']], { flow, showSecrets: true }),
    ).toMatchObject({
      host: 'h.example',
      url_port: 81,
      url_username: 'u',
      user: 'u',
      path: '/a',
      url_query: 'b',
      url: 'http://u:p@h.example:81/a?b',
      url_full: 'http://h.example:81/a?b',
    })
    expect(
      await one([['client', 'OPTIONS * HTTP/1.1\r\nHost: [2001:db8::2]:8080\r\n\r\n']], { flow: { server: { ip: '::1', port: 8080 } } }),
    ).toMatchObject({
      host: '[2001:db8::2]',
      url_port: 8080,
      path: '*',
      url_full: 'http://[2001:db8::2]:8080',
    })
    expect(await one([['client', 'GET /no-host HTTP/1.0\r\n\r\n']], { flow })).toMatchObject({
      url_full: 'http://[2001:db8::1]:3128/no-host',
    })
    const mismatch = await one([['client', 'GET / HTTP/1.1\r\nHost: h:40000\r\n\r\n'], answer()])
    expect(mismatch).toMatchObject({ host: 'h', url_port: 40000, status: 'OK' })
    expect(mismatch.notes).toEqual(['Host header port 40000 is not the port of the connection, 80'])
  })

  test('a line without version, or with half of one', async () => {
    expect(await one([['client', 'GET /HTTP/1.1\r\nHost: h\r\n\r\n'], answer()])).toMatchObject({
      url: '/HTTP/1.1',
      host: 'h',
      request_version: '0.9',
      version: '1.1',
    })
    expect(
      await one([['client', 'OPTIONS HTTP/1.1\r\nHost: h\r\n\r\n'], server('HTTP/1.0 400 Bad Request\r\nContent-Length: 0')]),
    ).toMatchObject({
      method: 'OPTIONS',
      host: 'h',
      version: '1.0',
      status: 'Error',
      error: '400 Bad Request',
    })
    expect(await one([['client', 'GET / HTTP/1.\r\nHost: h\r\n\r\n']])).toMatchObject({ url: '/' })
  })

  test('an HTTP/0.9 answer is nothing but a body', async () => {
    const row = await one([
      ['client', 'GET /old\r\n\r\n'],
      ['server', '<html>'],
      ['server', '</html>'],
      ['close', 'server'],
    ])
    expect(row).toMatchObject({ complete: 'complete', path: '/old', version: '0.9', response_body_bytes: 13 })
  })

  test('what was read of a head that is cut is kept', async () => {
    const row = await one([['client', 'POST /login HTTP/1.1\r\nHost: h\r\nUser-Agent: cu']], { end: 'eof' })
    expect(row).toMatchObject({ complete: 'truncated', method: 'POST', path: '/login', host: 'h', status: 'Error' })
    expect(row.user_agent).toBeUndefined()
  })
})
