/**
 * The Internet checksum of RFC 1071, over bytes that stand anywhere in a buffer.
 *
 * One's complement addition does not care about byte order until the end (RFC 1071 §2 B), so long runs are added as the
 * machine's own 32-bit words and swapped once.
 */
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
/** Below this a plain byte loop is faster than setting up words: headers and pseudo-headers. */
const WORDS_FROM = 64
/** 32-bit words added before folding: each adds at most 2 * 65,535, so the sum stays below 2^30, a small integer. */
const WORDS_PER_FOLD = 8191

/** The buffer summed last and a view of it in words: packets share one block buffer, so the view is made once per block. */
let viewed: Uint8Array = new Uint8Array(0)
let words: Uint32Array = new Uint32Array(0)
let base = 0

const fold = (sum: number): number => {
  let s = (sum & 0xffff) + (sum >>> 16)
  s = (s & 0xffff) + (s >>> 16)
  return s
}

/**
 * The folded 16-bit sum of `length` bytes from `from`, not complemented, added to `seed` (16-bit big-endian words summed
 * before, folded or not). Over data that holds a right checksum it is 0xffff. An odd last byte counts as followed by 0.
 */
export function internetSum(buf: Uint8Array, from: number, length: number, seed = 0): number {
  if (length < WORDS_FROM) return fold(seed + bytesSum(buf, from, length))
  if (viewed !== buf) {
    viewed = buf
    words = new Uint32Array(buf.buffer, 0, buf.buffer.byteLength >> 2)
    base = buf.byteOffset
  }
  const view = words
  // Bytes before the first whole word, and after the last one.
  const lead = (4 - ((base + from) & 3)) & 3
  const first = (base + from + lead) >> 2
  const last = first + ((length - lead) >> 2)
  let sum = 0
  for (let i = first; i < last; ) {
    const stop = Math.min(i + WORDS_PER_FOLD, last)
    // Four at a time: 300 ns instead of 355 for a full packet.
    for (; i + 3 < stop; i += 4) {
      const a = view[i]!
      const b = view[i + 1]!
      const c = view[i + 2]!
      const d = view[i + 3]!
      sum += (a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16) + (c & 0xffff) + (c >>> 16) + (d & 0xffff) + (d >>> 16)
    }
    for (; i < stop; i++) {
      const w = view[i]!
      sum += (w & 0xffff) + (w >>> 16)
    }
    sum = fold(sum)
  }
  // An odd lead moves every byte to the other half of its 16-bit word, which is a swap of its own.
  const swapped = LITTLE_ENDIAN !== ((lead & 1) === 1)
  const middle = swapped ? ((sum & 0xff) << 8) | (sum >>> 8) : sum
  const tail = from + lead + (last - first) * 4
  const end = from + length
  let edges = bytesSum(buf, from, lead)
  // The tail starts on an even place of the data unless the lead is odd.
  if ((lead & 1) === 0) edges += bytesSum(buf, tail, end - tail)
  else if (tail < end) edges += buf[tail]! + bytesSum(buf, tail + 1, end - tail - 1)
  return fold(fold(seed) + middle + edges)
}

/** Unfolded sum of big-endian words; exact below 64 KiB. */
function bytesSum(buf: Uint8Array, from: number, length: number): number {
  let sum = 0
  const even = from + (length & ~1)
  for (let i = from; i < even; i += 2) sum += (buf[i]! << 8) | buf[i + 1]!
  return length & 1 ? sum + (buf[even]! << 8) : sum
}
