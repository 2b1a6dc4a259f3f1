import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EvidenceRefused } from '../../src/app/found-captures.js'
import { UserError } from '../../src/model/user-error.js'
import {
  frame,
  gzip,
  i64,
  interfaceBlock,
  oldPacketBlock,
  packetBlock,
  pcap,
  pcapng,
  section,
  simplePacketBlock,
  statisticsBlock,
  tcpFrame,
  u32,
  udpFrame,
} from '../support/captures.js'
import { caseOf, edit, extractTo, newFolder, rowsOf, tsharkFields } from '../support/case.js'
import { readCapture } from '../support/read-capture.js'

const samples = resolve(import.meta.dirname, '../../samples')
let folder: string
let output: string
beforeEach(() => {
  folder = newFolder()
  output = join(folder, 'out.pcapng')
})

const put = (name: string, bytes: Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const flowsOf = (path: string): string[] => rowsOf(path, 'SELECT flow FROM flow').map(({ flow }) => String(flow))
const made = (...captures: string[]): Promise<string> => caseOf(join(folder, 'case.sqlite'), captures)

/** A lookup and its answer on ports of its own, one second apart from the next. */
const lookup = (port: number, sec: number) => {
  const question = Buffer.from('076578616d706c6503636f6d0000010001', 'hex')
  const id = Buffer.from([port >> 8, port & 255])
  const query = Buffer.concat([id, Buffer.from('01000001000000000000', 'hex'), question])
  const answer = Buffer.concat([
    id,
    Buffer.from('81800001000100000000', 'hex'),
    question,
    Buffer.from('c00c000100010000003c0004c0000201', 'hex'),
  ])
  return [
    frame(udpFrame({ src: '192.0.2.7', dst: '192.0.2.53', srcPort: port, dstPort: 53 }, query), sec, 1_000),
    frame(udpFrame({ src: '192.0.2.53', dst: '192.0.2.7', srcPort: 53, dstPort: port }, answer), sec, 2_000),
  ]
}

/** Frame numbers that the comments of an extract name, with what stands before and behind them. */
const origins = async (path: string) =>
  (await readCapture(path)).info.comments
    .filter(({ frame: number, text }) => number > 0 && / frame \d+, (evidence|context): /.test(text))
    .map(({ text }) => {
      const [, name, number, why] = /^"(.*)" frame (\d+), (evidence|context)/.exec(text) ?? []
      return { name, number: Number(number), why }
    })

describe('packets are copied as they are', () => {
  const containers = [
    ...['nano.pcap', 'micro.pcap', 'big-endian.pcap', 'big-endian-nano.pcap', 'modified.pcap', 'snap.pcap', 'vlan.pcap', 'qinq.pcap'],
    ...['raw-ip.pcap', 'sll.pcap', 'sll2.pcap', 'nano.pcapng', 'big-endian.pcapng', 'comments.pcapng', 'sections.pcapng'],
    ...['two-interfaces.pcapng', 'two-links.pcapng', 'micro.pcap.gz', 'nano.pcapng.gz', 'micro.pcap.zst', 'micro.pcap.lz4'],
    ...['cut.pcap', 'cut.pcapng', 'cut.pcap.gz', 'ring-1.pcap'],
  ]
  test.each(containers)('%s', async (name) => {
    const path = join(samples, 'containers', name)
    const kase = await made(path)
    const outcome = await extractTo(output, { path: kase, flows: flowsOf(kase) })
    const before = await readCapture(path)
    const after = await readCapture(output)
    const from = await origins(output)
    expect(after.frames).toHaveLength(outcome.extract.packets)
    expect(from.map(({ number }) => number)).toEqual([...new Set(from.map(({ number }) => number))].sort((a, b) => a - b))
    after.frames.forEach(({ iface, number, ...copy }, i) => {
      const original = before.frames[from[i]!.number - 1]!
      expect(copy).toEqual({ sec: original.sec, nsec: original.nsec, original: original.original, data: original.data })
      const { received, dropped, ...was } = before.info.interfaces[original.iface]!
      expect(after.info.interfaces[iface]).toEqual(was)
    })
    // What other people wrote on packets stays on them.
    const theirs = (info: typeof before.info) =>
      info.comments.filter(({ frame: at, text }) => at > 0 && !text.includes(' frame ')).map(({ text }) => text)
    expect(theirs(after.info)).toEqual(theirs(before.info))
    expect(after.info.damage).toEqual([])
  })

  test.runIf(tsharkFields)('as tshark reads them too', async () => {
    const path = join(samples, 'containers', 'two-links.pcapng')
    await extractTo(output, { path: await made(path), query: 'select flow from flow' })
    const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.encap_type', 'frame.protocols', 'ip.checksum', 'tcp.seq_raw']
    const numbers = (await origins(output)).map(({ number }) => number)
    const before = tsharkFields!(path, ...fields)
    expect(tsharkFields!(output, ...fields)).toEqual(numbers.map((number) => before[number - 1]))
  })

  const [ask, answer] = lookup(40_000, 1_000_000_000).map(({ data }) => data) as [Uint8Array, Uint8Array]
  test.each(['le', 'be'] as const)('options and ticks of every kind, %s', async (endian) => {
    const flags = (e: 'le' | 'be') => u32(0x1234_5678, e === 'be')
    const path = put(
      'options.pcapng',
      pcapng(
        section({ endian }),
        // Picoseconds, an hour off, with a speed.
        interfaceBlock({
          resolution: 12,
          offset: 3600n,
          name: 'eth7',
          snaplen: 999,
          options: [
            [3, 'the uplink'],
            [8, (e) => i64(10_000_000_000n, e)],
          ],
        }),
        interfaceBlock({ resolution: 0x8a, name: 'binary' }),
        statisticsBlock(0, { received: 5n }),
        packetBlock(0, ask, {
          ticks: 123_456_789_012,
          perSecond: 1_000_000_000_000n,
          sec: 1_000_000,
          original: 2000,
          options: [
            [2, flags],
            [1, 'look here'],
            [5, (e) => i64(77n, e)],
            [3, Buffer.of(2, 1, 2, 3, 4)],
          ],
        }),
        oldPacketBlock(1, answer, { sec: 1_003_700, ticks: 5, perSecond: 1024n }),
        simplePacketBlock(ask),
      ),
    )
    await extractTo(output, { path: await made(path), query: 'select flow from flow' })
    const copy = readFileSync(output)
    const blocks: { type: number; body: Buffer }[] = []
    for (let at = 0; at < copy.length; at += copy.readUInt32LE(at + 4))
      blocks.push({ type: copy.readUInt32LE(at), body: copy.subarray(at + 8, at + copy.readUInt32LE(at + 4) - 4) })
    const optionsOf = (options: Buffer): Map<number, Buffer[]> => {
      const found = new Map<number, Buffer[]>()
      for (let at = 0; at + 4 <= options.length; ) {
        const code = options.readUInt16LE(at)
        const length = options.readUInt16LE(at + 2)
        found.set(code, [...(found.get(code) ?? []), options.subarray(at + 4, at + 4 + length)])
        at += 4 + ((length + 3) & ~3)
      }
      return found
    }
    const [eth7, binary] = blocks.filter(({ type }) => type === 1).map(({ body }) => optionsOf(body.subarray(8)))
    expect(eth7!.get(8)![0]!.readBigUInt64LE()).toBe(10_000_000_000n)
    expect(eth7!.get(14)![0]!.readBigInt64LE()).toBe(3600n)
    expect(eth7!.get(9)).toEqual([Buffer.of(12)])
    expect(String(eth7!.get(3))).toBe('the uplink')
    expect(binary!.get(9)).toEqual([Buffer.of(0x8a)])
    const [first, second, third] = blocks.filter(({ type }) => type === 6).map(({ body }) => body)
    const ticks = (body: Buffer) => (BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8))
    expect(ticks(first!)).toBe(1_000_000n * 10n ** 12n + 123_456_789_012n)
    expect(first!.readUInt32LE(16)).toBe(2000)
    const options = optionsOf(first!.subarray(20 + ((first!.readUInt32LE(12) + 3) & ~3)))
    expect(options.get(2)![0]!.readUInt32LE()).toBe(0x1234_5678)
    expect(options.get(5)![0]!.readBigUInt64LE()).toBe(77n)
    expect(options.get(3)).toEqual([Buffer.of(2, 1, 2, 3, 4)])
    expect(options.get(1)!.map(String)).toEqual(['look here', expect.stringContaining('"options.pcapng" frame 1, ')])
    expect(ticks(second!)).toBe(1_003_700n * 1024n + 5n)
    // It has no time; the time of the one before, in the first interface's ticks.
    expect(ticks(third!)).toBe((1_003_700n - 3600n) * 10n ** 12n + ((5n * 1_000_000_000n) / 1024n) * 1000n)
    const [was, is] = [await readCapture(path), await readCapture(output)]
    expect(is.frames.map(({ sec, nsec }) => [sec, nsec])).toEqual(was.frames.map(({ sec, nsec }) => [sec, nsec]))
  })

  test('the same choice gives the same bytes', async () => {
    const kase = await made(join(samples, 'smtp.pcap'))
    const first = await extractTo(output, { path: kase, transactions: ['1'] })
    const again = await extractTo(join(folder, 'again.pcapng'), {
      path: kase,
      transactions: [String(rowsOf(kase, 'SELECT tx FROM tx WHERE id = 1')[0]!.tx)],
    })
    expect(readFileSync(output).length).toBe(first.extract.size)
    expect(again.extract.packets).toBe(first.extract.packets)
    expect(statSync(output).mode & 0o777).toBe(0o600)
  })
})

