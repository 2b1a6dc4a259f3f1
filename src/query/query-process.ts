/** A process that runs queries, seen from the program that asks: it is started when needed, and killed when a query must end. */
import { type ChildProcess, fork } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { QueryAnswer, QueryJob } from './job.js'

/** The time limit was reached; 124 is what timeout(1) answers. */
export class QueryTimeout extends Error {
  override readonly name = 'QueryTimeout'
  readonly exitCode = 124
  readonly nextSteps = ['give it longer with --timeout, or narrow it: a time range, one protocol, a limit']

  constructor(seconds: number) {
    super(`the query was stopped: it took longer than its limit of ${seconds} s`)
  }
}

/** How often the time is counted. Someone who reads page after page takes time that is not the query's. */
const TICK_MS = 50

export interface Limits {
  /** Milliseconds, without those in which the reader of the rows lets them wait; none = as long as it takes. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export class QueryProcess {
  private child: ChildProcess | undefined

  /**
   * @param script of the process
   * @param inherit it writes to our standard output itself; otherwise `run` is told where
   */
  constructor(
    private readonly script: string,
    private readonly inherit: boolean,
  ) {}

  /** Starts it before it is needed. */
  warm(): void {
    this.child ??= fork(this.script, [], { stdio: ['ignore', this.inherit ? 'inherit' : 'pipe', 'inherit', 'ipc'], execArgv: [] })
  }

  /** @returns undefined when it was interrupted, or whoever reads the rows has left */
  async run(job: QueryJob, { timeoutMs, signal }: Limits, out: Writable): Promise<QueryAnswer | undefined> {
    this.warm()
    const child = this.child!
    let timedOut = false
    const kill = (): void => {
      child.kill('SIGKILL')
    }
    let waiting = false
    let left = timeoutMs ?? 0
    const timer =
      timeoutMs === undefined
        ? undefined
        : setInterval(() => {
            if (waiting) return
            left -= TICK_MS
            if (left > 0) return
            timedOut = true
            kill()
          }, TICK_MS)
    signal?.addEventListener('abort', kill, { once: true })
    if (signal?.aborted) kill()
    // The reader left: the process behind the pipe has nobody to write for.
    let gone = false
    const leave = (): void => {
      gone = true
      kill()
    }
    if (child.stdout) out.on('error', leave).on('close', leave)
    try {
      const { answer, code, killed } = await outcome(child, job, out, (now) => {
        waiting = now
      })
      if (answer === undefined || !job.stay) this.child = undefined
      if (answer !== undefined) return answer
      if (timedOut) throw new QueryTimeout((timeoutMs ?? 0) / 1000)
      if (signal?.aborted || code === 0 || killed === 'SIGINT' || gone || out.destroyed) return undefined
      throw new Error(`the query's process ended without an answer (${killed ?? `exit ${code}`})`)
    } finally {
      clearInterval(timer)
      signal?.removeEventListener('abort', kill)
      out.removeListener('error', leave)
      out.removeListener('close', leave)
    }
  }

  close(): void {
    this.child?.kill('SIGKILL')
    this.child = undefined
  }
}

interface Outcome {
  readonly answer?: QueryAnswer
  readonly code?: number | null
  readonly killed?: NodeJS.Signals | null
}

/**
 * Until the answer and all rows are here, or the process has ended without one.
 * @param waits told whenever the reader of the rows begins and ends to be slower than they come
 */
function outcome(child: ChildProcess, job: QueryJob, out: Writable, waits: (now: boolean) => void): Promise<Outcome> {
  return new Promise((done, fail) => {
    let answer: QueryAnswer | undefined
    let received = 0
    let ended: Outcome | undefined
    const settle = (): void => {
      const complete = answer !== undefined && (!child.stdout || received >= answer.bytes)
      // One that does not stay is waited for: nothing of it may be left when we are done.
      if (!ended && !(complete && job.stay)) return
      child.removeAllListeners('message').removeAllListeners('error').removeAllListeners('close')
      child.stdout?.removeAllListeners('data')
      done(complete ? { answer: answer! } : { ...ended })
    }
    child.once('error', fail)
    child.once('close', (code, killed) => {
      ended = { code, killed }
      settle()
    })
    child.on('message', (message) => {
      answer = message as QueryAnswer
      settle()
    })
    const { stdout } = child
    stdout?.on('data', (bytes: Buffer) => {
      received += bytes.length
      if (!out.destroyed && !out.write(bytes)) {
        stdout.pause()
        waits(true)
        const on = (): void => {
          waits(false)
          out.off('drain', on).off('close', on)
          stdout.resume()
        }
        out.on('drain', on).on('close', on)
      }
      settle()
    })
    stdout?.resume()
    child.send(job, () => {
      // A child that is gone by now says so through its end.
    })
  })
}
