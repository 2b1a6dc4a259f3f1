import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import {
  block,
  interfaceBlock,
  oldPacketBlock,
  packetBlock,
  pcapng,
  section,
  simplePacketBlock,
  statisticsBlock,
  u32,
} from '../support/captures.js'
import { Folder, readCapture } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())
let files = 0
const read = (bytes: Uint8Array, readSize?: number) =>
  readCapture(folder.file(`${++files}.pcapng`, bytes), readSize === undefined ? {} : { readSize })

for (const endian of ['le', 'be'] as const)
  test(`packets, interfaces, counters and comments, ${endian}`, async () => {
    const bytes = pcapng(
      section({
        endian,
        options: [
          [2, 'a box'],
          [3, 'Linux 6.1'],
          [4, 'dumpcap 4.2\0'],
          [1, 'taken at the gate'],
        ],
      }),
      interfaceBlock({
        linkType: 1,
        snaplen: 262_144,
        name: 'eth0',
        resolution: 9,
        options: [
          [3, 'uplink'],
          [11, '\0tcp port 80'],
          [12, 'Linux'],
        ],
      }),
      packetBlock(0, 'one', {
        sec: 1_700_000_000,
        ticks: 123_456_789,
        perSecond: 1_000_000_000n,
        original: 60,
        options: [[1, 'look here']],
      }),
      interfaceBlock({ linkType: 113 }),
      packetBlock(1, 'three', { sec: 1_700_000_001, ticks: 5, options: [[2, u32(1, false)]] }),
      statisticsBlock(0, { received: 10n, dropped: 1n }),
      statisticsBlock(0, { received: 5_000_000_000n, dropped: 7n }),
    )
    const { info, frames, waited } = await read(bytes)
    expect(waited).toBe(false)
    expect(frames).toEqual([
      { number: 1, sec: 1_700_000_000, nsec: 123_456_789, original: 60, iface: 0, data: 'one' },
      { number: 2, sec: 1_700_000_001, nsec: 5_000, original: 5, iface: 1, data: 'three' },
    ])
    expect(info).toMatchObject({
      container: 'pcapng',
      ticksPerSecond: 1e9,
      writer: 'a box; Linux 6.1; dumpcap 4.2',
      interfaces: [
        {
          linkType: 1,
          snaplen: 262_144,
          ticksPerSecond: 1e9,
          name: 'eth0',
          description: 'uplink',
          filter: 'tcp port 80',
          os: 'Linux',
          received: 5_000_000_000,
          dropped: 7,
        },
        { linkType: 113, snaplen: 0, ticksPerSecond: 1e6 },
      ],
      comments: [
        { frame: 0, text: 'taken at the gate' },
        { frame: 1, text: 'look here' },
      ],
      packets: 2,
      bytes: 8,
      wireBytes: 65,
      damage: [],
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
  })

test('several sections: byte order and interface numbers begin anew', async () => {
  const { info, frames } = await read(
    pcapng(
      section({ endian: 'le' }),
      interfaceBlock({ name: 'a' }),
      packetBlock(0, 'x'),
      section({ endian: 'be' }),
      interfaceBlock({ name: 'b', linkType: 101 }),
      packetBlock(0, 'y'),
      section({ endian: 'le', length: 1234n }),
      interfaceBlock({ name: 'c' }),
      interfaceBlock({ name: 'd' }),
      packetBlock(1, 'z'),
    ),
  )
  expect(frames.map((f) => [f.number, f.iface, f.data])).toEqual([
    [1, 0, 'x'],
    [2, 1, 'y'],
    [3, 3, 'z'],
  ])
  expect(info.interfaces.map((i) => i.name)).toEqual(['a', 'b', 'c', 'd'])
  expect(info.interfaces[1]!.linkType).toBe(101)
})

describe('time', () => {
  const cases: readonly [string, number, bigint, number, number][] = [
    ['milliseconds', 3, 1_000n, 250, 250_000_000],
    ['microseconds', 6, 1_000_000n, 250_001, 250_001_000],
    ['nanoseconds', 9, 1_000_000_000n, 1, 1],
    ['picoseconds', 12, 1_000_000_000_000n, 1999, 1],
    ['1024 ticks a second', 0x8a, 1024n, 512, 500_000_000],
    ['whole seconds', 0, 1n, 0, 0],
  ]
  for (const [name, resolution, perSecond, ticks, nsec] of cases)
    test(name, async () => {
      // Picoseconds leave 64 bits for half a year.
      const sec = resolution === 12 ? 1_000_000 : 1_700_000_000
      const { info, frames } = await read(pcapng(section(), interfaceBlock({ resolution }), packetBlock(0, 'x', { sec, ticks, perSecond })))
      expect(frames).toMatchObject([{ sec, nsec }])
      expect(info.interfaces[0]!.ticksPerSecond).toBe(Number(perSecond))
    })

  test('an offset in seconds', async () => {
    const { frames } = await read(pcapng(section(), interfaceBlock({ offset: 1_700_000_000n }), packetBlock(0, 'x', { sec: 5, ticks: 1 })))
    expect(frames).toMatchObject([{ sec: 1_700_000_005, nsec: 1_000 }])
  })

  test('outside of what 64 bits of nanoseconds hold: clamped, said once', async () => {
    const { info, frames } = await read(
      pcapng(
        section(),
        interfaceBlock({ offset: 1n << 60n }),
        packetBlock(0, 'a', { ticks: 3 }),
        packetBlock(0, 'b'),
        interfaceBlock({ offset: -(1n << 40n) }),
        packetBlock(1, 'c'),
      ),
    )
    expect(frames.map((f) => [f.sec, f.nsec])).toEqual([
      [9_223_372_035, 0],
      [9_223_372_035, 0],
      [0, 0],
    ])
    expect(info.damage.map((d) => d.code)).toEqual(['capture.time'])
  })
})

test('simple packet blocks take the first interface, its snaplen, and the time before', async () => {
  const { frames } = await read(
    pcapng(
      section(),
      interfaceBlock({ snaplen: 4 }),
      packetBlock(0, 'ab', { sec: 9, ticks: 8 }),
      simplePacketBlock('abcd', 100),
      simplePacketBlock('abc', 3),
    ),
  )
  expect(frames).toEqual([
    { number: 1, sec: 9, nsec: 8_000, original: 2, iface: 0, data: 'ab' },
    { number: 2, sec: 9, nsec: 8_000, original: 100, iface: 0, data: 'abcd' },
    { number: 3, sec: 9, nsec: 8_000, original: 3, iface: 0, data: 'abc' },
  ])
})

test('the early packet block, with its count of drops', async () => {
  const { info, frames } = await read(
    pcapng(
      section(),
      interfaceBlock(),
      oldPacketBlock(0, 'old', { sec: 7, drops: 3 }),
      oldPacketBlock(0, 'er', { sec: 8 }),
      oldPacketBlock(0, '!', { drops: 2 }),
    ),
  )
  expect(frames.map((f) => [f.sec, f.data])).toEqual([
    [7, 'old'],
    [8, 'er'],
    [1_000_000_000, '!'],
  ])
  expect(info.interfaces[0]!.dropped).toBe(5)
})

test('names, journals, secrets, custom and unknown blocks are passed over', async () => {
  const others = [4, 9, 10, 0xbad, 0x4000_0bad, 0x1234_5678].map((type) => block(type, 'whatever is in it'))
  const { info, frames } = await read(pcapng(section(), ...others, interfaceBlock(), ...others, packetBlock(0, 'x'), ...others), 50)
  expect(frames.map((f) => f.data)).toEqual(['x'])
  expect(info.damage).toEqual([])
})

describe('damage', () => {
  const blocks = [section(), interfaceBlock({ name: 'eth0' }), packetBlock(0, 'one'), packetBlock(0, 'two two'), packetBlock(0, '')]

  test('cut at every byte: every whole block before is kept, and the place is said', async () => {
    const bytes = pcapng(...blocks)
    const ends: number[] = []
    for (let i = 1; i <= blocks.length; i++) ends.push(pcapng(...blocks.slice(0, i)).length)
    for (let cut = 4; cut < bytes.length; cut++) {
      const { info, frames } = await read(bytes.subarray(0, cut))
      expect(frames.length, `cut at ${cut}`).toBe(ends.filter((end, i) => i >= 2 && end <= cut).length)
      if (ends.includes(cut)) expect(info.damage).toEqual([])
      else expect(info.damage).toMatchObject([{ code: 'capture.cut', offset: ends.findLast((end) => end <= cut) ?? 0 }])
    }
  })

  const broken: readonly [string, (b: Buffer) => void][] = [
    ['a length that is no multiple of four', (b) => b.writeUInt32LE(37, 4)],
    ['a length below its own frame', (b) => b.writeUInt32LE(8, 4)],
    ['a length above all blocks', (b) => b.writeUInt32LE(0x7fff_fff0, 4)],
    ['lengths that differ', (b) => b.writeUInt32LE(1000, b.length - 4)],
    ['a length that runs past the end', (b) => b.writeUInt32LE(0x10_0000, 4)],
    ['a length that ends inside the next block', (b) => b.writeUInt32LE(b.length + 16, 4)],
  ]
  for (const [name, breakIt] of broken)
    test(`${name}: the next good block is found`, async () => {
      const head = pcapng(section(), interfaceBlock(), packetBlock(0, 'before'))
      const bad = pcapng(packetBlock(0, 'broken'))
      breakIt(bad)
      const bytes = Buffer.concat([head, bad, pcapng(packetBlock(0, 'behind'), packetBlock(0, 'last'))])
      for (const readSize of [1, 13, 1 << 20]) {
        const { info, frames } = await read(bytes, readSize)
        expect(frames.map((f) => f.data)).toEqual(['before', 'behind', 'last'])
        expect(info.damage).toEqual([
          {
            code: 'capture.length',
            offset: head.length,
            message: `has a block whose length cannot be: ${bad.length} bytes are skipped up to the next block that makes sense`,
          },
        ])
      }
    })

  test('bytes lost in the middle: blocks off their alignment are found', async () => {
    const head = pcapng(section(), interfaceBlock(), packetBlock(0, 'before'))
    const bytes = Buffer.concat([head, pcapng(packetBlock(0, 'broken')).subarray(0, 21), pcapng(packetBlock(0, 'behind'))])
    const { frames } = await read(bytes)
    expect(frames.map((f) => f.data)).toEqual(['before', 'behind'])
  })

  test('a section of the other byte order is found behind garbage', async () => {
    const bytes = Buffer.concat([
      pcapng(section(), interfaceBlock(), packetBlock(0, 'a')),
      Buffer.alloc(999, 0xee),
      pcapng(section({ endian: 'be' }), interfaceBlock(), packetBlock(0, 'b')),
    ])
    const { info, frames } = await read(bytes)
    expect(frames.map((f) => f.data)).toEqual(['a', 'b'])
    expect(info.damage).toHaveLength(1)
  })

  test('garbage to the end: the rest is not read', async () => {
    const bytes = Buffer.concat([pcapng(section(), interfaceBlock(), packetBlock(0, 'a')), Buffer.alloc(2_000_000, 0xee)])
    const { info, frames } = await read(bytes)
    expect(frames).toHaveLength(1)
    expect(info.damage).toMatchObject([{ code: 'capture.length' }])
    expect(info.size).toBe(bytes.length)
  })

  test('packets of an interface that is not described', async () => {
    const { info, frames } = await read(
      pcapng(section(), packetBlock(0, 'a'), interfaceBlock(), packetBlock(0, 'b'), packetBlock(7, 'c'), simplePacketBlock('d')),
    )
    expect(frames.map((f) => f.data)).toEqual(['b', 'd'])
    expect(info.damage).toEqual([
      { code: 'capture.interface', offset: 28, message: 'has packets of interface 0, which is not described: they cannot be read' },
    ])
  })

  test('a packet longer than its block: what is there is kept', async () => {
    const bytes = pcapng(section(), interfaceBlock(), packetBlock(0, 'abcd'), packetBlock(0, 'next'))
    bytes.writeUInt32LE(4000, 28 + 20 + 20)
    const { info, frames } = await read(bytes)
    expect(frames.map((f) => f.data)).toEqual(['abcd', 'next'])
    expect(info.damage).toMatchObject([{ code: 'capture.length', offset: 48 }])
  })

  test('blocks too short for what they are', async () => {
    const { info, frames } = await read(
      pcapng(section(), interfaceBlock(), block(6, 'abcd'), block(2, ''), block(3, ''), block(1, ''), block(5, ''), packetBlock(0, 'x')),
    )
    expect(frames.map((f) => f.data)).toEqual(['x'])
    expect(info.damage.map((d) => d.code)).toEqual(['capture.block'])
  })

  test('options that leave their block are not followed', async () => {
    const bytes = pcapng(
      section({ options: [[4, 'writer']] }),
      interfaceBlock({ name: 'eth0' }),
      packetBlock(0, 'x', { options: [[1, 'note']] }),
    )
    // Every option's length made too large, one after the other.
    for (let at = 0; at + 4 <= bytes.length; at += 2) {
      const broken = Buffer.from(bytes)
      broken.writeUInt16LE(0xffff, at)
      const { frames } = await read(broken)
      expect(frames.length).toBeLessThanOrEqual(1)
    }
  })

  test('comments have a limit, and it is said', async () => {
    const blocks = [section(), interfaceBlock()]
    const comment = 'c'.repeat(60_000)
    for (let i = 0; i < 300; i++) blocks.push(packetBlock(0, 'x', { options: [[1, comment]] }))
    const { info, frames } = await read(pcapng(...blocks))
    expect(frames).toHaveLength(300)
    expect(info.comments.length).toBe(279)
    expect(info.damage.map((d) => d.code)).toEqual(['capture.text'])
  })
})
