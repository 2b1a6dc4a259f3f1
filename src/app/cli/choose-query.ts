/** Which of its jobs `audit query` was asked for: SQL as given, a saved query, or the saved ones themselves. */
import { UserError } from '../../model/user-error.js'
import { formatOf, type QueryFlags, runQueryCommand } from './run-query.js'
import { listSaved, type SavedFlags, savedForRun, showSaved } from './run-saved.js'

export interface QueryCommandFlags extends QueryFlags, SavedFlags {
  readonly name?: string | undefined
  readonly list?: boolean
  readonly show?: string | undefined
}

export interface QueryArguments {
  readonly case?: string | undefined
  readonly sql?: string | undefined
}

export async function chooseQuery({ case: path, sql }: QueryArguments, flags: QueryCommandFlags): Promise<number> {
  if (flags.list) return listSaved(formatOf(flags, process.stdout.isTTY === true, 'table'), flags)
  if (flags.show !== undefined) return showSaved(flags.show, flags)
  if (path === undefined)
    throw new UserError('which case is to be asked?', ['audit query CASE "select ..."', 'audit query --list   shows the saved queries'])
  if (flags.name === undefined) return runQueryCommand(path, sql, flags)
  if (sql !== undefined) throw new UserError('--name and SQL were both given, and only one can run', ['leave one of them out'])
  const saved = savedForRun(flags.name, flags)
  return runQueryCommand(path, saved.sql, flags, saved.bound)
}
