/** `audit query --list`, `--show NAME` and `--name NAME`, between the flags and the saved queries. */
import { UserError } from '../../model/user-error.js'
import type { Parameters } from '../../query/parameter.js'
import { signature } from '../../query/saved/values.js'
import { type RowFormat, rowWriter } from '../../report/format/row-format.js'
import { sanitize, sanitizeLines } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { allSaved, findSaved, type Saved, savedValues } from '../saved-queries.js'
import { writeOut } from './base-command.js'

export interface SavedFlags {
  readonly queries?: string | undefined
  readonly param?: readonly string[] | undefined
}

const note = (text: string): void => void process.stderr.write(`audit: ${sanitize(text)}\n`)

function found(name: string, { queries: folder }: SavedFlags): Saved {
  const saved = findSaved(name, { folder, env: process.env })
  if (saved.hides !== undefined) note(`${saved.name} is read from ${saved.path}, which stands before ${saved.hides}`)
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

export async function listSaved(format: RowFormat, flags: SavedFlags): Promise<number> {
  if ((flags.param ?? []).length > 0) throw new UserError('--param gives values to a query; --list only names them')
  const { queries, problems } = allSaved({ folder: flags.queries, env: process.env })
  for (const problem of problems) note(`left out: ${problem}`)
  if (format === 'json' || format === 'ndjson') await writeOut(documents(queries, format))
  else {
    const { isTTY, columns } = process.stdout
    const writer = rowWriter(format, { width: isTTY ? columns || 80 : undefined })
    let text = writer.begin(['name', 'answers', 'parameters'])
    for (const one of queries) text += writer.row([one.name, one.description, one.parameters.map(signature).join(', ')])
    await writeOut(text + writer.end())
  }
  return exitCodes.done
}

function documents(queries: readonly Saved[], format: 'json' | 'ndjson'): string {
  const all = queries.map(({ name, description, parameters, path, own, hides }) => ({
    name,
    description,
    parameters: parameters.map(({ name, type, fallback, meaning }) => ({
      name,
      type,
      required: fallback === undefined,
      default: typeof fallback === 'string' && (type === 'integer' || type === 'real') ? Number(fallback) : (fallback ?? null),
      meaning,
    })),
    own,
    path,
    ...(hides === undefined ? {} : { hides }),
  }))
  return format === 'json' ? `${JSON.stringify(all, null, 2)}\n` : all.map((one) => `${JSON.stringify(one)}\n`).join('')
}
