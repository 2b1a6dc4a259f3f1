/** Runs the real pipeline over captures in memory or on disk, into memory. Parser failures are rethrown. For tests. */
import { Readable } from 'node:stream'
import { openCapture } from '../capture/open-capture.js'
import { defaultSettings, type Settings } from '../config/settings.js'
import { type AnalyzeResult, analyze } from '../pipeline/analyze.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { protocols as registry } from '../protocols/registry.js'
import { MemorySink } from './memory-sink.js'

export interface RunOptions {
  readonly protocols?: readonly AnyProtocol[]
  readonly settings?: Partial<Settings>
  readonly showSecrets?: boolean
  readonly readSize?: number
  /** false = a parser's failure is recorded and the run goes on, as it does for users. */
  readonly strict?: boolean
}

export async function run(
  captures: readonly (string | Buffer)[],
  options: RunOptions = {},
): Promise<{ sink: MemorySink; result: AnalyzeResult }> {
  const protocols = options.protocols ?? registry
  const sink = new MemorySink()
  const readers = await Promise.all(
    captures.map((one) =>
      openCapture(typeof one === 'string' ? one : { stdin: Readable.from([one]) }, options.readSize ? { readSize: options.readSize } : {}),
    ),
  )
  const result = await analyze({
    readers,
    protocols,
    sinks: [sink],
    settings: { ...defaultSettings(protocols), ...options.settings },
    showSecrets: options.showSecrets ?? false,
    strict: options.strict ?? true,
  })
  for (const reader of readers) await reader.close()
  return { sink, result }
}
