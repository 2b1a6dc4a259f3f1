/** Where the running program lies: bundled, as compiled, or as source under a test runner. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's folder: the nearest one above with a package.json. */
export function programRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

/** The saved queries that come with the program, one `.sql` file each. */
export const shippedQueries = (): string => join(programRoot(), 'queries')

/** The script that runs one query in a process of its own. */
export const queryChild = (): string => join(programRoot(), 'dist/src/query/child.js')

/** The process in which another reader reads a capture. */
export const secondReader = (): string => join(programRoot(), 'dist/src/evidence/second-reader-child.js')

/** The thread that takes packets in a live session. */
export const captureWorker = (): string => join(programRoot(), 'dist/src/live/capture-worker.js')

/** The thread that looks for the processes behind sockets. */
export const processWorker = (): string => join(programRoot(), 'dist/src/live/process-worker.js')

/**
 * SHA-256 over the program files that run, so that a case can be matched to the very build that made it: relative path, size
 * and content of each, sorted by path, the same wherever the program is installed. Synchronous: 150 files of 3 MB take 8 ms.
 */
export function programHash(root = programRoot()): string {
  const folders = existsSync(join(root, 'dist/program')) ? ['bin', 'dist/program'] : ['bin', 'dist/commands', 'dist/src']
  const hash = createHash('sha256')
  for (const folder of folders) {
    const path = join(root, folder)
    if (!existsSync(path)) continue
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.c?js$/.test(file))
      .map((file) => join(path, file))
      .sort()
    for (const file of files) {
      const content = readFileSync(file)
      hash.update(`${relative(root, file).split(sep).join('/')}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}
