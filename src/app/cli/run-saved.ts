/** `audit query --list`, `--show NAME` and `--name NAME`, between the flags and the saved queries. */
import { UserError } from '../../model/user-error.js'
import type { Parameters } from '../../query/parameter.js'
import { isRowFormat, type OutputFormat, rowFormats } from '../../report/format/row-format.js'
import { sanitize, sanitizeLines } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { savedList } from '../saved-list.js'
import { allSaved, findSaved, hidingNote, type Saved, savedValues } from '../saved-queries.js'
import { writeOut } from './base-command.js'

export interface SavedFlags {
  readonly queries?: string | undefined
  readonly param?: readonly string[] | undefined
}

const note = (text: string): void => void process.stderr.write(`audit: ${sanitize(text)}\n`)

function found(name: string, { queries: folder }: SavedFlags): Saved {
  const saved = findSaved(name, { folder, env: process.env })
  const hiding = hidingNote(saved)
  if (hiding !== undefined) note(hiding)
  return saved
}

/** The SQL of a saved query with its values, for the case to be asked. */
export function savedForRun(name: string, flags: SavedFlags): { readonly sql: string; readonly bound: Parameters } {
  const saved = found(name, flags)
  return { sql: saved.sql, bound: savedValues(saved, flags.param ?? []) }
}

export async function showSaved(name: string, flags: SavedFlags): Promise<number> {
  const { sql } = found(name, flags)
  const text = sql.endsWith('\n') ? sql : `${sql}\n`
  // Into a file or a pipe it goes as it is, to be run elsewhere.
  await writeOut(process.stdout.isTTY ? sanitizeLines(text) : text)
  return exitCodes.done
}

export async function listSaved(format: OutputFormat, flags: SavedFlags): Promise<number> {
  if ((flags.param ?? []).length > 0) throw new UserError('--param gives values to a query; --list only names them')
  if (!isRowFormat(format))
    throw new UserError(`--list is no rows of a case: it is not written as ${format}`, [`formats: ${rowFormats.join(', ')}`])
  const { queries, problems } = allSaved({ folder: flags.queries, env: process.env })
  for (const problem of problems) note(`left out: ${problem}`)
  const { isTTY, columns } = process.stdout
  await writeOut(savedList(queries, format, isTTY ? columns || 80 : undefined))
  return exitCodes.done
}
