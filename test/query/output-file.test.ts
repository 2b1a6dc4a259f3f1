import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OutputFile } from '../../src/query/output-file.js'
import { tempFolder } from '../sinks/rig.js'

function rig() {
  const folder = tempFolder()
  const never = join(folder, 'case.sqlite')
  writeFileSync(never, 'case')
  const path = join(folder, 'rows.csv')
  return { folder, never, path, open: (force = false, at = path) => new OutputFile(at, { force, never }) }
}

test('is there once it is whole, for its owner only', () => {
  const { path, open } = rig()
  const file = open()
  writeFileSync(file.partial, 'rows')
  expect(existsSync(path)).toBe(false)
  file.keep()
  file.drop()
  expect(readFileSync(path, 'utf8')).toBe('rows')
  expect(existsSync(file.partial)).toBe(false)
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('leaves nothing when it is not kept', () => {
  const { path, open } = rig()
  const file = open()
  file.drop()
  expect([existsSync(path), existsSync(file.partial)]).toEqual([false, false])
})

test('is written over another one only when told to', () => {
  const { path, open } = rig()
  writeFileSync(path, 'old')
  expect(() => open()).toThrow(/exists already/)
  const file = open(true)
  writeFileSync(file.partial, 'new')
  file.keep()
  expect(readFileSync(path, 'utf8')).toBe('new')
})

test('nor over one that came up in the meantime', () => {
  const { path, open } = rig()
  const file = open()
  writeFileSync(path, 'other')
  expect(() => file.keep()).toThrow(/exists already/)
  file.drop()
  expect([readFileSync(path, 'utf8'), existsSync(file.partial)]).toEqual(['other', false])
})

test('takes the place of what a killed run left', () => {
  const { path, open } = rig()
  writeFileSync(`${path}.partial`, 'half')
  const file = open()
  expect(readFileSync(file.partial, 'utf8')).toBe('')
  file.drop()
})

test('is never the case, a folder, or in a folder that is not there', () => {
  const { folder, never, open } = rig()
  mkdirSync(join(folder, 'sub'))
  expect(() => open(true, never)).toThrow(/the case itself/)
  symlinkSync(never, join(folder, 'link.csv'))
  expect(() => open(true, join(folder, 'link.csv'))).toThrow(/the case itself/)
  expect(() => open(true, join(folder, 'sub'))).toThrow(/is a folder/)
  expect(() => open(true, join(folder, 'none', 'rows.csv'))).toThrow(/cannot be written/)
  expect(readFileSync(never, 'utf8')).toBe('case')
})
