/** Reads the value of one option as what it is. Pure; wrong lengths give undefined. */
import { ipv6Text } from '../../model/address.js'
import { domainNames, hexText, MAX_ITEMS, maskedHex, partialName, type Secret, textOrHex } from '../shared/dhcp/values.js'
import { maskText } from '../shared/secret-text.js'

export { domainNames, MAX_ITEMS, number8, number16, number32, numbers16, partialName, plainText } from '../shared/dhcp/values.js'

const ADDRESS = 16
/** Bytes of one value shown as hex: identifiers are shorter, and nobody reads more. */
export const MAX_HEX = 512

/** Hex up to a cap, and how long the value is where it is longer. */
export function hexOf(bytes: Buffer, secret: Secret): string {
  if (bytes.length <= MAX_HEX) return maskedHex(bytes, secret)
  return `${maskedHex(bytes.subarray(0, MAX_HEX), secret)}... (${bytes.length} bytes)`
}

/** Text when it can only be text, else hex: what interface ids and their like may be. */
export function textual(bytes: Buffer, secret: Secret): string {
  const text = textOrHex(bytes)
  return text === hexText(bytes) ? hexOf(bytes, secret) : maskText(text, secret)
}

export const address = (bytes: Buffer): string | undefined => (bytes.length >= ADDRESS ? ipv6Text(bytes, 0) : undefined)

export function addresses(bytes: Buffer): string[] | undefined {
  const list: string[] = []
  for (let at = 0; at + ADDRESS <= bytes.length && list.length < MAX_ITEMS; at += ADDRESS) list.push(ipv6Text(bytes, at))
  return list.length > 0 ? list : undefined
}

/** Parts with two bytes of length before each (user class, vendor class, boot parameters); stops where one does not fit. */
export function parts(bytes: Buffer, from = 0): Buffer[] {
  const list: Buffer[] = []
  let at = from
  while (at + 2 <= bytes.length && list.length < MAX_ITEMS) {
    const stop = at + 2 + bytes.readUInt16BE(at)
    if (stop > bytes.length) break
    list.push(bytes.subarray(at + 2, stop))
    at = stop
  }
  return list
}

export interface Fqdn {
  readonly name: string | undefined
  readonly flags: readonly string[]
}

/** Option 39 (RFC 4704 §4): flags and a name in labels. */
export function fqdn(bytes: Buffer): Fqdn | undefined {
  if (bytes.length < 1) return undefined
  return { name: partialName(bytes.subarray(1)), flags: ['S', 'O', 'N'].filter((_, i) => (bytes[0]! & (1 << i)) !== 0) }
}

/** Option 56 (RFC 5908 §4): addresses, multicast addresses and names of time servers. */
export function ntpServers(bytes: Buffer): string[] | undefined {
  const list: string[] = []
  let at = 0
  while (at + 4 <= bytes.length && list.length < MAX_ITEMS) {
    const stop = at + 4 + bytes.readUInt16BE(at + 2)
    if (stop > bytes.length) break
    const value = bytes.subarray(at + 4, stop)
    const server = bytes.readUInt16BE(at) === 3 ? domainNames(value)?.[0] : address(value)
    if (server !== undefined) list.push(server)
    at = stop
  }
  return list.length > 0 ? list : undefined
}

/** Option 62 (RFC 5970 §3.4): type 1 is UNDI, then major and minor. */
export const networkInterface = (bytes: Buffer): string | undefined =>
  bytes.length < 3 ? undefined : bytes[0] === 1 ? `UNDI ${bytes[1]}.${bytes[2]}` : `type ${bytes[0]} ${bytes[1]}.${bytes[2]}`

/** Option 87 (RFC 7341 §6): of the message for IPv4, what tells whose it is. Its options are left out: they may hold secrets. */
export function carried(bytes: Buffer): unknown {
  if (bytes.length < 44) return { bytes: bytes.length }
  return {
    op_code: bytes[0] === 2 ? 'bootreply' : 'bootrequest',
    transaction_id: `0x${bytes.toString('hex', 4, 8)}`,
    hardware_address: bytes.toString('hex', 28, 28 + Math.min(16, bytes[2]!)),
    bytes: bytes.length,
  }
}

/** Option 11 (RFC 8415 §21.11). Keys can be used, digests searched for offline: neither is shown. */
export function authentication(bytes: Buffer, secret: Secret): unknown {
  if (bytes.length < 11) return undefined
  const information = bytes.subarray(11)
  // Protocol 3 is that of reconfigure keys (§20.4.1): its first byte tells the key from a digest made with it.
  const kind = bytes[0] === 3 && information.length > 0 ? RECONFIGURE_KEY[information[0]!] : undefined
  const proof = kind === undefined ? information : information.subarray(1)
  return {
    protocol: bytes[0],
    algorithm: bytes[1],
    replay_method: bytes[2],
    replay_detection: bytes.toString('hex', 3, 11),
    ...(kind !== undefined && { kind }),
    ...(proof.length > 0 && { information: secret(textOrHex(proof)) }),
  }
}
const RECONFIGURE_KEY: readonly (string | undefined)[] = [undefined, 'reconfigure key', 'HMAC-MD5 digest']
