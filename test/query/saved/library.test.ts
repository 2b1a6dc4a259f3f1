import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allSaved, findSaved, ownFolder } from '../../../src/app/saved-queries.js'
import { libraryOf } from '../../../src/query/saved/library.js'
import { tempFolder } from '../../sinks/rig.js'

function config(files: Readonly<Record<string, string>>): Record<string, string> {
  const base = tempFolder()
  const folder = join(base, 'audit', 'queries')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return { XDG_CONFIG_HOME: base }
}

describe('saved queries', () => {
  test("of one's own win over those that came along, and those of --queries over both", () => {
    const env = config({ 'coverage.sql': 'select 1', 'mine.sql': 'select 2' })
    expect(findSaved('coverage', { env })).toMatchObject({ own: true, sql: 'select 1', hides: expect.stringContaining('coverage.sql') })
    expect(findSaved('mine', { env })).toMatchObject({ own: true, hides: undefined })
    expect(findSaved('timeline', { env })).toMatchObject({ own: false })
    const folder = tempFolder()
    writeFileSync(join(folder, 'coverage.sql'), 'select 3')
    expect(findSaved('coverage', { env, folder })).toMatchObject({ sql: 'select 3', hides: join(ownFolder(env), 'coverage.sql') })
  })

  test('lie in $XDG_CONFIG_HOME, or in .config below the home folder', () => {
    expect(ownFolder({ XDG_CONFIG_HOME: '/etc/mine' })).toBe('/etc/mine/audit/queries')
    for (const value of [undefined, '', 'relative/folder'])
      expect(ownFolder({ XDG_CONFIG_HOME: value })).toMatch(/\/\.config\/audit\/queries$/)
  })

  test('of an unknown name are refused with the nearest', () => {
    const env = config({})
    expect(() => findSaved('slow-reqests', { env })).toThrow('there is no saved query "slow-reqests"; did you mean "slow-requests"?')
    expect(() => findSaved('../../etc/passwd', { env })).toThrow('there is no saved query')
  })

  test('that cannot be read do not hide the others', () => {
    const env = config({ 'bad.sql': '-- :x foo\nselect 1', 'good.sql': 'select 1', 'notes.txt': 'select 1', '-odd.sql': 'select 1' })
    mkdirSync(join(ownFolder(env), 'folder.sql'))
    const { queries, problems } = allSaved({ env })
    expect(queries.filter((one) => one.own).map((one) => one.name)).toEqual(['good'])
    expect(problems).toEqual([expect.stringContaining('bad.sql, line 1'), expect.stringMatching(/folder\.sql cannot be read/)])
  })

  test('need a folder that is there, when it was named', () => {
    const env = config({})
    expect(() => allSaved({ env, folder: '/nonexistent' })).toThrow('/nonexistent is not a folder')
    const file = join(tempFolder(), 'one.sql')
    writeFileSync(file, 'select 1')
    expect(() => allSaved({ env, folder: file })).toThrow(`${file} is not a folder`)
  })

  test('are not looked for in a folder of anything', () => {
    const folder = tempFolder()
    for (let i = 0; i <= 1000; i++) writeFileSync(join(folder, `q${i}.sql`), '')
    expect(() => libraryOf([{ path: folder, own: true, optional: false }])).toThrow(/holds 1001 \.sql files, more than the 1000/)
  })

  test('longer than a query ever is are refused', () => {
    const env = config({ 'dump.sql': `select '${'x'.repeat(1024 * 1024)}'` })
    expect(() => findSaved('dump', { env })).toThrow(/more than the 1048576 that a query may have/)
  })
})
