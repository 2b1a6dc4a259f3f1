/** The capture loop: order across devices, the wished number of packets, loss counted, a vanished device survived. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { CaptureLoop } from '../../src/live/capture-loop.js'
import type { CaptureOrder, FromWorker } from '../../src/live/messages.js'
import { UserError } from '../../src/model/user-error.js'
import { readCapture } from '../support/read-capture.js'
import { FakeDevice, type Given } from './fake-device.js'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loop-'))
  folders.push(folder)
  return folder
}

const order = (change: Partial<CaptureOrder> = {}): CaptureOrder => ({
  devices: [],
  snaplen: 65_535,
  bufferSizeMb: 1,
  promiscuous: false,
  ignoreOutgoing: false,
  filter: undefined,
  ring: undefined,
  queueBytes: 1e9,
  packets: Number.MAX_SAFE_INTEGER,
  argv: [],
  program: 'test',
  os: 'none',
  ...change,
})

const packet = (ms: number, text: string): Given => ({ at: BigInt(ms) * 1_000_000n, data: Buffer.from(text) })

/** Runs until the devices have no more to say. */
async function run(wish: CaptureOrder, devices: FakeDevice[], onTell?: (loop: CaptureLoop, message: FromWorker) => void) {
  const told: FromWorker[] = []
  const loop: CaptureLoop = new CaptureLoop(wish, devices, (message) => {
    told.push(message)
    onTell?.(loop, message)
  })
  const running = loop.run()
  const stopper = setInterval(() => {
    if (devices.every((device) => device.idle)) loop.stop()
  }, 5)
  await running
  clearInterval(stopper)
  const bytes = Buffer.concat(told.flatMap((one) => (one.kind === 'bytes' ? [Buffer.from(one.bytes)] : [])))
  return { told, bytes }
}

/** Texts of the packets in a pcapng, in order, with the interface. */
function texts(bytes: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4))
    if (bytes.readUInt32LE(at) === 6) {
      const length = bytes.readUInt32LE(at + 20)
      found.push(`${bytes.readUInt32LE(at + 8)}${bytes.toString('latin1', at + 28, at + 28 + length)}`)
    }
  return found
}

test('packets of several devices leave in the order of their times, whatever their clocks count', async () => {
  const a = new FakeDevice('a', [[packet(1, 'p'), packet(4, 'q')], [], [packet(9, 'r')]])
  const b = new FakeDevice('b', [[packet(2, 's'), packet(3, 't'), packet(4, 'u')], [packet(8, 'v')]], false)
  const { bytes, told } = await run(order(), [a, b])
  expect(texts(bytes)).toEqual(['0p', '1s', '1t', '0q', '1u', '1v', '0r'])
  expect(a.closed && b.closed).toBe(true)
  expect(told.at(-1)).toEqual({ kind: 'over', reason: undefined })
})

test('it ends after the wished number of packets', async () => {
  const device = new FakeDevice('a', [[packet(1, 'p'), packet(2, 'q')], [packet(3, 'r'), packet(4, 's')], [packet(5, 't')]])
  const { bytes, told } = await run(order({ packets: 3 }), [device])
  expect(texts(bytes)).toEqual(['0p', '0q', '0r'])
  expect(told.findLast((one) => one.kind === 'counts')).toMatchObject({ packets: 3 })
})

test('what the decoder does not take in time is left out and counted', async () => {
  const many = Array.from({ length: 10 }, (_, i) => [packet(i, 'x'.repeat(1000))])
  const { bytes, told } = await run(order({ queueBytes: 3500 }), [new FakeDevice('a', many)])
  const counts = told.findLast((one) => one.kind === 'counts')!
  expect(texts(bytes)).toHaveLength(counts.packets)
  expect(counts.packets + counts.devices[0]!.left).toBe(10)
  expect(counts.devices[0]!.left).toBeGreaterThan(0)
  // The same with a decoder that keeps up loses nothing.
  const again = await run(
    order({ queueBytes: 3500 }),
    [
      new FakeDevice(
        'a',
        Array.from({ length: 10 }, (_, i) => [packet(i, 'x'.repeat(1000))]),
      ),
    ],
    (loop, one) => {
      if (one.kind === 'bytes') loop.taken(one.bytes.length)
    },
  )
  expect(texts(again.bytes)).toHaveLength(10)
})

