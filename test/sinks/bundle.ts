/** Builds a script of this repository into plain JavaScript, for tests that need a process of their own. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { afterAll } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const folders: string[] = []

/** Inside node_modules, so that the built script finds the packages it imports. */
export function bundle(script: string): string {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'audit-test-'))
  folders.push(folder)
  const out = join(folder, `${basename(script, '.ts')}.mjs`)
  const args = [
    resolve(root, script),
    '--dir',
    folder,
    '--entry-file-names',
    '[name].mjs',
    '--chunk-file-names',
    '[name].mjs',
    '--platform',
    'node',
    '--external',
    'better-sqlite3',
  ]
  execFileSync(join(root, 'node_modules', '.bin', 'rolldown'), args, { stdio: 'pipe' })
  return out
}
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
