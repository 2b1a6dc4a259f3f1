import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Program, type Ran } from './program.js'
import { lookup } from './small-captures.js'

let program: Program
let env: Record<string, string>
beforeAll(async () => {
  program = await Program.build()
  env = { XDG_CONFIG_HOME: join(program.cwd, 'config'), XDG_CACHE_HOME: join(program.cwd, 'cache') }
  await writeFile(join(program.cwd, 'a.pcap'), lookup())
  expect(await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite'])).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => program.remove())
const query = (...args: string[]): Promise<Ran> => program.run(['query', ...args], { env })

describe('audit query --name', () => {
  test('runs a saved query with its values', async () => {
    const { stdout, stderr, code } = await query('c.sqlite', '--name', 'slow-requests', '--param', 'min_ms=50', '--csv')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(/^duration_ms,ts,.*\n61\.782,2015-08-27T08:00:55\.638957000Z,dns,192\.0\.2\.7,.*\n$/)
    expect((await query('c.sqlite', '--name', 'slow-requests', '--param', 'min_ms=70', '--json')).stdout).toBe('[]\n')
  })

  test('says what is wrong with a name, a value, or the command', async () => {
    for (const [args, message] of [
      [['c.sqlite', '--name', 'slow-reqests'], 'there is no saved query "slow-reqests"; did you mean "slow-requests"?'],
      [['c.sqlite', '--name', 'slow-requests', '--param', 'min=1'], 'slow-requests has no parameter min; did you mean "min_ms"?'],
      [['c.sqlite', '--name', 'slow-requests', '--param', 'min_ms=fast'], 'min_ms=fast is not a number'],
      [['c.sqlite', 'select 1', '--name', 'coverage'], 'SQL and --name were both given'],
      [['c.sqlite', 'select 1', '--search', 'x'], 'SQL and --search were both given'],
      [['--name', 'coverage'], 'missing: CASE'],
      [['none.sqlite', '--name', 'coverage'], 'none.sqlite does not exist'],
      [['--list', '--queries', 'nowhere'], 'is not a folder'],
    ] as const) {
      const { stdout, stderr, code } = await query(...args)
      expect({ args, stdout, code }).toEqual({ args, stdout: '', code: 2 })
      expect(stderr).toContain(message)
    }
  })
})

describe('audit query --list and --show', () => {
  test('need no case', async () => {
    const { stdout, code } = await query('--list', '--json')
    expect(code).toBe(0)
    const all = JSON.parse(stdout) as { name: string; own: boolean; parameters: unknown[] }[]
    expect(all.find((one) => one.name === 'slow-requests')).toMatchObject({
      description: 'Requests that took longest, slowest first.',
      own: false,
      parameters: expect.arrayContaining([
        { name: 'min_ms', type: 'real', required: false, default: 1000, meaning: 'Least duration, milliseconds.' },
        { name: 'protocol', type: 'text', required: false, default: null, meaning: 'Only this protocol.' },
      ]),
    })
    expect((await query('--list')).stdout).toMatch(/^name +answers +parameters\n/)
    const shown = await query('--show', 'coverage')
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    // As it is: what is printed runs as it is.
    expect((await program.run(['query', 'c.sqlite', '--csv'], { env, input: shown.stdout })).stdout).toMatch(/\ndns,1,/)
  })

  test("one's own come first, and that is said", async () => {
    const folder = join(program.cwd, 'config/audit/queries')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'coverage.sql'), '-- Mine.\n-- :host text  Which host.\nselect :host as host')
    const { stdout, stderr, code } = await query('c.sqlite', '--name', 'coverage', '--param', 'host=007')
    expect({ stdout, code }).toEqual({ stdout: '{"host":"007"}\n', code: 0 })
    expect(stderr).toMatch(
      /^audit: coverage is read from .*config\/audit\/queries\/coverage\.sql, which stands before .*queries\/coverage\.sql\n$/,
    )
    expect((await query('c.sqlite', '--name', 'coverage')).stderr).toContain('coverage needs host')
    expect((await query('--list', '--csv')).stdout).toContain('\ncoverage,Mine.,host!\n')
  })
})

describe('audit query --search', () => {
  test('finds words, and says so when there are none', async () => {
    const found = await query('c.sqlite', '--search', 'example.com', '--csv')
    expect(found).toMatchObject({ code: 0, stderr: '' })
    expect(found.stdout).toMatch(
      /\n2015-08-27T08:00:55\.638957000Z,dns,[0-9a-f]{16},192\.0\.2\.7:40000,192\.0\.2\.53:53,query,"?class IN, type A, \[example\.com\]/,
    )
    expect(await query('c.sqlite', '--search', 'nothing')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('no text holds it'),
    })
    expect((await query('c.sqlite', '--search', '192.0.2.7')).stderr).toContain("where '192.0.2.7' in (client_ip, server_ip)")
  })

  test('explains an expression that cannot be read', async () => {
    const { code, stderr } = await query('c.sqlite', '--fts', '--search', 'a AND')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^audit: --fts: the expression cannot be read: it ends too early\n/)
    expect((await query('c.sqlite', '--search', '...')).code).toBe(2)
  })
})

