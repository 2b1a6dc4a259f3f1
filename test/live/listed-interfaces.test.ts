import { describe, expect, it } from 'vitest'
import { ofDumpcap, ofTcpdump } from '../../src/live/listed-interfaces.js'

describe('a line of tcpdump -D', () => {
  it.each([
    [
      '1.eth0 [Up, Running, Connected]',
      { name: 'eth0', description: undefined, up: true, running: true, loopback: false, connected: true },
    ],
    ['3.lo [Up, Running, Loopback]', { name: 'lo', loopback: true, connected: undefined }],
    [
      '2.any (Pseudo-device that captures on all interfaces) [Up, Running]',
      { name: 'any', description: 'Pseudo-device that captures on all interfaces' },
    ],
    ['4.wlan0 [Up, Wireless, Disconnected]', { name: 'wlan0', up: true, running: false, wireless: true, connected: false }],
    ['5.ifb0 [none]', { name: 'ifb0', up: false }],
    ['6.old0', { name: 'old0', up: false }],
  ])('%s', (line, facts) => expect(ofTcpdump(line)).toMatchObject(facts))
  it.each(['', 'tcpdump: no', '1.'])('%j is none', (line) => expect(ofTcpdump(line)).toBeUndefined())
})

describe('a line of dumpcap -D -M', () => {
  it.each([
    ['3. lo\t\tLoopback\t0\t127.0.0.1,::1\tloopback\t', { name: 'lo', description: 'Loopback', loopback: true }],
    ['1. nothing0\tVendor\t\t0\t192.0.2.2\tnetwork\t', { name: 'nothing0', description: 'Vendor', loopback: false, up: false }],
  ])('%j', (line, facts) => expect(ofDumpcap(line)).toMatchObject(facts))
  it.each(['', 'dumpcap: no', '1. a b\t\t\t0\t\tnetwork\t', '1. lo'])('%j is none', (line) => expect(ofDumpcap(line)).toBeUndefined())
})
