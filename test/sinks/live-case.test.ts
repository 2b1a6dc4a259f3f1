/** A case that is written while others look: each commit shows what came, the end puts it in order, a kill keeps the last commit. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { bundle } from './bundle.js'
import { captureRow, dump, flowRow, flowView, ping, record, runRow, START, schemasFor, select, tempFolder, writeRun } from './rig.js'

const startNs = BigInt(START) * 1_000_000_000n
const flow = flowView(1)
const other = flowView(2)

/** Rows whose starts and ends cross, over both tables and flows. */
const rows = Array.from({ length: 3000 }, (_, i) =>
  record(i, (i * 37) % 1000, {
    id: `r${String((i * 7919) % 4001).padStart(7, '0')}`,
    flow: i % 5 === 0 ? other : flow,
    ...(i % 3 === 0 ? { schema: ping, row: { seq: i } } : { row: { word: `w${i}` } }),
  }),
)
const flows = [
  [flow, flowRow(flow, startNs)],
  [other, flowRow(other, startNs + 5n)],
] as const

let killed: string
beforeAll(() => {
  killed = bundle('test/sinks/live-writer.ts')
}, 60_000)

test('rows are to be seen after each commit, with their flows, and at the end the case is the one that a file gives', async () => {
  const folder = tempFolder()
  const path = join(folder, 'live.sqlite')
  const sink = openCase(path, { live: true })
  sink.begin(schemasFor('a.pcap'))
  for (const [i, row] of rows.entries()) {
    sink.transaction(row)
    if (i % 700 !== 699) continue
    for (const [view, flowed] of flows) sink.openFlow!(view, { ...flowed, transactions: i })
    sink.commit!([captureRow(0, 'a.pcap', '')], [{ ...runRow, finished: false }], [])
    expect(select(path, 'SELECT count(*) AS n FROM tx')).toEqual([{ n: BigInt(i + 1) }])
    expect(select(path, 'SELECT count(*) AS n FROM tx WHERE client_ip IS NULL')).toEqual([{ n: 0n }])
    expect(select(path, 'SELECT transactions FROM flow')).toEqual([{ transactions: BigInt(i) }, { transactions: BigInt(i) }])
    expect(select(path, 'SELECT name, finished FROM capture JOIN run ON run.id = run_id')).toEqual([{ name: 'a.pcap', finished: 0n }])
  }
  for (const [view, flowed] of flows) sink.flow(view, flowed, true)
  sink.row('capture', captureRow(0, 'a.pcap', 'aaaa'))
  sink.row('run', runRow)
  await sink.end()

  const offline = join(folder, 'offline.sqlite')
  await writeRun(openCase(offline), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records: rows, flows })
  expect(dump(path)).toEqual(dump(offline))
})

test('several runs of a session and what each capture lost are seen after a commit, and are the same at the end', async () => {
  const path = join(tempFolder(), 'case.sqlite')
  const sink = openCase(path, { live: true })
  sink.begin(schemasFor('a.pcap', 'b.pcap'))
  const lost = (capture_id: number, packets: number) => ({
    capture_id,
    interface: 'eth0',
    counter: 'kernel',
    start_ns: startNs,
    end_ns: startNs + 1n,
    packets,
  })
  const [a, b] = [captureRow(0, 'a.pcap', 'aaaa'), { ...captureRow(1, 'b.pcap', 'bbbb'), run_id: 2 }]
  const seen = () =>
    select(
      path,
      'SELECT name, run_id, packets FROM capture_loss l JOIN (SELECT id, name, run_id FROM capture) c ON c.id = capture_id ORDER BY 1',
    )
  sink.transaction(rows[0]!)
  sink.commit!([a], [{ ...runRow, id: 1, finished: false }], [lost(1, 3)])
  sink.commit!(
    [a, b],
    [
      { ...runRow, id: 1 },
      { ...runRow, id: 2, finished: false },
    ],
    [lost(1, 7), lost(2, 1)],
  )
  const all = [
    { name: 'a.pcap', run_id: 1n, packets: 7n },
    { name: 'b.pcap', run_id: 2n, packets: 1n },
  ]
  expect(seen()).toEqual(all)
  // A capture that is not named stays as it was.
  sink.commit!([b], [{ ...runRow, id: 2, finished: false }], [])
  expect(seen()).toEqual(all.slice(0, 1))
  for (const row of [a, b]) sink.row('capture', row)
  for (const row of [lost(1, 7), lost(2, 1)]) sink.row('capture_loss', row)
  for (const id of [1, 2]) sink.row('run', { ...runRow, id })
  await sink.end()
  expect(seen()).toEqual(all)
  expect(select(path, 'SELECT id, finished FROM run ORDER BY id')).toEqual([
    { id: 1n, finished: 1n },
    { id: 2n, finished: 1n },
  ])
})

test('a killed session leaves what it committed, marked as unfinished', { timeout: 60_000 }, async () => {
  const path = join(tempFolder(), 'case.sqlite')
  const child = spawn(process.execPath, [killed, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(select(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  const [{ n }] = select(path, 'SELECT count(*) AS n FROM tx') as [{ n: bigint }]
  expect(n).toBeGreaterThanOrEqual(5000n)
  expect(n % 1000n).toBe(0n)
  expect(select(path, 'SELECT finished FROM run')).toEqual([{ finished: 0n }])
  // Reading the evidence again replaces it.
  await writeRun(openCase(path), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records: rows.slice(0, 2), flows })
  expect(select(path, 'SELECT count(*) AS n FROM tx')).toEqual([{ n: 2n }])
  expect(select(path, 'SELECT finished FROM run')).toEqual([{ finished: 1n }])
})

test('a session that fails keeps what it committed', () => {
  const path = join(tempFolder(), 'case.sqlite')
  const sink = openCase(path, { live: true })
  sink.begin(schemasFor('a.pcap'))
  for (const row of rows.slice(0, 10)) sink.transaction(row)
  sink.commit!([captureRow(0, 'a.pcap', '')], [{ ...runRow, finished: false }], [])
  sink.transaction(rows[10]!)
  sink.abort()
  expect(select(path, 'SELECT count(*) AS n FROM tx')).toEqual([{ n: 10n }])
  expect(select(path, 'SELECT finished FROM run')).toEqual([{ finished: 0n }])
})

test('it takes no case that exists', async () => {
  const path = join(tempFolder(), 'case.sqlite')
  await writeRun(openCase(path), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records: rows.slice(0, 1) })
  expect(() => openCase(path, { live: true })).toThrow(/is a case already/)
})
