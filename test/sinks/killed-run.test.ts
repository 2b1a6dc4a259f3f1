/** SIGKILL at any time leaves a case that any tool can read, without the half-written capture. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { bundle } from './bundle.js'
import { dump, record, select, tempFolder, writeRun } from './rig.js'

let writer: string
beforeAll(() => {
  writer = bundle('test/sinks/endless-writer.ts')
}, 60_000)

async function killInTheMiddle(path: string): Promise<void> {
  const child = spawn(process.execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
}

test('a case of one capture stays as it was', { timeout: 60_000 }, async () => {
  const folder = tempFolder()
  const path = join(folder, 'case.sqlite')
  await writeRun(openCase(path), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records: [record(1, 1), record(2, 2)] })
  const before = dump(path)
  await killInTheMiddle(path)
  expect(dump(path)).toEqual(before)
  expect(select(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  expect(readdirSync(folder).filter((name) => name.includes('stage'))).toEqual([])
  // The next run works as if nothing had happened.
  await writeRun(openCase(path), { captures: [{ name: 'b.pcap', sha256: 'bbbb' }], records: [record(3, 3)] })
  expect(select(path, 'SELECT count(*) AS n FROM tx')).toEqual([{ n: 3n }])
  expect(readdirSync(folder)).toEqual(['case.sqlite'])
})

test('a new case is readable and empty', { timeout: 60_000 }, async () => {
  const path = join(tempFolder(), 'case.sqlite')
  await killInTheMiddle(path)
  expect(existsSync(path)).toBe(true)
  expect(select(path, 'SELECT (SELECT count(*) FROM capture) AS captures, (SELECT count(*) FROM tx) AS transactions')).toEqual([
    { captures: 0n, transactions: 0n },
  ])
})