describe('what is chosen', () => {
  let kase: string
  beforeAll(async () => {
    kase = await caseOf(join(newFolder(), 'case.sqlite'), [join(samples, 'smtp.pcap')])
  })
  const numbers = (text: unknown): number[] =>
    String(text)
      .split(',')
      .flatMap((part) => {
        const [from, to] = part.split('-').map(Number) as [number, number | undefined]
        return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i)
      })

  test('--only: the packets of the row and no others', async () => {
    const [row] = rowsOf(kase, 'SELECT * FROM tx WHERE id = 2')
    await extractTo(output, { path: kase, transactions: ['2'], only: true })
    expect((await origins(output)).map(({ number }) => number)).toEqual(numbers(row!.frames))
  })

  test('frames and capture_id: those very packets', async () => {
    await extractTo(output, { path: kase, query: "select '3,7-9' as frames, 1 as capture_id" })
    expect((await origins(output)).map(({ number }) => number)).toEqual([3, 7, 8, 9])
  })

  test('a row and its context are told apart', async () => {
    const [row] = rowsOf(kase, 'SELECT * FROM tx WHERE id = 2')
    await extractTo(output, { path: kase, transactions: [String(row!.tx)] })
    const all = await origins(output)
    expect(all.filter(({ why }) => why === 'evidence').map(({ number }) => number)).toEqual(numbers(row!.frames))
    expect(all.some(({ why }) => why === 'context')).toBe(true)
  })

  test('a flow: as many packets as it has', async () => {
    for (const { id, flow, n } of rowsOf(kase, 'SELECT id, flow, client_packets + server_packets AS n FROM flow'))
      for (const name of [String(id), String(flow)])
        expect((await extractTo(output, { path: kase, flows: [name] })).extract.packets).toBe(Number(n))
  })

  test.each([
    ['select tx from smtp', 4],
    ['select id from smtp where id > :first', 3],
    ['select id from tx', 4],
    ['select * from tx', 4],
    ['select distinct flow_id from tx', 4],
    ['select flow from flow', 4],
    ['select * from flow', 4],
  ])('%s', async (query, rows) => {
    const outcome = await extractTo(output, { path: kase, query, parameters: query.includes(':first') ? ['first=1'] : [] })
    expect(outcome.rows).toBe(rows)
  })

  test.each([
    ['select * from capture', /no column that leads to packets/],
    ['select id from anomaly', /no column that leads to packets/],
    ['select nonesuch from tx', /no column "nonesuch"/],
    ['delete from tx', /DELETE is refused/],
    ["select 'x' as tx", /no transaction x/],
    ['select 99 as id', /no transaction 99/],
    ["select '1-' as frames, 1 as capture_id", /in a way that no analysis writes/],
    ["select '1-99999999' as frames, 1 as capture_id", /which has \d+: the case was changed/],
    ["select '1' as frames, 7 as capture_id", /capture 7, which the case does not have/],
  ])('%s is refused', async (query, message) => {
    await expect(extractTo(output, { path: kase, query })).rejects.toThrow(message)
    expect(existsSync(output)).toBe(false)
  })

  test('no rows, no file', async () => {
    await expect(extractTo(output, { path: kase, query: 'select tx from tx where 0' })).rejects.toMatchObject({ exitCode: 3 })
    expect(existsSync(output)).toBe(false)
  })

  test('an id that is none', async () => {
    await expect(extractTo(output, { path: kase, transactions: ['4711'] })).rejects.toThrow(/no transaction 4711/)
    await expect(extractTo(output, { path: kase, transactions: ['-1'] })).rejects.toThrow(/not an id/)
    await expect(extractTo(output, { path: kase })).rejects.toThrow(/nothing was chosen/)
  })
})

