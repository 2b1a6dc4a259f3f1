import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { decompress } from '../../../src/protocols/shared/decompress.js'
import { hasCommand } from '../../support/commands.js'

const text = Buffer.from('select name, salary from staff where name = ? '.repeat(400))

describe.skipIf(!hasCommand('zstd'))('zstd', () => {
  const packed = execFileSync('zstd', ['-q', '-c'], { input: text })

  it('gives the bytes, also of two frames', () => {
    expect(decompress('zstd', packed, 1 << 20)).toEqual(text)
    expect(decompress('zstd', packed, 1 << 20, text.length)).toEqual(text)
    expect(decompress('zstd', Buffer.concat([packed, packed]), 1 << 20)).toEqual(Buffer.concat([text, text]))
  })
  it('gives nothing of what is cut, damaged, too long or of another size', () => {
    expect(decompress('zstd', packed.subarray(0, -1), 1 << 20)).toBeUndefined()
    expect(decompress('zstd', Buffer.concat([packed, Buffer.from('x')]), 1 << 20)).toBeUndefined()
    expect(decompress('zstd', packed, text.length - 1)).toBeUndefined()
    expect(decompress('zstd', packed, 1 << 20, text.length - 1)).toBeUndefined()
    const wrong = Buffer.from(packed)
    wrong[wrong.length - 1]! ^= 1
    expect(decompress('zstd', wrong, 1 << 20)).toBeUndefined()
  })
})

it('a Zstandard block of 11 bytes whose sequences claim gigabytes takes no time', () => {
  const frame = Buffer.from('28b52ffd00385d000000ffffff54230034ffff01', 'hex')
  const before = performance.now()
  expect(decompress('zstd', frame, 1 << 20)).toBeUndefined()
  expect(performance.now() - before).toBeLessThan(500)
})

describe('an LZ4 block', () => {
  // Five literals, a match of 12 bytes 5 back, five literals at the end.
  const block = Buffer.concat([Buffer.from([0x58]), Buffer.from('hello'), Buffer.from([5, 0, 0x50]), Buffer.from('world')])

  it('gives the bytes', () => {
    expect(decompress('lz4', block, 1000, 22)?.toString()).toBe('hellohellohelloheworld')
  })
  it('gives nothing of what lies about its size or reaches back too far', () => {
    expect(decompress('lz4', block, 1000, 21)).toBeUndefined()
    expect(decompress('lz4', block, 1000, 23)).toBeUndefined()
    expect(decompress('lz4', block, 1000)).toBeUndefined()
    expect(decompress('lz4', block.subarray(0, -1), 1000, 22)).toBeUndefined()
    const far = Buffer.from(block)
    far[6] = 6
    expect(decompress('lz4', far, 1000, 22)).toBeUndefined()
  })
})
