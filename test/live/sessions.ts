/** Whole sessions of the program in a network namespace that is made for one test file, with clients and servers beside them. */
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
  /** Waits until standard error says this. */
  says(words: string | RegExp): Promise<void>
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Waits for something that may throw until it is there. */
export async function until(what: () => boolean, why: () => string = () => 'it did not come'): Promise<void> {
  const holds = (): boolean => {
    try {
      return what()
    } catch {
      return false
    }
  }
  for (let i = 0; i < 300; i++) {
    if (holds()) return
    await pause(50)
  }
  throw new Error(why())
}

export class Space {
  readonly folder = mkdtempSync(join(tmpdir(), 'live-'))
  private readonly children: ChildProcess[] = []

  private constructor(readonly name: string) {
    // A session that gave up its rights writes here too.
    chmodSync(this.folder, 0o777)
  }

  /** A namespace with its loopback up, or why there can be none. */
  static make(word: string): Space | string {
    if (process.platform !== 'linux') return 'network namespaces are of Linux'
    if (process.getuid?.() !== 0) return 'not root'
    const space = new Space(`audit-${word}-${process.pid}`)
    try {
      execFileSync('ip', ['netns', 'add', space.name], { stdio: 'ignore' })
      space.ip('link', 'set', 'lo', 'up')
      return space
    } catch (error) {
      rmSync(space.folder, { recursive: true, force: true })
      return `no network namespace can be made: ${(error as Error).message}`
    }
  }

  /** `ip` of iproute2, in this namespace; words may come in one string. */
  ip(...words: string[]): string {
    return execFileSync('ip', ['-n', this.name, ...words.flatMap((text) => text.split(' '))], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** A pair of interfaces, both up, the first with an address; datagrams to `to` leave by it without anybody being asked for them. */
  pair(near: string, far: string, address: string, to: string): void {
    this.ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far)
    this.ip('addr', 'add', `${address}/24`, 'dev', near)
    for (const name of [near, far]) this.ip('link', 'set', name, 'up')
    this.ip('neigh', 'replace', to, 'lladdr', '02:00:00:00:00:02', 'dev', near)
  }

  within(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      env: { ...process.env, ...env },
    })
    this.children.push(child)
    return child
  }

  /**
   * Started once the program says that it captures, or when it ends.
   * @param as a command that starts it
   */
  async live(args: readonly string[], { as = [], env = {} }: { as?: readonly string[]; env?: NodeJS.ProcessEnv } = {}): Promise<Session> {
    const child = this.within([...as, process.execPath, program, 'live', ...args], env)
    const out = { text: '' }
    const err = { text: '' }
    child.stdout!.on('data', (piece) => {
      out.text += piece
    })
    child.stderr!.on('data', (piece) => {
      err.text += piece
    })
    let ended = false
    const over = once(child, 'close').then(([code]) => {
      ended = true
      return code as number
    })
    const says = (words: string | RegExp): Promise<void> =>
      until(
        () => err.text.match(words) !== null,
        () => `it did not say ${words}, but:\n${err.text}`,
      )
    await until(
      () => ended || err.text.includes('capturing on'),
      () => err.text,
    )
    return { child, out, err, over, says }
  }

  /** Runs a script of Node in the namespace. */
  async node(script: string, ...args: string[]): Promise<void> {
    const child = this.within([process.execPath, '-e', script, ...args])
    let text = ''
    child.stderr!.on('data', (piece) => {
      text += piece
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(text)
  }

  /** `count` numbered datagrams to a port of an address, `everyMs` apart where that is more than 0. */
  datagrams(count: number, address: string, port = 9, everyMs = 0): Promise<void> {
    return this.node(
      `const s = require('node:dgram').createSocket('udp4')
       const [count, address, port, every] = [Number(process.argv[1]), process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
       let i = 0
       const next = () => i === count ? s.close() : s.send('datagram ' + i++, port, address, (error) => { if (error) throw error; every > 0 ? setTimeout(next, every) : setImmediate(next) })
       next()`,
      String(count),
      address,
      String(port),
      String(everyMs),
    )
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
    await this.node(script)
  }

  /** Datagrams from an address of this network to a broadcast address behind an interface. */
  async broadcasts(n: number, bytes: number, from: string, to: string): Promise<void> {
    const script = `
      const s = require('node:dgram').createSocket('udp4')
      s.bind(0, '${from}', async () => {
        s.setBroadcast(true)
        for (let i = 0; i < ${n}; i++) await new Promise((done) => s.send('x'.repeat(${bytes}), 4000, '${to}', done))
        s.close()
      })`
    await this.node(script)
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
    await this.node(script)
  }

  /** To its end: standard output, and what went wrong as an error. */
  run(...args: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Numbers of the processes in this network; '' where there are none. */
  processes(): string {
    return execFileSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' }).trim()
  }

  endSessions(): void {
    for (const child of this.children.splice(0)) child.kill('SIGKILL')
  }

  remove(): void {
    this.endSessions()
    rmSync(this.folder, { recursive: true, force: true })
    execFileSync('ip', ['netns', 'del', this.name], { stdio: 'ignore' })
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

/** Waits for something at most ten seconds; answers whether it came. */
export async function came(what: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (what()) return true
    await pause(50)
  }
  return what()
}
