/** Lines of the text protocol: words between blanks, and the numbers in them. */
export const LF = 0x0a
export const CR = 0x0d

/** Longest line: a get of thousands of keys; memcached itself reads on as long as keys come. */
export const MAX_LINE = 65536

/** Where the LF of this line stands, or -1. `from` says how much of it was searched before. */
export function findLf(buf: Buffer, pos: number, end: number, from = 0): number {
  const at = buf.subarray(pos + from, Math.min(end, pos + MAX_LINE)).indexOf(LF)
  return at < 0 ? -1 : pos + from + at
}

export const words = (line: string): string[] => line.split(' ').filter((word) => word !== '')

/** A whole number, exact; undefined for anything else. */
export function whole(text: string | undefined): number | bigint | undefined {
  if (text === undefined || !/^-?\d{1,20}$/.test(text)) return undefined
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

export function small(text: string | undefined): number | undefined {
  const number = whole(text)
  return typeof number === 'number' ? number : undefined
}

export const exact = (value: bigint): number | bigint => (value <= 9007199254740991n && value >= -9007199254740991n ? Number(value) : value)
