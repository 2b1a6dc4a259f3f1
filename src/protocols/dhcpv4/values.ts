/** Reads the value of one option as what it is: addresses, text, numbers, names, routes. Pure; wrong lengths give undefined. */
import { ipv4Text, macText } from '../../model/address.js'
import { domainNames, hexText, MAX_ITEMS, partialName, plainText, textOrHex } from '../shared/dhcp/values.js'

export * from '../shared/dhcp/values.js'

/** Sub-options and vendor blocks kept of one option. */
const MAX_PARTS = 32
export const address = (bytes: Buffer): string | undefined => (bytes.length >= 4 ? ipv4Text(bytes, 0) : undefined)

export function addresses(bytes: Buffer): string[] | undefined {
  if (bytes.length < 4) return undefined
  const list: string[] = []
  for (let at = 0; at + 4 <= bytes.length && list.length < MAX_ITEMS; at += 4) list.push(ipv4Text(bytes, at))
  return list
}

export const signed32 = (bytes: Buffer): number | undefined => (bytes.length >= 4 ? bytes.readInt32BE(0) : undefined)
/** Option 61 (RFC 2132 §9.14, RFC 4361): a hardware address, text behind a zero, or hex. */
export function clientId(bytes: Buffer): string | undefined {
  if (bytes.length < 2) return undefined
  if (bytes.length === 7 && bytes[0]! >= 1 && bytes[0]! < 0xff) return macText(bytes, 1)
  if (bytes[0] === 0) {
    const rest = bytes.subarray(1)
    return textOrHex(rest) === hexText(rest) ? hexText(bytes) : textOrHex(rest)
  }
  return hexText(bytes)
}

/** RFC 3442 §"Classless Route Option Format": 10.0.0.0/8 via 192.0.2.1; a default route is 0.0.0.0/0. */
export function classlessRoutes(bytes: Buffer): string[] | undefined {
  const list: string[] = []
  let at = 0
  while (at < bytes.length && list.length < MAX_ITEMS) {
    const width = bytes[at]!
    const octets = Math.ceil(width / 8)
    if (width > 32 || at + 1 + octets + 4 > bytes.length) return list.length > 0 ? list : undefined
    const net = [0, 0, 0, 0]
    for (let i = 0; i < octets; i++) net[i] = bytes[at + 1 + i]!
    list.push(`${net.join('.')}/${width} via ${ipv4Text(bytes, at + 1 + octets)}`)
    at += 5 + octets
  }
  return list.length > 0 ? list : undefined
}

/** Option 33: pairs of destination and router. */
export function staticRoutes(bytes: Buffer): string[] | undefined {
  const list: string[] = []
  for (let at = 0; at + 8 <= bytes.length && list.length < MAX_ITEMS; at += 8)
    list.push(`${ipv4Text(bytes, at)} via ${ipv4Text(bytes, at + 4)}`)
  return list.length > 0 ? list : undefined
}

/** Option 120 (RFC 3361): names or addresses, as its first byte says. */
export const sipServers = (bytes: Buffer): string[] | undefined =>
  bytes[0] === 0 ? domainNames(bytes, 1) : bytes[0] === 1 ? addresses(bytes.subarray(1)) : undefined

export interface Fqdn {
  readonly name: string | undefined
  readonly flags: readonly string[]
}

/** Option 81 (RFC 4702 §2): flags, two bytes out of use, a name in labels (E) or in ASCII. */
export function fqdn(bytes: Buffer): Fqdn | undefined {
  if (bytes.length < 3) return undefined
  const bits = bytes[0]!
  const flags = ['S', 'O', 'E', 'N'].filter((_, i) => (bits & (1 << i)) !== 0)
  const rest = bytes.subarray(3)
  return { name: (bits & 4) === 0 ? plainText(rest)?.replace(/\.$/, '') : partialName(rest), flags }
}

/** Option 77: RFC 3004 demands a length before each class; most senders write plain text. */
export function userClasses(bytes: Buffer): string[] | undefined {
  if (bytes.length === 0) return undefined
  const list: string[] = []
  let at = 0
  while (at < bytes.length && list.length < MAX_PARTS) {
    const length = bytes[at]!
    if (length === 0 || at + 1 + length > bytes.length) return [textOrHex(bytes)]
    list.push(textOrHex(bytes.subarray(at + 1, at + 1 + length)))
    at += 1 + length
  }
  return list
}

/** Code, length, value: options 43 of most vendors and 82 (RFC 3046 §2.0); stops where it no longer fits. */
export function subOptions(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  let at = 0
  while (at + 2 <= bytes.length && found.size < MAX_PARTS) {
    const length = bytes[at + 1]!
    if (at + 2 + length > bytes.length) break
    if (!found.has(bytes[at]!)) found.set(bytes[at]!, bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return found
}

export interface VendorBlock {
  /** IANA enterprise number. */
  readonly id: number
  readonly data: Buffer
}

/** Options 124 and 125 (RFC 3925): blocks of enterprise number, length, data. */
export function vendorBlocks(bytes: Buffer): VendorBlock[] | undefined {
  const list: VendorBlock[] = []
  let at = 0
  while (at + 5 <= bytes.length && list.length < MAX_PARTS) {
    const length = bytes[at + 4]!
    if (at + 5 + length > bytes.length) break
    list.push({ id: bytes.readUInt32BE(at), data: bytes.subarray(at + 5, at + 5 + length) })
    at += 5 + length
  }
  return list.length > 0 ? list : undefined
}

/** Option 97 (RFC 4578 §2.3): type 0 and a GUID whose first three fields are little-endian. */
export function machineId(bytes: Buffer): string | undefined {
  if (bytes.length !== 17 || bytes[0] !== 0) return bytes.length > 0 ? hexText(bytes) : undefined
  const h = (...order: number[]): string => order.map((i) => bytes.toString('hex', i + 1, i + 2)).join('')
  return `${h(3, 2, 1, 0)}-${h(5, 4)}-${h(7, 6)}-${h(8, 9)}-${h(10, 11, 12, 13, 14, 15)}`
}
