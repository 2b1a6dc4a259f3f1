/** What an earlier session left in a ring's folder without ending it: files that no list of sums vouches for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SUMS_FILE } from './ring.js'

/** As a ring names its files: interfaces, start, number. */
const RING_FILE = /-\d{8}T\d{6}Z-\d{6}\.pcapng$/
/** Names that the message repeats. */
const SHOWN = 3

/** What to tell of them; undefined when there are none. Looked at before this session writes its first file. */
export function unlistedFiles(folder: string): string | undefined {
  let names: string[]
  let listed: Set<string>
  try {
    names = readdirSync(folder).filter((name) => RING_FILE.test(name))
    if (names.length === 0) return undefined
    listed = new Set(
      sums(folder)
        .split('\n')
        .map((line) => line.slice(line.indexOf('  ') + 2)),
    )
  } catch {
    // A folder that may be written to and not listed hides what is there.
    return undefined
  }
  const found = names.filter((name) => !listed.has(name)).sort()
  if (found.length === 0) return undefined
  const shown = found.slice(0, SHOWN).join(', ')
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : ''
  return `${folder} holds ${shown}${more} without a sum in ${SUMS_FILE}: a session that still runs, or one that was killed; then what it had not written yet is lost, a second at most. audit analyze ${folder} -o CASE   reads what is there`
}

function sums(folder: string): string {
  try {
    return readFileSync(join(folder, SUMS_FILE), 'utf8')
  } catch {
    return ''
  }
}
