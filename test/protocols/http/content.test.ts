/** Bodies that are kept, decoded and hashed, and what the options say about it. */
import { createHash } from 'node:crypto'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Step } from '../../support/drive.js'
import { answer, FORM, flat, get, one, post, talk } from './talk.js'

const TEXT = 'the same text again and again, '.repeat(40)
const hashOf = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')
const coded = (coding: string, body: Buffer, type = 'text/plain', where = 'Content-Encoding'): Step[] => [
  ['server', `HTTP/1.1 200 OK\r\n${where}: ${coding}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`],
  ['server', body],
]
const keep = { options: { include_body_for: ['text'] } }

describe('content codings', () => {
  const bytes = Buffer.from(TEXT)
  test.each([
    ['gzip', gzipSync(bytes)],
    ['X-GZIP', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['deflate', deflateRawSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['deflate, gzip', gzipSync(deflateSync(bytes))],
    ['identity', bytes],
  ])('%s', async (coding, body) => {
    const row = await one([get(), ...coded(coding, body)], keep)
    expect(row).toMatchObject({
      response_body: TEXT,
      response_body_sha256: hashOf(TEXT),
      response_body_hash_of: 'content',
      response_body_bytes: body.length,
    })
    expect(row.notes).toBeUndefined()
    const unkept = await one([get(), ...coded(coding, body)])
    expect(unkept).toMatchObject({ response_body_sha256: hashOf(TEXT), response_body_hash_of: 'content' })
    expect(unkept.response_body).toBeUndefined()
  })

  test('gzip as a transfer coding', async () => {
    const zipped = gzipSync(bytes)
    const steps: Step[] = [
      get(),
      [
        'server',
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Type: text/plain\r\n\r\n${zipped.length.toString(16)}\r\n`,
      ],
      ['server', zipped],
      ['server', '\r\n0\r\n\r\n'],
    ]
    expect(await one(steps, keep)).toMatchObject({ response_body: TEXT, response_body_sha256: hashOf(TEXT) })
  })

  test('decode_body: false leaves them', async () => {
    const zipped = gzipSync(bytes)
    expect(await one([get(), ...coded('gzip', zipped)], { options: { decode_body: false } })).toMatchObject({
      response_body_sha256: hashOf(zipped),
      response_body_hash_of: 'encoded',
    })
  })

  test.each([
    ['unknown codings', 'zstd', bytes, 'coding zstd is not decoded'],
    ['damage', 'gzip', Buffer.from('not gzip at all'), 'not valid gzip'],
    ['too many codings', 'gzip,gzip,gzip,gzip,gzip', bytes, 'too many codings'],
    ['bombs', 'gzip', gzipSync(Buffer.alloc(64 << 20)), 'it grows beyond 6'],
    ['bombs in bombs', 'gzip, gzip', gzipSync(gzipSync(Buffer.alloc(200 << 20))), 'it grows beyond 1048576 bytes'],
  ])('%s are said, and hashed as sent', async (_name, coding, body, why) => {
    const driven = await talk([get(), ...coded(coding, body)], keep)
    const row = flat(driven)[0]!
    expect(row).toMatchObject({ complete: 'complete', response_body_sha256: hashOf(body), response_body_hash_of: 'encoded' })
    expect(row.response_body).toBeUndefined()
    expect((row.notes as string[])[0]).toContain(`The response body was not decoded: ${why}`)
    expect(driven.anomalies).toEqual(['http.body-decode'])
  })

  test('a long compressed body is hashed as sent, without being kept', async () => {
    const noise = Buffer.concat(Array.from({ length: 40_000 }, (_, i) => createHash('sha256').update(String(i)).digest()))
    const body = gzipSync(noise)
    expect(body.length).toBeGreaterThan(1 << 20)
    expect(await one([get(), ...coded('gzip', body)], { chunk: 1460 })).toMatchObject({
      response_body_sha256: hashOf(body),
      response_body_hash_of: 'encoded',
    })
  })

  test('a cut compressed body gives what there is of it', async () => {
    const zipped = gzipSync(Buffer.from(Array.from({ length: 20_000 }, (_, i) => 97 + ((Math.imul(i, 2654435761) >>> 9) % 26))))
    const [head, body] = coded('gzip', zipped)
    const row = await one([get(), head!, ['server', (body![1] as Buffer).subarray(0, zipped.length >> 1)]], { ...keep, end: 'eof' })
    expect(row).toMatchObject({ complete: 'truncated' })
    expect((row.response_body as string).length).toBeGreaterThan(1000)
    expect(row.response_body_sha256).toBeUndefined()
  })
})

describe('kept bodies', () => {
  test('go by parts of the content type, without case, each side by its own list too', async () => {
    const steps = [post('{"a":1}', 'Application/JSON; charset=utf-8'), answer('<p>', 'Content-Type: text/html\r\n')]
    expect(await one(steps, { options: { include_body_for: ['JSON'] } })).toMatchObject({ request_body: '{"a":1}' })
    expect((await one(steps, { options: { include_request_body_for: ['html'] } })).response_body).toBeUndefined()
    expect(await one(steps, { options: { include_response_body_for: ['html'] } })).toMatchObject({ response_body: '<p>' })
  })

  test('are cut at max_message_size, their hash is not', async () => {
    const row = await one([get(), answer(TEXT, 'Content-Type: text/plain\r\n')], {
      options: { ...keep.options, max_message_size: 100 },
      chunk: 30,
    })
    expect(row).toMatchObject({
      response_body: TEXT.slice(0, 100),
      response_body_sha256: hashOf(TEXT),
      notes: ['The response body is kept up to 100 bytes'],
    })
  })

  test('are text in their charset', async () => {
    const body = (type: string, bytes: string) =>
      one([get(), answer(bytes, `Content-Type: ${type}\r\n`)], keep).then((row) => row.response_body)
    expect(await body('text/plain; charset=windows-1251', '\xcf\xf0\xe8\xe2\xe5\xf2')).toBe('Привет')
    expect(await body('text/plain', 'Gr\xc3\xbc\xc3\x9fe')).toBe('Grüße')
    expect(await body('text/plain; charset=none', 'Gr\xfc\xdfe')).toBe('Grüße')
  })
})

describe('forms', () => {
  test('become parameters, after those of the query', async () => {
    expect(await one([post('b=2&a=1', FORM, '/p?z=0')])).toMatchObject({ params: 'z=0&b=2&a=1', url_query: 'z=0' })
    expect((await one([post('b=2&a=1', FORM)])).request_body).toBeUndefined()
    expect((await one([post(`a=${'x'.repeat(100_000)}`, FORM)])).complete).toBe('no-response')
  })
})

describe('other options', () => {
  test('send_headers and real_ip_header', async () => {
    const steps = [
      get('/', 'X-Forwarded-For: 203.0.113.7, [2001:db8::1]:99, unknown\r\nX-Real: 198.51.100.1:80\r\nAccept: */*\r\n'),
      answer('', 'X-Powered: y\r\n'),
    ]
    const row = await one(steps, { options: { send_headers: ['ACCEPT', 'x-powered'], real_ip_header: 'X-Real' } })
    expect(row).toMatchObject({ forwarded_for: ['203.0.113.7', '2001:db8::1'], forwarded_ip: '198.51.100.1' })
    expect({ ...(row.request_headers as object) }).toEqual({ accept: '*/*', 'content-length': 0 })
    expect({ ...(row.response_headers as object) }).toEqual({ 'x-powered': 'y', 'content-length': 0 })
    expect((await one(steps, { options: { real_ip_header: 'x-forwarded-for' } })).forwarded_ip).toBe('203.0.113.7')
  })

  test('split_cookie', async () => {
    const steps = [get('/', 'Cookie: a=1; B=2\r\n'), answer('', 'Set-Cookie: s=3; Path=/; HttpOnly\r\n')]
    const row = await one(steps, { options: { send_all_headers: true, split_cookie: true }, showSecrets: true })
    expect(JSON.parse(JSON.stringify(row.request_headers))).toMatchObject({ cookie: { a: '1', b: '2' } })
    expect(JSON.parse(JSON.stringify(row.response_headers))).toMatchObject({ 'set-cookie': { s: '3', path: '/', httponly: '' } })
  })

  test('send_request and send_response keep the head, and the body when it is kept', async () => {
    const steps = [post('a=1', FORM), answer('<p>', 'Content-Type: text/html\r\n')]
    const row = await one(steps, { options: { send_request: true, send_response: true, include_body_for: ['html'] } })
    expect(row.request_text).toBe((steps[0]![1] as string).slice(0, -3))
    expect(row.response_text).toBe(steps[1]![1])
    const neither = await one(steps)
    expect([neither.request_text, neither.response_text]).toEqual([undefined, undefined])
  })

  test('file names of downloads', async () => {
    const name = async (value: string) => (await one([get(), answer('x', `Content-Disposition: ${value}\r\n`)])).response_filename
    expect(await name('attachment; filename="a \\"b\\".pdf"')).toBe('a "b".pdf')
    expect(await name("attachment; filename=x.txt; filename*=UTF-8''%e2%82%ac.txt")).toBe('€.txt')
    expect(await name('attachment; filename=../../etc/passwd')).toBe('passwd')
    expect(await name('inline')).toBeUndefined()
  })
})
