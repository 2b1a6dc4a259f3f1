import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import type { CaptureReader } from '../../src/capture/source.js'
import { Timeline } from '../../src/capture/timeline.js'
import { frame, gzip, interfaceBlock, packetBlock, pcap, pcapng, section } from '../support/captures.js'
import { Folder, frameOf, pipeOf } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())

interface Seen {
  readonly capture: number
  readonly number: number
  readonly sec: number
  readonly data: string
}

async function play(readers: readonly CaptureReader[]): Promise<{ seen: Seen[]; slices: number }> {
  const timeline = new Timeline(readers)
  const seen: Seen[] = []
  let slices = 0
  for (let slice = await timeline.next(); slice; slice = await timeline.next()) {
    slices++
    expect(slice.to).toBeGreaterThan(slice.from)
    for (let i = slice.from; i < slice.to; i++) {
      const { number, sec, data } = frameOf(slice.block, i)
      seen.push({ capture: slice.capture, number, sec, data })
    }
  }
  await timeline.close()
  return { seen, slices }
}

let files = 0
const capture = (name: string, times: readonly number[]) =>
  folder.file(`${++files}-${name}.pcap`, pcap(times.map((sec, i) => frame(`${name}${i}`, sec))))
const text = (seen: readonly Seen[]) => seen.map((s) => s.data).join(' ')
const open = (paths: readonly string[], readSize?: number) =>
  Promise.all(paths.map((p) => openCapture(p, readSize === undefined ? {} : { readSize })))

test('one capture: whole blocks, without waiting', async () => {
  const timeline = new Timeline(await open([capture('a', [5, 4, 6])]))
  const slice = timeline.next()
  expect(slice).not.toBeInstanceOf(Promise)
  expect(slice).toMatchObject({ capture: 0, from: 0, to: 3 })
  expect(timeline.next()).toBeNull()
})

test('no capture at all', async () => {
  expect(await new Timeline([]).next()).toBeNull()
})

test('rotated files in any order are read in the order of time, a slice each', async () => {
  const paths = [capture('c', [7, 8, 9]), capture('a', [1, 2, 3]), capture('b', [4, 5, 6])]
  const { seen, slices } = await play(await open(paths))
  expect(text(seen)).toBe('a0 a1 a2 b0 b1 b2 c0 c1 c2')
  expect(seen.map((s) => s.capture)).toEqual([1, 1, 1, 2, 2, 2, 0, 0, 0])
  expect(slices).toBe(3)
})

test('overlapping captures are interleaved by time', async () => {
  const { seen, slices } = await play(await open([capture('a', [1, 2, 5, 6]), capture('b', [3, 4, 7])]))
  expect(text(seen)).toBe('a0 a1 b0 b1 a2 a3 b2')
  expect(slices).toBe(4)
})

test('files of a ring follow one another as they name each other, not as their clock was set', async () => {
  const linked = (name: string, sec: number, previous?: string) =>
    folder.file(
      name,
      pcapng(
        section(previous === undefined ? {} : { options: [[1, `previous file: ${previous} sha256 ${'0'.repeat(64)}`]] }),
        interfaceBlock(),
        packetBlock(0, name.slice(0, 2), { sec }),
      ),
    )
  const ring = [linked('r1.pcapng', 50), linked('r2.pcapng', 10, 'r1.pcapng'), linked('r3.pcapng', 90, 'r2.pcapng')]
  // Another one beside it keeps its place in time.
  const beside = capture('x', [5, 20, 60])
  expect(text((await play(await open([...ring, beside]))).seen)).toBe('x0 x1 r1 r2 x2 r3')
  // Without the file that is named, or where the names run in a circle, times decide.
  expect(text((await play(await open([ring[2]!, ring[0]!]))).seen)).toBe('r1 r3')
  const circle = [linked('c1.pcapng', 2, 'c2.pcapng'), linked('c2.pcapng', 1, 'c1.pcapng'), linked('c3.pcapng', 0, 'c3.pcapng')]
  expect(text((await play(await open(circle))).seen)).toBe('c3 c1 c2')
})