test('a device that vanishes ends the session; what came before is on disk and whole', async () => {
  const folder = tempFolder()
  const gone = new UserError('a is gone', ['plug it in'])
  const device = new FakeDevice('a', [[packet(1, 'p')], [packet(2, 'q')], gone, [packet(3, 'never')]])
  const ring = { folder, prefix: 'a', limits: { fileBytes: 1e6, fileMs: 1e6, totalBytes: 1e9, onFull: 'stop' as const } }
  const { told } = await run(order({ ring }), [device])
  expect(told).toContainEqual({ kind: 'failed', message: 'a is gone', nextSteps: ['plug it in'], bug: false })
  expect(told.at(-1)).toEqual({ kind: 'over', reason: 'a is gone' })
  expect(readdirSync(folder).sort()).toEqual(['SHA256SUMS', 'a-000001.pcapng'])
  expect(texts(readFileSync(join(folder, 'a-000001.pcapng')))).toEqual(['0p', '0q'])
})

test('counters of a ring file are those since the file before', async () => {
  const folder = tempFolder()
  const device = new FakeDevice('a', [[packet(1, 'x'.repeat(600))], [packet(2, 'y'.repeat(600))]])
  const ring = { folder, prefix: 'a', limits: { fileBytes: 500, fileMs: 1e6, totalBytes: 1e9, onFull: 'stop' as const } }
  let files = 0
  await run(order({ ring }), [device], (_, one) => {
    if (one.kind !== 'file') return
    files++
    device.counted = { received: 10 * files, dropped: 3 * files, interfaceDropped: 0 }
  })
  const dropped = readdirSync(folder)
    .filter((name) => name.endsWith('.pcapng'))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name))
      let last: number[] | undefined
      for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4))
        if (bytes.readUInt32LE(at) === 5) last = [Number(bytes.readBigUInt64LE(at + 24)), Number(bytes.readBigUInt64LE(at + 36))]
      return last
    })
  expect(dropped).toEqual([
    [10, 3],
    [10, 3],
  ])
})

/** The interface statistics of a pcapng: interface, start and end in milliseconds, isb_ifdrop. */
function statistics(bytes: Buffer) {
  const found: { iface: number; start: number; end: number; dropped: number }[] = []
  const time = (at: number): number => Number((BigInt(bytes.readUInt32LE(at)) << 32n) | BigInt(bytes.readUInt32LE(at + 4))) / 1e6
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    if (bytes.readUInt32LE(at) !== 5) continue
    const values = new Map<number, number>()
    for (let o = at + 20; bytes.readUInt16LE(o) !== 0; o += 12) values.set(bytes.readUInt16LE(o), o + 4)
    const dropped = Number(bytes.readBigUInt64LE(values.get(5)!))
    found.push({ iface: bytes.readUInt32LE(at + 8), start: time(values.get(2)!), end: time(values.get(3)!), dropped })
  }
  return found
}

/** Those that end before they start: when an interface was away. */
const absences = (bytes: Buffer): string[] =>
  statistics(bytes).flatMap(({ iface, start, end }) => (end < start ? [`${iface}: ${end}-${start}`] : []))

test('when a device was away stands before the packets that came after it, and at the end for one that still is', async () => {
  const a = new FakeDevice('a', [[packet(1, 'p')], [], [packet(2, 'q')]])
  const b = new FakeDevice('b', [])
  const gaps = [undefined, { from: 100, to: 200 }]
  Object.assign(a, { returned: () => gaps.shift() })
  Object.assign(b, { away: { from: 300, to: undefined } })
  const told: FromWorker[] = []
  const loop = new CaptureLoop(
    order(),
    [a, b],
    (message) => told.push(message),
    () => 1000,
    () => 1000,
  )
  const running = loop.run()
  const stopper = setInterval(() => a.idle && loop.stop(), 5)
  await running
  clearInterval(stopper)
  const bytes = Buffer.concat(told.flatMap((one) => (one.kind === 'bytes' ? [Buffer.from(one.bytes)] : [])))
  expect(texts(bytes)).toEqual(['0p', '0q'])
  expect(absences(bytes)).toEqual(['0: 100-200', '1: 300-1000'])
})

