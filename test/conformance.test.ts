/**
 * What every registered protocol must hold, found by looping over the registry and `samples/<name>/`: a new protocol gets
 * these for free. The same conversation gives the same rows however its bytes are packetised; loss, cuts and noise never
 * break a run; everything a protocol declares is documented.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { protocols } from '../src/protocols/registry.js'
import { flipped, load, recut, save, snapped, swapped, tcpPayload, twice, without } from './support/mutate.js'
import { run } from './support/run.js'

const root = resolve(import.meta.dirname, '..')
const samplesOf = (name: string): string[] => {
  const folder = join(root, 'samples', name)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => /\.pcap(ng)?$/.test(file))
    .map((file) => join(folder, file))
    .sort()
}
/** mDNS and LLMNR share the folder of the protocol whose format they speak. */
const folderOf = (name: string): string => (name === 'mdns' || name === 'llmnr' ? 'dns' : name)
/** Variants tried of one capture: fewer of a large one, so that the whole suite stays within minutes. */
const variants = (frames: number): number => Math.max(6, Math.min(25, Math.floor(4000 / frames)))
/** Segment sizes whose pieces stay within what a test should chew. */
const sizesFor = (payload: number): number[] => [1, 2, 3, 7, 16, 61, 536].filter((size) => payload / size <= 20_000)
const short = (path: string): string => path.slice(root.length + 1)

test('the registry is in alphabetical order, each name once', () => {
  const names = protocols.map((protocol) => protocol.name)
  expect(names).toEqual([...new Set(names)].sort())
})

describe.each(protocols.map((protocol) => [protocol.name, protocol] as const))('%s', (name, protocol) => {
  const samples = samplesOf(folderOf(name))

  test('has a sample, and one of them holds its transactions', async () => {
    expect(samples.length).toBeGreaterThan(0)
    let rows = 0
    for (const path of samples) rows += (await run([path])).sink.meaning(name).length
    expect(rows).toBeGreaterThan(0)
  })

  test('documents every field, option and anomaly in one sentence, and shows an example', () => {
    const sentence = /^\S.*[.]$/s
    for (const [column, field] of Object.entries(protocol.fields as Record<string, { doc: string; example: unknown; kind: string }>)) {
      expect(column).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(field.doc, column).toMatch(sentence)
      expect(field.example, column).toBeDefined()
    }
    for (const [option, { doc }] of Object.entries(protocol.options as Record<string, { doc: string }>))
      expect(doc, option).toMatch(sentence)
    for (const [code, doc] of Object.entries(protocol.anomalies)) {
      expect(code).toMatch(new RegExp(`^${name}\\.[a-z0-9-]+$`))
      expect(doc, code).toMatch(sentence)
    }
    expect(protocol.doc).toMatch(sentence)
    expect(readFileSync(join(root, 'src/protocols', name, 'README.md'), 'utf8').length).toBeGreaterThan(200)
  })

  describe.each(samples.map((path) => [short(path), path] as const))('%s', (_short, path) => {
    test('gives the same rows however the bytes are cut into segments', async () => {
      const capture = await load(path)
      const whole = (await run([save(capture)])).sink.meaning(name)
      const payload = capture.frames.reduce((all, one) => all + one.data.length, 0)
      for (const size of sizesFor(payload))
        expect((await run([save(recut(capture, size))])).sink.meaning(name), `${size} bytes`).toEqual(whole)
    })

    test('gives the same rows from any read size, with the same packets and times', async () => {
      const whole = (await run([path])).sink.records
      for (const readSize of [100, 65_537]) expect((await run([path], { readSize })).sink.records).toEqual(whole)
    })

    test('gives the same rows when segments are sent twice or swapped', async () => {
      const capture = await load(path)
      if (!protocol.transports.includes('tcp')) return
      const tcpRows = (sink: Awaited<ReturnType<typeof run>>['sink']) =>
        sink.records
          .filter((record) => record.schema.name === name && record.flow.transport === 'tcp')
          // Segments of two connections may change places as well: in which order their rows are given is the packets' affair.
          .sort((a, b) => a.flow.client.port - b.flow.client.port)
          .map((record) => record.tx.row)
      const whole = tcpRows((await run([save(capture)])).sink)
      expect(tcpRows((await run([save(twice(capture))])).sink)).toEqual(whole)
      const small = recut(capture, 97)
      for (const from of [0, 1]) expect(tcpRows((await run([save(swapped(small, from))])).sink), `swapped from ${from}`).toEqual(whole)
    })

    test('survives the loss of any packet, and says so where bytes are missing', async () => {
      const capture = await load(path)
      const step = Math.max(1, Math.floor(capture.frames.length / variants(capture.frames.length)))
      const payload = (sink: Awaited<ReturnType<typeof run>>['sink']) =>
        sink.flows.reduce((all, { row }) => all + Number(row.client_payload_bytes) + Number(row.server_payload_bytes), 0)
      const whole = payload((await run([save(capture)])).sink)
      for (let i = 0; i < capture.frames.length; i += step) {
        const { sink, result } = await run([save(without(capture, i))])
        for (const { tx } of sink.records) expect(tx.complete).toMatch(/^(complete|no-response|orphan-response|truncated|lost)$/)
        // The flow is as long as before although a segment is gone: what it carried must be counted as lost.
        if (tcpPayload(capture, capture.frames[i]!) && payload(sink) === whole)
          expect(
            result.coverage.reduce((all, row) => all + row.lost_bytes, 0),
            `without packet ${i + 1}`,
          ).toBeGreaterThan(0)
      }
    })

    test('survives any end of file', async () => {
      const capture = await load(path)
      const step = Math.max(1, Math.floor(capture.frames.length / variants(capture.frames.length)))
      for (let i = 0; i < capture.frames.length; i += step) await run([save({ ...capture, frames: capture.frames.slice(0, i) })])
    })

    test('survives short snaplens and noise', async () => {
      const capture = await load(path)
      for (const snaplen of [14, 34, 54, 66, 70, 96, 200]) await run([save(snapped(capture, snaplen))])
      for (let seed = 1; seed <= variants(capture.frames.length); seed++) await run([save(flipped(capture, seed))])
    })
  })
})
