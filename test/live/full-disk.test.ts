/** Sessions whose disk fills up, the ring's or the case's: they say so, name what is full, and what was written is whole. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { select } from '../sinks/rig.js'
import { program, type Session, Space, until } from './sessions.js'

const made = Space.make('disk')
const able = typeof made !== 'string'
if (!able) it.skip(`a full disk: ${made}`)

describe.skipIf(!able)('on a full disk', { timeout: 60_000 }, () => {
  const space = made as Space
  const mounted: string[] = []
  afterEach(() => space.endSessions())
  afterAll(() => {
    for (const folder of mounted) execFileSync('umount', ['-l', folder])
    space.remove()
  })

  /** A small disk of its own. */
  function disk(name: string, size: string): string {
    const folder = join(space.folder, name)
    mkdirSync(folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=777`, 'audit-test', folder])
    mounted.push(folder)
    return folder
  }
  const captures = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.pcapng'))
  /** Each file that is there is the one that was listed. */
  function sumsHold(folder: string): void {
    const lines = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').split('\n').slice(0, -1)
    for (const line of lines) expect(line).toMatch(/^[0-9a-f]{64} {2}\S+\.pcapng$/)
    // On a disk where nothing fits any more the list may be empty; it is never cut.
    if (lines.length > 0) execFileSync('sha256sum', ['-c', '--quiet', '--ignore-missing', 'SHA256SUMS'], { cwd: folder })
  }
  /** Datagrams in several portions, so that several ring files come of them. */
  async function fill(session: Session, done: () => boolean): Promise<void> {
    let over = false
    void session.over.then(() => {
      over = true
    })
    for (let i = 0; i < 100 && !over && !done(); i++) await space.broadcasts(20, 8000, '127.0.0.1', '127.255.255.255')
  }

  test('the ring gives up its oldest files, and the session goes on', async () => {
    const folder = disk('oldest', '1m')
    const session = await space.live(['lo', '-o', 'oldest.sqlite', '-w', 'oldest', '--ring-file-size', '100kB'])
    await fill(session, () => session.err.text.includes('the ring is full'))
    await session.says('the ring is full: its oldest files are removed')
    await space.requests(20)
    await until(
      () => Number((select(join(space.folder, 'oldest.sqlite'), 'SELECT count(*) AS n FROM http') as [{ n: bigint }])[0].n) === 20,
    )
    session.child.kill('SIGINT')
    expect([0, 4]).toContain(await session.over)
    expect(session.err.text).not.toMatch(/internal error|no space is left|\n\s+at /)
    sumsHold(folder)
    const kept = captures(folder)
    expect(kept.length).toBeGreaterThan(2)
    expect(kept.some((name) => name.endsWith('-000001.pcapng'))).toBe(false)
    execFileSync(process.execPath, [program, 'analyze', 'oldest', '-o', 'again.sqlite'], { cwd: space.folder })
    expect(select(join(space.folder, 'again.sqlite'), 'SELECT count(*) AS n FROM http')).toEqual([{ n: 20n }])
  })

  test('--ring-full stop ends the session, which keeps and decodes what it has', async () => {
    const folder = disk('stop', '1m')
    const session = await space.live(['lo', '-o', 'stop.sqlite', '-w', 'stop', '--ring-file-size', '100kB', '--ring-full', 'stop'])
    await space.requests(20)
    await fill(session, () => false)
    expect(await session.over).toBe(4)
    expect(session.err.text + session.out.text).toMatch(/ended early: no space is left in stop for the packets/)
    expect(session.err.text).toContain('free some space')
    expect(session.err.text).not.toMatch(/internal error|\n\s+at /)
    sumsHold(folder)
    expect(captures(folder).some((name) => name.endsWith('-000001.pcapng'))).toBe(true)
    const path = join(space.folder, 'stop.sqlite')
    expect(select(path, 'SELECT count(*) AS n FROM http')).toEqual([{ n: 20n }])
    expect(select(path, 'SELECT finished FROM run')).toEqual([{ finished: 1n }])
    // Nothing is cut inside a packet.
    execFileSync(process.execPath, [program, 'analyze', 'stop', '-o', 'stop-again.sqlite'], { cwd: space.folder })
    const sum = 'SELECT sum(packets) AS n FROM capture'
    expect(select(join(space.folder, 'stop-again.sqlite'), sum)).toEqual(select(path, sum))
  })

  test.each([false, true])(
    'a case keeps the rows that were committed, and the ring is ended whole (its disk full as well: %s)',
    async (both) => {
      const name = both ? 'both' : 'case'
      const folder = disk(name, both ? '2m' : '1m')
      const ring = both ? `${name}/ring` : 'elsewhere'
      const session = await space.live(['lo', '-o', `${name}/c.sqlite`, '-w', ring, '--ring-full', 'stop'])
      const path = join(folder, 'c.sqlite')
      await space.requests(20)
      await until(() => existsSync(path) && (select(path, 'SELECT * FROM http') as unknown[]).length === 20)
      for (let i = 0; i < 40 && session.child.exitCode === null; i++) await space.requests(200)
      const code = await session.over
      expect(session.err.text).not.toMatch(/internal error|\n\s+at /)
      expect(session.err.text).toMatch(
        both ? /no space is left/ : /no space is left on the disk for c\.sqlite; it holds what was committed by then/,
      )
      expect(session.err.text).toContain('free some space')
      expect(both ? [2, 4] : [2]).toContain(code)
      expect(select(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
      expect((select(path, 'SELECT * FROM http') as unknown[]).length).toBeGreaterThanOrEqual(20)
      if (code === 2) expect(select(path, 'SELECT finished FROM run')).toEqual([{ finished: 0n }])
      sumsHold(join(space.folder, ring))
      const listed = readFileSync(join(space.folder, ring, 'SHA256SUMS'), 'utf8')
      if (!both) for (const file of captures(join(space.folder, ring))) expect(listed).toContain(file)
      // What the case lacks, the ring gives.
      execFileSync(process.execPath, [program, 'analyze', ring, '-o', `${name}-again.sqlite`], { cwd: space.folder })
      expect(select(join(space.folder, `${name}-again.sqlite`), 'SELECT * FROM http').length).toBeGreaterThanOrEqual(
        select(path, 'SELECT * FROM http').length,
      )
    },
  )
})
