/** The files in the places that a user names, to be told apart by their size first and their hash then. */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../model/user-error.js'
import { lookAt } from './file-hash.js'

export interface SearchOptions {
  readonly signal?: AbortSignal | undefined
  /** Told what was not searched, a sentence each. */
  readonly warn?: ((message: string) => void) | undefined
  /** Entries of folders looked at; for tests. */
  readonly maxVisited?: number
}

/** A disk of evidence has thousands of files, a home folder given by mistake has millions. */
const MAX_VISITED = 200_000

/** Throws UserError for a place that is not there: a mistyped one would be a capture not found, and the reason not said. */
export async function checkPlaces(places: readonly string[]): Promise<void> {
  for (const place of places)
    await stat(place).catch((error: NodeJS.ErrnoException) => {
      throw notAPlace(place, error)
    })
}

/** Paths of the regular files at and below `places`, by size. Throws UserError for a place that is not there. */
export async function filesBySize(places: readonly string[], options: SearchOptions): Promise<ReadonlyMap<number, readonly string[]>> {
  const { warn, signal, maxVisited = MAX_VISITED } = options
  const bySize = new Map<number, string[]>()
  const add = async (path: string): Promise<boolean> => {
    const look = await lookAt(path)
    if (!look) return false
    const alike = bySize.get(look.size)
    if (alike) alike.push(path)
    else bySize.set(look.size, [path])
    return true
  }
  const entered = new Set<string>()
  let visited = 0
  for (const place of places) {
    if (await add(place)) continue
    const waiting = [place]
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      signal?.throwIfAborted()
      const entries = await entriesOf(folder, entered).catch((error: NodeJS.ErrnoException) => {
        if (folder === place) throw notAPlace(place, error)
        warn?.(`${folder} was not searched: it cannot be read (${error.code})`)
        return []
      })
      for (const entry of entries) {
        if (++visited > maxVisited) {
          warn?.(`the search for captures ended after ${maxVisited} files: name a smaller folder with --captures`)
          return bySize
        }
        const path = join(folder, entry.name)
        if (entry.isDirectory()) waiting.push(path)
        else await add(path)
      }
    }
  }
  return bySize
}

/** Sorted by name; nothing for a folder that was entered under another name: links may run in a circle. */
async function entriesOf(folder: string, entered: Set<string>) {
  const real = await realpath(folder)
  if (entered.has(real)) return []
  entered.add(real)
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

const notAPlace = (place: string, { code }: NodeJS.ErrnoException): UserError =>
  new UserError(`--captures ${place} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`}`, [
    'name a folder with captures, or a capture',
  ])
