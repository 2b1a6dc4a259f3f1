/** Sockets and processes out of a made-up /proc: what leads to a name, and what must not. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { endianness, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { ProcessFinder, type Question } from '../../src/live/process-finder.js'
import { socketsOf } from '../../src/live/socket-table.js'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

interface Process {
  readonly pid: number
  /** Seconds after the host began. */
  readonly started?: number
  readonly inodes: readonly number[]
  readonly exe?: string
  readonly args?: readonly string[]
}

const UPTIME = 1000
const ago = (seconds: number): number => Date.now() - seconds * 1000

/** `address:port` as the kernel writes it. */
function end(ip: string, port: number): string {
  const bytes = ip.includes(':') ? v6(ip) : Buffer.from(ip.split('.').map(Number))
  if (endianness() === 'LE') bytes.swap32()
  return `${bytes.toString('hex').toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, '0')}`
}
function v6(ip: string): Buffer {
  if (ip.startsWith('::ffff:'))
    return Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), Buffer.from(ip.slice(7).split('.').map(Number))])
  const [left = '', right = ''] = ip.split('::')
  const words = (text: string): number[] => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)))
  const all = [...words(left), ...Array(8 - words(left).length - words(right).length).fill(0), ...words(right)] as number[]
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 255]))
}
const line = (local: string, remote: string, inode: number): string =>
  `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`
const NOBODY = end('0.0.0.0', 0)
const HEADING = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

function proc(tables: Record<string, string>, processes: readonly Process[]): string {
  const root = mkdtempSync(join(tmpdir(), 'proc-'))
  folders.push(root)
  mkdirSync(join(root, 'net'))
  mkdirSync(join(root, 'sys/net/ipv4'), { recursive: true })
  writeFileSync(join(root, 'sys/net/ipv4/ip_local_port_range'), '32768\t60999\n')
  writeFileSync(join(root, 'uptime'), `${UPTIME}.00 1.00\n`)
  for (const [name, lines] of Object.entries(tables)) writeFileSync(join(root, 'net', name), HEADING + lines)
  for (const { pid, started = 100, inodes, exe = '/usr/bin/thing', args = ['thing'] } of processes) {
    mkdirSync(join(root, `${pid}/fd`), { recursive: true })
    writeFileSync(join(root, `${pid}/stat`), `${pid} (a) b (c) S ${Array(18).fill(0).join(' ')} ${started * 100} 0 0\n`)
    writeFileSync(join(root, `${pid}/cmdline`), args.map((one) => `${one}\0`).join(''))
    writeFileSync(join(root, `${pid}/comm`), 'comm\n')
    if (exe !== '') symlinkSync(exe, join(root, `${pid}/exe`))
    inodes.forEach((inode, i) => {
      symlinkSync(`socket:[${inode}]`, join(root, `${pid}/fd/${i + 3}`))
    })
  }
  return root
}

const client = { ip: '192.0.2.1', port: 40_000 }
const server = { ip: '192.0.2.2', port: 80 }
const question = (more: Partial<Question> = {}): Question => ({
  flow: 'f',
  transport: 'tcp',
  local: client,
  remote: server,
  firstMs: ago(10),
  ...more,
})
const ask = (root: string, one: Question, options: Partial<ConstructorParameters<typeof ProcessFinder>[0]> = {}) =>
  new ProcessFinder({ monitored: [], withArgs: false, proc: root, ...options }).find([one]).get(one)

const mine = line(end('192.0.2.1', 40_000), end('192.0.2.2', 80), 77)

test('both ends of a connection lead to its process', () => {
  const root = proc({ tcp: mine }, [{ pid: 12, inodes: [5, 77] }])
  expect(ask(root, question())).toMatchObject({ process: { pid: 12, name: 'thing', executable: '/usr/bin/thing' }, holders: 1 })
  expect(ask(root, question())!.process.args).toBeUndefined()
})

