/** No secret of samples/http reaches an output, and all that stand in secrets.pcap do under --show-secrets. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { http } from '../../../src/protocols/http/index.js'
import { outputsOf } from '../../support/outputs.js'

const samples = resolve(import.meta.dirname, '../../../samples/http')
/** Everything that can be kept. */
const all = { send_request: true, send_response: true, send_all_headers: true, include_body_for: ['/'] }
const wire = readFileSync(join(samples, 'secrets.pcap'), 'latin1')
const found = (pattern: RegExp): string[] => [...wire.matchAll(pattern)].map((match) => match[1]!)

/** Secrets that are on the wire in a form of their own. */
const basic = found(/Authorization: Basic (\S+)/g)
const proofs = [...found(/\bresponse="([0-9a-f]{32})"/g), ...found(/\brspauth="([0-9a-f]{32})"/g)]
const numbers = [...new Set(found(/S3CRET-http-(\d+)/g))]

describe('http secrets', () => {
  it('stand in the sample', () => {
    expect([basic.length, proofs.length]).toEqual([1, 2])
    // 2 is inside Basic, 15 behind Digest: never on the wire as text.
    const planted = [1, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 24]
    expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(planted)
  })

  it.each(readdirSync(samples).filter((file) => file.endsWith('.pcap')))('of %s stay inside', async (file) => {
    for (const options of [all, {}]) {
      const text = await outputsOf(join(samples, file), http, options, false)
      expect(text).not.toContain('S3CRET')
      for (const secret of [...basic, ...proofs]) expect(text).not.toContain(secret)
    }
  })

  it('show when asked for', async () => {
    const text = await outputsOf(join(samples, 'secrets.pcap'), http, all, true)
    for (const n of numbers) expect(text, `S3CRET-http-${n}`).toMatch(new RegExp(`S3CRET-http-${n}\\b`))
    for (const secret of [...basic, ...proofs]) expect(text).toContain(secret)
  })
})
