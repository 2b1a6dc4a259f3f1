/**
 * Builds captures and the packets in them from a few words, so that a test says what is on the wire and nothing else.
 *
 *     pcap([frame(tcpFrame({ src: '10.0.0.1', dst: '10.0.0.2', srcPort: 40000, dstPort: 80, flags: 'S', seq: 1 }), 1_000_000_000)])
 *     pcapng(section(), interfaceBlock({ linkType: 1 }), packetBlock(0, bytes, { sec: 1_000_000_000 }))
 */
import { gzipSync } from 'node:zlib'

export type Endian = 'le' | 'be'

export interface Frame {
  readonly data: Uint8Array
  readonly sec: number
  readonly nsec: number
  /** Length on the wire; the data's length when absent. */
  readonly original?: number
}

/** A text is taken byte for byte (latin1). */
export type Bytes = string | Uint8Array
export const bytesOf = (b: Bytes): Buffer => (typeof b === 'string' ? Buffer.from(b, 'latin1') : Buffer.from(b))

export const frame = (data: Bytes, sec = 1_000_000_000, nsec = 0, original?: number): Frame =>
  original === undefined ? { data: bytesOf(data), sec, nsec } : { data: bytesOf(data), sec, nsec, original }

// ---- pcap ------------------------------------------------------------------------------------------------------------

export interface PcapOptions {
  readonly endian?: Endian
  /** `modified` is the 24-byte record header some patched kernels wrote. */
  readonly kind?: 'micro' | 'nano' | 'modified'
  /** The whole 32-bit word: low 16 bits are the link type, high bits carry the FCS length. */
  readonly linkType?: number
  readonly snaplen?: number
}

const PCAP_MAGIC = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d, modified: 0xa1b2cd34 } as const

export function pcapHeader(opts: PcapOptions = {}): Buffer {
  const be = opts.endian === 'be'
  return Buffer.concat([
    u32(PCAP_MAGIC[opts.kind ?? 'micro'], be),
    u16(2, be),
    u16(4, be),
    u32(0, be),
    u32(0, be),
    u32(opts.snaplen ?? 262_144, be),
    u32(opts.linkType ?? 1, be),
  ])
}

export function pcapRecord(f: Frame, opts: PcapOptions = {}): Buffer {
  const be = opts.endian === 'be'
  const fraction = opts.kind === 'nano' ? f.nsec : Math.floor(f.nsec / 1000)
  const head = [u32(f.sec, be), u32(fraction, be), u32(f.data.length, be), u32(f.original ?? f.data.length, be)]
  if (opts.kind === 'modified') head.push(Buffer.alloc(8))
  return Buffer.concat([...head, f.data])
}

export const pcap = (frames: readonly Frame[], opts: PcapOptions = {}): Buffer =>
  Buffer.concat([pcapHeader(opts), ...frames.map((f) => pcapRecord(f, opts))])

// ---- pcapng ----------------------------------------------------------------------------------------------------------

/** A block waits for its section's byte order, so that the same blocks can be written either way. */
export type Block = (endian: Endian) => Buffer
export type NgOption = readonly [code: number, value: Bytes | ((endian: Endian) => Buffer)]

/** The blocks one after the other; each section block carries its own byte order on to the blocks behind it. */
export function pcapng(...blocks: readonly Block[]): Buffer {
  let endian: Endian = 'le'
  const out: Buffer[] = []
  for (const block of blocks) {
    endian = sectionEndian.get(block) ?? endian
    out.push(block(endian))
  }
  return Buffer.concat(out)
}

/** Any block: type, body, and the total length on both ends. */
export const block =
  (type: number, body: Bytes | ((endian: Endian) => Buffer), options: readonly NgOption[] = []): Block =>
  (endian) => {
    const be = endian === 'be'
    const inner = Buffer.concat([pad4(encoded(body, endian)), ngOptions(options, endian)])
    const total = u32(inner.length + 12, be)
    return Buffer.concat([u32(type, be), total, inner, total])
  }

const sectionEndian = new WeakMap<Block, Endian>()

