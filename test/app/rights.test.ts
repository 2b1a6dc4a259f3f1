import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const rights = resolve(import.meta.dirname, '../../dist/src/app/cli/rights.js')
const isRoot = process.getuid?.() === 0
const known = (name: string): boolean => spawnSync('id', [name]).status === 0

/** What a process of root becomes: user, group and further groups. */
function become(user: string): { uid: number; gid: number; groups: number[] } | string {
  const script = `import { dropRights } from ${JSON.stringify(rights)}
    try { dropRights(${JSON.stringify(user)}, {}) } catch (error) { console.log(JSON.stringify(error.message)); process.exit() }
    console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), groups: process.getgroups() }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe.skipIf(!isRoot || !known('nobody'))('rights are given up (as root, where there is a user nobody)', () => {
  test('to a user whose group has another name', () => {
    const nobody = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout)
    const group = Number(spawnSync('id', ['-g', 'nobody'], { encoding: 'utf8' }).stdout)
    expect(become('nobody')).toEqual({ uid: nobody, gid: group, groups: [group] })
    expect(become(String(nobody))).toEqual({ uid: nobody, gid: group, groups: [group] })
  })

  test('to a number that no user has', () => {
    expect(become('54321')).toEqual({ uid: 54321, gid: 54321, groups: [54321] })
  })

  test('to nobody that is not there', () => {
    expect(become('no-such-user')).toMatch(/this system has no such user/)
  })
})