describe('saved queries and searches go where every query goes', { timeout: 60_000 }, () => {
  const SAVED = ['--name', 'slow-requests', '--param', 'min_ms=50']
  const WORDS = ['--search', 'example.com']
  const file = (name: string): Buffer => readFileSync(join(program.cwd, name))

  test.each([
    ['a saved query', 'saved', SAVED],
    ['a search', 'found', WORDS],
  ])('%s into files, with local times, no more rows than wanted', async (_, name, asked) => {
    expect(await query('c.sqlite', ...asked, '-o', `${name}.csv`, '--tz', 'Europe/Berlin')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(file(`${name}.csv`).toString()).toMatch(
      /\bts,ts_local,[\s\S]*2015-08-27T08:00:55\.638957000Z,2015-08-27T10:00:55\.638957000\+02:00,/,
    )
    expect(await query('c.sqlite', ...asked, '-o', `${name}.csv`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exists already'),
    })
    for (const format of ['xlsx', 'parquet']) {
      expect(await query('c.sqlite', ...asked, '-o', `${name}.${format}`)).toMatchObject({ code: 0, stdout: '', stderr: '' })
      expect(file(`${name}.${format}`).subarray(0, 2).toString()).toBe(format === 'xlsx' ? 'PK' : 'PA')
    }
    expect((await query('c.sqlite', ...asked, '--format', 'parquet')).stderr).toContain('it needs a file')
  })

  test('and back to the packets', async () => {
    const { stdout } = await query('c.sqlite', 'select tx from dns', '--as-frames')
    expect(stdout).toMatch(/^[\d,-]+\n$/)
    for (const asked of [SAVED, WORDS]) {
      expect(await query('c.sqlite', ...asked, '--as-frames')).toMatchObject({ code: 0, stdout, stderr: '' })
      expect((await query('c.sqlite', ...asked, '--as-filter')).stdout).toMatch(/^frame\.number in \{/)
    }
  })

  test('rows without packets say which columns are needed', async () => {
    const { code, stderr } = await query('c.sqlite', '--name', 'bytes-by-pair', '--as-filter')
    expect(code).toBe(2)
    expect(stderr).toContain('needed are the columns frames and capture_id, or tx')
  })

  test('a list is no rows', async () => {
    expect(await query('--list', '--format', 'xlsx')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is not written as xlsx'),
    })
    expect((await query('--list', '-o', 'list.csv')).code).toBe(2)
  })
})

describe('between the statements of a script', { timeout: 60_000 }, () => {
  const script = (input: string, ...flags: string[]): Promise<Ran> => program.run(['query', 'c.sqlite', ...flags], { env, input })

  test('saved queries run with their values, and searches', async () => {
    const { code, stdout, stderr } = await script(
      '.format csv\nselect 1 as a;\n.run slow-requests min_ms=50 protocol="dns"\n.search "example com"\nselect 2 as b;\n',
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^a\n1\nduration_ms,[^\n]*\n61\.782,[^\n]*\nts,protocol,[^\n]*\n2015-[^\n]*\[example\.com\][^\n]*\nb\n2\n$/)
  })

  test('are listed, with those of --queries', async () => {
    await mkdir(join(program.cwd, 'more'), { recursive: true })
    await writeFile(join(program.cwd, 'more', 'mine.sql'), '-- What I ask.\nselect 7 as seven')
    const { stdout } = await script('.queries\n.run mine\n', '--queries', 'more')
    expect(stdout).toMatch(/\nmine +What I ask\./)
    expect(stdout).toContain('slow-requests')
    expect(stdout).toMatch(/\{"seven":7\}\n$/)
  })

  test('mistakes are told in the words of the prompt', async () => {
    for (const [line, message, step] of [
      ['.run', '.run needs the name', '.queries'],
      ['.run slow-reqests', 'did you mean "slow-requests"', '.queries   shows all'],
      ['.run slow-requests min=1', 'has no parameter min', 'it takes: '],
      ['.run slow-requests min_ms=fast', 'min_ms=fast is not a number', 'for example min_ms='],
      ['.run slow-requests min_ms="1', 'is not closed', ''],
      ['.search', '.search needs words', ''],
    ] as const) {
      const { code, stderr } = await script(`${line}\n`)
      expect({ line, code }).toEqual({ line, code: 2 })
      expect(stderr).toContain(message)
      expect(stderr).toContain(step)
      expect(stderr).not.toContain('--')
    }
    expect((await script('.search nothing\n')).stderr).toContain('no text holds it')
  })
})
