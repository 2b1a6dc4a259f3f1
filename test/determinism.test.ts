/**
 * The same packets give the same rows: from a second run, from any read size, from standard input, from several files in any
 * order. Documents are compared byte for byte, cases row for row over every decoded table.
 */
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCapture } from '../src/capture/open-capture.js'
import { defaultSettings } from '../src/config/settings.js'
import { analyze } from '../src/pipeline/analyze.js'
import { protocols } from '../src/protocols/registry.js'
import { openSink } from '../src/sinks/registry.js'

const samples = resolve(import.meta.dirname, '../samples')
let folder: string
let serial = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'determinism-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly documents: string
  readonly tables: Record<string, unknown[]>
}

async function outcome(paths: readonly string[], how: { readSize?: number; stdin?: boolean; into?: string } = {}): Promise<Outcome> {
  const name = how.into ?? join(folder, `${++serial}`)
  const sinks = [openSink(`${name}.sqlite`), openSink(`${name}.ndjson`)]
  const options = how.readSize === undefined ? {} : { readSize: how.readSize }
  const readers = await Promise.all(
    paths.map((path) => openCapture(how.stdin ? { stdin: createReadStream(path), name: basename(path) } : path, options)),
  )
  await analyze({ readers, protocols, sinks, settings: defaultSettings(protocols), strict: true })
  for (const sink of sinks) await sink.end()
  for (const reader of readers) await reader.close()
  const db = new Database(`${name}.sqlite`, { readonly: true })
  db.defaultSafeIntegers()
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('run', 'capture', 'seal', 'seal_part') ORDER BY name")
    .pluck()
    .all() as string[]
  const tables = Object.fromEntries(names.map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).raw().all()]))
  db.close()
  // The closing documents name the path that was given.
  const documents = readFileSync(`${name}.ndjson`, 'utf8')
    .split('\n')
    .filter((line) => !line.includes('"type":"capture"'))
    .join('\n')
  return { documents, tables }
}

const captures = readdirSync(samples, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(smtp|http|dns|icmp)\/.*\.pcap$/.test(file))
  .sort()

describe.each(captures)('%s', (file) => {
  const path = join(samples, file)

  test('gives the same documents and the same case from a second run, any read size and standard input', async () => {
    const first = await outcome([path])
    expect(first.documents.length).toBeGreaterThan(0)
    expect(await outcome([path])).toEqual(first)
    expect(await outcome([path], { readSize: 97 })).toEqual(first)
    expect(await outcome([path], { stdin: true })).toEqual(first)
  })
})

test('analysing a capture again leaves the case as it was', async () => {
  const into = join(folder, 'again')
  const path = join(samples, 'smtp.pcap')
  const first = await outcome([path], { into })
  expect(await outcome([path], { into })).toEqual(first)
})

test('the order of files on the command line does not matter', async () => {
  const ring = [0, 1, 2].map((i) => join(samples, `containers/ring-${i}.pcap`))
  const ids = async (paths: string[]) =>
    [...(await outcome(paths)).documents.matchAll(/"audit":\{"tx":"([0-9a-f]{16})"/g)].map((m) => m[1]).sort()
  const forward = await ids(ring)
  expect(forward.length).toBeGreaterThan(0)
  expect(await ids([...ring].reverse())).toEqual(forward)
})

test('a connection that crosses a file rotation has the ids it has in one file', async () => {
  const ids = async (paths: string[]) =>
    [...(await outcome(paths)).documents.matchAll(/"(?:tx|flow)":"([0-9a-f]{16})"/g)].map((m) => m[1]).sort()
  const ring = [0, 1, 2].map((i) => join(samples, `containers/ring-${i}.pcap`))
  expect(await ids(ring)).toEqual(await ids([join(samples, 'containers/ring.pcap')]))
})
