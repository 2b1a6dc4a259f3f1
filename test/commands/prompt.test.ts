/** The prompt of `audit query` on a real terminal, and what comes through a pipe instead. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasCommand } from '../support/commands.js'
import { noTerminal, Terminal } from '../support/terminal.js'
import { Program } from './program.js'
import { lookup } from './small-captures.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
  writeFileSync(join(program.cwd, 'a.pcap'), lookup())
  expect(await program.run(['analyze', 'a.pcap', '-o', 'c.sqlite'])).toMatchObject({ code: 0 })
})
afterAll(() => program.remove())

const ENDLESS = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n;'
const MANY = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 200) select i from n;'
const UP = '\u001b[A'
const terminals: Terminal[] = []
afterAll(() => {
  for (const terminal of terminals) terminal.kill()
})

/** Into a file, so that what follows the pager is seen to wait for it. */
const PAGER = 'cat > paged.txt'
function open(flags: string[] = [], env: Record<string, string> = {}): Terminal {
  const terminal = new Terminal(process.execPath, [join(program.root, 'bin', 'run.js'), 'query', 'c.sqlite', ...flags], program.cwd, {
    XDG_STATE_HOME: join(program.cwd, 'state'),
    PAGER,
    NO_COLOR: '1',
    ...env,
  })
  terminals.push(terminal)
  return terminal
}
const leave = async (terminal: Terminal): Promise<void> => {
  terminal.type('.quit\r')
  expect(await terminal.ended).toBe(0)
}

