/**
 * Writes pcapng: sections, interfaces, packets and interface statistics, little-endian, times in nanoseconds (the pcapng
 * specification, draft-ietf-opsawg-pcapng, sections 4.1 to 4.6). Packets come as the records that libpcap writes, or with the
 * ticks and options that another capture gave them.
 */

const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const STATISTICS = 5
const PACKET = 6
const BYTE_ORDER = 0x1a2b3c4d
/** tsresol: 10^-9 of a second. */
const NANOSECONDS = 9
/** What libpcap writes before each packet: seconds, fraction, captured and original length, four bytes each. */
export const RECORD_HEADER = 16
/** Block type, length, interface, time, captured and original length; then the packet, padding, and the length again. */
const PACKET_HEADER = 28
const FIRST_SIZE = 1024 * 1024

export interface InterfaceFacts {
  readonly name: string
  readonly filter?: string | undefined
  /** LINKTYPE_ number. */
  readonly linkType: number
  readonly snaplen: number
}

/** An interface as another capture described it. */
export interface InterfaceCopy {
  /** LINKTYPE_ number. */
  readonly linkType: number
  readonly snaplen: number
  /** Whole options in this byte order, without their end mark. */
  readonly options: Buffer
}

export interface PacketCopy {
  readonly buf: Buffer
  /** Where the packet's bytes stand in `buf`. */
  readonly from: number
  readonly to: number
  /** Length on the wire. */
  readonly original: number
  /** Time in ticks of its interface. */
  readonly ticks: bigint
  /** Whole options in this byte order, without their end mark. */
  readonly options: Buffer
}

export interface InterfaceCounts {
  /** Packets that passed the filter. */
  readonly received: number
  /** Packets the system dropped because nobody took them in time. */
  readonly dropped: number
  /** Packets the interface or its driver dropped. */
  readonly interfaceDropped: number
  /** Packets that were taken but never written, because this program did not keep up. */
  readonly left: number
  /** Nobody told what was dropped: what is not known is not written. */
  readonly lossUnknown?: boolean
}

export class PcapngEncoder {
  private buf = Buffer.allocUnsafeSlow(FIRST_SIZE)
  private used = 0

  get length(): number {
    return this.used
  }

  /** What was written since the last call; borrowed until the next write. */
  take(): Buffer {
    const bytes = this.buf.subarray(0, this.used)
    this.used = 0
    return bytes
  }

  section(facts: { readonly program: string; readonly os?: string; readonly comments: readonly string[] }): void {
    const options = Buffer.concat([
      ...facts.comments.map((text) => option(1, text)),
      ...(facts.os === undefined ? [] : [option(3, facts.os)]),
      option(4, facts.program),
      END_OF_OPTIONS,
    ])
    const body = Buffer.alloc(16)
    body.writeUInt32LE(BYTE_ORDER, 0)
    body.writeUInt16LE(1, 4)
    // Length of the section: not known.
    body.fill(0xff, 8, 16)
    this.block(SECTION, body, options)
  }

  interface({ name, filter, linkType, snaplen }: InterfaceFacts): void {
    const body = Buffer.alloc(8)
    body.writeUInt16LE(linkType, 0)
    body.writeUInt32LE(snaplen, 4)
    const options = [option(2, name)]
    options.push(option(9, Buffer.of(NANOSECONDS)))
    // Filter: 0 = as libpcap takes it, in words.
    if (filter) options.push(option(11, Buffer.concat([Buffer.of(0), Buffer.from(filter)])))
    this.block(INTERFACE, body, Buffer.concat([...options, END_OF_OPTIONS]))
  }

  interfaceCopy({ linkType, snaplen, options }: InterfaceCopy): void {
    const body = Buffer.alloc(8)
    body.writeUInt16LE(linkType, 0)
    body.writeUInt32LE(snaplen, 4)
    this.block(INTERFACE, body, Buffer.concat([options, END_OF_OPTIONS]))
  }

  packetCopy(iface: number, { buf, from, to, original, ticks, options }: PacketCopy): void {
    const padded = (to - from + 3) & ~3
    const length = PACKET_HEADER + padded + (options.length > 0 ? options.length + END_OF_OPTIONS.length : 0) + 4
    this.reserve(length)
    const { buf: out, used } = this
    out.fill(0, used, used + length)
    out.writeUInt32LE(PACKET, used)
    out.writeUInt32LE(length, used + 4)
    out.writeUInt32LE(iface, used + 8)
    out.writeUInt32LE(Number((ticks >> 32n) & 0xffff_ffffn), used + 12)
    out.writeUInt32LE(Number(ticks & 0xffff_ffffn), used + 16)
    out.writeUInt32LE(to - from, used + 20)
    out.writeUInt32LE(original, used + 24)
    buf.copy(out, used + PACKET_HEADER, from, to)
    options.copy(out, used + PACKET_HEADER + padded)
    out.writeUInt32LE(length, used + length - 4)
    this.used += length
  }

