/**
 * The contract of a capture reader: blocks of whole frames in one borrowed buffer, read in order, in constant memory.
 *
 * A block is columns, not objects: nothing is allocated per frame. Async only between blocks.
 */
import type { CaptureLoss } from './loss.js'

/** Most frames in one block: a 1 MiB read full of the smallest records. */
export const MAX_BLOCK_FRAMES = 65_536

export class FrameBlock {
  /** The frames' bytes; borrowed until the reader's next `next()`. */
  buf: Buffer = Buffer.alloc(0)
  count = 0
  /** Where frame i starts in `buf`. */
  readonly offset = new Uint32Array(MAX_BLOCK_FRAMES)
  /** Bytes of frame i that are in the capture. */
  readonly captured = new Uint32Array(MAX_BLOCK_FRAMES)
  /** Bytes it had on the wire, never less than `captured`. */
  readonly original = new Uint32Array(MAX_BLOCK_FRAMES)
  /** Packet time; whole seconds since 1970 (clamped to 0..9,223,372,035) and nanoseconds. */
  readonly sec = new Float64Array(MAX_BLOCK_FRAMES)
  readonly nsec = new Uint32Array(MAX_BLOCK_FRAMES)
  /** Index into `CaptureInfo.interfaces`. */
  readonly iface = new Uint16Array(MAX_BLOCK_FRAMES)
  /** Where the block of frame i starts in `buf`; only of pcapng, and only for a reader that was asked to keep records. */
  readonly record: Uint32Array | undefined
  /** Frame number (from 1, as Wireshark counts) of the block's first frame in this capture. */
  firstFrame = 1

  constructor(records = false) {
    this.record = records ? new Uint32Array(MAX_BLOCK_FRAMES) : undefined
  }
}

export interface CaptureInterface {
  /** LINKTYPE_ number of the tcpdump.org registry. */
  readonly linkType: number
  readonly snaplen: number
  /** Units per second of its clock: 1e6, 1e9, 2^20... */
  readonly ticksPerSecond: number
  readonly name?: string
  readonly description?: string
  readonly filter?: string
  readonly os?: string
  /** From an interface statistics block, when there is one. */
  received?: number
  dropped?: number
  /** What its block says word for word; only of pcapng, and only for a reader that was asked to keep records. */
  readonly described?: { readonly options: Buffer; readonly bigEndian: boolean }
}

export interface CaptureComment {
  /** 0 = on the section, else the frame it belongs to. */
  readonly frame: number
  readonly text: string
}

/** Where and how a capture is damaged; everything before it was read. */
export interface Damage {
  /** `capture.<what>`: cut, length, magic, gzip... */
  readonly code: string
  /** Byte offset in the (uncompressed) capture. */
  readonly offset: number
  /** One sentence for people. */
  readonly message: string
}

/** What is known of a capture; complete once `next()` has answered null. */
export interface CaptureInfo {
  /** File name without folder; '-' for stdin. */
  readonly name: string
  readonly path: string
  /** Bytes of the file as stored, as far as they were read. */
  size: number
  /** Of the file as stored; absent unless it was read to its end, since the hash of a part is no file's. */
  sha256?: string
  /** Of the bytes that could be decompressed, when the file is compressed and `sha256` is there. */
  innerSha256?: string
  container: 'pcap' | 'pcapng' | 'unknown'
  compression: 'none' | 'gzip' | 'zstd' | 'lz4' | 'xz'
  /** 1e6 or 1e9 for pcap; the finest of the interfaces for pcapng. */
  ticksPerSecond: number
  readonly interfaces: CaptureInterface[]
  readonly comments: CaptureComment[]
  /** Intervals in which packets were lost, in the order in which they were told. */
  readonly losses: CaptureLoss[]
  /** Hardware, OS and application that a section header names. */
  writer?: string
  packets: number
  /** Sum of captured and of original lengths. */
  bytes: number
  wireBytes: number
  readonly damage: Damage[]
}

export interface CaptureReader {
  readonly info: CaptureInfo
  /**
   * The next block of at least one frame, or null at the end. Synchronous where the bytes are at hand (regular files), a
   * promise where they must be waited for (pipes, decompression). Never rejects for damaged input: that goes into `info.damage`.
   */
  next(): FrameBlock | null | Promise<FrameBlock | null>
  /** Before the end: the packets that were not read are missing from the evidence, which `info.damage` then says. */
  close(): Promise<void>
}
