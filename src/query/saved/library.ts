/** The folders that hold saved queries: one `.sql` file each, named after the query; a later folder wins over an earlier one. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../model/user-error.js'
import { readSavedQuery, type SavedQuery } from './header.js'

/** A person keeps dozens; a folder given by mistake may hold anything. */
const MAX_FILES = 1000
/** SQL is typed or generated, never this long; a file given by mistake is. */
const MAX_BYTES = 1024 * 1024
const FILE = /^([A-Za-z0-9][\w.-]*)\.sql$/

export interface QueryFolder {
  readonly path: string
  /** The user's own, not one that came with the program. */
  readonly own: boolean
  /** Its absence is no mistake. */
  readonly optional: boolean
}

export interface LibraryEntry {
  readonly name: string
  readonly path: string
  readonly own: boolean
  /** The file of the same name that this one stands before. */
  readonly hides?: string | undefined
}

/** The queries there are, by name; the files are not read yet. */
export function libraryOf(folders: readonly QueryFolder[]): ReadonlyMap<string, LibraryEntry> {
  const found = new Map<string, LibraryEntry>()
  for (const { path: folder, own, optional } of folders)
    for (const file of filesOf(folder, optional)) {
      const name = FILE.exec(file)?.[1]
      if (name !== undefined) found.set(name, { name, path: join(folder, file), own, hides: found.get(name)?.path })
    }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export interface NameHelp {
  /** The known word closest to a mistyped one. */
  readonly suggest: (word: string, known: readonly string[]) => string | undefined
  /** The command that lists all. */
  readonly lists: string
}

/** Throws UserError when there is none of that name, or its file cannot be read. */
export function savedQuery(
  library: ReadonlyMap<string, LibraryEntry>,
  name: string,
  { suggest, lists }: NameHelp,
): LibraryEntry & SavedQuery {
  const entry = library.get(name)
  if (entry) return read(entry)
  const meant = suggest(name, [...library.keys()])
  throw new UserError(`there is no saved query "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`, [
    `${lists}   shows all`,
  ])
}

export function read(entry: LibraryEntry): LibraryEntry & SavedQuery {
  const { path } = entry
  try {
    const { size } = statSync(path)
    if (size > MAX_BYTES) throw new UserError(`${path} has ${size} bytes, more than the ${MAX_BYTES} that a query may have`)
    return { ...entry, ...readSavedQuery(entry.name, readFileSync(path, 'utf8'), path) }
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error)
  }
}

function filesOf(folder: string, optional: boolean): string[] {
  let files: string[]
  try {
    files = readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (optional && (code === 'ENOENT' || code === 'ENOTDIR')) return []
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new UserError(`${folder} is not a folder`, ['--queries takes a folder with .sql files, one query each'])
    throw unreadable(folder, error)
  }
  const queries = files.filter((file) => FILE.test(file)).sort()
  if (queries.length > MAX_FILES)
    throw new UserError(`${folder} holds ${queries.length} .sql files, more than the ${MAX_FILES} that are looked at`, [
      'keep those that are queries for audit in a folder of their own',
    ])
  return queries
}

const unreadable = (path: string, error: unknown): UserError =>
  new UserError(`${path} cannot be read: ${(error as Error).message}`, ['check the path and its permissions'])
