import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InterfaceClock } from '../../src/capture/clock.js'

/** The same in BigInt, straight from the definition. */
function exact(resolution: number, ticks: bigint): { sec: number; nsec: number } {
  const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f)
  return { sec: Number(ticks / perSecond), nsec: Number(((ticks % perSecond) * 1_000_000_000n) / perSecond) }
}

function set(resolution: number, ticks: bigint, offset = 0): { sec: number; nsec: number } {
  const clock = new InterfaceClock(resolution, offset)
  clock.set(Number(ticks >> 32n), Number(ticks & 0xffff_ffffn))
  return { sec: clock.sec, nsec: clock.nsec }
}

test('any resolution, any time stamp: exact to the nanosecond', () => {
  const resolutions = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0x80, max: 0x80 + 66 }), fc.constantFrom(127, 255))
  fc.assert(
    fc.property(resolutions, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (resolution, ticks) => {
      expect(set(resolution, ticks)).toEqual(exact(resolution, ticks))
    }),
    { numRuns: 2000 },
  )
})

test('around whole seconds, where a rounded division would slip', () => {
  for (const resolution of [3, 6, 9])
    for (const sec of [1n, 1_440_662_455n, 4_294_967_296n, 9_007_199_253n, 9_223_372_035n])
      for (const delta of [-1n, 0n, 1n]) {
        const ticks = sec * 10n ** BigInt(resolution) + delta
        if (ticks < 1n << 64n) expect(set(resolution, ticks)).toEqual(exact(resolution, ticks))
      }
})

test('the offset is added in seconds', () => {
  expect(set(6, 1_500_000n, 1_000)).toEqual({ sec: 1001, nsec: 500_000_000 })
  expect(set(0x8a, 1536n, -1)).toEqual({ sec: 0, nsec: 500_000_000 })
})

test('ticks per second of both kinds', () => {
  expect(new InterfaceClock(9, 0).ticksPerSecond).toBe(1e9)
  expect(new InterfaceClock(0x94, 0).ticksPerSecond).toBe(2 ** 20)
})