test('equal times go to the capture named first', async () => {
  const { seen } = await play(await open([capture('a', [1, 1, 2]), capture('b', [1, 1, 2])]))
  expect(text(seen)).toBe('a0 a1 b0 b1 a2 b2')
})

test('nanoseconds decide within a second', async () => {
  const nano = (name: string, nsecs: readonly number[]) =>
    folder.file(
      `${name}.pcap`,
      pcap(
        nsecs.map((nsec, i) => frame(`${name}${i}`, 9, nsec)),
        { kind: 'nano' },
      ),
    )
  const { seen } = await play(await open([nano('x', [2, 4]), nano('y', [1, 3])]))
  expect(text(seen)).toBe('y0 x0 y1 x1')
})

test("a capture's own order stays, even when its times run back", async () => {
  const { seen } = await play(await open([capture('a', [1, 9, 2, 3]), capture('b', [5, 6])]))
  expect(text(seen)).toBe('a0 b0 b1 a1 a2 a3')
})

describe('whatever the captures are', () => {
  test('empty ones, texts and missing ones are passed over', async () => {
    const paths = [
      folder.file('empty', ''),
      capture('a', [1, 3]),
      folder.file('text', 'hello'),
      `${folder.path}/none`,
      capture('b', [2]),
      capture('h', []),
    ]
    const readers = await open(paths)
    expect(text((await play(readers)).seen)).toBe('a0 b0 a1')
    expect(readers.map((r) => r.info.damage.map((d) => d.code).join())).toEqual([
      'capture.empty',
      '',
      'capture.magic',
      'capture.unreadable',
      '',
      '',
    ])
    expect(readers.every((r, i) => (i === 3) === (r.info.sha256 === undefined))).toBe(true)
  })

  test('compressed files and a pipe', async () => {
    const zipped = folder.file('z.gz', gzip(pcap([frame('z0', 2), frame('z1', 5)])))
    const readers = [...(await open([capture('a', [1, 4]), zipped])), await openCapture(pipeOf(pcap([frame('p0', 3), frame('p1', 6)]), 30))]
    expect(text((await play(readers)).seen)).toBe('a0 z0 p0 a1 z1 p1')
  })

  test('a first frame far into the file', async () => {
    const late = folder.file('late.pcap', pcap([frame('l'.repeat(200_000), 2)]))
    const { seen } = await play(await open([capture('a', [1, 3]), late]))
    expect(seen.map((s) => s.data[0]).join('')).toBe('ala')
  })
})

test('400 overlapping captures: every frame once, in order, without running out of descriptors', async () => {
  const paths: string[] = []
  for (let i = 0; i < 400; i++) paths.push(capture(`n${i}-`, [i, 1000 + i, 2000 - i]))
  const { seen } = await play(await open(paths, 48))
  expect(seen.length).toBe(1200)
  for (let i = 1; i < seen.length; i++) expect(seen[i]!.sec).toBeGreaterThanOrEqual(seen[i - 1]!.sec)
}, 30_000)

test('any captures, any read size: the merge by definition', async () => {
  const times = fc.array(fc.array(fc.nat(20), { maxLength: 12 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(times, fc.integer({ min: 1, max: 100 }), async (captures, readSize) => {
      const paths = captures.map((c, i) => folder.file(`p${i}.pcap`, pcap(c.map((sec, k) => frame(`${i}.${k}`, sec)))))
      const heads = captures.map(() => 0)
      const expected: string[] = []
      for (;;) {
        let best = -1
        for (let i = 0; i < captures.length; i++)
          if (heads[i]! < captures[i]!.length && (best < 0 || captures[i]![heads[i]!]! < captures[best]![heads[best]!]!)) best = i
        if (best < 0) break
        expected.push(`${best}.${heads[best]!++}`)
      }
      expect((await play(await open(paths, readSize))).seen.map((s) => s.data)).toEqual(expected)
    }),
    { numRuns: 100 },
  )
}, 30_000)
