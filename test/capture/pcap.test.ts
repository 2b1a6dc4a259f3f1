import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { frame, pcap, pcapHeader, pcapRecord, u32 } from '../support/captures.js'
import { Folder, readCapture } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())
let files = 0
const read = (bytes: Uint8Array, readSize?: number) =>
  readCapture(folder.file(`${++files}.pcap`, bytes), readSize === undefined ? {} : { readSize })

const frames = [
  frame('first', 1_440_662_455, 638_957_000),
  frame('', 1_440_662_455, 700_000_000),
  frame('third one', 1_440_662_456, 1_000, 1500),
]

describe('every kind of pcap', () => {
  for (const endian of ['le', 'be'] as const)
    for (const kind of ['micro', 'nano', 'modified'] as const)
      test(`${kind}, ${endian}`, async () => {
        const bytes = pcap(frames, { endian, kind, linkType: 113, snaplen: 96 })
        const { info, frames: got, waited } = await read(bytes)
        expect(got).toEqual([
          { number: 1, sec: 1_440_662_455, nsec: 638_957_000, original: 5, iface: 0, data: 'first' },
          { number: 2, sec: 1_440_662_455, nsec: 700_000_000, original: 0, iface: 0, data: '' },
          { number: 3, sec: 1_440_662_456, nsec: 1_000, original: 1500, iface: 0, data: 'third one' },
        ])
        expect(waited).toBe(false)
        const ticksPerSecond = kind === 'nano' ? 1e9 : 1e6
        expect(info).toMatchObject({
          container: 'pcap',
          compression: 'none',
          ticksPerSecond,
          interfaces: [{ linkType: 113, snaplen: 96, ticksPerSecond }],
          packets: 3,
          bytes: 14,
          wireBytes: 1505,
          size: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          damage: [],
        })
        expect(info.name).toBe(`${files}.pcap`)
      })

  test('nanoseconds are kept to the last digit', async () => {
    const { frames: got } = await read(pcap([frame('x', 1, 123_456_789)], { kind: 'nano' }))
    expect(got[0]!.nsec).toBe(123_456_789)
  })
})

test('bits above the link type say something about checksums and are left out of it', async () => {
  const { info } = await read(pcap(frames, { linkType: 0x5400_0001 }))
  expect(info.interfaces[0]!.linkType).toBe(1)
})

test('a fraction of more than a second is carried', async () => {
  const record = Buffer.concat([u32(100, false), u32(2_500_000, false), u32(1, false), u32(1, false), Buffer.from('x')])
  const { info, frames: got } = await read(Buffer.concat([pcapHeader(), record]))
  expect(got).toMatchObject([{ sec: 102, nsec: 500_000_000 }])
  expect(info.damage).toEqual([])
})

test('times up to 2106 are unsigned', async () => {
  const { frames: got } = await read(pcap([frame('x', 0xffff_ffff, 0)]))
  expect(got[0]!.sec).toBe(4_294_967_295)
})

test('more captured than was on the wire: the larger of the two', async () => {
  const { info, frames: got } = await read(pcap([frame('abcdef', 5, 0, 2)]))
  expect(got).toMatchObject([{ data: 'abcdef', original: 6 }])
  expect(info.wireBytes).toBe(6)
})

test('only a header: no packets, no damage', async () => {
  const { info, frames: got } = await read(pcapHeader())
  expect(got).toEqual([])
  expect(info).toMatchObject({ container: 'pcap', packets: 0, damage: [] })
})

test('without hashing the bytes are only counted', async () => {
  const bytes = pcap(frames)
  const { info } = await readCapture(folder.file('nohash.pcap', bytes), { hash: false })
  expect(info).toMatchObject({ size: bytes.length })
  expect(info.sha256).toBeUndefined()
})

test('more frames than a block holds', async () => {
  const record = pcapRecord(frame('', 7, 0))
  const many = 70_000
  const { info, frames: got } = await read(Buffer.concat([pcapHeader(), ...new Array<Buffer>(many).fill(record)]), 4 * 1024 * 1024)
  expect(info.packets).toBe(many)
  expect(got[many - 1]!.number).toBe(many)
})

test('a frame larger than the buffer', async () => {
  const big = 'z'.repeat(200_000)
  const { frames: got, info } = await read(pcap([frame('a'), frame(big), frame('b')]), 1000)
  expect(got.map((f) => f.data)).toEqual(['a', big, 'b'])
  expect(info.damage).toEqual([])
})

test('a USB transfer of 3 MB is no damage; the same length on Ethernet is', async () => {
  const big = Buffer.alloc(3_000_000, 'u')
  const usb = await read(pcap([frame(big), frame('b')], { linkType: 220 }))
  expect(usb.frames.map((f) => f.data.length)).toEqual([3_000_000, 1])
  const ether = await read(pcap([frame('a'), frame(big)]))
  expect(ether.frames.map((f) => f.data)).toEqual(['a'])
  expect(ether.info.damage).toMatchObject([{ code: 'capture.length', offset: 24 + 17 }])
})

