/**
 * The prompt on a terminal: lines are read and edited by node:readline, one after the other is handed to the shell.
 *
 * While a statement runs the terminal is not ours: it is in its usual mode, so that Ctrl-C is a signal, and a pager may read keys.
 */
import { createInterface, type Interface } from 'node:readline'
import type { Shell } from './shell.js'

const PROMPT = 'audit> '
const CONTINUED = '  ...> '
const HOW_TO_LEAVE = 'to leave: .quit, or Ctrl-D\n'

export interface TerminalOptions {
  readonly shell: Shell
  /** What was typed before, newest first. */
  readonly history: { readonly entries: readonly string[] }
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  complete(line: string, begun: string): Promise<[string[], string]>
  /** Shows an error and goes on. */
  fail(error: unknown): Promise<void>
  /** Stops what runs. */
  interrupt(): void
}

/** Until the user leaves. */
export async function promptOn(options: TerminalOptions): Promise<void> {
  const { shell, history, input, output } = options
  const lines: string[] = []
  let wake: (() => void) | undefined
  let closed = false
  let running = false

  const rl = createInterface({
    input,
    output,
    terminal: true,
    prompt: PROMPT,
    history: [...history.entries],
    historySize: Math.max(1, history.entries.length + 10_000),
    completer: (line: string, answer: (error: Error | null, result: [string[], string]) => void) => {
      options.complete(line, shell.pending).then(
        (result) => answer(null, result),
        () => answer(null, [[], line]),
      )
    },
  })
  const prompt = (): void => {
    rl.setPrompt(shell.pending === '' ? PROMPT : CONTINUED)
    rl.prompt()
  }
  // readline keeps each line; we keep whole statements.
  let remembered: string[] | undefined
  rl.on('history', (kept: string[]) => {
    kept.splice(0, kept.length, ...history.entries)
    remembered = kept
  })
  rl.on('line', (line) => {
    lines.push(line)
    wake?.()
  })
  rl.on('close', () => {
    closed = true
    wake?.()
  })
  rl.on('SIGINT', () => {
    const empty = rl.line === '' && shell.pending === ''
    shell.clear()
    if (empty) output.write(`\n${HOW_TO_LEAVE}`)
    else clearLine(rl)
    prompt()
  })
  const onSignal = (): void => {
    if (running) options.interrupt()
    else rl.emit('SIGINT')
  }
  process.on('SIGINT', onSignal)
  try {
    prompt()
    while (!closed || lines.length > 0) {
      const line = lines.shift()
      if (line === undefined) {
        await new Promise<void>((done) => {
          wake = done
        })
        wake = undefined
        continue
      }
      running = true
      rl.pause()
      input.setRawMode(false)
      try {
        await shell.line(line)
      } catch (error) {
        lines.length = 0
        shell.clear()
        await options.fail(error)
      }
      remembered?.splice(0, remembered.length, ...history.entries)
      running = false
      if (shell.done) break
      if (closed) continue
      input.setRawMode(true)
      if (lines.length === 0) {
        rl.resume()
        prompt()
      }
    }
    if (closed) output.write('\n')
  } finally {
    process.off('SIGINT', onSignal)
    rl.close()
  }
}

/** Forgets the line being edited and leaves it on the screen. It is what Node's own prompt uses; without it the line is emptied in place. */
function clearLine(rl: Interface & { clearLine?: () => void }): void {
  if (rl.clearLine) rl.clearLine()
  else {
    rl.write(null, { ctrl: true, name: 'e' })
    rl.write(null, { ctrl: true, name: 'u' })
  }
}
