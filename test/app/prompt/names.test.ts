import { describe, expect, test } from 'vitest'
import { outputFormat } from '../../../src/app/output-format.js'
import { dotCommand } from '../../../src/app/prompt/dot-commands.js'
import { pagerCommand } from '../../../src/app/prompt/screen.js'
import { timeZone } from '../../../src/app/time-zone.js'

describe('dot commands', () => {
  test.each([
    ['.quit', '.quit', ''],
    ['.exit', '.quit', ''],
    ['.q', '.quit', ''],
    ['.mode csv', '.format', 'csv'],
    ['.schema http;', '.schema', 'http'],
    ['.read "a b.sql"', '.read', 'a b.sql'],
    ['.TABLES ', '.tables', ''],
  ])('%s', (line, command, argument) => {
    expect(dotCommand(line)).toEqual({ command, argument })
  })
  test('unknown and unclear ones', () => {
    expect(() => dotCommand('.shema')).toThrow('there is no command .shema; did you mean ".schema"?')
    expect(() => dotCommand('.t')).toThrow(/there is no command .t/)
    expect(() => dotCommand('.')).toThrow(/there is no command/)
  })
})

describe('a time zone', () => {
  test.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
  ])('%s', (name, zone) => expect(timeZone(name)).toBe(zone))
  test.each([
    ['Europe/Berlim', 'Europe/Berlin'],
    ['Berlin', 'Europe/Berlin'],
    ['new york', 'America/New_York'],
  ])('%s: did you mean %s', (name, meant) => {
    expect(() => timeZone(name)).toThrow(`there is no time zone "${name}"; did you mean "${meant}"?`)
  })
  test('local is the one of this host', () => expect(timeZone('local')).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone))
})

describe('the format of a result', () => {
  test.each([
    [undefined, undefined, 'table'],
    ['csv', undefined, 'csv'],
    [undefined, 'a.XLSX', 'xlsx'],
    [undefined, 'dir.csv/a.jsonl', 'ndjson'],
    ['tsv', 'a.csv', 'tsv'],
    ['parquet', 'a', 'parquet'],
  ] as const)('asked %s, into %s: %s', (asked, file, format) => {
    expect(outputFormat(asked, file, 'table')).toBe(format)
  })
  test('a name that says none, and bytes for a terminal', () => {
    expect(() => outputFormat(undefined, 'rows', 'table')).toThrow(/says no format/)
    expect(() => outputFormat('parquet', undefined, 'table')).toThrow(/needs a file/)
  })
})

test.each([
  [{}, 'less'],
  [{ PAGER: 'more -e' }, 'more -e'],
  [{ PAGER: '' }, undefined],
  [{ PAGER: 'cat' }, undefined],
  [{ TERM: 'dumb' }, undefined],
])('the pager of %j is %s', (env, command) => {
  expect(pagerCommand(env)).toBe(command)
})
