/** What SQLite says about a query, in words for who wrote it. */
import type { Database } from 'better-sqlite3'
import { UserError } from '../model/user-error.js'
import type { QueryFailure } from './job.js'

/** Names listed in a message; a case has about thirty tables, a view about fifty columns. */
const MAX_NAMES = 80

export function failureOf(error: unknown, sql: string, db: Database | undefined): QueryFailure {
  if (error instanceof UserError) return { message: error.message, nextSteps: error.nextSteps }
  if (!(error instanceof Error)) return { message: String(error), nextSteps: [] }
  const { message } = error
  const code = String((error as { code?: unknown }).code ?? '')
  if (error instanceof RangeError || error instanceof TypeError) return bindingFailure(error, message)
  if (!code.startsWith('SQLITE_')) return { message, nextSteps: [], ...(error.stack === undefined ? {} : { stack: error.stack }) }
  const table = /^no such table: (?:main\.)?(.+)$/.exec(message)?.[1]
  if (table !== undefined && db) {
    const known = tablesOf(db)
    return {
      message: `there is no table or view "${table}" in this case`,
      nextSteps: [`it has: ${names(known)}`],
      unknown: { name: table, known },
    }
  }
  const column = /^no such column: (?:"?\w+"?\.)?"?([^"]+?)"?(?: - .*)?$/.exec(message)?.[1]
  if (column !== undefined && db) {
    const known = columnsNear(db, sql)
    const quotes = sql.includes(`"${column}"`) ? ['text stands in single quotes; double quotes name a column'] : []
    return {
      message: `there is no column "${column}" in what the query reads`,
      nextSteps: [...quotes, ...(known.length > 0 ? [`it has: ${names(known)}`] : [])],
      unknown: { name: column, known },
    }
  }
  if (/not authorized/.test(message))
    return { message: 'the query asks for something that is refused here, such as loading an extension', nextSteps: [] }
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY'))
    return {
      message: `the case cannot be opened: ${message}`,
      nextSteps: ['a run that was killed leaves a log beside the case; copy both to a folder that you may write to'],
    }
  if (code.startsWith('SQLITE_BUSY'))
    return { message: 'the case is locked by another program', nextSteps: ['try again when that is done'] }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return { message: `the case is damaged: ${message}`, nextSteps: ['restore it from a copy, or analyze the captures again'] }
  return { message: `SQL: ${message}`, nextSteps: [] }
}

function bindingFailure(error: Error, message: string): QueryFailure {
  const missing = /Missing named parameters?(?: "(\w+)")?/.exec(message)
  if (missing)
    return {
      message: `the query has a parameter without a value${missing[1] ? `: ${missing[1]}` : ''}`,
      nextSteps: [`--param ${missing[1] ?? 'name'}=value`],
    }
  if (/Too (few|many) parameter/.test(message))
    return {
      message: message.charAt(0).toLowerCase() + message.slice(1),
      nextSteps: ['give one value for each ? in the query, with --param'],
    }
  if (/more than one statement/.test(message))
    return { message: 'a query is one statement; this is more than one', nextSteps: ['run them one by one'] }
  if (/contains no statements/.test(message)) return { message: 'there is no SQL to run', nextSteps: [] }
  return { message, nextSteps: [], ...(error.stack === undefined ? {} : { stack: error.stack }) }
}

const names = (all: readonly string[]): string => (all.length > MAX_NAMES ? `${all.slice(0, MAX_NAMES).join(', ')} ...` : all.join(', '))

function tablesOf(db: Database): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'tx\\_%' ESCAPE '\\' ORDER BY name"
  return db.prepare(sql).pluck().all() as string[]
}

/** Columns of the tables and views whose names occur in the query. */
function columnsNear(db: Database, sql: string): string[] {
  const words = new Set(sql.toLowerCase().match(/\w+/g) ?? [])
  const near = tablesOf(db).filter((name) => words.has(name.toLowerCase()))
  return [...new Set(near.flatMap((name) => db.prepare('SELECT name FROM pragma_table_xinfo(?)').pluck().all(name) as string[]))]
}
