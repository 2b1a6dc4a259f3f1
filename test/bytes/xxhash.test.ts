import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { Xxh32, Xxh64, xxh32 } from '../../src/bytes/xxhash.js'
import { hasCommand } from '../support/commands.js'

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 31 + (i >> 3) * 7) & 0xff))

describe('known sums', () => {
  test('of nothing and of three letters', () => {
    expect(xxh32(Buffer.alloc(0), 0, 0)).toBe(0x02cc5d05)
    expect(xxh32(Buffer.from('abc'), 0, 3)).toBe(0x32d153ff)
    expect(new Xxh64().digest()).toBe(0x51d8e999)
  })
})

test('pieces add up to the whole', () => {
  for (const length of [0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 100, 1000])
    for (const cut of [0, 1, 5, 16, 31, 40, 999]) {
      const whole = [new Xxh32(), new Xxh64()]
      const pieces = [new Xxh32(), new Xxh64()]
      for (const sum of whole) sum.update(bytes, 0, length)
      for (const sum of pieces) {
        sum.update(bytes, 0, Math.min(cut, length))
        sum.update(bytes, Math.min(cut, length), length)
      }
      expect(pieces.map((sum) => sum.digest())).toEqual(whole.map((sum) => sum.digest()))
    }
})

test.skipIf(!hasCommand('zstd'))('XXH64 is what zstd writes at the end of a frame', () => {
  for (const length of [1, 4, 8, 31, 32, 63, 100, 1000]) {
    const frame = execFileSync('zstd', ['-q', '-c', '--check'], { input: bytes.subarray(0, length) })
    const sum = new Xxh64()
    sum.update(bytes, 0, length)
    expect(sum.digest()).toBe(frame.readUInt32LE(frame.length - 4))
  }
})
