/** Captures in Zstandard and LZ4 frames, written by the programs themselves. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { resolveInputs } from '../../src/capture/inputs.js'
import { openCapture } from '../../src/capture/open-capture.js'
import { frame, noise, pcap } from '../support/captures.js'
import { hasCommand } from '../support/commands.js'
import { Folder, pipeOf, readCapture } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())

/** Bytes of which a third repeats, always the same. */
function halfNoise(length: number, seed: number): Buffer {
  const out = noise(length, seed)
  for (let i = 301; i < length; i++) if (i % 300 < 100) out[i] = out[i - 300]!
  return out
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const frames = Array.from({ length: 600 }, (_, i) => frame(halfNoise(1000 + i, i + 1), 1_600_000_000 + i, i))
const plain = pcap(frames)
const datas = frames.map((f) => Buffer.from(f.data).toString('latin1'))
const lengths = frames.map((f) => 16 + f.data.length)
/** How many whole packets the first `bytes` of the capture hold. */
const packetsIn = (bytes: number): number => {
  let end = 24
  let whole = 0
  for (const length of lengths) {
    end += length
    if (end > bytes) break
    whole++
  }
  return whole
}
const run = (command: string, args: readonly string[], input: Uint8Array) =>
  execFileSync(command, ['-q', '-c', ...args], { input, maxBuffer: 2 ** 30 })
const zstd = (input: Uint8Array, ...args: string[]) => run('zstd', args, input)
const lz4 = (input: Uint8Array, ...args: string[]) => run('lz4', args, input)

const samples = join(import.meta.dirname, '../../samples/containers')
test.each(['zst', 'lz4'])('the sample in .%s is the sample without it', async (ending) => {
  const path = join(samples, `micro.pcap.${ending}`)
  const packed = await readCapture(path)
  const unpacked = await readCapture(join(samples, 'micro.pcap'))
  expect(packed.frames).toEqual(unpacked.frames)
  expect(packed.info).toMatchObject({
    compression: ending === 'zst' ? 'zstd' : 'lz4',
    sha256: sha256(readFileSync(path)),
    innerSha256: unpacked.info.sha256,
    damage: [],
  })
})

type Compressor = readonly [name: 'zstd' | 'lz4', compress: typeof zstd, levels: readonly string[]]
for (const [name, compress, levels] of [
  ['zstd', zstd, ['-1', '-3', '-9', '-19', '--fast=5', '--no-check', '--long=24']],
  ['lz4', lz4, ['-1', '-9', '-BD', '-B4 -BX', '-B7 -BD -9', '--no-frame-crc', '-B5 --content-size']],
] satisfies Compressor[]) {
  const code = `capture.${name}`
  describe.skipIf(!hasCommand(name))(name, () => {
    test.each(levels)('%s: all packets, both hashes, from a file and from a pipe', async (args) => {
      const bytes = compress(plain, ...args.split(' '))
      for (const source of [folder.file('a.txt', bytes), pipeOf(bytes, 777)]) {
        const { info, frames: got } = await readCapture(source)
        expect(got.map((f) => f.data)).toEqual(datas)
        expect(info).toMatchObject({ compression: name, container: 'pcap', size: bytes.length, sha256: sha256(bytes), damage: [] })
        expect(info.innerSha256).toBe(sha256(plain))
      }
    })

    test('any read size, and closed in between', async () => {
      const bytes = compress(plain.subarray(0, 50_000))
      for (const readSize of [64, 1000, 1 << 20]) {
        const { info, frames: got } = await readCapture(folder.file('sizes', bytes), { readSize })
        expect(got).toHaveLength(packetsIn(50_000))
        expect(info.damage).toMatchObject([{ code: 'capture.cut' }])
      }
      const reader = await openCapture(folder.file('closed', compress(plain)), { readSize: 4096 })
      await reader.next()
      await reader.close()
      expect(reader.info.damage).toMatchObject([{ code: 'capture.interrupted' }])
      expect(reader.info.sha256).toBeUndefined()
    })

    test('several frames are one capture, skippable frames and empty ones between them', async () => {
      const skippable = Buffer.concat([Buffer.from('532a4d18', 'hex'), Buffer.from([200, 0, 0, 0]), Buffer.alloc(200, 'x')])
      for (const at of [1, 24, 30, 100_000, plain.length - 1]) {
        const bytes = Buffer.concat([
          compress(plain.subarray(0, at)),
          skippable,
          compress(Buffer.alloc(0)),
          compress(plain.subarray(at)),
          skippable,
        ])
        const { info, frames: got } = await readCapture(folder.file('frames', bytes))
        expect(got).toHaveLength(600)
        expect(info).toMatchObject({ sha256: sha256(bytes), innerSha256: sha256(plain), damage: [] })
      }
    })

    test('cut anywhere: every whole block before is kept', async () => {
      const bytes = compress(plain, ...(name === 'zstd' ? ['-3'] : ['-B4']))
      for (const cut of [5, 7, 12, 20, 5_000, 90_000, 300_000, bytes.length - 5, bytes.length - 1]) {
        const { info, frames: got } = await readCapture(folder.file('cut', bytes.subarray(0, cut)))
        expect(got.map((f) => f.data)).toEqual(datas.slice(0, got.length))
        // A block is lost at most, and its bytes take no more room compressed.
        const block = name === 'zstd' ? 128 * 1024 : 0
        expect(got.length, `cut at ${cut}`).toBeGreaterThanOrEqual(packetsIn(Math.max(0, cut - block - 100)))
        const last = info.damage.at(-1)!
        expect(last).toMatchObject({ code, message: `ends inside the ${name} data: it was cut; what could be decompressed is read` })
        expect(info).toMatchObject({ size: cut, sha256: sha256(bytes.subarray(0, cut)) })
      }
    })

    test('a flipped bit is noticed, and what stands before is kept', async () => {
      const bytes = compress(plain)
      for (const at of [90_000, 300_000, bytes.length - 2]) {
        const wrong = Buffer.from(bytes)
        wrong[at]! ^= 4
        const { info, frames: got } = await readCapture(folder.file('wrong', wrong))
        const damage = info.damage.at(-1)!
        expect(damage.code).toBe(code)
        expect(damage.message).toMatch(new RegExp(`^holds ${name} data that is broken near byte [\\d,]+ of the file: `))
        const sound = at > 300_000 ? 600 : packetsIn(Math.max(0, at - 128 * 1024))
        expect(got.slice(0, sound).map((f) => f.data)).toEqual(datas.slice(0, sound))
        expect(damage.offset).toBeLessThanOrEqual(plain.length)
        expect(info).toMatchObject({ size: bytes.length, sha256: sha256(wrong) })
      }
    })

    test('something else behind the last frame', async () => {
      const bytes = Buffer.concat([compress(plain), Buffer.from('and now for something completely different')])
      const { info, frames: got } = await readCapture(folder.file('trailing', bytes))
      expect(got).toHaveLength(600)
      expect(info).toMatchObject({ sha256: sha256(bytes), innerSha256: sha256(plain) })
      expect(info.damage).toMatchObject([{ code, offset: plain.length }])
      expect(info.damage[0]!.message).toContain(`holds something else behind the ${name} data`)
    })

    test('nothing, or no capture, inside', async () => {
      const empty = await readCapture(folder.file('empty', compress(Buffer.alloc(0))))
      expect(empty.info.damage).toMatchObject([{ code: 'capture.empty' }])
      const text = await readCapture(folder.file('text', compress(Buffer.from('Hello world'))))
      expect(text.info.damage).toMatchObject([{ code: 'capture.magic' }])
      expect(text.info.innerSha256).toBe(sha256(Buffer.from('Hello world')))
    })

    test('is found in a folder by what it holds', async () => {
      const inside = new Folder()
      inside.file('a.bin', compress(plain))
      inside.file('b.bin', compress(Buffer.from('Hello world')))
      expect((await resolveInputs([inside.path])).files).toEqual([join(inside.path, 'a.bin')])
      inside.done()
    })

    test('a very small file that inflates to a very large one is read in pieces, or not at all', async () => {
      const zeros = Buffer.alloc(40 * 2 ** 20)
      const bytes = compress(Buffer.concat([pcap([frame('a', 5)]), zeros]))
      const before = process.memoryUsage().arrayBuffers
      const reader = await openCapture(folder.file('bomb', bytes))
      while (await reader.next());
      if (name === 'lz4') expect(reader.info.packets).toBe(1 + zeros.length / 16)
      else {
        expect(reader.info.packets).toBeGreaterThan(2 ** 20)
        expect(reader.info.damage.at(-1)).toMatchObject({
          code,
          message: 'inflates more than 10,000 to 1, as no capture does; what could be decompressed is read',
        })
      }
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
    }, 30_000)
  })
}

test.skipIf(!hasCommand('zstd'))('windows that are filled, moved and looked back on over their whole length', async () => {
  const part = halfNoise(3 * 2 ** 20, 5)
  // Each part comes again behind another one, further back than small windows reach.
  const long = Buffer.concat([pcap([]), ...[1, 2, 3, 4].map((n) => Buffer.concat([part, halfNoise(2 ** 20, n)]))])
  for (const args of [['-1'], ['-3', '--long=21'], ['-3', '--long=23'], ['--long=27']]) {
    const { info } = await readCapture(folder.file('long', zstd(long, ...args)))
    expect(info.innerSha256, args.join(' ')).toBe(sha256(long))
  }
})

describe('zstd frames that ask for too much', () => {
  const header = (hex: string) => Buffer.from(`28b52ffd${hex}`, 'hex')
  test.each([
    // Descriptor, window of 2 GiB, an empty last block.
    ['a window', '00a8010000', "wants to look back 2,048 MiB, more than the 128 MiB it may: decompress it first with 'zstd -d --long=31'"],
    ['a single segment', 'e00000000000000010010000', 'wants to look back 1,099,511,627,776 MiB, more than the 128 MiB it may'],
    ['a dictionary', '010007010000', "needs a dictionary: decompress it first with 'zstd -d -D DICTIONARY'"],
  ])('%s', async (_, hex, message) => {
    const { info } = await readCapture(folder.file('greedy', header(hex)))
    expect(info.damage).toMatchObject([{ code: 'capture.zstd', message: expect.stringContaining(message) }])
    expect(info.damage[0]!.message).toMatch(/\(zstd frame near byte \d+ of the file\)/)
  })

  test('a block of 20 bytes whose sequences claim gigabytes ends at once', async () => {
    // No literals; 98,303 sequences that all use the longest codes.
    const { info } = await readCapture(folder.file('long', header('00385d000000ffffff54230034ffff01')))
    expect(info.damage).toMatchObject([{ code: 'capture.zstd', message: expect.stringContaining('broken near byte') }])
  })
})

test('noise behind a magic number: no packets, no exception', async () => {
  for (let seed = 1; seed < 60; seed++)
    for (const magic of ['28b52ffd0088', '28b52ffd24', '04224d186440a7', '532a4d18']) {
      const { info, frames: got } = await readCapture(
        folder.file('noise', Buffer.concat([Buffer.from(magic, 'hex'), halfNoise(300, seed)])),
      )
      expect(got).toEqual([])
      expect(info.damage.length).toBeGreaterThan(0)
    }
})

test("lz4's legacy format is named", async () => {
  const { info } = await readCapture(folder.file('legacy', Buffer.from('02214c1805000000', 'hex')))
  expect(info.damage[0]!.message).toContain("compressed with lz4's legacy format: decompress it first with 'lz4 -d'")
})
