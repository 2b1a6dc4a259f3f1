/** Which tables of a case are read, and what one from elsewhere may hold. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { allTransactions } from '../../src/case/case-rows.js'
import { tablesOf } from '../../src/case/case-tables.js'
import { openCase } from '../../src/case/open-case.js'
import { jsonValue, valueIn } from '../../src/case/stored-value.js'
import { protocols } from '../../src/protocols/registry.js'
import { jsonText } from '../../src/schema/json-text.js'
import { createTransactionTable } from '../../src/schema/sql.js'
import { caseTables } from '../../src/schema/tables.js'
import { createLayout } from '../../src/sinks/sqlite/layout.js'

const folder = mkdtempSync(join(tmpdir(), 'audit-tables-'))
const path = join(folder, 'c.sqlite')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const dns = protocols.find(({ name }) => name === 'dns')!

/** A case with nothing in it but what `sql` puts there. */
function make(sql: string): void {
  rmSync(path, { force: true })
  const db = new Database(path)
  createLayout(db, { transactions: [], tables: caseTables, captures: [] })
  db.pragma('journal_mode = DELETE')
  db.exec(sql)
  db.close()
}
const read = () => {
  const db = openCase(path)
  try {
    const tables = tablesOf(db, protocols)
    return {
      tables,
      rows: [
        ...allTransactions(
          db,
          tables.protocols.map(({ schema }) => schema),
        ),
      ],
    }
  } finally {
    db.close()
  }
}

beforeEach(() => make(''))

describe('tables of a case', () => {
  it('a table of an older version lacks columns, and they are left out', () => {
    const sql = createTransactionTable(dns).replace(/,\n {2}"retransmissions" INTEGER/, '')
    make(`${sql}; INSERT INTO tx_dns (id, tx, flow_id, ts_ns) VALUES (1, 'a', 1, 1440662455638957001)`)
    const { tables, rows } = read()
    expect(tables.protocols[0]!.schema.fields.retransmissions).toBeUndefined()
    expect(rows[0]!.record.tx.request?.first).toEqual({ sec: 1440662455, nsec: 638957001 })
  })

  it('a protocol that nobody knows is read by its columns', () => {
    make(`${createTransactionTable({ name: 'later', doc: '', fields: {} }).replace('\n)', ',\n  "depth" INTEGER, "note" TEXT\n)')};
      INSERT INTO tx_later (id, tx, flow_id, ts_ns, depth, note) VALUES (1, 'a', 1, 0, 9007199254740993, 'x')`)
    const { tables, rows } = read()
    expect(tables.protocols).toMatchObject([{ known: false, schema: { name: 'later' } }])
    expect(rows[0]!.record.tx.row).toEqual({ depth: 9007199254740993n, note: 'x' })
  })

  it('names that are taken, views and virtual tables in place of tables are no protocols', () => {
    make(`CREATE TABLE tx_flow (id INTEGER); CREATE VIEW tx_dns AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
      CREATE VIRTUAL TABLE tx_http USING fts5(id)`)
    // What a virtual table keeps its rows in are tables of other names, and none of them is a protocol's.
    expect(() => read()).toThrow(/tx_http_\w+ has no column/)
    make(`CREATE TABLE tx_flow (id INTEGER); CREATE VIEW tx_dns AS SELECT 1`)
    expect(read().tables.protocols).toEqual([])
  })

  it('a table that is none of ours is said to be none', () => {
    make('CREATE TABLE tx_dns (id INTEGER, tx TEXT)')
    expect(() => read()).toThrow('table tx_dns has no column flow_id')
    make('DROP TABLE capture')
    expect(() => read()).toThrow('no table capture')
  })
})

it('values of any type in any column', () => {
  expect(valueIn('int', 2n ** 60n)).toBe(2n ** 60n)
  expect(valueIn('int', 'x')).toBe('x')
  expect(valueIn('text', Buffer.from('ab'))).toBe('6162')
  expect(valueIn('bool', 2n)).toBe(true)
  expect(valueIn('json', '{"a":1')).toBe('{"a":1')
  expect(jsonText(jsonValue('{"n":18446744073709551615,"s":"\u202e"}'))).toBe('{"n":18446744073709551615,"s":"\\u202e"}')
  expect(jsonText(jsonValue('[1,\n12345678901234567890]'))).not.toContain('\n')
})
