/** HTTP/1 is told by its first lines, on any port; its many imitators are not taken for it. */
import { describe, expect, test } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { probe } from '../../../src/protocols/http/probe.js'
import { findStart, readRequestLine, readStatusLine, startLikeness } from '../../../src/protocols/http/start-line.js'

const look = (client: string, server: string, hinted: boolean) => {
  const cursor = (text: string) => new Cursor().reset(Buffer.from(text, 'latin1'), 0, text.length)
  return {
    client: cursor(client),
    server: cursor(server),
    transport: 'tcp' as const,
    hinted,
    flow: { clientPort: 40000, serverPort: 80, serverIp: '192.0.2.2' },
  }
}

describe('probe', () => {
  test.each([
    ['GET / HTTP/1.1\r\n', '', 'yes'],
    ['\r\nGET / HTTP/1.1\r\n', '', 'yes'],
    ['FROBNICATE /x HTTP/1.0\r\n', '', 'yes'],
    ['CONNECT h:443 HTTP/1.1\r\nHost', '', 'yes'],
    ['', 'HTTP/1.1 200 OK\r\n', 'yes'],
    ['tail of a body', 'HTTP/1.1 404 Not Found\r\n', 'yes'],
    ['GET / HTTP/1.1\r\n', '\x00\x01', 'yes'],
    ['GE', '', 'maybe'],
    ['GET /a/long/path', '', 'maybe'],
    ['PROPFIND ', '', 'maybe'],
    ['', 'HTTP/1.', 'maybe'],
    ['GET /old\r\n', '', 'maybe'],
    ['GET /HTTP/1.1\r\nHost: h\r\n', 'HTTP/1.0 400 Bad\r\n', 'yes'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '', 'no'],
    ['OPTIONS rtsp://h/ RTSP/1.0\r\n', '', 'no'],
    ['OPTIONS rtsp://h/', '', 'no'],
    ['REGISTER sip:h SIP/2.0\r\n', '', 'no'],
    ['REQMOD icap://h/ ICAP/1.0\r\n', '', 'no'],
    ['', 'RTSP/1.0 200 OK\r\n', 'no'],
    ['', 'SIP/2.0 200 OK\r\n', 'no'],
    ['EHLO mail.example.com\r\n', '220 mail ESMTP\r\n', 'no'],
    ['get key\r\n', '', 'no'],
    ['\x16\x03\x01', '', 'no'],
    ['HTTP/1.1 200 OK\r\n', 'GET / HTTP/1.1\r\n', 'no'],
    ['', 'GET / HTTP/1.1\r\n', 'no'],
    ['', '', 'no'],
  ])('%j %j: %s', (client, server, likeness) => {
    expect(probe(look(client, server, true))).toBe(likeness)
  })
})

describe('start lines', () => {
  test.each([
    ['GET / HTTP/1.1', { method: 'GET', target: '/', version: '1.1' }],
    ['GET  /a b  HTTP/1.0 ', { method: 'GET', target: '/a b', version: '1.0' }],
    ['M-SEARCH * HTTP/1.1', { method: 'M-SEARCH', target: '*', version: '1.1' }],
    ['GET /x', { method: 'GET', target: '/x', version: '0.9' }],
    ['OPTIONS HTTP/1.1', { method: 'OPTIONS', target: '', version: '1.1' }],
  ])('%s', (line, expected) => expect(readRequestLine(line)).toEqual(expected))
  test.each([
    '',
    'GET',
    'GET ',
    'GET/ HTTP/1.1',
    'GET / HTTP/2.0',
    'FROB /x',
    'FROB HTTP/1.1',
    'G(T / HTTP/1.1',
    `${'A'.repeat(33)} / HTTP/1.1`,
    'GET / HTTP/1.1234',
  ])('no request: %j', (line) => expect(readRequestLine(line)).toBeUndefined())
  test.each([
    ['HTTP/1.1 200 OK', { version: '1.1', code: 200, phrase: 'OK' }],
    ['HTTP/1.0 404', { version: '1.0', code: 404, phrase: '' }],
    ['HTTP/1.1  500  Oh no ', { version: '1.1', code: 500, phrase: 'Oh no' }],
  ])('%s', (line, expected) => expect(readStatusLine(line)).toEqual(expected))
  test.each(['HTTP/2 200', 'HTTP/1.1', 'HTTP/1.1 20', 'HTTP/1.1 2000', 'HTTP/1.1 200OK', 'HTTP/1.1200 OK', 'ICY 200 OK', 'HTTP/1.1 099 x'])(
    'no status: %j',
    (line) => expect(readStatusLine(line)).toBeUndefined(),
  )

  test('no prefix of a good line is refused', () => {
    for (const line of ['GET /some/path?x=1 HTTP/1.1\r\n', 'M-SEARCH * HTTP/1.1\n', 'GET /x\r\n'])
      for (let to = 0; to < line.length; to++) expect(startLikeness('client', line.slice(0, to))).toBe('maybe')
    for (const line of ['HTTP/1.1 404 Not Found\r\n', 'HTTP/1.0  200\n'])
      for (let to = 0; to < line.length; to++) expect(startLikeness('server', line.slice(0, to))).toBe('maybe')
  })

  test('are found behind the rest of something else', () => {
    expect(findStart('server', 'tailHTTP/1.1 200 OK\r')).toBe(4)
    expect(findStart('server', 'HTTP/1.1 x HTTP/1.0 304 Not Modified')).toBe(11)
    expect(findStart('server', 'see HTTP/1.1 200OK')).toBe(-1)
    expect(findStart('client', 'x=1POST /a HTTP/1.1\r')).toBe(3)
    expect(findStart('client', 'GET / HTTP/1.1')).toBe(0)
    expect(findStart('client', 'NOPE / HTTP/1.1')).toBe(-1)
    expect(findStart('client', 'GET / HTTP/1.1 and more')).toBe(-1)
  })
})