describe('damage', () => {
  test('cut at every byte: every whole record before is kept, and the place is said', async () => {
    const bytes = pcap(frames)
    const ends = [24]
    for (const f of frames) ends.push(ends.at(-1)! + 16 + f.data.length)
    for (let cut = 4; cut < bytes.length; cut++) {
      const { info, frames: got } = await read(bytes.subarray(0, cut))
      const whole = ends.filter((end) => end <= cut).length - 1
      expect(got.length, `cut at ${cut}`).toBe(Math.max(0, whole))
      if (ends.includes(cut)) expect(info.damage).toEqual([])
      else {
        expect(info.damage).toHaveLength(1)
        expect(info.damage[0]).toMatchObject({ code: 'capture.cut', offset: cut < 24 ? 0 : ends[whole] })
      }
      expect(info.sha256).toBe(createHash('sha256').update(bytes.subarray(0, cut)).digest('hex'))
    }
  })

  test('says how much of the last packet is there', async () => {
    const { info } = await read(pcap([frame('0123456789')]).subarray(0, -3))
    expect(info.damage[0]!.message).toBe('ends inside a packet: 7 bytes of 10 are there')
  })

  const impossible = Buffer.concat([u32(1_000_000_000, false), u32(0, false), u32(0xdead_beef, false), u32(60, false)])

  test('an impossible length with records behind it: they are found again', async () => {
    const good = (i: number) => pcapRecord(frame(`frame ${i}`, 1_000_000_000 + i, 0))
    const garbage = Buffer.alloc(5000, 0xab)
    const head = Buffer.concat([pcapHeader(), good(1), good(2)])
    const bytes = Buffer.concat([head, impossible, garbage, good(3), good(4), good(5), good(6)])
    for (const readSize of [1, 7, 100, 6000, 1 << 20]) {
      const { info, frames: got } = await read(bytes, readSize)
      expect(got.map((f) => f.data)).toEqual(['frame 1', 'frame 2', 'frame 3', 'frame 4', 'frame 5', 'frame 6'])
      expect(got.at(-1)!.number).toBe(6)
      expect(info.damage).toEqual([
        {
          code: 'capture.length',
          offset: head.length,
          message:
            'has a packet record that says 3,735,928,559 bytes, which cannot be: 5,016 bytes are skipped up to the next record that makes sense',
        },
      ])
    }
  })

  test('two good records up to the end are enough to go on', async () => {
    const bytes = Buffer.concat([pcap([frame('a', 100)]), impossible, pcapRecord(frame('b', 101)), pcapRecord(frame('c', 102))])
    const { frames: got } = await read(bytes)
    expect(got.map((f) => f.data)).toEqual(['a', 'b', 'c'])
  })

  test('nothing good behind it: the rest is not read but hashed', async () => {
    const bytes = Buffer.concat([pcap([frame('a', 100)]), impossible, Buffer.alloc(2_000_000, 0x55)])
    const { info, frames: got } = await read(bytes)
    expect(got).toHaveLength(1)
    expect(info.damage).toMatchObject([{ code: 'capture.length', offset: 41 }])
    expect(info.damage[0]!.message).toContain('the rest is not read')
    expect(info).toMatchObject({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  })

  test('zeros are no chain of records', async () => {
    const { info, frames: got } = await read(Buffer.concat([pcap([frame('a', 100)]), impossible, Buffer.alloc(100_000)]))
    expect(got).toHaveLength(1)
    expect(info.damage).toHaveLength(1)
  })

  test('records a week later are not taken for the next ones', async () => {
    const later = [1, 2, 3, 4].map((i) => pcapRecord(frame('later', 1_000_000_000 + 7 * 86_400 + i)))
    const { frames: got } = await read(Buffer.concat([pcap([frame('a', 1_000_000_000)]), impossible, ...later]))
    expect(got.map((f) => f.data)).toEqual(['a'])
  })

  test('a length that is possible but runs past the end: the records inside are found', async () => {
    const lie = Buffer.concat([u32(1_000_000_000, false), u32(0, false), u32(100_000, false), u32(100_000, false)])
    const rest = [1, 2, 3].map((i) => pcapRecord(frame(`r${i}`, 1_000_000_000 + i)))
    const { info, frames: got } = await read(Buffer.concat([pcap([frame('a')]), lie, ...rest]))
    expect(got.map((f) => f.data)).toEqual(['a', 'r1', 'r2', 'r3'])
    expect(info.damage).toMatchObject([{ code: 'capture.length', offset: 41 }])
  })

  test('a capture that breaks all the time is given up, in little time', async () => {
    const pieces = [pcapHeader()]
    for (let i = 0; i < 20_000; i++) pieces.push(impossible, ...[1, 2, 3].map(() => pcapRecord(frame('xy', 1_000_000_000))))
    const { info, frames: got } = await read(Buffer.concat(pieces))
    expect(info.damage.length).toBe(65)
    expect(got.length).toBe(64 * 3)
  })
})
