/** Whole sessions of the program in a network namespace that is made for one test file, with clients and servers beside them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
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

  ip(...args: string[]): string {
    return execFileSync('ip', ['-n', this.name, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
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
   * @param by a command that starts it
   */
  async live(args: readonly string[], env: NodeJS.ProcessEnv = {}, by: readonly string[] = []): Promise<Session> {
    const child = this.within([...by, process.execPath, program, 'live', ...args], env)
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

  endSessions(): void {
    for (const child of this.children.splice(0)) child.kill('SIGKILL')
  }

  remove(): void {
    this.endSessions()
    rmSync(this.folder, { recursive: true, force: true })
    execFileSync('ip', ['netns', 'del', this.name], { stdio: 'ignore' })
  }
}
