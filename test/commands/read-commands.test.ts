import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anomalyCodes } from '../../src/app/anomaly-codes.js'
import { listInterfaces } from '../../src/live/interfaces.js'
import { protocols } from '../../src/protocols/registry.js'
import { outputFormats } from '../../src/report/format/row-format.js'
import { Program, type Ran } from './program.js'
import { lookup } from './small-captures.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
  await writeFile(join(program.cwd, 'a.pcap'), lookup())
  expect(await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite'])).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => program.remove())
const audit = (...args: string[]): Promise<Ran> => program.run(args)

describe('audit query', () => {
  const sql = "select client_ip, 1440662455638957001 as ns, '=1+1' as f from dns"

  const formats: [string, string[], string][] = [
    ['NDJSON into a pipe', [], '{"client_ip":"192.0.2.7","ns":1440662455638957001,"f":"=1+1"}\n'],
    ['--csv', ['--csv'], `client_ip,ns,f\r\n192.0.2.7,1440662455638957001,'=1+1\r\n`],
    ['--format csv', ['--format', 'csv'], `client_ip,ns,f\r\n192.0.2.7,1440662455638957001,'=1+1\r\n`],
    ['--format ndjson', ['--format=ndjson'], '{"client_ip":"192.0.2.7","ns":1440662455638957001,"f":"=1+1"}\n'],
  ]
  it.each(formats)('%s', async (_, flags, text) => {
    const { code, stdout, stderr } = await audit('query', 'c.sqlite', sql, ...flags)
    expect([code, stdout.replaceAll('\r\n', '\n'), stderr]).toEqual([0, text.replaceAll('\r\n', '\n'), ''])
  })

  it('--json is a JSON list, --format table a table', async () => {
    expect(JSON.parse((await audit('query', 'c.sqlite', sql, '--json')).stdout)).toHaveLength(1)
    expect((await audit('query', 'c.sqlite', sql, '--format', 'table')).stdout).toMatch(/^client_ip +ns +f\n/)
  })

  it('parameters', async () => {
    const named = await audit(
      'query',
      'c.sqlite',
      'select count(*) n from dns where client_ip = :ip and server_port = :port',
      '--param',
      'ip=192.0.2.7',
      '--param',
      'port=53',
    )
    expect(named.stdout).toBe('{"n":1}\n')
    expect((await audit('query', 'c.sqlite', 'select count(*) n from dns where client_ip = ?', '--param', '192.0.2.8')).stdout).toBe(
      '{"n":0}\n',
    )
  })

  it('SQL on standard input', async () => {
    const { code, stdout } = await program.run(['query', 'c.sqlite'], { input: 'select count(*) n\nfrom dns -- all\n' })
    expect([code, stdout]).toEqual([0, '{"n":1}\n'])
  })

  it('--max-rows says that there are more', async () => {
    const { code, stdout, stderr } = await audit('query', 'c.sqlite', 'values (1), (2), (3)', '--csv', '--max-rows', '2')
    expect([code, stdout.split(/\r?\n/).filter(Boolean)]).toEqual([0, ['column1', '1', '2']])
    expect(stderr).toBe('audit: there are more rows than the 2 shown (--max-rows)\n')
  })

  const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n'
  it('the time limit', async () => {
    const { code, stderr } = await audit('query', 'c.sqlite', endless, '--timeout', '1s')
    expect(code).toBe(124)
    expect(stderr).toContain('limit of 1 s')
  })

  it('Ctrl-C', async () => {
    const child = program.spawn(['query', 'c.sqlite', endless, '--timeout', '0'])
    setTimeout(() => child.kill('SIGINT'), 1500)
    expect(await new Promise((done) => child.on('close', done))).toBe(130)
  })

  const refused: [string, string[], string][] = [
    ['no such case', ['query', 'none.sqlite', 'select 1'], 'audit: none.sqlite does not exist'],
    ['no case', ['query', 'a.pcap', 'select 1'], 'audit: a.pcap is not a case'],
    [
      'a wrong table',
      ['query', 'c.sqlite', 'select * from dnss'],
      'audit: there is no table or view "dnss" in this case; did you mean "dns"?',
    ],
    [
      'a wrong column',
      ['query', 'c.sqlite', 'select clientip from dns'],
      'audit: there is no column "clientip" in what the query reads; did you mean "client_ip"?',
    ],
    ['a change', ['query', 'c.sqlite', 'delete from flow'], 'audit: DELETE is refused'],
    ['no SQL at all', ['query', 'c.sqlite'], 'audit: there is no SQL to run'],
    ['an unknown format', ['query', 'c.sqlite', 'select 1', '--format', 'xml'], 'audit: Expected --format=xml to be one of: '],
    ['two formats', ['query', 'c.sqlite', 'select 1', '--csv', '--json'], ''],
    ['a wrong limit', ['query', 'c.sqlite', 'select 1', '--timeout', 'soon'], 'audit: --timeout soon: not a duration'],
    ['no case named', ['query'], 'audit: missing: CASE'],
  ]
  it.each(refused)('%s: exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await audit(...args)
    expect([code, stderr.startsWith(message) || stderr]).toEqual([2, true])
    expect(stderr + stdout).not.toMatch(/^\s+at /m)
  })

  it('knows the formats that there are', async () => {
    const { default: Query } = await import('../../commands/query.js')
    expect(Query.flags.format.options).toEqual(outputFormats)
  })
})

