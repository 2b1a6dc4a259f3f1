/** Sessions of users without rights: by a dumpcap that has them, and after the steps that the refusal told, each followed to the letter. */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from '../../src/live/programs.js'
import { select } from '../sinks/rig.js'
import { came, descendants, isRunning, OwnSpace, pause, program } from './own-space.js'

/** Of nobody on this machine. */
const ID = 54_321

function spaceOrWhy(): OwnSpace | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'users and networks of a test are made by root on Linux'
  const missing = ['dumpcap', 'tcpdump', 'setcap', 'setpriv', 'useradd'].filter((name) => !findProgram(name)?.usable)
  if (missing.length > 0) return `${missing.join(', ')} cannot be started here`
  try {
    execFileSync('setpriv', [...other, process.execPath, program, '--version'], { stdio: 'ignore' })
  } catch {
    return 'this working copy cannot be read by other users'
  }
  try {
    const space = new OwnSpace()
    try {
      const dumpcap = own(space.folder, 'probe', ID)
      space.run('setpriv', ...other, dumpcap, '-q', '-i', 'lo', '-a', 'duration:1', '-w', '/dev/null')
      space.run('mount', '--bind', space.folder, '/mnt')
      return space
    } catch (error) {
      space.remove()
      return `neither capabilities on files nor mounts work here: ${(error as Error).message.split('\n')[0]}`
    }
  } catch (error) {
    return `no network can be made: ${(error as Error).message}`
  }
}
const other = [`--reuid=${ID}`, `--regid=${ID}`, '--clear-groups']

/** A dumpcap of a test's own, that a group may start and that may capture; without a group, as it comes from an archive. */
function own(folder: string, name: string, group?: number): string {
  mkdirSync(join(folder, name))
  chmodSync(join(folder, name), 0o755)
  const path = join(folder, name, 'dumpcap')
  copyFileSync(findProgram('dumpcap')!.path, path)
  chownSync(path, 0, group ?? 0)
  chmodSync(path, group === undefined ? 0o755 : 0o750)
  if (group !== undefined) execFileSync('setcap', ['cap_net_raw,cap_net_admin=eip', path])
  return path
}

const made = spaceOrWhy()
if (typeof made === 'string') test.skip(`capturing without rights: ${made}`)

describe.skipIf(typeof made === 'string')('without rights', { timeout: 60_000 }, () => {
  const space = made as OwnSpace
  const at = (name: string): string => join(space.folder, name)
  const path = (folder: string): string => [at(folder), process.env.PATH].join(delimiter)
  beforeAll(() => void own(space.folder, 'capable', ID))
  afterEach(() => space.stop())
  afterAll(() => space.remove())

  test('a user in the group of a capable dumpcap captures, and is told how', async () => {
    const env = { PATH: path('capable'), HOME: space.folder }
    const session = await space.live(['lo', '-o', 'group.sqlite', '-w', 'ring'], { as: ['setpriv', ...other], env })
    await space.requests(20)
    const started = descendants(session.child.pid!)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    expect(session.err.text).toContain(`permission denied (socket: Operation not permitted); ${at('capable/dumpcap')} captures instead\n`)
    expect(select(at('group.sqlite'), 'SELECT count(*) AS n FROM http')).toEqual([{ n: 20n }])
    expect(select(at('group.sqlite'), 'SELECT dropped FROM capture')).toEqual([{ dropped: 0n }])
    expect(await came(() => !started.some(({ pid }) => isRunning(pid)))).toBe(true)
  })

  test.each(['dumpcap', 'tcpdump'])('a session that gave root up still ends %s, and is outlived by nobody', async (tool) => {
    const env = { SUDO_UID: String(ID), SUDO_GID: String(ID), HOME: space.folder }
    const args = ['lo', '--capture-with', tool, '--json']
    const session = await space.live([...args, '-o', `${tool}.sqlite`], { env })
    await space.requests(20)
    await pause(1200)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    expect(select(at(`${tool}.sqlite`), 'SELECT count(*) AS n FROM http')).toEqual([{ n: 20n }])
    expect(select(at(`${tool}.sqlite`), 'SELECT dropped FROM capture')).toEqual([{ dropped: 0n }])

    const killed = await space.live([...args, '-o', `${tool}-killed.sqlite`], { env })
    const started = descendants(killed.child.pid!)
    expect(started.map(({ name }) => name)).toContain(tool)
    killed.child.kill('SIGKILL')
    expect(await came(() => !started.some(({ pid }) => isRunning(pid)))).toBe(true)
  })

  test('what the refusal says, done word by word, makes a new user capture', async () => {
    own(space.folder, 'plain')
    // Users and groups of the test's own; and sudo, for the machines where root has none.
    execFileSync('cp', ['-a', '/etc', at('etc')])
    mkdirSync(at('tools'))
    writeFileSync(at('tools/sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
    const env = { PATH: [at('tools'), path('plain'), '/usr/sbin', '/sbin'].join(delimiter), HOME: space.folder }
    const own_etc = `mount --bind ${at('etc')} /etc && `
    const asRoot = (command: string): string => space.run('env', `PATH=${env.PATH}`, 'sh', '-c', own_etc + command)
    asRoot(`useradd --uid ${ID} --user-group audit-ann`)
    const login = ['sh', '-c', `${own_etc}exec setpriv --reuid=${ID} --regid=${ID} --init-groups "$@"`, 'login']
    const args = ['lo', '-o', 'ann.sqlite', '--duration', '4s']

    const refused = await space.live(args, { as: login, env })
    expect(await refused.over).toBe(2)
    expect(refused.err.text).toContain(`${at('plain/dumpcap')} and `)
    const steps = refused.err.text.split('\n').flatMap((line) => /^ {2}(\S.*?) {3}/.exec(line)?.[1] ?? [])
    const [root, ...rest] = steps
    const again = rest.pop()!
    expect(root).toBe(`sudo ${process.execPath} ${program} live ${args.join(' ')}`)
    expect(again).toBe(root!.replace('sudo ', ''))
    expect(rest).toHaveLength(2)
    for (const step of rest) asRoot(step)

    const session = space.within([...login, 'sh', '-c', again], env)
    let said = ''
    session.stderr!.on('data', (text) => {
      said += text
    })
    expect(await came(() => said.includes('capturing on'))).toBe(true)
    await space.requests(20)
    expect(await new Promise((done) => session.on('close', done))).toBe(0)
    expect(said).toContain(`${at('plain/dumpcap')} captures instead`)
    expect(select(at('ann.sqlite'), 'SELECT count(*) AS n FROM http')).toEqual([{ n: 20n }])
  })
})
