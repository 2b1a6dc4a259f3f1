/** The saved queries as a list: for people in any format of rows, for programs with types, defaults and meanings. */
import { signature } from '../query/saved/values.js'
import { type RowFormat, rowWriter } from '../report/format/row-format.js'
import type { Saved } from './saved-queries.js'

/** @param width columns of the terminal that a table must fit */
export function savedList(queries: readonly Saved[], format: RowFormat, width?: number): string {
  if (format === 'json' || format === 'ndjson') return documents(queries, format)
  const writer = rowWriter(format, { width })
  let text = writer.begin(['name', 'answers', 'parameters'])
  for (const one of queries) text += writer.row([one.name, one.description, one.parameters.map(signature).join(', ')])
  return text + writer.end()
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
