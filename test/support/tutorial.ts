/**
 * A page that is followed word by word: files are written, commands run, in the order of the page and in one folder.
 *
 *     ```js ident.js            a file. When its first line is a divider such as `// ---- probe`, the part of the file below that
 *                               divider is replaced, or added at the end
 *     ```console tutorial       commands with what they print; `tutorial fails`: the last one's exit code is not 0
 *
 * Blocks without a second word are not run. `npm install` stands for links to what this repository has.
 */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { asOnTerminal, matches } from '../../scripts/doc-examples.js'

const BLOCK = /^```(\w+) (\S+)(?: (fails))?\n([\s\S]*?)^```$/gm
const DIVIDER = /^\/\/ ---- .+$/
const PROMPT = '$ '
/** Exit code 4 is "done, but some input was lossy", which the page shows. */
const FINE = new Set([0, 4])

export class Tutorial {
  readonly folder = mkdtempSync(join(tmpdir(), 'audit-tutorial-'))
  private readonly bin = mkdtempSync(join(tmpdir(), 'audit-tutorial-bin-'))
  private cwd = this.folder

  /**
   * @param program where `audit` is taken from
   * @param repository whose node_modules stand for the registry
   */
  constructor(
    program: string,
    private readonly repository: string,
  ) {
    const script = join(this.bin, 'audit')
    writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${join(program, 'bin/run.js')}" "$@"\n`)
    chmodSync(script, 0o755)
  }

  clear(): void {
    for (const folder of [this.folder, this.bin]) rmSync(folder, { recursive: true, force: true })
  }

  /** The page with what its commands print now, where that is not what it says; `problems` are exit codes that should not be. */
  async follow(page: string): Promise<{ text: string; problems: string[] }> {
    const problems: string[] = []
    const blocks: string[] = []
    for (const [whole, language, name, fails, body] of page.matchAll(BLOCK)) {
      if (language === 'console') blocks.push(await this.runBlock(whole, body!, fails !== undefined, problems))
      else {
        this.write(name!, body!)
        blocks.push(whole)
      }
    }
    let next = 0
    return { text: page.replace(BLOCK, () => blocks[next++]!), problems }
  }

  private async runBlock(whole: string, body: string, fails: boolean, problems: string[]): Promise<string> {
    const lines = [whole.slice(0, whole.indexOf('\n'))]
    const commands = body.split(/^(?=\$ )/m)
    for (const [i, one] of commands.entries()) {
      const [command, expected] = [one.slice(PROMPT.length, one.indexOf('\n')), one.slice(one.indexOf('\n') + 1)]
      const { code, output } = await this.run(command)
      if (fails && i === commands.length - 1 ? FINE.has(code) : !FINE.has(code)) problems.push(`${command}: exit code ${code}\n${output}`)
      lines.push(PROMPT + command)
      const shown = matches(expected, output) ? expected : output.replace(/[ \t]+$/gm, '')
      if (shown.trimEnd() !== '') lines.push(shown.trimEnd())
    }
    return [...lines, '```'].join('\n')
  }

  private write(name: string, body: string): void {
    const path = join(this.cwd, name)
    const [divider] = body.split('\n', 1)
    if (!DIVIDER.test(divider!) || !existsSync(path)) {
      writeFileSync(path, body)
      return
    }
    const parts = readFileSync(path, 'utf8').split(/^(?=\/\/ ---- )/m)
    const at = parts.findIndex((part) => part.startsWith(`${divider}\n`))
    if (at < 0) parts.push(`\n${body}`)
    else parts[at] = at === parts.length - 1 ? body : `${body}\n`
    writeFileSync(path, parts.join(''))
  }

  private async run(command: string): Promise<{ code: number; output: string }> {
    const [name, verb, ...rest] = command.split(' ')
    if (name === 'cd') {
      this.cwd = join(this.cwd, verb!)
      return { code: existsSync(this.cwd) ? 0 : 1, output: '' }
    }
    if (name === 'npm') {
      for (const wanted of rest.filter((one) => !one.startsWith('-'))) this.link(wanted)
      return { code: verb === 'install' ? 0 : 1, output: '' }
    }
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...outside } = process.env
    const env = {
      ...outside,
      PATH: [this.bin, join(this.cwd, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      TERM: 'dumb',
      TZ: 'UTC',
      NO_COLOR: '1',
    }
    // A command that is missing must not be fetched.
    const line = asOnTerminal(command).replace(/^npx /, '')
    return new Promise((done) => {
      execFile('/bin/sh', ['-c', `{ ${line}; } 2>&1`], { cwd: this.cwd, env }, (error, stdout) => {
        done({ code: error ? Number(error.code ?? 1) : 0, output: stdout.replaceAll(this.folder, '.') })
      })
    })
  }

  private link(name: string): void {
    const target = join(this.cwd, 'node_modules', name)
    mkdirSync(join(target, '..'), { recursive: true })
    symlinkSync(join(this.repository, 'node_modules', name), target, 'junction')
    if (name !== 'typescript') return
    mkdirSync(join(this.cwd, 'node_modules/.bin'), { recursive: true })
    symlinkSync(join(target, 'bin/tsc'), join(this.cwd, 'node_modules/.bin/tsc'))
  }
}
