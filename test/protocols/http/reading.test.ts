/** What is read by hand, character by character, or remembered: the values at the edges. */
import { describe, expect, test } from 'vitest'
import { blankRow, httpFields } from '../../../src/protocols/http/fields.js'
import { contentLength } from '../../../src/protocols/http/framing.js'
import { mediaType } from '../../../src/protocols/http/media-type.js'
import { extensionOf, splitHost } from '../../../src/protocols/http/url.js'
import { Memo } from '../../../src/protocols/shared/memo.js'
import { answer, flat, get, talk } from './talk.js'

describe('a memo', () => {
  const counting = () => {
    let calls = 0
    const memo = new Memo((text) => {
      calls++
      return text.startsWith('?') ? undefined : `<${text}>`
    })
    return { memo, calls: () => calls }
  }

  test('works out a text once', () => {
    const { memo, calls } = counting()
    expect([memo.of('a'), memo.of('a'), memo.of('')]).toEqual(['<a>', '<a>', '<>'])
    expect(calls()).toBe(2)
  })

  test('does not remember that there was no answer, nor long texts', () => {
    const { memo, calls } = counting()
    const long = 'x'.repeat(129)
    expect([memo.of('?'), memo.of('?'), memo.of(long), memo.of(long)]).toEqual([undefined, undefined, `<${long}>`, `<${long}>`])
    expect(calls()).toBe(4)
  })

  test('starts over when it is full, with the same answers', () => {
    const { memo, calls } = counting()
    for (let i = 0; i < 2000; i++) expect(memo.of(`text ${i}`)).toBe(`<text ${i}>`)
    expect(memo.of('text 0')).toBe('<text 0>')
    expect(calls()).toBe(2001)
  })
})

test.each([
  ['0', 0],
  ['007', 7],
  ['00000000000000000000000000000012', 12],
  ['999999999999999', 999_999_999_999_999],
  ['1000000000000000', -1],
  ['', -1],
  ['+5', -1],
  ['5a', -1],
  ['٣', -1],
  ['5, 5', 5],
])('Content-Length %j is %d', (text, length) => {
  expect(contentLength(text)).toBe(length)
})

test.each([
  ['example.com', 'example.com', 0, false],
  ['example.com:8080', 'example.com', 8080, false],
  ['example.com:', 'example.com', 0, false],
  ['example.com:70000', 'example.com:70000', 0, true],
  ['192.0.2.1:81', '192.0.2.1', 81, true],
  ['192.0.2', '192.0.2', 0, false],
  ['192.0..2', '192.0..2', 0, false],
  ['192.0.2.1.', '192.0.2.1.', 0, false],
  ['1920.0.2.1', '1920.0.2.1', 0, false],
  ['[2001:db8::1]:81', '[2001:db8::1]', 81, true],
  ['2001:db8::1', '2001:db8::1', 0, true],
  ['', '', 0, false],
])('host %j', (text, host, port, isAddress) => {
  expect(splitHost(text)).toEqual({ host, port, isAddress })
})

test.each([
  ['/a/b.html', 'html'],
  ['/a.b/c', undefined],
  ['/.profile', undefined],
  ['/a.', undefined],
  ['/a.tar-gz', undefined],
  ['/a.MP4', 'MP4'],
  ['/a.abcdefghijklmnopq', undefined],
])('extension of %s', (path, extension) => {
  expect(extensionOf(path)).toBe(extension)
})

test.each([
  ['Text/HTML; charset=utf-8', 'text/html', false],
  ['text/html,text/plain;x', 'text/html', false],
  ['; charset=utf-8', undefined, false],
  ['', undefined, false],
  ['application/X-WWW-form-urlencoded', 'application/x-www-form-urlencoded', true],
])('media type %j', (text, name, form) => {
  expect(mediaType(text)).toEqual({ name, form })
})

test('a blank row has every column of the table', () => {
  expect(Object.keys(blankRow())).toEqual(Object.keys(httpFields))
})

test('a start line that only UTF-8 would accept is refused, however it is cut', async () => {
  const strange = ['client', 'GET /a HTTP/1.1\xc2\xa0\r\nHost: h\r\n\r\n'] as const
  for (const chunk of [1, 7, 1000]) {
    const driven = await talk([strange, get('/b'), answer()], { chunk })
    expect(driven.anomalies).toEqual(['http.start-line'])
    expect(flat(driven).map((row) => row.path)).toEqual(['/b'])
  }
})