describe('audit schema', () => {
  it('names the tables and views that a case has, with their very columns', async () => {
    const tables = JSON.parse((await audit('schema', '--json')).stdout) as { name: string; columns: { name: string; doc: string }[] }[]
    const db = new Database(join(program.cwd, 'c.sqlite'), { readonly: true })
    const names = db
      // What a seal is made of is no evidence: docs/verify.md has its columns.
      .prepare(
        "select name from sqlite_schema where type in ('table', 'view') and name not like 'tx\\_%' escape '\\' and name not like 'seal%' order by name",
      )
      .pluck()
      .all()
    expect(tables.map(({ name }) => name).sort()).toEqual(names)
    for (const { name, columns } of tables) {
      expect(columns.map((column) => column.name)).toEqual(db.prepare('select name from pragma_table_xinfo(?)').pluck().all(name))
      for (const { doc } of columns) expect(doc).toMatch(/^\S.*\.$/)
    }
    db.close()
  })

  it('--sql makes an empty case', async () => {
    const db = new Database(':memory:')
    db.exec((await audit('schema', '--sql')).stdout)
    expect(db.prepare('select count(*) from tx').pluck().get()).toBe(0)
    db.close()
    expect((await audit('schema', 'flow', '--sql')).stdout).toMatch(/^CREATE TABLE main\."flow" \(/)
  })

  it('one table', async () => {
    expect((await audit('schema', 'dns')).stdout).toMatch(/^dns {2}view\n[\s\S]*\n\nid +INTEGER not null +\S/)
    expect(await audit('schema', 'dnss')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "dns"?') })
  })

  it('--anomalies names every code, also those of damaged captures', async () => {
    const { stdout } = await audit('schema', '--anomalies')
    const src = resolve(import.meta.dirname, '../../src/capture')
    const used = readdirSync(src).flatMap((file) => readFileSync(join(src, file), 'utf8').match(/(?<=')capture\.[a-z-]+(?=')/g) ?? [])
    expect(used.length).toBeGreaterThan(5)
    for (const code of used) expect(stdout).toContain(code)
    for (const { code, doc } of anomalyCodes(protocols))
      expect([stdout.includes(code), doc]).toEqual([true, expect.stringMatching(/^\S.*\.$/)])
  })
})

describe('audit protocols', () => {
  it('lists what is decoded', async () => {
    const { code, stdout } = await audit('protocols')
    expect(code).toBe(0)
    for (const { name } of protocols) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'))
  })
  it('shows the options of one', async () => {
    const { options, ...rest } = JSON.parse((await audit('protocols', 'dns', '--json')).stdout)
    expect(rest).toMatchObject({ name: 'dns', ports: [53] })
    expect(options).toContainEqual(expect.objectContaining({ name: 'send_request', default: false, common: true }))
    expect((await audit('protocols', 'dns')).stdout).toContain('include_authorities')
  })
  it('an unknown one', async () => {
    expect(await audit('protocols', 'dsn')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "dns"?') })
  })
})

describe('audit interfaces', () => {
  it('lists them, for people and as JSON, or says what is missing', async () => {
    const { code, stdout, stderr } = await audit('interfaces')
    if (!hasLibpcap()) return expect([code, stderr]).toEqual([2, expect.stringMatching(/^audit: live capture /)])
    expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/^no\. +name +state +link type +addresses +description$/)])
    const list = JSON.parse((await audit('interfaces', '--json')).stdout) as Record<string, unknown>[]
    expect(list.find((one) => one.loopback)).toMatchObject({ addresses: expect.arrayContaining([{ address: '127.0.0.1', prefix: 8 }]) })
    for (const { number, name } of list) expect(stdout).toMatch(new RegExp(`^ *${number} +${name} `, 'm'))
  })
  const hasLibpcap = (): boolean => {
    try {
      return listInterfaces().length > 0
    } catch {
      return false
    }
  }
  it('takes no argument', async () => {
    expect(await audit('interfaces', 'eth0')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^audit: Unexpected argument: eth0\n/),
    })
  })
})

