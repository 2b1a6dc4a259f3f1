/** The ring: files of the wished size and age, hashed and chained, the oldest removed, nobody's evidence written over. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Ring, type RingLimits, SUMS_FILE } from '../../src/live/ring.js'
import { UserError } from '../../src/model/user-error.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ring-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const limits: RingLimits = { fileBytes: 1000, fileMs: 60_000, totalBytes: 1e9, onFull: 'oldest' }
const content = { head: (comments: readonly string[]) => Buffer.from(`[${comments.join()}]`), tail: () => Buffer.from('.') }

function ringOf(change: Partial<RingLimits> = {}, where = folder) {
  const opened: string[] = []
  const removed: string[] = []
  const ring = new Ring(
    where,
    { ...limits, ...change },
    content,
    { opened: (p) => opened.push(p), removed: (p) => removed.push(p) },
    'eth0',
  )
  ring.prepare()
  return { ring, opened, removed }
}

const files = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.pcapng'))
const sha256 = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex')

test('a file is closed by size, by age and at the end, and names the one before', () => {
  const { ring, opened } = ringOf()
  ring.write(Buffer.alloc(995, 'a'), 0)
  ring.write(Buffer.alloc(10, 'b'), 1)
  ring.write(Buffer.alloc(10, 'c'), 2)
  ring.tick(59_000)
  expect(files()).toHaveLength(2)
  ring.tick(61_000)
  ring.write(Buffer.from('d'), 61_001)
  ring.close()
  expect(files()).toEqual(['eth0-000001.pcapng', 'eth0-000002.pcapng', 'eth0-000003.pcapng'])
  expect(opened.map((path) => path.slice(folder.length + 1))).toEqual(files())
  const [first, second, third] = files().map((name) => readFileSync(join(folder, name), 'latin1'))
  expect(first).toBe(`[]${'a'.repeat(995)}${'b'.repeat(10)}.`)
  expect(second).toBe(`[previous file: eth0-000001.pcapng sha256 ${sha256('eth0-000001.pcapng')}]${'c'.repeat(10)}.`)
  expect(third).toBe(`[previous file: eth0-000002.pcapng sha256 ${sha256('eth0-000002.pcapng')}]d.`)
  expect(execFileSync('sha256sum', ['-c', SUMS_FILE], { cwd: folder, encoding: 'utf8' })).toBe(
    files()
      .map((name) => `${name}: OK\n`)
      .join(''),
  )
})

test('only the owner can read it', () => {
  const inner = join(folder, 'new')
  const { ring } = ringOf({}, inner)
  ring.write(Buffer.from('x'), 0)
  ring.close()
  expect(statSync(inner).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(inner)) expect(statSync(join(inner, name)).mode & 0o777).toBe(0o600)
})

test('beyond the total the oldest files go; the newest stays', () => {
  const { ring, removed } = ringOf({ totalBytes: 3500 })
  for (let i = 0; i < 8; i++) ring.write(Buffer.alloc(1000, 48 + i), i)
  ring.close()
  expect(files()).toEqual(['eth0-000006.pcapng', 'eth0-000007.pcapng', 'eth0-000008.pcapng'])
  expect(removed).toHaveLength(5)
  expect(readFileSync(join(folder, SUMS_FILE), 'utf8').trim().split('\n')).toHaveLength(8)
})

test('an idle session leaves no file, and none is written over', () => {
  const { ring } = ringOf()
  ring.tick(1e9)
  ring.close()
  expect(readdirSync(folder)).toEqual([])
  writeFileSync(join(folder, 'eth0-000001.pcapng'), 'evidence')
  expect(() => ringOf().ring.write(Buffer.from('x'), 0)).toThrow(/EEXIST/)
  expect(readFileSync(join(folder, 'eth0-000001.pcapng'), 'utf8')).toBe('evidence')
})

test('a folder that cannot be is said in words', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => ringOf({}, join(folder, 'file'))).toThrow(UserError)
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0

test.skipIf(!canMount)('a full disk costs the oldest file, or ends the session, as wished', () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'ring', folder])
  try {
    const { ring, removed } = ringOf({ fileBytes: 60_000 })
    for (let i = 0; i < 20; i++) ring.write(Buffer.alloc(30_000, 48 + (i % 10)), i)
    ring.close()
    expect(removed.length).toBeGreaterThan(0)
    const kept = files()
    expect(kept.at(-1)).toBe('eth0-000010.pcapng')
    // What is left is whole.
    const sums = new Map(
      readFileSync(join(folder, SUMS_FILE), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split('  ').reverse() as [string, string]),
    )
    for (const name of kept) expect(sha256(name)).toBe(sums.get(name))
    for (const name of kept) rmSync(join(folder, name))
    const strict = ringOf({ fileBytes: 60_000, onFull: 'stop' }, join(folder, 'strict')).ring
    expect(() => {
      for (let i = 0; i < 20; i++) strict.write(Buffer.alloc(30_000), i)
    }).toThrow(/no space is left/)
    // What was written before is kept, up to the last whole piece.
    try {
      strict.close()
    } catch {
      // The list of sums may not fit either.
    }
    const strictFiles = readdirSync(join(folder, 'strict')).filter((name) => name.endsWith('.pcapng'))
    expect(statSync(join(folder, 'strict', strictFiles.at(-1)!)).size % 30_000).toBeLessThan(200)
  } finally {
    execFileSync('umount', [folder])
  }
})
