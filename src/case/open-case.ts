/** A case opened to be read by a command of ours; a user's own SQL runs in a process that can be killed, `src/query/`. */
import type { Database } from 'better-sqlite3'
import { UserError } from '../model/user-error.js'
import { caseState } from '../schema/case-check.js'
import { asUserError, openDatabase } from '../sinks/sqlite/case-file.js'

/** Another program may be closing the case, which folds its log in. */
const BUSY_MS = 5000

/**
 * Opens the case at `path` without write access. Integers of its rows come as bigint (`safeIntegers`), because a
 * nanosecond needs 64 bits; turn that off for a statement that reads none.
 *
 * Throws UserError for what is no case, a case of a newer layout, and a file that SQLite cannot open.
 */
export function openCase(path: string): Database {
  const state = caseState(path)
  if (state !== 'case')
    throw new UserError(state === 'absent' ? `${path} does not exist` : `${path} is empty: it is not a case`, [
      'audit analyze CAPTURE -o FILE   writes a case',
    ])
  const db = openDatabase(path, { readonly: true, timeout: BUSY_MS })
  try {
    db.pragma('query_only = 1')
    // A case may come from a stranger: its views may not call functions with effects, its pages are checked when read.
    db.pragma('trusted_schema = 0')
    db.pragma('cell_size_check = 1')
    db.defaultSafeIntegers(true)
    // The first read is what meets a log that cannot be opened, or a damaged first page.
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch (error) {
    db.close()
    throw asUserError(error, path)
  }
  return db
}
