import { readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tsharkFields } from '../support/case.js'
import { Program, type Ran } from './program.js'
import { lookup } from './small-captures.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
  await writeFile(join(program.cwd, 'a.pcap'), lookup())
  expect(await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite'])).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => program.remove())
const audit = (...args: string[]): Promise<Ran> => program.run(['packets', 'c.sqlite', ...args])
const inFolder = (name: string): string => join(program.cwd, name)

describe('audit packets', () => {
  it('a file for its owner alone, and what it holds on standard error', async () => {
    const { code, stdout, stderr } = await audit('--tx', '1', '-o', 'e.pcapng')
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^audit: e\.pcapng: 2 packets \(2 of 1 row\), [\d.]+ k?B, sha256 [0-9a-f]{64}\n/)
    expect(stderr).toContain('analyzed alone it gives the same rows')
    expect(stderr).toContain('passwords too')
    expect(statSync(inFolder('e.pcapng')).mode & 0o777).toBe(0o600)
  })

  it('never over a file that is there, unless told', async () => {
    await audit('--tx', '1', '-o', 'twice.pcapng')
    const refused = await audit('--flow', '1', '-o', 'twice.pcapng')
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--force')])
    expect((await audit('--flow', '1', '-o', 'twice.pcapng', '--force')).code).toBe(0)
  })

  it.each(['a.pcap', 'c.sqlite'])('never over the evidence: %s', async (name) => {
    const before = readFileSync(inFolder(name))
    const { code, stderr } = await audit('--tx', '1', '-o', name, '--force')
    expect([code, stderr]).toEqual([2, expect.stringContaining('evidence is never written to')])
    expect(readFileSync(inFolder(name))).toEqual(before)
  })

  it('--json', async () => {
    const { code, stdout, stderr } = await audit(
      '--query',
      'select tx from dns where client_ip = ?',
      '--param',
      '192.0.2.7',
      '-o',
      'j.pcapng',
      '--json',
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({
      output: 'j.pcapng',
      packets: 2,
      evidence_packets: 2,
      bytes: statSync(inFolder('j.pcapng')).size,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: 1,
      reproduced_rows: 1,
      captures: [{ id: 1, path: expect.stringContaining('a.pcap'), packets: 2 }],
    })
  })

  it.runIf(tsharkFields)('into a pipe', async () => {
    const child = program.spawn(['packets', 'c.sqlite', '--tx', '1', '-o', '-'])
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    expect(await new Promise((done) => child.on('close', done))).toBe(0)
    await writeFile(inFolder('piped.pcapng'), Buffer.concat(chunks))
    expect(tsharkFields!(inFolder('piped.pcapng'), 'udp.dstport')).toEqual(['53', '40000'])
  })

  const refusals: [string, string[], number, RegExp][] = [
    ['nothing chosen', ['-o', 'x.pcapng'], 2, /nothing was chosen/],
    ['two choices', ['--tx', '1', '--flow', '1', '-o', 'x.pcapng'], 2, /not by several/],
    ['no output', ['--tx', '1'], 2, /output/],
    ['an id that is not there', ['--tx', '99', '-o', 'x.pcapng'], 2, /no transaction 99/],
    ['a folder as output', ['--tx', '1', '-o', '.'], 2, /is a folder/],
    ['no folder for it', ['--tx', '1', '-o', 'no/x.pcapng'], 2, /folder does not exist/],
    ['a query without rows', ['--query', 'select tx from tx where 0', '-o', 'x.pcapng'], 3, /gives no rows/],
    ['a query that names nothing', ['--query', 'select 1 as one', '-o', 'x.pcapng'], 2, /no column that leads to packets/],
    ['a place that is not there', ['--tx', '1', '--captures', 'nowhere', '-o', 'x.pcapng'], 2, /--captures nowhere does not exist/],
  ]
  it.each(refusals)('%s', async (_, args, code, message) => {
    const ran = await audit(...args)
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(message)])
  })

  it('a query that never ends', async () => {
    const endless = 'with recursive n(tx) as (select 1 union all select tx + 1 from n) select max(tx) as tx from n'
    const { code, stderr } = await audit('--query', endless, '--timeout', '1s', '-o', 'x.pcapng')
    expect([code, stderr]).toEqual([124, expect.stringContaining('limit of 1 s')])
  })

  it('a capture that was changed', async () => {
    const bytes = lookup()
    await writeFile(inFolder('b.pcap'), bytes)
    await program.run(['analyze', 'b.pcap', '-o', 'b.sqlite'])
    bytes[bytes.length - 1]! ^= 1
    await writeFile(inFolder('b.pcap'), bytes)
    const { code, stderr } = await program.run(['packets', 'b.sqlite', '--tx', '1', '-o', 'x.pcapng'])
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/is not the file that was analyzed: .*b\.pcap has sha256 [0-9a-f]{64}, it had/),
    ])
    // The very file, under another name in a folder that is named.
    await writeFile(inFolder('moved'), lookup())
    expect((await program.run(['packets', 'b.sqlite', '--tx', '1', '--captures', '.', '-o', 'x.pcapng'])).code).toBe(0)
  })
})

describe('audit follow', () => {
  it('a flow as hex, and as objects', async () => {
    const hex = await program.run(['follow', 'c.sqlite', '1', '--hex'])
    expect([hex.code, hex.stderr]).toEqual([0, ''])
    expect(hex.stdout).toMatch(/^>>> client 192\.0\.2\.7:40000 {2}2015-08-27T08:00:55\.638957000Z {2}capture 1 frame 1\n00000000 {2}be ef /)
    const objects = await program.run(['follow', 'c.sqlite', '1', '--format', 'ndjson', '--side', 'server'])
    expect(
      objects.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { side: string; frame: number }).frame),
    ).toEqual([2])
  })

  it('a flow that is not there', async () => {
    const { code, stderr } = await program.run(['follow', 'c.sqlite', '9'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('no flow 9')])
  })
})
