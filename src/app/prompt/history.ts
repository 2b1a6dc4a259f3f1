/**
 * What was typed at the prompt, kept from one session to the next in a file that only its owner reads.
 *
 * Statements are kept as they were typed, whatever stands in them; the shell hands on none that begins with a blank.
 */
import { appendFileSync, chmodSync, closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { onOneLine } from '../../query/statement-reader.js'

/** Entries kept: some months of work. */
export const MAX_ENTRIES = 1000
/** An entry longer than this was pasted by a program. */
const MAX_ENTRY = 20_000
/** Bytes read of the file, from its end. */
const MAX_FILE = 4 * 1024 * 1024

/** XDG base directory specification: an absolute path counts, anything else is as if it were not set. */
export function historyFile(env: Readonly<Record<string, string | undefined>>, home = homedir()): string {
  const state = env.XDG_STATE_HOME
  return join(state && isAbsolute(state) ? state : join(home, '.local', 'state'), 'pcap-audit', 'query-history')
}

export class History {
  /** Newest first, as node:readline has them. */
  readonly entries: string[] = []
  /** Why nothing is kept, once that is known. */
  problem: string | undefined

  /** @param path undefined = nothing is read or kept */
  constructor(private readonly path: string | undefined) {
    if (path === undefined) return
    try {
      const { lines, all } = read(path)
      for (const line of lines) this.put(unescaped(line))
      if (!all || lines.length > MAX_ENTRIES) this.rewrite(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.problem = (error as Error).message
    }
  }

  private put(entry: string): void {
    const at = this.entries.indexOf(entry)
    if (at >= 0) this.entries.splice(at, 1)
    this.entries.unshift(entry)
    if (this.entries.length > MAX_ENTRIES) this.entries.pop()
  }

  /** @param typed a statement or a command, perhaps of several lines */
  add(typed: string): void {
    const entry = onOneLine(typed)
    if (entry === '' || entry.length > MAX_ENTRY || entry === this.entries[0]) return
    this.put(entry)
    if (this.path === undefined || this.problem !== undefined) return
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      appendFileSync(this.path, `${escaped(entry)}\n`, { mode: 0o600 })
      chmodSync(this.path, 0o600)
    } catch (error) {
      this.problem = (error as Error).message
    }
  }

  private rewrite(path: string): void {
    const next = `${path}.${process.pid}`
    writeFileSync(
      next,
      [...this.entries]
        .reverse()
        .map((entry) => `${escaped(entry)}\n`)
        .join(''),
      { mode: 0o600, flag: 'wx' },
    )
    renameSync(next, path)
  }
}

/** A literal may hold a line feed; in the file an entry is a line. */
const escaped = (entry: string): string => entry.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const unescaped = (line: string): string => line.replace(/\\(\\|n)/g, (_, char: string) => (char === 'n' ? '\n' : '\\'))

/** The end of the file, whole lines; `all` = that was the whole file. */
function read(path: string): { lines: string[]; all: boolean } {
  const fd = openSync(path, 'r')
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new Error('it is not a regular file')
    const from = Math.max(0, stat.size - MAX_FILE)
    const buffer = Buffer.alloc(stat.size - from)
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from))
    const lines = bytes.toString('utf8').split('\n')
    if (from > 0) lines.shift()
    // Codes that a terminal obeys are never typed, so they came otherwise.
    return { lines: lines.filter((line) => line !== '' && !/[\0-\x1f\x7f-\x9f]/.test(line)), all: from === 0 }
  } finally {
    closeSync(fd)
  }
}
