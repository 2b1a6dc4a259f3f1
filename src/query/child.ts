/**
 * The process that runs one query: SQLite cannot be interrupted from JavaScript, a process can be killed.
 *
 * It gets a job over the channel to its parent, writes rows to standard output and answers how many there were.
 */
import Database from 'better-sqlite3'
import { rowWriter, type Value } from '../report/format/row-format.js'
import { failureOf } from './failure.js'
import type { QueryAnswer, QueryJob } from './job.js'
import { endWithParent } from './orphan-guard.js'
import { boundValue } from './parameter.js'
import { checkCompiled, checkReads } from './read-only.js'

/** Characters gathered before they are written. */
const FLUSH_AT = 64 * 1024
/** Another program may be closing the case. */
const BUSY_MS = 5000

// Whoever reads our output has enough of it.
process.stdout.on('error', () => process.exit(0))

const written = (text: string): Promise<void> | undefined => {
  if (text === '' || process.stdout.write(text)) return undefined
  return new Promise((done) => process.stdout.once('drain', done))
}

async function run(job: QueryJob): Promise<QueryAnswer> {
  let db: Database.Database | undefined
  try {
    checkReads(job.sql)
    db = new Database(job.path, { readonly: true, fileMustExist: true, timeout: BUSY_MS })
    db.pragma('query_only = 1')
    db.pragma('trusted_schema = 0')
    db.pragma('cell_size_check = 1')
    const statement = db.prepare(job.sql)
    checkCompiled(statement)
    const { positional, named } = job.parameters
    const values: unknown[] = positional.map(boundValue)
    if (Object.keys(named).length > 0)
      values.push(Object.fromEntries(Object.entries(named).map(([name, value]) => [name, boundValue(value)])))
    const writer = rowWriter(job.format, { width: job.width, color: job.color })
    let text = writer.begin(statement.columns().map(({ name }) => name))
    let rows = 0
    let more = false
    for (const row of statement
      .raw()
      .safeIntegers()
      .iterate(...values)) {
      if (job.maxRows !== undefined && rows >= job.maxRows) {
        more = true
        break
      }
      rows++
      text += writer.row(row as Value[])
      if (text.length >= FLUSH_AT) {
        const wait = written(text)
        text = ''
        if (wait) await wait
      }
    }
    await written(text + writer.end())
    return { rows, more }
  } catch (error) {
    return { failure: failureOf(error, job.sql, db) }
  } finally {
    db?.close()
  }
}

endWithParent()
process.once('message', (job) => {
  void run(job as QueryJob).then((answer) => {
    process.send?.(answer, () => process.disconnect())
  })
})
