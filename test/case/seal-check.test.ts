/** A seal through the life of a case: while a live session goes on there is none, at its end there is, and a reader in between is no harm. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openCase as openToRead } from '../../src/case/open-case.js'
import { checkSeal } from '../../src/case/seal-check.js'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { captureRow, flowRow, flowView, record, runRow, START, schemasFor, tempFolder, writeRun } from '../sinks/rig.js'

const flow = flowView(1)
const flows = [[flow, flowRow(flow, BigInt(START) * 1_000_000_000n)]] as const
const rows = Array.from({ length: 50 }, (_, i) => record(i, i, { id: `r${String(i).padStart(7, '0')}`, flow, row: { word: `w${i}` } }))

const states = (path: string): string[] => {
  const db = openToRead(path)
  try {
    return checkSeal(db).checks.map(({ check, state }) => `${check} ${state}`)
  } finally {
    db.close()
  }
}
// The run of these tests has no configuration that its hash is over.
const HOLDS = ['seal ok', 'rows ok', 'schema ok']

test('a live session', async () => {
  const path = join(tempFolder(), 'live.sqlite')
  const sink = openCase(path, { live: true })
  sink.begin(schemasFor('a.pcap'))
  for (const row of rows) sink.transaction(row)
  sink.commit!([captureRow(0, 'a.pcap', '')], { ...runRow, finished: false })
  expect(states(path)).toEqual(['seal unchecked'])
  for (const [view, flowed] of flows) sink.flow(view, flowed, true)
  sink.row('capture', captureRow(0, 'a.pcap', 'aaaa'))
  sink.row('run', runRow)
  await sink.end()
  expect(states(path).slice(0, 3)).toEqual(HOLDS)
})

test('somebody who reads the case while it is sealed keeps its log open: the rows are asked of SQLite then', async () => {
  const path = join(tempFolder(), 'read.sqlite')
  await writeRun(openCase(path), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records: rows, flows })
  const reader = new Database(path, { readonly: true })
  const sink = openCase(path, { timeout: 2000 })
  sink.begin(schemasFor('b.pcap'))
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM flow').get()
  for (const row of rows.slice(0, 5)) sink.transaction(row)
  for (const [view, flowed] of flows) sink.flow(view, flowed, true)
  sink.row('capture', captureRow(0, 'b.pcap', 'bbbb'))
  sink.row('run', runRow)
  await sink.end()
  reader.exec('COMMIT')
  reader.close()
  expect(states(path).slice(0, 3)).toEqual(HOLDS)
})

test('a run that fails leaves the former seal, which still holds', async () => {
  const path = join(tempFolder(), 'failed.sqlite')
  await writeRun(openCase(path), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records: rows, flows })
  const sink = openCase(path)
  sink.begin(schemasFor('b.pcap'))
  sink.transaction(rows[3]!)
  sink.abort()
  expect(states(path).slice(0, 3)).toEqual(HOLDS)
})
