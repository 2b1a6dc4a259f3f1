import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { packetRef, Trace } from '../../src/model/trace.js'
import { UserError } from '../../src/model/user-error.js'
import { sharedViewColumns } from '../../src/schema/sql.js'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { dump, echo, flowRow, flowView, ping, type Run, record, runRow, START, schemasFor, select, tempFolder, writeRun } from './rig.js'

const NS = 1_000_000_000n
const startNs = BigInt(START) * NS
const captures = [{ name: 'a.pcap', sha256: 'aaaa' }]
/** Neither sorted nor reversed, the same every time. */
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item, i) => [(i * 7919) % 10_007, item] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, item]) => item)

describe('a case', () => {
  test('is one plain file for its owner alone, marked as a case', async () => {
    const folder = tempFolder()
    const path = join(folder, 'case.sqlite')
    await writeRun(openCase(path), { captures, records: [record(1, 0)] })
    expect(readdirSync(folder)).toEqual(['case.sqlite'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const db = new Database(path, { readonly: true })
    expect(db.pragma('application_id', { simple: true })).toBe(0x70636175)
    expect(db.pragma('user_version', { simple: true })).toBe(1)
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete')
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    const loose = db.prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'",
    )
    expect(loose.all()).toEqual([])
    db.close()
  })

  test('shows a transaction with its endpoints, times and own columns', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    const row = {
      word: 'hi',
      size: 2,
      ratio: 0.25,
      loud: true,
      letters: ['h', 'i'],
      detail: { a: 2n ** 60n + 1n },
      raw: 'no',
      inner: 'yes',
    }
    await writeRun(openCase(path), { captures, records: [record(1, 5, { row, tx: { notes: ['odd'], user: 'alice', rows: 3 } })] })
    expect(select(path, 'SELECT * FROM echo')).toEqual([
      expect.objectContaining({
        id: 1n,
        protocol: 'echo',
        ts_ns: startNs + 5_000_000n,
        duration_ns: 2_000_000n,
        client_ip: '192.0.2.1',
        client_port: 40_001n,
        server_ip: '192.0.2.2',
        server_port: 7n,
        user: 'alice',
        method: 'ECHO',
        resource: null,
        status: 'OK',
        request_bytes: 10n,
        response_bytes: 5n,
        rows: 3n,
        complete: 'complete',
        capture_id: 1n,
        frames: '3-4',
        notes: '["odd"]',
        ts: '2015-08-27T08:00:55.005000000Z',
        duration_ms: 2,
        word: 'hi',
        size: 2n,
        ratio: 0.25,
        loud: 1n,
        letters: '["h","i"]',
        detail: '{"a":1152921504606846977}',
        inner: 'yes',
      }),
    ])
    const columns = (name: string) => select(path, 'SELECT name FROM pragma_table_info(?)', name).map((c) => (c as { name: string }).name)
    expect(columns('tx')).toEqual([
      ...[
        'id',
        'tx',
        'flow_id',
        'protocol',
        'ts_ns',
        'duration_ns',
        'client_ip',
        'client_port',
        'server_ip',
        'server_port',
        'user',
        'method',
      ],
      ...[
        'resource',
        'query',
        'params',
        'status',
        'error',
        'request_bytes',
        'response_bytes',
        'rows',
        'complete',
        'capture_id',
        'frames',
        'notes',
      ],
      ...['ts', 'duration_ms'],
    ])
    expect(columns('echo')).toEqual([
      ...sharedViewColumns,
      'word',
      'size',
      'ratio',
      'loud',
      'letters',
      'detail',
      'host',
      'seen_ip',
      'inner',
    ])
    expect(select(path, 'SELECT ts, duration_ms FROM flow')).toEqual([{ ts: '2015-08-27T08:00:55.000000000Z', duration_ms: 5 }])
  })

  test('keeps every nanosecond', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    const at = { sec: START, nsec: 638_957_123 }
    await writeRun(openCase(path), {
      captures,
      records: [record(1, 0, { tx: { request: new Trace(packetRef(0, 1), at, at, 1), response: undefined } })],
    })
    expect(select(path, 'SELECT ts_ns, ts, duration_ns, duration_ms FROM tx')).toEqual([
      { ts_ns: startNs + 638_957_123n, ts: '2015-08-27T08:00:55.638957123Z', duration_ns: null, duration_ms: null },
    ])
  })

  test('takes any value without a fault', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    const rows = [
      { word: 'a\0b', size: 2n ** 64n - 1n },
      { word: '\ud800', size: 1.9, ratio: Number.NaN },
      { word: 7, size: 'many', ratio: 'x', loud: 'y', letters: 'not a list' },
      { word: null, size: Number.POSITIVE_INFINITY, detail: { deep: undefined } },
      {},
    ]
    await writeRun(openCase(path), { captures, records: rows.map((row, i) => record(i, i, { row })) })
    expect(select(path, 'SELECT word, size, ratio, letters FROM echo ORDER BY id')).toEqual([
      { word: 'a\u2400b', size: -1n, ratio: null, letters: null },
      { word: '\ufffd', size: 1n, ratio: null, letters: null },
      { word: '7', size: null, ratio: null, letters: '"not a list"' },
      { word: null, size: null, ratio: null, letters: null },
      { word: null, size: null, ratio: null, letters: null },
    ])
  })

  test('writes rows alike when traffic changes its kind', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    const rows = Array.from({ length: 4000 }, (_, i) =>
      i < 1000 ? { word: 'first', size: 1 } : i < 3000 ? { word: `w${i}`, host: 'h', loud: true } : { word: 'last' },
    )
    await writeRun(openCase(path), { captures, records: rows.map((row, i) => record(i, i, { row })) })
    expect(select(path, 'SELECT word, size, host, loud FROM echo ORDER BY id')).toEqual(
      rows.map((row, i) => ({
        word: row.word,
        size: i < 1000 ? 1n : null,
        host: i >= 1000 && i < 3000 ? 'h' : null,
        loud: i >= 1000 && i < 3000 ? 1n : null,
      })),
    )
  })

  test('writes rows of every shape alike, before and after it has learned what is usual', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    const rows = Array.from({ length: 1500 }, (_, i) =>
      i % 3 === 0
        ? { word: 'usual', size: 1 }
        : i % 50 === 1
          ? { word: "it's", size: 2, host: 'h' }
          : { word: 'usual', size: 1, loud: i % 2 === 0 },
    )
    await writeRun(openCase(path), { captures, records: rows.map((row, i) => record(i, i, { row })) })
    const got = select(path, 'SELECT word, size, host, loud, method, status FROM echo ORDER BY id')
    expect(got).toEqual(
      rows.map((row) => ({
        word: row.word,
        size: BigInt(row.size),
        host: 'host' in row ? row.host : null,
        loud: 'loud' in row ? BigInt(row.loud) : null,
        method: 'ECHO',
        status: 'OK',
      })),
    )
  })
})

