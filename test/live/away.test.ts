/** Interfaces that go down, vanish and come back while a session captures them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { dump, select } from '../sinks/rig.js'
import { pause, program, Space } from './sessions.js'

const made = Space.make('away')
const able = typeof made !== 'string'
const hasSetpriv = spawnSync('setpriv', ['--version']).status === 0
if (!hasSetpriv) it.skip('with CAP_NET_RAW alone: there is no setpriv here')
if (!able) it.skip(`interfaces that come back: ${made}`)

describe.skipIf(!able)('a session whose interface', { timeout: 60_000 }, () => {
  const space = made as Space
  const at = (name: string): string => join(space.folder, name)
  const packets = (name: string): number => Number((select(at(name), 'SELECT sum(packets) AS n FROM capture') as [{ n: bigint }])[0].n)
  const down = (name: string): void => void space.ip('link', 'set', name, 'down')
  const up = (name: string, neighbour: string): void => {
    space.ip('link', 'set', name, 'up')
    space.ip('neigh', 'replace', neighbour, 'lladdr', '02:00:00:00:00:02', 'dev', name)
  }

  afterEach(() => space.endSessions())
  afterAll(() => space.remove())

  test('goes down and comes up goes on, without rights, and says what is missing; the ring says the same', async () => {
    space.pair('wa', 'wb', '10.9.6.1', '10.9.6.2')
    const session = await space.live([
      'wa',
      '-f',
      'udp port 4000',
      '-o',
      'a.sqlite',
      '-w',
      'ring',
      '--user',
      '65534',
      '--ring-file-time',
      '1h',
    ])
    await space.datagrams(10, '10.9.6.2', 4000)
    await pause(300)
    down('wa')
    await session.says(/wa went down at \S+Z: nothing is captured there until it is up again/)
    await pause(700)
    up('wa', '10.9.6.2')
    await session.says(/wa is captured again since \S+Z/)
    await space.datagrams(15, '10.9.6.2', 4000)
    await pause(300)
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text]).toEqual([4, expect.any(String)])
    expect(packets('a.sqlite')).toBe(25)
    expect(select(at('a.sqlite'), "SELECT code, message FROM anomaly WHERE code = 'capture.away'")).toEqual([
      { code: 'capture.away', message: expect.stringMatching(/^lacks what passed wa from \S+Z to \S+Z: the interface was away$/) },
    ])
    execFileSync('chmod', ['-R', 'a+rX', space.folder])
    execFileSync('sh', ['-c', `${process.execPath} ${program} analyze ring -o again.sqlite || [ $? = 4 ]`], {
      cwd: space.folder,
      stdio: 'ignore',
    })
    const { run: _a, ...live } = dump(at('a.sqlite'))
    const { run: _b, ...again } = dump(at('again.sqlite'))
    expect(live).toEqual(again)
  })

  test('vanishes and is made anew is opened again by its name', async () => {
    space.pair('xa', 'xb', '10.9.5.1', '10.9.5.2')
    const session = await space.live(['xa', '-f', 'udp port 4000', '-o', 'b.sqlite', '--allow-loss'])
    await space.datagrams(10, '10.9.5.2', 4000)
    await pause(300)
    space.ip('link', 'del', 'xa')
    await session.says(/xa has vanished at/)
    await pause(300)
    space.pair('xa', 'xb', '10.9.5.1', '10.9.5.2')
    await session.says(/xa is captured again since/)
    await space.datagrams(15, '10.9.5.2', 4000)
    await pause(300)
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text]).toEqual([0, expect.any(String)])
    expect(packets('b.sqlite')).toBe(25)
    expect(select(at('b.sqlite'), "SELECT count(*) AS n FROM anomaly WHERE code = 'capture.away'")).toEqual([{ n: 1n }])
  })

  test('vanishes when rights were given up says what to do, and goes on with the others', async () => {
    space.pair('ya', 'yb', '10.9.4.1', '10.9.4.2')
    space.pair('za', 'zb', '10.9.3.1', '10.9.3.2')
    const session = await space.live(['ya', 'za', '-f', 'udp port 4000', '-o', 'c.sqlite', '--user', '65534'])
    await space.datagrams(10, '10.9.4.2', 4000)
    await pause(300)
    space.ip('link', 'del', 'ya')
    await session.says(
      /ya cannot be opened again: .*; end this session, and start one .*: sudo \S*node \S*run\.js live ya za .* --user root/,
    )
    await space.datagrams(15, '10.9.3.2', 4000)
    await pause(300)
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text]).toEqual([4, expect.any(String)])
    expect(packets('c.sqlite')).toBe(25)
    expect(select(at('c.sqlite'), "SELECT message FROM anomaly WHERE code = 'capture.away'")).toEqual([
      { message: expect.stringMatching(/^lacks what passed ya /) },
    ])
  })

  test.skipIf(!hasSetpriv)('vanishes is opened again by a user who has CAP_NET_RAW and nothing else', async () => {
    space.pair('ua', 'ub', '10.9.2.1', '10.9.2.2')
    const one = ['--inh-caps', '-all,+net_raw', '--ambient-caps', '-all,+net_raw', '--bounding-set', '-all,+net_raw']
    const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--no-new-privs', ...one]
    const session = await space.live(['ua', '-f', 'udp port 4000', '-o', 'd.sqlite', '--allow-loss'], { as: user })
    await space.datagrams(10, '10.9.2.2', 4000)
    await pause(300)
    space.ip('link', 'del', 'ua')
    await session.says(/ua has vanished at/)
    space.pair('ua', 'ub', '10.9.2.1', '10.9.2.2')
    await session.says(/ua is captured again since/)
    await space.datagrams(15, '10.9.2.2', 4000)
    await pause(300)
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text]).toEqual([0, expect.not.stringContaining('promiscuous')])
    expect(packets('d.sqlite')).toBe(25)
  })
})
