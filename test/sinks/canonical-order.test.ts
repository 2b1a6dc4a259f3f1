/** Whatever comes in whatever order, over however many runs: ids follow time and content, and every row keeps its flow and capture. */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { flowRow, flowView, ping, type Run, record, START, select, tempFolder, writeRun } from './rig.js'

const startNs = BigInt(START) * 1_000_000_000n

interface Plan {
  readonly name: string
  readonly from: number
  readonly times: readonly number[]
  readonly lateShare: number
}

const plans = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    from: fc.integer({ min: 0, max: 2000 }),
    times: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 700 }),
    lateShare: fc.constantFrom(0, 0.01, 0.5),
  }),
  { selector: (plan) => plan.name, minLength: 1, maxLength: 4 },
)

/** One capture with two flows; most rows come in order, some at the very end. */
function runOf(plan: Plan, salt: number): Run {
  const flows = [1, 2].map((n) => flowView(n, { id: `${plan.name}-flow-${3 - n}` }))
  const sorted = plan.times
    .map((ms, i) => ({ ms: plan.from + ms, i }))
    .sort((x, y) => x.ms - y.ms)
    .map(({ ms, i }) =>
      record(i, ms, {
        id: `${plan.name}${String((i * 7919) % 10_007).padStart(7, '0')}`,
        flow: flows[i % 2]!,
        ...(i % 3 === 0 ? { schema: ping, row: { seq: i } } : { row: { word: `${plan.name}${i}` } }),
      }),
    )
  const isLate = (i: number) => (i * 2_654_435_761 + salt) % 1000 < plan.lateShare * 1000
  return {
    captures: [{ name: `${plan.name}.pcap`, sha256: `sha-${plan.name}` }],
    records: [...sorted.filter((_, i) => !isLate(i)), ...sorted.filter((_, i) => isLate(i)).reverse()],
    flows: flows.map((flow, n) => [flow, flowRow(flow, startNs + BigInt(plan.from) * 1_000_000n + BigInt(n % 2))] as const),
  }
}

test('any runs, any arrival', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.array(fc.nat({ max: 3 }), { maxLength: 2 }), async (all, again) => {
      const path = join(tempFolder(), 'case.sqlite')
      const order = [...all, ...again.flatMap((n) => all[n] ?? [])]
      for (const [i, plan] of order.entries()) await writeRun(openCase(path), runOf(plan, i))
      const expected = all
        .flatMap((plan) =>
          runOf(plan, 0).records.map((r) => ({
            tx: r.id,
            flow: r.flow.id,
            port: BigInt(r.flow.client.port),
            capture: `${plan.name}.pcap`,
            at: r.tx.request!.first,
          })),
        )
        .sort((x, y) => x.at.sec - y.at.sec || x.at.nsec - y.at.nsec || (x.tx < y.tx ? -1 : 1))
        .map(({ at: _, ...row }, i) => ({ id: BigInt(i + 1), ...row }))
      const got = select(
        path,
        'SELECT tx.id, tx.tx, flow.flow, tx.client_port AS port, capture.name AS capture FROM tx JOIN flow ON flow.id = tx.flow_id JOIN capture ON capture.id = tx.capture_id ORDER BY tx.id',
      )
      expect(got).toEqual(expected)
      expect(select(path, 'SELECT id FROM flow ORDER BY first_ns, flow')).toEqual(
        all.flatMap((_, i) => [{ id: BigInt(2 * i + 1) }, { id: BigInt(2 * i + 2) }]),
      )
    }),
    {
      numRuns: 25,
      examples: [
        // The last run's flows go between those of others while its only row goes behind all rows.
        [
          [
            { name: 'b', from: 1465, times: [694, 332, 405, 22], lateShare: 0 },
            { name: 'a', from: 1436, times: [864], lateShare: 0 },
          ],
          [],
        ],
      ],
    },
  )
})

test('rows that come late, a little and a lot, while thousands follow', { timeout: 60_000 }, async () => {
  const path = join(tempFolder(), 'case.sqlite')
  const count = 14_000
  const flow = flowView(1, { id: 'flow' })
  const rows = Array.from({ length: count }, (_, i) =>
    record(i, i, {
      id: `r${String((i * 7919) % 20_011).padStart(7, '0')}`,
      flow,
      ...(i % 3 === 0 ? { schema: ping, row: { seq: i } } : { row: { word: `w${i}` } }),
    }),
  )
  // How many rows later each comes: in the window, behind it, in clusters, and, last, further back than is placed while the run goes on.
  const delays = new Map([
    [100, 300],
    [900, 700],
    [901, 700],
    [2500, 2000],
    [2600, 6000],
    [5000, 900],
    [8000, 900],
    [8001, 5900],
    [300, 12_000],
    [12_500, 800],
  ])
  const arrival = rows
    .map((row, i) => ({ row, at: i + (delays.get(i) ?? 0) + (delays.has(i) ? 0.5 : 0) }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row)
  await writeRun(openCase(path), {
    captures: [{ name: 'a.pcap', sha256: 'aaaa' }],
    records: arrival,
    flows: [[flow, flowRow(flow, startNs)]],
  })
  expect(select(path, 'SELECT id, tx FROM tx ORDER BY id')).toEqual(rows.map(({ id }, i) => ({ id: BigInt(i + 1), tx: id })))
  expect(select(path, 'SELECT id, word FROM echo WHERE id BETWEEN 8000 AND 8005 ORDER BY id')).toEqual(
    [7999, 8000, 8002, 8003].map((i) => ({ id: BigInt(i + 1), word: `w${i}` })),
  )
})
