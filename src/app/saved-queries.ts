/** The saved queries of this user: where they lie, what they are called, and one of them with its values. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseInstant } from '../config/instant-text.js'
import { nearest } from '../config/nearest.js'
import { UserError } from '../model/user-error.js'
import type { Parameters } from '../query/parameter.js'
import type { SavedQuery } from '../query/saved/header.js'
import { type LibraryEntry, libraryOf, read, savedQuery } from '../query/saved/library.js'
import { valuesFor } from '../query/saved/values.js'
import { shippedQueries } from './program.js'

export interface SavedQueriesOptions {
  /** --queries: a folder of this run. */
  readonly folder?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asked at the prompt, where they are listed and given values in other words than on a command line. */
  readonly prompt?: boolean
}

export type Saved = LibraryEntry & SavedQuery

/** The shipped ones, then those of $XDG_CONFIG_HOME/audit/queries, then those of --queries; later ones win. */
const library = ({ folder, env }: SavedQueriesOptions): ReadonlyMap<string, LibraryEntry> =>
  libraryOf([
    { path: shippedQueries(), own: false, optional: false },
    { path: ownFolder(env), own: true, optional: true },
    ...(folder === undefined ? [] : [{ path: resolve(folder), own: true, optional: false }]),
  ])

/** The XDG Base Directory Specification: a relative path there is invalid and ignored. */
export function ownFolder(env: SavedQueriesOptions['env']): string {
  const base = env.XDG_CONFIG_HOME
  return join(base?.startsWith('/') ? base : join(homedir(), '.config'), 'audit', 'queries')
}

export const findSaved = (name: string, options: SavedQueriesOptions): Saved =>
  savedQuery(library(options), name, { suggest: nearest, lists: options.prompt ? '.queries' : 'audit query --list' })

/** What must be known of one's own that stands before another. */
export const hidingNote = ({ name, path, hides }: Saved): string | undefined =>
  hides === undefined ? undefined : `${name} is read from ${path}, which stands before ${hides}`

/** All of them by name; files that cannot be read are told apart, since one of them must not hide the others. */
export function allSaved(options: SavedQueriesOptions): { readonly queries: readonly Saved[]; readonly problems: readonly string[] } {
  const queries: Saved[] = []
  const problems: string[] = []
  for (const entry of library(options).values())
    try {
      queries.push(read(entry))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      problems.push(error.message)
    }
  return { queries, problems }
}

/** @param given NAME=VALUE each */
export const savedValues = (query: SavedQuery, given: readonly string[], prompt = false): Parameters =>
  valuesFor(query, given, { suggest: nearest, time: timeText, flag: prompt ? '' : '--param ' })

function timeText(text: string): string | undefined {
  const at = parseInstant(text)
  if (at === undefined) return undefined
  return `${new Date(at.sec * 1000).toISOString().slice(0, 19)}.${String(at.nsec).padStart(9, '0')}Z`
}
