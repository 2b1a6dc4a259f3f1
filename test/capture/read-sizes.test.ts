import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import {
  type Block,
  frame,
  interfaceBlock,
  packetBlock,
  pcap,
  pcapng,
  section,
  simplePacketBlock,
  statisticsBlock,
} from '../support/captures.js'
import { Folder, pipeOf, type ReadCapture, readCapture } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())

const frames = [0, 1, 2, 15, 16, 17, 60, 100, 31, 3].map((length, i) => frame('x'.repeat(length), 1_600_000_000 + i, i * 1000, length + i))
const samples: readonly [string, Buffer][] = [
  ['pcap', pcap(frames)],
  ['pcap-be', pcap(frames, { endian: 'be', kind: 'nano' })],
  ['pcap-modified', pcap(frames, { kind: 'modified' })],
  ['pcap-cut', pcap(frames).subarray(0, -2)],
  [
    'pcapng',
    pcapng(
      section({ options: [[1, 'all of it']] }),
      interfaceBlock({ name: 'eth0' }),
      packetBlock(0, 'abc', { options: [[1, 'note']] }),
      simplePacketBlock('defgh'),
      statisticsBlock(0, { received: 2n }),
      section({ endian: 'be' }),
      interfaceBlock(),
      packetBlock(0, 'x'.repeat(300)),
    ),
  ],
]

/** What must not depend on how the bytes came in. */
const essence = ({ info, frames }: ReadCapture) => ({ frames, ...info, name: '', path: '' })

for (const [name, bytes] of samples) {
  test(`${name}: the same at every read size`, async () => {
    const path = folder.file(name, bytes)
    const whole = essence(await readCapture(path))
    expect(whole.frames.length).toBeGreaterThan(0)
    for (let readSize = 1; readSize <= bytes.length + 1; readSize++) expect(essence(await readCapture(path, { readSize }))).toEqual(whole)
  }, 30_000)

  test(`${name}: the same from a pipe in pieces of any size`, async () => {
    const whole = essence(await readCapture(folder.file(name, bytes)))
    for (const piece of [1, 2, 3, 5, 16, 23, 24, 25, 100, 65_536]) expect(essence(await readCapture(pipeOf(bytes, piece)))).toEqual(whole)
  })
}

test('any bytes behind a good beginning: no throw, no hang, the same at two read sizes', async () => {
  const starts = [pcap(frames.slice(0, 2)), pcapng(section(), interfaceBlock(), packetBlock(0, 'abc'))]
  const garbage = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.array(fc.constantFrom(0, 0, 0, 1, 6, 16, 32, 255), { maxLength: 400 }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...starts), garbage, fc.integer({ min: 1, max: 64 }), async (start, tail, readSize) => {
      const path = folder.file('garbage', Buffer.concat([start, Uint8Array.from(tail)]))
      const whole = essence(await readCapture(path))
      expect(whole.frames.length).toBeGreaterThan(0)
      expect(essence(await readCapture(path, { readSize }))).toEqual(whole)
    }),
    { numRuns: 300 },
  )
}, 30_000)

test('any byte changed anywhere: no throw, and every frame stays inside its buffer', async () => {
  const blocks: Block[] = [section(), interfaceBlock({ resolution: 9 })]
  for (let i = 0; i < 6; i++) blocks.push(packetBlock(0, `packet ${i}`, { perSecond: 1_000_000_000n }))
  for (const bytes of [pcap(frames), pcapng(...blocks)])
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), async (at, value) => {
        const changed = Buffer.from(bytes)
        changed[at] = value
        const { info, frames: got } = await readCapture(folder.file('changed', changed), { readSize: 4096 })
        expect(info.packets).toBe(got.length)
        expect(got.reduce((sum, f) => sum + f.data.length, 0)).toBe(info.bytes)
        expect(got.filter((f) => f.original < f.data.length || f.nsec >= 1e9)).toEqual([])
      }),
      { numRuns: 300 },
    )
}, 30_000)
