/** SIGHUP reads the configuration again: no packet is lost, each capture belongs to one run, and the ring explains every row. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { select } from '../sinks/rig.js'
import { pause, program, Space, until } from './sessions.js'

const made = Space.make('reload')
const able = typeof made !== 'string'
const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0
if (!able) it.skip(`a session that is told to read its configuration again: ${made}`)

const server = `
  const http = require('node:http')
  const agent = new http.Agent({ maxSockets: 4 })
  const server = http.createServer((q, r) => r.end('hello ' + q.url))
  const [count, every] = [Number(process.argv[1]), Number(process.argv[2])]
  server.listen(8123, '127.0.0.1', async () => {
    const one = (i) => new Promise((done) => http.get({ port: 8123, host: '127.0.0.1', path: '/' + i + '?word=secret' + i, agent }, (r) => { r.resume(); r.on('end', done) }))
    for (let i = 0; i < count; i++) { await one(i); if (every > 0) await new Promise((done) => setTimeout(done, every)) }
    agent.destroy(); server.close()
  })`

describe.skipIf(!able)('a session that is told to read its configuration again', { timeout: 90_000 }, () => {
  const space = made as Space
  const at = (name: string): string => join(space.folder, name)
  const write = (name: string, text: string): void => {
    writeFileSync(at(name), text)
    chmodSync(at(name), 0o600)
  }
  const n = (path: string, sql: string): number => Number((select(at(path), sql) as [{ n: bigint }])[0].n)

  /** Packets of the loopback, by its own counters. */
  const passed = (): number => {
    const stats = JSON.parse(space.ip('-s', '-j', 'link', 'show', 'lo')) as [{ stats64: { tx: { packets: number } } }]
    return stats[0].stats64.tx.packets
  }

  afterEach(() => space.endSessions())
  afterAll(() => space.remove())

  test('without a configuration has nothing to read, and goes on', async () => {
    const session = await space.live(['lo', '-o', 'f.sqlite'])
    session.child.kill('SIGHUP')
    await session.says('none was given with -c')
    await space.node(server, '5', '0')
    await pause(300)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    expect(n('f.sqlite', 'SELECT count(*) AS n FROM http')).toBe(5)
  })

  test('loses no packet, whatever comes while it does, and the ring gives the rows of each run', async () => {
    const configs = ['detection: content\n', 'detection: content\nprotocols: [{type: http, ports: [8123], hide_keywords: [word]}]\n']
    write('a.yml', configs[0]!)
    const session = await space.live([
      'lo',
      '-c',
      'a.yml',
      '-o',
      'a.sqlite',
      '-w',
      'ring',
      '--ring-file-size',
      '50kB',
      '--buffer-size',
      '64MB',
    ])
    const before = passed()
    const requests = 600
    let busy = true
    const traffic = space.node(server, String(requests), '2').then(() => {
      busy = false
    })
    let turns = 0
    while (busy) {
      turns++
      write('a.yml', configs[turns % 2]!)
      session.child.kill('SIGHUP')
      await pause(250)
    }
    await traffic
    expect(turns).toBeGreaterThan(3)
    await pause(400)
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text]).toEqual([0, expect.stringContaining('was read again')])

    // What went over the wire, by the counters of the interface itself, and what is written down.
    expect(n('a.sqlite', 'SELECT sum(packets) AS n FROM capture')).toBe(passed() - before)
    expect(n('a.sqlite', 'SELECT sum(dropped) AS n FROM capture')).toBe(0)
    const runs = select(at('a.sqlite'), 'SELECT id, config_hash, config, finished FROM run ORDER BY id') as {
      id: bigint
      config_hash: string
      config: string
      finished: bigint
    }[]
    expect(runs.length).toBeGreaterThan(3)
    expect(runs.map(({ id }) => Number(id))).toEqual(runs.map((_, i) => i + 1))
    expect(new Set(runs.map(({ config_hash }) => config_hash)).size).toBe(2)
    // A request whose answer came after the end of its run is two rows, as each half is in captures of its own.
    expect(n('a.sqlite', "SELECT count(DISTINCT path) AS n FROM http WHERE path LIKE '/%'")).toBe(requests)

    for (const { id, config } of runs) {
      const files = select(at('a.sqlite'), `SELECT path FROM capture WHERE run_id = ${id} ORDER BY id`) as { path: string }[]
      expect(files.length).toBeGreaterThan(0)
      write(
        `run-${id}.yml`,
        config.replace(/"(?:files|plugins|strict_checksums|start|end)":(?:null|false|true|\[[^\]]*\]),?/g, '').replace(/,}$/, '}'),
      )
      execFileSync(
        process.execPath,
        [program, 'analyze', ...files.map(({ path }) => path), '-c', `run-${id}.yml`, '-o', `run-${id}.sqlite`],
        { cwd: space.folder, stdio: 'ignore' },
      )
      const sql = (where: string): string =>
        `SELECT h.tx, h.status, h.complete, h.query, h.path, f.flow FROM http h JOIN flow f ON f.id = h.flow_id ${where} ORDER BY h.ts_ns, h.tx`
      const live = select(at('a.sqlite'), sql(`WHERE h.capture_id IN (SELECT id FROM capture WHERE run_id = ${id})`))
      expect(live).toEqual(select(at(`run-${id}.sqlite`), sql('')))
      const hides = config.includes('word')
      expect((live as { query: string }[]).some(({ query }) => query?.includes('secret'))).toBe(!hides)
    }
    expect(n('a.sqlite', 'SELECT count(*) AS n FROM flow')).toBe(
      runs.reduce((sum, { id }) => sum + n(`run-${id}.sqlite`, 'SELECT count(*) AS n FROM flow'), 0),
    )
    execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: at('ring') })
  })

  test('a wrong file is told and changes nothing; what needs a restart is named', async () => {
    write('b.yml', 'interfaces: {device: lo, snaplen: 1500}\nprotocols: [{type: http, ports: [8123]}]\n')
    const session = await space.live(['-c', 'b.yml', '-o', 'b.sqlite', '-w', 'ring-b'])
    await space.node(server, '5', '0')
    await pause(300)
    write('b.yml', 'protocols: [{type: htp, ports: [8123]}]\n')
    session.child.kill('SIGHUP')
    await session.says(/the configuration stays as it was, the file is not taken: .*b\.yml:1/)
    write('b.yml', 'interfaces: {device: eth7, snaplen: 200, bpf_filter: "tcp prot 1"}\nprocs: {enabled: true}\n')
    session.child.kill('SIGHUP')
    await session.says(/the file is not taken: the filter "tcp prot 1" does not work/)
    expect(session.err.text).toContain('changes only with a restart: interfaces.device, interfaces.snaplen, procs; it stays as it was')
    write(
      'b.yml',
      'interfaces: {device: lo, snaplen: 1500}\nprotocols: [{type: http, ports: [8123]}]\noutput.elasticsearch: {password: x}\n',
    )
    chmodSync(at('b.yml'), 0o644)
    session.child.kill('SIGHUP')
    await session.says(/the file is not taken: .*others can read it \(mode 0644\); chmod 0600/)
    write('b.yml', 'interfaces: {device: lo, snaplen: 1500}\nprotocols: [{type: http, ports: [8123]}]\n')
    session.child.kill('SIGHUP')
    await session.says('nothing has changed')
    await space.node(server, '5', '0')
    await pause(300)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    expect(select(at('b.sqlite'), 'SELECT id, finished FROM run')).toEqual([{ id: 1n, finished: 1n }])
    expect(n('b.sqlite', 'SELECT count(*) AS n FROM http')).toBe(10)
    expect(readdirSync(at('ring-b')).filter((name) => name.endsWith('.pcapng'))).toHaveLength(1)
  })

  test('a configuration that others can read and that holds a credential begins nothing', async () => {
    write('e.yml', 'interfaces: {device: lo}\noutput.elasticsearch: {password: x}\n')
    chmodSync(at('e.yml'), 0o640)
    const session = await space.live(['-c', 'e.yml', '-o', 'e.sqlite'])
    expect([await session.over, session.err.text]).toEqual([
      2,
      expect.stringMatching(/e\.yml:2: holds a credential .*mode 0640\)\n {2}chmod 0600 e\.yml/),
    ])
  })

  test('another filter holds from then on, also without a ring', async () => {
    space.pair('na', 'nb', '10.9.7.1', '10.9.7.2')
    write('c.yml', 'interfaces: {device: na, bpf_filter: "udp port 4000"}\n')
    const session = await space.live(['-c', 'c.yml', '-o', 'c.sqlite', '--metrics', '9273'])
    const counters = async (): Promise<number[]> => {
      const script = "fetch('http://127.0.0.1:9273/metrics').then((r) => r.text()).then((t) => require('node:fs').writeFileSync('page', t))"
      await space.node(script)
      const page = readFileSync(at('page'), 'utf8')
      return ['audit_interface_packets_total{interface="na"}', 'audit_flows_total', 'audit_decoder_lag_packets'].map((name) =>
        Number(
          page
            .split('\n')
            .find((line) => line.startsWith(`${name} `))
            ?.slice(name.length),
        ),
      )
    }
    const counted: number[][] = []
    const both = async (): Promise<void> => {
      await space.datagrams(20, '10.9.7.2', 4000)
      await space.datagrams(20, '10.9.7.2', 5000)
      await pause(2200)
      counted.push(await counters())
    }
    await both()
    for (const [i, filter] of ['udp port 5000', 'udp'].entries()) {
      write('c.yml', `interfaces: {device: na, bpf_filter: "${filter}"}\n`)
      session.child.kill('SIGHUP')
      await until(() => (session.err.text.match(/decodes from the next packet on/g) ?? []).length === i + 1)
      await both()
    }
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text]).toEqual([0, expect.any(String)])
    // A counter does not fall with another configuration.
    expect(counted).toEqual([
      [20, 1, 0],
      [40, 2, 0],
      [80, 4, 0],
    ])
    expect(select(at('c.sqlite'), 'SELECT id, name, run_id, packets FROM capture ORDER BY id')).toEqual([
      { id: 1n, name: 'live', run_id: 1n, packets: 20n },
      { id: 2n, name: 'live-2', run_id: 2n, packets: 20n },
      { id: 3n, name: 'live-3', run_id: 3n, packets: 40n },
    ])
    const filters = select(at('c.sqlite'), "SELECT interfaces ->> '$[0].filter' AS filter FROM capture ORDER BY id")
    expect(filters).toEqual([{ filter: 'udp port 4000' }, { filter: 'udp port 5000' }, { filter: 'udp' }])
    expect(select(at('c.sqlite'), 'SELECT DISTINCT run_id FROM coverage ORDER BY 1')).toEqual([
      { run_id: 1n },
      { run_id: 2n },
      { run_id: 3n },
    ])
  })

  test.skipIf(!hasTcpdump)('where a program takes the packets its filter stays, is named, and the rest is taken', async () => {
    write('g.yml', 'interfaces: {device: na, bpf_filter: "udp port 4000"}\n')
    const session = await space.live(['-c', 'g.yml', '-o', 'g.sqlite', '-w', 'ring-g', '--capture-with', 'tcpdump'])
    await space.datagrams(20, '10.9.7.2', 4000)
    await pause(1500)
    write('g.yml', 'interfaces: {device: na, bpf_filter: "udp port 5000"}\nflows: {timeout: 5s}\n')
    session.child.kill('SIGHUP')
    await session.says('the filter of na changes only with a restart: udp port 4000 stays in force there')
    await session.says('decodes from the next packet on')
    await space.datagrams(10, '10.9.7.2', 4000)
    await space.datagrams(10, '10.9.7.2', 5000)
    await pause(1500)
    session.child.kill('SIGINT')
    expect([await session.over, session.err.text]).toEqual([0, expect.any(String)])
    expect(
      select(
        at('g.sqlite'),
        "SELECT run_id, packets, interfaces ->> '$[0].filter' AS filter, writer LIKE '%tcpdump%' AS by FROM capture ORDER BY id",
      ),
    ).toEqual([
      { run_id: 1n, packets: 20n, filter: 'udp port 4000', by: 1n },
      { run_id: 2n, packets: 10n, filter: 'udp port 4000', by: 1n },
    ])
  })

  test('a filter that let nothing through is replaced without losing the first packet', async () => {
    write('d.yml', 'interfaces: {device: na, bpf_filter: "udp port 1"}\n')
    const session = await space.live(['-c', 'd.yml', '-o', 'd.sqlite'])
    await space.datagrams(5, '10.9.7.2', 4000)
    write('d.yml', 'interfaces: {device: na, bpf_filter: "udp port 4000"}\n')
    session.child.kill('SIGHUP')
    await session.says('decodes from the next packet on')
    await space.datagrams(20, '10.9.7.2', 4000)
    await pause(400)
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    expect(n('d.sqlite', 'SELECT sum(packets) AS n FROM capture')).toBe(20)
  })
})
