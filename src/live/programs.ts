/** Programs of the system, found by name where a user's PATH may not look: those that capture lie among the administrator's. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

export interface Program {
  readonly path: string
  /** This user may start it. */
  readonly usable: boolean
  /** Number of its group. */
  readonly gid: number
}

const USUAL: readonly string[] = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin']
/** Homebrew, and Wireshark as it is dragged into place. */
const USUAL_ON_MACOS: readonly string[] = ['/opt/homebrew/bin', '/Applications/Wireshark.app/Contents/MacOS']

/** The first that this user may start, else the first there is. */
export function findProgram(name: string, path = process.env.PATH ?? ''): Program | undefined {
  let found: Program | undefined
  const folders = [...path.split(delimiter), ...USUAL, ...(process.platform === 'darwin' ? USUAL_ON_MACOS : [])]
  for (const folder of folders) {
    // A program that lies where the user happens to stand is nobody's to run as root.
    if (!isAbsolute(folder)) continue
    const program = programAt(join(folder, name))
    if (program?.usable) return program
    found ??= program
  }
  return found
}

function programAt(path: string): Program | undefined {
  try {
    const stats = statSync(path)
    return stats.isFile() ? { path, usable: mayRun(path), gid: stats.gid } : undefined
  } catch {
    return undefined
  }
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