describe.skipIf(noTerminal !== undefined)(
  `the prompt${noTerminal === undefined ? '' : ` (left out: ${noTerminal})`}`,
  { timeout: 60_000 },
  () => {
    it('runs statements of one line and of several, and ends with Ctrl-D', async () => {
      const terminal = open()
      await terminal.until('audit> ')
      terminal.type('select 40 + 2 as answer;\r')
      await terminal.until(/answer\r\n─+\r\n +42\r\n/)
      await terminal.until('audit> ')
      terminal.type('select 1 as first,\r')
      await terminal.until('...> ')
      terminal.type('2 as second;\r')
      await terminal.until(/first {2}second\r\n/)
      await terminal.until('audit> ')
      terminal.type('\u0004')
      expect(await terminal.ended).toBe(0)
    })

    it('completes names that the case has', async () => {
      const terminal = open()
      await terminal.until('audit> ')
      terminal.type('select count(*) as n from dn\t')
      await terminal.until('dns')
      terminal.type(' where client_i\t')
      await terminal.until('client_ip')
      terminal.type(" = '192.0.2.7';\r")
      await terminal.until(/n\r\n─\r\n1\r\n/)
      await leave(terminal)
    })

    it('Ctrl-C stops the query and not the prompt, empties a line, and says how to leave', async () => {
      const terminal = open(['--timeout', '0'])
      await terminal.until('audit> ')
      terminal.type(`${ENDLESS}\r`)
      await terminal.until('from n;')
      await new Promise((done) => setTimeout(done, 1000))
      terminal.type('\u0003')
      await terminal.until('audit: stopped')
      await terminal.until('audit> ')
      terminal.type('select nothing\r')
      await terminal.until('...> ')
      terminal.type('\u0003')
      await terminal.until('audit> ')
      terminal.type('\u0003')
      await terminal.until('to leave: .quit, or Ctrl-D')
      terminal.type("select 'alive' as it_is;\r")
      await terminal.until(/alive\r\n/)
      await leave(terminal)
    })

    it('goes on after an error and after the time limit', async () => {
      const terminal = open(['--timeout', '1s'])
      await terminal.until('audit> ')
      terminal.type(`${ENDLESS}\r`)
      await terminal.until('longer than its limit of 1 s')
      await terminal.until('audit> ')
      terminal.type('select clientip from dns;\r')
      await terminal.until('did you mean "client_ip"?')
      terminal.type('drop table flow;\r')
      await terminal.until('DROP is refused')
      terminal.type('.timout\r')
      await terminal.until('did you mean ".timeout"?')
      await leave(terminal)
      expect(terminal.all).not.toMatch(/^\s+at /m)
    })

    it('keeps what was typed for its owner, and nothing with --no-history or behind a blank', async () => {
      const file = join(program.cwd, 'kept', 'pcap-audit', 'query-history')
      const env = { XDG_STATE_HOME: join(program.cwd, 'kept') }
      const first = open([], env)
      await first.until('audit> ')
      first.type("select 'kept',\r")
      await first.until('...> ')
      first.type("'too' as a;\r")
      await first.until('too\r\n')
      await first.until('audit> ')
      first.type("  select 'secret' as b;\r")
      await first.until('secret\r\n')
      await leave(first)
      expect(readFileSync(file, 'utf8')).toBe("select 'kept', 'too' as a;\n.quit\n")
      expect(statSync(file).mode & 0o777).toBe(0o600)
      const second = open([], env)
      await second.until('audit> ')
      second.type(`${UP}${UP}\r`)
      await second.until("select 'kept', 'too' as a;")
      await second.until('too\r\n')
      await leave(second)
      const third = open(['--no-history'], env)
      await third.until('audit> ')
      third.type("select 'unseen' as c;\r")
      await third.until('unseen\r\n')
      await leave(third)
      expect(readFileSync(file, 'utf8')).not.toMatch(/unseen|secret/)
    })

    it('hands what is longer than the screen to the pager, and no more than that', async () => {
      const paged = join(program.cwd, 'paged.txt')
      const terminal = open()
      await terminal.until('audit> ')
      terminal.type('select 5 as five;\r')
      await terminal.until('5\r\n')
      expect(existsSync(paged)).toBe(false)
      await terminal.until('audit> ')
      terminal.type(`${MANY}\r`)
      await terminal.until('audit> ')
      expect(readFileSync(paged, 'utf8').trimEnd().split('\n')).toHaveLength(202)
      await leave(terminal)
      const plain = open(['--no-pager'])
      await plain.until('audit> ')
      plain.type(`${MANY}\r`)
      await plain.until('200\r\n')
      await leave(plain)
      const missing = open([], { PAGER: '/nowhere/pager' })
      await missing.until('audit> ')
      missing.type(`${MANY}\r`)
      await missing.until('the pager cannot be run')
      await leave(missing)
    })

    it.skipIf(!hasCommand('less'))('less is left with q, and the prompt is there again', async () => {
      const terminal = open([], { PAGER: 'less' })
      await terminal.until('audit> ')
      terminal.type(`${ENDLESS.replace('count(*)', 'i')}\r`)
      await terminal.until(/\n:/)
      terminal.type('q')
      await terminal.until('audit> ')
      terminal.type("select 'back' as again;\r")
      await terminal.until('back\r\n')
      await leave(terminal)
    })

    it.skipIf(!hasCommand('less'))('a query of the command line is stopped in less, which is left with q', async () => {
      const terminal = open([ENDLESS.replace('count(*)', 'i')], { PAGER: 'less' })
      await terminal.until(/\n:/)
      for (let i = 0; i < 2; i++) {
        terminal.type('\u0003')
        // less rings.
        await terminal.until('\u0007')
        await new Promise((done) => setTimeout(done, 500))
      }
      terminal.type('q')
      expect(await terminal.ended).toBe(130)
    })

    it('changes formats, zones, limits, and writes files', async () => {
      const terminal = open()
      await terminal.until('audit> ')
      terminal.type('.format csv\r.tz Asia/Tokyo\r.limit 1\r')
      await terminal.until('rows shown at most: 1')
      terminal.type('select ts, 5 as n from dns union all select null, 6;\r')
      await terminal.until(/ts,ts_local,n\r\n[^\r]+Z,[^\r]+\+09:00,5\r\n/)
      await terminal.until('there are more rows than the 1 shown (.limit)')
      terminal.type('.once rows.xlsx\rselect 1 as a;\r')
      await terminal.until('1 row in rows.xlsx')
      expect(readFileSync(join(program.cwd, 'rows.xlsx')).subarray(0, 2).toString()).toBe('PK')
      terminal.type('.once rows.xlsx\rselect 1 as a;\r')
      await terminal.until('rows.xlsx exists already')
      terminal.type('.format parquet\r')
      await terminal.until('needs a file')
      writeFileSync(join(program.cwd, 'some.sql'), "select 'read' as b;\n")
      terminal.type('.read some.sql\r')
      await terminal.until('read\r\n')
      terminal.type('.schema coverage\r')
      await terminal.until('decoded_bytes')
      await leave(terminal)
    })

    it('shows nothing of a case that a terminal would obey', async () => {
      const path = join(program.cwd, 'hostile.sqlite')
      writeFileSync(path, readFileSync(join(program.cwd, 'c.sqlite')))
      const db = new Database(path)
      db.exec('create table "evil\u001b]0;owned\u0007" ("c\u001b[2Jol" text)')
      db.prepare('insert into "evil\u001b]0;owned\u0007" values (?)').run('\u001b]0;owned\u0007\u202e\u009b2J')
      db.close()
      const terminal = new Terminal(
        process.execPath,
        [join(program.root, 'bin', 'run.js'), 'query', path, '--no-history', '--no-pager'],
        program.cwd,
      )
      terminals.push(terminal)
      await terminal.until('audit> ')
      terminal.type('.tables\r.schema\rselect * from ev\t\t;\r')
      await terminal.until('there is no table or view "ev"')
      terminal.type('select e.* from sqlite_schema s, (select name from sqlite_schema) e;\r.quit\r')
      await terminal.ended
      expect(terminal.all).toContain('\u241b]0;owned\u2407')
      expect(terminal.all).not.toMatch(/\u001b\]0;owned|\u202e|\u009b/)
      expect(terminal.all).not.toContain('\u001b[2J')
    })

    it('is not offered where the output is no terminal', async () => {
      const { code, stderr } = await program.run(['query', 'c.sqlite', '-'], { input: '' })
      expect([code, stderr]).toEqual([2, expect.stringContaining('there is no SQL to run')])
    })
  },
)

