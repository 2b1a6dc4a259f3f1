/** A process that runs queries and searches, seen from the program that asks: it is started when needed, and killed when a query must end. */
import { type ChildProcess, fork } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import type { Job, QueryAnswer, SearchProgress } from './job.js'

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
/** An index is made ten times as fast; a view that never ends, in a case that somebody made up, is stopped all the same. */
const INDEX_MS_PER_BYTE = 300 / 1e6

export interface Limits {
  /** Milliseconds, without those in which the reader of the rows lets them wait; none = as long as it takes. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before a search builds its index over so many transactions, for which it gets time beyond the limit, by the size of the case. */
  readonly indexing?: ((transactions: number) => void) | undefined
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
  async run(job: Job, { timeoutMs, signal, indexing }: Limits, out: Writable): Promise<QueryAnswer | undefined> {
    this.warm()
    const child = this.child!
    let timedOut = false
    const kill = (): void => {
      child.kill('SIGKILL')
    }
    let waiting = false
    let limit = timeoutMs ?? 0
    if ('expression' in job) limit += statSync(job.path).size * INDEX_MS_PER_BYTE
    let left = limit
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
      const { answer, code, killed } = await outcome(child, job, out, {
        waits(now) {
          waiting = now
        },
        progress(made) {
          if ('indexing' in made) indexing?.(made.indexing)
          else left = limit = timeoutMs ?? 0
        },
      })
      if (answer === undefined || !job.stay) this.child = undefined
      if (answer !== undefined) return answer
      if (timedOut) throw new QueryTimeout(Math.ceil(limit) / 1000)
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

interface Watcher {
  /** Told whenever the reader of the rows begins and ends to be slower than they come. */
  waits(now: boolean): void
  progress(made: SearchProgress): void
}

/** Until the answer and all rows are here, or the process has ended without one. */
function outcome(child: ChildProcess, job: Job, out: Writable, { waits, progress }: Watcher): Promise<Outcome> {
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
    child.on('message', (message: QueryAnswer | SearchProgress) => {
      if ('indexing' in message || 'searching' in message) return progress(message)
      answer = message
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
