/** Writes databases in MaxMind DB format 2.0: a tree over bits, 16 zero bytes, records, metadata. For tests: small, and wrong where asked. */
import ipaddr from 'ipaddr.js'

export type MmdbValue = string | number | bigint | boolean | readonly MmdbValue[] | { readonly [key: string]: MmdbValue } | Raw

/** Bytes that stand in a record as they are. */
export class Raw {
  constructor(readonly bytes: Buffer) {}
}

export interface MmdbOptions {
  readonly type?: string
  readonly ipVersion?: 4 | 6
  readonly recordBits?: 24 | 28 | 32
  /** In place of what the metadata would say. */
  readonly metadata?: Readonly<Record<string, MmdbValue>>
}

/** A size of up to 65,820 as it stands in a control byte and behind it. */
export function control(type: number, size: number): Buffer {
  const [bits, more] =
    size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : size < 65_821 ? [30, [(size - 285) >> 8, (size - 285) & 255]] : tooLarge(size)
  return Buffer.from(type > 7 ? [bits, type - 7, ...more] : [(type << 5) | bits, ...more])
}
const tooLarge = (size: number): [number, number[]] => {
  const left = size - 65_821
  return [31, [left >> 16, (left >> 8) & 255, left & 255]]
}

/** A pointer of four bytes, from the beginning of the data section. */
export const pointer = (to: number): Raw => {
  const bytes = Buffer.from([0x38, 0, 0, 0, 0])
  bytes.writeUInt32BE(to, 1)
  return new Raw(bytes)
}

export function encode(value: MmdbValue): Buffer {
  if (value instanceof Raw) return value.bytes
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'boolean') return control(14, value ? 1 : 0)
  if (typeof value === 'bigint') {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(value)
    return Buffer.concat([control(9, 8), bytes])
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...(value as readonly MmdbValue[]).map(encode)])
  const members = Object.entries(value as { readonly [key: string]: MmdbValue })
  return Buffer.concat([control(7, members.length), ...members.flatMap(([key, one]) => [encode(key), encode(one)])])
}

/** @param networks CIDR networks and what is said of them; IPv4 in a tree of IPv6 stands behind 96 zero bits */
export function mmdb(networks: Readonly<Record<string, MmdbValue>>, options: MmdbOptions = {}): Buffer {
  const { type = 'Test-City', ipVersion = 6, recordBits = 24 } = options
  const nodes: (number | { at: number } | undefined)[][] = [[undefined, undefined]]
  const records: Buffer[] = []
  let size = 0
  for (const [network, value] of Object.entries(networks)) {
    const [address, prefix] = ipaddr.parseCIDR(network)
    const bytes = address.toByteArray()
    const bits = [...bytes].flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((i) => (byte >> i) & 1)).slice(0, prefix)
    const path = ipVersion === 6 && bytes.length === 4 ? [...new Array<number>(96).fill(0), ...bits] : bits
    let node = 0
    path.forEach((bit, i) => {
      if (i === path.length - 1) nodes[node]![bit] = { at: size }
      else {
        const next = nodes[node]![bit]
        if (typeof next === 'number') node = next
        else {
          nodes.push([undefined, undefined])
          nodes[node]![bit] = nodes.length - 1
          node = nodes.length - 1
        }
      }
    })
    records.push(encode(value))
    size += records.at(-1)!.length
  }
  const count = nodes.length
  const recordOf = (one: number | { at: number } | undefined): number =>
    one === undefined ? count : typeof one === 'number' ? one : count + 16 + one.at
  const tree = nodes.map(([left, right]) => nodeBytes(recordOf(left), recordOf(right), recordBits))
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000n,
    database_type: type,
    description: { en: 'made for a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: count,
    record_size: recordBits,
    ...options.metadata,
  }
  return Buffer.concat([...tree, Buffer.alloc(16), ...records, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), encode(metadata)])
}

function nodeBytes(left: number, right: number, bits: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(bits / 4)
  if (bits === 32) {
    bytes.writeUInt32BE(left, 0)
    bytes.writeUInt32BE(right, 4)
  } else if (bits === 24) {
    bytes.writeUIntBE(left, 0, 3)
    bytes.writeUIntBE(right, 3, 3)
  } else {
    bytes.writeUIntBE(left & 0xffffff, 0, 3)
    bytes[3] = ((left >>> 24) << 4) | (right >>> 24)
    bytes.writeUIntBE(right & 0xffffff, 4, 3)
  }
  return bytes
}

export const cityRecord = (country: string, city: string): MmdbValue => ({
  country: { iso_code: country, names: { en: country } },
  city: { names: { de: `${city} (de)`, en: city } },
})
export const asRecord = (number: number, organization: string): MmdbValue => ({
  autonomous_system_number: number,
  autonomous_system_organization: organization,
})