describe('canonical order', () => {
  const flows = [flowView(1), flowView(2), flowView(3)]
  const flowRows = flows.map((flow, i) => [flow, flowRow(flow, startNs + BigInt(i))] as const)
  const records = Array.from({ length: 3000 }, (_, i) =>
    i % 2 === 0
      ? record(i, Math.floor(i / 2), { flow: flows[i % 3]! })
      : record(i, Math.floor(i / 2), { flow: flows[i % 3]!, schema: ping, row: { seq: i } }),
  )
  const write = async (run: Partial<Run>) => {
    const path = join(tempFolder(), 'case.sqlite')
    await writeRun(openCase(path), { captures, records, flows: flowRows, ...run })
    return path
  }

  test('is time, then content id, over all protocols', async () => {
    const path = await write({})
    expect(select(path, 'SELECT id FROM tx ORDER BY ts_ns, tx')).toEqual(records.map((_, i) => ({ id: BigInt(i + 1) })))
    expect(select(path, 'SELECT count(*) AS n FROM tx_ping')).toEqual([{ n: 1500n }])
  })

  test('does not depend on the order of arrival', async () => {
    const expected = dump(await write({}))
    for (const arrival of [
      records.toReversed(),
      shuffled(records),
      [...records.slice(1), records[0]!],
      [...records.slice(2999), ...records.slice(0, 2999)],
    ])
      expect(dump(await write({ records: arrival }))).toEqual(expected)
    expect(dump(await write({ flows: flowRows.toReversed() }))).toEqual(expected)
  })

  test('numbers flows by first packet, then content id, whatever their ordinals', async () => {
    const late = { ...flowView(1), id: 'ffff000000000000' }
    const early = { ...flowView(2), id: '0000000000000001' }
    const tie = { ...flowView(3), id: '0000000000000000' }
    const path = await write({
      flows: [
        [late, flowRow(late, startNs + 9n)],
        [early, flowRow(early, startNs)],
        [tie, flowRow(tie, startNs)],
      ],
      records: [record(1, 1, { flow: late }), record(2, 2, { flow: early }), record(3, 3, { flow: tie })],
      rows: [['anomaly', { id: 1, code: 'echo.odd', flow_id: 1, message: 'Odd.', count: 1 }]],
    })
    expect(select(path, 'SELECT id, flow FROM flow')).toEqual([
      { id: 1n, flow: tie.id },
      { id: 2n, flow: early.id },
      { id: 3n, flow: late.id },
    ])
    expect(select(path, 'SELECT flow_id, client_port FROM tx ORDER BY id')).toEqual([
      { flow_id: 3n, client_port: 40_001n },
      { flow_id: 2n, client_port: 40_002n },
      { flow_id: 1n, client_port: 40_003n },
    ])
    expect(select(path, 'SELECT flow_id FROM anomaly')).toEqual([{ flow_id: 3n }])
  })
})

