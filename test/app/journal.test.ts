import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Hangup } from '../../src/app/cli/hangup.js'
import { isJournal, lineFor } from '../../src/app/cli/journal.js'

test('the journal is known by the stream itself, not by the variable alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'))
  const fd = openSync(join(folder, 'stream'), 'w')
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, fd)).toBe(true)
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino + 1n}` }, fd)).toBe(false)
    expect(isJournal({ JOURNAL_STREAM: `${dev}` }, fd)).toBe(false)
    expect(isJournal({}, fd)).toBe(false)
  } finally {
    closeSync(fd)
    rmSync(folder, { recursive: true })
  }
  expect(isJournal({ JOURNAL_STREAM: '1:2' }, 987_654)).toBe(false)
})

test('a line has its priority there, is plain elsewhere, and stays one line', () => {
  expect(lineFor(true, 'warning', 'audit: eth0 went down')).toBe('<4>audit: eth0 went down\n')
  expect(lineFor(false, 'error', 'audit: no')).toBe('audit: no\n')
  expect(lineFor(true, 'info', 'a\n<0>forged').split('\n')).toHaveLength(2)
})

test('SIGHUP reads again; when the terminal has gone it ends', () => {
  let terminal = true
  const seen: string[] = []
  const hangup = new Hangup(
    () => terminal,
    () => seen.push('end'),
  )
  process.emit('SIGHUP')
  hangup.calls(() => seen.push('reload'))
  process.emit('SIGHUP')
  terminal = false
  process.emit('SIGHUP')
  hangup.dispose()
  expect(seen).toEqual(['reload', 'reload', 'end'])
  const service = new Hangup(
    () => false,
    () => seen.push('end'),
  )
  service.calls(() => seen.push('reload'))
  process.emit('SIGHUP')
  service.dispose()
  expect(seen.at(-1)).toBe('reload')
})
