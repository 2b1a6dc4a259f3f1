/**
 * The process that runs queries and searches: SQLite cannot be interrupted from JavaScript, a process can be killed.
 *
 * It gets a job over the channel to its parent, writes rows to standard output or into a file and answers how many there were. It ends
 * with that, or waits for the next job when it is told to.
 */
import Database from 'better-sqlite3'
import type { RowSource } from '../report/format/row-source.js'
import { sanitize } from '../report/sanitize.js'
import { createTable } from '../schema/sql.js'
import { findingTable } from '../schema/tables.js'
import { failureOf } from './failure.js'
import type { IntelJob, Job, QueryAnswer, QueryDone, QueryJob, SearchJob, SearchProgress } from './job.js'
import { endWithParent } from './orphan-guard.js'
import { StandardOutput } from './output.js'
import { boundValue } from './parameter.js'
import { checkCompiled, checkReads } from './read-only.js'
import { sourceOf, writeRows } from './rows-of.js'

/** Another program may be closing the case. */
const BUSY_MS = 5000

// Whoever reads our output has enough of it.
process.stdout.on('error', () => process.exit(0))
// Ctrl-C reaches every process of the terminal; ours is ended by its parent, which knows what is to be stopped.
process.on('SIGINT', () => {})

async function run(job: Job): Promise<QueryAnswer> {
  const standard = new StandardOutput()
  let db: Database.Database | undefined
  const sql = 'sql' in job ? job.sql : ''
  try {
    if ('sql' in job) checkReads(job.sql)
    db = new Database(job.path, { readonly: true, fileMustExist: true, timeout: BUSY_MS })
    db.pragma('trusted_schema = 0')
    db.pragma('cell_size_check = 1')
    if ('sql' in job && job.intel) await lookFor(db, job.intel)
    db.pragma('query_only = 1')
    const done = 'sql' in job ? await writeRows(job, db, compiled(db, job), standard) : await find(db, job, standard)
    return { ...done, bytes: standard.bytes }
  } catch (error) {
    return { failure: failureOf(error, sql, db), bytes: standard.bytes }
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

function compiled(db: Database.Database, { sql, parameters: { positional, named } }: QueryJob): RowSource {
  const statement = db.prepare(sql)
  checkCompiled(statement)
  const values: unknown[] = positional.map(boundValue)
  if (Object.keys(named).length > 0)
    values.push(Object.fromEntries(Object.entries(named).map(([name, value]) => [name, boundValue(value)])))
  return sourceOf(statement, values)
}

async function find(db: Database.Database, job: SearchJob, standard: StandardOutput): Promise<QueryDone> {
  const [{ openIndex }, { foundColumns, search }] = await Promise.all([import('./search/index-file.js'), import('./search/search.js')])
  const say = (progress: SearchProgress) => process.send?.(progress)
  const index = openIndex(job.path, db, job.indexFolder, (rows) => say({ indexing: rows }))
  say({ searching: true })
  try {
    const columns = foundColumns.map((name) => ({ name, declared: null, table: null, origin: null }))
    return await writeRows(job, db, { columns, rows: () => search(db, index, job.expression) }, standard)
  } finally {
    index.db.close()
  }
}

endWithParent()
process.on('message', (message) => {
  const job = message as Job
  void run(job).then((answer) => {
    process.send?.(answer, () => {
      if (!job.stay) process.disconnect()
    })
  })
})
