/** kill -9 in the middle: what is lost is bounded and told, and the next session in the same folder goes on beside what is there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { select } from '../sinks/rig.js'
import { program, Space, until } from './sessions.js'

const made = Space.make('kill')
const able = typeof made !== 'string'
if (!able) it.skip(`a killed session: ${made}`)

describe.skipIf(!able)('a session that was killed', { timeout: 60_000 }, () => {
  const space = made as Space
  const folder = able ? space.folder : ''
  afterEach(() => space.endSessions())
  afterAll(() => space.remove())

  const rows = (name: string): number => Number((select(join(folder, name), 'SELECT count(*) AS n FROM http') as [{ n: bigint }])[0].n)
  const captures = (): string[] =>
    readdirSync(join(folder, 'ring'))
      .filter((name) => name.endsWith('.pcapng'))
      .sort()

  test('is told by the next one, whose files and sums stand beside those it left', async () => {
    const first = await space.live(['lo', '-o', 'first.sqlite', '-w', 'ring', '--ring-file-size', '50kB'])
    await space.requests(100)
    await space.requests(100)
    await until(() => existsSync(join(folder, 'first.sqlite')) && rows('first.sqlite') === 200)
    // It goes on, so that the newest file is open.
    first.child.kill('SIGKILL')
    await first.over
    expect(select(join(folder, 'first.sqlite'), 'SELECT finished FROM run')).toEqual([{ finished: 0n }])
    const left = captures()
    const open = left.filter((name) => !readFileSync(join(folder, 'ring/SHA256SUMS'), 'utf8').includes(name))
    expect(open.length).toBeLessThanOrEqual(1)

    const second = await space.live(['lo', '-o', 'second.sqlite', '-w', 'ring'])
    if (open.length > 0) await second.says(`ring holds ${open[0]} without a sum in SHA256SUMS`)
    await space.requests(20)
    await until(() => existsSync(join(folder, 'second.sqlite')) && rows('second.sqlite') === 20)
    second.child.kill('SIGINT')
    expect(await second.over).toBe(0)
    expect(captures().length).toBe(left.length + 1)
    execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: join(folder, 'ring') })
    const listed = readFileSync(join(folder, 'ring/SHA256SUMS'), 'utf8')
    expect(captures().filter((name) => !listed.includes(name))).toEqual(open)

    // The ring of both has all that was committed, and more at most.
    const { status } = spawnSync(process.execPath, [program, 'analyze', 'ring', '-o', 'all.sqlite'], { cwd: folder, stdio: 'ignore' })
    expect([0, 4]).toContain(status)
    expect(rows('all.sqlite')).toBe(220)
  })

  test('in the middle of traffic has lost a second at most', async () => {
    const session = await space.live(['lo', '-o', 'c.sqlite', '-w', 'ring-c'])
    const path = join(folder, 'c.sqlite')
    const traffic = space.datagrams(20_000, '127.0.0.1', 9, 1).catch(() => {})
    await until(() => existsSync(path) && Number((select(path, 'SELECT sum(packets) AS n FROM capture') as [{ n: bigint }])[0].n) > 100)
    const killed = BigInt(Date.now()) * 1_000_000n
    session.child.kill('SIGKILL')
    await session.over
    spawnSync(process.execPath, [program, 'analyze', 'ring-c', '-o', 'ring-c.sqlite'], { cwd: folder, stdio: 'ignore' })
    const last = (select(join(folder, 'ring-c.sqlite'), 'SELECT max(last_ns) AS at FROM flow') as [{ at: bigint }])[0].at
    // A second, and another in which a busy machine may have sent nothing.
    expect(killed - last).toBeLessThan(2_000_000_000n)
    expect(select(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    space.endSessions()
    await traffic
  })
})
