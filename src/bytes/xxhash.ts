/**
 * The checksums of LZ4 and Zstandard frames: XXH32 and XXH64, seed 0, in pieces. Node has neither. Arithmetic on halves of 16 and
 * 32 bits, since BigInt would take longer than all the decompression around it; XXH64 uses it once, at the end.
 * Source: the xxHash specification, doc/xxhash_spec.md of its project.
 */
import { u32le } from './read.js'

const A1 = 0x9e3779b1
const A2 = 0x85ebca77
const A3 = 0xc2b2ae3d
const A4 = 0x27d4eb2f
const A5 = 0x165667b1

/** Collects bytes into whole stripes; what both sums share. */
abstract class Striped {
  protected total = 0
  protected readonly rest: Uint8Array
  protected held = 0

  constructor(private readonly stripe: number) {
    this.rest = new Uint8Array(stripe)
  }

  update(buf: Uint8Array, from: number, to: number): void {
    const { stripe, rest } = this
    this.total += to - from
    let at = from
    if (this.held > 0) {
      const take = Math.min(stripe - this.held, to - at)
      rest.set(buf.subarray(at, at + take), this.held)
      this.held += take
      at += take
      if (this.held < stripe) return
      this.mix(rest, 0, stripe)
      this.held = 0
    }
    const whole = at + (to - at) - ((to - at) % stripe)
    if (whole > at) this.mix(buf, at, whole)
    rest.set(buf.subarray(whole, to))
    this.held = to - whole
  }

  /** `from`..`to` is a whole number of stripes. */
  protected abstract mix(buf: Uint8Array, from: number, to: number): void
}

export class Xxh32 extends Striped {
  private a = (A1 + A2) | 0
  private b = A2 | 0
  private c = 0
  private d = -A1 | 0

  constructor() {
    super(16)
  }

  protected mix(buf: Uint8Array, from: number, to: number): void {
    let { a, b, c, d } = this
    for (let at = from; at < to; at += 16) {
      a = round32(a, u32le(buf, at))
      b = round32(b, u32le(buf, at + 4))
      c = round32(c, u32le(buf, at + 8))
      d = round32(d, u32le(buf, at + 12))
    }
    this.a = a
    this.b = b
    this.c = c
    this.d = d
  }

  /** Unsigned. */
  digest(): number {
    let h = this.total >= 16 ? rotl(this.a, 1) + rotl(this.b, 7) + rotl(this.c, 12) + rotl(this.d, 18) : A5
    h = (h + this.total) | 0
    let at = 0
    for (; at + 4 <= this.held; at += 4) h = Math.imul(rotl((h + Math.imul(u32le(this.rest, at), A3)) | 0, 17), A4)
    for (; at < this.held; at++) h = Math.imul(rotl((h + Math.imul(this.rest[at]!, A5)) | 0, 11), A1)
    h = Math.imul(h ^ (h >>> 15), A2)
    h = Math.imul(h ^ (h >>> 13), A3)
    return (h ^ (h >>> 16)) >>> 0
  }
}

export function xxh32(buf: Uint8Array, from: number, to: number): number {
  const sum = new Xxh32()
  sum.update(buf, from, to)
  return sum.digest()
}

const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n))
const round32 = (acc: number, word: number): number => Math.imul(rotl((acc + Math.imul(word, A2)) | 0, 13), A1)

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n
const MASK = 0xffff_ffff_ffff_ffffn
const P1_HI = 0x9e3779b1
const P1_LO = 0x85ebca87
const P2_HI = 0xc2b2ae3d
const P2_LO = 0x27d4eb4f

export class Xxh64 extends Striped {
  /** Four accumulators, high and low half of each. */
  private readonly acc = new Int32Array(8)

  constructor() {
    super(32)
    ;[P1 + P2, P2, 0n, -P1].forEach((start, i) => {
      this.acc[2 * i] = Number(BigInt.asIntN(32, start >> 32n))
      this.acc[2 * i + 1] = Number(BigInt.asIntN(32, start))
    })
  }

  protected mix(buf: Uint8Array, from: number, to: number): void {
    const { acc } = this
    for (let lane = 0; lane < 4; lane++) {
      let hi = acc[2 * lane]!
      let lo = acc[2 * lane + 1]!
      for (let at = from + 8 * lane; at < to; at += 32) {
        // acc += word * P2, rotated left by 31, times P1.
        lo = (lo >>> 0) + mul64(u32le(buf, at + 4), u32le(buf, at), P2_HI, P2_LO)
        hi = (hi + mulHi + (lo >= 4294967296 ? 1 : 0)) | 0
        lo |= 0
        const turned = (hi << 31) | (lo >>> 1)
        lo = mul64(turned, ((lo << 31) | (hi >>> 1)) >>> 0, P1_HI, P1_LO) | 0
        hi = mulHi
      }
      acc[2 * lane] = hi
      acc[2 * lane + 1] = lo
    }
  }

  /** The low half, unsigned: what a Zstandard frame keeps. */
  digest(): number {
    const lane = (i: number) => (BigInt(this.acc[2 * i]! >>> 0) << 32n) | BigInt(this.acc[2 * i + 1]! >>> 0)
    let h = P5
    if (this.total >= 32) {
      h = rotl64(lane(0), 1n) + rotl64(lane(1), 7n) + rotl64(lane(2), 12n) + rotl64(lane(3), 18n)
      for (let i = 0; i < 4; i++) h = (h ^ round64(lane(i))) * P1 + P4
    }
    h = (h + BigInt(this.total)) & MASK
    const { rest, held } = this
    let at = 0
    for (; at + 8 <= held; at += 8) {
      const word = (BigInt(u32le(rest, at + 4)) << 32n) | BigInt(u32le(rest, at))
      h = (rotl64(h ^ round64(word), 27n) * P1 + P4) & MASK
    }
    if (at + 4 <= held) {
      h = (rotl64(h ^ ((BigInt(u32le(rest, at)) * P1) & MASK), 23n) * P2 + P3) & MASK
      at += 4
    }
    for (; at < held; at++) h = (rotl64(h ^ ((BigInt(rest[at]!) * P5) & MASK), 11n) * P1) & MASK
    h = ((h ^ (h >> 33n)) * P2) & MASK
    h = ((h ^ (h >> 29n)) * P3) & MASK
    return Number((h ^ (h >> 32n)) & 0xffff_ffffn)
  }
}

const rotl64 = (x: bigint, n: bigint): bigint => ((x << n) | ((x & MASK) >> (64n - n))) & MASK
const round64 = (word: bigint): bigint => (rotl64((word * P2) & MASK, 31n) * P1) & MASK

/** High half of the last product; the low half is returned, so that nothing is allocated. */
let mulHi = 0

/** Product modulo 2^64 of two numbers given as halves; the low half unsigned. */
function mul64(aHi: number, aLo: number, bHi: number, bLo: number): number {
  const a0 = aLo & 0xffff
  const a1 = aLo >>> 16
  const b0 = bLo & 0xffff
  const b1 = bLo >>> 16
  const low = a0 * b0
  const middle = a0 * b1 + a1 * b0 + Math.floor(low / 65536)
  mulHi = (a1 * b1 + Math.floor(middle / 65536) + Math.imul(aHi, bLo) + Math.imul(aLo, bHi)) | 0
  return ((middle << 16) | (low & 0xffff)) >>> 0
}
