/** Lists of indicators against the samples: what they point at, in a case and beside one. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { analyzeCaptures } from '../../src/app/analyze.js'
import { writeFindings } from '../../src/intel/find.js'
import { matchedViews } from '../../src/intel/matched-columns.js'
import { readIntel } from '../../src/intel/read-list.js'
import { protocols } from '../../src/protocols/registry.js'
import { createTable } from '../../src/schema/sql.js'
import { findingTable } from '../../src/schema/tables.js'
import { caseOf, edit, rowsOf } from '../support/case.js'

const samples = resolve(import.meta.dirname, '../../samples')
const of = (...names: string[]): string[] => names.map((name) => join(samples, name))
const folder = mkdtempSync(join(tmpdir(), 'audit-intel-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ALL = of('tls/tls12.pcap', 'http/get.pcap', 'dns/udp.pcap', 'smtp.pcap')
const views = matchedViews(protocols)
let path: string
let number = 0
const listOf = (content: string, name = `list-${number++}.txt`): string => {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}
const newCase = (): string => join(folder, `case-${number++}.sqlite`)
beforeAll(async () => {
  path = await caseOf(newCase(), ALL)
})

/** Findings beside a case that is only read. */
async function found(...contents: string[]): Promise<Record<string, unknown>[]> {
  const db = new Database(path, { readonly: true })
  try {
    db.exec(createTable(findingTable, 'temp'))
    writeFindings(db, await readIntel(contents.map((content) => listOf(content))), views, { into: 'temp' })
    return db.prepare('SELECT * FROM finding').all() as Record<string, unknown>[]
  } finally {
    db.close()
  }
}
const places = async (...contents: string[]): Promise<unknown[]> => [
  ...new Set((await found(...contents)).map(({ place, value, fit }) => `${place} ${value} ${fit}`)),
]
const stix = (pattern: string, more: object = {}): string =>
  JSON.stringify({ type: 'bundle', objects: [{ type: 'indicator', id: 'indicator--1', pattern_type: 'stix', pattern, ...more }] })

describe('each kind of indicator', () => {
  test.each<[string, string, unknown[]]>([
    ['an address', '203.0.113.77', ['flow.client_ip 203.0.113.77 exact']],
    ['an address that was resolved', '10.20.0.82', ['dns.answers 10.20.0.82 exact']],
    [
      'an address of IPv6',
      '2001:db8:20:0::25',
      [
        'flow.server_ip 2001:db8:20::25 exact',
        'http.host [2001:db8:20::25] exact',
        'dns.answers 2001:db8:20::25 exact',
        'tls.server_alternative_names 2001:db8:20::25 exact',
      ],
    ],
    ['a network', '203.0.113.64/26', ['flow.client_ip 203.0.113.77 network']],
    [
      'a network of IPv6',
      '2001:db8:20::/44',
      [
        'flow.client_ip 2001:db8:20::11 network',
        'http.host [2001:db8:20::25] network',
        'dns.answers 2001:db8:20::25 network',
        'tls.server_alternative_names 2001:db8:20::25 network',
      ],
    ],
    [
      'a domain in a question, whatever its case',
      'NS1.Harbour.Example.',
      expect.arrayContaining(['dns.answers ns1.harbour.example exact']),
    ],
    ['a domain above', 'quay.harbour.example', ['tls.server_alternative_names *.quay.harbour.example exact']],
    ['a domain in an answer', 'backup.elsewhere.example', ['dns.answers backup.elsewhere.example exact']],
    [
      'a URL',
      'hxxp://www[.]harbour.example/timetable.html',
      ['http.url_full http://www.harbour.example/timetable.html exact', 'http.location http://www.harbour.example/timetable.html exact'],
    ],
    ['a URL without scheme', 'www.harbour.example/missing.html', ['http.url_full http://www.harbour.example/missing.html exact']],
    ['a mail address', 'WIN@lottery.example', ['smtp.mail_from win@lottery.example exact']],
    ['a domain of mail', '@lottery.example', ['smtp.mail_from win@lottery.example host']],
    [
      'SHA-256 of a body',
      'e55aba2b7d90d86feb2691a777dda38cc80b07b9f6a9629eb20b8537bd4ea42a',
      ['http.response_body_sha256 e55aba2b7d90d86feb2691a777dda38cc80b07b9f6a9629eb20b8537bd4ea42a exact'],
    ],
    ['MD5 of an attachment', '16BBCC684A5CEAF00F39C624C73D363A', ['smtp.attachments 16bbcc684a5ceaf00f39c624c73d363a exact']],
    [
      'SHA-1 of a certificate',
      '26:b9:fe:3d:c5:4d:4a:25:34:be:86:78:1d:d4:a4:c8:ef:a5:5b:6f',
      ['tls.server_sha1 26B9FE3DC54D4A2534BE86781DD4A4C8EFA55B6F exact'],
    ],
    ['JA3', '789e95daa9b9197b6c6b73f5b3bc0e2e', ['tls.ja3 789e95daa9b9197b6c6b73f5b3bc0e2e exact']],
    ['JA4', 't12d2808h2_d943125447b4_8444a48926a8', ['tls.ja4 t12d2808h2_d943125447b4_8444a48926a8 exact']],
  ])('%s', async (_, indicator, expected) => {
    expect(await places(indicator)).toEqual(expected)
  })

  test.each([
    ['the end of another name', 'bour.example.com\nour.example'],
    ['a name below', 'deep.www.harbour.example.org'],
    ['a prefix of an address', '10.20.0.8'],
    ['a network beside', '203.0.113.80/28'],
    ['another scheme', 'https://www.harbour.example/timetable.html'],
    ['another path', 'http://www.harbour.example/timetable'],
    ['another case of a path', 'http://www.harbour.example/Timetable.html'],
    ['another user', 'lose@lottery.example'],
  ])('not %s', async (_, indicator) => {
    expect(await found(indicator)).toEqual([])
  })

  test('labels are borders: a name is not found in one that only ends like it', async () => {
    const copy = await caseOf(newCase(), of('dns/udp.pcap'))
    edit(
      copy,
      "UPDATE tx_dns SET question_name = 'notevil.com' WHERE id = 1; UPDATE tx_dns SET question_name = 'a.b.Evil.com' WHERE id = 2",
    )
    const db = new Database(copy, { readonly: true })
    db.exec(createTable(findingTable, 'temp'))
    writeFindings(db, await readIntel([listOf('evil.com')]), views, { into: 'temp' })
    expect(db.prepare('SELECT tx_id, fit FROM finding').all()).toEqual([{ tx_id: 2, fit: 'below' }])
    db.close()
  })
})

