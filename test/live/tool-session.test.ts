/** Sessions whose packets dumpcap or tcpdump take: the rows are those of libpcap and of the ring, nothing is dropped in silence, nothing stays behind. */
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { findProgram } from '../../src/live/programs.js'
import { dump, select } from '../sinks/rig.js'
import { readCapture } from '../support/read-capture.js'
import { came, descendants, isRunning, OwnSpace, pause, program } from './own-space.js'

function spaceOrWhy(): OwnSpace | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'networks of a test are made by root on Linux'
  const missing = ['dumpcap', 'tcpdump'].filter((name) => !findProgram(name)?.usable)
  if (missing.length > 0) return `${missing.join(' and ')} cannot be started here`
  try {
    return new OwnSpace()
  } catch (error) {
    return `no network can be made: ${(error as Error).message}`
  }
}
const made = spaceOrWhy()
if (typeof made === 'string') test.skip(`capturing by a program: ${made}`)

const TOOLS = ['dumpcap', 'tcpdump'] as const
const hidden = { NODE_OPTIONS: `--require ${join(import.meta.dirname, 'without-koffi.cjs')}` }

describe.skipIf(typeof made === 'string')('a session by a program', { timeout: 60_000 }, () => {
  const space = made as OwnSpace
  const at = (name: string): string => join(space.folder, name)
  const analyze = (...args: string[]): void => void execFileSync(process.execPath, [program, 'analyze', ...args], { cwd: space.folder })
  const captures = (name: string) => select(at(name), 'SELECT packets, dropped, writer FROM capture ORDER BY id') as Captured[]
  interface Captured {
    readonly packets: bigint
    readonly dropped: bigint | null
    readonly writer: string
  }
  afterEach(() => space.stop())
  afterAll(() => space.remove())

  /** A veth pair whose one end has an address; what is sent to its broadcast address passes it. */
  const pair = (name: string, net: string): void => {
    space.ip(`link add ${name} type veth peer name ${name}x`)
    space.ip(`addr add ${net}.1/24 dev ${name}`)
    for (const end of [name, `${name}x`]) space.ip(`link set ${end} up`)
  }

  /** Times and what follows from them differ by the nanoseconds between two stamps of one packet. */
  const rowsOf = (name: string): unknown[] => [
    select(
      at(name),
      'SELECT client_ip, client_port, server_port, method, path, status_code, request_bytes, response_bytes, frames FROM http ORDER BY path',
    ),
    select(
      at(name),
      'SELECT client_port, server_port, client_packets, server_packets, client_bytes, state FROM flow ORDER BY client_port, server_port',
    ),
  ]

  test('gives the rows that libpcap gives, and those of its ring', async () => {
    const ways = ['libpcap', ...TOOLS]
    const sessions = await Promise.all(
      ways.map((way) => space.live(['lo', '--capture-with', way, '-o', `${way}.sqlite`, '-w', `ring-${way}`, '-f', 'tcp port 8123'])),
    )
    await space.requests(200)
    for (const { child } of sessions) child.kill('SIGINT')
    expect(await Promise.all(sessions.map(({ over }) => over))).toEqual([0, 0, 0])
    expect(select(at('libpcap.sqlite'), 'SELECT count(*) AS n FROM http')).toEqual([{ n: 200n }])
    for (const way of ways) {
      expect(rowsOf(`${way}.sqlite`)).toEqual(rowsOf('libpcap.sqlite'))
      analyze(`ring-${way}`, '-o', `${way}-again.sqlite`)
      const { run: _live, ...first } = dump(at(`${way}.sqlite`))
      const { run: _again, ...second } = dump(at(`${way}-again.sqlite`))
      expect(first).toEqual(second)
      expect(captures(`${way}.sqlite`)).toEqual([{ packets: expect.any(BigInt), dropped: 0n, writer: expect.any(String) }])
    }
    expect(captures('tcpdump.sqlite')[0]!.writer).toMatch(/packets taken by tcpdump$/)
  })

  test.each(TOOLS)('%s captures several interfaces in the order of time, and all at once', async (tool) => {
    pair('va', '10.9.1')
    pair('vb', '10.9.2')
    try {
      const both = await space.live([
        'va',
        'vb',
        '--capture-with',
        tool,
        '-o',
        `two-${tool}.sqlite`,
        '-w',
        `two-${tool}`,
        '-f',
        'udp port 4000',
      ])
      const any = await space.live(['any', '--capture-with', tool, '-o', `any-${tool}.sqlite`, '-f', 'udp port 4000'])
      const few = await space.live(['va', '--capture-with', tool, '-o', `few-${tool}.sqlite`, '-f', 'udp port 4000', '--packets', '2'])
      await space.alternately(40, ['10.9.1.1', '10.9.1.255'], ['10.9.2.1', '10.9.2.255'])
      expect(await few.over).toBe(0)
      for (const { child } of [both, any]) child.kill('SIGTERM')
      expect([await both.over, await any.over]).toEqual([0, 0])
      expect(captures(`two-${tool}.sqlite`)).toMatchObject([{ packets: 80n, dropped: 0n }])
      const [file] = readdirSync(at(`two-${tool}`)).filter((name) => name.endsWith('.pcapng'))
      const { frames } = await readCapture(join(at(`two-${tool}`), file!))
      expect(frames.map(({ iface }) => iface)).toEqual(Array.from({ length: 80 }, (_, i) => i % 2))
      // Each once as it leaves, and once as it comes in at the other end.
      expect(captures(`any-${tool}.sqlite`)).toMatchObject([{ packets: 160n }])
      expect(captures(`few-${tool}.sqlite`)).toMatchObject([{ packets: 2n, dropped: 0n }])
    } finally {
      for (const name of ['va', 'vb']) space.ip(`link del ${name}`)
    }
  })

  test.each(TOOLS)('%s leaves no process behind when the session is killed', async (tool) => {
    const { child, over } = await space.live(['lo', '--capture-with', tool, '-o', `k-${tool}.sqlite`])
    const started = descendants(child.pid!)
    expect(started.map(({ name }) => name)).toContain(tool)
    child.kill('SIGKILL')
    await over
    // Nothing passes the interface: the program is told, it does not find out by itself.
    expect(await came(() => !started.some(({ pid }) => isRunning(pid)))).toBe(true)
  })

  test.each(TOOLS)('%s that dies ends the session with what came before', async (tool) => {
    const { child, over, err, out } = await space.live(['lo', '--capture-with', tool, '-o', `d-${tool}.sqlite`])
    await space.requests(20)
    await pause(1500)
    process.kill(descendants(child.pid!).find(({ name }) => name === tool)!.pid, 'SIGKILL')
    expect(await over).toBe(4)
    expect(err.text + out.text).toContain(`lo cannot be read any longer: ${tool} ended`)
    expect(select(at(`d-${tool}.sqlite`), 'SELECT count(*) AS n FROM http')).toEqual([{ n: 20n }])
    // The dead tell no counters; what was told before stays.
    expect(captures(`d-${tool}.sqlite`)[0]!.dropped).toBe(tool === 'dumpcap' ? null : 0n)
  })

  test.each(TOOLS)('an interface that vanishes under %s ends the session', async (tool) => {
    pair('vc', '10.9.3')
    const { over, err, out } = await space.live(['vc', '--capture-with', tool, '-o', `v-${tool}.sqlite`])
    await space.datagrams(3, 40, '10.9.3.1', '10.9.3.255')
    await pause(1500)
    space.ip('link del vc')
    expect(await over).toBe(4)
    expect(err.text + out.text).toContain(`vc cannot be read any longer: ${tool} ended`)
    expect(select(at(`v-${tool}.sqlite`), 'SELECT count(*) AS n FROM flow WHERE server_port = 4000')).toEqual([{ n: 1n }])
  })

  test.each(TOOLS)('all that a service sends its end to at once ends in order: %s', async (tool) => {
    const { child, over } = await space.live(['lo', '--capture-with', tool, '-o', `s-${tool}.sqlite`])
    await space.requests(20)
    await pause(1500)
    for (const { pid } of descendants(child.pid!)) process.kill(pid, 'SIGTERM')
    child.kill('SIGTERM')
    expect(await over).toBe(0)
    expect(select(at(`s-${tool}.sqlite`), 'SELECT count(*) AS n FROM http')).toEqual([{ n: 20n }])
  })

  test.each(TOOLS)('what %s dropped is counted: none is missing without a word', async (tool) => {
    pair('vd', '10.9.4')
    try {
      const sent = 4000
      const args = ['vd', '--capture-with', tool, '-o', `l-${tool}.sqlite`, '-f', 'udp port 4000', '--buffer-size', '1MiB', '--json']
      const { child, over, out } = await space.live(args)
      const { pid } = descendants(child.pid!).find(({ name }) => name === tool)!
      // Nobody takes what comes in until the buffer is full.
      process.kill(pid, 'SIGSTOP')
      await space.datagrams(sent, 1400, '10.9.4.1', '10.9.4.255')
      process.kill(pid, 'SIGCONT')
      if (tool === 'tcpdump') expect(await came(() => /"dropped":[1-9]/.test(out.text))).toBe(true)
      else expect(out.text).not.toMatch(/"dropped":\d/)
      child.kill('SIGINT')
      expect(await over).toBe(4)
      const [{ packets, dropped }] = captures(`l-${tool}.sqlite`) as [Captured]
      expect(dropped).toBeGreaterThan(0n)
      expect(packets + dropped!).toBe(BigInt(sent))
    } finally {
      space.ip('link del vd')
    }
  })

  test('outgoing packets are left out by tcpdump; dumpcap, which cannot, says so', async () => {
    pair('ve', '10.9.5')
    try {
      const args = ['ve', '--ignore-outgoing', '--duration', '2s', '-o', 'o.sqlite']
      const { over } = await space.live([...args, '--capture-with', 'tcpdump', '-f', 'udp port 4000'])
      await space.datagrams(3, 40, '10.9.5.1', '10.9.5.255')
      expect(await over).toBe(3)
      const refused = await space.live([...args, '--capture-with', 'dumpcap'])
      expect(await refused.over).toBe(2)
      expect(refused.err.text).toContain('ve cannot be captured by dumpcap: it cannot leave out outgoing packets')
      const chosen = await space.live(args, { env: hidden })
      expect(chosen.err.text).toContain('tcpdump captures instead')
      chosen.child.kill('SIGINT')
      await chosen.over
    } finally {
      space.ip('link del ve')
    }
  })

  test('without libpcap a session says who captures, and interfaces are listed', async () => {
    const { child, over, err } = await space.live(['lo', '-o', 'n.sqlite'], { env: hidden })
    await space.requests(20)
    child.kill('SIGINT')
    expect(await over).toBe(0)
    expect(err.text).toMatch(/lacks the optional package koffi .*; \S*dumpcap captures instead\n/)
    expect(captures('n.sqlite')[0]!.writer).toContain('packets taken by dumpcap')
    const forced = await space.live(['lo', '-o', 'm.sqlite', '--capture-with', 'libpcap'], { env: hidden })
    expect(await forced.over).toBe(2)
    expect(forced.err.text).toContain('tcpdump')
    const list = space.run('env', `NODE_OPTIONS=${hidden.NODE_OPTIONS}`, process.execPath, program, 'interfaces', '--json')
    expect(JSON.parse(list)).toContainEqual(
      expect.objectContaining({
        name: 'lo',
        loopback: true,
        up: true,
        link_type: null,
        addresses: expect.arrayContaining([{ address: '127.0.0.1', prefix: 8 }]),
      }),
    )
  })

  test.each(TOOLS)('what %s cannot capture is said in words', async (tool) => {
    writeFileSync(at('dash.yml'), 'interfaces: {device: lo, bpf_filter: "-w=escaped"}\n')
    space.ip('link add down0 type veth peer name down1')
    try {
      for (const [args, words] of [
        [['nosuch0'], 'there is no interface "nosuch0"'],
        [['lo', '-f', 'tcp prot 80'], 'the filter "tcp prot 80" does not work:'],
        [['lo', '-c', 'dash.yml'], 'the filter "-w=escaped" does not work:'],
        [['down0'], 'down0 cannot be captured: it is down'],
      ] as const) {
        const { over, err } = await space.live([...args, '--capture-with', tool])
        expect([await over, err.text]).toEqual([2, expect.stringContaining(words)])
      }
      // What was opened before the refusal does not stay.
      const second = await space.live(['lo', 'down0', '--capture-with', tool])
      expect(await second.over).toBe(2)
      expect(await came(() => space.processes() === '')).toBe(true)
      expect(readdirSync(space.folder).filter((name) => /^lo-|escaped/.test(name))).toEqual([])
    } finally {
      space.ip('link del down0')
    }
  })
})
