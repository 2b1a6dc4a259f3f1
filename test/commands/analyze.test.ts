import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, link, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gzip, pcap } from '../support/captures.js'
import { Program, type Ran } from './program.js'
import { cutLookup, foreign, LOOKUP_SEC, lookup, lookupFrames } from './small-captures.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
})
afterAll(() => program.remove())

/** A fresh working directory with these files in it. */
async function folder(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const cwd = await mkdtemp(join(program.cwd, 'case-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(cwd, name, '..'), { recursive: true })
    await writeFile(join(cwd, name), content)
  }
  return cwd
}
const inFolder = async (
  files: Readonly<Record<string, string | Buffer>>,
  args: string[],
  input?: Buffer,
): Promise<Ran & { cwd: string }> => {
  const cwd = await folder(files)
  return { ...(await program.run(['analyze', ...args], { cwd, ...(input ? { input } : {}) })), cwd }
}
const documents = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
const rows = (path: string, sql: string): unknown[] => {
  const db = new Database(path, { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

describe('what is written', () => {
  it('a case named after the first capture, and a summary', async () => {
    const { code, stdout, stderr, cwd } = await inFolder({ 'evidence/look.up.pcap.gz': gzip(lookup()) }, ['evidence/look.up.pcap.gz'])
    expect([code, stderr]).toEqual([0, ''])
    expect(await readdir(cwd)).toEqual(['evidence', 'look.up.sqlite'])
    expect(stdout).toContain('look.up.pcap.gz  2 packets')
    expect(stdout).toContain('2015-08-27 08:00:55.638 to 08:00:55.700 UTC (61.8 ms)')
    expect(stdout).toMatch(/^dns +1 +0 +0/m)
    expect(stdout).toContain('wrote look.up.sqlite\nnext  audit query look.up.sqlite "select ')
    expect(rows(join(cwd, 'look.up.sqlite'), 'select protocol, client_ip, ts from tx')).toEqual([
      { protocol: 'dns', client_ip: '192.0.2.7', ts: '2015-08-27T08:00:55.638957000Z' },
    ])
    expect(
      rows(join(cwd, 'look.up.sqlite'), "select command_line, show_secrets, length(tool_hash) n, config ->> '$.detection' d from run"),
    ).toEqual([{ command_line: 'audit analyze evidence/look.up.pcap.gz', show_secrets: 0, n: 64, d: 'content' }])
  })

  it('NDJSON on standard output, and nothing else there', async () => {
    const { code, stdout, stderr } = await inFolder({ 'a.pcap': lookup() }, ['a.pcap', '-o', '-'])
    expect([code, stderr]).toEqual([0, ''])
    expect(documents(stdout).map(({ type }) => type)).toEqual(['dns', 'flow', 'capture'])
  })

  it('several outputs, flags before and after the captures', async () => {
    const { code, stdout, cwd } = await inFolder({ 'a.pcap': lookup() }, ['-o', 'x.sqlite', 'a.pcap', '-o', 'y.ndjson', '-o', '-'])
    expect(code).toBe(0)
    expect(documents(stdout)).toHaveLength(3)
    expect(await readFile(join(cwd, 'y.ndjson'), 'utf8')).toBe(stdout)
    expect(rows(join(cwd, 'x.sqlite'), 'select count(*) n from dns')).toEqual([{ n: 1 }])
  })

  it('standard input, as a capture without a name', async () => {
    const { code, cwd, stdout } = await inFolder({}, ['-'], lookup())
    expect(code).toBe(0)
    expect(stdout).toMatch(/^- {2}2 packets/)
    expect(rows(join(cwd, 'stdin.sqlite'), 'select name, packets from capture')).toEqual([{ name: '-', packets: 2 }])
  })

  it('a folder and a pattern; the same run twice leaves the same rows', async () => {
    const cwd = await folder({ 'ring/1.pcap': lookup(), 'ring/2.pcap': lookup(LOOKUP_SEC + 60), 'ring/notes.txt': 'no capture' })
    for (const inputs of [['ring'], ['ring/*.pcap'], ['ring']]) {
      const ran = await program.run(['analyze', ...inputs, '-o', 'case.sqlite'], { cwd })
      expect([ran.code, ran.stderr]).toEqual([0, ''])
      expect(rows(join(cwd, 'case.sqlite'), 'select count(*) n from dns')).toEqual([{ n: 2 }])
    }
  })

  it('--protocol, --port, --start, --end', async () => {
    const files = { 'a.pcap': pcap([...lookupFrames(), ...lookupFrames(LOOKUP_SEC + 10)]) }
    const types = async (...args: string[]) =>
      documents((await inFolder(files, ['a.pcap', '-o', '-', ...args])).stdout).map(({ type }) => type)
    expect(await types('-p', 'dns')).toContain('dns')
    expect(await types('-p', 'smtp', '--protocol=http')).not.toContain('dns')
    expect((await types('--start', '2015-08-27T08:01:00Z')).filter((type) => type === 'dns')).toHaveLength(1)
    expect((await types('--start', '2015-08-27T10:00:55+02:00', '--end', '1440662460')).filter((type) => type === 'dns')).toHaveLength(1)
    expect((await types('--port', 'dns=5353')).filter((type) => type === 'dns')).toHaveLength(2)
  })

  it('the configuration', async () => {
    const config = JSON.stringify({ detection: 'ports', flows: { enabled: false }, tags: ['t'], protocols: [{ type: 'dns', ports: [53] }] })
    const { stdout } = await inFolder({ 'a.pcap': lookup(), 'c.yml': config }, ['a.pcap', '-o', '-', '--config', 'c.yml', '--show-secrets'])
    expect(documents(stdout).map(({ type, tags }) => [type, tags])).toEqual([
      ['dns', ['t']],
      ['capture', undefined],
    ])
    const elsewhere = await inFolder({ 'a.pcap': lookup(), 'c.yml': config.replace('[53]', '[54]') }, ['a.pcap', '-o', '-', '-c', 'c.yml'])
    expect(documents(elsewhere.stdout).map(({ type }) => type)).toEqual(['capture'])
  })

  it('what a configuration says for nothing is said once, on stderr', async () => {
    const config = 'packetbeat.protocols: [{type: dns, ports: [53]}]\noutput.console.pretty: true\n'
    const { code, stderr } = await inFolder({ 'a.pcap': lookup(), 'c.yml': config }, ['a.pcap', '-o', '-', '-c', 'c.yml'])
    expect(code).toBe(0)
    expect(stderr).toBe('audit: c.yml: not used here: output.console (outputs are chosen with -o)\n')
  })
})

describe('--json', () => {
  /** Keys and types: what a program relies on. */
  const shape = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])]
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shape(one)]))
    return value === null ? 'null' : typeof value
  }

  it('is one document of this shape', async () => {
    const { code, stdout, stderr, cwd } = await inFolder({ 'a.pcap': lookup(), 'b.pcap': cutLookup() }, [
      'b.pcap',
      'a.pcap',
      'none.pcap',
      '--json',
    ])
    expect(code).toBe(4)
    const document = JSON.parse(stdout)
    expect(shape(document)).toMatchInlineSnapshot(`
      {
        "anomalies": [
          {
            "code": "string",
            "count": "number",
            "example": "string",
          },
        ],
        "bytes": "number",
        "captures": [
          {
            "bytes": "number",
            "compression": "string",
            "container": "string",
            "damage": [
              {
                "code": "string",
                "message": "string",
                "offset": "number",
              },
            ],
            "dropped": "null",
            "first": "string",
            "inner_sha256": "null",
            "last": "string",
            "link_types": [
              "number",
            ],
            "losses": [],
            "name": "string",
            "packets": "number",
            "path": "string",
            "sha256": "string",
            "size": "number",
            "span_ns": "number",
            "wire_bytes": "number",
          },
        ],
        "coverage": [
          {
            "cut_bytes": "number",
            "decoded_bytes": "number",
            "flows": "number",
            "lost_bytes": "number",
            "opaque_bytes": "number",
            "protocol": "string",
            "share": "number",
            "unknown_bytes": "number",
          },
        ],
        "flows": "number",
        "interrupted": "boolean",
        "left_out": "number",
        "outputs": [
          {
            "kind": "string",
            "target": "string",
          },
        ],
        "packets": "number",
        "protocols": [
          {
            "bytes": "number",
            "errors": "number",
            "name": "string",
            "p50_ms": "number",
            "p95_ms": "number",
            "transactions": "number",
            "unanswered": "number",
          },
        ],
        "show_secrets": "boolean",
        "skipped": [
          {
            "path": "string",
            "reason": "string",
          },
        ],
        "talkers": [
          {
            "bytes": "number",
            "client": "string",
            "flows": "number",
            "server": "string",
          },
        ],
        "warnings": [
          "string",
        ],
      }
    `)
    expect(document.outputs).toEqual([{ target: 'b.sqlite', kind: 'case' }])
    expect(document.skipped).toEqual([{ path: 'none.pcap', reason: 'does not exist' }])
    expect(stderr).toContain('audit: none.pcap does not exist\n')
    expect(existsSync(join(cwd, 'b.sqlite'))).toBe(true)
  })

  const failures: [string, string[], number, string][] = [
    ['an unknown flag', ['a.pcap', '--jsn', '--json'], 2, 'there is no flag --jsn; did you mean --json?'],
    ['no capture named', ['--json'], 2, 'missing: CAPTURE'],
    ['a wrong time', ['a.pcap', '--start', 'noon', '--json'], 2, '--start noon: not a time'],
    ['nothing usable', ['none.pcap', '--json'], 3, 'none.pcap does not exist'],
  ]
  it.each(failures)('of %s is an error document', async (_, args, code, message) => {
    const ran = await inFolder({ 'a.pcap': lookup() }, args)
    expect([ran.code, ran.stderr]).toEqual([code, ''])
    const { error, ...rest } = JSON.parse(ran.stdout)
    expect(rest).toEqual({})
    expect(error).toMatchObject({ message, code })
    expect(Array.isArray(error.nextSteps)).toBe(true)
  })
})

