/**
 * The process that runs queries: SQLite cannot be interrupted from JavaScript, a process can be killed.
 *
 * It gets a job over the channel to its parent, writes rows to standard output or into a file and answers how many there were. It ends
 * with that, or waits for the next job when it is told to.
 */
import Database from 'better-sqlite3'
import { failureOf } from './failure.js'
import type { QueryAnswer, QueryJob } from './job.js'
import { endWithParent } from './orphan-guard.js'
import { StandardOutput } from './output.js'
import { boundValue } from './parameter.js'
import { checkCompiled, checkReads } from './read-only.js'
import { writeRows } from './rows-of.js'

/** Another program may be closing the case. */
const BUSY_MS = 5000

// Whoever reads our output has enough of it.
process.stdout.on('error', () => process.exit(0))
// Ctrl-C reaches every process of the terminal; ours is ended by its parent, which knows what is to be stopped.
process.on('SIGINT', () => {})

async function run(job: QueryJob): Promise<QueryAnswer> {
  const standard = new StandardOutput()
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
    return { ...(await writeRows(job, db, statement, values, standard)), bytes: standard.bytes }
  } catch (error) {
    return { failure: failureOf(error, job.sql, db), bytes: standard.bytes }
  } finally {
    db?.close()
  }
}

endWithParent()
process.on('message', (message) => {
  const job = message as QueryJob
  void run(job).then((answer) => {
    process.send?.(answer, () => {
      if (!job.stay) process.disconnect()
    })
  })
})
