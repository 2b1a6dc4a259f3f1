/** Who reads documents from standard output is slow, does not read at all, or leaves: the capture does not care, and what it costs is said. */
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { program, Space, until } from './sessions.js'

const made = Space.make('slow')
const able = typeof made !== 'string'
if (!able) it.skip(`a slow reader: ${made}`)

/** All of a session's memory at its highest, MiB: the queue of 256 MiB, its copy on the way between threads, and the rest. */
const MOST_MIB = 900
/** More than a pipe and the streams at its two ends hold. */
const PIPE_BYTES = 512 * 1024

describe.skipIf(!able)('a session whose reader', { timeout: 60_000 }, () => {
  const space = made as Space
  afterEach(() => space.endSessions())
  afterAll(() => space.remove())

  interface Unread {
    readonly child: ChildProcess
    readonly err: { text: string }
    readonly over: Promise<number>
    /** From now on. */
    read(): { text: string }
  }
  /** Nobody reads its standard output until told. */
  async function unread(...args: string[]): Promise<Unread> {
    const child = space.within([process.execPath, program, 'live', 'lo', '-o', '-', ...args])
    const err = { text: '' }
    child.stderr!.on('data', (piece) => {
      err.text += piece
    })
    // 'exit', since 'close' waits for the pipe to be read.
    const over = once(child, 'exit').then(([code]) => code as number)
    await until(
      () => err.text.includes('capturing on'),
      () => err.text,
    )
    const read = () => {
      const out = { text: '' }
      child.stdout!.setEncoding('utf8').on('data', (piece) => {
        out.text += piece
      })
      return out
    }
    return { child, err, over, read }
  }
  const documents = (text: string) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { type?: string })
  const requestsIn = (text: string): number => documents(text).filter(({ type }) => type === 'http').length
  /** Requests that the packets in a folder give by now; its newest file may end in the middle. */
  function analysed(folder: string): number {
    const { stdout } = spawnSync(process.execPath, [program, 'analyze', folder, '-o', '-'], {
      cwd: space.folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    return requestsIn(stdout)
  }
  /** Highest resident memory so far, MiB. `ip netns exec` becomes the program. */
  const peak = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

  test('does not read for a while gets all documents when it does; the ring had them all', async () => {
    const session = await unread('-w', 'ring', '--ring-file-size', '200kB')
    await space.requests(600)
    // The pipe is full by now, and the ring goes on being written.
    await space.requests(600)
    await until(() => analysed('ring') === 1200)
    const out = session.read()
    await until(
      () => requestsIn(out.text) === 1200,
      () => `${requestsIn(out.text)} documents`,
    )
    expect(out.text.length).toBeGreaterThan(PIPE_BYTES)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
  })

  test('does not read at all costs packets without a ring, which are counted and told; memory stays bounded', async () => {
    // Its own metrics are asked over the same interface.
    const session = await unread('--buffer-size', '64MB', '--metrics', '9273', '-f', 'not tcp port 9273')
    await space.requests(600)
    // Until the session itself says that packets found no room, at a pace that the kernel's buffer stands.
    const flood = `
      const socket = require('node:dgram').createSocket('udp4')
      const send = () => new Promise((done) => socket.send(Buffer.alloc(60000), 9, '127.0.0.1', done))
      const left = async () => Number(/counter="queue"\\} (\\d+)/.exec(await (await fetch('http://127.0.0.1:9273/metrics')).text())?.[1] ?? 0)
      const flood = async () => {
        for (let round = 0; round < 400 && await left() === 0; round++) {
          for (let i = 0; i < 50; i++) await send()
          await new Promise((done) => setTimeout(done, 10))
        }
        socket.close()
      }
      flood()`
    await space.node(flood)
    const out = session.read()
    await until(() => requestsIn(out.text) === 600)
    const high = peak(session.child.pid!)
    session.child.kill('SIGINT')
    expect(high).toBeLessThan(MOST_MIB)
    expect(await session.over).toBe(4)
    expect(session.err.text).toMatch(/lo: [\d,]+ packets left out because decoding did not keep up; keep them with -w/)
  })

  test('leaves ends the session quietly; the ring is whole', async () => {
    const session = await unread('-w', 'ring-left')
    session.child.stdout!.destroy()
    await space.requests(100)
    await space.requests(20)
    expect(await session.over).toBe(0)
    expect(session.err.text).not.toMatch(/EPIPE|internal error|\n\s+at /)
    execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: `${space.folder}/ring-left` })
  })
})
