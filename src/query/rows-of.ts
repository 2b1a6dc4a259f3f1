/** The rows of a statement or a search as what formats take, and how they are written in each format. */
import type { Database, Statement } from 'better-sqlite3'
import { isFileFormat, isPacketFormat, rowWriter, type Value } from '../report/format/row-format.js'
import type { RowSource } from '../report/format/row-source.js'
import type { QueryDone, Written } from './job.js'
import { FileOutput, type StandardOutput, type TextOutput } from './output.js'

/** Characters gathered before they are written. */
const FLUSH_AT = 64 * 1024

/** What one run of a query gave so far. */
interface Count {
  rows: number
  more: boolean
}

/** The rows of a compiled statement, all of them. */
export function sourceOf(statement: Statement, values: readonly unknown[]): RowSource {
  return {
    columns: statement.columns().map(({ name, type, table, column }) => ({ name, declared: type, table, origin: column })),
    rows: () =>
      statement
        .raw()
        .safeIntegers()
        .iterate(...values) as Iterable<Value[]>,
  }
}

function limited({ columns, rows }: RowSource, maxRows: number | undefined, count: Count): RowSource {
  return {
    columns,
    *rows() {
      count.rows = 0
      count.more = false
      for (const row of rows()) {
        if (maxRows !== undefined && count.rows >= maxRows) {
          count.more = true
          return
        }
        count.rows++
        yield row
      }
    },
  }
}

/** Writes the rows where and how the job says. */
export async function writeRows(job: Written, db: Database, all: RowSource, standard: StandardOutput): Promise<QueryDone> {
  const count: Count = { rows: 0, more: false }
  let source = limited(all, job.maxRows, count)
  if (job.zone !== undefined && !isPacketFormat(job.format)) {
    const { withLocalTimes, Zone } = await import('../report/format/zoned-time.js')
    source = withLocalTimes(source, new Zone(job.zone))
  }
  const file = job.output === undefined ? undefined : new FileOutput(job.output)
  try {
    const notes = await write(job, db, source, file, file ?? standard)
    return { ...count, notes }
  } finally {
    file?.close()
  }
}

async function write(
  { format, width, color }: Written,
  db: Database,
  source: RowSource,
  file: FileOutput | undefined,
  out: TextOutput,
): Promise<readonly string[]> {
  if (isFileFormat(format)) {
    // The application asked for a file before; a format that is no text has no other place.
    if (!file) throw new Error(`${format} needs a file`)
    if (format === 'xlsx') return (await import('../report/format/xlsx-rows.js')).writeXlsx(source, file)
    return (await import('../report/format/parquet-rows.js')).writeParquet(source, file)
  }
  if (isPacketFormat(format)) {
    const [{ packetText }, { packetLookup }] = await Promise.all([
      import('../report/format/packet-filter.js'),
      import('./packet-lookup.js'),
    ])
    const { text, notes } = packetText(source, format, packetLookup(db))
    await out.write(text)
    return notes
  }
  const writer = rowWriter(format, { width: file ? undefined : width, color: file ? false : color })
  let text = writer.begin(source.columns.map(({ name }) => name))
  for (const row of source.rows()) {
    text += writer.row(row)
    if (text.length >= FLUSH_AT) {
      const wait = out.write(text)
      text = ''
      if (wait) await wait
    }
  }
  await out.write(text + writer.end())
  return []
}
