/** Splits the options of a message, a relay or an identity association (RFC 8415 §21.1). */
import { Option } from './names.js'

/** Options kept of one message: real ones have twenty, four times as many addresses stand inside one option. */
export const MAX_OPTIONS = 256

export interface OptionValue {
  readonly code: number
  readonly bytes: Buffer
}

export interface Options {
  /** In the order they came. */
  readonly list: readonly OptionValue[]
  /** An option says it is longer than what is there; its code, or -1 for bytes that are not even a head. */
  readonly overrun: number | undefined
  /** More options than are kept. */
  readonly many: boolean
}

/** Views of `bytes`, which the caller owns. */
export function readOptions(bytes: Buffer, from: number): Options {
  const list: OptionValue[] = []
  let at = from
  while (at < bytes.length) {
    if (list.length >= MAX_OPTIONS) return { list, overrun: undefined, many: true }
    if (at + 4 > bytes.length) return { list, overrun: -1, many: false }
    const code = bytes.readUInt16BE(at)
    const stop = at + 4 + bytes.readUInt16BE(at + 2)
    if (stop > bytes.length) {
      // What is inside a relayed message can be read up to where it ends.
      if (code === Option.RELAY_MSG) list.push({ code, bytes: bytes.subarray(at + 4) })
      return { list, overrun: code, many: false }
    }
    list.push({ code, bytes: bytes.subarray(at + 4, stop) })
    at = stop
  }
  return { list, overrun: undefined, many: false }
}

export const first = (options: Options, code: number): Buffer | undefined => options.list.find((one) => one.code === code)?.bytes

export const all = (options: Options, code: number): Buffer[] => options.list.filter((one) => one.code === code).map(({ bytes }) => bytes)