describe('bad input: one clear sentence, the right exit code, nothing half-written', () => {
  const whole = {
    'a.pcap': lookup(),
    'cut.pcap': cutLookup(),
    'text.txt': 'hello there\n',
    'empty.pcap': '',
    'odd.pcap': foreign(),
    'none/x.txt': 'x',
  }

  const cases: [string, string[], number, string[], string[]][] = [
    // name, arguments, exit code, stderr lines begin with, files that appear
    ['a missing file', ['nope.pcap'], 3, ['audit: nope.pcap does not exist'], []],
    ['a folder without captures', ['none'], 3, ['audit: none holds no capture'], []],
    ['a text file', ['text.txt'], 3, ["audit: text.txt is not a pcap or pcapng file (starts with 'hello th"], []],
    ['an empty file', ['empty.pcap'], 3, ['audit: empty.pcap is empty'], []],
    ['an unknown link type', ['odd.pcap'], 3, ['audit: odd.pcap holds packets of a link type that has no decoder (147)'], []],
    [
      'a time window without packets',
      ['a.pcap', '--end', '2001-01-01'],
      3,
      ['audit: a.pcap holds no packets between --start and --end'],
      [],
    ],
    ['one of two missing', ['nope.pcap', 'a.pcap'], 4, ['audit: nope.pcap does not exist'], ['a.sqlite']],
    ['one of two no capture', ['text.txt', 'a.pcap', '-o', 'c.sqlite'], 4, [], ['c.sqlite']],
    ['a cut capture', ['cut.pcap'], 4, [], ['cut.sqlite']],
    [
      'a wrong key',
      ['a.pcap', '-c', 'wrong.yml'],
      2,
      ['audit: wrong.yml:2: there is no setting "detektion"; did you mean "detection"?'],
      [],
    ],
    ['no such configuration', ['a.pcap', '-c', 'nope.yml'], 2, ['audit: nope.yml: the configuration cannot be read (no such file)'], []],
    ['an unknown protocol', ['a.pcap', '-p', 'smpt'], 2, ['audit: there is no protocol "smpt"; did you mean "smtp"?'], []],
    ['an unknown protocol with a port', ['a.pcap', '--port', 'smtp'], 2, ['audit: --port smtp: want NAME=PORT[,PORT...]'], []],
    ['the end before the start', ['a.pcap', '--start', '2015-01-02', '--end', '2015-01-01'], 2, ['audit: --end (2015-01-01'], []],
    ['an output without a folder', ['a.pcap', '-o', 'no/where/c.sqlite'], 2, ['audit: no/where/c.sqlite cannot be written'], []],
    ['a folder as output', ['a.pcap', '-o', 'none'], 2, ['audit: none is a directory'], []],
    ['another kind of output', ['a.pcap', '-o', 'out.csv'], 2, ['audit: out.csv: nothing is written as .csv'], []],
    ['an output twice', ['a.pcap', '-o', 'c.sqlite', '-o', './c.sqlite'], 2, ['audit: -o ./c.sqlite is given twice'], []],
    ['a file that is no case as output', ['a.pcap', '-o', 'note.db'], 2, ['audit: note.db is not a case'], []],
    ['-o - and --json', ['a.pcap', '-o', '-', '--json'], 2, [], []],
  ]
  it.each(cases)('%s', async (_, args, code, said, appear) => {
    const files = { ...whole, 'wrong.yml': 'flows: {enabled: true}\ndetektion: ports\n', 'note.db': 'my notes, not a database' }
    const ran = await inFolder(files, args)
    expect(ran.code).toBe(code)
    expect(
      ran.stderr
        .split('\n')
        .slice(0, said.length)
        .map((line, i) => line.slice(0, said[i]!.length)),
    ).toEqual(said)
    expect(ran.stderr + ran.stdout).not.toMatch(/^\s+at /m)
    const before = ['a.pcap', 'cut.pcap', 'empty.pcap', 'none', 'note.db', 'odd.pcap', 'text.txt', 'wrong.yml']
    expect((await readdir(ran.cwd)).sort()).toEqual([...before, ...appear].sort())
    expect(await readFile(join(ran.cwd, 'note.db'), 'utf8')).toBe('my notes, not a database')
  })

  it('says why the exit code is 4, in the summary and without one', async () => {
    const shown = await inFolder(whole, ['cut.pcap'])
    expect(shown.stdout).toMatch(/incomplete evidence \(exit code 4\)\n {2}cut\.pcap .*\(at byte \d+\)/)
    const quiet = await inFolder(whole, ['cut.pcap', '-o', '-'])
    expect(quiet.stderr).toMatch(/^audit: cut\.pcap .*\(at byte \d+\)\n$/)
    expect(quiet.code).toBe(4)
  })

  it('an existing case is left as it was when nothing is usable', async () => {
    const cwd = await folder({ ...whole })
    await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite'], { cwd })
    const before = await readFile(join(cwd, 'c.sqlite'))
    const ran = await program.run(['analyze', 'text.txt', '-o', 'c.sqlite'], { cwd })
    expect(ran.code).toBe(3)
    expect((await readFile(join(cwd, 'c.sqlite'))).equals(before)).toBe(true)
    expect((await readdir(cwd)).filter((name) => name.startsWith('c.sqlite'))).toEqual(['c.sqlite'])
  })

  it('the evidence is never written to, by whatever name', async () => {
    const cwd = await folder({ 'a.db': lookup() })
    await symlink('a.db', join(cwd, 'soft.db'))
    await link(join(cwd, 'a.db'), join(cwd, 'hard.db'))
    for (const target of ['a.db', './a.db', 'soft.db', 'hard.db']) {
      const ran = await program.run(['analyze', 'a.db', '-o', target], { cwd })
      expect([ran.code, ran.stderr]).toEqual([
        2,
        `audit: ${target} is one of the captures; evidence is never written to\n  choose another file with -o\n`,
      ])
    }
    expect((await readFile(join(cwd, 'a.db'))).equals(lookup())).toBe(true)
  })

  it.skipIf(process.getuid?.() === 0)('a folder that may not be written to', async () => {
    const cwd = await folder({ 'a.pcap': lookup(), 'locked/x': '' })
    await chmod(join(cwd, 'locked'), 0o500)
    const ran = await program.run(['analyze', 'a.pcap', '-o', 'locked/c.sqlite'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/^audit: locked\/c\.sqlite cannot be written/)
  })

  it('a name with escape characters does not reach the terminal', async () => {
    const name = 'x\u001b[31mred.pcap'
    const ran = await inFolder({ [name]: lookup() }, [name])
    expect(ran.code).toBe(0)
    expect(ran.stdout + ran.stderr).not.toContain('\u001b')
    const missing = await inFolder({}, [name])
    expect(missing.stderr).not.toContain('\u001b')
  })
})

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s keeps what was decoded', async (signal, code) => {
    const cwd = await folder({})
    const child = program.spawn(['analyze', '-', '-o', 'c.sqlite'], { cwd })
    // Enough to fill a block, so that it is decoded while the pipe stays open.
    const many = pcap(Array.from({ length: 20_000 }, (_, i) => lookupFrames(LOOKUP_SEC + i)).flat())
    child.stdin.on('error', () => {})
    child.stdin.write(many)
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    const ended = new Promise<number | null>((done) => child.on('close', done))
    // The pipe stays open and says nothing more.
    setTimeout(() => child.kill(signal), 2500)
    expect([await ended, stderr]).toEqual([code, expect.not.stringContaining('internal error')])
    const [{ n }] = rows(join(cwd, 'c.sqlite'), 'select count(*) n from dns') as [{ n: number }]
    expect(n).toBeGreaterThan(1000)
    expect(rows(join(cwd, 'c.sqlite'), 'select count(*) n from run')).toEqual([{ n: 1 }])
    expect(
      rows(join(cwd, 'c.sqlite'), "select sha256, size, damage ->> '$[0].code' code, damage ->> '$[0].offset' at from capture"),
    ).toEqual([{ sha256: null, size: many.length, code: 'capture.interrupted', at: many.length }])
  })

  it.each(['without a writer', 'with a silent writer'])('a FIFO %s is left at once', async (how) => {
    const cwd = await folder({})
    execFileSync('mkfifo', [join(cwd, 'fifo')])
    const child = program.spawn(['analyze', 'fifo', '-o', 'c.sqlite'], { cwd })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    const writer = how === 'without a writer' ? undefined : spawn('sh', ['-c', 'exec sleep 60 > fifo'], { cwd })
    const ended = new Promise<number | null>((done) => child.on('close', done))
    setTimeout(() => child.kill('SIGTERM'), 1500)
    expect([await ended, stderr]).toEqual([143, 'audit: interrupted before a packet was read\n'])
    writer?.kill()
    expect(await readdir(cwd)).toEqual(['fifo'])
  })

  it('a reader that leaves early is no error', async () => {
    const cwd = await folder({ 'a.pcap': pcap(Array.from({ length: 20_000 }, (_, i) => lookupFrames(LOOKUP_SEC + i)).flat()) })
    const child = program.spawn(['analyze', 'a.pcap', '-o', '-'], { cwd })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    child.stdout.once('data', () => child.stdout.destroy())
    expect([await new Promise((done) => child.on('close', done)), stderr]).toEqual([0, ''])
  })
})
