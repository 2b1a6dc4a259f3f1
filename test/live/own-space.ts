/** A named network of a test's own, with sessions, clients and servers in it, and a folder for what they write. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const program = resolve(import.meta.dirname, '../../bin/run.js')

export interface Session {
  readonly child: ChildProcess
  readonly out: { text: string }
  readonly err: { text: string }
  readonly over: Promise<number>
}

export class OwnSpace {
  readonly #name = `audit-tools-${process.pid}`
  readonly #children: ChildProcess[] = []
  readonly folder = mkdtempSync(join(tmpdir(), 'tools-'))

  /** @throws where no network can be made: not Linux, not root */
  constructor() {
    try {
      this.#ip('netns', 'add', this.#name)
      this.ip('link set lo up')
    } catch (error) {
      rmSync(this.folder, { recursive: true, force: true })
      throw error
    }
    // Other users' sessions write here as well.
    chmodSync(this.folder, 0o777)
  }

  #ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: 'ignore' })
  }

  /** `ip` of iproute2, in this network. */
  ip(command: string): void {
    this.#ip('-n', this.#name, ...command.split(' '))
  }

  within(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#name, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      env: { ...process.env, ...env },
    })
    this.#children.push(child)
    return child
  }

  /** To its end: standard output, and what went wrong as an error. */
  run(...args: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.#name, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** A session, once it captures or is over. */
  async live(args: readonly string[], { as = [], env = {} }: { as?: readonly string[]; env?: NodeJS.ProcessEnv } = {}): Promise<Session> {
    const child = this.within([...as, process.execPath, program, 'live', ...args], env)
    const out = { text: '' }
    const err = { text: '' }
    child.stdout!.on('data', (piece) => {
      out.text += piece
    })
    const over = once(child, 'close').then(([code]) => code as number)
    await new Promise<void>((done) => {
      child.stderr!.on('data', (piece) => {
        err.text += piece
        if (err.text.includes('capturing on')) done()
      })
      void over.then(() => done())
    })
    return { child, out, err, over }
  }

  /** Requests of HTTP over the loopback, every tenth a 404. */
  async requests(n: number): Promise<void> {
    const script = `
      const http = require('node:http')
      const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
      const server = http.createServer((q, r) => { r.statusCode = q.url.endsWith('0') ? 404 : 200; r.end('hello ' + q.url) })
      server.listen(8123, '127.0.0.1', async () => {
        const one = (i) => new Promise((done) => http.get({ port: 8123, host: '127.0.0.1', path: '/' + i, agent }, (r) => { r.resume(); r.on('end', done) }))
        for (let i = 0; i < ${n}; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => one(i + k)))
        agent.destroy(); server.close()
      })`
    const [code] = await once(this.within([process.execPath, '-e', script]), 'close')
    if (code !== 0) throw new Error('the requests failed')
  }

  /** Datagrams from an address of this network to a broadcast address behind an interface. */
  async datagrams(n: number, bytes: number, from: string, to: string): Promise<void> {
    const script = `
      const s = require('node:dgram').createSocket('udp4')
      s.bind(0, '${from}', async () => {
        s.setBroadcast(true)
        for (let i = 0; i < ${n}; i++) await new Promise((done) => s.send('x'.repeat(${bytes}), 4000, '${to}', done))
        s.close()
      })`
    const [code] = await once(this.within([process.execPath, '-e', script]), 'close')
    if (code !== 0) throw new Error('the datagrams were not sent')
  }

  /** `n` datagrams from each of two addresses in turns, 20 ms apart. */
  async alternately(n: number, ...ways: readonly (readonly [from: string, to: string])[]): Promise<void> {
    const script = `
      const { createSocket } = require('node:dgram')
      const pause = () => new Promise((done) => setTimeout(done, 20))
      const open = ([from]) => new Promise((done) => { const s = createSocket('udp4'); s.bind(0, from, () => { s.setBroadcast(true); done(s) }) })
      const ways = ${JSON.stringify(ways)}
      Promise.all(ways.map(open)).then(async (sockets) => {
        for (let i = 0; i < ${n}; i++, await pause())
          for (const [k, s] of sockets.entries()) await new Promise((done) => s.send('x', 4000, ways[k][1], done))
        for (const s of sockets) s.close()
      })`
    const [code] = await once(this.within([process.execPath, '-e', script]), 'close')
    if (code !== 0) throw new Error('the datagrams were not sent')
  }

  /** Numbers of the processes in this network; '' where there are none. */
  processes(): string {
    return execFileSync('ip', ['netns', 'pids', this.#name], { encoding: 'utf8' }).trim()
  }

  /** What a test that failed left running. */
  stop(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL')
  }

  remove(): void {
    this.stop()
    this.#ip('netns', 'del', this.#name)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Processes below this one, by the name of their program. */
export function descendants(pid: number): { readonly pid: number; readonly name: string }[] {
  const all = readdirSync('/proc').flatMap((entry) => {
    try {
      // Name in parentheses, state, parent: proc(5).
      const [, name, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? []
      return name === undefined ? [] : [{ pid: Number(entry), name, parent: Number(parent) }]
    } catch {
      return []
    }
  })
  const below = (one: number): typeof all => all.filter(({ parent }) => parent === one).flatMap((child) => [child, ...below(child.pid)])
  return below(pid)
}

export const isRunning = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Waits for something at most ten seconds; answers whether it came. */
export async function came(what: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (what()) return true
    await pause(50)
  }
  return what()
}
