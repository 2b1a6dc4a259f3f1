import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conversation } from '../../src/kit/conversation.js'
import { Program } from './program.js'

let program: Program
beforeAll(async () => {
  program = await Program.build()
})
afterAll(() => program.remove())

const rows = (path: string, sql: string): unknown[] => {
  const db = new Database(path, { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}
const folder = (): Promise<string> => mkdtemp(join(program.cwd, 'plugin-'))

describe('audit new-protocol', () => {
  it('writes a folder, linked to the kit of the program that wrote it', async () => {
    const cwd = await folder()
    const { code, stdout, stderr } = await program.run(['new-protocol', 'mine'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n')).toEqual([
      ...['mine.js', 'sample.js', 'check.js', 'package.json'].map((file) => join('mine', file)),
      'next  cd mine && node sample.js && node check.js',
      '',
    ])
    expect(readdirSync(join(cwd, 'mine')).sort()).toEqual(['check.js', 'mine.js', 'node_modules', 'package.json', 'sample.js'])
    expect(realpathSync(readlinkSync(join(cwd, 'mine/node_modules/pcap-audit')))).toBe(realpathSync(program.root))
    const { devDependencies } = JSON.parse(readFileSync(join(cwd, 'mine/package.json'), 'utf8'))
    expect(devDependencies).toEqual({ 'pcap-audit': expect.stringMatching(/^file:\//) })
  })

  it('leaves a folder alone that is there', async () => {
    const cwd = await folder()
    await mkdir(join(cwd, 'mine'))
    const { code, stdout, stderr } = await program.run(['new-protocol', 'mine'], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('audit: mine is already there')
    expect(readdirSync(join(cwd, 'mine'))).toEqual([])
  })

  it.each([
    ['My-Own', 'My-Own: no name for a protocol'],
    ['../mine', '../mine: no name for a protocol'],
    ['http', 'there is a protocol "http" already'],
    ['flow', '"flow" is a table of every case'],
    ['tx', '"tx" is a table of every case'],
  ])('refuses the name %s', async (name, message) => {
    const cwd = await folder()
    const { code, stdout, stderr } = await program.run(['new-protocol', name], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(readdirSync(cwd)).toEqual([])
  })
})

/** A question is a line that ends in '?'; the next line of the server is its answer. A line 'boom' is more than it can take. */
const MODULE = `export default ({ defineFields, defineOptions, defineProtocol, flag, optional, text }) =>
  defineProtocol({
    name: 'mine',
    doc: 'One question.',
    spec: [],
    transports: ['tcp'],
    ports: [7007],
    fields: defineFields({ asked: optional(text('The question.', 'why?')) }),
    options: defineOptions({ loud: flag('In capitals.') }),
    anomalies: {},
    probe({ client, hinted }) {
      const start = client.latin1(4)
      return start === 'why?' || (start === 'hmm?' && hinted) ? 'yes' : 'no'
    },
    open: (session) => {
      const parser = {
        next(cur, into) {
          const line = cur.line(100)
          if (cur.short) return 'need-more'
          if (line === 'boom') throw new Error('too much')
          into(line)
          return 'message'
        },
      }
      const correlator = {
        see(side, line, at) {
          if (side === 'client')
            session.emit({ request: at, complete: 'no-response', status: 'OK', row: { asked: session.options.loud ? line.toUpperCase() : line } })
        },
        end() {},
      }
      return { client: parser, server: parser, correlator }
    },
  })
`
const ask = (line: string, clientPort: number, serverPort = 7007): Buffer =>
  conversation([['client', `${line}\n`]], { clientPort, serverPort })

describe('audit analyze --plugin', () => {
  async function desk(): Promise<string> {
    const cwd = await folder()
    await writeFile(join(cwd, 'mine.mjs'), MODULE)
    await writeFile(join(cwd, 'why.pcap'), ask('why?', 50_001, 9000))
    await writeFile(join(cwd, 'hmm.pcap'), ask('hmm?', 50_002))
    await writeFile(
      join(cwd, 'boom.pcap'),
      conversation(
        [
          ['client', 'why?\n'],
          ['client', 'boom\n'],
          ['client', 'why?\n'],
        ],
        { clientPort: 50_003, serverPort: 7007 },
      ),
    )
    return cwd
  }
  const asked = (cwd: string): unknown[] =>
    rows(join(cwd, 'c.sqlite'), 'select asked, server_port port from mine order by port, client_port')

  it('gives rows, and the run row tells which code made them', async () => {
    const cwd = await desk()
    const { code, stderr } = await program.run(['analyze', 'why.pcap', 'hmm.pcap', '--plugin', './mine.mjs', '-o', 'c.sqlite'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    expect(asked(cwd)).toEqual([
      { asked: 'hmm?', port: 7007 },
      { asked: 'why?', port: 9000 },
    ])
    const [{ plugins }] = rows(join(cwd, 'c.sqlite'), "select config -> '$.plugins' plugins from run") as [{ plugins: string }]
    const sha256 = createHash('sha256').update(MODULE).digest('hex')
    expect(JSON.parse(plugins)).toEqual([{ path: './mine.mjs', sha256, protocols: ['mine'] }])
  })

  it('a file that is not there is a wrong usage, and nothing is written', async () => {
    const cwd = await desk()
    const { code, stdout, stderr } = await program.run(['analyze', 'why.pcap', '--plugin', 'none.mjs', '-o', 'c.sqlite'], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^audit: none\.mjs: no such plugin\n/)
    expect(existsSync(join(cwd, 'c.sqlite'))).toBe(false)
  })

  it('one that throws costs its conversation, not the run', async () => {
    const cwd = await desk()
    const { code, stderr } = await program.run(['analyze', 'boom.pcap', 'why.pcap', '--plugin', 'mine.mjs', '-o', 'c.sqlite'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    expect(asked(cwd)).toEqual([
      { asked: 'why?', port: 7007 },
      { asked: 'why?', port: 9000 },
    ])
    expect(rows(join(cwd, 'c.sqlite'), 'select code, message from anomaly')).toEqual([
      { code: 'internal.parser-crash', message: expect.stringContaining('The mine parser failed: Error: too much') },
    ])
  })

  it('one whose shared() throws ends the run as its own failure, and nothing is written', async () => {
    const cwd = await desk()
    await writeFile(join(cwd, 'bad.mjs'), MODULE.replace('anomalies: {},', "anomalies: {}, shared() { throw new Error('no room') },"))
    const { code, stdout, stderr } = await program.run(['analyze', 'why.pcap', '--plugin', 'bad.mjs', '-o', 'c.sqlite'], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /^audit: bad\.mjs: shared\(\) of the plugin's protocol "mine" failed: no room \(at .*bad\.mjs:\d+:\d+\)+\n {2}mend the plugin/,
    )
    expect(existsSync(join(cwd, 'c.sqlite'))).toBe(false)
  })

  it.each([
    ["probe() { throw new Error('no idea') }", 'The detection parser failed: Error: no idea'],
    ["probe: () => 'yes', open() { throw new Error('not now') }", 'The mine parser failed: Error: not now'],
    ["probe: () => 'yes', open: () => ({})", 'want parsers "client" and "server"'],
  ])('nor does one whose probe or open fails, over TCP and UDP: %s', async (parts, message) => {
    const cwd = await desk()
    await writeFile(join(cwd, 'udp.pcap'), conversation([['client', 'why?']], { clientPort: 50_004, serverPort: 7007, transport: 'udp' }))
    await writeFile(
      join(cwd, 'bad.mjs'),
      MODULE.replace("transports: ['tcp']", "transports: ['tcp', 'udp']").replace(/ {2}\}\)\n$/, `${parts},\n})\n`),
    )
    const { code, stderr } = await program.run(['analyze', 'why.pcap', 'udp.pcap', '--plugin', 'bad.mjs', '-o', 'c.sqlite'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    expect(rows(join(cwd, 'c.sqlite'), 'select transport, code, message from anomaly join flow on flow.id = flow_id order by 1')).toEqual(
      ['tcp', 'udp'].map((transport) => ({ transport, code: 'internal.parser-crash', message: expect.stringContaining(message) })),
    )
  })

  it('one whose rows do not fit what it declares gives none, and the anomaly says why', async () => {
    const cwd = await desk()
    await writeFile(join(cwd, 'bad.mjs'), MODULE.replace('row: { asked:', 'row: { aksed:'))
    const { code, stderr } = await program.run(['analyze', 'why.pcap', '--plugin', 'bad.mjs', '-o', 'c.sqlite'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    expect(asked(cwd)).toEqual([])
    expect(rows(join(cwd, 'c.sqlite'), 'select message from anomaly')).toEqual([
      { message: expect.stringContaining('row.aksed: there is no such field') },
    ])
  })

  it('its name works in -p, --port and a configuration', async () => {
    const cwd = await desk()
    const run = (...args: string[]) =>
      program.run(['analyze', 'why.pcap', 'hmm.pcap', '--plugin', 'mine.mjs', '-o', 'c.sqlite', ...args], { cwd })
    expect(await run('-p', 'mine', '--port', 'mine=9000')).toMatchObject({ code: 0, stderr: '' })
    expect(asked(cwd)).toEqual([{ asked: 'why?', port: 9000 }])
    await writeFile(join(cwd, 'audit.yml'), 'detection: ports\nprotocols: [{type: mine, ports: [7007], loud: true}]\n')
    expect(await run('-c', 'audit.yml')).toMatchObject({ code: 0, stderr: '' })
    expect(asked(cwd)).toEqual([{ asked: 'HMM?', port: 7007 }])
    await writeFile(join(cwd, 'audit.yml'), 'protocols: [{type: mine, loudd: true}]\n')
    const wrong = await run('-c', 'audit.yml')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('mine has no option "loudd"; did you mean "loud"?')])
    const without = await program.run(['analyze', 'why.pcap', '-p', 'mine'], { cwd })
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('there is no protocol "mine"')])
  })

  it('documents name its columns, and audit protocols lists what is built in', async () => {
    const cwd = await desk()
    const { stdout } = await program.run(['analyze', 'why.pcap', '--plugin', 'mine.mjs', '-o', '-'], { cwd })
    const first = JSON.parse(stdout.split('\n')[0]!)
    expect(first).toMatchObject({ type: 'mine', event: { dataset: 'mine' }, mine: { asked: 'why?' } })
    const listed = await program.run(['protocols'], { cwd })
    expect(listed.code).toBe(0)
    expect(listed.stdout).not.toContain('mine')
  })
})

describe('audit protocols and audit schema --plugin', () => {
  const ran = async (...args: string[]) => {
    const cwd = await folder()
    await writeFile(join(cwd, 'mine.mjs'), MODULE)
    await writeFile(join(cwd, 'yours.mjs'), MODULE.replace("name: 'mine'", "name: 'yours'"))
    return program.run(args, { cwd })
  }

  it('show the protocols of plugins beside our own', async () => {
    const { code, stdout } = await ran('protocols', '--plugin', 'mine.mjs', '--plugin', './yours.mjs', '--json')
    const names = JSON.parse(stdout).map(({ name }: { name: string }) => name)
    expect([code, names.includes('http'), names.slice(-2)]).toEqual([0, true, ['mine', 'yours']])
    const one = await ran('protocols', 'mine', '--plugin=mine.mjs')
    expect(one.stdout).toContain('In capitals.')
  })

  it('show its table, its SQL and its columns', async () => {
    const table = await ran('schema', 'mine', '--plugin', 'mine.mjs', '--json')
    expect(JSON.parse(table.stdout).columns.at(-1)).toMatchObject({ name: 'asked', doc: 'The question.', document: ['mine.asked'] })
    expect((await ran('schema', '--plugin', 'mine.mjs')).stdout).toMatch(/^mine +view/m)
    expect((await ran('schema', '--sql', '--plugin', 'mine.mjs')).stdout).toContain('CREATE TABLE main."tx_mine"')
  })

  it('say what is wrong as analyze does', async () => {
    for (const command of ['protocols', 'schema']) {
      const { code, stdout, stderr } = await ran(command, '--plugin', 'none.mjs')
      expect([code, stdout, stderr.split('\n')[0]]).toEqual([2, '', 'audit: none.mjs: no such plugin'])
    }
    expect((await ran('protocols', 'mine')).code).toBe(2)
  })
})
