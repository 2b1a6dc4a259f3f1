/** A frame whose body comes in pieces: its start is kept, the rest is counted. */
import type { Header } from './header.js'
import { Frame } from './messages.js'
import { Flag } from './names.js'

/** Bytes kept of a body: a statement with its values, or metadata and first rows of a result, are far below. */
const MAX_KEPT = 256 * 1024
/** Bytes kept of a compressed body, which cannot be read in part. Longer results are rare: drivers ask for pages. */
const MAX_COMPRESSED = 4 * 1024 * 1024

export class OpenFrame {
  /** Bytes of the body still to come. */
  left: number
  private kept: Buffer[] = []
  private bytes = 0
  private lost = 0
  /** A hole, a cap, or no room: nothing more is kept. */
  private full = false
  private readonly limit: number

  constructor(
    readonly header: Header,
    private readonly host: { hold(bytes: number): boolean },
    readonly segmented = false,
  ) {
    this.left = header.length
    this.limit = !segmented && (header.flags & Flag.COMPRESSED) !== 0 ? MAX_COMPRESSED : MAX_KEPT
  }

  take(buf: Buffer, from: number, to: number): void {
    this.left -= to - from
    const keep = Math.min(to - from, this.limit - this.bytes)
    if (this.full || keep <= 0) return
    if (!this.host.hold(keep)) {
      this.full = true
      return
    }
    // Many small pieces: one buffer that grows costs less than a list of them.
    if (this.kept.length >= MAX_PIECES) this.kept = [Buffer.concat(this.kept)]
    this.kept.push(Buffer.from(buf.subarray(from, from + keep)))
    this.bytes += keep
  }

  lose(bytes: number): void {
    this.left -= bytes
    this.lost += bytes
    if (bytes > 0) this.full = true
  }

  finish(): Frame {
    const body = this.kept.length === 1 ? this.kept[0]! : Buffer.concat(this.kept)
    this.host.hold(-this.bytes)
    const frame = new Frame(this.header, body)
    frame.lost = this.lost
    frame.missing = this.left
    frame.segmented = this.segmented
    return frame
  }
}

/** Pieces before they are joined. A segment of one byte each still costs less than twice the bytes. */
const MAX_PIECES = 1024
