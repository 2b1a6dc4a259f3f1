import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, linkTypes } from '../../src/decode/decode.js'
import { Decoded, Packet } from '../../src/decode/packet.js'
import { verifyChecksums } from '../../src/decode/verify-checksums.js'
import { ethernet, ipv4, ipv6, tcp, udp } from '../support/captures.js'

const reused = new Packet()

/** What must hold of any packet, whatever its bytes. */
function holds(link: number, buf: Uint8Array, start: number, captured: number, original: number): void {
  const p = reused
  const result = decode(p, link, buf, start, captured, original)
  verifyChecksums(p)
  // A second packet object knows nothing of earlier packets: nothing may be left of them.
  const fresh = new Packet()
  expect(decode(fresh, link, buf, start, captured, original)).toBe(result)
  verifyChecksums(fresh)
  expect(p).toEqual(fresh)
  for (const value of Object.values(p)) if (value !== p.buf) expect(Number.isSafeInteger(value)).toBe(true)
  expect(p.end).toBe(start + captured)
  expect(p.wireLength).toBeGreaterThanOrEqual(captured)
  expect(p.payloadCaptured).toBeLessThanOrEqual(p.payloadLength)
  expect(p.payloadCaptured).toBeGreaterThanOrEqual(0)
  expect(p.payload + p.payloadCaptured).toBeLessThanOrEqual(p.end)
  if (p.ipVersion !== 0) {
    expect(p.ip).toBeGreaterThanOrEqual(start)
    expect(p.dstIp + (p.ipVersion === 4 ? 4 : 16)).toBeLessThanOrEqual(p.end)
  }
  if (result === Decoded.Ok) {
    expect(p.ipVersion).not.toBe(0)
    if (p.fragmentOffset === 0 && [1, 6, 17, 58].includes(p.proto)) expect(p.transport).toBeGreaterThan(p.ip)
  }
  if (p.transport >= 0) expect(p.transport).toBeLessThan(p.end)
}

describe('any bytes at all', () => {
  const links = [...linkTypes.keys(), 99]

  it('noise', () => {
    fc.assert(
      fc.property(fc.constantFrom(...links), fc.uint8Array({ maxLength: 200 }), fc.nat(20), fc.nat(100), (link, data, start, more) => {
        const from = Math.min(start, data.length)
        holds(link, data, from, data.length - from, data.length - from + more)
      }),
      { numRuns: 3000 },
    )
  })

  it('packets with a few bytes changed and any length kept', () => {
    const six = {
      src: '2001:db8::1',
      dst: '2001:db8::2',
      extensions: { first: 0, bytes: Buffer.from([60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0]) },
    }
    const seeds = [
      ethernet(ipv4({ src: '10.0.0.1', dst: '10.0.0.2', options: 'abcd' }, tcp({ srcPort: 1, dstPort: 2, options: 'abcd' }, 'payload'))),
      ethernet(ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp({ srcPort: 1, dstPort: 2 }, 'payload')), { vlan: [5, 6] }),
      ethernet(ipv6(six, tcp({ srcPort: 1, dstPort: 2 }, 'payload'))),
    ]
    const change = fc.tuple(fc.nat(120), fc.nat(255))
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(change, { maxLength: 4 }), fc.nat(130), fc.nat(2000), (seed, changes, keep, more) => {
        const data = Buffer.from(seed)
        for (const [at, value] of changes) if (at < data.length) data[at] = value
        const captured = Math.min(keep, data.length)
        holds(1, data, 0, captured, captured + more)
      }),
      { numRuns: 3000 },
    )
  })

  it('lets the frame be no longer on the wire than it was captured', () => {
    const frame = ethernet(ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp({ srcPort: 1, dstPort: 2 }, 'payload')))
    holds(1, frame, 0, frame.length, 0)
  })
})
