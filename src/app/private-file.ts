/** A file for its owner alone that appears under its name once it is whole, and never over another one unless that is wanted. */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../model/user-error.js'

export class PrivateFile {
  private fd: number | undefined
  private readonly partial: string
  /** Pipes and devices are written as they are. */
  private readonly special: boolean

  /** Throws UserError for what cannot be written. */
  constructor(
    readonly path: string,
    private readonly force: boolean,
  ) {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) throw new UserError(`${path} is a folder`, [`-o ${join(path, 'evidence.pcapng')}`])
    this.special = found !== undefined && !found.isFile()
    if (found?.isFile() && !force) throw alreadyThere(path)
    const folder = dirname(resolve(path))
    if (!existsSync(folder))
      throw new UserError(`${path} cannot be written: its folder does not exist`, ['create it, or choose another with -o'])
    this.partial = this.special ? path : `${path}.partial`
    try {
      // What an interrupted run left is of no use; a link that stands there is not followed.
      if (!this.special) rmSync(this.partial, { force: true })
      this.fd = openSync(this.partial, this.special ? 'w' : 'wx', 0o600)
    } catch (error) {
      throw new UserError(`${path} cannot be written: ${(error as Error).message}`, ['choose another file with -o'])
    }
  }

  write(bytes: Buffer): undefined {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd!, bytes, done)
    } catch (error) {
      throw new UserError(`${this.path} cannot be written: ${(error as Error).message}`, [
        'free some space, or write to another disk with -o',
      ])
    }
  }

  end(): void {
    if (!this.special) fsyncSync(this.fd!)
    closeSync(this.fd!)
    this.fd = undefined
    if (this.special) return
    try {
      if (this.force) renameSync(this.partial, this.path)
      else {
        // Unlike a rename, a link never takes the place of a file that came meanwhile.
        linkSync(this.partial, this.path)
        rmSync(this.partial)
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') throw alreadyThere(this.path)
      if (this.force || existsSync(this.path)) throw error
      // A file system without hard links.
      renameSync(this.partial, this.path)
    }
  }

  /** Leaves nothing behind. Never throws. */
  abort(): void {
    try {
      if (this.fd !== undefined) closeSync(this.fd)
      this.fd = undefined
      if (!this.special) rmSync(this.partial, { force: true })
    } catch {
      // A file that cannot be removed keeps its .partial name, which says what it is.
    }
  }
}

const alreadyThere = (path: string): UserError =>
  new UserError(`${path} exists; nothing is written over it`, ['choose another file with -o', '--force   replaces it'])