describe('STIX', () => {
  test('conditions that must hold at once hold in one row', async () => {
    const both = await found(stix("[domain-name:value = 'www.harbour.example' AND ipv4-addr:value = '10.20.0.82']"))
    expect(both).toContainEqual(
      expect.objectContaining({
        place: 'dns.question_name',
        fit: 'all',
        indicator: 'www.harbour.example AND 10.20.0.82',
        rule: 'indicator--1',
      }),
    )
    expect(new Set(both.map(({ fit }) => fit))).toEqual(new Set(['all']))
    expect(both.length).toBeLessThan((await found('www.harbour.example')).length)
    // The address of the flow completes what a transaction has.
    expect(await places(stix("[email-addr:value = 'win@lottery.example' AND ipv4-addr:value = '203.0.113.77']"))).toEqual([
      'smtp.mail_from win@lottery.example all',
    ])
    expect(await found(stix("[email-addr:value = 'win@lottery.example' AND ipv4-addr:value = '10.20.0.12']"))).toEqual([])
  })

  test('two addresses are those of one flow, found there once; a condition said twice is one', async () => {
    const pair = await found(stix("[ipv4-addr:value = '203.0.113.77' AND ipv4-addr:value = '10.20.0.25']"))
    expect(pair).toMatchObject([{ place: 'flow.client_ip', fit: 'all', tx: null, count: 2 }])
    expect(await places(stix("[email-addr:value = 'win@lottery.example' AND email-addr:value = 'win@lottery.example' ]"))).toEqual([
      'smtp.mail_from win@lottery.example all',
    ])
  })

  test('validity is held against the time of the packet', async () => {
    const pattern = "[ipv4-addr:value = '203.0.113.77']"
    const at = async (more: object): Promise<unknown> =>
      (await found(stix(pattern, { indicator_types: ['malicious-activity'], ...more }))).map(({ validity, severity }) => [
        validity,
        severity,
      ])
    expect(await at({})).toEqual([[null, 'high']])
    expect(await at({ valid_from: '2026-11-21T03:00:00Z', valid_until: '2026-11-21T04:00:00Z' })).toEqual([['in-force', 'high']])
    expect(await at({ valid_from: '2026-11-21T04:00:00Z' })).toEqual([['not-yet', 'info']])
    expect(await at({ valid_from: '2020-01-01T00:00:00Z', valid_until: '2026-11-21T03:00:00Z' })).toEqual([['expired', 'info']])
  })
})

const findings = (file: string): Record<string, unknown>[] => rowsOf(file, 'SELECT * FROM finding ORDER BY id')
/** Without what tells the runs apart. */
const evidence = (file: string): unknown[] => findings(file).map(({ run_id, ...rest }) => rest)