describe('a case that holds captures already', () => {
  const run = (name: string, sha256: string, offset: number, count = 5): Run => ({
    captures: [{ name, sha256 }],
    records: Array.from({ length: count }, (_, i) => record(offset + i, offset + i * 10)),
    flows: [
      [
        { ...flowView(1), id: `flow-of-${sha256}` },
        flowRow({ ...flowView(1), id: `flow-of-${sha256}` }, startNs + BigInt(offset) * 1_000_000n),
      ],
    ],
    rows: [
      ['anomaly', { id: 1, code: 'echo.odd', capture_id: 1, flow_id: 1, frame: 3, message: `In ${name}.`, count: 1 }],
      [
        'coverage',
        { protocol: 'echo', flows: 1, decoded_bytes: 10, opaque_bytes: 0, unknown_bytes: 0, lost_bytes: 0, cut_bytes: 0, share: 1 },
      ],
    ],
  })

  test('is the same after the same run', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    await writeRun(openCase(path), run('a.pcap', 'aaaa', 0))
    const once = dump(path)
    await writeRun(openCase(path), run('a.pcap', 'aaaa', 0))
    expect(dump(path)).toEqual(once)
    await writeRun(openCase(path), run('renamed.pcap', 'aaaa', 0))
    expect(select(path, 'SELECT count(*) AS n FROM capture')).toEqual([{ n: 1n }])
    expect(select(path, 'SELECT count(*) AS n FROM tx')).toEqual([{ n: 5n }])
  })

  test('puts a further capture in its place, before or after', async () => {
    const both = join(tempFolder(), 'case.sqlite')
    await writeRun(openCase(both), run('late.pcap', 'bbbb', 1000))
    await writeRun(openCase(both), run('early.pcap', 'aaaa', 5))
    expect(select(both, 'SELECT id, capture_id, flow_id, client_port FROM tx ORDER BY ts_ns')).toEqual(
      Array.from({ length: 10 }, (_, i) => ({
        id: BigInt(i + 1),
        capture_id: i < 5 ? 2n : 1n,
        flow_id: i < 5 ? 1n : 2n,
        client_port: 40_001n,
      })),
    )
    expect(select(both, 'SELECT id, run_id, name FROM capture')).toEqual([
      { id: 1n, run_id: 1n, name: 'late.pcap' },
      { id: 2n, run_id: 2n, name: 'early.pcap' },
    ])
    expect(select(both, 'SELECT flow_id, capture_id, run_id, message FROM anomaly ORDER BY id')).toEqual([
      { flow_id: 2n, capture_id: 1n, run_id: 1n, message: 'In late.pcap.' },
      { flow_id: 1n, capture_id: 2n, run_id: 2n, message: 'In early.pcap.' },
    ])
    const settled = dump(both)
    await writeRun(openCase(both), run('after.pcap', 'cccc', 9000))
    const { tx_echo: before } = settled
    expect(dump(both).tx_echo!.slice(0, 10)).toEqual(before)
  })

  test('replaces one capture and keeps the others', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    for (const [name, sha, at] of [
      ['a.pcap', 'aaaa', 0],
      ['b.pcap', 'bbbb', 1000],
      ['c.pcap', 'cccc', 2000],
    ] as const)
      await writeRun(openCase(path), run(name, sha, at))
    const before = dump(path)
    await writeRun(openCase(path), run('b.pcap', 'bbbb', 1000))
    const after = dump(path)
    for (const table of ['tx_echo', 'flow', 'capture']) expect(after[table]!.length, table).toBe(before[table]!.length)
    expect(after.tx_echo).toEqual(before.tx_echo)
    expect(select(path, 'SELECT id, name, run_id FROM capture')).toEqual([
      { id: 1n, name: 'a.pcap', run_id: 1n },
      { id: 2n, name: 'b.pcap', run_id: 4n },
      { id: 3n, name: 'c.pcap', run_id: 3n },
    ])
    expect(select(path, 'SELECT id FROM run')).toEqual([{ id: 1n }, { id: 3n }, { id: 4n }])
    expect(select(path, 'SELECT count(*) AS n FROM coverage')).toEqual([{ n: 3n }])
    // The file was changed and read again: fewer rows now.
    await writeRun(openCase(path), run('b.pcap', 'b2b2', 1000, 2))
    expect(select(path, 'SELECT id FROM tx ORDER BY ts_ns')).toEqual(Array.from({ length: 12 }, (_, i) => ({ id: BigInt(i + 1) })))
  })

  test('renames captures in frame lists that cross a file border', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    await writeRun(openCase(path), run('a.pcap', 'aaaa', 0))
    const request = new Trace(packetRef(0, 5), { sec: START + 50, nsec: 0 }, { sec: START + 50, nsec: 0 }, 1)
    const response = new Trace(packetRef(1, 1), { sec: START + 51, nsec: 0 }, { sec: START + 51, nsec: 0 }, 1)
    await writeRun(openCase(path), {
      captures: [
        { name: 'ring0', sha256: 'r0' },
        { name: 'ring1', sha256: 'r1' },
      ],
      records: [record(1, 0, { tx: { request, response } })],
    })
    expect(select(path, "SELECT capture_id, frames FROM tx WHERE frames LIKE '%:%'")).toEqual([{ capture_id: 2n, frames: '5,3:1' }])
  })

  test('is as it was when the run is given up', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    await writeRun(openCase(path), run('a.pcap', 'aaaa', 0))
    const before = dump(path)
    const sink = openCase(path)
    sink.begin(schemasFor('b.pcap'))
    for (let i = 0; i < 2000; i++) sink.transaction(record(i, i))
    sink.abort()
    expect(dump(path)).toEqual(before)
    const fresh = join(tempFolder(), 'new.sqlite')
    const other = openCase(fresh)
    other.begin(schemasFor('b.pcap'))
    other.transaction(record(1, 1))
    other.abort()
    expect(existsSync(fresh)).toBe(false)
  })

  test('gains the tables and columns of a newer protocol', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    const { word } = echo.fields
    const sink = openCase(path)
    sink.begin({ ...schemasFor('old.pcap'), transactions: [{ ...echo, fields: { word: word! } }] })
    sink.row('run', runRow)
    await sink.end()
    await writeRun(openCase(path), {
      captures,
      records: [record(1, 1, { row: { word: 'x', size: 4 } }), record(2, 2, { schema: ping, row: { seq: 1 } })],
    })
    expect(select(path, 'SELECT word, size FROM echo')).toEqual([{ word: 'x', size: 4n }])
    expect(select(path, 'SELECT protocol FROM tx')).toEqual([{ protocol: 'echo' }, { protocol: 'ping' }])
  })
})

