/** Options without a column of their own: read by kind (RFC 2132 and successors), hex where the kind is unknown. */
import { optionName } from './names.js'
import { address, addresses, MAX_ITEMS, number16, number32 } from './values.js'

const ADDRESSES = new Set([5, 7, 8, 9, 10, 11, 41, 45, 48, 49, 65, 68, 69, 70, 71, 72, 73, 74, 75, 76, 85, 89, 92, 112, 138])
const ONE_ADDRESS = new Set([16, 32, 118])
const TEXTS = new Set([14, 18, 40, 47, 62, 64, 86, 87, 95, 98, 100, 101, 113, 161, 209, 210])
const BYTES = new Set([19, 20, 23, 27, 29, 30, 31, 34, 36, 37, 39, 46])
const SHORTS = new Set([13, 22])
const LONGS = new Set([24, 35, 38, 91, 108, 211])

export interface OtherOption {
  readonly code: number
  readonly name: string
  readonly value: unknown
}

export function otherOptions(
  values: ReadonlyMap<number, Buffer>,
  except: ReadonlySet<number>,
  text: (bytes: Buffer) => string | undefined,
  hex: (bytes: Buffer) => string,
): OtherOption[] | undefined {
  let list: OtherOption[] | undefined
  for (const [code, bytes] of values) {
    if (except.has(code)) continue
    list ??= []
    if (list.length >= MAX_ITEMS) break
    list.push({ code, name: optionName(code), value: readValue(code, bytes, text) ?? hex(bytes) })
  }
  return list
}

function readValue(code: number, bytes: Buffer, text: (bytes: Buffer) => string | undefined): unknown {
  if (ADDRESSES.has(code)) return addresses(bytes)
  if (ONE_ADDRESS.has(code)) return address(bytes)
  if (TEXTS.has(code)) return text(bytes)
  if (BYTES.has(code)) return bytes[0]
  if (SHORTS.has(code)) return number16(bytes)
  if (LONGS.has(code)) return number32(bytes)
  return undefined
}
