/**
 * One direction of a TNS connection: bytes in, packets out. Each side tells by its own bytes how long its lengths are.
 *
 * A packet that lies whole in front of us is handed on in place. One that does not is taken as it comes, so that a loss inside it
 * costs that packet and nothing behind it.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { HOLE, type OracleMessage, Packet, PIECE } from './messages.js'
import { Tns } from './names.js'
import { gradePacket, HEADER, type Header, readHeader } from './packet.js'

export type Into = (message: OracleMessage) => void
export interface ParserHost {
  anomaly(code: string, detail?: string): void
  hold(bytes: number): boolean
}

/** Bytes of one packet that are kept: the usual unit is 8 KiB, the largest 2 MiB. */
const MAX_KEPT = 262_144
/** Bytes that a header and the first bytes of its body need to be judged. */
const JUDGED = 36
/** Pieces of a packet before they are joined. */
const MAX_PIECES = 1024

export class TnsParser implements Parser<OracleMessage> {
  private wide = false
  private open: OpenPacket | undefined
  /** We are not at a packet's start, and look for one. */
  private seeking = false
  /** Nothing was read before: a capture may begin inside a packet. */
  private first = true
  private skipped = 0

  constructor(private readonly host: ParserHost) {}

  next(cur: Cursor, into: Into): Verdict {
    if (cur.left === 0) return 'need-more'
    if (this.open) return this.more(cur, into)
    if (this.seeking) return this.seek(cur, into)
    const { buf, pos, end } = cur
    const header = readHeader(buf, pos, end, this.wide)
    if (header === 'short') {
      cur.want = HEADER
      return 'need-more'
    }
    const judged = header && this.first ? Math.min(header.length, JUDGED) : 0
    if (end - pos < judged) {
      cur.want = judged
      return 'need-more'
    }
    if (!header || (this.first && gradePacket(buf, pos, end, this.wide) === 'no')) {
      this.seeking = true
      return this.seek(cur, into)
    }
    this.first = false
    return this.packet(cur, header, into)
  }

  private packet(cur: Cursor, header: Header, into: Into): Verdict {
    const { buf, pos, end } = cur
    // The answer to a connect has 16 bits whatever follows; a side that is wide stays so.
    this.wide ||= header.wide
    if (end - pos >= header.length) {
      const body = pos + HEADER
      const stop = pos + header.length
      const kept = Math.min(stop, body + MAX_KEPT)
      cur.pos = stop
      into(new Packet(header, buf.subarray(body, kept), stop - kept, 0, 0))
      return 'message'
    }
    cur.pos = pos + HEADER
    this.open = new OpenPacket(header, this.host)
    return this.more(cur, into)
  }

  private more(cur: Cursor, into: Into): Verdict {
    const open = this.open!
    const take = Math.min(cur.left, open.awaited)
    open.take(cur.buf, cur.pos, cur.pos + take)
    cur.pos += take
    if (open.awaited > 0) into(PIECE)
    else this.finish(into)
    return 'message'
  }

  private finish(into: Into): void {
    const packet = this.open!.finish()
    this.open = undefined
    into(packet)
  }

  gap(bytes: number, into: Into): 'resync' {
    const open = this.open
    if (open) {
      const inside = Math.min(bytes, open.awaited)
      open.lose(inside)
      if (open.awaited === 0) this.finish(into)
      if (inside === bytes) return 'resync'
    }
    into(HOLE)
    this.first = false
    this.seeking = true
    return 'resync'
  }

  close(_held: Cursor, _why: EndReason, into: Into): void {
    if (this.open) this.finish(into)
  }

  /** Look for the next packet. Only kinds whose bodies can be judged count. */
  private seek(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    let at = pos
    for (; at < end; at++) {
      // The type stands at the same place in both kinds of header.
      const type = at + 4 < end ? buf[at + 4]! : Tns.DATA
      if (type === 0 || type > Tns.DESCRIPTOR) continue
      if (end - at < JUDGED && !this.whole(buf, at, end)) {
        if (end - at >= HEADER && gradePacket(buf, at, end, this.wide) === 'no') continue
        break
      }
      const grade = gradePacket(buf, at, end, this.wide)
      if (grade === 'strong' || (grade === 'weak' && this.chained(buf, at, end))) {
        if (at > pos) break
        this.seeking = false
        this.first = false
        if (this.skipped > 0) this.host.anomaly('oracle.resync', `${this.skipped} bytes passed over`)
        this.skipped = 0
        return this.packet(cur, readHeader(buf, at, end, this.wide) as Header, into)
      }
    }
    if (at === pos) return 'need-more'
    if (this.skipped === 0) into(HOLE)
    this.skipped += at - pos
    cur.pos = at
    return 'message'
  }

  private whole(buf: Buffer, at: number, end: number): boolean {
    const header = readHeader(buf, at, end, this.wide)
    return header !== undefined && header !== 'short' && end - at >= header.length
  }

  /** Another packet follows this one, or it ends where the bytes end, or goes on beyond them with a kind that fits. */
  private chained(buf: Buffer, at: number, end: number): boolean {
    const header = readHeader(buf, at, end, this.wide) as Header
    const next = at + header.length
    if (next >= end) return header.checksum === 0 && header.headerChecksum === 0 && header.length > HEADER
    const grade = gradePacket(buf, next, end, this.wide)
    return grade !== 'no'
  }
}

/** A packet whose end is still to come. */
class OpenPacket {
  private parts: Buffer[] = []
  private kept = 0
  private asked = 0
  private over = 0
  private lost = 0
  awaited: number

  constructor(
    private readonly header: Header,
    private readonly host: ParserHost,
  ) {
    this.awaited = header.length - HEADER
  }

  take(buf: Buffer, from: number, to: number): void {
    this.awaited -= to - from
    // What follows a loss cannot be read in its place.
    const room = this.lost > 0 ? 0 : Math.min(to - from, MAX_KEPT - this.kept)
    if (room > 0 && this.host.hold(room)) {
      this.asked += room
      if (this.parts.length >= MAX_PIECES) this.parts = [Buffer.concat(this.parts)]
      this.parts.push(Buffer.from(buf.subarray(from, from + room)))
      this.kept += room
      this.over += to - from - room
    } else this.over += to - from
  }

  lose(bytes: number): void {
    this.awaited -= bytes
    this.lost += bytes
  }

  finish(): Packet {
    this.host.hold(-this.asked)
    const body = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts)
    return new Packet(this.header, body, this.over, this.lost, this.awaited)
  }
}