export function section(opts: { endian?: Endian; length?: bigint; options?: readonly NgOption[] } = {}): Block {
  const made = block(
    0x0a0d0d0a,
    (endian) =>
      Buffer.concat([u32(0x1a2b3c4d, endian === 'be'), u16(1, endian === 'be'), u16(0, endian === 'be'), i64(opts.length ?? -1n, endian)]),
    opts.options,
  )
  sectionEndian.set(made, opts.endian ?? 'le')
  return made
}

export const interfaceBlock = (
  opts: { linkType?: number; snaplen?: number; resolution?: number; offset?: bigint; name?: string; options?: readonly NgOption[] } = {},
): Block =>
  block(1, (e) => Buffer.concat([u16(opts.linkType ?? 1, e === 'be'), u16(0, false), u32(opts.snaplen ?? 0, e === 'be')]), [
    ...(opts.name === undefined ? [] : [[2, opts.name] as const]),
    ...(opts.resolution === undefined ? [] : [[9, Buffer.of(opts.resolution)] as const]),
    ...(opts.offset === undefined ? [] : [[14, (e: Endian) => i64(opts.offset!, e)] as const]),
    ...(opts.options ?? []),
  ])

export interface PacketBlockOptions {
  readonly sec?: number
  /** Ticks within the second, in the interface's own unit. */
  readonly ticks?: number
  /** The interface's ticks per second; 1e6 unless it says otherwise. */
  readonly perSecond?: bigint
  readonly original?: number
  readonly options?: readonly NgOption[]
}

function stamp(opts: PacketBlockOptions, be: boolean): Buffer {
  const ticks = BigInt(opts.sec ?? 1_000_000_000) * (opts.perSecond ?? 1_000_000n) + BigInt(opts.ticks ?? 0)
  return Buffer.concat([u32(Number((ticks >> 32n) & 0xffff_ffffn), be), u32(Number(ticks & 0xffff_ffffn), be)])
}

/** Enhanced packet block. */
export const packetBlock = (iface: number, data: Bytes, opts: PacketBlockOptions = {}): Block =>
  block(
    6,
    (e) => {
      const be = e === 'be'
      const bytes = bytesOf(data)
      return Buffer.concat([u32(iface, be), stamp(opts, be), u32(bytes.length, be), u32(opts.original ?? bytes.length, be), bytes])
    },
    opts.options,
  )

/** Simple packet block: no time, no interface. */
export const simplePacketBlock = (data: Bytes, original = bytesOf(data).length): Block =>
  block(3, (e) => Buffer.concat([u32(original, e === 'be'), bytesOf(data)]))

/** The obsolete packet block of early pcapng writers. */
export const oldPacketBlock = (iface: number, data: Bytes, opts: PacketBlockOptions & { drops?: number } = {}): Block =>
  block(
    2,
    (e) => {
      const be = e === 'be'
      const bytes = bytesOf(data)
      return Buffer.concat([
        u16(iface, be),
        u16(opts.drops ?? 0xffff, be),
        stamp(opts, be),
        u32(bytes.length, be),
        u32(opts.original ?? bytes.length, be),
        bytes,
      ])
    },
    opts.options,
  )

/** Interface statistics: packets received and dropped. */
export const statisticsBlock = (iface: number, counters: { received?: bigint; dropped?: bigint }): Block =>
  block(5, (e) => Buffer.concat([u32(iface, e === 'be'), Buffer.alloc(8)]), [
    ...(counters.received === undefined ? [] : [[4, (e: Endian) => i64(counters.received!, e)] as const]),
    ...(counters.dropped === undefined ? [] : [[5, (e: Endian) => i64(counters.dropped!, e)] as const]),
  ])

function ngOptions(options: readonly NgOption[], endian: Endian): Buffer {
  if (options.length === 0) return Buffer.alloc(0)
  const be = endian === 'be'
  const out: Buffer[] = []
  for (const [code, value] of options) {
    const bytes = encoded(value, endian)
    out.push(u16(code, be), u16(bytes.length, be), pad4(bytes))
  }
  return Buffer.concat([...out, Buffer.alloc(4)])
}

const encoded = (value: Bytes | ((endian: Endian) => Buffer), endian: Endian): Buffer =>
  typeof value === 'function' ? value(endian) : bytesOf(value)

