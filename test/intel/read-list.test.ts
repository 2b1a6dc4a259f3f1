/** Files of indicators: every format, and files that are none. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { type Intel, readIntel } from '../../src/intel/read-list.js'

const folder = mkdtempSync(join(tmpdir(), 'audit-intel-'))
afterAll(() => rmSync(folder, { recursive: true }))

let number = 0
async function read(content: string | Buffer, name = `list-${number++}`, max?: number): Promise<Intel> {
  const path = join(folder, name)
  writeFileSync(path, content)
  return readIntel([path], max)
}
const stix = (...objects: object[]): string => JSON.stringify({ type: 'bundle', id: 'bundle--1', objects })
const indicator = (more: object): object => ({ type: 'indicator', id: 'indicator--1', pattern_type: 'stix', ...more })

describe('formats', () => {
  test('a plain list, with comments and blank lines', async () => {
    const { indicators, files, warnings } = await read(
      '\ufeff# feed\r\n\r\nevil.example  # seen\r\n0.0.0.0 sink.example\r\nhttp://a.example/#x\r\n',
      'plain.txt',
    )
    expect(indicators.texts).toEqual(['evil.example', 'sink.example', 'http://a.example/#x'])
    expect(files).toMatchObject([{ name: 'plain.txt', indicators: 3, not_understood: 0, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }])
    expect(warnings).toEqual([])
  })

  test('UTF-16', async () => {
    expect((await read(Buffer.from('\ufeffevil.example\r\n', 'utf16le'))).indicators.texts).toEqual(['evil.example'])
  })

  test('a CSV with a header, quotes and severities', async () => {
    const { indicators } = await read(
      'Indicator,Type,Severity,Description,Valid_Until,id\nevil.example,domain,High,"Loader, of ""March""",2026-01-01,r1\n192.0.2.1,ipv4,,,,\n',
    )
    expect(indicators.notes).toMatchObject([
      { severity: 'high', title: 'Loader, of "March"', rule: 'r1', until: 1767225600000000000n },
      { severity: 'medium', title: undefined, rule: undefined, until: undefined },
    ])
  })

  test('a header in a comment, and columns named for what they hold', async () => {
    expect((await read('# id,dateadded,url,url_status\n"1","2026","http://evil.example/x","online"\n')).indicators.texts).toEqual([
      'http://evil.example/x',
    ])
    expect((await read('first_seen,domain,sha256\n2026-01-01,evil.example,-\n')).indicators.texts).toEqual(['evil.example'])
    expect((await read('#fields\tindicator\tindicator_type\tmeta.source\nevil.example\tIntel::DOMAIN\tx\n')).indicators.types).toEqual([
      'domain-name',
    ])
    expect((await read('domain\nevil.example\n')).indicators.texts).toEqual(['evil.example'])
  })

  test("MISP's export: pairs, what is not for detection, types that packets do not show", async () => {
    const { indicators, files, warnings } = await read(
      'uuid,event_id,category,type,value,comment,to_ids,date\n' +
        'u1,1,Payload,filename|md5,a.exe|d41d8cd98f00b204e9800998ecf8427e,,1,\n' +
        'u2,1,Network,domain|ip,evil.example|192.0.2.1,,1,\n' +
        'u3,1,Network,ip-dst,192.0.2.2,,0,\n' +
        'u4,1,Artifacts,regkey,HKLM,,1,\n',
      'misp.csv',
    )
    expect(indicators.texts).toEqual(['d41d8cd98f00b204e9800998ecf8427e', 'evil.example', '192.0.2.1'])
    expect(files).toMatchObject([{ indicators: 3, withdrawn: 1, not_understood: 1 }])
    expect(warnings).toEqual([expect.stringMatching(/misp\.csv: line 5, "HKLM": of the type regkey, which packets do not show/)])
  })

  test('a STIX bundle: severities, dates, what is revoked or in another language', async () => {
    const pattern = "[domain-name:value = 'evil.example']"
    const { indicators, files, warnings } = await read(
      stix(
        { type: 'malware', name: 'x' },
        indicator({ pattern, indicator_types: ['malicious-activity'], name: 'Loader', valid_from: '2026-01-01T00:00:00Z' }),
        indicator({ id: 'indicator--2', pattern, indicator_types: ['malicious-activity'], confidence: 10 }),
        indicator({ id: 'indicator--3', pattern, labels: ['benign'] }),
        indicator({ id: 'indicator--4', pattern, revoked: true }),
        indicator({ id: 'indicator--5', pattern: 'alert tcp', pattern_type: 'snort' }),
        indicator({ id: 'indicator--6', pattern: "[file:name = 'x']" }),
      ),
    )
    expect(indicators.notes.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['indicator--1', 'high'],
      ['indicator--2', 'medium'],
      ['indicator--3', 'info'],
    ])
    expect(indicators.notes[0]).toMatchObject({ title: 'Loader', from: 1767225600000000000n })
    expect(files).toMatchObject([{ indicators: 3, withdrawn: 1, not_understood: 2 }])
    expect(warnings).toEqual([
      expect.stringMatching(/"indicator--5": a pattern in snort/),
      expect.stringMatching(/"indicator--6": file:name/),
    ])
  })

  test('the same said twice counts once', async () => {
    expect((await read('evil.example\nEVIL.example.\n')).files).toMatchObject([{ indicators: 1, repeated: 1 }])
  })
})

describe('files that are no lists', () => {
  test.each([
    ['empty', '', /holds no indicator$/],
    ['only comments', '# nothing\n', /holds no indicator$/],
    ['nothing understood', 'rubbish\n', /line 1, "rubbish"/],
    ['bytes', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7) % 256)), /holds no indicator/],
    ['gzip', gzipSync('evil.example\n'), /compressed with gzip/],
    ['JSON of something else', '{"a": 1}', /not a STIX 2.1 bundle/],
    ['broken JSON', '{"type":"bundle","objects":[', /is not JSON/],
    ['deep JSON', `{"objects":${'['.repeat(1000)}`, /64 deep/],
    ['many objects', `[${'{},'.repeat(4_000_100)}{}]`, /more objects than are read/],
    ['one long line', 'x'.repeat(3_000_000), /longer than 65536/],
    ['a bundle without indicators', stix({ type: 'malware' }), /holds no indicator$/],
  ])('%s', async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({ name: 'UserError', message: expect.stringMatching(message) })
  })

  test('a folder, a pipe, what is not there, two of one name', async () => {
    await expect(readIntel([folder])).rejects.toThrow(/not a regular file/)
    await expect(readIntel([join(folder, 'missing')])).rejects.toThrow(/cannot be read/)
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [join(folder, 'pipe')])
      await expect(readIntel([join(folder, 'pipe')])).rejects.toThrow(/not a regular file/)
    }
    mkdirSync(join(folder, 'other'))
    for (const path of ['twice', 'other/twice']) writeFileSync(join(folder, path), 'evil.example\n')
    await expect(readIntel([join(folder, 'twice'), join(folder, 'other/twice')])).rejects.toThrow(/two lists are called twice/)
  })

  test('all that is not understood is counted, some of it named', async () => {
    const { files, warnings } = await read(`evil.example\n${'rubbish\n'.repeat(50)}`)
    expect(files).toMatchObject([{ indicators: 1, not_understood: 50 }])
    expect(warnings).toHaveLength(6)
    expect(warnings[0]).toMatch(/line 2, "rubbish"/)
    expect(warnings[5]).toMatch(/45 more/)
  })

  test('what is over the cap is counted', async () => {
    const { files, warnings } = await read('a.example\nb.example\nc.example\n', undefined, 2)
    expect(files).toMatchObject([{ indicators: 2, left_out: 1 }])
    expect(warnings).toEqual([expect.stringMatching(/1 indicators are left out; 2 are held at most/)])
  })

  test('quotes that are never closed end after some records', async () => {
    const began = performance.now()
    const { files } = await read(`value,comment\nevil.example,x\n${'"""\n'.repeat(400_000)}`)
    expect(files[0]!.indicators).toBe(1)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test('lines of white space take linear time', async () => {
    const began = performance.now()
    await read(`evil.example\n${`a${' '.repeat(60_000)}b\n`.repeat(50)}`)
    expect(performance.now() - began).toBeLessThan(3000)
  })
})
