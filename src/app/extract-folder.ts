/**
 * A folder of captured files: new or empty, for its owner alone, and gone again unless it was finished. Every file in it is made here,
 * under a name that did not exist; nothing is followed, replaced or made executable.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../model/user-error.js'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
/** Where bodies wait and files grow; gone at the end. */
const PARTIAL = '.partial'

export class ExtractFolder {
  private readonly partial: string
  private readonly written: string[] = []
  private readonly isNew: boolean
  private temporary = 0
  private done = false

  readonly path: string

  /** Throws UserError for what is there already, and for what cannot be made. */
  constructor(given: string) {
    // With a slash behind it a link would be followed before it is looked at.
    const path = resolve(given)
    this.path = path
    const found = lstatSync(path, { throwIfNoEntry: false })
    const other = ['choose another folder with --extract']
    if (found?.isSymbolicLink()) throw new UserError(`${path} is a link, and links are not followed`, other)
    if (found && !found.isDirectory()) throw new UserError(`${path} is a file`, other)
    this.isNew = !found
    this.partial = join(path, PARTIAL)
    try {
      if (found && readdirSync(path).length > 0) throw new UserError(`${path} is not empty; nothing is written over files`, other)
      if (!found) mkdirSync(path, { mode: 0o700 })
      mkdirSync(this.partial, { mode: 0o700 })
    } catch (error) {
      if (error instanceof UserError) throw error
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      throw new UserError(
        missing ? `${path} cannot be made: ${dirname(path)} does not exist` : `${path} cannot be written: ${(error as Error).message}`,
        other,
      )
    }
  }

  /** For files that wait; it goes with the folder, or at its end. */
  get waitingRoom(): string {
    return this.partial
  }

  /** A file that has no name yet. */
  begin(): GrowingFile {
    return new GrowingFile(join(this.partial, `new-${++this.temporary}`))
  }

  /** Gives a file of the waiting room its name; throws UserError when it cannot. */
  place(from: string, name: string): void {
    const to = join(this.path, name)
    try {
      try {
        linkSync(from, to)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
        // A file system without hard links.
        copyFileSync(from, to, constants.COPYFILE_EXCL)
      }
      this.written.push(to)
      rmSync(from, { force: true })
    } catch (error) {
      throw unwritable(to, error)
    }
  }

  /** A small file of our own. */
  write(name: string, text: string): void {
    const file = this.begin()
    file.write(Buffer.from(text))
    file.close()
    this.place(file.path, name)
  }

  finish(): void {
    rmSync(this.partial, { recursive: true, force: true })
    this.done = true
  }

  /** Leaves nothing of an unfinished one behind. Never throws. */
  abort(): void {
    if (this.done) return
    this.done = true
    try {
      for (const path of this.written) rmSync(path, { force: true })
      rmSync(this.partial, { recursive: true, force: true })
      if (this.isNew) rmdirSync(this.path)
    } catch {
      // What somebody else put there meanwhile stays, and so does the folder.
    }
  }
}

export class GrowingFile {
  private readonly fd: number
  private open = true

  constructor(readonly path: string) {
    try {
      this.fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    } catch (error) {
      throw unwritable(path, error)
    }
  }

  write(bytes: Buffer): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done)
    } catch (error) {
      throw unwritable(this.path, error)
    }
  }

  close(): void {
    if (this.open) closeSync(this.fd)
    this.open = false
  }

  drop(): void {
    this.close()
    rmSync(this.path, { force: true })
  }
}

const unwritable = (path: string, error: unknown): UserError =>
  new UserError(`${path} cannot be written: ${(error as Error).message}`, ['free some space, or choose another folder with --extract'])
