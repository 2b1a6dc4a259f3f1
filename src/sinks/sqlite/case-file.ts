/** The case as a file: how it is created, opened, and left behind; what SQLite says about the disk, in words. */
import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { UserError } from '../../model/user-error.js'

/** Refuses early what could not be written at the end of hours of decoding. */
export function checkWritable(path: string): void {
  const folder = dirname(resolve(path))
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code === 'ENOENT' ? `the folder ${folder} does not exist` : `no permission to write there (${code})`
    throw new UserError(`${path} cannot be written: ${why}`, ['create the folder, or choose another file with -o'])
  }
}

/** Creates the file for its owner alone; SQLite gives its journal files the same mode. */
export function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw new UserError(`${path} cannot be created: ${(error as Error).message}`, ['choose another file with -o'])
  }
}

export function openDatabase(path: string, options: { readonly?: boolean; timeout?: number } = {}): Database.Database {
  const full = resolve(path)
  // The binding trims the name it is given, which would open another file.
  if (full !== full.trim()) throw new UserError(`${path} ends in white space, which SQLite cannot open`, ['choose another file'])
  try {
    return new Database(full, { fileMustExist: true, readonly: options.readonly ?? false, timeout: options.timeout ?? 0 })
  } catch (error) {
    throw asUserError(error, path)
  }
}

/**
 * What SQLite says about the disk and about other programs, in words; anything else is a bug and passes as it is.
 * @param committed the run has made a part of its rows visible, which stay
 */
export function asUserError(error: unknown, path: string, committed = false): unknown {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error
  const name = basename(path)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new UserError(`${name} is in use: another program is writing to it or holds it open`, [
      'wait until the other run is done, or close the program that has the case open, then run again',
    ])
  if (code === 'SQLITE_FULL')
    return new UserError(
      `no space is left on the disk for ${name}; ${committed ? 'it holds what was committed by then' : 'the case is as it was before this run'}`,
      ['free some space, or write the case to another disk with -o'],
    )
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_PERM'))
    return new UserError(`${name} cannot be opened for this: ${(error as Error).message}`, [
      'check the permissions of the file and its folder',
    ])
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new UserError(`${name} is damaged: ${(error as Error).message}`, [
      'restore it from a copy, or analyze the captures into a new case',
    ])
  if (code.startsWith('SQLITE_IOERR'))
    return new UserError(`the disk failed while ${name} was used: ${(error as Error).message}`, ['check the disk, then run again'])
  return error
}

/** Folds the log into the file; false when a reader holds a part of it, and the file alone is not the whole case. */
export function foldLog(db: Database.Database): boolean {
  const [{ busy }] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: number }]
  return busy === 0
}

/** One plain file at rest: the log is folded in and gone. A reader that still has the case open keeps the log alive. */
export function settle(db: Database.Database): void {
  foldLog(db)
  try {
    db.pragma('journal_mode = DELETE')
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
  }
  db.close()
}

export function removeCase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
}

export function syncFile(path: string): void {
  const fd = openSync(path, 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The name of a new file is durable once its folder is. */
export function syncFolder(path: string): void {
  try {
    const fd = openSync(dirname(resolve(path)), 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    // Folders cannot be opened on Windows, nor synced on some network disks; the file itself is safe.
  }
}
