/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), which OP_MSG carries when a client asks for checksums. */
let table: Uint32Array | undefined

function made(): Uint32Array {
  const out = new Uint32Array(256)
  for (let i = 0; i < 256; i++) {
    let c = i
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
    out[i] = c >>> 0
  }
  return out
}

export function crc32c(buf: Uint8Array, from: number, to: number): number {
  table ??= made()
  let crc = 0xffffffff
  for (let i = from; i < to; i++) crc = table[(crc ^ buf[i]!) & 0xff]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
