/** SQLite's variable-length integers: seven bits a byte, most significant first. Numbers up to 2^53; lengths and row numbers are below. */

export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

/** @returns the offset behind it */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  const bytes = varintBytes(value)
  let rest = value
  for (let i = bytes - 1; i >= 0; i--) {
    into[at + i] = (rest % 128) | (i === bytes - 1 ? 0 : 0x80)
    rest = Math.floor(rest / 128)
  }
  return at + bytes
}

/** Reads one after another; `at` is where the next stands. What is too long for a number, or cut, gives NaN. */
export class VarintReader {
  at = 0

  next(buf: Uint8Array): number {
    let value = 0
    for (let i = 0; i < 8; i++) {
      const byte = buf[this.at++]
      if (byte === undefined) return Number.NaN
      value = value * 128 + (byte & 0x7f)
      if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN
    }
    return Number.NaN
  }
}
