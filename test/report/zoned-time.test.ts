import { describe, expect, test } from 'vitest'
import type { Value } from '../../src/report/format/row-format.js'
import { withLocalTimes, Zone } from '../../src/report/format/zoned-time.js'

describe('a time in a zone', () => {
  test.each([
    ['Europe/Berlin', '2026-11-21T03:31:12.489207001Z', '2026-11-21T04:31:12.489207001+01:00'],
    ['Europe/Berlin', '2026-07-01T23:59:59.999999999Z', '2026-07-02T01:59:59.999999999+02:00'],
    // The hour that comes twice, and the hour that never comes.
    ['Europe/Berlin', '2026-10-25T00:59:59.000000000Z', '2026-10-25T02:59:59.000000000+02:00'],
    ['Europe/Berlin', '2026-10-25T01:00:00.000000000Z', '2026-10-25T02:00:00.000000000+01:00'],
    ['Europe/Berlin', '2026-03-29T00:59:59.999999999Z', '2026-03-29T01:59:59.999999999+01:00'],
    ['Europe/Berlin', '2026-03-29T01:00:00.000000000Z', '2026-03-29T03:00:00.000000000+02:00'],
    ['America/St_Johns', '2026-01-01T00:00:00.5Z', '2025-12-31T20:30:00.5-03:30'],
    ['Australia/Lord_Howe', '2026-01-01T00:00:00Z', '2026-01-01T11:00:00+11:00'],
    ['Asia/Kathmandu', '1985-12-31T18:29:59Z', '1985-12-31T23:59:59+05:30'],
    ['Asia/Kathmandu', '1985-12-31T18:30:00Z', '1986-01-01T00:15:00+05:45'],
    ['UTC', '1970-01-01T00:00:00.000000001Z', '1970-01-01T00:00:00.000000001+00:00'],
    ['Africa/Monrovia', '1960-01-01T00:44:30Z', '1960-01-01T00:00:00-00:44:30'],
  ])('%s %s', (zone, utc, local) => {
    const asked = new Zone(zone)
    expect(asked.local(utc)).toBe(local)
    // From what is remembered of that hour.
    expect(asked.local(utc)).toBe(local)
  })

  test('nanoseconds are as exact, before 1970 too', () => {
    expect(new Zone('Asia/Tokyo').local(1440662455638957001n)).toBe('2015-08-27T17:00:55.638957001+09:00')
    expect(new Zone('UTC').local(-1n)).toBe('1969-12-31T23:59:59.999999999+00:00')
  })

  test.each([null, '', 'yesterday', '2026-13-01T00:00:00Z', '2026-01-01 00:00:00', 5.5, new Uint8Array(3)])('%j is none', (value) => {
    expect(new Zone('Asia/Tokyo').local(value as Value)).toBeNull()
  })
})

const source = (columns: string[], rows: Value[][]) => ({
  columns: columns.map((name) => ({ name, declared: null, table: null, origin: null })),
  rows: () => rows,
})
const shown = (columns: string[], rows: Value[][]) => {
  const local = withLocalTimes(source(columns, rows), new Zone('Asia/Tokyo'))
  return [local.columns.map(({ name }) => name), ...[...local.rows()]]
}
const UTC = '2015-08-27T08:00:55.638957000Z'
const TOKYO = '2015-08-27T17:00:55.638957000+09:00'

describe('the column beside', () => {
  test('each column of times, by its name or by what it holds', () => {
    expect(shown(['id', 'ts', 'seen'], [[1n, UTC, UTC]])).toEqual([
      ['id', 'ts', 'ts_local', 'seen', 'seen_local'],
      [1n, UTC, TOKYO, UTC, TOKYO],
    ])
    expect(shown(['first_ns', 'duration_ns'], [[1440662455638957000n, 5n]])).toEqual([
      ['first_ns', 'first_local', 'duration_ns'],
      [1440662455638957000n, TOKYO, 5n],
    ])
  })

  test('once for ts and ts_ns', () => {
    expect(shown(['ts_ns', 'ts'], [[1440662455638957000n, UTC]])).toEqual([
      ['ts_ns', 'ts', 'ts_local'],
      [1440662455638957000n, UTC, TOKYO],
    ])
  })

  test('none for other values, NULL for NULL, a heading without rows', () => {
    expect(shown(['ts'], [[5n]])).toEqual([['ts'], [5n]])
    expect(shown(['ts'], [[null], [UTC]])).toEqual([
      ['ts', 'ts_local'],
      [null, null],
      [UTC, TOKYO],
    ])
    expect(shown(['ts', 'a'], [])).toEqual([['ts', 'ts_local', 'a']])
  })
})
