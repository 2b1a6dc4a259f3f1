import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LiveDevice } from '../../src/live/live-device.js'
import type { LiveOptions } from '../../src/live/live-start.js'
import { UserError } from '../../src/model/user-error.js'
import { pipeOf, type ReadCapture, readCapture } from '../support/read-capture.js'
import { OwnNetwork, sendDatagrams, sendFrame, sink, whyNotLive } from './network.js'

const whyNot = whyNotLive()
const live = describe.skipIf(whyNot !== undefined)
if (whyNot !== undefined) it.skip(`live capture: ${whyNot}`)

const GATHER_MS = 20
/** Garbage of the test runner and of the tests comes and goes; what is kept for each of 50,000 calls would be more. */
const MAX_GROWTH = 16 * 1024 * 1024
const quick = { gatherMs: GATHER_MS } satisfies LiveOptions

/** Polls until `enough` packets came or `ms` went by, and reads the records back with the reader of files. */
async function capture(device: LiveDevice, enough: number, ms = 3000): Promise<ReadCapture> {
  const parts: Buffer[] = [device.fileHeader]
  for (let waited = 0; device.packets < enough && waited < ms; waited += 5) {
    parts.push(Buffer.from(device.poll()))
    await pause(5)
  }
  // What nobody expected comes with the next block, if at all.
  await pause(3 * GATHER_MS)
  parts.push(Buffer.from(device.poll()))
  const read = await readCapture(pipeOf(Buffer.concat(parts)))
  expect(read.info.damage).toEqual([])
  expect(read.frames).toHaveLength(device.packets)
  return read
}
const refusal = (open: () => unknown): UserError => {
  try {
    open()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('it was not refused')
}
/** Ethernet, IPv4 and UDP, whose checksums nobody looks at. */
function udpFrame(port: number, text: string): Buffer {
  const ethernet = Buffer.from([...Array(6).fill(0xff), 2, 0, 0, 0, 0, 1, 0x08, 0x00])
  const ip = Buffer.from([0x45, 0, 0, 28 + text.length, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2])
  const udp = Buffer.from([0x30, 0x39, port >> 8, port & 0xff, 0, 8 + text.length, 0, 0])
  // Ethernet's shortest frame is 60 bytes without its checksum.
  return Buffer.concat([ethernet, ip, udp, Buffer.from(text), Buffer.alloc(60)]).subarray(0, 60)
}
const numbered = (n: number): string[] => Array.from({ length: n }, (_, i) => `datagram ${i};`)
const found = ({ frames }: ReadCapture): string[] => frames.flatMap(({ data }) => data.match(/datagram \d+;/) ?? [])

live('a live device', () => {
  let network: OwnNetwork
  let peer: number
  let stopSink: () => Promise<void>
  const opened: LiveDevice[] = []
  const open = (name: string, options: LiveOptions = {}): LiveDevice => {
    const device = LiveDevice.open(name, { ...quick, ...options })
    opened.push(device)
    return device
  }

  beforeAll(async () => {
    network = new OwnNetwork()
    peer = await network.pair('near')
    stopSink = await sink(4000)
  })
  afterAll(async () => {
    for (const device of opened) device.close()
    await stopSink?.()
    network?.leave()
  })

  it('hands out what was sent over the loopback, each packet once and in order', async () => {
    const device = open('lo', { filter: 'udp port 4000' })
    expect(device).toMatchObject({ linkType: 1, snaplen: 262_144, ticksPerSecond: 1e9, warnings: [] })
    sendDatagrams(numbered(300), 4000)
    const read = await capture(device, 300)
    expect(found(read)).toEqual(numbered(300))
    expect(read.info).toMatchObject({ container: 'pcap', ticksPerSecond: 1e9, interfaces: [{ linkType: 1, snaplen: 262_144 }] })
    expect(device.stats()).toEqual({ received: 300, dropped: 0, droppedByInterface: 0 })
    device.close()
  })

  it('stamps with nanoseconds', async () => {
    const device = open('lo', { filter: 'udp port 4000' })
    const before = Date.now() / 1000
    sendDatagrams(numbered(50), 4000)
    const { frames } = await capture(device, 50)
    expect(frames.some(({ nsec }) => nsec % 1000 !== 0)).toBe(true)
    for (const { sec } of frames) expect(Math.abs(sec - before)).toBeLessThan(10)
  })

  it('captures a wire, both directions or only what comes in', async () => {
    const both = open('near', { filter: 'udp port 4000' })
    const incoming = open('near', { filter: 'udp port 4000', ignoreOutgoing: true })
    network.there(
      peer,
      `${process.execPath} -e "const s = dgram.createSocket('udp4'); s.send('datagram 1;', 4000, '10.9.0.1', () => s.close())"`,
    )
    sendDatagrams(['datagram 2;'], 4000, '10.9.0.2')
    expect(found(await capture(both, 2))).toEqual(['datagram 1;', 'datagram 2;'])
    expect(found(await capture(incoming, 1))).toEqual(['datagram 1;'])
    expect(incoming.stats()).toMatchObject({ received: 1 })
  })

  it('captures all interfaces at once, as Linux cooked frames', async () => {
    const device = open('any', { filter: 'udp port 4000' })
    expect([113, 276]).toContain(device.linkType)
    sendDatagrams(numbered(20), 4000)
    expect(new Set(found(await capture(device, 20)))).toEqual(new Set(numbered(20)))
  })

  it('keeps as much of a packet as the snaplen says, and knows how long it was', async () => {
    const device = open('lo', { snaplen: 60, filter: 'udp port 4000' })
    expect(device.snaplen).toBe(60)
    sendDatagrams(['x'.repeat(1000)], 4000)
    const { frames } = await capture(device, 1)
    expect(frames.map(({ data, original }) => [data.length, original])).toEqual([[60, 14 + 20 + 8 + 1000]])
  })

  it('passes only what the filter matches', async () => {
    const device = open('lo', { filter: 'udp port 4000 and greater 200' })
    sendDatagrams(['short', 'long'.repeat(100), 'short'], 4000)
    expect((await capture(device, 2, 300)).frames).toHaveLength(1)
  })

  it('passes tagged frames where the filter names them, with their tags', async () => {
    network.ip('link add tagged type veth peer name tagger')
    for (const name of ['tagged', 'tagger']) network.ip(`link set ${name} up`)
    const ports = 'udp port 4000'
    const device = open('tagged', { filter: `${ports} or (vlan and (${ports}))` })
    const frame = udpFrame(4000, 'datagram 1;')
    const tag = Buffer.from([0x81, 0x00, 0x00, 0x07])
    sendFrame(frame, 'tagger')
    sendFrame(Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]), 'tagger')
    expect((await capture(device, 2)).frames.map(({ data }) => data.length)).toEqual([frame.length, frame.length + tag.length])
  })

  it('says what is wrong with a filter', () => {
    const { message, nextSteps } = refusal(() => open('lo', { filter: 'tcp prot 80' }))
    expect(message).toMatch(/^the filter "tcp prot 80" does not work: .*syntax error/)
    expect(nextSteps.join()).toContain('pcap-filter')
    expect(refusal(() => open('lo', { filter: 'port 80\0 and nonsense' })).message).toContain('NUL')
    expect(refusal(() => open('lo', { filter: `port ${'1'.repeat(10_000)}` })).message).toContain('longer than')
  })

  it('leaves nothing open when it is refused', () => {
    const descriptors = () => readdirSync('/proc/self/fd').length
    const before = descriptors()
    for (let i = 0; i < 20; i++) refusal(() => open('lo', { filter: 'tcp prot 80' }))
    for (let i = 0; i < 20; i++) refusal(() => open('none'))
    expect(descriptors()).toBe(before)
  })

  it('says what it could not do as it was told', () => {
    const device = open('lo', { snaplen: 1_000_000 })
    expect(device.snaplen).toBe(262_144)
    expect(device.warnings).toEqual(['a snaplen of 1000000 bytes is more than there can be: it is 262144'])
  })

  it('says that there is no such interface, and which is meant', () => {
    const { message, nextSteps } = refusal(() => open('naer'))
    expect(message).toBe('there is no interface "naer"; did you mean "near"?')
    expect(nextSteps.join('\n')).toMatch(/near[\s\S]*audit interfaces/)
  })

  it('says that an interface is down', () => {
    network.ip('link add sleeping type veth peer name sleeper')
    expect(refusal(() => open('sleeping'))).toMatchObject({
      message: 'sleeping cannot be captured: it is down',
      nextSteps: ['sudo ip link set dev sleeping up   brings it up', 'audit interfaces   lists what can be captured'],
    })
  })

  it('says who may capture when it may not', () => {
    process.seteuid!(65_534)
    try {
      const { message, nextSteps } = refusal(() => open('lo'))
      expect(message).toMatch(/^lo cannot be captured: permission denied/)
      expect(nextSteps[0]).toMatch(/^sudo \S*node .* captures as root$/)
      expect(nextSteps.join('\n')).toContain('dumpcap')
    } finally {
      process.seteuid!(0)
    }
  })

  it('notices that an interface vanishes, after it handed out what came before', async () => {
    network.ip('link add brief type veth peer name briefer')
    network.ip('addr add 10.8.0.1/24 dev brief')
    for (const name of ['brief', 'briefer']) network.ip(`link set ${name} up`)
    network.ip('neigh add 10.8.0.2 lladdr 02:00:00:00:00:02 dev brief')
    const device = open('brief', { filter: 'udp port 4000', gatherMs: 200 })
    sendDatagrams(numbered(3), 4000, '10.8.0.2')
    expect(found(await capture(device, 3))).toEqual(numbered(3))
    sendDatagrams(numbered(2), 4000, '10.8.0.2')
    network.ip('link del brief')
    const message = await untilFailure(device)
    expect(message).toMatch(/^brief has vanished while it was captured/)
    expect(device.packets).toBe(5)
    expect(() => device.poll()).toThrow(UserError)
    device.close()
    expect(device.poll()).toHaveLength(0)
  })

  async function untilFailure(device: LiveDevice): Promise<string> {
    for (let i = 0; i < 200; i++) {
      try {
        device.poll()
      } catch (error) {
        if (error instanceof UserError) return error.message
        throw error
      }
      await pause(10)
    }
    return 'nothing was noticed'
  }

  it('counts what the kernel dropped for want of buffer', async () => {
    const device = open('lo', { bufferSizeMb: 1, filter: 'udp port 4000' })
    sendDatagrams(
      Array.from({ length: 3000 }, () => 'y'.repeat(1400)),
      4000,
    )
    const { frames } = await capture(device, 3000, 300)
    const { received, dropped } = device.stats()!
    expect(frames.length).toBeLessThan(3000)
    expect(dropped).toBeGreaterThan(0)
    expect(frames.length + dropped).toBe(3000)
    expect(received).toBe(3000)
    device.close()
    expect(device.stats()).toMatchObject({ received, dropped })
  })

  it('in immediate mode shows a packet as soon as it is there', async () => {
    const device = open('lo', { immediate: true, gatherMs: 60_000, filter: 'udp port 4000' })
    sendDatagrams(numbered(1), 4000)
    expect(found(await capture(device, 1))).toEqual(numbered(1))
  })

  it('answers at once when nothing comes, and holds no more memory after many polls', async () => {
    const device = open('lo', { filter: 'udp port 4001' })
    const cost = () => process.memoryUsage().rss
    for (let i = 0; i < 2000; i++) expect(device.poll()).toHaveLength(0)
    const before = cost()
    for (let i = 0; i < 50_000; i++) device.poll()
    expect(cost() - before).toBeLessThan(MAX_GROWTH)
  })

  it('holds no more memory after many packets', async () => {
    const device = open('lo', { filter: 'udp port 4000' })
    const round = async () => {
      sendDatagrams(numbered(5000), 4000)
      await pause(2 * GATHER_MS)
      while (device.poll().length > 0);
    }
    for (let i = 0; i < 5; i++) await round()
    const before = process.memoryUsage().rss
    for (let i = 0; i < 25; i++) await round()
    expect(device.packets + device.stats()!.dropped).toBe(150_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH)
  })

  it('gives a poll no more than it may, and the rest to the next', async () => {
    const device = open('lo', { filter: 'udp port 4000' })
    sendDatagrams(
      Array.from({ length: 4000 }, (_, i) => `datagram ${i};`.padEnd(1000)),
      4000,
    )
    await pause(3 * GATHER_MS)
    const sizes: number[] = []
    for (let records = device.poll(); records.length > 0; records = device.poll()) sizes.push(records.length)
    expect(device.packets).toBe(4000)
    expect(sizes.length).toBeGreaterThan(3)
    expect(Math.max(...sizes)).toBeLessThan(2 * 1024 * 1024)
  })

  it('loses nothing of 200,000 small packets sent as fast as they can be', async () => {
    const device = open('lo', { bufferSizeMb: 96, filter: 'udp port 4000 and less 100' })
    const sent = 200_000
    sendDatagrams(
      Array.from({ length: sent }, (_, i) => String(i)),
      4000,
    )
    const read = await capture(device, sent, 20_000)
    expect(read.frames).toHaveLength(sent)
    expect(device.stats()).toEqual({ received: sent, dropped: 0, droppedByInterface: 0 })
    const numbers = read.frames.map(({ data }) => Number(data.slice(42)))
    expect(numbers.every((n, i) => n === i)).toBe(true)
  })
})
