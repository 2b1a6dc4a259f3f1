/** The examples of the docs: commands in `console` blocks with what they print, run and compared as a reader would. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const BLOCK = /^```(?:console|sh)\n([\s\S]*?)^```$/gm
const PROMPT = '$ '
/** A line that stands for any number of lines. */
const ANY = '...'

export interface Example {
  readonly command: string
  readonly output: string
}

export interface RanExample extends Example {
  readonly actual: string
}

/** The commands of one block, each with the lines below it. Only what starts the program is run. */
function examplesIn(block: string): Example[] {
  const found: { command: string; lines: string[] }[] = []
  for (const line of block.split('\n').slice(0, -1)) {
    if (line.startsWith(PROMPT)) found.push({ command: line.slice(PROMPT.length), lines: [] })
    else found.at(-1)?.lines.push(line)
  }
  return found.map(({ command, lines }) => ({ command, output: lines.map((line) => `${line}\n`).join('') }))
}

export const isRun = ({ command }: Example): boolean => command.startsWith('audit ')

export const examplesOf = (text: string): Example[] => [...text.matchAll(BLOCK)].flatMap(([, block]) => examplesIn(block!)).filter(isRun)

/** Lines are equal, or ANY stands for those between. */
export function matches(expected: string, actual: string): boolean {
  const clean = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trimEnd())
      .slice(0, -1)
  const [want, have] = [clean(expected), clean(actual)]
  // Blank lines at the end are the fence's.
  while (have.at(-1) === '' && want.at(-1) !== '') have.pop()
  const from = (w: number, h: number): boolean => {
    for (let i = w, j = h; ; i++, j++) {
      if (i === want.length) return j === have.length
      if (want[i]!.trim() === ANY) {
        for (let k = j; k <= have.length; k++) if (from(i + 1, k)) return true
        return false
      }
      if (j === have.length || want[i] !== have[j]) return false
    }
  }
  return from(0, 0)
}

/** A pipe is no terminal, where rows come as a table: readers of the docs see what they would see there. */
export const asOnTerminal = (command: string): string =>
  /^audit query /.test(command) && !/--(?:format|csv|json|as-filter|as-frames)\b|[|<>] ?\w/.test(command.replaceAll(/"[^"]*"/g, '""'))
    ? `${command} --format table`
    : command

/** A working folder with the samples in it and the program as `audit`. */
class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'audit-docs-'))
  private readonly bin = mkdtempSync(join(tmpdir(), 'audit-docs-bin-'))

  constructor(program: string, repository: string) {
    symlinkSync(join(repository, 'samples'), join(this.folder, 'samples'), 'junction')
    const script = join(this.bin, 'audit')
    writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${join(program, 'bin/run.js')}" "$@"\n`)
    chmodSync(script, 0o755)
  }

  /** What the command prints, standard error included. */
  run(command: string): Promise<string> {
    const env = { PATH: `${this.bin}${delimiter}${process.env.PATH}`, HOME: this.folder, TERM: 'dumb', TZ: 'UTC' }
    return new Promise((done) => {
      execFile('/bin/sh', ['-c', `{ ${asOnTerminal(command)}; } 2>&1`], { cwd: this.folder, env }, (_error, stdout) => done(stdout))
    })
  }

  clear(): void {
    for (const folder of [this.folder, this.bin]) rmSync(folder, { recursive: true, force: true })
  }
}

/** The examples of one page, in one folder and one after the other: a case that one writes is there for the next. */
export async function runExamples(text: string, program: string, repository: string): Promise<RanExample[]> {
  const examples = examplesOf(text)
  if (examples.length === 0) return []
  const desk = new Desk(program, repository)
  try {
    const ran: RanExample[] = []
    for (const example of examples) ran.push({ ...example, actual: await desk.run(example.command) })
    return ran
  } finally {
    desk.clear()
  }
}

/** The page with the output of every example that no longer matches as it is now. */
export async function refreshExamples(text: string, program: string, repository: string): Promise<string> {
  const ran = await runExamples(text, program, repository)
  let next = 0
  return text.replace(BLOCK, (whole, block: string) => {
    const fence = whole.slice(0, whole.indexOf('\n'))
    const lines = examplesIn(block).flatMap((example) => {
      const one = isRun(example) ? ran[next++]! : undefined
      const output = one && !matches(one.output, one.actual) ? one.actual.trimEnd().replace(/[ \t]+$/gm, '') : example.output.trimEnd()
      return [`${PROMPT}${example.command}`, ...(output === '' ? [] : [output])]
    })
    return lines.length === 0 ? whole : `${fence}\n${lines.join('\n')}\n\`\`\``
  })
}
