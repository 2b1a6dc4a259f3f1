/** The file that a result goes to: readable by its owner only, under its name once it is whole, and never over another unless told to. */
import { closeSync, linkSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { UserError } from '../model/user-error.js'

export interface OutputFileOptions {
  /** What is there is replaced. */
  readonly force: boolean
  /** The case that is asked: never replaced. */
  readonly never: string
}

export class OutputFile {
  /** An empty file to write to, there from the beginning. */
  readonly partial: string
  private kept = false

  constructor(
    private readonly path: string,
    private readonly options: OutputFileOptions,
  ) {
    const { force, never } = options
    const there = lstatSync(path, { throwIfNoEntry: false })
    if (there) {
      const target = statSync(path, { throwIfNoEntry: false })
      if (target?.isDirectory()) throw new UserError(`${path} is a folder`, ['name a file, such as rows.csv'])
      if (target && !target.isFile()) throw new UserError(`${path} is not a regular file`, ['without -o the rows go to standard output'])
      const own = statSync(never, { throwIfNoEntry: false })
      if (target && own && target.ino === own.ino && target.dev === own.dev)
        throw new UserError(`${path} is the case itself, which is never written`, ['choose another file with -o'])
      if (!force) throw exists(path)
    }
    this.partial = `${path}.partial`
    try {
      // Left by a run that was killed. Anything but a fresh file could be somebody else's.
      rmSync(this.partial, { force: true })
      closeSync(openSync(this.partial, 'wx', 0o600))
    } catch (error) {
      throw cannot(path, error)
    }
  }

  keep(): void {
    try {
      if (this.options.force) renameSync(this.partial, this.path)
      else this.linked()
      this.kept = true
    } catch (error) {
      throw error instanceof UserError ? error : cannot(this.path, error)
    }
  }

  /** A link is refused where a file has come up in the meantime; a rename would replace it. */
  private linked(): void {
    try {
      linkSync(this.partial, this.path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(this.path)
      // This file system has no links.
      renameSync(this.partial, this.path)
      return
    }
    rmSync(this.partial, { force: true })
  }

  /** Removes what is not whole; nothing after `keep`. */
  drop(): void {
    if (this.kept) return
    rmSync(this.partial, { force: true })
  }
}

const exists = (path: string): UserError => new UserError(`${path} exists already; it was left as it is`, ['--force replaces it'])

const cannot = (path: string, error: unknown): UserError =>
  new UserError(`${path} cannot be written: ${(error as Error).message}`, ['create the folder, or choose another file with -o'])