  /**
   * One record of libpcap as a packet of an interface.
   * @param nanoseconds what `fraction` counts; else microseconds
   */
  packet(iface: number, records: Buffer, at: number, nanoseconds: boolean): void {
    const sec = records.readUInt32LE(at)
    const fraction = records.readUInt32LE(at + 4)
    const captured = records.readUInt32LE(at + 8)
    const padded = (captured + 3) & ~3
    const length = PACKET_HEADER + padded + 4
    this.reserve(length)
    const { buf, used } = this
    const nsec = nanoseconds ? fraction : fraction * 1000
    // 64 bits by halves of the seconds: neither product leaves what a number holds exactly.
    const low = (sec & 0xffff) * 1e9 + nsec
    const high = Math.floor(sec / 65_536) * 1e9 + Math.floor(low / 65_536)
    buf.writeUInt32LE(PACKET, used)
    buf.writeUInt32LE(length, used + 4)
    buf.writeUInt32LE(iface, used + 8)
    buf.writeUInt32LE(Math.floor(high / 65_536), used + 12)
    buf.writeUInt32LE((high % 65_536) * 65_536 + (low % 65_536), used + 16)
    buf.writeUInt32LE(captured, used + 20)
    buf.writeUInt32LE(records.readUInt32LE(at + 12), used + 24)
    const from = used + PACKET_HEADER
    records.copy(buf, from, at + RECORD_HEADER, at + RECORD_HEADER + captured)
    buf.fill(0, from + captured, from + padded)
    buf.writeUInt32LE(length, from + padded)
    this.used = used + length
  }

  /**
   * @param counts since the file began
   * @param nowMs wall clock, milliseconds since 1970
   * @param sinceMs when the counting began
   */
  statistics(iface: number, counts: InterfaceCounts, nowMs: number, sinceMs: number): void {
    const body = Buffer.alloc(12)
    body.writeUInt32LE(iface, 0)
    stamp(nowMs).copy(body, 4)
    const lost = counts.dropped + counts.interfaceDropped + counts.left
    const options = [
      option(4, count(counts.received)),
      ...(counts.lossUnknown && lost === 0 ? [] : [option(5, count(lost))]),
      option(6, count(counts.received)),
      ...(counts.lossUnknown ? [] : [option(7, count(counts.dropped))]),
      // Delivered: told where this program itself left packets out.
      ...(counts.left > 0 && !counts.lossUnknown ? [option(8, count(Math.max(0, counts.received - counts.dropped - counts.left)))] : []),
      option(2, stamp(sinceMs)),
      option(3, stamp(nowMs)),
      END_OF_OPTIONS,
    ]
    this.block(STATISTICS, body, Buffer.concat(options))
  }

  private block(type: number, body: Buffer, options: Buffer): void {
    const length = 8 + body.length + options.length + 4
    this.reserve(length)
    const { buf, used } = this
    buf.writeUInt32LE(type, used)
    buf.writeUInt32LE(length, used + 4)
    body.copy(buf, used + 8)
    options.copy(buf, used + 8 + body.length)
    buf.writeUInt32LE(length, used + length - 4)
    this.used += length
  }

  private reserve(more: number): void {
    const need = this.used + more
    if (need <= this.buf.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(need, 2 * this.buf.length))
    this.buf.copy(grown, 0, 0, this.used)
    this.buf = grown
  }
}

const END_OF_OPTIONS = Buffer.alloc(4)

/** Longer values are cut at the 65,535 bytes that the length field can say. */
export function option(code: number, value: string | Buffer): Buffer {
  const bytes = (typeof value === 'string' ? Buffer.from(value) : value).subarray(0, 0xffff)
  const out = Buffer.alloc(4 + ((bytes.length + 3) & ~3))
  out.writeUInt16LE(code, 0)
  out.writeUInt16LE(bytes.length, 2)
  bytes.copy(out, 4)
  return out
}

/** A time as two halves, the high one first (§4.3); nanoseconds. */
function stamp(ms: number): Buffer {
  const time = BigInt(Math.floor(ms)) * 1_000_000n
  const out = Buffer.alloc(8)
  out.writeUInt32LE(Number(time >> 32n), 0)
  out.writeUInt32LE(Number(time & 0xffff_ffffn), 4)
  return out
}

function count(n: number): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64LE(BigInt(n))
  return out
}
