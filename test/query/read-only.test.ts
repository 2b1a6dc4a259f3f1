import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/model/user-error.js'
import { checkReads, firstWordAt } from '../../src/query/read-only.js'

describe('statements that read', () => {
  test.each([
    'select 1',
    '  SELECT 1;',
    '-- a comment\n/* another */ select 1',
    'with a as (select 1) select * from a',
    'values (1), (2)',
    'explain query plan select 1',
    'pragma table_info(http)',
    'PRAGMA main.table_xinfo("http")',
    'pragma user_version',
    'pragma integrity_check(10)',
    ';;select 1',
  ])('%s', (sql) => {
    expect(() => checkReads(sql)).not.toThrow()
  })
})

describe('statements that are refused, with the reason', () => {
  test.each([
    ['insert into http_tx values (1)', /INSERT is refused/],
    ['UPDATE capture SET sha256 = 1', /UPDATE is refused/],
    ['delete from tx_http', /DELETE is refused/],
    ['replace into a values (1)', /REPLACE is refused/],
    ['drop table capture', /DROP is refused/],
    ['create table a (b)', /CREATE is refused/],
    ['create temp view a as select 1', /CREATE is refused/],
    ['alter table a add b', /ALTER is refused/],
    ['vacuum', /VACUUM is refused/],
    ["VACUUM INTO '/tmp/x'", /VACUUM is refused/],
    ['reindex', /REINDEX is refused/],
    ['analyze', /ANALYZE is refused/],
    ["/* select */ attach '/etc/passwd' as x", /ATTACH is refused: a query sees one case/],
    ['detach main', /DETACH is refused/],
    ['begin immediate', /BEGIN is refused/],
    ['commit', /COMMIT is refused/],
    ['pragma journal_mode = wal', /setting PRAGMA journal_mode/],
    ['pragma user_version(7)', /setting PRAGMA user_version/],
    ['pragma writable_schema = 1', /PRAGMA writable_schema is refused/],
    ['pragma wal_checkpoint', /PRAGMA wal_checkpoint is refused/],
    ['pragma query_only = 0', /PRAGMA query_only is refused/],
    ['', /no SQL/],
    ['-- nothing', /no SQL/],
    ['/* never closed', /no SQL/],
    ['.tables', /begins with SELECT/],
    ['show tables', /SHOW is not a statement that reads/],
  ])('%s', (sql, message) => {
    expect(() => checkReads(sql)).toThrow(UserError)
    expect(() => checkReads(sql)).toThrow(message)
  })
})

test('the first word is found behind any number of comments, in linear time', () => {
  const sql = `${'/* a */ -- b\n'.repeat(50_000)}select 1`
  expect(sql.slice(firstWordAt(sql))).toBe('select 1')
})
