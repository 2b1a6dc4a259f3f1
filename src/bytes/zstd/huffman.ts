/** Huffman coded literals of Zstandard, RFC 8878 §4.2: the table from its weights, and the streams read with it. */
import { BrokenData } from '../broken-data.js'
import { BackwardBits } from './bits.js'
import { readFse } from './fse.js'

export interface HuffmanTable {
  /** Bits of the longest code: the table has one entry for each value of so many bits. */
  readonly log: number
  readonly symbol: Uint8Array
  readonly bits: Uint8Array
}

const MAX_BITS = 11
const MAX_WEIGHT_LOG = 6
/** The weight of the last symbol follows from the others. */
const MAX_WEIGHTS = 255

/** Reads the tree description at `at`; answers the table and where it ends. */
export function readHuffman(buf: Uint8Array, at: number, end: number): { table: HuffmanTable; next: number } {
  if (at >= end) throw new BrokenData('literals without their Huffman tree')
  const weights = new Uint8Array(MAX_WEIGHTS + 1)
  const head = buf[at]!
  const start = at + 1
  const next = start + (head < 128 ? head : (head - 126) >> 1)
  if (next > end) throw new BrokenData('a Huffman tree that is cut')
  let count = head - 127
  if (head < 128) count = readWeights(buf, start, next, weights)
  else for (let i = 0; i < count; i++) weights[i] = i % 2 === 0 ? buf[start + (i >> 1)]! >> 4 : buf[start + (i >> 1)]! & 15
  return { table: tableOf(weights, count), next }
}

function readWeights(buf: Uint8Array, at: number, end: number, weights: Uint8Array): number {
  const { table, next } = readFse(buf, at, end, MAX_WEIGHT_LOG, MAX_BITS + 1)
  const bits = new BackwardBits(buf, next, end)
  const { symbol, bits: width, base, log } = table
  let state = bits.read(log)
  let other = bits.read(log)
  let count = 0
  // Two states take turns; the one that finds no bits for its next value ends it, and the other gives its last symbol.
  for (;;) {
    if (count >= MAX_WEIGHTS - 1) throw new BrokenData('a Huffman tree with too many symbols')
    weights[count++] = symbol[state]!
    state = base[state]! + bits.read(width[state]!)
    if (bits.left < 0) {
      weights[count++] = symbol[other]!
      return count
    }
    const turn = state
    state = other
    other = turn
  }
}

function tableOf(weights: Uint8Array, count: number): HuffmanTable {
  let sum = 0
  for (let i = 0; i < count; i++) {
    if (weights[i]! > MAX_BITS) throw new BrokenData('a Huffman code that is too long')
    if (weights[i]! > 0) sum += 1 << (weights[i]! - 1)
  }
  if (sum === 0) throw new BrokenData('a Huffman tree without symbols')
  const log = 32 - Math.clz32(sum)
  const rest = (1 << log) - sum
  if (log > MAX_BITS || (rest & (rest - 1)) !== 0) throw new BrokenData('Huffman codes that do not fill their tree')
  weights[count] = 32 - Math.clz32(rest)
  const symbol = new Uint8Array(1 << log)
  const bits = new Uint8Array(1 << log)
  // Longest codes first, symbols of equal length in order.
  let at = 0
  for (let weight = 1; weight <= log; weight++)
    for (let s = 0; s <= count; s++) {
      if (weights[s] !== weight) continue
      const width = 1 << (weight - 1)
      symbol.fill(s, at, at + width)
      bits.fill(log + 1 - weight, at, at + width)
      at += width
    }
  return { log, symbol, bits }
}

/** Decodes exactly `to - from` symbols of one stream. */
export function readStream(table: HuffmanTable, buf: Uint8Array, at: number, end: number, out: Uint8Array, from: number, to: number): void {
  const source = new BackwardBits(buf, at, end)
  const { log, symbol, bits } = table
  const mask = (1 << log) - 1
  let left = source.left
  let o = from
  while (o < to && left >= log) {
    const bit = left - log
    const byte = at + (bit >> 3)
    const index = ((buf[byte]! | (buf[byte + 1]! << 8) | (buf[byte + 2]! << 16)) >>> (bit & 7)) & mask
    out[o++] = symbol[index]!
    left -= bits[index]!
  }
  while (o < to && left > 0) {
    const index = source.peekAt(left - log, log)
    out[o++] = symbol[index]!
    left -= bits[index]!
  }
  if (o !== to || left !== 0) throw new BrokenData('literals that do not fill their streams')
}
