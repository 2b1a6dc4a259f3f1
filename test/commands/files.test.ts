import { readdirSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { got, talk, talkFile } from '../support/talk.js'
import { Program, type Ran } from './program.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
  const said = [...got('/report.pdf', '%PDF-1.4 x', 'Content-Type: application/pdf\r\n'), ...got('/a%1b%5b2Jb', 'y'.repeat(5000))]
  await writeFile(join(program.cwd, 'a.pcap'), talkFile(talk(said)))
  expect(await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite'])).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => program.remove())
const audit = (...args: string[]): Promise<Ran> => program.run(['files', 'c.sqlite', ...args])

describe('audit files', () => {
  it('NDJSON into a pipe, from the case alone', async () => {
    const { code, stdout, stderr } = await audit('--name', '*.pdf')
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ part: 'response', name: 'report.pdf', size: 10, content_type: null, complete: 'complete' })
  })

  it('a table that no captured name can break', async () => {
    const { code, stdout } = await audit('--format', 'table')
    expect(code).toBe(0)
    expect(stdout).not.toContain('\u001b')
    expect(stdout.split('\n')[3]).toContain('␛[2Jb')
  })

  it('--examine fills in what the bytes tell', async () => {
    const { stdout } = await audit('--examine', '--json', '--type', 'application/pdf')
    expect(JSON.parse(stdout)).toMatchObject([{ content_type: 'application/pdf', md5: expect.stringMatching(/^[0-9a-f]{32}$/) }])
  })

  it('--extract: private files, a manifest, and what was done on standard error', async () => {
    const { code, stderr } = await audit('--extract', 'out', '--csv')
    expect(code).toBe(0)
    expect(stderr).toContain('out: 2 files, 5.01 kB; files.json and SHA256SUMS say what they are')
    expect(stderr).toContain('malicious code and passwords too')
    const out = join(program.cwd, 'out')
    expect(readdirSync(out)).toHaveLength(4)
    for (const name of readdirSync(out)) expect(statSync(join(out, name)).mode & 0o777).toBe(0o600)
    const { files, captures } = JSON.parse(readFileSync(join(out, 'files.json'), 'utf8'))
    expect(captures).toMatchObject([{ id: 1, name: 'a.pcap' }])
    expect(files.map(({ name }: { name: string }) => name)).toEqual(['report.pdf', 'a\u001b[2Jb'])
    expect((await audit('--extract', 'out')).code).toBe(2)
  })

  it.each<[number, string[], string]>([
    [2, ['--min-size', 'much'], '--min-size much: not a size'],
    [2, ['--sha256', 'abc'], '64 hexadecimal digits'],
    [2, ['--tx', '77'], 'no transaction 77'],
    [2, ['--extract', 'a.pcap'], 'is a file'],
    [3, ['--extract', 'none', '--name', 'none'], 'no file that fits'],
    [4, ['--extract', 'capped', '--max-file', '100'], '1 file not written'],
  ])('exit code %i for %j', async (expected, args, said) => {
    const { code, stderr } = await audit(...args)
    expect([code, stderr]).toEqual([expected, expect.stringContaining(said)])
  })
})
