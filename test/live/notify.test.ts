/** What the service manager hears of a session, taken by a real datagram socket. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { ServiceLink } from '../../src/app/cli/service-link.js'
import { notifyAddress, ServiceNotify } from '../../src/live/service-notify.js'
import { pause, Space, until } from './sessions.js'

const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind('\\0' + name[1:] if name.startswith('@') else name)
print('bound', flush=True)
while True:
    print(repr(s.recv(4096).decode()), flush=True)
`

class Manager {
  readonly heard: string[] = []
  private constructor(private readonly child: ChildProcess) {}

  static async at(address: string): Promise<Manager> {
    const child = spawn('python3', ['-c', receiver, address], { stdio: ['ignore', 'pipe', 'inherit'] })
    const manager = new Manager(child)
    let text = ''
    const bound = new Promise<void>((done, fail) => {
      child.on('error', fail)
      child.stdout!.on('data', (piece) => {
        text += piece
        const lines = text.split('\n')
        text = lines.pop()!
        for (const line of lines) line === 'bound' ? done() : manager.heard.push(line.slice(1, -1).replaceAll('\\n', '\n'))
      })
    })
    await bound
    return manager
  }

  count(start: string): number {
    return this.heard.filter((one) => one.startsWith(start)).length
  }

  async end(): Promise<void> {
    this.child.kill()
    await once(this.child, 'close')
  }
}

const python = await new Promise<boolean>((done) => {
  const child = spawn('python3', ['--version'], { stdio: 'ignore' })
  child.on('error', () => done(false))
  child.on('close', (code) => done(code === 0))
})
const linux = process.platform === 'linux'
if (!linux || !python) it.skip(`sd_notify: ${linux ? 'no python3 to receive with' : 'not Linux'}`)

test('addresses are paths or abstract names', () => {
  expect(notifyAddress('/run/x')).toEqual(Buffer.from('\x01\0/run/x\0', 'latin1'))
  expect(notifyAddress('@x')).toEqual(Buffer.from('\x01\0\0x', 'latin1'))
  for (const none of [undefined, '', '@', '/', 'relative', 'vsock:2:1', `/${'x'.repeat(200)}`]) expect(notifyAddress(none)).toBeUndefined()
})

describe.skipIf(!linux || !python)('a manager', () => {
  test.each(['@audit-notify', '/tmp/audit-notify'])('hears at %s', async (prefix) => {
    const address = `${prefix}-${process.pid}`
    const manager = await Manager.at(address)
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '200000', OTHER: 'x' } as Record<string, string | undefined>
    const notify = ServiceNotify.of(env)!
    expect(env).toEqual({ OTHER: 'x' })
    expect(notify.watchdogUs).toBe(200_000)
    notify.ready()
    notify.reloading()
    notify.status('a\nREADY=1')
    notify.stopping()
    await until(() => manager.heard.length === 4)
    expect(manager.heard).toEqual(['READY=1', expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/), 'STATUS=a READY=1', 'STOPPING=1'])
    await manager.end()
    // Nobody listens any longer: nothing happens.
    notify.alive()
  })

  test('hears signs of life only while there is progress', async () => {
    const address = `@audit-life-${process.pid}`
    const manager = await Manager.at(address)
    const link = ServiceLink.of({ NOTIFY_SOCKET: address, WATCHDOG_USEC: '100000' })!
    const now = { silentMs: 0, captured: 0 }
    const state = (packets: number) =>
      link.state({
        packets,
        bytes: 0,
        transactions: 0,
        flows: 0,
        protocols: [],
        talkers: [],
        captured: { packets: now.captured, bytes: 0 },
        devices: [],
        losses: [],
        lagMs: 0,
        ring: undefined,
        openFlows: 0,
        last: undefined,
      })
    const signs = async (): Promise<number> => {
      await pause(120)
      const before = manager.count('WATCHDOG=1')
      await pause(300)
      return manager.count('WATCHDOG=1') - before
    }
    link.started({ pulse: () => now })
    expect(await signs()).toBeGreaterThan(2)
    // Packets wait and none is decoded.
    now.captured = 100
    expect(await signs()).toBe(0)
    state(100)
    expect(await signs()).toBeGreaterThan(2)
    // The thread that takes packets is silent.
    now.silentMs = 10_000
    expect(await signs()).toBe(0)
    now.silentMs = 0
    link.stopping()
    expect(await signs()).toBe(0)
    expect(manager.heard.at(-1)).toBe('STOPPING=1')
    await manager.end()
  })

  test('of another process is not ours', () => {
    const env = { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' } as Record<string, string | undefined>
    expect(ServiceNotify.of(env)?.watchdogUs).toBeUndefined()
    expect(ServiceNotify.of({})).toBeUndefined()
    expect(
      ServiceNotify.of({ NOTIFY_SOCKET: '@x' }, () => {
        throw new Error('no koffi')
      }),
    ).toBeUndefined()
  })
})

const made = linux && python ? Space.make('notify') : 'no manager to tell'
if (typeof made === 'string') it.skip(`a session tells its manager: ${made}`)

describe.skipIf(typeof made === 'string')('a session', { timeout: 30_000 }, () => {
  const space = made as Space
  afterEach(() => space.endSessions())
  afterAll(() => space.remove())

  test('is ready when it captures, reloads, lives and stops', async () => {
    // Abstract names belong to a network; a path does not.
    const address = join(space.folder, 'notify')
    const manager = await Manager.at(address)
    writeFileSync(join(space.folder, 'a.yml'), 'detection: content\n', { mode: 0o600 })
    const session = await space.live(['lo', '-c', 'a.yml', '-o', 'a.sqlite'], { env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: '1000000' } })
    await until(() => manager.heard.includes('READY=1'))
    await space.datagrams(10, '127.0.0.1', 9)
    session.child.kill('SIGHUP')
    await until(() => manager.count('READY=1') === 2)
    await pause(2500)
    expect(manager.count('WATCHDOG=1')).toBeGreaterThan(2)
    expect(manager.heard.some((one) => /^STATUS=\d+ packets, \d+ transactions, 0 packets lost$/.test(one))).toBe(true)
    expect(manager.count('RELOADING=1\nMONOTONIC_USEC=')).toBe(1)
    session.child.kill('SIGTERM')
    expect(await session.over).toBe(0)
    await until(() => manager.heard.includes('STOPPING=1'))
    await manager.end()
  })
})