describe('captures', () => {
  const copied = (name: string): string => {
    const path = join(folder, name)
    copyFileSync(join(samples, 'smtp.pcap'), path)
    return path
  }

  test('that were moved are found by their hash', async () => {
    const path = copied('a.pcap')
    const kase = await made(path)
    mkdirSync(join(folder, 'archive/deep'), { recursive: true })
    renameSync(path, join(folder, 'archive/deep/renamed'))
    await expect(extractTo(output, { path: kase, transactions: ['1'] })).rejects.toThrow(UserError)
    const { captures } = await extractTo(output, { path: kase, transactions: ['1'], captures: [join(folder, 'archive')] })
    expect(captures[0]!.path).toBe(join(folder, 'archive/deep/renamed'))
  })

  test('that were changed are refused', async () => {
    const path = copied('a.pcap')
    const kase = await made(path)
    const bytes = readFileSync(path)
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(path, bytes)
    const refused = await extractTo(output, { path: kase, transactions: ['1'] }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(EvidenceRefused)
    expect(refused).toMatchObject({ exitCode: 1, message: expect.stringMatching(/has sha256 [0-9a-f]{64}, it had [0-9a-f]{64}/) })
    expect(existsSync(output)).toBe(false)
  })

  test('that were never hashed are refused', async () => {
    const kase = await made(copied('a.pcap'))
    edit(kase, 'UPDATE capture SET sha256 = NULL')
    await expect(extractTo(output, { path: kase, transactions: ['1'] })).rejects.toMatchObject({ exitCode: 1 })
  })

  test('that are not needed need not be there', async () => {
    const early = put('early.pcap', pcap(lookup(40_001, 1_000_000_000)))
    const late = put('late.pcap', pcap(lookup(40_002, 2_000_000_000)))
    const kase = await made(early, late)
    renameSync(late, join(folder, 'gone'))
    expect((await extractTo(output, { path: kase, transactions: ['1'] })).reproduced).toBe(1)
  })

  test('several of one run: a connection over three files', async () => {
    const ring = [0, 1, 2].map((i) => join(samples, 'containers', `ring-${i}.pcap`))
    const kase = await made(...ring)
    const [row] = rowsOf(kase, 'SELECT * FROM http ORDER BY id DESC LIMIT 1')
    const outcome = await extractTo(output, { path: kase, transactions: [String(row!.id)] })
    expect(outcome).toMatchObject({ reproduced: 1 })
    expect(outcome.captures).toHaveLength(3)
    expect((await readCapture(output)).info.interfaces).toHaveLength(3)
    const alone = await caseOf(join(folder, 'alone.sqlite'), [output])
    expect(rowsOf(alone, 'SELECT ts, status_code, response_bytes FROM http WHERE tx = ?', row!.tx)).toEqual([
      { ts: row!.ts, status_code: row!.status_code, response_bytes: row!.response_bytes },
    ])
  })

  test('of a run with a configuration and unmasked secrets', async () => {
    const config = join(folder, 'audit.yml')
    writeFileSync(config, 'protocols: [{type: http, send_all_headers: true, include_body_for: [text]}]\n', { mode: 0o600 })
    const kase = await caseOf(join(folder, 'case.sqlite'), [join(samples, 'http/secrets.pcap')], { config, showSecrets: true })
    for (const { id } of rowsOf(kase, 'SELECT id FROM http'))
      expect((await extractTo(output, { path: kase, transactions: [String(id)] })).reproduced).toBe(1)
  })

  test('several of several runs', async () => {
    const first = put('first.pcap', pcap(lookup(40_001, 2_000_000_000)))
    const second = put('second.pcap', gzip(pcap([...lookup(40_002, 1_000_000_000), ...lookup(40_003, 3_000_000_000)])))
    const kase = await made(first)
    await made(second)
    expect(rowsOf(kase, 'SELECT DISTINCT run_id FROM capture')).toHaveLength(2)
    const outcome = await extractTo(output, { path: kase, query: 'select tx from dns' })
    expect(outcome).toMatchObject({ rows: 3, reproduced: 3 })
    const order = await origins(output)
    expect(order.map(({ name, number }) => `${name} ${number}`)).toEqual([
      'second.pcap 1',
      'second.pcap 2',
      'first.pcap 1',
      'first.pcap 2',
      'second.pcap 3',
      'second.pcap 4',
    ])
  })

  test('of an edited case: frames that no analysis writes', async () => {
    for (const frames of ['1-', '0', '9-2', 'x', '1,,2', `1-${2 ** 53}`, '+']) {
      const kase = await caseOf(join(newFolder(), 'case.sqlite'), [copied('a.pcap')])
      edit(kase, `UPDATE tx_smtp SET frames = '${frames}' WHERE id = 1`)
      await expect(extractTo(output, { path: kase, transactions: ['1'] })).rejects.toThrow(/in a way that no analysis writes/)
    }
  })

  test('of a row without packets of its own', async () => {
    const kase = await made(copied('a.pcap'))
    edit(kase, "UPDATE tx_smtp SET frames = '' WHERE id = 1")
    await expect(extractTo(output, { path: kase, transactions: ['1'], only: true })).rejects.toMatchObject({ exitCode: 3 })
    const outcome = await extractTo(output, { path: kase, transactions: ['1'] })
    expect(outcome.extract.evidence).toBe(0)
    expect(outcome.reproduced).toBe(0)
  })

  test('of a case whose flow says more packets than there are', async () => {
    const kase = await made(copied('a.pcap'))
    edit(kase, 'UPDATE flow SET client_packets = client_packets + 5 WHERE id = 1')
    const said: string[] = []
    const outcome = await extractTo(output, { path: kase, flows: ['1'], warn: (text) => said.push(text) })
    expect(outcome.exitCode).toBe(4)
    expect(said.join()).toMatch(/of its \d+ packets were found/)
  })
})

describe('flows that share their ends', () => {
  const connection = (sec: number, isn: number) => {
    const ends = { src: '192.0.2.7', dst: '192.0.2.80', srcPort: 41_000, dstPort: 80 }
    const back = { src: '192.0.2.80', dst: '192.0.2.7', srcPort: 80, dstPort: 41_000 }
    const request = `GET /${sec} HTTP/1.1\r\nHost: a\r\n\r\n`
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    const [c, s] = [isn, isn + 5000]
    return [
      tcpFrame({ ...ends, flags: 'S', seq: c }),
      tcpFrame({ ...back, flags: 'SA', seq: s, ack: c + 1 }),
      tcpFrame({ ...ends, flags: 'PA', seq: c + 1, ack: s + 1 }, request),
      tcpFrame({ ...back, flags: 'PA', seq: s + 1, ack: c + 1 + request.length }, answer),
      tcpFrame({ ...ends, flags: 'FA', seq: c + 1 + request.length, ack: s + 1 + answer.length }),
      tcpFrame({ ...back, flags: 'FA', seq: s + 1 + answer.length, ack: c + 2 + request.length }),
      tcpFrame({ ...ends, flags: 'A', seq: c + 2 + request.length, ack: s + 2 + answer.length }),
    ].map((data, i) => frame(data, sec, i * 1000))
  }

  test('are told apart', async () => {
    const path = put(
      'reuse.pcap',
      pcap([...connection(1_000_000_000, 10), ...connection(1_000_000_001, 90_000), ...connection(1_000_000_002, 70)]),
    )
    const kase = await made(path)
    const flows = rowsOf(kase, 'SELECT id FROM flow ORDER BY id')
    expect(flows).toHaveLength(3)
    for (const [i, { id }] of flows.entries()) {
      await extractTo(output, { path: kase, flows: [String(id)] })
      expect((await origins(output)).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => n + 7 * i))
    }
  })

  test('a run that began later has flows that begin later', async () => {
    const path = put('window.pcap', pcap(connection(1_000_000_000, 10)))
    const kase = await caseOf(join(folder, 'case.sqlite'), [path], {
      start: { sec: 1_000_000_000, nsec: 1000 },
      end: { sec: 1_000_000_000, nsec: 5000 },
    })
    await extractTo(output, { path: kase, flows: ['1'] })
    expect((await origins(output)).map(({ number }) => number)).toEqual([2, 3, 4, 5, 6])
  })
})
