/** What a protocol said of a transaction is what its view in the case gives back, column by column, derived ones included. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { defaultSettings } from '../../src/config/settings.js'
import { analyze } from '../../src/pipeline/analyze.js'
import { protocols } from '../../src/protocols/registry.js'
import { columnsOf } from '../../src/schema/sql.js'
import { openSink } from '../../src/sinks/registry.js'
import { cell } from '../../src/sinks/sqlite/cells.js'
import { MemorySink } from '../support/memory-sink.js'

const samples = resolve(import.meta.dirname, '../../samples')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'round-trip-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const captures = readdirSync(samples, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(smtp|http|dns|icmp)\/.*\.pcap$/.test(file))
  .sort()

describe.each(captures)('%s', (file) => {
  test('comes back as it was said', async () => {
    const path = join(folder, `${file.replaceAll('/', '-')}.sqlite`)
    const memory = new MemorySink()
    const sink = openSink(path)
    const reader = await openCapture(join(samples, file))
    await analyze({ readers: [reader], protocols, sinks: [sink, memory], settings: defaultSettings(protocols), strict: true })
    await sink.end()
    const db = new Database(path, { readonly: true })
    for (const { schema, id, tx } of memory.records) {
      const stored = db.prepare(`SELECT * FROM "${schema.name}" WHERE tx = ?`).get(id) as Record<string, unknown>
      const said: Record<string, unknown> = {
        user: tx.user ?? null,
        method: tx.method ?? null,
        resource: tx.resource ?? null,
        query: tx.query ?? null,
        params: tx.params ?? null,
        status: tx.status,
        error: tx.error ?? null,
        complete: tx.complete,
      }
      for (const { name, kind } of columnsOf(schema.fields)) said[name] = cell(kind, tx.row[name])
      expect(Object.fromEntries(Object.keys(said).map((name) => [name, stored[name]]))).toEqual(said)
    }
    db.close()
  })
})
