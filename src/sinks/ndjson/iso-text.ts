/** Times as JSON text. Neighbouring documents share their second, so its text is kept. */
import { toIso } from '../../model/instant.js'

let second = Number.NaN
let upToSecond = ''

/** `"2015-08-27T08:00:55.638957000Z"`, quotes included. */
export function isoJson(sec: number, nsec: number): string {
  if (sec !== second) {
    second = sec
    upToSecond = `"${toIso({ sec, nsec: 0 }).slice(0, -10)}`
  }
  return `${upToSecond}${(1_000_000_000 + nsec).toString().slice(1)}Z"`
}

/** The same from nanoseconds since the epoch, as table rows hold them. */
export function isoJsonOf(ns: unknown): string | undefined {
  if (typeof ns !== 'bigint' && typeof ns !== 'number') return undefined
  const exact = BigInt(ns)
  return isoJson(Number(exact / 1_000_000_000n), Number(exact % 1_000_000_000n))
}
