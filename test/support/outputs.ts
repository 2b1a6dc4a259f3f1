/** What `audit analyze` would write of one capture, NDJSON and case together, as one text to look for secrets in. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCapture } from '../../src/capture/open-capture.js'
import { defaultSettings } from '../../src/config/settings.js'
import { analyze } from '../../src/pipeline/analyze.js'
import type { AnyProtocol } from '../../src/protocols/protocol.js'
import { openSink } from '../../src/sinks/registry.js'

export async function outputsOf(path: string, protocol: AnyProtocol, options: object, showSecrets: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'outputs-'))
  try {
    const files = [join(folder, 'out.ndjson'), join(folder, 'out.sqlite')]
    const sinks = files.map((file) => openSink(file))
    const settings = defaultSettings([protocol])
    const protocols = new Map(settings.protocols)
    const own = protocols.get(protocol.name)!
    protocols.set(protocol.name, { ...own, options: { ...own.options, ...options } })
    const reader = await openCapture(path)
    await analyze({ readers: [reader], protocols: [protocol], sinks, settings: { ...settings, protocols }, showSecrets, strict: true })
    await reader.close()
    for (const sink of sinks) await sink.end()
    return files.map((file) => readFileSync(file, 'latin1')).join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