// ---- packets ---------------------------------------------------------------------------------------------------------

/** A transport segment that still needs the addresses below it for its checksum. */
export interface Segment {
  readonly proto: number
  readonly bytes: Buffer
  /** Offset of the checksum field; absent where there is none. */
  readonly checksumAt?: number
}

export interface TcpFields {
  readonly srcPort: number
  readonly dstPort: number
  readonly seq?: number
  readonly ack?: number
  /** Letters of FIN, SYN, RST, PSH, ACK, URG, ECE, CWR: 'S', 'SA', 'PA', 'F'... */
  readonly flags?: string
  readonly window?: number
  readonly options?: Bytes
}

const TCP_FLAGS = 'FSRPAUEC'

export function tcp(fields: TcpFields, payload: Bytes = ''): Segment {
  const options = pad4(bytesOf(fields.options ?? ''))
  let flags = 0
  for (const letter of fields.flags ?? 'A') flags |= 1 << TCP_FLAGS.indexOf(letter)
  const bytes = Buffer.concat([
    u16(fields.srcPort, true),
    u16(fields.dstPort, true),
    u32((fields.seq ?? 0) >>> 0, true),
    u32((fields.ack ?? 0) >>> 0, true),
    Buffer.of((5 + options.length / 4) << 4, flags),
    u16(fields.window ?? 65_535, true),
    Buffer.alloc(4),
    options,
    bytesOf(payload),
  ])
  return { proto: 6, bytes, checksumAt: 16 }
}

export function udp(fields: { srcPort: number; dstPort: number; length?: number }, payload: Bytes = ''): Segment {
  const data = bytesOf(payload)
  const bytes = Buffer.concat([
    u16(fields.srcPort, true),
    u16(fields.dstPort, true),
    u16(fields.length ?? data.length + 8, true),
    u16(0, true),
    data,
  ])
  return { proto: 17, bytes, checksumAt: 6 }
}

export interface Ipv4Fields {
  readonly src: string
  readonly dst: string
  readonly ttl?: number
  readonly id?: number
  /** Offset in bytes (a multiple of 8), for fragments. */
  readonly fragmentOffset?: number
  readonly moreFragments?: boolean
  readonly dontFragment?: boolean
  readonly options?: Bytes
  /** The total-length field, when it should lie. */
  readonly totalLength?: number
}

/** The segment's checksum is filled in, unless this is a fragment (then the bytes are taken as they are). */
export function ipv4(fields: Ipv4Fields, segment: Segment): Buffer {
  const options = pad4(bytesOf(fields.options ?? ''))
  const fragment = fields.fragmentOffset !== undefined || fields.moreFragments === true
  const src = ipv4Bytes(fields.src)
  const dst = ipv4Bytes(fields.dst)
  const body = fragment ? segment.bytes : withChecksum(segment, src, dst)
  const header = Buffer.concat([
    Buffer.of(0x40 | (5 + options.length / 4), 0),
    u16(fields.totalLength ?? 20 + options.length + body.length, true),
    u16(fields.id ?? 0, true),
    u16(((fields.fragmentOffset ?? 0) >>> 3) | (fields.moreFragments ? 0x2000 : 0) | (fields.dontFragment ? 0x4000 : 0), true),
    Buffer.of(fields.ttl ?? 64, segment.proto, 0, 0),
    src,
    dst,
    options,
  ])
  header.writeUInt16BE(checksum([header]), 10)
  return Buffer.concat([header, body])
}

export interface Ipv6Fields {
  readonly src: string
  readonly dst: string
  readonly hopLimit?: number
  /** Extension headers, already encoded, and the number of the first one. */
  readonly extensions?: { readonly first: number; readonly bytes: Bytes }
}

export function ipv6(fields: Ipv6Fields, segment: Segment): Buffer {
  const src = ipv6Bytes(fields.src)
  const dst = ipv6Bytes(fields.dst)
  const extensions = bytesOf(fields.extensions?.bytes ?? '')
  const body = withChecksum(segment, src, dst)
  return Buffer.concat([
    u32(0x6000_0000, true),
    u16(extensions.length + body.length, true),
    Buffer.of(fields.extensions?.first ?? segment.proto, fields.hopLimit ?? 64),
    src,
    dst,
    extensions,
    body,
  ])
}

