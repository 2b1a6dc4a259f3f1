/** A live session as a child of the test, in the test's own network namespace. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const program = resolve(import.meta.dirname, '../../bin/run.js')

export interface SessionChild {
  readonly child: ChildProcess
  readonly out: { text: string }
  readonly err: { text: string }
  readonly over: Promise<number>
}

/** Answers once the program says that it captures, or ended. */
export async function start(folder: string, ...args: string[]): Promise<SessionChild> {
  const child = spawn(process.execPath, [program, 'live', ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
  const out = { text: '' }
  const err = { text: '' }
  child.stdout.on('data', (piece) => {
    out.text += piece
  })
  const over = once(child, 'close').then(([code]) => code as number)
  await new Promise<void>((done) => {
    child.stderr.on('data', (piece) => {
      err.text += piece
      if (err.text.includes('capturing on')) done()
    })
    void over.then(() => done())
  })
  return { child, out, err, over }
}
