/** Conversations that the tests share, and short ways to look at what came out of them. */
import { gzipSync } from 'node:zlib'
import { http } from '../../../src/protocols/http/index.js'
import { type Driven, drive, type Step } from '../../support/drive.js'

export type Options = Parameters<typeof drive>[2]
export const talk = (steps: readonly Step[], options: Options = {}): Promise<Driven> => drive(http, steps, options)

/** A row with its transaction's own members, flat. */
export const flat = (driven: Driven): Record<string, unknown>[] =>
  driven.transactions.map(({ row, request, response, ...tx }) => ({ ...tx, ...row }))

export const one = async (steps: readonly Step[], options: Options = {}): Promise<Record<string, unknown>> => {
  const rows = flat(await talk(steps, options))
  if (rows.length !== 1) throw new Error(`${rows.length} rows, not one: ${JSON.stringify(rows)}`)
  return rows[0]!
}

export const get = (path = '/', more = ''): Step => ['client', `GET ${path} HTTP/1.1\r\nHost: example.com\r\n${more}\r\n`]
export const answer = (body = 'hello', more = '', status = '200 OK'): Step => [
  'server',
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`,
]
export const post = (body: string, type: string, path = '/login', more = ''): Step => [
  'client',
  `POST ${path} HTTP/1.1\r\nHost: example.com\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`,
]
export const chunked = (body: string): Step => ['server', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`]
export const FORM = 'application/x-www-form-urlencoded'

const zipped = gzipSync(Buffer.from('the same text again and again '.repeat(50)))

/** One of everything: used where every cut, loss and flipped byte must be survived. */
export const conversations: readonly { readonly name: string; readonly steps: readonly Step[]; readonly options?: object }[] = [
  { name: 'a plain exchange', steps: [get('/a?b=1'), answer()] },
  { name: 'a form', steps: [post('user=monica&password=secret', FORM), answer('', '', '302 Found')] },
  {
    name: 'chunks with extensions and trailers',
    steps: [get(), chunked('5;sig="x"\r\nhello\r\nA\r\n, world...\r\n0\r\nX-Sum: 1\r\n\r\n'), get('/2'), answer('second')],
    options: { send_all_headers: true },
  },
  {
    name: 'a chunked request',
    steps: [
      ['client', 'PUT /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
      answer('', '', '201 Created'),
    ],
  },
  {
    name: 'pipelining',
    steps: [
      ['client', 'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none'],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nthree'],
    ],
  },
  {
    name: 'a body until the end',
    steps: [get(), ['server', 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nall that comes'], ['close', 'server']],
  },
  {
    name: 'an interim answer',
    steps: [post('x'.repeat(40), 'text/plain', '/', 'Expect: 100-continue\r\n'), ['server', 'HTTP/1.1 100 Continue\r\n\r\n'], answer('ok')],
  },
  {
    name: 'a body refused before it is sent',
    steps: [
      ['client', 'POST /u HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4000\r\n\r\n'],
      answer('', '', '401 Unauthorized'),
      get('/again'),
      answer('fine'),
    ],
  },
  {
    name: 'a compressed body',
    steps: [
      get(),
      ['server', `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\nContent-Length: ${zipped.length}\r\n\r\n`],
      ['server', zipped],
    ],
    options: { include_body_for: ['text'] },
  },
  {
    name: 'bare line feeds',
    steps: [
      ['client', '\n\nGET / HTTP/1.1\nHost: h\nX-Long: a\n\tb\n\n'],
      ['server', 'HTTP/1.1 204\n\n'],
    ],
  },
  {
    name: 'a websocket',
    steps: [
      get('/ws', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'),
      ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello'],
      ['client', '\x81\x85'],
    ],
  },
  {
    name: 'a tunnel',
    steps: [
      ['client', 'CONNECT db.example.com:443 HTTP/1.1\r\nHost: db.example.com:443\r\n\r\n'],
      ['server', 'HTTP/1.1 200 Connection established\r\n\r\n'],
      ['client', '\x16\x03\x01'],
      ['server', '\x16\x03\x03'],
    ],
  },
  {
    name: 'answers alone',
    steps: [answer('one'), answer('two'), ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n']],
  },
  {
    name: 'junk before the first messages',
    steps: [
      ['client', 'rest of a body\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n'],
      ['server', '...trailing\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ],
  },
  { name: 'a broken chunk', steps: [get(), chunked('zz\r\nhello\r\n'), get('/2'), answer('second')] },
  {
    name: 'HTTP/0.9',
    steps: [
      ['client', 'GET /old\r\n\r\n'],
      ['server', '<html>old</html>'],
      ['close', 'server'],
    ],
  },
]