test('what was lost and when a device was away stand beside each other, and the file ends with its totals', async () => {
  const hand = new Hand()
  const folder = tempFolder()
  const began = hand.now
  const device = new FakeDevice('a', [[packet(1, 'p')], [], []])
  let gap: { from: number; to: number } | undefined
  Object.assign(device, {
    returned: () => {
      const one = gap
      gap = undefined
      return one
    },
  })
  const ring = { folder, prefix: 'a', limits: { fileBytes: 1e6, fileMs: 1e9, totalBytes: 1e9, onFull: 'stop' as const } }
  await lossesOf(order({ ring }), device, hand, [
    () => {
      hand.now += 10_000
    },
    () => {
      hand.now += 400
      device.counted = { received: 40, dropped: 5, interfaceDropped: 0 }
      gap = { from: began + 3000, to: began + 9000 }
      device.polls.push([packet(2, 'q')])
    },
    () => {
      hand.now += 5000
      device.counted = { received: 60, dropped: 12, interfaceDropped: 0 }
    },
  ])
  const bytes = readFileSync(join(folder, 'a-000001.pcapng'))
  expect(texts(bytes)).toEqual(['0p', '0q'])
  expect(absences(bytes)).toEqual([`0: ${began + 3000}-${began + 9000}`])
  expect(await readLosses(bytes)).toEqual([['kernel', 10, 15, 12]])
  const blocks = statistics(bytes)
  expect(blocks.map(({ dropped }) => dropped)).toEqual([...blocks.map(({ dropped }) => dropped)].sort((a, b) => a - b))
  expect(blocks.at(-1)).toEqual({ iface: 0, start: began, end: hand.now, dropped: 12 })
})

test('a session ends when no device is left that could come back', async () => {
  const [a, b] = [new FakeDevice('a', [[packet(1, 'p')]]), new FakeDevice('b', [])]
  Object.assign(a, { gone: new UserError('a is gone', ['start again']) })
  const loop = async (): Promise<FromWorker | undefined> => {
    const told: FromWorker[] = []
    const one = new CaptureLoop(order(), [a, b], (message) => told.push(message))
    setTimeout(() => one.stop(), 60)
    await one.run()
    return told.at(-1)
  }
  expect(await loop()).toEqual({ kind: 'over', reason: undefined })
  Object.assign(b, { gone: new UserError('b is gone', []) })
  expect(await loop()).toEqual({ kind: 'over', reason: 'a is gone' })
})

test('another capture begins where it is asked for, unless its filter is refused', async () => {
  const folder = tempFolder()
  const device = new FakeDevice('a', [[packet(1, 'p')], [packet(2, 'q')], [packet(3, 'r')]])
  const filters: (string | undefined)[] = []
  Object.assign(device, {
    replaceFilter: (text: string | undefined) => {
      filters.push(text)
      return text === 'wrong' ? 'syntax error' : undefined
    },
  })
  const ring = { folder, prefix: 'a', limits: { fileBytes: 1e6, fileMs: 1e6, totalBytes: 1e9, onFull: 'stop' as const } }
  const wishes = ['wrong', 'tcp']
  const { told } = await run(order({ ring }), [device], (loop, one) => {
    if ((one.kind === 'file' || one.kind === 'renewed') && wishes.length > 0) loop.renew(wishes.shift())
  })
  expect(told.filter(({ kind }) => kind === 'renewed')).toEqual([
    { kind: 'renewed', refused: 'syntax error', kept: [] },
    { kind: 'renewed', kept: [] },
  ])
  expect(filters).toEqual(['wrong', 'tcp'])
  expect(told.filter(({ kind }) => kind === 'file').length).toBe(2)
  const written = readdirSync(folder).filter((name) => name.endsWith('.pcapng'))
  expect(written.flatMap((name) => texts(readFileSync(join(folder, name)))).sort()).toEqual(['0p', '0q', '0r'])
})

