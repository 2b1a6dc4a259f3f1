/** Processes behind sockets: real servers and clients of the test's own on a loopback of its own, and what a session says of them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dump, select } from '../sinks/rig.js'
import { OwnNetwork, whyNotLive } from './network.js'
import { start } from './session-child.js'

const why = whyNotLive()
if (why !== undefined) console.warn(`processes.test.ts is skipped: ${why}`)
const program = resolve(import.meta.dirname, '../../bin/run.js')
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

interface Told {
  readonly ip: string
  readonly port: bigint
  readonly pid: bigint
  readonly name: string
  readonly executable: string
  readonly args: string | null
  readonly client_port: bigint
  readonly server_port: bigint
}

describe.skipIf(why !== undefined)('processes', { timeout: 60_000 }, () => {
  let network: OwnNetwork
  let folder: string
  const children: ChildProcess[] = []
  beforeAll(() => {
    network = new OwnNetwork()
    folder = mkdtempSync(join(tmpdir(), 'processes-'))
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  afterAll(() => {
    network.leave()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A node of its own that runs a script; answers once it printed something. */
  async function run(script: string, ...args: string[]): Promise<ChildProcess & { readonly pid: number }> {
    const child = spawn(process.execPath, ['-e', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    await once(child.stdout, 'data')
    return child as ChildProcess & { readonly pid: number }
  }

  const told = (path: string): Told[] =>
    select(
      path,
      'SELECT p.*, f.client_port, f.server_port FROM flow_process p JOIN flow f ON f.flow = p.flow ORDER BY f.first_ns, p.port',
    ) as Told[]

  const httpServer = (port: number): string =>
    `require('node:http').createServer((q, r) => r.end('hello')).listen(${port}, '127.0.0.1', () => console.log('up'))`
  /** A request each 100 ms on one connection. */
  const httpClient = (port: number): string => `
    const http = require('node:http')
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    console.log('up')
    setInterval(() => http.get({ port: ${port}, host: '127.0.0.1', path: '/x', agent }, (r) => r.resume()), 100)`

  test('both ends of a connection are named, in the case and in documents; command lines stay out; the ring gives all else', async () => {
    writeFileSync(
      join(folder, 'audit.yml'),
      'packetbeat.procs:\n  enabled: true\n  monitored:\n    - process: shop\n      cmdline_grep: the-shop\n',
      { mode: 0o600 },
    )
    const server = await run(httpServer(8123), 'the-shop', '--password=hunter2')
    const session = await start(folder, 'lo', '-c', 'audit.yml', '-o', 'a.sqlite', '-o', 'a.ndjson', '-w', 'ring')
    const client = await run(httpClient(8123))
    await pause(4500)
    // While it goes on.
    expect(told(join(folder, 'a.sqlite'))).toHaveLength(2)
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text.includes('not used here')]).toEqual([0, false])

    const path = join(folder, 'a.sqlite')
    const rows = told(path)
    const port = rows[0]!.client_port
    const executable = execFileSync('readlink', [`/proc/${server.pid}/exe`], { encoding: 'utf8' }).trim()
    expect(rows).toMatchObject([
      { ip: '127.0.0.1', port: 8123n, pid: BigInt(server.pid), name: 'shop', executable, args: null, holders: 1n },
      { ip: '127.0.0.1', port, pid: BigInt(client.pid), name: 'node', executable, args: null, holders: 1n },
    ])
    expect(readFileSync(path).includes('hunter2')).toBe(false)

    const documents = readFileSync(join(folder, 'a.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, Record<string, unknown>>)
    expect(readFileSync(join(folder, 'a.ndjson'), 'utf8')).not.toContain('hunter2')
    const last = documents.findLast((one) => String(one.type) === 'http')!
    const start_ = expect.stringMatching(/^20.*Z$/)
    const shop = { pid: server.pid, name: 'shop', executable, start: start_ }
    const node = { pid: client.pid, name: 'node', executable, start: start_ }
    expect(last).toMatchObject({
      client: { process: node },
      server: { process: shop },
      source: { process: node },
      destination: { process: shop },
      audit: { process_by: 'host' },
    })
    expect(last.process).toBeUndefined()
    expect(documents.find((one) => String(one.type) === 'flow')).toMatchObject({ server: { process: shop }, audit: { process_by: 'host' } })

    execFileSync(process.execPath, [program, 'analyze', 'ring', '-o', 'again.sqlite'], { cwd: folder, stdio: 'ignore' })
    const { run: _live, flow_process: named, ...first } = dump(path)
    const { run: _again, flow_process: none, ...second } = dump(join(folder, 'again.sqlite'))
    expect(second).toEqual(first)
    expect([named!.length, none]).toEqual([2, []])
    // Reading the ring into the session's own case keeps what only the session could know.
    execFileSync(process.execPath, [program, 'analyze', 'ring', '-o', 'a.sqlite'], { cwd: folder, stdio: 'ignore' })
    expect(told(path)).toHaveLength(2)
  })

  test('a port that another process took over names nobody wrong', async () => {
    await run(httpServer(8124))
    const session = await start(folder, 'lo', '--processes', '--show-secrets', '-o', 'b.sqlite', '-f', 'tcp port 8124')
    // Resets its connection at once, so that nothing keeps the port; the next one has the same four.
    const hasty = `
      const s = require('node:net').connect({ port: 8124, host: '127.0.0.1', localPort: 20555 }, () => { s.resetAndDestroy(); console.log('up') })`
    const patient = `
      process.on('SIGUSR2', () => {
        const s = require('node:net').connect({ port: 8124, host: '127.0.0.1', localPort: 20555 })
        setInterval(() => s.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'), 100)
      })
      console.log('up')
      setInterval(() => {}, 1000)`
    const second = await run(patient, 'a-mark')
    await run(hasty)
    // Within the time that the kernel gathers packets: both flows are asked for when only the second has a socket.
    second.kill('SIGUSR2')
    await pause(4000)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    const path = join(folder, 'b.sqlite')
    expect(select(path, 'SELECT state FROM flow ORDER BY first_ns')).toHaveLength(2)
    const rows = told(path)
    const mine = rows.filter(({ port }) => port === 20555n)
    expect(mine.map(({ pid }) => pid)).toEqual([BigInt(second.pid)])
    expect(JSON.parse(mine[0]!.args!)).toContain('a-mark')
    const flows = select(path, 'SELECT flow FROM flow ORDER BY first_ns') as { flow: string }[]
    expect(select(path, 'SELECT DISTINCT flow FROM flow_process')).toEqual([flows[1]])
  })

  test('datagrams: connected sockets and servers are named, a client on a port of the moment is not', async () => {
    const server = await run(
      "const s = require('node:dgram').createSocket('udp4'); s.on('message', (m, r) => s.send(m, r.port, r.address)); s.bind(7777, () => console.log('up'))",
    )
    const session = await start(folder, 'lo', '--processes', '-o', 'c.sqlite', '-f', 'udp port 7777')
    const connected = await run(
      "const s = require('node:dgram').createSocket('udp4'); s.connect(7777, '127.0.0.1', () => { console.log('up'); setInterval(() => s.send('x'), 100) })",
    )
    await run(
      "const s = require('node:dgram').createSocket('udp4'); console.log('up'); setInterval(() => s.send('y', 7777, '127.0.0.1'), 100)",
    )
    await pause(3500)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    const rows = told(join(folder, 'c.sqlite'))
    const count = (pid: number): number => rows.filter((row) => row.pid === BigInt(pid)).length
    expect([rows.length, count(server.pid), count(connected.pid)]).toEqual([3, 2, 1])
    expect(rows.filter(({ pid, port }) => pid === BigInt(server.pid) && port !== 7777n)).toEqual([])
  })

  test('a connection that was gone before anybody looked names nobody', async () => {
    await run(httpServer(8125))
    const session = await start(folder, 'lo', '--processes', '-o', 'd.sqlite', '-f', 'tcp port 8125')
    const brief = `
      const http = require('node:http')
      http.get({ port: 8125, host: '127.0.0.1', agent: false }, (r) => r.resume().on('end', () => console.log('up')))`
    for (let i = 0; i < 3; i++) await run(brief)
    await pause(3000)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    expect(select(join(folder, 'd.sqlite'), 'SELECT count(*) AS n FROM flow')).toEqual([{ n: 3n }])
    expect(told(join(folder, 'd.sqlite'))).toEqual([])
  })

  test('without being asked it names nobody', async () => {
    await run(httpServer(8126))
    const session = await start(folder, 'lo', '-o', 'e.sqlite')
    await run(httpClient(8126))
    await pause(2500)
    session.child.kill('SIGINT')
    await session.over
    expect(told(join(folder, 'e.sqlite'))).toEqual([])
  })
})