export interface EthernetFields {
  readonly src?: string
  readonly dst?: string
  /** Taken from the version nibble of an IP payload when absent. */
  readonly type?: number
  /** VLAN ids, outermost first; two or more are written as 802.1ad with 802.1Q inside. */
  readonly vlan?: readonly number[]
}

export function ethernet(payload: Uint8Array, fields: EthernetFields = {}): Buffer {
  const tags = (fields.vlan ?? []).map((id, i, all) => Buffer.concat([u16(i < all.length - 1 ? 0x88a8 : 0x8100, true), u16(id, true)]))
  const type = fields.type ?? ((payload[0] ?? 0) >>> 4 === 6 ? 0x86dd : 0x0800)
  return Buffer.concat([mac(fields.dst ?? '02:00:00:00:00:02'), mac(fields.src ?? '02:00:00:00:00:01'), ...tags, u16(type, true), payload])
}

type Addressed = { readonly src: string; readonly dst: string; readonly vlan?: readonly number[] }

const inIp = (f: Addressed, segment: Segment): Buffer => {
  const packet = f.src.includes(':') ? ipv6(f, segment) : ipv4(f, segment)
  return ethernet(packet, f.vlan ? { vlan: f.vlan } : {})
}

/** A whole Ethernet frame with one TCP segment; IPv6 when the addresses are. */
export const tcpFrame = (f: Addressed & TcpFields, payload: Bytes = ''): Buffer => inIp(f, tcp(f, payload))
export const udpFrame = (f: Addressed & { srcPort: number; dstPort: number }, payload: Bytes = ''): Buffer => inIp(f, udp(f, payload))

function withChecksum(segment: Segment, src: Buffer, dst: Buffer): Buffer {
  const at = segment.checksumAt
  if (at === undefined) return segment.bytes
  const bytes = Buffer.from(segment.bytes)
  const pseudo = Buffer.concat([src, dst, u32(bytes.length, true), u32(segment.proto, true)])
  // RFC 768: a UDP checksum that comes out as zero is sent as all ones; zero means none.
  bytes.writeUInt16BE(checksum([pseudo, bytes]) || (segment.proto === 17 ? 0xffff : 0), at)
  return bytes
}

/** RFC 1071 over pieces that start on even offsets. */
function checksum(pieces: readonly Buffer[]): number {
  let sum = 0
  for (const piece of pieces) for (let i = 0; i < piece.length; i += 2) sum += (piece[i]! << 8) | (piece[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

// ---- small change ----------------------------------------------------------------------------------------------------

export const ipv4Bytes = (text: string): Buffer => Buffer.from(text.split('.').map(Number))

export function ipv6Bytes(text: string): Buffer {
  const [left = '', right] = text.split('::')
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((g) => Number.parseInt(g, 16)))
  const head = groups(left)
  const tail = right === undefined ? [] : groups(right)
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  return Buffer.concat(all.map((g) => u16(g, true)))
}

const mac = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex')

export function u16(value: number, be: boolean): Buffer {
  const b = Buffer.alloc(2)
  if (be) b.writeUInt16BE(value)
  else b.writeUInt16LE(value)
  return b
}

export function u32(value: number, be: boolean): Buffer {
  const b = Buffer.alloc(4)
  if (be) b.writeUInt32BE(value)
  else b.writeUInt32LE(value)
  return b
}

export function i64(value: bigint, endian: Endian): Buffer {
  const b = Buffer.alloc(8)
  if (endian === 'be') b.writeBigInt64BE(value)
  else b.writeBigInt64LE(value)
  return b
}

export const pad4 = (b: Buffer): Buffer => (b.length % 4 === 0 ? b : Buffer.concat([b, Buffer.alloc(4 - (b.length % 4))]))

/** One gzip member per piece. */
export const gzip = (...pieces: readonly Uint8Array[]): Buffer => Buffer.concat(pieces.map((p) => gzipSync(p)))
