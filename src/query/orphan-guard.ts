/**
 * Ends this process when its parent is gone: while SQLite runs a query no event of this thread's loop does, so a second thread
 * looks. Without it a query whose terminal was closed would burn a core for ever.
 */
import { Worker } from 'node:worker_threads'

const EVERY_MS = 1000

const watch = `
const { workerData } = require('node:worker_threads')
setInterval(() => { if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL') }, ${EVERY_MS})
`

export function endWithParent(): void {
  new Worker(watch, { eval: true, workerData: process.ppid, execArgv: [] }).unref()
}
