/** DHCPv6 messages for the tests. */
import { ipv6Bytes } from '../../support/captures.js'

export const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff)
export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const bytesOf = (value: string | Uint8Array | readonly number[]): Buffer =>
  typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value as readonly number[])

export const opt = (code: number, ...values: (string | Uint8Array | readonly number[])[]): Buffer => {
  const bytes = Buffer.concat(values.map(bytesOf))
  return Buffer.concat([u16(code), u16(bytes.length), bytes])
}
export const ip6 = (...addresses: string[]): Buffer => Buffer.concat(addresses.map(ipv6Bytes))
export const name = (text: string): Buffer =>
  Buffer.concat([...text.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])), Buffer.of(0)])

export const duid = (mac = '08002725f00a'): Buffer => Buffer.concat([Buffer.of(0, 3, 0, 1), Buffer.from(mac, 'hex')])
export const CLIENT = opt(1, duid())
export const SERVER = opt(2, duid('0200002000aa'))
export const SERVER_HEX = '000300010200002000aa'

export const message = (type: number, xid: number, ...options: Buffer[]): Buffer =>
  Buffer.concat([Buffer.of(type, xid >> 16, (xid >> 8) & 0xff, xid & 0xff), ...options])

export const relayed = (type: 12 | 13, hops: number, link: string, peer: string, inner: Uint8Array, ...options: Buffer[]): Buffer =>
  Buffer.concat([Buffer.of(type, hops), ip6(link, peer), ...options, opt(9, inner)])

export const address = (ip: string, preferred: number, valid: number, ...inside: Buffer[]): Buffer =>
  opt(5, ip6(ip), u32(preferred), u32(valid), ...inside)
export const prefix = (ip: string, length: number, preferred: number, valid: number, ...inside: Buffer[]): Buffer =>
  opt(26, u32(preferred), u32(valid), [length], ip6(ip), ...inside)
export const iaNa = (...inside: Buffer[]): Buffer => opt(3, u32(7), u32(1800), u32(2880), ...inside)
export const iaPd = (...inside: Buffer[]): Buffer => opt(25, u32(8), u32(1800), u32(2880), ...inside)
export const status = (code: number, text = ''): Buffer => opt(13, u16(code), text)
