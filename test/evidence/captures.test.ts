import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, test } from 'vitest'
import { type CaptureRecord, captureRecords } from '../../src/evidence/capture-rows.js'
import { CaptureFinder, refusalOf } from '../../src/evidence/captures.js'
import { UserError } from '../../src/model/user-error.js'

const content = Buffer.from('the bytes of a capture')
const sha256 = createHash('sha256').update(content).digest('hex')

let folder: string
let capture: CaptureRecord
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-captures-'))
  capture = {
    id: 1,
    runId: 1,
    name: 'a.pcap',
    path: join(folder, 'evidence/a.pcap'),
    size: content.length,
    sha256,
    innerSha256: null,
    compression: 'none',
    packets: 3,
    firstNs: 1n,
    lastNs: 2n,
  }
})

function put(name: string, bytes: Buffer = content): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, bytes)
  return path
}
const finder = (places: string[] = [], more: object = {}) =>
  new CaptureFinder({ casePath: join(folder, 'cases/case.sqlite'), places, ...more })

describe('a capture is found again', () => {
  test('where it was', async () => {
    const path = put('evidence/a.pcap')
    expect(await finder().locate(capture)).toMatchObject({ state: 'found', file: { path } })
  })

  test('by a path relative to the case, and beside it', async () => {
    const inFolder = put('cases/evidence/a.pcap')
    const relative = { ...capture, path: 'evidence/a.pcap' }
    expect(await finder().locate(relative)).toMatchObject({ state: 'found', file: { path: inFolder } })
    renameSync(inFolder, join(folder, 'cases/a.pcap'))
    expect(await finder().locate(relative)).toMatchObject({ state: 'found', file: { path: join(folder, 'cases/a.pcap') } })
  })

  test('in a named folder, under any name, past a file that only looks like it', async () => {
    put('evidence/a.pcap', Buffer.from('not the bytes of it...'))
    put('disk/a.pcap', Buffer.from('other bytes, same size'))
    const moved = put('disk/deep/er/renamed.bin')
    expect(await finder([join(folder, 'disk')]).locate(capture)).toMatchObject({ state: 'found', file: { path: moved } })
    expect(await finder([moved]).locate(capture)).toMatchObject({ state: 'found', file: { path: moved } })
  })

  test('read from standard input, by its hash alone', async () => {
    const kept = put('disk/kept.pcap')
    const piped = { ...capture, path: '-', name: '-' }
    expect(await finder([join(folder, 'disk')]).locate(piped)).toMatchObject({ state: 'found', file: { path: kept } })
    const missing = await finder().locate(piped)
    expect(missing.state).toBe('missing')
    expect(refusalOf(missing)?.message).toContain('standard input')
  })

  test('hashing a file once, however many captures it could be', async () => {
    put('evidence/a.pcap')
    let bytes = 0
    const one = finder([], { onBytes: (n: number) => (bytes += n) })
    await one.locateAll([capture, { ...capture, id: 2 }])
    expect(bytes).toBe(content.length)
  })

  test('through links that run in a circle', async () => {
    const kept = put('disk/kept.pcap')
    symlinkSync(join(folder, 'disk'), join(folder, 'disk/loop'))
    expect(await finder([join(folder, 'disk')]).locate(capture)).toMatchObject({ state: 'found', file: { path: kept } })
  })
})

describe('a capture that cannot be used', () => {
  test('has other bytes', async () => {
    put('evidence/a.pcap', Buffer.from('not the bytes of it...'))
    const found = await finder().locate(capture)
    expect(found.state).toBe('changed')
    expect(refusalOf(found)?.message).toMatch(new RegExp(`has sha256 [0-9a-f]{64}, it had ${sha256}`))
  })

  test('has another length, which needs no hash', async () => {
    put('evidence/a.pcap', Buffer.from('short'))
    const found = await finder().locate(capture)
    expect(found).toMatchObject({ state: 'changed', sha256: undefined })
    expect(refusalOf(found)?.message).toContain('has 5 bytes, it had 22')
  })

  test('is gone', async () => {
    const found = await finder().locate(capture)
    expect(found.state).toBe('missing')
    expect(refusalOf(found)?.nextSteps.join()).toContain('--captures')
  })

  test('has no hash in the case', async () => {
    const path = put('evidence/a.pcap')
    expect(await finder().locate({ ...capture, sha256: null })).toMatchObject({ state: 'unprovable', file: { path } })
  })

  test('is no regular file', async () => {
    expect(await finder().locate({ ...capture, path: '/dev/zero' })).toMatchObject({ state: 'missing' })
    expect(await finder().locate({ ...capture, path: 'a\0b' })).toMatchObject({ state: 'missing' })
  })

  test.skipIf(process.getuid?.() === 0)('may not be read', async () => {
    chmodSync(put('evidence/a.pcap'), 0)
    expect(await finder().locate(capture)).toMatchObject({ state: 'unreadable', reason: 'EACCES' })
  })
})

describe('the named places', () => {
  test('must be there', async () => {
    await expect(finder([join(folder, 'nowhere')]).locate(capture)).rejects.toThrow(UserError)
  })

  test('are searched up to a limit, which is said', async () => {
    for (let i = 0; i < 5; i++) put(`disk/${i}`, Buffer.from(String(i)))
    const said: string[] = []
    const search = finder([join(folder, 'disk')], { maxVisited: 3, warn: (text: string) => said.push(text) })
    expect((await search.locate(capture)).state).toBe('missing')
    expect(said.join()).toContain('ended after 3 files')
  })

  test('an interruption ends the search', async () => {
    put('evidence/a.pcap')
    await expect(finder([], { signal: AbortSignal.abort() }).locate(capture)).rejects.toThrow(/abort/i)
    rmSync(folder, { recursive: true })
  })
})

describe('the rows of capture', () => {
  const table = 'CREATE TABLE capture (id, run_id, name, path, size, sha256, inner_sha256, compression, packets, first_ns, last_ns)'
  const rowsOf = (values: string): CaptureRecord[] => {
    const db = new Database(':memory:')
    db.exec(`${table}; INSERT INTO capture VALUES (${values})`)
    return captureRecords(db)
  }

  test('are read exactly', () => {
    const [row] = rowsOf(`1, 1, 'a', 'x/a', 5, '${sha256}', NULL, 'none', 2, 1440662455638957001, NULL`)
    expect(row).toMatchObject({ id: 1, size: 5, sha256, innerSha256: null, firstNs: 1440662455638957001n, lastNs: null })
  })

  test.each([
    ["1, 1, 'a', 'a', -5, NULL, NULL, 'none', 2, 1, 2", 'size'],
    ["1, 1, 'a', 'a', 5, 'no hash', NULL, 'none', 2, 1, 2", 'sha256'],
    ["1, 1, NULL, 'a', 5, NULL, NULL, 'none', 2, 1, 2", 'name'],
    ["1, 1, 'a', 'a', 5, NULL, NULL, 'none', 2, 'x', 2", 'first_ns'],
  ])('that were edited are refused: %s', (values, column) => {
    expect(() => rowsOf(values)).toThrow(new RegExp(`capture 1 has a ${column}`))
  })
})
