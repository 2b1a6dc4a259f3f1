/** What options of DHCP hold in either version: text, numbers, hardware addresses, names. Pure; wrong lengths give undefined. */
import { macText } from '../../../model/address.js'
import { maskText } from '../secret-text.js'

export type Secret = (text: string) => string

/** Items kept of one list: no server hands out more; a datagram has room for 16,000. */
export const MAX_ITEMS = 128
/** A name has at most 127 labels (RFC 1035 §3.1); pointers count as well, so that a loop ends. */
const MAX_LABELS = 128
const MAX_NAME = 255

export const hexText = (bytes: Buffer): string => bytes.toString('hex')

const CONTROL = /[\0-\x08\x0e-\x1f\x7f]/
/** UTF-8 without the NULs that some clients count in; latin1 where it is not UTF-8. */
export function plainText(bytes: Buffer): string | undefined {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  if (end === 0) return undefined
  const text = bytes.toString('utf8', 0, end)
  return text.includes('\ufffd') ? bytes.toString('latin1', 0, end) : text
}

/** Text when it can only be text, else hex: what circuit ids and their like may be. */
export function textOrHex(bytes: Buffer): string {
  const text = plainText(bytes)
  return text === undefined || CONTROL.test(text) || /[\x80-\uffff]/.test(text) ? hexText(bytes) : text
}

/** Hex of bytes nobody here can read; where they hold a credential in plain words, that is masked first. */
export function maskedHex(bytes: Buffer, secret: Secret): string {
  const plain = bytes.toString('latin1')
  const masked = maskText(plain, secret)
  return masked === plain ? hexText(bytes) : Buffer.from(masked, 'latin1').toString('hex')
}

export const number32 = (bytes: Buffer): number | undefined => (bytes.length >= 4 ? bytes.readUInt32BE(0) : undefined)
export const number16 = (bytes: Buffer): number | undefined => (bytes.length >= 2 ? bytes.readUInt16BE(0) : undefined)
export const number8 = (bytes: Buffer): number | undefined => (bytes.length >= 1 ? bytes[0] : undefined)

export function numbers16(bytes: Buffer): number[] {
  const list: number[] = []
  for (let at = 0; at + 2 <= bytes.length && list.length < MAX_ITEMS; at += 2) list.push(bytes.readUInt16BE(at))
  return list
}

/** Hardware address of any length, as ECS writes those of six bytes. */
export const hardwareAddress = (bytes: Buffer): string | undefined =>
  bytes.length === 0
    ? undefined
    : bytes.length === 6
      ? macText(bytes, 0)
      : hexText(bytes)
          .toUpperCase()
          .replace(/..(?!$)/g, '$&-')

/** RFC 1035 names in a row, compression pointing back into the same option (RFC 3397); stops at the first that is none. */
export function domainNames(bytes: Buffer, from = 0): string[] | undefined {
  const list: string[] = []
  let at = from
  while (at < bytes.length && list.length < MAX_ITEMS) {
    const name = domainName(bytes, at)
    if (name === undefined) break
    if (name.text !== '') list.push(name.text)
    at = name.next
  }
  return list.length > 0 ? list : undefined
}

function domainName(bytes: Buffer, from: number): { text: string; next: number } | undefined {
  let text = ''
  let at = from
  let next = -1
  for (let labels = 0; labels < MAX_LABELS; labels++) {
    if (at >= bytes.length) return undefined
    const length = bytes[at]!
    if (length === 0) return { text, next: next < 0 ? at + 1 : next }
    if (length >= 0xc0) {
      if (at + 1 >= bytes.length) return undefined
      if (next < 0) next = at + 2
      at = ((length & 0x3f) << 8) | bytes[at + 1]!
      continue
    }
    if (length >= 0x40 || at + 1 + length > bytes.length || text.length + length > MAX_NAME) return undefined
    text += `${text === '' ? '' : '.'}${bytes.toString('latin1', at + 1, at + 1 + length)}`
    at += 1 + length
  }
  return undefined
}

/** RFC 4702 §2.3.1, RFC 4704 §4.2: without a final zero it is the host's part alone. */
export const partialName = (bytes: Buffer): string | undefined => {
  if (bytes.length === 0) return undefined
  const whole = domainName(bytes, 0) ?? domainName(Buffer.concat([bytes, Buffer.of(0)]), 0)
  return whole === undefined || whole.text === '' ? undefined : whole.text
}
