/** The notations of native protocol §3, read with a cursor: past the end they give '' or nothing and set `cur.short`. */
import type { Cursor } from '../../bytes/cursor.js'
import { ipText } from '../../model/address.js'

export const readString = (cur: Cursor): string => cur.utf8(cur.u16())
export const readLongString = (cur: Cursor): string => cur.utf8(cur.u32())
export const readInt = (cur: Cursor): number => cur.u32() | 0

/** [bytes] and [value]: undefined for null, 'unset' for a value that is not set. */
export function readBytes(cur: Cursor): Buffer | 'unset' | undefined {
  const length = readInt(cur)
  if (length >= 0) return cur.bytes(length)
  return length === -2 ? 'unset' : undefined
}
export const readShortBytes = (cur: Cursor): Buffer => cur.bytes(cur.u16())

export function readUuid(cur: Cursor): string {
  return uuidText(cur.bytes(16))
}
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Strings of a list, or pairs of a map, that are kept; the rest is read over. Servers send a few dozen. */
const MAX_LIST = 256

export function readStringList(cur: Cursor): string[] {
  const list: string[] = []
  for (let n = cur.u16(); n > 0 && !cur.short; n--) {
    const text = readString(cur)
    if (list.length < MAX_LIST && !cur.short) list.push(text)
  }
  return list
}

export function readStringMap(cur: Cursor): [key: string, value: string][] {
  const pairs: [string, string][] = []
  for (let n = cur.u16(); n > 0 && !cur.short; n--) {
    const key = readString(cur)
    const value = readString(cur)
    if (pairs.length < MAX_LIST && !cur.short) pairs.push([key, value])
  }
  return pairs
}

export function readStringMultimap(cur: Cursor): Record<string, string[]> {
  const map: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  let kept = 0
  for (let n = cur.u16(); n > 0 && !cur.short; n--) {
    const key = readString(cur)
    const values = readStringList(cur)
    if (kept++ < MAX_LIST && !cur.short) map[key] = values
  }
  return map
}

export function readBytesMap(cur: Cursor): [key: string, value: Buffer | undefined][] {
  const pairs: [string, Buffer | undefined][] = []
  for (let n = cur.u16(); n > 0 && !cur.short; n--) {
    const key = readString(cur)
    const value = readBytes(cur)
    if (pairs.length < MAX_LIST && !cur.short) pairs.push([key, value === 'unset' ? undefined : value])
  }
  return pairs
}

/** [inetaddr]: an address without a port; '' when it has another length than addresses have. */
export function readAddress(cur: Cursor): string {
  const bytes = cur.bytes(cur.u8())
  return bytes.length === 4 ? ipText(4, bytes, 0) : bytes.length === 16 ? ipText(6, bytes, 0) : ''
}

/** No control characters but those of text, and valid UTF-8: what may be shown as text. */
export function isPrintable(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte < 0x20 ? byte !== 0x09 && byte !== 0x0a && byte !== 0x0d : byte === 0x7f) return false
  return !bytes.toString('utf8').includes('\ufffd')
}
