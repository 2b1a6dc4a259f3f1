/** `audit export` as it is shipped. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Program, type Ran } from './program.js'
import { lookup } from './small-captures.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
  writeFileSync(join(program.cwd, 'a.pcap'), lookup())
  expect(await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite', '-o', 'run.ndjson'])).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => program.remove())
const audit = (...args: string[]): Promise<Ran> => program.run(args)
const text = (name: string): string => readFileSync(join(program.cwd, name), 'utf8')

describe('audit export', () => {
  it('documents are those of the run', async () => {
    expect(await audit('export', 'c.sqlite', '--format', 'ndjson', '-o', '-')).toEqual({ code: 0, stdout: text('run.ndjson'), stderr: '' })
    expect(await audit('export', 'c.sqlite', '--format', 'ndjson', '-o', 'again.ndjson')).toMatchObject({ code: 0, stdout: '' })
    expect(text('again.ndjson')).toBe(text('run.ndjson'))
  })

  it.each([
    ['csv', ['anomaly.csv', 'capture.csv', 'coverage.csv', 'dns.csv', 'flow.csv']],
    ['parquet', ['anomaly.parquet', 'capture.parquet', 'coverage.parquet', 'dns.parquet', 'flow.parquet']],
    ['zeek', ['conn.log', 'dns.log']],
  ])('%s', async (format, files) => {
    const { code, stdout, stderr } = await audit('export', 'c.sqlite', '--format', format, '-o', format)
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(new RegExp(`^audit: wrote ${format}: `))
    expect(readdirSync(join(program.cwd, format)).sort()).toEqual(files)
    expect(await audit('export', 'c.sqlite', '--format', format, '-o', format)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not empty'),
    })
    const again = await audit('export', 'c.sqlite', '--format', format, '-o', format, '--force', '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({ format, output: format, files: expect.arrayContaining(files) })
  })

  it('a redacted case is one that commands read', async () => {
    expect(await audit('export', 'c.sqlite', '--redacted', '-o', 'r.sqlite')).toMatchObject({ code: 0, stdout: '' })
    const { code, stdout } = await audit('query', 'r.sqlite', 'select question_name, client_ip from dns')
    expect(code).toBe(0)
    expect(stdout).toMatch(/"question_name":"t-[0-9a-f]{16}"/)
    expect(stdout).not.toContain('192.0.2.7')
    expect(await audit('export', 'r.sqlite', '--format', 'zeek', '-o', 'redacted-zeek')).toMatchObject({ code: 0 })
  })

  it('what is wrong is said, and nothing is left', async () => {
    expect(await audit('export', 'c.sqlite', '-o', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining('no --format') })
    expect(await audit('export', 'none.sqlite', '--format', 'csv', '-o', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('does not exist'),
    })
    expect(await audit('export', 'a.pcap', '--format', 'csv', '-o', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a case'),
    })
    expect((await audit('export', 'c.sqlite', '--format', 'csv', '--redacted', '-o', 'x')).code).toBe(2)
    expect((await audit('export', 'c.sqlite', '--policy', 'default', '-o', 'x', '--format', 'csv')).code).toBe(2)
    writeFileSync(join(program.cwd, 'p.yml'), 'default: keep\nrules:\n  - {fields: [usr], action: token}\n')
    expect(await audit('export', 'c.sqlite', '--redacted', '--policy', 'p.yml', '-o', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('p.yml:3: no column or document field is called usr'),
    })
    expect(existsSync(join(program.cwd, 'x'))).toBe(false)
    expect(readdirSync(program.cwd).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  it.runIf(existsSync('/dev/full'))('a full disk', async () => {
    expect(await audit('export', 'c.sqlite', '--format', 'ndjson', '-o', '/dev/full')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/dev/full cannot be written'),
    })
  })
})
