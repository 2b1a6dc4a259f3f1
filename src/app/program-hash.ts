/** SHA-256 over the program files that run: a case can be matched to the very build that made it. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(import.meta.url)
/** Holds `src` and `commands`, built or not. */
const BASE = fileURLToPath(new URL('../..', import.meta.url))

// Synchronous: some three hundred small files take 10 ms this way and four times that through the thread pool.
/** Over relative path and content of each file, sorted by path, so that it is the same wherever the program is installed. */
export function programHash(base = BASE, extension = extname(HERE)): string {
  const hash = createHash('sha256')
  for (const folder of ['commands', 'src']) {
    const entries = readdirSync(join(base, folder), { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(extension) && !entry.name.endsWith(`.d${extension}`))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .sort()
    for (const file of files) {
      const content = readFileSync(file)
      hash.update(`${relative(base, file).split(sep).join('/')}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}
