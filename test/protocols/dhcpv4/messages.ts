/** DHCP messages for the tests. */
import { ipv4Bytes } from '../../support/captures.js'

export interface Fixed {
  readonly op?: number
  readonly htype?: number
  readonly hlen?: number
  readonly hops?: number
  readonly xid?: number
  readonly ciaddr?: string
  readonly yiaddr?: string
  readonly siaddr?: string
  readonly giaddr?: string
  readonly mac?: string
  readonly sname?: Uint8Array
  readonly file?: Uint8Array
}

export const opt = (code: number, value: string | Uint8Array | readonly number[]): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value as readonly number[])
  return Buffer.concat([Buffer.of(code, bytes.length), bytes])
}
export const ip = (code: number, ...addresses: string[]): Buffer => opt(code, Buffer.concat(addresses.map(ipv4Bytes)))
export const seconds = (code: number, value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return opt(code, bytes)
}
export const END = Buffer.of(255)

/** Without options: BOOTP without a cookie. */
export function fixed(f: Fixed = {}, options?: Uint8Array): Buffer {
  const b = Buffer.alloc(236)
  b.writeUInt8(f.op ?? 1, 0)
  b.writeUInt8(f.htype ?? 1, 1)
  b.writeUInt8(f.hlen ?? 6, 2)
  b.writeUInt8(f.hops ?? 0, 3)
  b.writeUInt32BE(f.xid ?? 0x3d1d, 4)
  for (const [at, text] of [
    [12, f.ciaddr],
    [16, f.yiaddr],
    [20, f.siaddr],
    [24, f.giaddr],
  ] as const)
    if (text) ipv4Bytes(text).copy(b, at)
  Buffer.from(f.mac ?? '000b8201fc42', 'hex').copy(b, 28)
  Buffer.from(f.sname ?? []).copy(b, 44)
  Buffer.from(f.file ?? []).copy(b, 108)
  return options ? Buffer.concat([b, Buffer.of(0x63, 0x82, 0x53, 0x63), options]) : b
}

/** A message of a type; the End option is added. */
export const dhcp = (type: number, f: Fixed = {}, ...options: Buffer[]): Buffer =>
  fixed({ op: [2, 5, 6].includes(type) ? 2 : 1, ...f }, Buffer.concat([opt(53, [type]), ...options, END]))
