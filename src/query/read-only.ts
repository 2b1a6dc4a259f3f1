/** Which statements may run on a case: those that only read. The connection is read-only as well; this says why, in words. */
import { UserError } from '../model/user-error.js'

/** Pragmas that report and change nothing, by name; true = they take an argument that only chooses what is reported. */
const PRAGMAS: ReadonlyMap<string, boolean> = new Map([
  ['table_info', true],
  ['table_xinfo', true],
  ['table_list', true],
  ['index_list', true],
  ['index_info', true],
  ['index_xinfo', true],
  ['foreign_key_list', true],
  ['integrity_check', true],
  ['quick_check', true],
  ['foreign_key_check', true],
  ['database_list', false],
  ['collation_list', false],
  ['function_list', false],
  ['module_list', false],
  ['pragma_list', false],
  ['compile_options', false],
  ['application_id', false],
  ['user_version', false],
  ['schema_version', false],
  ['encoding', false],
  ['page_count', false],
  ['page_size', false],
  ['freelist_count', false],
  ['journal_mode', false],
])

const READERS = new Set(['select', 'with', 'values', 'explain'])
const WRITERS = new Set(['insert', 'update', 'delete', 'replace', 'create', 'drop', 'alter', 'vacuum', 'reindex', 'analyze'])
const SESSION = new Set(['begin', 'commit', 'end', 'rollback', 'savepoint', 'release'])

const READ_ONLY = 'a case is evidence, and queries only read it'
const COPY = ['copy the file and change the copy with another SQLite tool']

/** White space and comments before the first word. A comment that never ends takes the rest, as in SQLite. */
export function firstWordAt(sql: string): number {
  let at = 0
  for (;;) {
    while (at < sql.length && /[\s\ufeff;]/.test(sql[at]!)) at++
    if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at)
      at = end < 0 ? sql.length : end + 1
    } else if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at + 2)
      at = end < 0 ? sql.length : end + 2
    } else return at
  }
}

/** Throws UserError for anything that is not a reading statement. */
export function checkReads(sql: string): void {
  const text = sql.slice(firstWordAt(sql))
  const word = /^[A-Za-z_]+/.exec(text)?.[0].toLowerCase()
  if (word === undefined) {
    if (text === '') throw new UserError('there is no SQL to run', ['for example: select ts, query from dns limit 10'])
    throw new UserError('a query begins with SELECT, WITH, VALUES, EXPLAIN or PRAGMA')
  }
  if (READERS.has(word)) return
  if (word === 'pragma') {
    checkPragma(text)
    return
  }
  const upper = word.toUpperCase()
  if (WRITERS.has(word)) throw new UserError(`${upper} is refused: ${READ_ONLY}`, COPY)
  if (word === 'attach' || word === 'detach')
    throw new UserError(`${upper} is refused: a query sees one case and no other file`, [
      'query each case on its own, or analyze the captures into one',
    ])
  if (SESSION.has(word)) throw new UserError(`${upper} is refused: a query is one statement and needs no transaction`)
  throw new UserError(`${upper} is not a statement that reads; a query begins with SELECT, WITH, VALUES, EXPLAIN or PRAGMA`)
}

function checkPragma(text: string): void {
  const match = /^pragma\s+(?:\w+\s*\.\s*)?(\w+)\s*(\(|=)?/i.exec(text)
  const name = match?.[1]?.toLowerCase() ?? ''
  const takesArgument = PRAGMAS.get(name)
  if (takesArgument === undefined)
    throw new UserError(`PRAGMA ${name} is refused: only pragmas that report and change nothing are allowed`, [
      `allowed: ${[...PRAGMAS.keys()].join(', ')}`,
    ])
  if (match?.[2] === '=' || (match?.[2] === '(' && !takesArgument))
    throw new UserError(`setting PRAGMA ${name} is refused: ${READ_ONLY}`, COPY)
}

/** After the statement is compiled: what it would do, whatever it looked like. */
export function checkCompiled(statement: { readonly readonly: boolean; readonly reader: boolean }): void {
  if (!statement.readonly) throw new UserError(`the statement would change the case; ${READ_ONLY}`, COPY)
  if (!statement.reader) throw new UserError('the statement gives no rows')
}
