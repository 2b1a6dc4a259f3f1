/** Several files in one folder that appear together once all of them are whole. */
import { mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../model/user-error.js'
import { FileTarget } from '../sinks/ndjson/text-target.js'

/** Others may not list what a case holds. */
const FOLDER_MODE = 0o700

export class FileSet {
  private readonly files: FileTarget[] = []
  private readonly made: boolean
  readonly names: string[] = []

  /** Throws UserError for a folder that holds something, unless `force`: then files of the same names are replaced, others stay. */
  constructor(
    readonly folder: string,
    force: boolean,
  ) {
    const found = statOf(folder)
    if (found && !found.isDirectory()) throw new UserError(`${folder} is not a folder`, ['name a folder: each table is a file of its own'])
    if (found && !force && readdirSync(folder).length > 0)
      throw new UserError(`${folder} is not empty`, ['choose another folder with -o', '--force   replaces files of the same names there'])
    this.made = !found
    if (found) return
    try {
      mkdirSync(folder, { mode: FOLDER_MODE })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      const why = code === 'ENOENT' ? `the folder ${dirname(resolve(folder))} does not exist` : (error as Error).message
      throw new UserError(`${folder} cannot be created: ${why}`, ['create the folder above it, or choose another one with -o'])
    }
  }

  create(name: string): FileTarget {
    const path = join(this.folder, name)
    if (statOf(path)?.isDirectory()) throw new UserError(`${path} is a folder`, ['choose another folder with -o'])
    const file = new FileTarget(path)
    this.files.push(file)
    this.names.push(name)
    return file
  }

  publish(): void {
    for (const file of this.files) file.settle()
    for (const file of this.files) file.publish()
  }

  abort(): void {
    for (const file of this.files) file.abort()
    if (!this.made) return
    try {
      rmdirSync(this.folder)
    } catch {
      // Not empty: files of somebody else came meanwhile.
    }
  }
}

function statOf(path: string) {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
