/** Real loss: a session is stopped (SIGSTOP) while datagrams pour in, and says when its kernel buffer overflowed; the ring says the same. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dump, select } from '../sinks/rig.js'
import { OwnNetwork, sendDatagrams, sink, whyNotLive } from './network.js'
import { start } from './session-child.js'

const why = whyNotLive()
if (why !== undefined) console.warn(`loss.test.ts is skipped: ${why}`)
const program = resolve(import.meta.dirname, '../../bin/run.js')
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

describe.skipIf(why !== undefined)('loss', { timeout: 60_000 }, () => {
  let network: OwnNetwork
  let folder: string
  let unsink: () => Promise<void>
  beforeAll(async () => {
    network = new OwnNetwork()
    folder = mkdtempSync(join(tmpdir(), 'loss-'))
    unsink = await sink(7777)
  })
  afterAll(async () => {
    await unsink()
    network.leave()
    rmSync(folder, { recursive: true, force: true })
  })

  const burst = (n: number): void => sendDatagrams(Array(n).fill('x'.repeat(1000)), 7777)

  test.each([true, false])('is known to the interval, in the case, on the lines and in the summary (ring: %s)', async (kept) => {
    const name = kept ? 'kept' : 'unkept'
    const session = await start(folder, 'lo', '-o', `${name}.sqlite`, '--buffer-size', '1MB', '--json', ...(kept ? ['-w', name] : []))
    burst(10)
    // Several readings without loss: the interval is not to begin here.
    await pause(2500)
    const before = BigInt(Date.now()) * 1_000_000n
    session.child.kill('SIGSTOP')
    burst(5000)
    await pause(300)
    session.child.kill('SIGCONT')
    await pause(2500)
    const after = BigInt(Date.now()) * 1_000_000n
    burst(10)
    await pause(1500)
    const path = join(folder, `${name}.sqlite`)
    // Committed while it goes on.
    expect(select(path, 'SELECT count(*) AS n FROM capture_loss')).toEqual([{ n: 1n }])
    session.child.kill('SIGINT')
    expect(await session.over).toBe(4)

    const rows = select(path, 'SELECT * FROM capture_loss') as { start_ns: bigint; end_ns: bigint; packets: bigint }[]
    expect(rows).toMatchObject([{ capture_id: 1n, interface: 'lo', counter: 'kernel' }])
    const [{ start_ns, end_ns, packets }] = rows as [{ start_ns: bigint; end_ns: bigint; packets: bigint }]
    expect(packets).toBeGreaterThan(1000n)
    expect(select(path, 'SELECT dropped, packets FROM capture')).toEqual([{ dropped: packets, packets: 5020n - packets }])
    // Within a reading of the counters, one a second, on either side.
    expect(start_ns).toBeGreaterThan(before - 1_500_000_000n)
    expect(start_ns).toBeLessThanOrEqual(before + 100_000_000n)
    expect(end_ns).toBeGreaterThan(before)
    expect(end_ns).toBeLessThan(after)

    const lines = session.out.text.trim().split('\n')
    const seen = lines.slice(0, -1).flatMap((line) => (JSON.parse(line) as { losses: { packets: number }[] }).losses)
    expect(seen).toMatchObject([{ interface: 'lo', counter: 'kernel', packets: Number(packets) }])
    const summary = JSON.parse(lines.at(-1)!) as { captures: { losses: unknown[] }[]; warnings: string[] }
    expect(summary.captures[0]!.losses).toMatchObject([{ interface: 'lo', counter: 'kernel', packets: Number(packets) }])
    expect(summary.warnings[0]).toMatch(/dropped while capturing, between \S+Z and \S+Z$/)

    if (!kept) return
    try {
      execFileSync(process.execPath, [program, 'analyze', name, '-o', 'again.sqlite'], { cwd: folder, stdio: 'ignore' })
    } catch (error) {
      expect((error as { status: number }).status).toBe(4)
    }
    const { run: _live, ...first } = dump(path)
    const { run: _again, ...second } = dump(join(folder, 'again.sqlite'))
    expect(second).toEqual(first)
  })
})
