import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { internetSum } from '../../src/bytes/checksum.js'

/** RFC 1071 word by word, as slowly as it reads. */
function reference(bytes: Uint8Array, seed: number): number {
  let sum = BigInt(seed)
  for (let i = 0; i < bytes.length; i += 2) sum += BigInt((bytes[i]! << 8) | (bytes[i + 1] ?? 0))
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n)
  return Number(sum)
}

describe('internetSum', () => {
  it('adds the example of RFC 1071 §3', () => {
    expect(internetSum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7), 0, 8)).toBe(0xddf2)
  })

  it('is all ones over a header with its right checksum', () => {
    const header = Buffer.from('45000073000040004011b861c0a80001c0a800c7', 'hex')
    expect(internetSum(header, 0, 20)).toBe(0xffff)
    header[8] = 0x3f
    expect(internetSum(header, 0, 20)).not.toBe(0xffff)
  })

  it('agrees with the slow way for every length, place and seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 700 }), fc.nat(9), fc.nat(5), fc.nat(0x1ffff), (data, shift, skip, seed) => {
        // A view that starts anywhere in its ArrayBuffer, as Node's pooled buffers do.
        const backing = new Uint8Array(data.length + shift + 3)
        backing.set(data, shift)
        const view = backing.subarray(shift, shift + data.length)
        const from = Math.min(skip, data.length)
        expect(internetSum(view, from, data.length - from, seed)).toBe(reference(data.subarray(from), seed))
      }),
      { numRuns: 2000 },
    )
  })

  it('does not overflow over the longest datagram of ones', () => {
    const ones = new Uint8Array(65_535 * 4).fill(0xff)
    expect(internetSum(ones, 0, ones.length, 0xffff)).toBe(0xffff)
    expect(internetSum(ones, 1, ones.length - 1, 0)).toBe(reference(ones.subarray(1), 0))
  })
})
