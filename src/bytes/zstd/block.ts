/**
 * Compressed blocks of Zstandard, RFC 8878 §3.1.1.3: literals, then sequences of literals and matches. Every length is checked
 * before it is acted on, so that a block costs no more than the 128 KiB it may decompress to, whatever it says.
 */
import { BrokenData } from '../broken-data.js'
import { BackwardBits } from './bits.js'
import { type FseTable, fseTable, onlySymbol, readFse } from './fse.js'
import { type HuffmanTable, readHuffman, readStream } from './huffman.js'

/** Largest block, compressed or not; a smaller window makes it smaller (§3.1.1.2.4). */
export const MAX_BLOCK = 128 * 1024

/** A kind of code in sequences: how its symbols become numbers and how its tables may look. */
interface Code {
  readonly maxLog: number
  readonly maxSymbol: number
  readonly usual: FseTable
}

const counts = (...runs: readonly (readonly [count: number, value: number])[]): number[] =>
  runs.flatMap(([count, value]) => new Array<number>(count).fill(value))
/** Bits behind each code; the numbers they are added to follow one another. */
const LITERAL_BITS = counts([16, 0], [4, 1], [2, 2], [2, 3], [1, 4]).concat([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
const MATCH_BITS = counts([32, 0], [4, 1], [2, 2], [2, 3], [2, 4]).concat([5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
const basesOf = (bits: readonly number[], first: number): Uint32Array => {
  let next = first
  return Uint32Array.from(bits, (width) => {
    const base = next
    next += 2 ** width
    return base
  })
}
const LITERAL_BASE = basesOf(LITERAL_BITS, 0)
const MATCH_BASE = basesOf(MATCH_BITS, 3)

// The usual distributions, RFC 8878 §3.1.1.3.2.2.
const usualLiterals = [4, 3, ...counts([11, 2], [3, 1], [9, 2]), 3, 2, ...counts([5, 1], [4, -1])]
const usualMatches = [1, 4, 3, ...counts([6, 2], [37, 1], [7, -1])]
const usualOffsets = counts([6, 1], [3, 2], [15, 1], [5, -1])
const LITERALS: Code = { maxLog: 9, maxSymbol: 35, usual: fseTable(usualLiterals, 36, 6) }
const MATCHES: Code = { maxLog: 9, maxSymbol: 52, usual: fseTable(usualMatches, 53, 6) }
const OFFSETS: Code = { maxLog: 8, maxSymbol: 31, usual: fseTable(usualOffsets, 29, 5) }

/** What a frame's blocks hand on to one another. */
export class BlockReader {
  private readonly literals = new Uint8Array(MAX_BLOCK)
  private literalCount = 0
  private huffman: HuffmanTable | undefined
  private literalTable: FseTable | undefined
  private offsetTable: FseTable | undefined
  private matchTable: FseTable | undefined
  /** The last three offsets. */
  private recent = 1
  private older = 4
  private oldest = 8

  /** A frame's first block refers to none before. */
  begin(): void {
    this.huffman = undefined
    this.literalTable = undefined
    this.offsetTable = undefined
    this.matchTable = undefined
    this.recent = 1
    this.older = 4
    this.oldest = 8
  }

  /**
   * Decompresses the block in `from`..`to` to `out` at `at`, behind `history` bytes that matches may reach back to; answers where it
   * ends, `max` bytes further on at most.
   */
  read(buf: Uint8Array, from: number, to: number, out: Uint8Array, at: number, history: number, max: number): number {
    const sequences = this.readLiterals(buf, from, to, max)
    return this.readSequences(buf, sequences, to, out, at, history, at + max)
  }

  /** RFC 8878 §3.1.1.3.1; answers where the sequences begin. */
  private readLiterals(buf: Uint8Array, from: number, to: number, max: number): number {
    if (to - from < 2) throw new BrokenData('a block that is too short')
    const kind = buf[from]! & 3
    const format = (buf[from]! >> 2) & 3
    const coded = kind >= 2
    // Two sizes of 10, 14 or 18 bits when they are coded, else one of 5, 12 or 20.
    const width = coded ? [3, 3, 4, 5][format]! : [1, 2, 1, 3][format]!
    if (to - from < width) throw new BrokenData('a block that is cut inside its header')
    let head = 0
    for (let i = width - 1; i >= 0; i--) head = head * 256 + buf[from + i]!
    let at = from + width
    const sizeBits = coded ? [10, 10, 14, 18][format]! : [5, 12, 5, 20][format]!
    const sizes = Math.floor(head / (coded || format % 2 === 1 ? 16 : 8))
    const size = sizes % 2 ** sizeBits
    if (size > max) throw new BrokenData('more literals than a block may hold')
    this.literalCount = size
    const { literals } = this
    if (kind === 0) {
      if (size > to - at) throw new BrokenData('literals that are cut')
      literals.set(buf.subarray(at, at + size))
      return at + size
    }
    if (kind === 1) {
      if (at >= to) throw new BrokenData('literals that are cut')
      literals.fill(buf[at]!, 0, size)
      return at + 1
    }
    const end = at + Math.floor(sizes / 2 ** sizeBits)
    if (end > to) throw new BrokenData('literals that are cut')
    if (kind === 2) {
      const { table, next } = readHuffman(buf, at, end)
      this.huffman = table
      at = next
    } else if (!this.huffman) throw new BrokenData('literals that use a Huffman tree of no block before')
    if (format === 0) readStream(this.huffman, buf, at, end, literals, 0, size)
    else this.readFourStreams(this.huffman, buf, at, end, size)
    return end
  }

  private readFourStreams(table: HuffmanTable, buf: Uint8Array, at: number, end: number, size: number): void {
    if (end - at < 6) throw new BrokenData('literals without their jump table')
    const quarter = (size + 3) >> 2
    let start = at + 6
    for (let i = 0; i < 4; i++) {
      const stop = i === 3 ? end : start + (buf[at + 2 * i]! | (buf[at + 2 * i + 1]! << 8))
      const from = i * quarter
      const to = i === 3 ? size : from + quarter
      if (stop > end || from > to) throw new BrokenData('literals whose streams do not fit')
      readStream(table, buf, start, stop, this.literals, from, to)
      start = stop
    }
  }

  /** RFC 8878 §3.1.1.3.2. */
  private readSequences(buf: Uint8Array, from: number, to: number, out: Uint8Array, start: number, history: number, limit: number): number {
    let at = from
    if (at >= to) throw new BrokenData('a block without its number of sequences')
    let count = buf[at++]!
    if (count === 0) return this.copyRest(out, start, 0, limit)
    if (count >= 128) {
      const wide = count === 255
      if (to - at < (wide ? 2 : 1)) throw new BrokenData('a block without its number of sequences')
      count = wide ? buf[at]! + buf[at + 1]! * 256 + 0x7f00 : (count - 128) * 256 + buf[at]!
      at += wide ? 2 : 1
    }
    if (at >= to) throw new BrokenData('sequences without their modes')
    const modes = buf[at++]!
    if ((modes & 3) !== 0) throw new BrokenData('sequences in a reserved mode')
    const table = (mode: number, code: Code, before: FseTable | undefined): FseTable => {
      if (mode === 0) return code.usual
      if (mode === 1) {
        if (at >= to || buf[at]! > code.maxSymbol) throw new BrokenData('a sequence code that does not exist')
        return onlySymbol(buf[at++]!)
      }
      if (mode === 2) {
        const read = readFse(buf, at, to, code.maxLog, code.maxSymbol)
        at = read.next
        return read.table
      }
      if (!before) throw new BrokenData('sequences that use a table of no block before')
      return before
    }
    this.literalTable = table(modes >> 6, LITERALS, this.literalTable)
    this.offsetTable = table((modes >> 4) & 3, OFFSETS, this.offsetTable)
    this.matchTable = table((modes >> 2) & 3, MATCHES, this.matchTable)
    return this.copySequences(new BackwardBits(buf, at, to), count, out, start, history, limit)
  }

  private copySequences(bits: BackwardBits, count: number, out: Uint8Array, start: number, history: number, limit: number): number {
    const literalTable = this.literalTable!
    const offsetTable = this.offsetTable!
    const matchTable = this.matchTable!
    const { literals, literalCount } = this
    let literalState = bits.read(literalTable.log)
    let offsetState = bits.read(offsetTable.log)
    let matchState = bits.read(matchTable.log)
    let used = 0
    let o = start
    for (let i = 0; i < count; i++) {
      const offsetCode = offsetTable.symbol[offsetState]!
      const matchCode = matchTable.symbol[matchState]!
      const literalCode = literalTable.symbol[literalState]!
      const value = 2 ** offsetCode + bits.read(offsetCode)
      const match = MATCH_BASE[matchCode]! + bits.read(MATCH_BITS[matchCode]!)
      const plain = LITERAL_BASE[literalCode]! + bits.read(LITERAL_BITS[literalCode]!)
      const offset = this.offsetOf(value, plain)
      if (i < count - 1) {
        literalState = literalTable.base[literalState]! + bits.read(literalTable.bits[literalState]!)
        matchState = matchTable.base[matchState]! + bits.read(matchTable.bits[matchState]!)
        offsetState = offsetTable.base[offsetState]! + bits.read(offsetTable.bits[offsetState]!)
      }
      if (bits.left < 0) throw new BrokenData('sequences that are cut')
      if (plain > literalCount - used || plain + match > limit - o) throw new BrokenData('a sequence that is longer than its block')
      if (plain < SHORT) for (let k = 0; k < plain; k++) out[o + k] = literals[used + k]!
      else out.set(literals.subarray(used, used + plain), o)
      used += plain
      o += plain
      if (offset === 0 || offset > history + (o - start)) throw new BrokenData('a match that reaches back too far')
      copyMatch(out, o, offset, match)
      o += match
    }
    if (bits.left !== 0) throw new BrokenData('sequences that leave bits behind')
    return this.copyRest(out, o, used, limit)
  }

  /** §3.1.1.5: small values mean one of the last three offsets. */
  private offsetOf(value: number, plain: number): number {
    if (value > 3) {
      this.oldest = this.older
      this.older = this.recent
      this.recent = value - 3
      return this.recent
    }
    const which = plain === 0 ? value + 1 : value
    if (which === 1) return this.recent
    const offset = which === 2 ? this.older : which === 3 ? this.oldest : this.recent - 1
    if (which !== 2) this.oldest = this.older
    this.older = this.recent
    this.recent = offset
    return offset
  }

  /** What literals are left follow the last match. */
  private copyRest(out: Uint8Array, at: number, used: number, limit: number): number {
    const { literals, literalCount } = this
    if (literalCount - used > limit - at) throw new BrokenData('more literals than a block may hold')
    out.set(literals.subarray(used, literalCount), at)
    return at + literalCount - used
  }
}

/** Below this a loop is faster than the call. */
const SHORT = 24

/** Copies `length` bytes from `offset` before `at`; they may overlap what is written. Both lie in `out`. */
export function copyMatch(out: Uint8Array, at: number, offset: number, length: number): void {
  if (offset >= length && length >= SHORT) {
    out.copyWithin(at, at - offset, at - offset + length)
    return
  }
  if (offset === 1 && length >= SHORT) {
    out.fill(out[at - 1]!, at, at + length)
    return
  }
  for (let from = at - offset, end = at + length, to = at; to < end; ) out[to++] = out[from++]!
}
