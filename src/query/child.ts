/**
 * The process that runs one query or search: SQLite cannot be interrupted from JavaScript, a process can be killed.
 *
 * It gets a job over the channel to its parent, writes rows to standard output and answers how many there were.
 */
import Database from 'better-sqlite3'
import { rowWriter, type Value } from '../report/format/row-format.js'
import { sanitize } from '../report/sanitize.js'
import { createTable } from '../schema/sql.js'
import { findingTable } from '../schema/tables.js'
import { failureOf } from './failure.js'
import type { IntelJob, QueryAnswer, QueryJob, SearchJob, SearchProgress } from './job.js'
import { endWithParent } from './orphan-guard.js'
import { boundValue } from './parameter.js'
import { checkCompiled, checkReads } from './read-only.js'
import { openIndex } from './search/index-file.js'
import { foundColumns, search } from './search/search.js'

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

async function run(job: QueryJob | SearchJob): Promise<QueryAnswer> {
  let db: Database.Database | undefined
  const sql = 'sql' in job ? job.sql : ''
  try {
    if ('sql' in job) checkReads(job.sql)
    db = new Database(job.path, { readonly: true, fileMustExist: true, timeout: BUSY_MS })
    if ('sql' in job && job.intel) await lookFor(db, job.intel)
    db.pragma('query_only = 1')
    db.pragma('trusted_schema = 0')
    db.pragma('cell_size_check = 1')
    return 'sql' in job ? await query(db, job) : await find(db, job)
  } catch (error) {
    return { failure: failureOf(error, sql, db) }
  } finally {
    db?.close()
  }
}

/** The case is open for reading alone; what is found stands in a temporary table in front of the case's own. */
async function lookFor(db: Database.Database, { paths, views }: IntelJob): Promise<void> {
  const [{ readIntel }, { writeFindings }] = await Promise.all([import('../intel/read-list.js'), import('../intel/find.js')])
  const intel = await readIntel(paths)
  db.exec(createTable(findingTable, 'temp'))
  const { beyond, unread } = writeFindings(db, intel, views, { into: 'temp' })
  const said = [
    ...(beyond > 0 ? [`${beyond} more findings are not shown: the lists point at too much`] : []),
    ...(unread > 0 ? [`${unread} values of the case are too long to be looked at for indicators`] : []),
  ]
  for (const warning of [...intel.warnings, ...said]) process.stderr.write(`audit: ${sanitize(warning)}\n`)
}

function query(db: Database.Database, job: QueryJob): Promise<QueryAnswer> {
  const statement = db.prepare(job.sql)
  checkCompiled(statement)
  const { positional, named } = job.parameters
  const values: unknown[] = positional.map(boundValue)
  if (Object.keys(named).length > 0)
    values.push(Object.fromEntries(Object.entries(named).map(([name, value]) => [name, boundValue(value)])))
  const columns = statement.columns().map(({ name }) => name)
  const rows = statement
    .raw()
    .safeIntegers()
    .iterate(...values) as Iterable<Value[]>
  return write(columns, rows, job)
}

async function find(db: Database.Database, job: SearchJob): Promise<QueryAnswer> {
  const say = (progress: SearchProgress) => process.send?.(progress)
  const index = openIndex(job.path, db, job.indexFolder, (rows) => say({ indexing: rows }))
  say({ searching: true })
  try {
    return await write(foundColumns, search(db, index, job.expression), job)
  } finally {
    index.db.close()
  }
}

async function write(columns: readonly string[], all: Iterable<readonly Value[]>, job: QueryJob | SearchJob): Promise<QueryAnswer> {
  const writer = rowWriter(job.format, { width: job.width, color: job.color })
  let text = writer.begin(columns)
  let rows = 0
  let more = false
  for (const row of all) {
    if (job.maxRows !== undefined && rows >= job.maxRows) {
      more = true
      break
    }
    rows++
    text += writer.row(row)
    if (text.length >= FLUSH_AT) {
      const wait = written(text)
      text = ''
      if (wait) await wait
    }
  }
  await written(text + writer.end())
  return { rows, more }
}

endWithParent()
process.once('message', (job) => {
  void run(job as QueryJob | SearchJob).then((answer) => {
    process.send?.(answer, () => process.disconnect())
  })
})