test.each<[string, Record<string, string>, Partial<Question>]>([
  ['another port of the peer', { tcp: line(end('192.0.2.1', 40_000), end('192.0.2.2', 81), 77) }, {}],
  ['another peer', { tcp: line(end('192.0.2.1', 40_000), end('192.0.2.3', 80), 77) }, {}],
  ['another address of this host', { tcp: line(end('192.0.2.9', 40_000), end('192.0.2.2', 80), 77) }, {}],
  ['a listener', { tcp: line(NOBODY.replace(/0000$/, '9C40'), NOBODY, 77) }, {}],
  ['a connection in TIME_WAIT', { tcp: line(end('192.0.2.1', 40_000), end('192.0.2.2', 80), 0) }, {}],
  ['the other protocol', { udp: mine }, {}],
  ['a datagram socket on a port of the moment', { udp: line(end('0.0.0.0', 40_000), NOBODY, 77) }, { transport: 'udp' }],
  ['a datagram socket of a process that is younger', { udp: mine }, { transport: 'udp', firstMs: ago(950) }],
  ['lines that are none', { tcp: `${'x'.repeat(5000)}\n   0: 0100007F:1 zz\n` }, {}],
])('%s is not it', (_name, tables, more) => {
  expect(ask(proc(tables, [{ pid: 12, inodes: [77] }]), question(more))).toBeUndefined()
})

test('datagrams: a connected socket, and a server on its port, whatever address it is bound to', () => {
  expect(ask(proc({ udp: mine }, [{ pid: 12, inodes: [77] }]), question({ transport: 'udp' }))).toMatchObject({ process: { pid: 12 } })
  const asServer = question({ transport: 'udp', local: { ip: '192.0.2.2', port: 53 }, remote: client })
  for (const ip of ['0.0.0.0', '192.0.2.2'])
    expect(ask(proc({ udp: line(end(ip, 53), NOBODY, 77) }, [{ pid: 12, inodes: [77] }]), asServer)).toMatchObject({ process: { pid: 12 } })
  expect(ask(proc({ udp: line(end('192.0.2.7', 53), NOBODY, 77) }, [{ pid: 12, inodes: [77] }]), asServer)).toBeUndefined()
})

test('an IPv6 socket that speaks IPv4 is found by what the wire has', () => {
  const table = { tcp6: line(end('::ffff:192.0.2.1', 40_000), end('::ffff:192.0.2.2', 80), 77) }
  expect(ask(proc(table, [{ pid: 12, inodes: [77] }]), question())).toMatchObject({ process: { pid: 12 } })
  const six = { tcp6: line(end('2001:db8::1', 40_000), end('2001:db8::2', 80), 77) }
  const asked = question({ local: { ip: '2001:db8::1', port: 40_000 }, remote: { ip: '2001:db8::2', port: 80 } })
  expect(ask(proc(six, [{ pid: 12, inodes: [77] }]), asked)).toMatchObject({ process: { pid: 12 } })
})

test('of processes that share a socket the youngest is named, and how many hold it', () => {
  const root = proc({ tcp: mine }, [
    { pid: 12, started: 100, inodes: [77] },
    { pid: 13, started: 500, inodes: [77, 77], exe: '/usr/lib/postgresql/postgres (deleted)' },
    { pid: 14, started: 300, inodes: [78] },
  ])
  expect(ask(root, question())).toMatchObject({ process: { pid: 13, name: 'postgres' }, holders: 2 })
})

test('two sockets that fit and belong to two processes name nobody', () => {
  const both = line(end('0.0.0.0', 5353), NOBODY, 77) + line(end('0.0.0.0', 5353), NOBODY, 78)
  const asked = question({ transport: 'udp', local: { ip: '192.0.2.2', port: 5353 }, remote: client })
  const processes = [
    { pid: 12, inodes: [77] },
    { pid: 13, inodes: [78] },
  ]
  expect(ask(proc({ udp: both }, processes), asked)).toBeUndefined()
  expect(ask(proc({ udp: both }, [{ pid: 12, inodes: [77, 78] }]), asked)).toMatchObject({ process: { pid: 12 } })
})

test('names by command line; the command line itself only when asked for', () => {
  const root = proc({ tcp: mine }, [{ pid: 12, inodes: [77], exe: '', args: ['/usr/bin/java', '-jar', 'shop.jar', '-psecret'] }])
  expect(ask(root, question())!.process).toMatchObject({ name: 'comm' })
  expect(JSON.stringify(ask(root, question()))).not.toContain('secret')
  const named = ask(root, question(), { monitored: [{ process: 'shop', grep: 'shop.jar' }], withArgs: true })!.process
  expect(named).toMatchObject({ name: 'shop', args: ['/usr/bin/java', '-jar', 'shop.jar', '-psecret'] })
  expect(named.executable).toBeUndefined()
})

test('whatever a table holds, it is read to its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789ABCDEF: \n') }), (text) => {
      for (const { localIp, inode } of socketsOf(HEADING + text)) expect([typeof localIp, Number.isFinite(inode)]).toEqual(['string', true])
    }),
  )
})
