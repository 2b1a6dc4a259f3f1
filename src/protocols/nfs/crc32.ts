/** CRC-32 (IEEE 802.3): the short name that other analyzers give to a file handle. */
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** Of bytes given in hex, as hex. */
export function crc32OfHex(hex: string): string {
  let c = 0xffffffff
  for (let i = 0; i + 1 < hex.length; i += 2) c = TABLE[(c ^ (nibble(hex, i) * 16 + nibble(hex, i + 1))) & 0xff]! ^ (c >>> 8)
  return ((c ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
}

const nibble = (hex: string, i: number): number => {
  const code = hex.charCodeAt(i)
  return code > 57 ? code - 87 : code - 48
}
