/** The segments of v5: checked, uncompressed, and taken apart into frames; a long frame spans several of them. */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Verdict } from '../protocol.js'
import { decompress } from '../shared/decompress.js'
import { readHeader } from './header.js'
import { Frame, HOLE, PIECE } from './messages.js'
import { OpenFrame } from './open-frame.js'
import type { Into, ParserHost } from './parser.js'
import { COMPRESSED_HEADER, MAX_PAYLOAD, PLAIN_HEADER, payloadCrc, readSegmentHeader, type SegmentHeader, TRAILER } from './segment.js'

export class SegmentParser {
  private open: OpenFrame | undefined
  private seeking = false
  private skipped = 0

  constructor(
    private readonly fromServer: boolean,
    private readonly compressed: boolean,
    private readonly host: ParserHost,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    const size = this.compressed ? COMPRESSED_HEADER : PLAIN_HEADER
    if (end - pos < size) {
      cur.want = size
      return 'need-more'
    }
    const header = readSegmentHeader(buf, pos, end, this.compressed)
    if (!header) {
      if (!this.seeking) {
        this.host.anomaly('cassandra.segment-header')
        this.hole(into)
        this.seeking = true
      }
      return this.skip(cur, size)
    }
    const payload = pos + header.size
    const total = header.size + header.length + TRAILER
    if (end - pos < total) {
      cur.want = total
      return 'need-more'
    }
    const bytes = buf.subarray(payload, payload + header.length)
    if (payloadCrc(bytes) !== buf.readUInt32LE(payload + header.length)) {
      // A header found while seeking is one by chance once in sixteen million; the payload decides.
      if (this.seeking) return this.skip(cur, size, 1)
      this.host.anomaly('cassandra.segment-checksum')
      cur.pos = pos + total
      this.hole(into)
      return 'message'
    }
    if (this.seeking) {
      this.seeking = false
      this.host.anomaly('cassandra.resync', `${this.skipped} bytes passed over`)
      this.skipped = 0
    }
    cur.pos = pos + total
    const plain = header.uncompressed === 0 ? bytes : decompress('lz4', bytes, MAX_PAYLOAD, header.uncompressed)
    if (!plain) {
      this.host.anomaly('cassandra.decompress', 'a segment')
      this.hole(into)
    } else this.payload(plain, header, into)
    return 'message'
  }

  /** To the next place where a header's CRC is right. */
  private skip(cur: Cursor, size: number, from = 0): Verdict {
    const { buf, pos, end } = cur
    let at = pos + from
    while (at + size <= end && !readSegmentHeader(buf, at, end, this.compressed)) at++
    if (at === pos) return 'need-more'
    this.skipped += at - pos
    cur.pos = at
    return 'message'
  }

  private payload(bytes: Buffer, segment: Pick<SegmentHeader, 'selfContained'>, into: Into): void {
    if (!segment.selfContained) {
      this.part(bytes, into)
      return
    }
    if (this.open) this.finish(into)
    let at = 0
    while (at < bytes.length) {
      const header = readHeader(bytes, at, bytes.length, this.fromServer)
      if (!header || header === 'short') {
        this.host.anomaly('cassandra.envelope')
        this.hole(into)
        return
      }
      const from = at + header.size
      const to = from + header.length
      if (to > bytes.length) this.host.anomaly('cassandra.envelope')
      const frame = new Frame(header, bytes.subarray(from, Math.min(to, bytes.length)))
      frame.missing = Math.max(0, to - bytes.length)
      frame.segmented = true
      into(frame)
      at = to
    }
  }

  /** A piece of a frame that is longer than a segment. */
  private part(bytes: Buffer, into: Into): void {
    let at = 0
    if (!this.open) {
      const header = readHeader(bytes, 0, bytes.length, this.fromServer)
      if (!header || header === 'short') {
        // The middle of a frame whose start was lost.
        this.hole(into)
        return
      }
      this.open = new OpenFrame(header, this.host, true)
      at = header.size
    }
    const take = Math.min(bytes.length - at, this.open.left)
    this.open.take(bytes, at, at + take)
    if (this.open.left === 0) this.finish(into)
    else into(PIECE)
  }

  private finish(into: Into): void {
    const frame = this.open!.finish()
    this.open = undefined
    into(frame)
  }

  /** Bytes of this side are gone: a frame that spans segments can no longer be followed. */
  private hole(into: Into): void {
    if (this.open) {
      this.open.lose(this.open.left)
      this.finish(into)
    }
    into(HOLE)
  }

  gap(into: Into): void {
    this.hole(into)
    this.seeking = true
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    const { buf, pos, end } = held
    const header = this.seeking ? undefined : readSegmentHeader(buf, pos, end, this.compressed)
    // What came of the last segment: without its checksum, and only where it is not compressed.
    if (header && header.uncompressed === 0 && end - pos > header.size) {
      held.pos = end
      const bytes = buf.subarray(pos + header.size, Math.min(end, pos + header.size + header.length))
      if (header.selfContained) this.tail(bytes, into)
      else this.part(bytes, into)
    }
    if (this.open) this.finish(into)
  }

  private tail(bytes: Buffer, into: Into): void {
    let at = 0
    while (at < bytes.length) {
      const header = readHeader(bytes, at, bytes.length, this.fromServer)
      if (!header || header === 'short') return
      const from = at + header.size
      const frame = new Frame(header, bytes.subarray(from, Math.min(from + header.length, bytes.length)))
      frame.missing = Math.max(0, from + header.length - bytes.length)
      frame.segmented = true
      into(frame)
      at = from + header.length
    }
  }
}
