/**
 * Text for a terminal: shown as it is while it fits on the screen, handed to a pager when it does not.
 *
 * Until a screen is full it is held, so that the pager has it from the beginning.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { UserError } from '../../model/user-error.js'

/** What is held at most: a single line of megabytes fills a screen, too. */
const MAX_HELD = 1024 * 1024
/** less ends by itself where one screen is enough, shows colours, does not fold lines, and leaves what it showed. */
const DEFAULT_PAGER = 'less'
const DEFAULT_LESS = 'FRSX'
/** What a shell answers for a command that cannot be run, or is not there. */
const NOT_RUN = [126, 127]

export interface ScreenOptions {
  readonly terminal: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** false = everything as it is. */
  readonly paged: boolean
}

/** The command of the pager; undefined where none is wanted. */
export function pagerCommand(env: ScreenOptions['env']): string | undefined {
  const { PAGER = DEFAULT_PAGER } = env
  return PAGER.trim() === '' || PAGER.trim() === 'cat' || env.TERM === 'dumb' ? undefined : PAGER
}

export class Screen extends Writable {
  private held: string[] = []
  private length = 0
  private lines = 0
  private pager: ChildProcess | undefined
  private pagerEnded: Promise<number | null> | undefined
  private readonly command: string | undefined

  constructor(private readonly options: ScreenOptions) {
    super({ decodeStrings: true })
    this.command = options.paged ? pagerCommand(options.env) : undefined
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.command === undefined) {
      this.options.terminal.write(chunk, done)
      return
    }
    if (this.pager) {
      this.toPager(chunk, done)
      return
    }
    // Latin 1 keeps each byte as it is, also where a chunk ends inside of a character.
    const text = chunk.toString('latin1')
    this.held.push(text)
    this.length += text.length
    this.lines += this.rowsOf(text)
    // The prompt needs a line, too.
    if (this.lines < this.options.terminal.rows - 1 && this.length < MAX_HELD) {
      done()
      return
    }
    this.start(this.command)
    this.toPager(this.take(), done)
  }

  /** Rows of the screen that a text takes at most: a character is a byte at least. */
  private rowsOf(text: string): number {
    const width = this.options.terminal.columns || 80
    let rows = 0
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      rows += Math.max(1, Math.ceil((Buffer.from(text.slice(from, end), 'latin1').toString('utf8').length || 1) / width))
      from = end + 1
    }
    return rows
  }

  private take(): Buffer {
    const bytes = Buffer.from(this.held.join(''), 'latin1')
    this.held = []
    this.length = 0
    return bytes
  }

  private start(command: string): void {
    const env = { ...this.options.env, LESS: this.options.env.LESS ?? DEFAULT_LESS }
    const pager = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env })
    this.pager = pager
    // It was left before the end: nobody wants the rest.
    pager.stdin!.on('error', () => this.destroy())
    this.pagerEnded = new Promise((done) => {
      pager.once('error', () => done(NOT_RUN[1]!))
      pager.once('close', (code) => done(code))
    })
    void this.pagerEnded.then(() => this.destroy())
  }

  private toPager(bytes: Buffer, done: (error?: Error | null) => void): void {
    const { stdin } = this.pager!
    if (stdin!.destroyed) done()
    else if (stdin!.write(bytes)) done()
    else {
      const free = (): void => {
        stdin!.off('drain', free).off('close', free)
        done()
      }
      stdin!.on('drain', free).on('close', free)
    }
  }

  /** All was written: shows what is held, or waits until the pager is left. */
  async finish(): Promise<void> {
    if (this.pagerEnded === undefined) {
      if (this.held.length > 0) await new Promise<void>((done) => this.options.terminal.write(this.take(), () => done()))
      return
    }
    // Ctrl-C is the pager's to answer from here on: if it ended us, the pager and the shell would read the same keys.
    const ignore = (): void => {}
    process.on('SIGINT', ignore)
    this.pager!.stdin!.end()
    const code = await this.pagerEnded
    process.off('SIGINT', ignore)
    if (NOT_RUN.includes(code ?? 0))
      throw new UserError(`the pager cannot be run: ${this.command}`, ['set PAGER to one that is installed, or give --no-pager'])
  }
}
