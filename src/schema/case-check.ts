/** Says in words why a file is no case that this program can read; looks at its first bytes only and leaves it as it was. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { UserError } from '../model/user-error.js'
import { CASE_HEADER_BYTES, CASE_SCHEMA_VERSION, caseMark } from './case-mark.js'

export type CaseState = 'absent' | 'empty' | 'case'

/** Throws UserError for anything but a case, an empty file or no file. */
export function caseState(path: string): CaseState {
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) throw new UserError(`${path} is a folder, not a case`, ['name a file, such as case.sqlite'])
    if (!stat.isFile()) throw new UserError(`${path} is not a regular file`, ['a case is one SQLite file: name a path on a disk'])
    if (stat.size === 0) return 'empty'
  } catch (error) {
    if (error instanceof UserError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent'
    throw unreadable(path, error)
  }
  const mark = caseMark(headerOf(path))
  if (mark.is === 'other file')
    throw new UserError(`${path} is not a case, nor any SQLite file; it was left untouched`, [
      'name a case that audit analyze wrote, or a new file',
    ])
  if (mark.is === 'other database')
    throw new UserError(`${path} is a SQLite file, but not a case; it was left untouched`, [
      'name a case that audit analyze wrote, or a new file',
    ])
  if (mark.is === 'newer case')
    throw new UserError(
      `${path} was written by a newer version: its layout is ${mark.version}, this program knows ${CASE_SCHEMA_VERSION}`,
      ['update pcap-audit, then try again'],
    )
  return 'case'
}

const unreadable = (path: string, error: unknown): UserError =>
  new UserError(`${path} cannot be read: ${(error as Error).message}`, ['check the path and its permissions'])

function headerOf(path: string): Buffer {
  const header = Buffer.alloc(CASE_HEADER_BYTES)
  try {
    const fd = openSync(path, 'r')
    try {
      return header.subarray(0, readSync(fd, header, 0, CASE_HEADER_BYTES, 0))
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}
