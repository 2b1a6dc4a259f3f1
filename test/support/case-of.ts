/** One analysis to both: a case in a folder of its own, and the documents of the same run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { openCapture } from '../../src/capture/open-capture.js'
import { defaultSettings, type Settings } from '../../src/config/settings.js'
import { analyze } from '../../src/pipeline/analyze.js'
import type { AnyProtocol } from '../../src/protocols/protocol.js'
import { protocols as registry } from '../../src/protocols/registry.js'
import { openNdjson } from '../../src/sinks/ndjson/ndjson-sink.js'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'

export interface Analysed {
  readonly folder: string
  readonly path: string
  /** Documents as the run wrote them. */
  readonly documents: readonly string[]
  remove(): void
}

export async function caseOf(
  captures: readonly string[],
  { protocols = registry, settings = {} }: { protocols?: readonly AnyProtocol[]; settings?: Partial<Settings> } = {},
): Promise<Analysed> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-export-'))
  const path = join(folder, 'c.sqlite')
  const chunks: string[] = []
  const out = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const sinks = [openNdjson('-', out), openCase(path)]
  const readers = await Promise.all(captures.map((capture) => openCapture(capture)))
  try {
    await analyze({ readers, protocols, sinks, settings: { ...defaultSettings(protocols), ...settings }, strict: true })
    for (const sink of sinks) await sink.end()
  } finally {
    for (const reader of readers) await reader.close()
  }
  const documents = chunks.join('').split('\n').slice(0, -1)
  return { folder, path, documents, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
