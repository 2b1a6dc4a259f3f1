/** The program as it is shipped, built anew beside the sources, and run as a process of its own. */
import { execFile, spawn } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const repository = resolve(import.meta.dirname, '../..')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Buffer
}

export class Program {
  private constructor(
    readonly root: string,
    /** A working directory of its own, empty at first. */
    readonly cwd: string,
  ) {}

  static async build(): Promise<Program> {
    const root = await mkdtemp(join(tmpdir(), 'audit-program-'))
    await cp(join(repository, 'bin'), join(root, 'bin'), { recursive: true })
    await cp(join(repository, 'queries'), join(root, 'queries'), { recursive: true })
    await cp(join(repository, 'package.json'), join(root, 'package.json'))
    await symlink(join(repository, 'node_modules'), join(root, 'node_modules'), 'junction')
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
    // Type errors are the type check's subject; here the emitted program is.
    await promisify(execFile)(process.execPath, [compiler, '-p', repository, '--outDir', join(root, 'dist')]).catch(() => undefined)
    const cwd = await mkdtemp(join(tmpdir(), 'audit-cwd-'))
    return new Program(root, cwd)
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
    await rm(this.cwd, { recursive: true, force: true })
  }

  /** Without NO_COLOR, FORCE_COLOR and the like of whoever runs the tests. */
  spawn(args: readonly string[], { cwd = this.cwd, env = {} }: RunOptions = {}) {
    const { PATH, HOME } = process.env
    return spawn(process.execPath, [join(this.root, 'bin', 'run.js'), ...args], { cwd, env: { PATH, HOME, TERM: 'xterm', ...env } })
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return new Promise((done, fail) => {
      const child = this.spawn(args, options)
      const out: Buffer[] = []
      const err: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
      child.on('error', fail)
      child.on('close', (code) => done({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }))
      child.stdin.on('error', () => {})
      child.stdin.end(options.input ?? '')
    })
  }
}
