/** Messages that end before their end: by the connection, by the capture, by a server that refuses them, and inside tunnels. */
import { describe, expect, test } from 'vitest'
import { Tunnels } from '../../../src/protocols/http/tunnels.js'
import { answer, flat, get, one, talk } from './talk.js'

const half: readonly ['server', string] = ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nonly this']
const chunks: readonly ['server', string] = ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nonly this']
const rest: readonly ['server', string] = ['server', 'HTTP/1.1 200 OK\r\n\r\nonly this']

describe('the connection ends before the answer', () => {
  test.each([
    ['a length', half],
    ['chunks', chunks],
    ['a body without length', rest],
  ])('%s, by a reset: an error, whatever the status line said', async (_what, step) => {
    expect(await one([get(), step], { end: 'reset' })).toMatchObject({
      status: 'Error',
      complete: 'truncated',
      status_code: 200,
      error: 'connection reset',
      notes: ['The connection was reset before the response ended'],
    })
  })
  test('by a close', async () => {
    expect(await one([get(), half], { end: 'close' })).toMatchObject({
      status: 'Error',
      complete: 'truncated',
      error: 'connection closed',
      notes: ['The connection was closed before the response ended'],
    })
    expect(await one([get(), rest], { end: 'close' })).toMatchObject({ status: 'OK', complete: 'complete' })
  })
  test("the end of the capture is not the server's fault", async () => {
    expect(await one([get(), half], { end: 'eof' })).toMatchObject({ status: 'OK', complete: 'truncated', error: undefined })
  })
  test('in its head', async () => {
    expect(await one([get(), ['server', 'HTTP/1.1 200 OK\r\nServer: a\r\nConte']], { end: 'reset' })).toMatchObject({
      status: 'Error',
      status_code: 200,
      error: 'connection reset',
      response_body_bytes: undefined,
      response_headers: {},
    })
  })
  test("the server's own words come first", async () => {
    const failed: readonly ['server', string] = ['server', 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 50\r\n\r\nonly this']
    expect(await one([get(), failed], { end: 'reset' })).toMatchObject({ status: 'Error', error: '502 Bad Gateway' })
  })
})

describe('a body that is announced and refused', () => {
  const announced = (framing: string): readonly ['client', string] => [
    'client',
    `PUT /u HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n${framing}\r\n\r\n`,
  ]
  const unsent = ['The request body was announced and refused, so it was not sent']
  test.each(['413 Content Too Large', '417 Expectation Failed', '401 Unauthorized', '307 Temporary Redirect'])(
    '%s: the request is whole without it',
    async (status) => {
      for (const framing of ['Content-Length: 4000', 'Transfer-Encoding: chunked'])
        for (const end of ['close', 'reset', 'eof'] as const)
          expect(await one([announced(framing), answer('', '', status)], { end })).toMatchObject({ complete: 'complete', notes: unsent })
    },
  )
  test('the same when another request follows', async () => {
    const [first] = flat(await talk([announced('Content-Length: 4000'), answer('', '', '413 Content Too Large'), get('/2'), answer()]))
    expect(first).toMatchObject({ path: '/u', complete: 'complete', notes: unsent })
  })
  test('part of the body was sent, or nobody refused it: cut off', async () => {
    const part: readonly ['client', string] = ['client', 'some of it']
    const refusal = answer('', '', '413 Content Too Large')
    for (const steps of [[announced('Content-Length: 4000'), part, refusal], [announced('Content-Length: 4000')]])
      expect(await one(steps, { end: 'eof' })).toMatchObject({ complete: 'truncated', notes: expect.not.arrayContaining(unsent) })
  })
})

describe('a snaplen that leaves little', () => {
  test.each([
    ['GET /a/timetable.html HTTP/1.1\r\n', '/a/timetable.html', '1.1'],
    ['GET /a/timetable.html HTTP/1.1\r\nHost: h\r\nUser-A', '/a/timetable.html', '1.1'],
    ['GET /a/time', '/a/time', undefined],
    ['GET /a?b=1 HTT', '/a', undefined],
  ])('request %j', async (text, path, version) => {
    const row = await one([['client', text], ['gap', 'client', 300, 'snaplen'], answer('whole')], { end: 'eof' })
    expect(row).toMatchObject({ method: 'GET', path, complete: 'truncated', status: 'OK', status_code: 200, response_body_bytes: 5 })
    expect([row.request_version, row.request_body_bytes]).toEqual([version, undefined])
    expect(row.notes).toContain('The capture kept only the beginning of packets: the request is not complete')
  })
  test('both sides, again and again', async () => {
    const turn = (n: number) =>
      [
        ['client', `GET /${n} HTTP/1.1\r\nHos`],
        ['gap', 'client', 90, 'snaplen'],
        ['server', `HTTP/1.1 20${n} OK\r\nDate: `],
        ['gap', 'server', 900, 'snaplen'],
        ['server', 'bytes of a long body'],
        ['gap', 'server', 900, 'snaplen'],
      ] as const
    const rows = flat(await talk([...turn(0), ...turn(1), ...turn(2)]))
    expect(rows.map((row) => [row.path, row.status_code, row.complete])).toEqual([
      ['/0', 200, 'truncated'],
      ['/1', 201, 'truncated'],
      ['/2', 202, 'truncated'],
    ])
  })
  test('a body that it cuts is truncated, one that lost bytes is lost', async () => {
    const begun = (why?: 'snaplen') => one([get(), half, ['gap', 'server', 41, ...(why ? [why] : [])] as never])
    expect(await begun('snaplen')).toMatchObject({ complete: 'truncated', response_missing_bytes: 41 })
    expect(await begun()).toMatchObject({ complete: 'lost', response_missing_bytes: 41 })
  })
})

test('a tunnel is known by its flow', () => {
  const tunnels = new Tunnels()
  const flow = {} as never
  tunnels.open(flow, 'anna:geheim@www.harbour.example:8443')
  expect(tunnels.targetOf(flow)).toMatchObject({ host: 'www.harbour.example', port: 8443 })
  tunnels.open({} as never, 'nonsense')
  expect(tunnels.targetOf({} as never)).toBeUndefined()
})
