import { execFileSync } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { describe, expect, test } from 'vitest'
import { type GrepOptions, grep } from '../../src/app/grep.js'
import { frame, noise, pcap, tcpFrame, udpFrame } from '../support/captures.js'
import { caseOf, newFolder, rowsOf, tsharkFields } from '../support/case.js'

const samples = resolve(import.meta.dirname, '../../samples')
type Kind = 'text' | 'hex' | 'regex'
const search = (path: string, text: string, kind: Kind = 'text', more: Partial<GrepOptions> & { ignoreCase?: boolean } = {}) =>
  grep({ path, limit: 1000, ...more, pattern: { text, kind, ignoreCase: more.ignoreCase ?? false } })
const places = async (...given: Parameters<typeof search>) =>
  (await search(...given)).matches.map(({ side, offset, length, frames }) => [side, offset, length, frames])

const there = { src: '192.0.2.7', dst: '192.0.2.80', srcPort: 41_000, dstPort: 8000 }
const back = { src: '192.0.2.80', dst: '192.0.2.7', srcPort: 8000, dstPort: 41_000 }
const opened = [
  tcpFrame({ ...there, flags: 'S', seq: 9 }),
  tcpFrame({ ...back, flags: 'SA', seq: 99, ack: 10 }),
  tcpFrame({ ...there, flags: 'A', seq: 10, ack: 100 }),
]
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
async function caseWith(...frames: Uint8Array[]): Promise<string> {
  const folder = newFolder()
  writeFileSync(join(folder, 'a.pcap'), pcap(frames.map((data, i) => frame(data, 1_000_000_000, i * 1000))))
  return caseOf(join(folder, 'case.sqlite'), [join(folder, 'a.pcap')])
}
/** What the client says, in segments of these sizes. */
const said = (text: string | Buffer, size: number): Promise<string> => {
  const all = typeof text === 'string' ? bytes(text) : text
  const frames = [...opened]
  for (let at = 0; at < all.length; at += size)
    frames.push(tcpFrame({ ...there, flags: 'PA', seq: 10 + at, ack: 100 }, all.subarray(at, at + size)))
  return caseWith(...frames)
}

test.each(['text', 'regex'] as const)('across segments, whatever their order, and once however often they are sent: %s', async (kind) => {
  const path = await caseWith(
    ...opened,
    tcpFrame({ ...there, flags: 'PA', seq: 10, ack: 100 }, 'xxsec'),
    tcpFrame({ ...there, flags: 'PA', seq: 18, ack: 100 }, 'word yy'),
    tcpFrame({ ...there, flags: 'PA', seq: 15, ack: 100 }, 'ret'),
    tcpFrame({ ...there, flags: 'PA', seq: 15, ack: 100 }, 'ret'),
    tcpFrame({ ...there, flags: 'PA', seq: 10, ack: 100 }, 'xxsec'),
    tcpFrame({ ...back, flags: 'PA', seq: 100, ack: 25 }, 'no secret word'),
  )
  expect(await places(path, kind === 'text' ? 'secretword' : 's[a-z]+word', kind)).toEqual([['client', 2, 10, '4-6']])
  const { matches } = await search(path, kind === 'text' ? 'secret' : 'secret', kind)
  expect(matches.map(({ side, snippet }) => [side, snippet.toString()])).toEqual([
    ['client', 'xxsecretword yy'],
    ['server', 'no secret word'],
  ])
})

test('nothing reaches across what is missing, and the missing bytes are counted', async () => {
  const path = await caseWith(
    ...opened,
    tcpFrame({ ...there, flags: 'PA', seq: 10, ack: 100 }, 'sec'),
    tcpFrame({ ...there, flags: 'PA', seq: 113, ack: 100 }, 'ret and secret'),
  )
  const { matches, totals } = await search(path, 'secret')
  expect(matches.map(({ offset }) => offset)).toEqual([111])
  expect(totals.missing).toBe(100)
})

test('each datagram is a text of its own', async () => {
  const path = await caseWith(udpFrame(there, 'sec'), udpFrame(there, 'ret'), udpFrame(back, 'secret\n'), udpFrame(there, 'a\nsecret'))
  expect(await places(path, 'secret')).toEqual([
    ['server', 0, 6, '3'],
    ['client', 8, 6, '4'],
  ])
  expect(await places(path, '^secret$', 'regex')).toHaveLength(2)
  expect(await places(path, '\\Asecret', 'regex')).toEqual([['server', 0, 6, '3']])
})

