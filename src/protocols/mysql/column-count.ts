/** The packet that begins a result set: how many columns, and whether their definitions follow. */
import { Reader } from './wire.js'

const reader = new Reader()
/** More columns than any server allows. */
const MAX = 65_535

/**
 * Beside the count there may be one byte that says whether definitions follow: behind it in MariaDB (cached metadata), before it
 * in MySQL (CLIENT_OPTIONAL_RESULTSET_METADATA). Its values, 0 and 1, and the packet's length tell the forms apart.
 *
 * @returns undefined when this begins no result set
 */
export function columnCount(buf: Buffer, from: number, to: number, cached: boolean): { columns: number; follow: boolean } | undefined {
  const length = to - from
  if (length === 0 || length > 10) return undefined
  const r = reader.reset(buf, from, to)
  const first = buf[from]!
  if (first !== 0) {
    const columns = r.lenenc()
    if (r.bad || columns === 0 || columns > MAX) return first === 1 ? flagFirst(r, from, to) : undefined
    if (r.left === 0) return { columns, follow: true }
    if (r.left === 1) {
      const flag = buf[r.at]!
      if (flag <= 1 && (cached || flag === 0 || columns === 1)) return { columns, follow: flag === 1 }
    }
  }
  return first <= 1 ? flagFirst(r, from, to) : undefined
}

function flagFirst(r: Reader, from: number, to: number): { columns: number; follow: boolean } | undefined {
  r.reset(r.buf, from + 1, to)
  const columns = r.lenenc()
  // An OK with header 0x00 is at least seven bytes; a count takes four at most.
  return r.bad || r.left > 0 || columns === 0 || columns > MAX ? undefined : { columns, follow: r.buf[from] === 1 }
}