describe('in a case', () => {
  const list = (): string => listOf('harbour.example\n10.20.0.0/24\n203.0.113.77\n', 'feed.txt')

  test('a finding leads to its row, its flow and its packets, and its list stands in the run', async () => {
    const file = list()
    const target = newCase()
    const { summary, exitCode } = await analyzeCaptures({
      captures: ALL,
      outputs: [target],
      intel: [file],
      version: '0',
      commandLine: 'test',
    })
    expect(exitCode).toBe(0)
    expect(
      rowsOf(target, 'SELECT count(*) AS n FROM finding d JOIN tx t ON t.id = d.tx_id AND t.tx = d.tx AND t.frames = d.frames')[0]!.n,
    ).toBe(rowsOf(target, 'SELECT count(*) AS n FROM finding WHERE tx IS NOT NULL')[0]!.n)
    expect(
      rowsOf(target, 'SELECT count(*) AS n FROM finding d LEFT JOIN flow f ON f.id = d.flow_id AND f.flow = d.flow WHERE f.id IS NULL')[0]!
        .n,
    ).toBe(0n)
    expect(rowsOf(target, 'SELECT ts FROM finding LIMIT 1')[0]!.ts).toMatch(/^2026-.*\d{9}Z$/)
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
    expect(JSON.parse(String(rowsOf(target, 'SELECT config FROM run')[0]!.config)).intel).toEqual([
      { name: 'feed.txt', sha256, indicators: 3 },
    ])
    expect(summary.findings).toMatchObject({
      total: findings(target).length,
      lists: [{ name: 'feed.txt', sha256, findings: [{ severity: 'medium', findings: findings(target).length }] }],
    })
  })

  test('one run, two runs, another order, again: the same findings', async () => {
    const intel = [list()]
    const once = await caseOf(newCase(), ALL, { intel })
    const twice = await caseOf(newCase(), ALL.slice(2), { intel })
    await caseOf(twice, ALL.slice(0, 2), { intel })
    const key = 'SELECT source, rule, place, value, ts_ns, tx, flow, frames, count FROM finding ORDER BY id'
    expect(rowsOf(once, key).length).toBeGreaterThan(20)
    expect(rowsOf(twice, key)).toEqual(rowsOf(once, key))
    const before = evidence(once)
    await caseOf(once, ALL, { intel })
    expect(evidence(once)).toEqual(before)
    expect(rowsOf(once, 'SELECT count(*) AS n FROM run')[0]!.n).toBe(1n)
  })

  test('findings follow their rows when captures come without the list, and go with their capture', async () => {
    const target = await caseOf(newCase(), of('smtp.pcap'), { intel: [list()] })
    const before = rowsOf(target, 'SELECT tx, flow, place, value FROM finding ORDER BY id')
    // Earlier than what is there: every number moves.
    await caseOf(target, of('http/get.pcap', 'dns/udp.pcap'))
    expect(rowsOf(target, 'SELECT tx, flow, place, value FROM finding ORDER BY id')).toEqual(before)
    expect(
      rowsOf(
        target,
        'SELECT count(*) AS n FROM finding d LEFT JOIN tx t ON t.id = d.tx_id AND t.tx = d.tx LEFT JOIN flow f ON f.id = d.flow_id AND f.flow = d.flow ' +
          'WHERE f.id IS NULL OR (d.tx IS NOT NULL AND t.id IS NULL)',
      )[0]!.n,
    ).toBe(0n)
    await caseOf(target, of('smtp.pcap'))
    expect(findings(target)).toEqual([])
  })

  test('a list that is not given again keeps its findings, and the run that made them', async () => {
    const target = await caseOf(newCase(), of('smtp.pcap'), { intel: [list()] })
    const count = findings(target).length
    await caseOf(target, of('dns/udp.pcap'), { intel: [listOf('www.harbour.example\n', 'other.txt')] })
    const sources = rowsOf(target, 'SELECT source, count(*) AS n FROM finding GROUP BY source ORDER BY source')
    expect(sources).toMatchObject([{ source: 'feed.txt', n: BigInt(count) }, { source: 'other.txt' }])
    expect(rowsOf(target, 'SELECT id FROM run WHERE id NOT IN (SELECT run_id FROM finding)')).toEqual([])
  })

  test('documents alone have no place for findings', async () => {
    await expect(caseOf(join(folder, 'out.ndjson'), ALL, { intel: [list()] })).rejects.toThrow(/writes findings into a case/)
  })

  test('what is over the cap is counted', async () => {
    const db = new Database(path, { readonly: true })
    db.exec(createTable(findingTable, 'temp'))
    const counts = writeFindings(db, await readIntel([list()]), views, { into: 'temp', max: 5 })
    expect(counts).toMatchObject({ findings: 5, beyond: expect.any(Number) })
    expect(counts.beyond).toBeGreaterThan(5)
    db.close()
  })
})

test('every view has what its fields say can be looked up', () => {
  const held = Object.fromEntries(views.map(({ name, columns }) => [name, columns.map((column) => column.name)]))
  expect(held.http).toEqual(expect.arrayContaining(['host', 'url_full', 'request_body_sha256', 'response_body_sha256']))
  expect(held.dns).toEqual(expect.arrayContaining(['question_name', 'answers', 'resolved_ip']))
  expect(held.tls).toEqual(expect.arrayContaining(['server_name', 'ja3', 'ja4', 'server_sha256']))
})
