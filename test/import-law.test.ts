/** Arrows point one way: who may import whom under src/. The table is the whole law; `docs/architecture.md` shows it as a picture. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

const law: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  model: ['bytes'],
  schema: ['model'],
  capture: ['bytes', 'model'],
  decode: ['bytes', 'model'],
  streams: ['bytes', 'model', 'decode'],
  protocols: ['bytes', 'model', 'schema'],
  intel: ['model', 'schema'],
  geoip: ['model'],
  processors: [],
  config: ['model', 'schema', 'protocols', 'processors'],
  sinks: ['model', 'schema'],
  pipeline: ['bytes', 'model', 'schema', 'capture', 'decode', 'streams', 'protocols', 'processors', 'config', 'sinks'],
  kit: ['bytes', 'model', 'schema', 'capture', 'decode', 'streams', 'protocols', 'config', 'sinks', 'pipeline'],
  live: ['bytes', 'model', 'capture', 'protocols', 'config', 'pipeline'],
  case: ['model', 'schema', 'sinks'],
  evidence: [
    ...['bytes', 'model', 'schema', 'capture', 'decode', 'streams', 'protocols', 'processors'],
    ...['config', 'sinks', 'pipeline', 'case'],
  ],
  query: ['model', 'schema', 'intel', 'report'],
  redact: ['model', 'schema', 'protocols', 'sinks', 'case', 'config', 'processors'],
  export: ['model', 'schema', 'protocols', 'sinks', 'case', 'report'],
  report: ['model', 'schema', 'pipeline'],
  app: [
    'bytes',
    'model',
    'schema',
    'capture',
    'protocols',
    'config',
    'sinks',
    'pipeline',
    'live',
    'case',
    'evidence',
    'intel',
    'geoip',
    'query',
    'report',
    'export',
    'redact',
    'kit',
  ],
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = (file: string): string[] =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) =>
    relative(src, resolve(src, dirname(file), match[1]!)),
  )

describe('imports', () => {
  test('every folder of src has its line in the law', () => {
    expect([...new Set(files.map((file) => file.split('/')[0]))].sort()).toEqual(Object.keys(law).sort())
  })

  test.each(Object.keys(law))('src/%s imports only what it may', (layer) => {
    const broken = files
      .filter((file) => file.startsWith(`${layer}/`))
      .flatMap((file) => imports(file).map((target) => [file, target] as const))
      .filter(([, target]) => {
        const to = target.split('/')[0]!
        return to !== layer && !law[layer]!.includes(to)
      })
    expect(broken).toEqual([])
  })

  test('two protocols never import each other', () => {
    const broken = files
      .filter((file) => /^protocols\/[^/]+\//.test(file) && !file.startsWith('protocols/shared/'))
      .flatMap((file) => imports(file).map((target) => [file.split('/')[1]!, target] as const))
      .filter(([own, target]) => {
        const to = target.match(/^protocols\/([^/]+)\//)?.[1]
        return to !== undefined && to !== own && to !== 'shared'
      })
    expect(broken).toEqual([])
  })

  test('nothing under src reads the clock but the application and what is live', () => {
    const clocks = files.filter(
      (file) =>
        !/^(?:app|live)\//.test(file) &&
        /Date\.now\(|performance\.now\(|process\.hrtime|new Date\(\)/.test(readFileSync(join(src, file), 'utf8')),
    )
    expect(clocks).toEqual([])
  })
})
