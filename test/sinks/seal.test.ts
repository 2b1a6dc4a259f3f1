/** The digest of a table is the same from the file's pages and from SQLite's answers, whatever the rows hold and however they lie. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { rowChanges } from '../../src/case/row-changes.js'
import { digestTable, digestWritten } from '../../src/sinks/sqlite/seal/digest-tables.js'
import { recordOf } from '../../src/sinks/sqlite/seal/record.js'
import { PART_ROWS } from '../../src/sinks/sqlite/seal/table-digest.js'
import { CasePages, Unexpected } from '../../src/sinks/sqlite/seal/table-pages.js'

const folder = mkdtempSync(join(tmpdir(), 'audit-seal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let serial = 0

function made(pageSize: number, columns = 'id INTEGER PRIMARY KEY, i INTEGER, t TEXT'): { db: Database.Database; path: string } {
  const path = join(folder, `${++serial}.sqlite`)
  const db = new Database(path)
  db.pragma(`page_size = ${pageSize}`)
  db.exec(`CREATE TABLE tx_odd (${columns}) STRICT`)
  return { db, path }
}

const INTEGERS = [0n, 1n, 2n, 127n, 128n, 32_767n, 32_768n, 8_388_607n, 8_388_608n, 2n ** 31n, 2n ** 47n - 1n, 2n ** 47n, 2n ** 53n + 1n]
const EDGES = [...INTEGERS, ...INTEGERS.map((n) => -n - 1n), 2n ** 63n - 1n, -(2n ** 63n), null]
const TEXTS = [null, '', 'a', '\u2400', 'é€😀', 'x'.repeat(58), 'x'.repeat(57), 'x'.repeat(400)]
const LONG = ['y'.repeat(70_000), 'z'.repeat(200_000)]

describe.each([512, 4096, 16_384, 65_536])('pages of %i bytes', (pageSize) => {
  test('give what SQLite answers, at every edge of a value and of a page', () => {
    const { db, path } = made(pageSize)
    const insert = db.prepare('INSERT INTO tx_odd (i, t) VALUES (?, ?)')
    const all = db.transaction(() => {
      for (const i of EDGES) for (const t of TEXTS) insert.run(i, t)
      for (const t of LONG) insert.run(1n, t)
    })
    all()
    // Every length around where a record leaves its page.
    const few = db.transaction(() => {
      for (let length = 0; length < 3 * Math.min(pageSize, 4096); length += 7) insert.run(1n, 'p'.repeat(length))
    })
    few()
    const answered = digestTable(db, 'tx_odd')
    expect(digestWritten(db, path, true).get('tx_odd')).toEqual(answered)
    db.exec('VACUUM')
    expect(digestWritten(db, path, true).get('tx_odd')).toEqual(answered)
    db.close()
  })
})

test('no row, one row, rows far apart, the largest number', () => {
  const { db, path } = made(4096)
  const same = () => expect(digestWritten(db, path, true).get('tx_odd')).toEqual(digestTable(db, 'tx_odd'))
  same()
  for (const id of [0, 1, 1023, 1024, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER]) {
    db.prepare('INSERT INTO tx_odd (id) VALUES (?)').run(BigInt(id))
    same()
  }
  expect(digestTable(db, 'tx_odd').parts.map(({ first, rows }) => [first, rows])).toEqual([
    [0, 3],
    [1024, 1],
    [2 ** 32, 1],
    [Number.MAX_SAFE_INTEGER - (PART_ROWS - 1), 1],
  ])
  db.close()
})

test('a column that was added later reads as NULL, a real number as itself: the pages give way to SQLite', () => {
  const { db, path } = made(4096)
  db.exec("INSERT INTO tx_odd (i, t) VALUES (5, 'x')")
  const before = digestTable(db, 'tx_odd').sha256
  db.exec('ALTER TABLE tx_odd ADD COLUMN more TEXT')
  db.exec("INSERT INTO tx_odd (i, t, more) VALUES (5, 'x', 'y')")
  expect(digestWritten(db, path, true).get('tx_odd')).toEqual(digestTable(db, 'tx_odd'))
  expect(digestTable(db, 'tx_odd').sha256).not.toBe(before)
  const pages = new CasePages(path)
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'tx_odd'").pluck().get() as number
  expect(() => pages.walk(root, 4, { row: () => {}, piece: () => {} })).toThrow(Unexpected)
  pages.close()
  db.close()

  const real = made(4096, 'id INTEGER PRIMARY KEY, r REAL')
  for (const r of [0, -0.5, 1, 1e300, 2 ** 40]) real.db.prepare('INSERT INTO tx_odd (r) VALUES (?)').run(r)
  expect(digestWritten(real.db, real.path, true).get('tx_odd')).toEqual(digestTable(real.db, 'tx_odd'))
  real.db.close()
})

test('NULL, an empty text, 0 and 1 are four things, and so are a text and the same bytes', () => {
  const bytes = Buffer.from('ab')
  const records = [
    recordOf([null], [true]),
    recordOf([Buffer.alloc(0)], [true]),
    recordOf([Buffer.alloc(0)], [false]),
    recordOf([0n], [false]),
    recordOf([1n], [false]),
    recordOf([bytes], [true]),
    recordOf([bytes], [false]),
    recordOf([1], [false]),
  ].map((record) => record.toString('hex'))
  expect(new Set(records).size).toBe(records.length)
})

test('rows that are changed, added and deleted have their names', () => {
  const { db } = made(4096)
  const insert = db.prepare("INSERT INTO tx_odd (id, i, t) VALUES (?, 1, 'same')")
  db.transaction(() => {
    for (let id = 1; id <= 5000; id++) if (id !== 700) insert.run(id)
  })()
  const sealed = digestTable(db, 'tx_odd').parts
  db.exec("UPDATE tx_odd SET t = 'Same' WHERE id = 2500; DELETE FROM tx_odd WHERE id IN (1, 5000)")
  insert.run(700)
  insert.run(9000)
  expect(rowChanges(sealed, digestTable(db, 'tx_odd'), PART_ROWS)).toEqual({
    changed: [2500],
    added: [700, 9000],
    deleted: [1, 5000],
    somewhere: [],
  })
  db.close()
})

test('a file of noise ends in "unexpected", never in a loop or a crash', () => {
  const { db } = made(512)
  db.transaction(() => {
    for (let i = 0; i < 300; i++) db.prepare('INSERT INTO tx_odd (i, t) VALUES (?, ?)').run(i, 'n'.repeat(i * 5))
  })()
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'tx_odd'").pluck().get() as number
  const bytes = db.serialize()
  db.close()
  let gaveUp = 0
  for (let round = 0; round < 400; round++) {
    const noisy = Buffer.from(bytes)
    const noise = randomBytes(30)
    for (let i = 0; i < 30; i += 3)
      noisy[512 + ((noise[i]! * 65_536 + noise[i + 1]! * 256 + noise[i + 2]!) % (noisy.length - 512))] = noise[i]!
    const other = join(folder, 'noise.sqlite')
    writeFileSync(other, noisy)
    const pages = new CasePages(other)
    try {
      pages.walk(root, 3, { row: () => {}, piece: () => {} })
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error
      gaveUp++
    } finally {
      pages.close()
    }
  }
  expect(gaveUp).toBeGreaterThan(0)
})
