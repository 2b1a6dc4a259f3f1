import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frame, pcap, udpFrame } from '../support/captures.js'
import { Program, type Ran } from './program.js'
import { lookup } from './small-captures.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
  await writeFile(join(program.cwd, 'a.pcap'), lookup())
  expect(await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite'])).toMatchObject({ code: 0 })
  const hostile = udpFrame({ src: '192.0.2.7', dst: '192.0.2.80', srcPort: 4000, dstPort: 4001 }, 'a \x1b[2Jsecret\u202e\r\n')
  await writeFile(join(program.cwd, 'h.pcap'), pcap([frame(hostile, 1_000_000_000, 0)]))
  expect(await program.run(['analyze', 'h.pcap', '-o', 'h.sqlite'])).toMatchObject({ code: 0 })
})
afterAll(() => program.remove())
const audit = (...args: string[]): Promise<Ran> => program.run(args)

describe('audit explain', () => {
  it('a flow, or that of a transaction, as text and as one document', async () => {
    const text = await audit('explain', 'c.sqlite', '1')
    expect([text.code, text.stderr]).toEqual([0, ''])
    expect(text.stdout).toMatch(/^flow 1 {2}[0-9a-f]{16} {2}udp/)
    expect(text.stdout).toContain('dns (its port) says yes')
    const json = await audit('explain', 'c.sqlite', '--tx', '1', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      source: 'packets',
      flow: { id: 1, protocol: 'dns' },
      transactions: [{ id: 1, again: true }],
    })
  })

  it('nothing that a terminal would obey', async () => {
    for (const more of [[], ['--json']])
      expect((await audit('explain', 'h.sqlite', '1', ...more)).stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  })

  it('usage', async () => {
    expect(await audit('explain', 'c.sqlite')).toMatchObject({ code: 2, stderr: expect.stringContaining('no flow was named') })
    expect(await audit('explain', 'c.sqlite', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining('not an id') })
    expect(await audit('explain', 'none.sqlite', '1')).toMatchObject({ code: 2, stderr: expect.stringContaining('does not exist') })
  })
})

describe('audit grep', () => {
  it('0 found, 1 not; what is shown is harmless, and said to be what the wire held', async () => {
    for (const format of ['table', 'json', 'ndjson']) {
      const { code, stdout, stderr } = await audit('grep', 'h.sqlite', 'secret', '--format', format)
      expect([code, stderr]).toEqual([0, 'audit: payload is shown as the wire held it, passwords too\n'])
      expect(stdout).toContain('secret')
      expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
    }
    expect(await audit('grep', 'h.sqlite', 'Secret')).toMatchObject({ code: 1, stdout: '', stderr: '' })
    expect(JSON.parse((await audit('grep', 'h.sqlite', 'S[e]cret', '-i', '-e', '--json')).stdout)).toMatchObject([
      { flow_id: 1, side: 'client', offset: 6, length: 6, capture_id: 1, frames: '1', tx: null },
    ])
  })

  it('a count', async () => {
    expect(await audit('grep', 'h.sqlite', '--hex', '1b 5b', '--count', '--format', 'table')).toMatchObject({ code: 0, stdout: '1\n' })
    expect(JSON.parse((await audit('grep', 'h.sqlite', 'zz', '--count', '--json')).stdout)).toMatchObject({ matches: 0, flows: 0 })
  })

  it('usage', async () => {
    expect(await audit('grep', 'h.sqlite')).toMatchObject({ code: 2, stderr: expect.stringContaining('missing: PATTERN') })
    expect(await audit('grep', 'h.sqlite', '(', '-e')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not a regular expression'),
    })
    expect(await audit('grep', 'h.sqlite', 'x', '--limit', '0')).toMatchObject({ code: 2, stderr: expect.stringContaining('--limit 0') })
    expect(await audit('grep', 'h.sqlite', 'x', '--hex')).toMatchObject({ code: 2, stderr: expect.stringContaining('not bytes in hex') })
  })
})
