import { createHash } from 'node:crypto'
import { constants, gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { frame, gzip, interfaceBlock, noise, packetBlock, pcap, pcapng, section } from '../support/captures.js'
import { Folder, pipeOf, readCapture } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const frames = Array.from({ length: 300 }, (_, i) => frame(noise(1000 + i, i + 1), 1_600_000_000 + i, i))
const plain = pcap(frames)
const datas = frames.map((f) => Buffer.from(f.data).toString('latin1'))

test('a compressed capture, with both hashes', async () => {
  const bytes = gzip(plain)
  const { info, frames: got, waited } = await readCapture(folder.file('a.pcap.gz', bytes))
  expect(waited).toBe(true)
  expect(got.map((f) => f.data)).toEqual(datas)
  expect(info).toMatchObject({
    container: 'pcap',
    compression: 'gzip',
    size: bytes.length,
    sha256: sha256(bytes),
    innerSha256: sha256(plain),
    damage: [],
  })
})

test('by content, not by name; any read size; from a pipe', async () => {
  const ng = pcapng(section(), interfaceBlock(), packetBlock(0, 'abc'), packetBlock(0, 'defg'))
  const path = folder.file('misnamed.txt', gzip(ng))
  for (const readSize of [1, 7, 64, 1 << 20]) {
    const { info, frames: got } = await readCapture(path, { readSize })
    expect(got.map((f) => f.data)).toEqual(['abc', 'defg'])
    expect(info).toMatchObject({ compression: 'gzip', container: 'pcapng', innerSha256: sha256(ng), damage: [] })
  }
  for (const piece of [1, 5, 1000]) {
    const { info, frames: got } = await readCapture(pipeOf(gzip(ng), piece))
    expect(got).toHaveLength(2)
    expect(info).toMatchObject({ name: '-', sha256: sha256(gzip(ng)), damage: [] })
  }
})

test('several members are one capture, wherever they are joined', async () => {
  for (const at of [1, 24, 30, 1000, 16_384, 100_000, plain.length - 1]) {
    const bytes = gzip(plain.subarray(0, at), plain.subarray(at, at + 5), plain.subarray(at + 5))
    const { info, frames: got } = await readCapture(folder.file('members.gz', bytes))
    expect(got.length).toBe(300)
    expect(info).toMatchObject({ sha256: sha256(bytes), innerSha256: sha256(plain), damage: [] })
  }
})

test('zeros behind the last member are padding', async () => {
  const bytes = Buffer.concat([gzip(plain), Buffer.alloc(40_000)])
  const { info, frames: got } = await readCapture(folder.file('padded.gz', bytes))
  expect(got.length).toBe(300)
  expect(info).toMatchObject({ size: bytes.length, sha256: sha256(bytes), damage: [] })
})

test('something else behind the last member: all packets are kept, and it is said', async () => {
  const bytes = Buffer.concat([gzip(plain), Buffer.from('and now for something completely different')])
  const { info, frames: got } = await readCapture(folder.file('trailing.gz', bytes))
  expect(got.length).toBe(300)
  expect(info).toMatchObject({ size: bytes.length, sha256: sha256(bytes), innerSha256: sha256(plain) })
  expect(info.damage).toMatchObject([{ code: 'capture.gzip', offset: plain.length }])
  expect(info.damage[0]!.message).toContain('holds something else behind the gzip data')
})

test('cut: what could be decompressed is kept', async () => {
  const bytes = gzip(plain)
  for (const cut of [20, 60, 5_000, 40_000, 200_000, bytes.length - 9, bytes.length - 1]) {
    const { info, frames: got } = await readCapture(folder.file('cut.gz', bytes.subarray(0, cut)))
    const inner = gunzipSync(bytes.subarray(0, cut), { finishFlush: constants.Z_SYNC_FLUSH }).length
    let end = 24
    let whole = 0
    for (const f of frames) {
      end += 16 + f.data.length
      if (end <= inner) whole++
    }
    expect(got.length, `cut at ${cut}`).toBe(whole)
    expect(info.damage.at(-1)).toMatchObject({ code: 'capture.gzip' })
    expect(info.damage.at(-1)!.message).toContain('it was cut')
    expect(info).toMatchObject({ size: cut, sha256: sha256(bytes.subarray(0, cut)) })
  }
})

test('broken in the middle: a file gives all that stands before, a pipe nearly so', async () => {
  const bytes = gzip(plain)
  const middle = 150_000
  // A stretch of ones is no deflate data for long.
  bytes.fill(0xff, middle, middle + 2_000)
  const fromFile = await readCapture(folder.file('broken.gz', bytes))
  // Noise does not shrink: the fault is about as far in as it is in the file.
  expect(fromFile.frames.length).toBeGreaterThan(125)
  expect(fromFile.frames.slice(0, 125).map((f) => f.data)).toEqual(datas.slice(0, 125))
  expect(fromFile.info.damage.at(-1)!.code).toBe('capture.gzip')
  expect(fromFile.info).toMatchObject({ size: bytes.length, sha256: sha256(bytes) })
  const fromPipe = await readCapture(pipeOf(bytes))
  expect(fromPipe.frames.length).toBeGreaterThan(60)
  expect(fromPipe.frames.length).toBeLessThanOrEqual(fromFile.frames.length)
  expect(fromPipe.info).toMatchObject({ sha256: sha256(bytes) })
})

test('a very small file that inflates to a very large one is read in pieces', async () => {
  const large = pcap([frame('a', 5), frame('b', 6)])
  const bytes = gzip(Buffer.concat([large, Buffer.alloc(40 * 1024 * 1024)]))
  const before = process.memoryUsage().arrayBuffers
  const reader = await openCapture(folder.file('bomb.gz', bytes))
  while (await reader.next());
  // Zeros are records of nothing at time zero: frames without bytes, which is what they say.
  expect(reader.info.packets).toBe(2 + (40 * 1024 * 1024) / 16)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
}, 30_000)

test('nothing, or no capture, inside', async () => {
  const empty = await readCapture(folder.file('empty.gz', gzip(Buffer.alloc(0))))
  expect(empty.info.damage).toMatchObject([{ code: 'capture.empty' }])
  const text = await readCapture(folder.file('text.gz', gzip(Buffer.from('Hello world'))))
  expect(text.info).toMatchObject({ container: 'unknown', compression: 'gzip' })
  expect(text.info.damage).toEqual([
    { code: 'capture.magic', offset: 0, message: "is not a pcap or pcapng file (starts with 'Hello wo...')" },
  ])
  expect(text.info.innerSha256).toBe(sha256(Buffer.from('Hello world')))
})
