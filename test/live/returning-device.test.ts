import { expect, test } from 'vitest'
import { mayCapture, type OpenedDevice, ReturningDevice } from '../../src/live/returning-device.js'
import { UserError } from '../../src/model/user-error.js'
import { FakeDevice, type Given } from './fake-device.js'

const gone = new UserError('gone', [])
const packet = (text: string): Given => ({ at: 1_000_000n, data: Buffer.from(text) })

class Fake extends FakeDevice implements OpenedDevice {
  failed = false
  isUp: () => boolean = () => true
  get up(): boolean {
    return this.isUp()
  }
  override poll(): Buffer {
    try {
      return super.poll()
    } catch (error) {
      this.failed = error === gone
      throw error
    }
  }
  resume(): void {
    this.failed = false
  }
}

function rig(polls: (readonly Given[] | Error)[], later: Fake[] = []) {
  const state = { index: 3, up: true, rights: true, now: 10_000, said: [] as string[] }
  const first = new Fake('eth0', polls)
  const all = [first, ...later]
  for (const one of all) one.isUp = () => state.up
  const device = new ReturningDevice(
    'eth0',
    {
      open: () => {
        const next = all.shift()
        if (!next) throw new UserError('it is down')
        return next
      },
      indexOf: () => state.index,
      mayOpen: () => state.rights,
    },
    (message) => state.said.push(message),
    () => state.now,
    () => state.now,
  )
  const texts = (): string => device.poll().subarray(16).toString('latin1')
  return { device, state, first, texts }
}

test('an interface that is down keeps its handle and says from when to when', () => {
  const { device, state, first, texts } = rig([[packet('a')], gone, [], [], [packet('b')]])
  expect(texts()).toBe('a')
  state.up = false
  expect(texts()).toBe('')
  expect(device.away).toEqual({ from: 10_000, to: undefined })
  state.now += 700
  expect(texts()).toBe('')
  expect(device.returned()).toBeUndefined()
  state.now += 700
  state.up = true
  texts()
  expect(device.returned()).toEqual({ from: 10_000, to: 11_400 })
  expect(device.returned()).toBeUndefined()
  expect(device.away).toBeUndefined()
  expect(texts()).toBe('b')
  expect(first.closed).toBe(false)
  expect(state.said).toEqual([
    'eth0 went down at 1970-01-01T00:00:10.000Z: nothing is captured there until it is up again',
    'eth0 is captured again since 1970-01-01T00:00:11.400Z: what passed there in 1.4 s is missing',
  ])
})

test('one that goes down without an error is seen at the next look, and was away since it was last seen up', () => {
  const { device, state, texts } = rig([[packet('a')], [], [], [packet('b')]])
  texts()
  state.up = false
  state.now += 250
  texts()
  expect(device.away).toEqual({ from: 10_000, to: undefined })
  state.up = true
  state.now += 250
  texts()
  expect(device.returned()).toEqual({ from: 10_000, to: 10_500 })
  expect(texts()).toBe('b')
})

test('packets that come before the next look say that it is back', () => {
  const { device, state, texts } = rig([gone, [packet('b')]])
  texts()
  state.now += 3
  expect(texts()).toBe('b')
  expect(device.returned()).toEqual({ from: 10_000, to: 10_003 })
})

test('one that was made anew is opened by its name; counters and filter go on', () => {
  const again = new Fake('eth0', [[packet('c')]])
  let filter: string | undefined
  Object.assign(again, {
    replaceFilter: (text: string) => {
      filter = text
    },
  })
  const { device, state, first, texts } = rig([gone], [again])
  Object.assign(first, { replaceFilter: () => undefined })
  device.replaceFilter!('tcp')
  first.counted = { received: 5, dropped: 1, interfaceDropped: 0 }
  again.counted = { received: 7, dropped: 0, interfaceDropped: 2 }
  state.index = 0
  texts()
  state.now += 600
  texts()
  state.index = 9
  state.now += 600
  expect(texts()).toBe('c')
  expect([first.closed, filter]).toEqual([true, 'tcp'])
  expect(device.counts()).toEqual({ received: 12, dropped: 1, interfaceDropped: 2 })
  expect(device.returned()).toEqual({ from: 10_000, to: 11_200 })
})

test('a handle whose interface is gone may forget what it counted; the device does not', () => {
  const again = new Fake('eth0', [])
  const { device, state, first, texts } = rig([gone], [again])
  first.counted = { received: 5, dropped: 1, interfaceDropped: 3 }
  expect(device.counts()).toEqual({ received: 5, dropped: 1, interfaceDropped: 3 })
  first.counted = { received: 0, dropped: 0, interfaceDropped: 0 }
  expect(device.counts()).toEqual({ received: 5, dropped: 1, interfaceDropped: 3 })
  texts()
  state.index = 9
  state.now += 600
  texts()
  again.counted = { received: 1, dropped: 1, interfaceDropped: 0 }
  expect(device.counts()).toEqual({ received: 6, dropped: 2, interfaceDropped: 3 })
})

test('without the right to open it again it is gone, and what helps is said', () => {
  const { device, state, texts } = rig([gone])
  state.rights = false
  state.index = 0
  expect(texts()).toBe('')
  expect(device.gone?.message).toBe('eth0 cannot be opened again: it takes rights that this session gave up when it had opened its devices')
  expect(device.gone?.nextSteps.join()).toMatch(/^end this session, and start one that keeps its rights: sudo .* --user root$/)
  expect(state.said.at(-1)).toContain('--user root')
  expect(texts()).toBe('')
})

test('frames of another kind cannot go on in the same capture', () => {
  const other = Object.assign(new Fake('eth0', []), { linkType: 101 })
  const { device, state, texts } = rig([gone], [other])
  state.index = 4
  texts()
  state.now += 600
  texts()
  expect(device.gone?.message).toContain('link type 101, not 1')
  expect(other.closed).toBe(true)
})

test('an error that is not of the interface ends the session', () => {
  const { texts } = rig([new UserError('no memory', [])])
  expect(() => texts()).toThrow('no memory')
})

test.runIf(process.platform === 'linux' && process.geteuid?.() === 0)('root may capture', () => {
  expect(typeof mayCapture()).toBe('boolean')
})
