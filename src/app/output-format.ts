/** Which format a result is written in: the one asked for, or what the name of the file promises. */
import { extname } from 'node:path'
import { UserError } from '../model/user-error.js'
import { isFileFormat, type OutputFormat } from '../report/format/row-format.js'

const byEnding: Readonly<Record<string, OutputFormat>> = {
  '.txt': 'table',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.md': 'markdown',
  '.xlsx': 'xlsx',
  '.parquet': 'parquet',
}

/** @param usual the format where neither says one */
export function outputFormat(asked: OutputFormat | undefined, file: string | undefined, usual: OutputFormat): OutputFormat {
  if (file === undefined) {
    if (asked !== undefined && isFileFormat(asked))
      throw new UserError(`${asked} is no text: it needs a file`, [`-o FILE, such as -o rows.${asked}`])
    return asked ?? usual
  }
  if (asked !== undefined) return asked
  const format = byEnding[extname(file).toLowerCase()]
  if (format === undefined)
    throw new UserError(`${file}: its name says no format`, [`--format NAME, or a name that ends in ${Object.keys(byEnding).join(' ')}`])
  return format
}
