/** Tables of finite state entropy coding, RFC 8878 §4.1: from a distribution of symbols to a state machine. */
import { BrokenData } from '../broken-data.js'

export interface FseTable {
  /** Binary logarithm of the number of states. */
  readonly log: number
  readonly symbol: Uint8Array
  /** Bits to read for the next state, and what they are added to. */
  readonly bits: Uint8Array
  readonly base: Uint16Array
}

const SYMBOLS = 256

/** Reads the distribution at `at`; answers the table and where it ends. */
export function readFse(buf: Uint8Array, at: number, end: number, maxLog: number, maxSymbol: number): { table: FseTable; next: number } {
  const limit = (end - at) * 8
  let bit = 4
  /** At most 10 bits, forwards. */
  const take = (count: number): number => {
    if (bit + count > limit) throw new BrokenData('a table of probabilities that is cut')
    const byte = at + (bit >> 3)
    const word = buf[byte]! | (buf[byte + 1]! << 8) | (buf[byte + 2]! << 16)
    const value = (word >>> (bit & 7)) & ((1 << count) - 1)
    bit += count
    return value
  }
  if (limit < 8) throw new BrokenData('a table of probabilities that is cut')
  const log = (buf[at]! & 15) + 5
  if (log > maxLog) throw new BrokenData('a table of probabilities that is too large')
  const share = new Int16Array(SYMBOLS)
  let left = 1 << log
  let symbol = 0
  while (left > 0) {
    if (symbol > maxSymbol) throw new BrokenData('a table of probabilities with too many symbols')
    // Values that cannot occur shorten the small ones by a bit.
    const width = 32 - Math.clz32(left + 1)
    const short = 2 ** width - 2 - left
    let value = take(width - 1)
    if (value >= short) {
      value += take(1) << (width - 1)
      if (value >= 1 << (width - 1)) value -= short
    }
    const probability = value - 1
    left -= probability < 0 ? 1 : probability
    share[symbol++] = probability
    if (probability === 0)
      for (let repeat = 3; repeat === 3; ) {
        repeat = take(2)
        symbol += repeat
        if (symbol > maxSymbol + 1) throw new BrokenData('a table of probabilities with too many symbols')
      }
  }
  if (left < 0) throw new BrokenData('probabilities that add up to more than one')
  return { table: fseTable(share, symbol, log), next: at + ((bit + 7) >> 3) }
}

/** `share` is the number of states of each symbol; -1 is one state at the end of the table. */
export function fseTable(share: ArrayLike<number>, symbols: number, log: number): FseTable {
  const size = 1 << log
  const symbol = new Uint8Array(size)
  const bits = new Uint8Array(size)
  const base = new Uint16Array(size)
  const seen = new Uint16Array(SYMBOLS)
  let top = size
  for (let s = 0; s < symbols; s++)
    if (share[s] === -1) {
      symbol[--top] = s
      seen[s] = 1
    }
  const step = (size >> 1) + (size >> 3) + 3
  let at = 0
  for (let s = 0; s < symbols; s++) {
    const count = share[s]!
    if (count <= 0) continue
    seen[s] = count
    for (let i = 0; i < count; i++) {
      symbol[at] = s
      do at = (at + step) & (size - 1)
      while (at >= top)
    }
  }
  for (let i = 0; i < size; i++) {
    const next = seen[symbol[i]!]!++
    const width = log - (31 - Math.clz32(next))
    bits[i] = width
    base[i] = (next << width) - size
  }
  return { log, symbol, bits, base }
}

/** One symbol only, which takes no bits. */
export const onlySymbol = (symbol: number): FseTable => ({
  log: 0,
  symbol: Uint8Array.of(symbol),
  bits: new Uint8Array(1),
  base: new Uint16Array(1),
})
