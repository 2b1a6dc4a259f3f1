/** Which of its jobs `audit query` was asked for: SQL as given, a saved query, a search, or the saved ones themselves. */
import { UserError } from '../../model/user-error.js'
import { askedFormat, type QueryFlags, runQueryCommand, runStatement } from './run-query.js'
import { listSaved, type SavedFlags, savedForRun, showSaved } from './run-saved.js'
import { runSearchCommand } from './run-search.js'

export interface QueryCommandFlags extends QueryFlags, SavedFlags {
  readonly name?: string | undefined
  readonly list?: boolean
  readonly show?: string | undefined
  readonly search?: string | undefined
  readonly fts?: boolean
}

export interface QueryArguments {
  readonly case?: string | undefined
  readonly sql?: string | undefined
}

export async function chooseQuery({ case: path, sql }: QueryArguments, flags: QueryCommandFlags): Promise<number> {
  if (flags.list) return listSaved(askedFormat(flags) ?? 'table', flags)
  if (flags.show !== undefined) return showSaved(flags.show, flags)
  if (path === undefined)
    throw new UserError('missing: CASE', ['audit query CASE "select ..."', 'audit query --list   shows the saved queries'])
  const { name, search } = flags
  const given = [sql !== undefined && 'SQL', name !== undefined && '--name', search !== undefined && '--search'].filter(Boolean)
  if (given.length > 1) throw new UserError(`${given.join(' and ')} were both given, and only one can run`, ['leave one of them out'])
  const intel = flags.intel ?? []
  if (search !== undefined && intel.length > 0)
    throw new UserError('--intel and --search were both given, and only one can run', ['leave one of them out'])
  if (search !== undefined) return runSearchCommand(path, { ...flags, search })
  // Lists alone ask what they point at.
  const wanted = name ?? (sql === undefined && intel.length > 0 ? 'findings' : undefined)
  if (wanted === undefined) return runQueryCommand(path, sql, flags)
  const saved = savedForRun(wanted, flags)
  return runStatement(path, saved.sql, flags, saved.bound)
}
