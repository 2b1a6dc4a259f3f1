/** What the encoder writes, the reader of captures reads: every packet, time and length. */
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { PcapngEncoder } from '../../src/capture/pcapng-encoder.js'
import { type Given, records } from '../live/fake-device.js'

async function readBack(bytes: Buffer) {
  const reader = await openCapture({ stdin: Readable.from([bytes]) })
  const packets: { at: bigint; data: Buffer; length: number; iface: number }[] = []
  for (;;) {
    const block = await reader.next()
    if (!block) break
    for (let i = 0; i < block.count; i++)
      packets.push({
        at: BigInt(block.sec[i]!) * 1_000_000_000n + BigInt(block.nsec[i]!),
        data: Buffer.from(block.buf.subarray(block.offset[i]!, block.offset[i]! + block.captured[i]!)),
        length: block.original[i]!,
        iface: block.iface[i]!,
      })
  }
  return { packets, info: reader.info }
}

const packet: fc.Arbitrary<Given & { iface: number }> = fc.record({
  // All that 32 bits of seconds can say.
  at: fc.bigInt({ min: 0n, max: 2n ** 32n * 1_000_000_000n - 1n }),
  data: fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
  length: fc.integer({ min: 90, max: 70_000 }),
  iface: fc.integer({ min: 0, max: 1 }),
})

test.each([true, false])('packets read back as they were (nanoseconds: %s)', async (nanoseconds) => {
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 40 }), async (given) => {
      const exact = given.map((one) => ({ ...one, at: nanoseconds ? one.at : (one.at / 1000n) * 1000n }))
      const encoder = new PcapngEncoder()
      encoder.section({ program: 'test 1', os: 'none', comments: [] })
      for (const name of ['eth0', 'eth1']) encoder.interface({ name, linkType: 1, snaplen: 65_535 })
      for (const one of exact) encoder.packet(one.iface, records([one], nanoseconds), 0, nanoseconds)
      const { packets, info } = await readBack(encoder.take())
      expect(packets).toEqual(exact.map(({ at, data, length, iface }) => ({ at, data, length, iface })))
      expect(info.damage).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('sections, interfaces and counters carry what is known', async () => {
  const encoder = new PcapngEncoder()
  encoder.section({ program: 'pcap-audit 1.2.3', os: 'Linux 6.1', comments: ['previous file: a.pcapng sha256 00'] })
  encoder.interface({ name: 'eth0', filter: 'tcp', linkType: 1, snaplen: 4096 })
  encoder.packet(0, records([{ at: 1_440_662_455_638_957_123n, data: Buffer.from('abc') }]), 0, true)
  encoder.statistics(0, { received: 7, dropped: 2, interfaceDropped: 1, left: 3 }, 1_440_662_456_000, 1_440_662_455_000)
  const { info } = await readBack(encoder.take())
  expect(info.interfaces).toMatchObject([
    { name: 'eth0', filter: 'tcp', linkType: 1, snaplen: 4096, ticksPerSecond: 1e9, received: 7, dropped: 6 },
  ])
  // All that was dropped, taken apart: by the kernel, in the queue, and the rest at the interface.
  const span = { iface: 0, start: { sec: 1_440_662_455, nsec: 0 }, end: { sec: 1_440_662_456, nsec: 0 } }
  expect(info.losses).toEqual([
    { ...span, counter: 'kernel', packets: 2 },
    { ...span, counter: 'queue', packets: 3 },
    { ...span, counter: 'interface', packets: 1 },
  ])
  expect(info.comments).toEqual([{ frame: 0, text: 'previous file: a.pcapng sha256 00' }])
  expect(info.writer).toContain('pcap-audit 1.2.3')
  expect(info.damage).toEqual([])
})
