/** Bits that a Zstandard encoder wrote forwards and a decoder reads from the end (RFC 8878 §4.1): one stream of a block. */
import { BrokenData } from '../broken-data.js'

export class BackwardBits {
  /** Bits left. Below zero: the stream was read past its beginning, where zeros are assumed. */
  left: number

  /** The last byte's highest set bit marks where the stream ends. */
  constructor(
    readonly buf: Uint8Array,
    readonly start: number,
    end: number,
  ) {
    const last = end > start ? buf[end - 1]! : 0
    if (last === 0) throw new BrokenData('a bit stream without its end mark')
    this.left = (end - 1 - start) * 8 + 31 - Math.clz32(last)
  }

  /** At most 31 bits, as a number that is not negative. */
  read(count: number): number {
    if (count > 24) {
      const high = this.read(count - 16)
      return high * 65536 + this.read(16)
    }
    this.left -= count
    return this.peekAt(this.left, count)
  }

  /** `count` bits (at most 24) above bit `at` of the stream; zeros below its beginning. */
  peekAt(at: number, count: number): number {
    if (at < 0) return at + count <= 0 ? 0 : this.peekAt(0, at + count) << -at
    const byte = this.start + (at >> 3)
    const { buf } = this
    const word = buf[byte]! | (buf[byte + 1]! << 8) | (buf[byte + 2]! << 16) | (buf[byte + 3]! << 24)
    return (word >>> (at & 7)) & ((1 << count) - 1)
  }
}