describe('statements through a pipe', { timeout: 30_000 }, () => {
  const script = (input: string, ...flags: string[]) => program.run(['query', 'c.sqlite', ...flags], { input })

  it('run one after the other, with dot commands between them', async () => {
    expect(await script("select 1 as a; select ';' as b;\n.format csv\n-- comment\nselect 2 as c\n, 3 as d")).toMatchObject({
      code: 0,
      stdout: '{"a":1}\n{"b":";"}\nc,d\n2,3\n',
      stderr: '',
    })
  })

  it('end at the first error, which names its line', async () => {
    const { code, stdout, stderr } = await script('select 1 as a;\n\nselect b\nfrom dns;\nselect 3 as c;')
    expect([code, stdout]).toEqual([2, '{"a":1}\n'])
    expect(stderr).toMatch(/^audit: standard input, line 3: there is no column "b"/)
    expect((await script('select 1 as a;\n.nonsense\n')).stderr).toMatch(/^audit: standard input, line 2: there is no command .nonsense/)
  })

  it('end at the time limit', async () => {
    const { code, stdout } = await script(`select 1 as a; ${ENDLESS} select 2;`, '--timeout', '1s')
    expect([code, stdout]).toEqual([124, '{"a":1}\n'])
  })

  it('do not fit one file', async () => {
    const { code, stderr } = await script('select 1; select 2;', '-o', 'two.csv')
    expect([code, stderr]).toEqual([2, expect.stringContaining('-o takes the rows of one statement')])
  })

  it('read files that read files, not without end', async () => {
    writeFileSync(join(program.cwd, 'loop.sql'), 'select 1 as a;\n.read loop.sql\n')
    const { code, stderr } = await script('.read loop.sql\n')
    expect([code, stderr]).toEqual([2, expect.stringContaining('more than 10 files read one another')])
  })
})

describe('a file of rows', { timeout: 30_000 }, () => {
  const query = (...args: string[]) => program.run(['query', 'c.sqlite', ...args])

  it.each(['csv', 'tsv', 'json', 'ndjson', 'md', 'txt', 'xlsx', 'parquet'])('.%s', async (ending) => {
    const file = join(program.cwd, `out.${ending}`)
    expect(await query('select * from tx', '-o', file, '--tz', 'Europe/Berlin')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const before = readFileSync(file)
    expect(await query('select 1', '-o', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(await query('select 1', '-o', file, '--force')).toMatchObject({ code: 0 })
    expect(readFileSync(file).equals(before)).toBe(false)
    expect(existsSync(`${file}.partial`)).toBe(false)
  })

  it('is not left half', async () => {
    expect(await query(ENDLESS, '-o', 'half.csv', '--timeout', '1s')).toMatchObject({ code: 124 })
    expect(await query('select nosuch', '-o', 'half.csv')).toMatchObject({ code: 2 })
    expect(['half.csv', 'half.csv.partial'].map((name) => existsSync(join(program.cwd, name)))).toEqual([false, false])
  })

  it('is needed for bytes, and is never the case', async () => {
    expect(await query('select 1', '--format', 'parquet')).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a file') })
    expect(await query('select 1', '-o', 'c.sqlite', '--force', '--format', 'csv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the case itself'),
    })
    chmodSync(join(program.cwd, 'c.sqlite'), 0o600)
  })
})

describe('packets behind rows', { timeout: 30_000 }, () => {
  it.skipIf(!hasCommand('tshark'))('are those that tshark finds by the filter', async () => {
    const tshark = async (filter: string): Promise<string[]> => {
      const { execFileSync } = await import('node:child_process')
      const out = execFileSync('tshark', ['-r', join(program.cwd, 'a.pcap'), '-Y', filter, '-T', 'fields', '-e', 'frame.number'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return out.split('\n').filter(Boolean)
    }
    const answer = async (sql: string): Promise<string> => (await program.run(['query', 'c.sqlite', sql, '--as-filter'])).stdout.trim()
    const { stdout } = await program.run(['query', 'c.sqlite', 'select frames from dns', '--as-frames'])
    const frames = stdout.trim().split(/[,-]/)
    expect(await tshark(await answer('select tx from dns'))).toEqual(frames)
    expect(await tshark(await answer('select flow_id from dns'))).toEqual(frames)
    expect(await tshark(await answer('select tx from dns where 0'))).toEqual([])
  })

  it('are asked for by one flag at a time', async () => {
    expect(await program.run(['query', 'c.sqlite', 'select 1', '--as-filter', '--csv'])).toMatchObject({ code: 2 })
    expect(await program.run(['query', 'c.sqlite', 'select 1 as id', '--as-filter'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the rows do not lead to packets'),
    })
  })
})