describe('audit itself', () => {
  it('-v and --version', async () => {
    const { version } = JSON.parse(readFileSync(join(program.root, 'package.json'), 'utf8'))
    for (const flag of ['-v', '--version']) expect((await audit(flag)).stdout).toContain(`pcap-audit/${version} `)
  })

  it('help, in each of its spellings', async () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { code, stdout } = await audit(...args)
      expect([code, stdout.includes('analyze')]).toEqual([0, true])
    }
    const texts = await Promise.all([audit('help', 'analyze'), audit('analyze', '--help'), audit('analyze', '-h')])
    expect(new Set(texts.map(({ stdout }) => stdout)).size).toBe(1)
  })

  it('a mistyped command', async () => {
    expect(await audit('analise', 'x.pcap')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'audit: there is no command "analise"; did you mean "analyze"?\n  audit --help   lists the commands\n',
    })
  })

  it('colour only where it is wanted', async () => {
    const escapes = async (args: string[], env = {}) => (await program.run(args, { env })).stdout.includes('\u001b[')
    expect(await escapes(['protocols'])).toBe(false)
    expect(await escapes(['protocols'], { FORCE_COLOR: '1' })).toBe(true)
    expect(await escapes(['protocols', '--no-color'], { FORCE_COLOR: '1' })).toBe(false)
    expect(await escapes(['protocols'], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
  })

  it('every command and flag, as in command-snapshot.json', async () => {
    const commands = readdirSync(resolve(import.meta.dirname, '../../commands'))
      .filter((file) => file.endsWith('.ts'))
      .sort()
    const found = await Promise.all(
      commands.map(async (file) => {
        const { default: command } = (await import(/* @vite-ignore */ resolve(import.meta.dirname, '../../commands', file))) as {
          default: { args?: object; flags?: Record<string, { char?: string }>; baseFlags?: Record<string, { char?: string }> }
        }
        const flags = { ...command.baseFlags, ...command.flags }
        return {
          command: file.replace('.ts', ''),
          args: Object.keys(command.args ?? {}),
          flags: Object.keys(flags).sort(),
          chars: Object.values(flags)
            .flatMap(({ char }) => char ?? [])
            .sort(),
        }
      }),
    )
    await expect(`${JSON.stringify(found, null, 2)}\n`).toMatchFileSnapshot('command-snapshot.json')
  })
})

describe('audit completion', () => {
  const complete = async (...words: string[]): Promise<string[]> => {
    const { stdout } = await audit('completion', 'bash')
    const quoted = ['audit', ...words].map((word) => `'${word}'`).join(' ')
    const script = `${stdout}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _audit; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean)
  }

  const cases: [string[], string[]][] = [
    [['an'], ['analyze']],
    [['analyze', '--sh'], ['--show-secrets']],
    [['analyze', 'x.pcap', '-p', 'sm'], ['smtp']],
    [['query', 'c.sqlite', '--format', 'm'], ['markdown']],
    [['schema', 'cov'], ['coverage']],
  ]
  it.skipIf(process.platform === 'win32').each(cases)('%j', async (words, found) => expect(await complete(...words)).toEqual(found))

  it('zsh takes the same after a line of its own; another shell is refused', async () => {
    expect((await audit('completion', 'zsh')).stdout).toContain('bashcompinit')
    expect((await audit('completion', 'tcsh')).code).toBe(2)
  })
})
