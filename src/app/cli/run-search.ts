/** `audit query --search` between its flags and `searchCase`. */
import { UserError } from '../../model/user-error.js'
import { indexingNote, nothingFound, searchCase } from '../search.js'
import { type QueryFlags, runOne } from './run-query.js'

export interface SearchFlags extends QueryFlags {
  readonly search: string
  readonly fts?: boolean
}

export async function runSearchCommand(path: string, flags: SearchFlags): Promise<number> {
  const { search: words, fts = false } = flags
  if ((flags.param ?? []).length > 0) throw new UserError('--param gives values to SQL; --search takes words alone')
  return runOne(flags, async ({ parameters: _, ...given }) => {
    const indexing = (transactions: number): void => {
      const note = indexingNote(transactions)
      if (note !== undefined) process.stderr.write(`audit: ${note}\n`)
    }
    const result = await searchCase({ ...given, path, words, fts, env: process.env, indexing })
    if (result.rows > 0 || result.stopped) return result
    return { ...result, notes: [...result.notes, nothingFound(words)] }
  })
}
