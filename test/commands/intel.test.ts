/** `--intel` on the command line: what is said, what is written, and what is left alone. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Program, type Ran } from './program.js'
import { lookup } from './small-captures.js'

let program: Program
const at = (name: string): string => join(program.cwd, name)
const audit = (...args: string[]): Promise<Ran> => program.run(args)
beforeAll(async () => {
  program = await Program.build()
  await writeFile(at('a.pcap'), lookup())
  await writeFile(at('bad.txt'), '192.0.2.7\nrubbish \u001b[31mred\n')
  await writeFile(at('other.txt'), '198.51.100.1\n')
  expect(await audit('analyze', 'a.pcap', '-o', 'c.sqlite')).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => program.remove())

describe('audit analyze --intel', () => {
  test('writes findings, tells them, and says what it did not understand', async () => {
    const { code, stdout, stderr } = await audit('analyze', 'a.pcap', '-o', 'd.sqlite', '--intel', 'bad.txt', '--intel', 'other.txt')
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nfindings\n {2}1 medium {2}\(bad\.txt, 1 indicator\)\n {2}none {2}\(other\.txt, 1 indicator\)\n/)
    expect(stdout).toContain('audit query d.sqlite --name findings')
    expect(stderr).toMatch(/bad\.txt: line 2, "rubbish .*red": neither an address/)
    expect(stderr).not.toContain('\u001b')
    expect((await audit('query', 'd.sqlite', 'select source, severity, place, value from finding')).stdout).toBe(
      '{"source":"bad.txt","severity":"medium","place":"flow.client_ip","value":"192.0.2.7"}\n',
    )
  })

  test('--json has them; without lists it has no such key', async () => {
    const { stdout } = await audit('analyze', 'a.pcap', '-o', 'e.sqlite', '--intel', 'bad.txt', '--json')
    expect(JSON.parse(stdout).findings).toMatchObject({
      total: 1,
      beyond: 0,
      lists: [{ name: 'bad.txt', indicators: 1, not_understood: 1, findings: [{ severity: 'medium', findings: 1 }] }],
    })
    expect(JSON.parse((await audit('analyze', 'a.pcap', '-o', 'f.sqlite', '--json')).stdout)).not.toHaveProperty('findings')
  })

  test.each([
    ['a list that is missing', ['--intel', 'missing.txt'], /missing\.txt cannot be read/],
    ['a list that is none', ['--intel', 'a.pcap'], /a\.pcap holds no indicator/],
    ['no case among the outputs', ['--intel', 'bad.txt', '-o', 'x.ndjson'], /there is none among the outputs/],
  ])('%s is an error before anything is written', async (_, flags, message) => {
    const before = await readdir(program.cwd)
    const { code, stderr } = await audit('analyze', 'a.pcap', ...(flags.includes('-o') ? [] : ['-o', 'x.sqlite']), ...flags)
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(await readdir(program.cwd)).toEqual(before)
  })
})

describe('audit query --intel', () => {
  const sum = (): string =>
    createHash('sha256')
      .update(readFileSync(at('c.sqlite')))
      .digest('hex')

  test('looks through a case and leaves it as it is', async () => {
    const before = sum()
    const { code, stdout, stderr } = await audit('query', 'c.sqlite', '--intel', 'bad.txt', 'select source, value, run_id, ts from finding')
    expect([code, stdout]).toEqual([0, '{"source":"bad.txt","value":"192.0.2.7","run_id":null,"ts":"2015-08-27T08:00:55.638957000Z"}\n'])
    expect(stderr).toMatch(/line 2/)
    expect(sum()).toBe(before)
    expect((await audit('query', 'c.sqlite', 'select count(*) as n from finding')).stdout).toBe('{"n":0}\n')
  })

  test('alone it shows the findings; a saved query and SQL on standard input see them too', async () => {
    expect(JSON.parse((await audit('query', 'c.sqlite', '--intel', 'bad.txt', '--json')).stdout)).toMatchObject([{ value: '192.0.2.7' }])
    const saved = await audit('query', 'c.sqlite', '--intel', 'bad.txt', '--name', 'findings', '--param', 'source=other.txt')
    expect(saved.stdout).toBe('')
    const piped = await program.run(['query', 'c.sqlite', '-', '--intel', 'bad.txt'], { input: 'select count(*) as n from finding' })
    expect(piped.stdout).toBe('{"n":1}\n')
  })

  test('those of the case stay in sight', async () => {
    await audit('analyze', 'a.pcap', '-o', 'g.sqlite', '--intel', 'bad.txt')
    await writeFile(at('more.txt'), '192.0.2.0/24\n')
    const { stdout } = await audit('query', 'g.sqlite', '--intel', 'more.txt', 'select source, count(*) as n from finding group by source')
    expect(stdout).toBe('{"source":"bad.txt","n":1}\n{"source":"more.txt","n":2}\n')
  })

  test('what is wrong is said in words, and the time limit holds', async () => {
    expect(await audit('query', 'c.sqlite', '--intel', 'missing.txt')).toMatchObject({ code: 2, stdout: '' })
    expect(await audit('query', 'c.sqlite', '--intel', 'bad.txt', '--search', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--intel and --search'),
    })
    expect((await audit('query', 'c.sqlite', '--intel', 'bad.txt', 'delete from finding')).code).toBe(2)
    expect((await audit('query', 'c.sqlite', '--intel', 'bad.txt', '--timeout', '1ms')).code).toBe(124)
  })
})
