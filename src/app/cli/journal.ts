/** Lines for people on standard error; where the journal reads it, each with its priority in front: sd-daemon(3), systemd.exec(5) JOURNAL_STREAM. */
import { fstatSync } from 'node:fs'
import { sanitize } from '../../report/sanitize.js'

/** syslog(3) levels. */
export const levels = { error: 3, warning: 4, notice: 5, info: 6 } as const
export type Level = keyof typeof levels

const STDERR = 2

/** Standard error is a stream of the journal's, by device and inode: the variable alone is inherited by programs whose output goes elsewhere. */
export function isJournal(env: Readonly<Record<string, string | undefined>> = process.env, descriptor = STDERR): boolean {
  const given = /^(\d+):(\d+)$/.exec(env.JOURNAL_STREAM ?? '')
  if (!given) return false
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true })
    return dev === BigInt(given[1]!) && ino === BigInt(given[2]!)
  } catch {
    return false
  }
}

let journal: boolean | undefined

/** One line as it is written: cleaned, with its priority where that is understood, and ended. */
export function errorLine(level: Level, text: string): string {
  journal ??= isJournal()
  return lineFor(journal, level, text)
}

export const lineFor = (toJournal: boolean, level: Level, text: string): string =>
  `${toJournal ? `<${levels[level]}>` : ''}${sanitize(text)}\n`