describe('patterns', () => {
  const text = 'K\xc3\xb6ln K\xc3\x96LN \x00\xde\xad\xbe\xef\xe9\xc9 Password=abc&PASSWORD=d\r\nlast'
  const found = async (...given: [string, Kind?, boolean?]): Promise<string[]> => {
    const path = await said(text, 7)
    const { matches } = await search(path, given[0], given[1], { ignoreCase: given[2] ?? false })
    return matches.map(({ offset, length }) => text.slice(offset, offset + length))
  }

  test('bytes', async () => {
    expect(await found('de ad be ef', 'hex')).toEqual(['\xde\xad\xbe\xef'])
    expect(await found('00DEAD', 'hex')).toEqual(['\x00\xde\xad'])
    expect(await found('\\xde.\\xbe', 'regex')).toEqual(['\xde\xad\xbe'])
    expect(await found('[\\xe0-\\xff]{2,}', 'regex')).toEqual(['\xef\xe9'])
  })

  test('text is UTF-8', async () => {
    expect(await found('Köln')).toEqual(['K\xc3\xb6ln'])
    expect(await found('Kö+ln', 'regex')).toEqual(['K\xc3\xb6ln'])
    // No letter of Latin-1 is taken for another one.
    expect(await found('Köln', 'text', true)).toEqual(['K\xc3\xb6ln'])
    expect(await found('(?:köln|\\xe9)', 'regex', true)).toEqual(['K\xc3\xb6ln', '\xe9'])
  })

  test('letters in either case', async () => {
    expect(await found('password=')).toEqual([])
    expect(await found('password=', 'text', true)).toEqual(['Password=', 'PASSWORD='])
    expect(await found('pass(word)?=[^&\\r]+', 'regex', true)).toEqual(['Password=abc', 'PASSWORD=d'])
  })

  test('lines', async () => {
    expect(await found('^last$', 'regex')).toEqual(['last'])
    expect(await found('\\Alast', 'regex')).toEqual([])
    // A bracket that stands first is one of those meant.
    expect(await found('[^]a]s', 'regex')).toEqual(['ss'])
  })

  test.each([
    ['', 'text', 'empty'],
    ['xyz', 'hex', 'not bytes in hex'],
    ['a(b', 'regex', 'not a regular expression'],
    ['(a)\\1', 'regex', 'not a regular expression'],
    ['a(?=b)', 'regex', 'not a regular expression'],
    ['a*', 'regex', 'empty text'],
    ['[äö]', 'regex', 'several bytes'],
    ['a{900}b{900}c{900}', 'regex', 'too large'],
    ['a'.repeat(1025), 'text', '1024'],
  ] as const)('%s as %s is refused', async (pattern, kind, reason) => {
    await expect(search('no-case.sqlite', pattern, kind)).rejects.toThrow(reason)
  })
})

test('an expression that makes others run for ever ends', async () => {
  const path = await said(Buffer.from('a'.repeat(200_000)), 1400)
  const before = performance.now()
  expect((await search(path, '(a+)+!', 'regex')).count).toBe(0)
  expect((await search(path, '(a|a?)+(a|aa)+$x', 'regex')).count).toBe(0)
  expect(performance.now() - before).toBeLessThan(10_000)
})

test.each([
  ['text', 'needle'],
  ['regex', 'ne{2}d[k-m]e'],
  ['hex', '6e6565646c65'],
] as const)('every place of a long side is found once, over the borders of what is looked at: %s', async (kind, pattern) => {
  const all = noise(300_000, 7)
  // Borders of packets, of what is gathered (16,384), and of its overlap (4,096).
  const at = [0, 1397, 12_285, 12_291, 16_380, 16_387, 28_670, 32_765, 61_434, 61_440, 65_530, 65_536, 65_542, 131_069, 200_000, 299_994]
  for (const offset of at) all.write('needle', offset, 'latin1')
  const path = await said(all, 1400)
  const got = await search(path, pattern, kind)
  expect(got.matches.map(({ offset }) => offset)).toEqual(at)
  expect((await search(path, pattern, kind, { limit: undefined })).count).toBe(at.length)
  for (const { offset, frames } of got.matches) {
    const [first, last] = [Math.floor(offset / 1400) + 4, Math.floor((offset + 5) / 1400) + 4]
    expect(frames).toBe(first === last ? String(first) : `${first}-${last}`)
  }
})

test('a long match, and one that is longer than is promised', async () => {
  const path = await said(`${'x'.repeat(60_000)}<${'y'.repeat(4000)}>${'x'.repeat(100_000)}`, 1400)
  expect(await places(path, '<y*>', 'regex')).toEqual([['client', 60_000, 4002, expect.any(String)]])
  // Found, or found in part, and never twice.
  const { matches } = await search(path, 'x+', 'regex')
  for (const [i, { offset }] of matches.entries())
    if (i > 0) expect(offset).toBeGreaterThanOrEqual(matches[i - 1]!.offset + matches[i - 1]!.length)
})

