/**
 * A program that captures, as a process that never outlives this one.
 *
 * Between the two stands the system's shell with a script that never changes: the program and its arguments are handed to it as
 * words, which it passes on without reading them. It waits on a pipe from here: a word is a signal to pass on, and the pipe's end,
 * which comes however this process ends, ends the program. The shell keeps the rights that it was started with, so that this
 * works when this process gave up its own. PR_SET_PDEATHSIG would not do: it is of Linux, and forgotten by programs with capabilities.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'

const SHELL = '/bin/sh'
const KEEPER = `
signal=$1
shift
trap : HUP INT TERM
"$@" </dev/null &
child=$!
exec >/dev/null 2>&1
while read -r word; do
  case $word in
    counts) kill -s "$signal" "$child" ;;
    end) kill -s TERM "$child" ;;
    kill) kill -s KILL "$child" ;;
  esac
done
kill -s TERM "$child"
wait "$child"
`
/** What tcpdump takes for the wish to tell its counters; the other signal would end it. */
const COUNTS_SIGNAL = process.platform === 'linux' ? 'USR1' : 'INFO'
/** Characters of standard error that are kept: the last words say why a program ended. */
const KEPT_WORDS = 8 * 1024
/** After this a program that was told to end is killed, milliseconds: it has at most a pipe's worth to write. */
const END_MS = 3000

export type ToolWord = 'counts' | 'end' | 'kill'

export class ToolProcess {
  /** The capture; nothing is read from it before somebody does. */
  readonly output: Readable
  /** When all is over: standard output and error read to their ends. */
  readonly over: Promise<void>
  /** The end of what it said on standard error. */
  words = ''

  readonly #child: ChildProcess
  #line = ''

  /** @param hear is shown each line of standard error */
  constructor(path: string, args: readonly string[], hear: (line: string) => void) {
    this.#child = spawn(SHELL, ['-c', KEEPER, 'audit-capture', COUNTS_SIGNAL, path, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is for the session, which then ends the program when it has all.
      detached: true,
      // Its words are read here.
      env: { ...process.env, LC_ALL: 'C' },
    })
    const { stdin, stdout, stderr } = this.#child
    this.output = stdout!
    this.over = new Promise((done) => {
      this.#child.on('error', (error) => {
        this.words += `${error.message}\n`
        done()
      })
      this.#child.on('close', () => done())
    })
    // The keeper is gone: what there is to know comes through the other pipes.
    stdin!.on('error', () => {})
    stdout!.on('error', () => {})
    // The shell waits for the end of this pipe when the program is gone by itself.
    stdout!.on('end', () => stdin!.end())
    stderr!.on('error', () => {})
    stderr!.setEncoding('utf8').on('data', (text: string) => this.#hear(text, hear))
  }

  say(word: ToolWord): void {
    const { stdin } = this.#child
    if (stdin?.writable) stdin.write(`${word}\n`)
  }

  /** Tells it to end. Whoever wants this answered reads the output on. */
  async end(): Promise<void> {
    this.say('end')
    const timer = setTimeout(() => this.say('kill'), END_MS)
    await this.over
    clearTimeout(timer)
  }

  /** Without another look at what it has. */
  close(): void {
    this.say('end')
    this.#child.stdin?.end()
    this.output.destroy()
  }

  #hear(text: string, hear: (line: string) => void): void {
    this.words = (this.words + text).slice(-KEPT_WORDS)
    const lines = (this.#line + text).split('\n')
    this.#line = lines.pop()!.slice(-KEPT_WORDS)
    for (const line of lines) hear(line)
  }
}
