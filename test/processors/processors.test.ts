import { describe, expect, test } from 'vitest'
import { processorDocument } from '../../src/config/processor-document.js'
import { parseConfig } from '../../src/config/read-config.js'
import { mimeTypeOf } from '../../src/processors/mime-type.js'
import { inNetworks } from '../../src/processors/networks.js'
import type { Document } from '../../src/processors/paths.js'
import { compileProcessors } from '../../src/processors/run.js'
import { protocols } from '../../src/protocols/registry.js'

const processorsOf = (yaml: string) => parseConfig(`processors:\n${yaml}`, 'audit.yml', protocols).settings.processors
const sample = (): Document => ({
  '@timestamp': 't',
  type: 'http',
  status: 'OK',
  client: { ip: '10.0.0.1' },
  http: { request: { headers: { 'content-type': 'text/html', 'x.y': '1' } }, response: { status_code: 200, body: { content: '<html>' } } },
  tags: ['a', 'b'],
  big: 9007199254740993n,
  audit: { tx: '1', frames: '1-2' },
})
const processed = (yaml: string): Document | null => {
  const document = sample()
  return compileProcessors(processorsOf(yaml))(document) ? document : null
}

describe('conditions', () => {
  test.each<[string, boolean]>([
    ['equals.status: OK', true],
    ['equals.status: ok', false],
    ['equals: {status: OK, type: dns}', false],
    ['equals.http.response.status_code: 200', true],
    ['equals.http.response.status_code: "200"', true],
    ['equals.nothing: 1', false],
    ['contains.status: K', true],
    ['contains.tags: b', true],
    ['contains.status: [X, O]', true],
    ['regexp.status: "^O.$"', true],
    ['regexp.status: "(?i)ok"', true],
    ['regexp.status: "^K"', false],
    ['range.http.response.status_code: {gte: 200, lt: 300}', true],
    ['range.http.response.status_code.gte: 300', false],
    ['range.big.gt: 1000', true],
    ['range.status.gt: 1', false],
    ['network.client.ip: private', true],
    ['network.client.ip: [192.168.0.0/16, 10.0.0.0/8]', true],
    ['network.client.ip: loopback', false],
    ['has_fields: [status, http.request.headers.content-type]', true],
    ['has_fields: [status, http.request.nothing]', false],
    ['and: [{equals.status: OK}, {equals.type: http}]', true],
    ['and: [{equals.status: OK}, {equals.type: dns}]', false],
    ['or: [{equals.status: Error}, {equals.type: http}]', true],
    ['not: {equals.status: OK}', false],
    ['not.equals.nothing: 1', true],
  ])('%s', (condition, holds) => expect(processed(`- drop_event: {when: {${condition}}}`) === null).toBe(holds))
})

describe('processors', () => {
  test('drop_fields takes fields with all below them, by name or by pattern, and what they leave empty', () => {
    expect(processed('- drop_fields: {fields: [http.request, tags]}')).toEqual({
      ...sample(),
      http: { response: sample().http && { status_code: 200, body: { content: '<html>' } } },
      tags: undefined,
    })
    expect((processed('- drop_fields: {fields: ["/^http[.]req/"]}') as { http: object }).http).not.toHaveProperty('request')
    expect((processed('- drop_fields: {fields: [http.request.headers.x.y]}') as { http: object }).http).toHaveProperty('request.headers', {
      'content-type': 'text/html',
    })
  })

  test('time, type and what names the packets always stay', () => {
    const kept = { '@timestamp': 't', type: 'http', audit: { tx: '1', frames: '1-2' } }
    expect(processed('- include_fields: {fields: []}')).toEqual(kept)
    expect(processed('- drop_fields: {fields: ["/.*/"]}')).toEqual(kept)
  })

  test('include_fields keeps what is named', () => {
    expect(processed('- include_fields: {fields: [http.response.status_code, status]}')).toEqual({
      '@timestamp': 't',
      type: 'http',
      status: 'OK',
      http: { response: { status_code: 200 } },
      audit: { tx: '1', frames: '1-2' },
    })
  })

  test('detect_mime_type', () => {
    expect(processed('- detect_mime_type: {field: http.response.body.content, target: http.response.mime_type}')).toHaveProperty(
      'http.response.mime_type',
      'text/html; charset=utf-8',
    )
  })

  test('if, then, else', () => {
    const yaml = (code: number) =>
      `- if: {equals.http.response.status_code: ${code}}\n  then: [{drop_fields: {fields: [status]}}]\n  else:\n  - drop_event:`
    expect(processed(yaml(200))).not.toHaveProperty('status')
    expect(processed(yaml(404))).toBeNull()
  })

  test('are kept in the run as they were written', () => {
    const yaml =
      '[{drop_event: {when: {and: [{equals: {a.b: 1}}, {not: {has_fields: [c]}}]}}}, {if: {range: {n: {gt: 1}}}, then: [{drop_fields: {fields: [x]}}], else: [{include_fields: {fields: [y]}}]}]'
    const { processors } = parseConfig(`processors: ${yaml}`, 'audit.yml', protocols).settings
    const again = parseConfig(JSON.stringify({ processors: processors.map(processorDocument) }), 'audit.yml', protocols).settings
    expect(again.processors).toEqual(processors)
  })
})

test.each([
  ['', 'text/plain; charset=utf-8'],
  ['a=1&b=2', 'text/plain; charset=utf-8'],
  ['  <!DOCTYPE html><p>', 'text/html; charset=utf-8'],
  ['<?xml version="1.0"?>', 'text/xml; charset=utf-8'],
  ['%PDF-1.7', 'application/pdf'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['GIF89a', 'image/gif'],
  ['PK\x03\x04', 'application/zip'],
  ['\x1f\x8b\x08', 'application/x-gzip'],
  ['a\x00b', 'application/octet-stream'],
])('content %j is %s', (content, type) => expect(mimeTypeOf(Buffer.from(content, 'latin1'))).toBe(type))

test.each<[string, string, boolean]>([
  ['loopback', '127.0.0.9', true],
  ['loopback', '::1', true],
  ['private', '172.16.0.1', true],
  ['private', 'fd00::1', true],
  ['private', '8.8.8.8', false],
  ['public', '8.8.8.8', true],
  ['public', '10.0.0.1', false],
  ['multicast', '224.0.0.251', true],
  ['link_local_unicast', 'fe80::1', true],
  ['link_local_multicast', 'ff02::fb', true],
  ['interface_local_multicast', 'ff01::1', true],
  ['unicast', '10.0.0.1', true],
  ['unspecified', '0.0.0.0', true],
  ['2001:db8::/32', '2001:db8::5', true],
  ['10.0.0.0/8', '::1', false],
])('%s has %s: %s', (network, ip, inside) => expect(inNetworks([network])(ip)).toBe(inside))