test('the limit ends the search; counting does not', async () => {
  const path = await said('ab '.repeat(5000), 1400)
  const some = await search(path, 'ab', 'text', { limit: 10 })
  expect([some.matches.length, some.more]).toEqual([10, true])
  const all = await search(path, 'ab', 'text', { limit: undefined })
  expect([all.count, all.matches, all.more, all.totals.flows]).toEqual([5000, [], false, 1])
  const exact = await search(path, 'ab', 'text', { limit: 5000 })
  expect([exact.count, exact.more]).toEqual([5000, false])
})

test('matches name the transactions that their packets carried', async () => {
  const path = await caseOf(join(newFolder(), 'case.sqlite'), [join(samples, 'http/pipelined.pcap'), join(samples, 'smtp/plain.pcap')])
  const { matches } = await search(path, 'HTTP/1.1')
  expect(matches.length).toBeGreaterThan(1)
  for (const { transactions, flowId, captureId, protocol } of matches) {
    expect(protocol).toBe('http')
    expect(transactions.length).toBeGreaterThan(0)
    for (const id of transactions)
      expect(rowsOf(path, 'SELECT flow_id, capture_id FROM tx_http WHERE id = ?', id)).toEqual([
        { flow_id: BigInt(flowId!), capture_id: BigInt(captureId) },
      ])
  }
  expect((await search(path, '\r\n', 'text', { protocols: ['smtp'] })).matches.every(({ protocol }) => protocol === 'smtp')).toBe(true)
  const [flow] = rowsOf(path, "SELECT flow FROM flow WHERE protocol = 'http' ORDER BY id LIMIT 1")
  const one = await search(path, 'HTTP/1.1', 'text', { flows: [String(flow!.flow)] })
  expect(one.matches.map((match) => [match.offset, match.side])).toEqual(
    matches.filter((match) => match.flow === flow!.flow).map((match) => [match.offset, match.side]),
  )
  await expect(search(path, 'x', 'text', { protocols: ['gopher'] })).rejects.toThrow('no flow of the case is gopher')
})

test('compressed captures, moved ones, and those that are gone', async () => {
  const plain = await caseOf(join(newFolder(), 'case.sqlite'), [join(samples, 'containers/micro.pcap')])
  const folder = newFolder()
  const packed = await caseOf(join(folder, 'case.sqlite'), [join(samples, 'containers/micro.pcap.zst')])
  const wanted = await places(plain, 'GET ')
  expect(wanted.length).toBeGreaterThan(0)
  expect(await places(packed, 'GET ')).toEqual(wanted)

  writeFileSync(join(folder, 'a.pcap'), pcap([frame(udpFrame(there, 'secret'), 1_000_000_000, 0)]))
  const moved = await caseOf(join(folder, 'moved.sqlite'), [join(folder, 'a.pcap')])
  const other = newFolder()
  renameSync(join(folder, 'a.pcap'), join(other, 'b.dat'))
  await expect(search(moved, 'secret')).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('is not where it was') })
  expect(await places(moved, 'secret', 'text', { captures: [other] })).toHaveLength(1)
  writeFileSync(join(folder, 'a.pcap'), pcap([frame(udpFrame(there, 'sexret'), 1_000_000_000, 0)]))
  await expect(search(moved, 'secret')).rejects.toMatchObject({ exitCode: 1 })
})

/** Frames whose TCP or UDP payload holds a text, as another reader sees them. */
const framesWith = (capture: string, text: string): string[] =>
  execFileSync(
    'tshark',
    ['-n', '-r', capture, '-Y', `tcp.payload contains "${text}" or udp.payload contains "${text}"`, '-T', 'fields', '-e', 'frame.number'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
    .split('\n')
    .filter(Boolean)

test.runIf(tsharkFields).each([
  ['smtp.pcap', '250'],
  ['http/get.pcap', 'HTTP'],
  ['http/errors.pcap', 'Content-Length'],
  ['pgsql/simple.pcap', 'select'],
  ['dns/udp.pcap', 'harbour'],
  ['redis/auth.pcap', 'OK'],
])('the packets of %s that hold %s are those that tshark finds', async (name, text) => {
  const path = await caseOf(join(newFolder(), 'case.sqlite'), [join(samples, name)])
  const { matches } = await search(path, text)
  const whole = matches.filter(({ refs }) => refs.length === 1).map(({ frames }) => frames)
  expect([...new Set(whole)].sort()).toEqual(framesWith(join(samples, name), text).sort())
  expect(whole.length).toBeGreaterThan(0)
})
