/** Whole sessions on interfaces of the test's own, with real clients and servers: what they say they did, the live case and the ring agree. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { dump, select } from '../sinks/rig.js'
import { pause, program, Space, until } from './sessions.js'

// Made here, since a test that cannot run is skipped before any hook.
const made = Space.make('live')
const able = typeof made !== 'string'
if (!able) it.skip(`a session: ${made}`)

const count = (path: string, table = 'http'): number => Number((select(path, `SELECT count(*) AS n FROM ${table}`) as [{ n: bigint }])[0].n)

describe.skipIf(!able)('a session', { timeout: 60_000 }, () => {
  const space = made as Space
  const { folder } = able ? space : { folder: '' }
  afterEach(() => space.endSessions())
  afterAll(() => space.remove())

  test('counts what the client did, shows it while it runs, and the ring gives the same case', async () => {
    const session = await space.live(['lo', '-o', 'a.sqlite', '-w', 'ring', '--ring-file-size', '20kB', '--ring-total', '10MB', '--json'])
    // Two bursts: what comes within a tenth of a second may be one piece, and a file is not ended inside one.
    await space.requests(200)
    await pause(300)
    await space.requests(200)
    const path = join(folder, 'a.sqlite')
    await until(() => existsSync(path) && count(path) === 400)
    expect(select(path, 'SELECT finished FROM run')).toEqual([{ finished: 0n }])
    await pause(1200)
    // Files behind which another was begun were committed with their hashes.
    const sums = select(path, 'SELECT name, sha256 FROM capture ORDER BY id') as { name: string; sha256: string | null }[]
    const written = readdirSync(join(folder, 'ring')).filter((name) => name.endsWith('.pcapng'))
    expect(sums.map(({ name }) => name)).toEqual(written.sort())
    const listed = readFileSync(join(folder, 'ring/SHA256SUMS'), 'utf8')
    for (const { name, sha256 } of sums.slice(0, -1)) expect(listed).toContain(`${sha256}  ${name}\n`)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)

    expect(count(path)).toBe(400)
    expect(select(path, 'SELECT status_code, count(*) AS n FROM http GROUP BY 1')).toEqual([
      { status_code: 200n, n: 360n },
      { status_code: 404n, n: 40n },
    ])
    const files = readdirSync(join(folder, 'ring')).filter((name) => name.endsWith('.pcapng'))
    expect(files.length).toBeGreaterThan(1)
    execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: join(folder, 'ring') })

    execFileSync(process.execPath, [program, 'analyze', 'ring', '-o', 'again.sqlite'], { cwd: folder })
    const { run: _live, ...first } = dump(path)
    const { run: _again, ...second } = dump(join(folder, 'again.sqlite'))
    expect(first).toEqual(second)

    // The view: one document a line, then the summary.
    const [line] = session.out.text.split('\n')
    expect(JSON.parse(line!)).toMatchObject({ interfaces: ['lo'], dropped: 0 })
    expect(JSON.parse(session.out.text.trim().split('\n').at(-1)!)).toMatchObject({
      warnings: [],
      protocols: [{ name: 'http', transactions: 400 }],
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('without a ring the same rows come, and nothing is left behind but the case', async () => {
    writeFileSync(join(space.folder, 'bad.txt'), '127.0.0.0/8\n')
    const session = await space.live(['lo', '-o', 'b.sqlite', '-f', 'tcp port 8123', '--intel', 'bad.txt'])
    await space.requests(100)
    await pause(300)
    session.child.kill('SIGTERM')
    expect(await session.over).toBe(0)
    expect(count(join(folder, 'b.sqlite'))).toBe(100)
    // Looked for when the session ends: each of its flows has the address, and the Host of each request.
    expect(count(join(folder, 'b.sqlite'), 'finding')).toBe(count(join(folder, 'b.sqlite'), 'flow') + 100)
    expect(readdirSync(folder).filter((name) => name.startsWith('b.sqlite'))).toEqual(['b.sqlite'])
    expect(session.err.text).toContain('filter tcp port 8123')
  })

  test('a ring that is full gives up its oldest files and says so once', async () => {
    const session = await space.live(['lo', '-o', 'g.sqlite', '-w', 'ring-g', '--ring-file-size', '20kB', '--ring-total', '45kB'])
    for (let i = 0; i < 3; i++) {
      await space.requests(100)
      await pause(600)
    }
    await pause(1000)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    expect(session.err.text.match(/the ring is full/g)).toHaveLength(1)
    const path = join(folder, 'g.sqlite')
    expect(count(path)).toBe(300)
    const kept = readdirSync(join(folder, 'ring-g')).filter((name) => name.endsWith('.pcapng'))
    expect(kept.length).toBeLessThan(count(path, 'capture'))
  })

  test('kill -9 leaves the committed rows and a ring that gives all', async () => {
    const session = await space.live(['lo', '-o', 'c.sqlite', '-w', 'ring-c'])
    await space.requests(200)
    const path = join(folder, 'c.sqlite')
    await until(() => existsSync(path) && count(path) === 200)
    session.child.kill('SIGKILL')
    await session.over
    expect(count(path)).toBe(200)
    expect(select(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    // The evidence replaces what the session had: the case is finished then.
    execFileSync(process.execPath, [program, 'analyze', 'ring-c', '-o', 'c.sqlite'], { cwd: folder })
    expect(count(path)).toBe(200)
    expect(select(path, 'SELECT finished FROM run')).toEqual([{ finished: 1n }])
  })

  test('an interface that vanishes for good, without the right to open it again, ends the session with all that came before', async () => {
    space.ip('link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb')
    space.ip('addr', 'add', '10.9.8.1/24', 'dev', 'va')
    space.ip('link', 'set', 'va', 'up')
    space.ip('link', 'set', 'vb', 'up')
    const session = await space.live(['va', '-o', 'd.sqlite', '--user', '65534'])
    const pinger = space.within([
      process.execPath,
      '-e',
      "const s = require('node:dgram').createSocket('udp4'); s.bind(0, '10.9.8.1', () => { s.setBroadcast(true); s.send('hello', 9, '10.9.8.255', () => s.close()) })",
    ])
    expect(await once(pinger, 'close')).toEqual([0, null])
    await pause(500)
    space.ip('link', 'del', 'va')
    expect(await session.over).toBe(4)
    expect(session.err.text + session.out.text).toMatch(/session ended early/)
    expect(count(join(folder, 'd.sqlite'), 'flow')).toBeGreaterThan(0)
  })

  test('--packets and --duration end it; a session without packets leaves nothing', async () => {
    const few = await space.live(['lo', '-o', 'e.sqlite', '--packets', '10'])
    await space.requests(20)
    expect(await few.over).toBe(0)
    expect(select(join(folder, 'e.sqlite'), 'SELECT packets FROM capture')).toEqual([{ packets: 10n }])
    const idle = await space.live(['lo', '-o', 'f.sqlite', '--duration', '300ms'])
    expect(await idle.over).toBe(3)
    expect(existsSync(join(folder, 'f.sqlite'))).toBe(false)
  })

  test('--print-filter tells what would be taken', () => {
    writeFileSync(
      join(folder, 'ports.yml'),
      'detection: ports\nflows: {enabled: false}\ninterfaces: {device: lo, with_vlans: true}\nprotocols:\n - {type: http, ports: [80]}\n - {type: dns, ports: [53]}\n',
    )
    const print = (...args: string[]): string =>
      execFileSync('ip', ['netns', 'exec', space.name, process.execPath, program, 'live', '--print-filter', ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    expect(print('-c', 'ports.yml')).toBe('port 53 or tcp port 80 or (vlan and (port 53 or tcp port 80))\n')
    expect(print('lo', '-f', 'udp')).toBe('udp\n')
    expect(print('lo')).toBe('')
  })

  test('what cannot be captured is said in words', async () => {
    for (const [args, code, words] of [
      [['nosuch0'], 2, 'there is no interface'],
      [['lo', '-f', 'tcp prot 80'], 2, 'filter'],
      [[], 2, 'no interface is named'],
      [['lo', '-o', 'a.sqlite'], 2, 'is a case already'],
    ] as const) {
      const session = await space.live(args)
      expect([await session.over, session.err.text.includes(words)]).toEqual([code, true])
    }
  })
})