/** A clock that a test sets, milliseconds. */
class Hand {
  now = 1_440_662_455_000
  readonly read = (): number => this.now
}

async function lossesOf(wish: CaptureOrder, device: FakeDevice, hand: Hand, steps: readonly (() => void)[]) {
  const told: FromWorker[] = []
  const rest = [...steps]
  const loop: CaptureLoop = new CaptureLoop(wish, [device], (message) => told.push(message), hand.read, hand.read)
  const running = loop.run()
  const stepper = setInterval(() => {
    const step = rest.shift()
    if (step) step()
    else loop.stop()
  }, 40)
  await running
  clearInterval(stepper)
  return told
}

async function readLosses(bytes: Buffer) {
  const path = join(tempFolder(), 'one.pcapng')
  writeFileSync(path, bytes)
  const { info } = await readCapture(path)
  return info.losses.map(({ counter, start, end, packets }) => [
    counter,
    Number(start!.sec) - 1_440_662_455,
    end.sec - 1_440_662_455,
    packets,
  ])
}

test.each([true, false])('an interval of loss is written down when it was, and nothing without loss (ring: %s)', async (kept) => {
  const hand = new Hand()
  const folder = tempFolder()
  const device = new FakeDevice('a', [[packet(1, 'p')], [], []])
  const ring = { folder, prefix: 'a', limits: { fileBytes: 1e6, fileMs: 1e9, totalBytes: 1e9, onFull: 'stop' as const } }
  const told = await lossesOf(order(kept ? { ring } : {}), device, hand, [
    () => {
      hand.now += 10_000
    },
    () => {
      hand.now += 1000
      device.counted = { received: 50, dropped: 30, interfaceDropped: 0 }
    },
    () => {
      hand.now += 1000
      device.counted = { received: 70, dropped: 42, interfaceDropped: 0 }
    },
    () => {
      hand.now += 60_000
    },
    () => {
      hand.now += 5000
      device.counted = { received: 70, dropped: 42, interfaceDropped: 8 }
    },
  ])
  const bytes = kept
    ? readFileSync(join(folder, 'a-000001.pcapng'))
    : Buffer.concat(told.flatMap((one) => (one.kind === 'bytes' ? [Buffer.from(one.bytes)] : [])))
  expect(await readLosses(bytes)).toEqual([
    ['kernel', 10, 12, 42],
    ['interface', 72, 77, 8],
  ])
  const said = told.flatMap((one) => (one.kind === 'lost' ? one.losses : []))
  expect(said.map(({ counter, packets }) => [counter, packets])).toEqual([
    ['kernel', 30],
    ['kernel', 12],
    ['interface', 8],
  ])
  // The counters before and after each loss, and the last ones.
  expect(blocks(bytes).filter((type) => type === 5).length).toBeLessThanOrEqual(6)
})

function blocks(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) types.push(bytes.readUInt32LE(at))
  return types
}

test('a device whose counters are gone or run backwards keeps those it had', async () => {
  const hand = new Hand()
  const folder = tempFolder()
  const device = new FakeDevice('a', [[packet(1, 'p')], [], []])
  const ring = { folder, prefix: 'a', limits: { fileBytes: 1e6, fileMs: 1e9, totalBytes: 1e9, onFull: 'stop' as const } }
  await lossesOf(order({ ring }), device, hand, [
    () => {
      hand.now += 1000
      device.counted = { received: 50, dropped: 30, interfaceDropped: 0 }
    },
    () => {
      hand.now += 1000
      device.counted = { received: 0, dropped: 0, interfaceDropped: 0 }
    },
  ])
  expect(await readLosses(readFileSync(join(folder, 'a-000001.pcapng')))).toEqual([['kernel', 0, 1, 30]])
})