describe('what is not a case', () => {
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

  test.each([
    ['a text', (path: string) => writeFileSync(path, 'evidence, do not touch\n'.repeat(20))],
    ['a short file', (path: string) => writeFileSync(path, 'SQLite format 3\0')],
    ['another database', (path: string) => new Database(path).exec('CREATE TABLE t (a)').close()],
    [
      'a newer case',
      (path: string) => {
        const db = new Database(path)
        db.pragma(`application_id = ${0x70636175}`)
        db.pragma('user_version = 99')
        db.exec('CREATE TABLE t (a)').close()
      },
    ],
  ])('%s is refused and left untouched', (_, make) => {
    const path = join(tempFolder(), 'x.sqlite')
    make(path)
    const before = hash(path)
    expect(() => openCase(path)).toThrow(UserError)
    expect(hash(path)).toBe(before)
    expect(readdirSync(join(path, '..'))).toEqual(['x.sqlite'])
  })

  test('folders, and files in folders that do not exist, are refused', () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'case.sqlite'))
    expect(() => openCase(join(folder, 'case.sqlite'))).toThrow(/folder/)
    expect(() => openCase(join(folder, 'none', 'case.sqlite'))).toThrow(/does not exist/)
  })

  test('a case that another run is writing is refused', async () => {
    const path = join(tempFolder(), 'case.sqlite')
    const first = openCase(path)
    first.begin(schemasFor('a.pcap'))
    const second = openCase(path)
    expect(() => second.begin(schemasFor('b.pcap'))).toThrow(/in use/)
    second.abort()
    first.row('run', runRow)
    await first.end()
    expect(select(path, 'SELECT count(*) AS n FROM run')).toEqual([{ n: 1n }])
  })
})
