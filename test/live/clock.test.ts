/** The system's clock is set while a session runs, back and forth by hours: nothing waits for it, nothing is lost, and it is told. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { ClockSteps } from '../../src/live/clock-steps.js'
import { LossMarks } from '../../src/live/loss-marks.js'
import { bundle } from '../sinks/bundle.js'
import { dump, select, tempFolder } from '../sinks/rig.js'
import { program, until } from './sessions.js'

const worker = bundle('test/live/stepped-worker.ts')
vi.mock('../../src/app/program.js', async (original) => ({ ...(await original<object>()), captureWorker: () => worker }))

test.each([true, false])('a session under such a clock (ring: %s)', { timeout: 60_000 }, async (kept) => {
  const { liveSession } = await import('../../src/app/live.js')
  const folder = tempFolder()
  const path = join(folder, 'c.sqlite')
  const ring = { folder: join(folder, 'ring'), limits: { fileBytes: 1e6, fileMs: 400, totalBytes: 1e9, onFull: 'oldest' as const } }
  const told: string[] = []
  const views: { packets: number; lost: number }[] = []
  const end = new AbortController()
  const session = liveSession({
    interfaces: ['lo'],
    outputs: [path],
    ring: kept ? ring : undefined,
    promiscuous: false,
    ignoreOutgoing: false,
    allowLoss: false,
    showSecrets: false,
    strictChecksums: false,
    version: '0',
    commandLine: '',
    signal: end.signal,
    warn: (message) => told.push(message),
    onState: ({ packets, losses }) => views.push({ packets, lost: losses.reduce((sum, one) => sum + one.packets, 0) }),
  })
  // All of it is decoded, committed and counted while the session goes on.
  const seen = () => views.at(-1)?.packets === 120 && views.reduce((sum, { lost }) => sum + lost, 0) === 15
  await until(seen, () => JSON.stringify(views))
  end.abort()
  const { exitCode, failure } = await session
  expect([exitCode, failure]).toEqual([4, undefined])
  expect(told.filter((one) => one.includes('the clock of this machine'))).toEqual([
    expect.stringMatching(/was set back by (7199|7200|7201) s, and is now at/),
    expect.stringMatching(/went forward \(it was set, or the machine slept\) by (10799|10800|10801) s/),
  ])
  // Commits went on at their pace.
  expect(views.length).toBeGreaterThan(3)

  // An answer that comes two hours before its question is its answer; one three hours after it stands alone, as the packets say.
  expect(select(path, 'SELECT count(*) AS n FROM dns')).toEqual([{ n: 61n }])
  expect(select(path, 'SELECT count(*) AS n FROM capture_loss WHERE start_ns > end_ns')).toEqual([{ n: 0n }])
  expect(select(path, 'SELECT sum(packets) AS n FROM capture_loss')).toEqual([{ n: 15n }])
  // No clock step passes for an interface that was away.
  expect(select(path, "SELECT count(*) AS n FROM anomaly WHERE code = 'capture.away'")).toEqual([{ n: 0n }])
  const times = select(path, 'SELECT ts_ns FROM dns ORDER BY id') as { ts_ns: bigint }[]
  expect(times).toEqual([...times].sort((a, b) => Number(a.ts_ns - b.ts_ns)))
  if (!kept) return
  expect(readdirSync(ring.folder).filter((name) => name.endsWith('.pcapng')).length).toBeGreaterThan(2)
  execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: ring.folder })
  try {
    execFileSync(process.execPath, [program, 'analyze', ring.folder, '-o', 'again.sqlite'], { cwd: folder, stdio: 'ignore' })
  } catch (error) {
    expect((error as { status: number }).status).toBe(4)
  }
  const { run: _live, ...first } = dump(path)
  const { run: _again, ...second } = dump(join(folder, 'again.sqlite'))
  expect(second).toEqual(first)
})

test('a step is told once, a drift is not, and a clock that jumps for ever is told so often', () => {
  let wall = 1_440_662_455_000
  let steady = 0
  const steps = new ClockSteps(
    () => wall,
    () => steady,
  )
  const after = (passed: number, step = 0) => {
    steady += passed
    wall += passed + step
    return steps.look()
  }
  expect([after(1000), after(1000, 500), after(1000, -1500)]).toEqual([undefined, undefined, undefined])
  expect(after(1000, -7_200_000)).toMatch(/set back by 7200 s/)
  expect(after(1000)).toBeUndefined()
  expect(after(1000, 10_800_000)).toMatch(/went forward .* by 10800 s/)
  const more = Array.from({ length: 50 }, (_, i) => after(1000, i % 2 ? 9000 : -9000)).filter((one) => one !== undefined)
  expect(more).toHaveLength(18)
  expect(more.at(-1)).toContain('not told')
})

test('packets that were lost while the clock was set back were lost in an interval that does not end before it begins', () => {
  const at = (ms: number, dropped: number) => ({
    at: ms,
    counts: [{ name: 'a', received: 0, dropped, interfaceDropped: 0, left: 0, taken: 0, takenBytes: 0 }],
  })
  expect(new LossMarks(at(9000, 0)).note(at(1000, 5))).toEqual([{ interface: 'a', counter: 'kernel', from: 1000, to: 1000, packets: 5 }])
})
