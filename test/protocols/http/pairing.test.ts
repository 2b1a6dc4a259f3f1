/** Which answer belongs to which request: pipelining, interim answers, losses, one-sided captures, switched connections. */
import { describe, expect, test } from 'vitest'
import type { Step } from '../../support/drive.js'
import { answer, chunked, flat, get, one, post, talk } from './talk.js'

const pairs = async (steps: readonly Step[], options = {}): Promise<unknown[]> =>
  flat(await talk(steps, options)).map((row) => [row.path, row.status_code, row.complete])

describe('in order', () => {
  test('pipelined requests get their answers in turn', async () => {
    expect(
      await pairs([get('/1'), get('/2'), get('/3'), answer('a'), answer('', '', '404 Not Found'), answer('c', '', '500 Oops')]),
    ).toEqual([
      ['/1', 200, 'complete'],
      ['/2', 404, 'complete'],
      ['/3', 500, 'complete'],
    ])
  })

  test('an answer that comes before the request is whole waits for it', async () => {
    const row = await one([
      ['client', 'POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345'],
      answer('', '', '413 Too Large'),
      ['client', '67890'],
    ])
    expect(row).toMatchObject({ complete: 'complete', status_code: 413, request_body_bytes: 10 })
  })

  test('interim answers are no transactions', async () => {
    const row = await one([
      post('body', 'text/plain', '/p', 'Expect: 100-continue\r\n'),
      ['server', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n'],
      answer('ok'),
    ])
    expect(row).toMatchObject({ interim: [100, 103], status_code: 200, complete: 'complete', response_bytes: 40 })
    expect(row.notes).toBeUndefined()
    expect(await talk([['server', 'HTTP/1.1 100 Continue\r\n\r\n']])).toMatchObject({ transactions: [] })
  })

  test('a refused body is not waited for', async () => {
    const steps: Step[] = [
      ['client', 'POST /u HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4000\r\n\r\n'],
      answer('', '', '401 Unauthorized'),
      get('/again'),
      answer('fine'),
    ]
    expect(await pairs(steps)).toEqual([
      ['/u', 401, 'complete'],
      ['/again', 200, 'complete'],
    ])
  })
})

describe('halves alone', () => {
  test('a request without answer', async () => {
    expect(await one([get('/x')])).toMatchObject({
      complete: 'no-response',
      status: 'Error',
      notes: ['Unmatched request'],
      query: 'GET /x',
    })
  })
  test('an answer without request', async () => {
    const row = await one([answer('hello', '', '404 Not Found')])
    expect(row).toMatchObject({ complete: 'orphan-response', status: 'Error', notes: ['Unmatched response'], status_code: 404 })
    expect(row.method).toBeUndefined()
  })
  test('an answer seen before any request belongs to none of them', async () => {
    expect(await pairs([answer('late', '', '204 No Content'), get('/1'), answer('a'), get('/2'), answer('b')])).toEqual([
      [undefined, 204, 'orphan-response'],
      ['/1', 200, 'complete'],
      ['/2', 200, 'complete'],
    ])
  })
})

describe('losses', () => {
  const long = 'x'.repeat(100)
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'

  test('inside a body of known length are counted, and reading goes on', async () => {
    const rows = flat(
      await talk([get('/1'), ['server', head + long.slice(0, 20)], ['gap', 'server', 50], ['server', long.slice(70)], get('/2'), answer()]),
    )
    expect(rows[0]).toMatchObject({
      complete: 'lost',
      status: 'OK',
      notes: ['Packet loss while capturing the response'],
      response_body_bytes: 100,
      response_missing_bytes: 50,
      response_bytes: head.length + 100,
    })
    expect(rows[0]!.response_body_sha256).toBeUndefined()
    expect(rows[1]).toMatchObject({ path: '/2', complete: 'complete' })
  })

  test('inside a request body', async () => {
    const row = await one([
      ['client', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n0123456789'],
      ['gap', 'client', 10],
      ['client', '0123456789'],
      answer(),
    ])
    expect(row).toMatchObject({
      complete: 'lost',
      request_missing_bytes: 10,
      notes: ['Packet loss while capturing the request'],
      status_code: 200,
    })
  })

  test('up to the last byte of a body', async () => {
    expect(await pairs([get('/1'), ['server', head], ['gap', 'server', 100], get('/2'), answer()])).toEqual([
      ['/1', 200, 'lost'],
      ['/2', 200, 'complete'],
    ])
  })

  test('beyond a body take the next answers with them, not those after', async () => {
    const steps: Step[] = [
      get('/1'),
      ['server', head + long.slice(0, 20)],
      ['gap', 'server', 200],
      get('/2'),
      ['server', 'AAAA'],
      get('/3'),
      answer('three'),
    ]
    expect(await pairs(steps)).toEqual([
      ['/1', 200, 'lost'],
      ['/2', undefined, 'lost'],
      ['/3', 200, 'complete'],
    ])
  })

  test('inside a chunk and across chunks', async () => {
    expect(await pairs([get('/1'), chunked('A\r\n01234'), ['gap', 'server', 5], ['server', '\r\n0\r\n\r\n'], get('/2'), answer()])).toEqual(
      [
        ['/1', 200, 'lost'],
        ['/2', 200, 'complete'],
      ],
    )
    expect(
      await pairs([get('/1'), chunked('A\r\n01234'), ['gap', 'server', 50], ['server', 'abc\r\n0\r\n\r\n'], get('/2'), answer()]),
    ).toEqual([
      ['/1', 200, 'lost'],
      ['/2', 200, 'complete'],
    ])
  })

  test('inside a head: the next start line is found, junk before it or not', async () => {
    const both = [
      ['/part', 404, 'lost'],
      ['/2', 200, 'complete'],
    ]
    const missing = answer('', '', '404 Not Found')
    expect(await pairs([['client', 'GET /part HTTP/1.1\r\nHo'], ['gap', 'client', 20], missing, get('/2'), answer()])).toEqual(both)
    expect(
      await pairs([
        ['client', 'GET /part HTTP/1.1\r\nHo'],
        ['gap', 'client', 20],
        ['client', 'tail of a bodyGET /2 HTTP/1.1\r\nHost: h\r\n\r\n'],
        missing,
        answer(),
      ]),
    ).toEqual(both)
    // Of a start line that was lost in the middle nothing is known.
    expect(await pairs([['client', 'GET /pa'], ['gap', 'client', 20], get('/2'), answer()])).toEqual([['/2', 200, 'complete']])
    expect(await pairs([get('/1'), ['gap', 'server', 60], ['server', '\x00\x01\xffHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']])).toEqual(
      [['/1', 200, 'complete']],
    )
  })

  test('in a body without length', async () => {
    expect(
      await pairs([get('/1'), ['server', 'HTTP/1.0 200 OK\r\n\r\nabc'], ['gap', 'server', 7], ['server', 'def'], ['close', 'server']]),
    ).toEqual([['/1', 200, 'lost']])
  })
})

describe('switched connections', () => {
  test.each([
    ['websocket', 'websocket'],
    ['h2c', 'h2c'],
    ['TLS/1.0', 'tls'],
    ['tcp', 'detect'],
  ])('101 with Upgrade: %s', async (token, name) => {
    const driven = await talk([
      get('/', `Upgrade: ${token}\r\n`),
      ['server', `HTTP/1.1 101 Switching\r\nUpgrade: ${token}\r\n\r\nBYTES OF ANOTHER KIND`],
      ['client', 'more of them'],
    ])
    expect(driven.upgradedTo).toBe(name)
    expect(driven.verdicts.filter((verdict) => verdict === 'upgrade')).toHaveLength(2)
    expect(flat(driven)).toMatchObject([{ status_code: 101, complete: 'complete', upgrade: token.toLowerCase(), status: 'OK' }])
  })

  test('CONNECT', async () => {
    const connect: Step = ['client', 'CONNECT mail.example.com:25 HTTP/1.1\r\nHost: mail.example.com:25\r\n\r\n']
    const driven = await talk([
      connect,
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n220 mail.example.com ESMTP\r\n'],
      ['client', 'EHLO me\r\n'],
    ])
    expect(driven.upgradedTo).toBe('detect')
    expect(flat(driven)).toMatchObject([
      {
        method: 'CONNECT',
        resource: 'mail.example.com:25',
        host: 'mail.example.com',
        url_port: 25,
        upgrade: 'tunnel',
        query: 'CONNECT mail.example.com:25',
      },
    ])
    expect(flat(driven)[0]!.path).toBeUndefined()
  })

  test('a refused CONNECT leaves the connection as it is', async () => {
    const driven = await talk([
      ['client', 'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n'],
      answer('no', '', '407 Proxy Authentication Required'),
      get('/next'),
      answer(),
    ])
    expect(driven.upgradedTo).toBeUndefined()
    expect(flat(driven).map((row) => row.status_code)).toEqual([407, 200])
  })

  test('a refused Upgrade as well', async () => {
    const driven = await talk([get('/', 'Upgrade: h2c\r\n'), answer(), get('/2'), answer()])
    expect(driven.upgradedTo).toBeUndefined()
    expect(driven.transactions).toHaveLength(2)
  })

  test('a tunnel whose request was not seen', async () => {
    expect((await talk([['server', 'HTTP/1.0 200 Connection established\r\n\r\n\x16\x03\x03']])).upgradedTo).toBe('detect')
  })

  test('a client that switches before the answer', async () => {
    const driven = await talk([
      ['client', 'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n\x16\x03\x01\x00'],
      ['server', 'HTTP/1.1 200 OK\r\n\r\n\x16'],
    ])
    expect(driven.upgradedTo).toBe('detect')
    expect(driven.anomalies).toEqual([])
    expect(flat(driven)).toMatchObject([{ complete: 'complete', status_code: 200 }])
  })
})

test('the wait is from the end of the request to the start of the answer', async () => {
  // One packet a step, one microsecond a packet.
  const row = await one([
    ['client', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na'],
    ['client', 'b'],
    ['gap', 'client', 0],
    ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok'],
    ['server', 'ay'],
  ])
  expect(row.wait_ns).toBe(2000)
})

test('loss beyond what waited in a body of unknown purpose', async () => {
  const rows = flat(
    await talk([
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHTT'],
      ['gap', 'server', 7],
      ['server', '0123456789HTTP/1.1 204 No Content\r\n\r\n'],
    ]),
  )
  expect(rows.map((row) => [row.status_code, row.response_missing_bytes])).toEqual([
    [200, 10],
    [204, undefined],
  ])
})
