export * from '../../src/kit/captures.js'

/** Bytes that hardly compress, always the same. */
export function noise(length: number, seed: number): Buffer {
  const out = Buffer.alloc(length)
  let state = seed * 7919
  for (let i = 0; i < length; i++) {
    // xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[i] = state
  }
  return out
}
