/** Intervals of loss from counters that grow: joined where one goes on, bounded, and never more than the capture says. */
import { expect, test } from 'vitest'
import { type CaptureLoss, type LossCounts, LossIntervals, MAX_LOSSES } from '../../src/capture/loss.js'

const at = (sec: number) => ({ sec, nsec: 0 })
const counts = (end: number, dropped: number, more: Partial<LossCounts> = {}): LossCounts => ({
  start: at(100),
  end: at(end),
  dropped,
  byKernel: undefined,
  accepted: undefined,
  delivered: undefined,
  ...more,
})

test('the differences of counters are intervals; one that goes on is one', () => {
  const losses: CaptureLoss[] = []
  const intervals = new LossIntervals(losses)
  for (const [end, dropped] of [
    [110, 0],
    [111, 5],
    [112, 9],
    [120, 9],
    [121, 10],
  ] as const)
    expect(intervals.see(0, counts(end, dropped))).toBe(true)
  expect(losses).toEqual([
    { iface: 0, counter: 'unknown', start: at(110), end: at(112), packets: 9 },
    { iface: 0, counter: 'unknown', start: at(120), end: at(121), packets: 1 },
  ])
})

test('the only count of a capture spans it; without a beginning it has none', () => {
  const losses: CaptureLoss[] = []
  const intervals = new LossIntervals(losses)
  intervals.see(0, counts(200, 7))
  intervals.see(1, counts(200, 8, { start: undefined }))
  expect(losses).toEqual([
    { iface: 0, counter: 'unknown', start: at(100), end: at(200), packets: 7 },
    { iface: 1, counter: 'unknown', start: undefined, end: at(200), packets: 8 },
  ])
})

test('counters that contradict each other or run backwards never say more than was dropped', () => {
  const losses: CaptureLoss[] = []
  const intervals = new LossIntervals(losses)
  intervals.see(0, counts(110, 10, { byKernel: 50, accepted: 1000, delivered: 0 }))
  intervals.see(0, counts(120, 3, { byKernel: 1, accepted: 5, delivered: 9 }))
  expect(losses).toEqual([{ iface: 0, counter: 'kernel', start: at(100), end: at(110), packets: 10 }])
})

test('the table is bounded, and says when it is full', () => {
  const losses: CaptureLoss[] = []
  const intervals = new LossIntervals(losses)
  let full = 0
  for (let i = 0; i < MAX_LOSSES + 100; i++) {
    intervals.see(0, counts(1000 + 2 * i, i))
    if (!intervals.see(0, counts(1001 + 2 * i, i + 1))) full++
  }
  expect([losses.length, full]).toEqual([MAX_LOSSES, 100])
  // Nothing is lost of the sum: what found no room is with the last.
  expect(losses.reduce((sum, one) => sum + one.packets, 0)).toBe(MAX_LOSSES + 100)
  expect(losses.at(-1)!.end).toEqual(at(1001 + 2 * (MAX_LOSSES + 99)))
  expect(intervals.see(1, counts(9999, 1))).toBe(false)
})
