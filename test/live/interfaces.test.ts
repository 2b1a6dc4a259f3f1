import { describe, expect, it } from 'vitest'
import { type InterfaceInfo, linkTypeOf, listInterfaces, prefixOf, resolveInterface } from '../../src/live/interfaces.js'
import { whyNotLive } from './network.js'

const one = (number: number, name: string): InterfaceInfo => ({
  number,
  name,
  description: undefined,
  addresses: [],
  up: true,
  running: true,
  loopback: false,
  wireless: false,
  connected: true,
})
const list = [one(1, 'eth0'), one(2, 'any'), one(3, 'lo'), one(4, '2')]

describe('an interface that is named', () => {
  it.each([
    ['eth0', 'eth0'],
    ['1', 'eth0'],
    ['3', 'lo'],
    ['any', 'any'],
    // Names come first.
    ['2', '2'],
  ])('%s is %s', (wanted, name) => expect(resolveInterface(wanted, list)).toBe(name))

  it.each([
    ['eht0', 'there is no interface "eht0"; did you mean "eth0"?'],
    ['9', 'there is no interface "9"'],
    ['0', 'there is no interface "0"'],
    ['-1', 'there is no interface "-1"'],
    ['', 'there is no interface ""'],
    ['wlan0', 'there is no interface "wlan0"'],
  ])('%j is refused', (wanted, message) => {
    const refused = expect(() => resolveInterface(wanted, list))
    refused.toThrow(expect.objectContaining({ name: 'UserError', message: expect.stringContaining(message) }))
    refused.toThrow(expect.objectContaining({ nextSteps: ['there are eth0, any, lo, 2', expect.stringContaining('audit interfaces')] }))
  })
})

describe('a netmask', () => {
  it.each([
    [[255, 255, 255, 0], 24],
    [[255, 255, 255, 255], 32],
    [[0, 0, 0, 0], 0],
    [[255, 254, 0, 0], 15],
    [[255, 0, 255, 0], undefined],
    [[253, 0, 0, 0], undefined],
    [[...Array(8).fill(255), 0, ...Array(7).fill(0)], 64],
  ])('%j', (mask, prefix) => expect(prefixOf(Uint8Array.from(mask))).toBe(prefix))
})

describe.skipIf(whyNotLive() !== undefined)('the interfaces of this machine', () => {
  it('have numbers in order, addresses and link types', () => {
    const found = listInterfaces()
    expect(found.map(({ number }) => number)).toEqual(found.map((_, i) => i + 1))
    const loopback = found.find(({ loopback }) => loopback)!
    expect(loopback.addresses).toContainEqual({ address: '127.0.0.1', prefix: 8 })
    expect(linkTypeOf(loopback.name)).toEqual({ name: 'EN10MB', description: 'Ethernet' })
    expect(linkTypeOf('nothing0')).toBeUndefined()
  })
})
