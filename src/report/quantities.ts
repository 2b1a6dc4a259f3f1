/** Numbers as people read them: counts, bytes, durations. Always the same text for the same number, in any locale. */

/** 1234567 -> 1,234,567 */
export function countText(n: number | bigint): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 1234567 -> 1.23 MB (powers of 1000, three digits). */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.5 rounds to 1000 with three digits, so it already belongs to the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return unit === 0 ? `${bytes} B` : `${threeDigits(value)} ${UNITS[unit]}`
}

/** Nanoseconds -> 850 ns, 1.20 ms, 3.40 s, 2 min 5 s, 3 h 12 min, 4 d 2 h */
export function durationText(ns: number): string {
  if (ns < 999.5) return `${Math.round(ns)} ns`
  if (ns < 999.5e3) return `${threeDigits(ns / 1e3)} µs`
  if (ns < 999.5e6) return `${threeDigits(ns / 1e6)} ms`
  if (ns < 59.95e9) return `${threeDigits(ns / 1e9)} s`
  const seconds = Math.round(ns / 1e9)
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(minutes / 60)
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${countText(big)} ${bigUnit}` : `${countText(big)} ${bigUnit} ${small} ${smallUnit}`

const threeDigits = (value: number): string => (value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0))

/** 0..1 -> 12.3 %. Never 100 % of what is not whole, never 0 % of what is not nothing. */
export function shareText(share: number): string {
  const clamped = share >= 1 ? 100 : share <= 0 ? 0 : Math.min(99.9, Math.max(0.1, share * 100))
  return `${clamped.toFixed(1)} %`
}

/** `1 flow`, `2 flows` */
export const plural = (n: number, one: string, many = `${one}s`): string => `${countText(n)} ${n === 1 ? one : many}`
