/** `fields`, `name`, `internal_networks`, `session_events` and processors, from the configuration to both sinks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { parseConfig } from '../../src/config/read-config.js'
import { analyze } from '../../src/pipeline/analyze.js'
import { protocols } from '../../src/protocols/registry.js'
import { openNdjson } from '../../src/sinks/ndjson/ndjson-sink.js'
import { MemorySink } from '../support/memory-sink.js'

const folder = mkdtempSync(join(tmpdir(), 'processing-'))
afterAll(() => rmSync(folder, { recursive: true }))
let runs = 0

const sample = join(import.meta.dirname, '../../samples/http/get.pcap')

async function configured(yaml: string) {
  const target = join(folder, `${++runs}.ndjson`)
  const memory = new MemorySink()
  const ndjson = openNdjson(target)
  const reader = await openCapture(sample)
  const { settings } = parseConfig(yaml, 'audit.yml', protocols)
  const result = await analyze({ readers: [reader], protocols, sinks: [memory, ndjson], settings, strict: true })
  await ndjson.end()
  await reader.close()
  const documents = readFileSync(target, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never>)
  return {
    memory,
    result,
    documents: documents.filter(({ type }) => type === 'http'),
    flows: documents.filter(({ type }) => type === 'flow'),
  }
}

test('fields and name are in every document', async () => {
  const { documents, flows } = await configured('name: probe-1\nfields: {env: prod}\nprotocols: [{type: http, fields: {team: web}}]')
  expect(documents.length).toBeGreaterThan(0)
  for (const document of documents)
    expect(document).toMatchObject({ fields: { env: 'prod', team: 'web' }, agent: { name: 'probe-1' }, host: { name: 'probe-1' } })
  for (const document of flows) expect(document).toMatchObject({ fields: { env: 'prod' }, agent: { name: 'probe-1' } })
})

test('fields_under_root puts them at the top', async () => {
  const { documents } = await configured('fields: {env: prod, network.zone: dmz}\nfields_under_root: true')
  expect(documents[0]).toMatchObject({ env: 'prod', network: { zone: 'dmz', transport: 'tcp' } })
})

test('internal_networks give the direction', async () => {
  const { documents, flows, memory } = await configured('interfaces.internal_networks: [private]')
  expect(documents[0]).toMatchObject({ network: { direction: 'internal' } })
  expect(flows[0]).toMatchObject({ network: { direction: 'internal' } })
  expect(memory.flows[0]!.row.direction).toBe('internal')
})

test('what a processor takes away is in no sink', async () => {
  const whole = await configured('')
  expect(whole.memory.records[0]!.tx.row).toHaveProperty('user_agent')
  const { memory, documents } = await configured('processors: [{drop_fields: {fields: [user_agent.original, query]}}]')
  expect(documents[0]).not.toHaveProperty('user_agent')
  expect(documents[0]).not.toHaveProperty('query')
  expect(memory.records[0]!.tx.row.user_agent).toBeUndefined()
  expect(memory.records[0]!.tx.query).toBeUndefined()
  expect(documents).toHaveLength(whole.documents.length)
  expect(memory.records.map(({ id }) => id)).toEqual(whole.memory.records.map(({ id }) => id))
})

test('a dropped event is counted nowhere', async () => {
  const { memory, documents, result } = await configured('processors: [{drop_event.when.equals.type: http}]')
  expect(documents).toEqual([])
  expect(memory.records).toEqual([])
  expect(result.transactions).toBe(0)
  expect(result.leftOut).toBeGreaterThan(0)
})
