/**
 * One database in MaxMind DB format 2.0 (maxmind.github.io/MaxMind-DB): a binary tree over the bits of addresses, 16 zero bytes, records,
 * metadata. The tree is walked here, because every number in it is checked on the way; records are read by the library.
 */
import walkerModule from 'mmdb-lib/lib/reader/walker.js'
import { GuardedDecoder } from './guarded-decoder.js'

type WalkerModule = typeof walkerModule
const makeWalker: WalkerModule['default'] =
  (walkerModule as Partial<WalkerModule>).default ?? (walkerModule as unknown as WalkerModule['default'])

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
/** "Metadata Section": the marker stands in the last 128 KiB. */
const MAX_METADATA = 128 * 1024
const SEPARATOR = 16
/** Bits that an IPv4 address is preceded by in a tree of IPv6. */
const V4_PREFIX = 96

/** Why a file cannot be used: a sentence without the file's name. */
export class DamagedDatabase extends Error {}

export interface Metadata {
  /** Such as GeoLite2-City; the maker's own word. */
  readonly type: string
  /** Seconds since 1970. */
  readonly built: number
  readonly ipVersion: 4 | 6
  readonly nodes: number
  /** Bits of one record of a node; a node has two. */
  readonly recordBits: number
}

export class Mmdb {
  readonly metadata: Metadata
  private readonly decoder: GuardedDecoder
  private readonly walker: { left(offset: number): number; right(offset: number): number }
  private readonly nodeBytes: number
  private readonly treeBytes: number
  private readonly dataEnd: number
  private readonly v4Start: number

  /** Throws DamagedDatabase. */
  constructor(bytes: Buffer) {
    const tail = Math.max(0, bytes.length - MAX_METADATA)
    const at = bytes.subarray(tail).lastIndexOf(MARKER)
    if (at < 0) throw new DamagedDatabase('is no MaxMind DB: it has no metadata at its end')
    this.dataEnd = tail + at
    this.metadata = metadataOf(bytes, this.dataEnd + MARKER.length)
    const { nodes, recordBits, ipVersion } = this.metadata
    this.nodeBytes = recordBits / 4
    this.treeBytes = nodes * this.nodeBytes
    if (this.treeBytes + SEPARATOR > this.dataEnd)
      throw new DamagedDatabase(`is cut or damaged: its metadata says a tree of ${this.treeBytes} bytes, and it holds ${this.dataEnd}`)
    this.decoder = new GuardedDecoder(bytes.subarray(0, this.dataEnd), this.treeBytes + SEPARATOR)
    this.walker = makeWalker(bytes, recordBits)
    this.v4Start = ipVersion === 6 ? this.walk(0, V4_PREFIX, () => 0) : 0
  }

  /**
   * What is known of an address (4 or 16 bytes), undefined for nothing. A tree of IPv4 knows nothing of IPv6.
   *
   * Throws what is wrong with the record.
   */
  find(address: readonly number[]): unknown {
    if (address.length === 16 && this.metadata.ipVersion === 4) return undefined
    const { nodes } = this.metadata
    const start = address.length === 4 ? this.v4Start : 0
    const value = this.walk(start, address.length * 8, (i) => (address[i >> 3]! >> (7 - (i & 7))) & 1)
    if (value === nodes) return undefined
    if (value < nodes) throw new DamagedDatabase('its tree goes on behind the last bit of an address')
    const offset = value - nodes + this.treeBytes
    if (offset < this.treeBytes + SEPARATOR || offset >= this.dataEnd)
      throw new DamagedDatabase('its tree names a record outside of the file')
    return this.decoder.record(offset)
  }

  /** Down the tree, at most `bits` steps: each takes one bit, so a tree with circles ends too. */
  private walk(from: number, bits: number, bitAt: (i: number) => number): number {
    let node = from
    for (let i = 0; i < bits && node < this.metadata.nodes; i++) {
      const offset = node * this.nodeBytes
      node = bitAt(i) === 1 ? this.walker.right(offset) : this.walker.left(offset)
    }
    return node
  }
}

function metadataOf(bytes: Buffer, start: number): Metadata {
  let map: unknown
  try {
    const section = bytes.subarray(start)
    map = new GuardedDecoder(section, 0).record(0)
  } catch (error) {
    throw new DamagedDatabase(`has damaged metadata: ${(error as Error).message}`)
  }
  const at = (key: string): unknown => (typeof map === 'object' && map !== null ? (map as Record<string, unknown>)[key] : undefined)
  const major = at('binary_format_major_version')
  if (major !== 2) throw new DamagedDatabase(`has damaged metadata, or is of another format: version ${wordOf(major)}, and 2 is read`)
  const [nodes, recordBits, ipVersion] = [at('node_count'), at('record_size'), at('ip_version')]
  if (recordBits !== 24 && recordBits !== 28 && recordBits !== 32)
    throw new DamagedDatabase(`has damaged metadata: record_size ${wordOf(recordBits)} is none of 24, 28, 32`)
  if (ipVersion !== 4 && ipVersion !== 6)
    throw new DamagedDatabase(`has damaged metadata: ip_version ${wordOf(ipVersion)} is neither 4 nor 6`)
  if (typeof nodes !== 'number' || nodes < 1) throw new DamagedDatabase(`has damaged metadata: node_count ${wordOf(nodes)}`)
  const [type, built] = [at('database_type'), at('build_epoch')]
  return {
    type: typeof type === 'string' ? type.slice(0, MAX_TYPE) : '',
    built: typeof built === 'bigint' || typeof built === 'number' ? Number(built) : 0,
    ipVersion,
    nodes,
    recordBits,
  }
}

/** The longest published type has about 40 letters. */
const MAX_TYPE = 100

const wordOf = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : value === undefined ? 'is missing' : 'is no number'
