/**
 * One direction of DTLS (RFC 6347, RFC 9147): records in datagrams, handshake messages in fragments that may come twice, late or in
 * any order. What a datagram holds is told at once.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { Parser, Verdict } from '../protocol.js'
import { DTLS13 } from './code-names.js'
import { isHandshake, type ReadCertificate, readHandshake } from './handshake.js'
import { RecordType, type Talk, type TlsEvent, type TlsMessage, type Traffic } from './messages.js'
import type { Services } from './record-parser.js'
import { DTLS_HEADER, isDtlsHeader } from './records.js'

/** Longest message put together from fragments. */
const MAX_MESSAGE = 65536
/** Messages being put together at a time; a flight has six. */
const MAX_OPEN = 16
/** Fragments of one message, so that one-byte pieces cannot keep us busy. */
const MAX_FRAGMENTS = 512
/** Header of a handshake message: type, length, sequence number, fragment's offset and length. */
const HEADER = 12

interface Pieces {
  readonly type: number
  readonly bytes: Buffer
  /** Ranges that are there, sorted, flat. */
  readonly have: number[]
  fragments: number
}

export class DatagramParser implements Parser<TlsMessage> {
  private readonly open = new Map<number, Pieces>()
  /** Sequence numbers below it were told; retransmissions come below it. */
  private readonly told = new Set<number>()
  private generation = 0
  private readonly traffic: Traffic

  constructor(
    private readonly isClient: boolean,
    private readonly talk: Talk,
    private readonly services: Services,
  ) {
    this.traffic = isClient ? talk.client : talk.server
  }

  next(cur: Cursor, into: (message: TlsMessage) => void): Verdict {
    const { buf } = cur
    const events: TlsEvent[] = []
    let known = false
    while (cur.left > 0) {
      if ((buf[cur.pos]! & 0xe0) === 0x20 && this.talk.version === DTLS13) {
        // RFC 9147 §4: an encrypted record; its header is encrypted in part, so the rest of the datagram is taken as one.
        this.sealed(cur.left, RecordType.Application, events)
        cur.pos = cur.end
        known = true
        break
      }
      if (cur.left < DTLS_HEADER || !isDtlsHeader(buf, cur.pos)) break
      const type = buf[cur.pos]!
      const epoch = buf.readUInt16BE(cur.pos + 3)
      const length = buf.readUInt16BE(cur.pos + 11)
      const start = cur.pos + DTLS_HEADER
      const end = start + length
      // The last record may be cut by the capture's snaplen.
      if (end > cur.end + cur.cut) break
      known = true
      this.traffic.records++
      this.traffic.bytes += DTLS_HEADER
      const there = Math.min(end, cur.end)
      cur.pos = there
      if (epoch > 0) this.sealed(there - start, type, events, length)
      else this.clear(type, buf, start, there, events)
    }
    if (!known) return 'malformed'
    if (events.length > 0) into(events)
    return 'message'
  }

  private sealed(bytes: number, type: number, events: TlsEvent[], length = bytes): void {
    this.traffic.bytes += bytes
    this.services.opaque(bytes)
    if (type === RecordType.Application) {
      this.traffic.application += bytes
      this.traffic.lastSealed = length
    } else if (type === RecordType.Heartbeat) this.traffic.heartbeats++
    if (type !== RecordType.Alert && !this.talk.tells(this.traffic)) return
    this.traffic.told++
    events.push({ kind: 'sealed', type, length })
  }

  private clear(type: number, buf: Buffer, start: number, end: number, events: TlsEvent[]): void {
    this.traffic.bytes += end - start
    if (type === RecordType.ChangeCipherSpec) events.push({ kind: 'change-cipher-spec' })
    else if (type === RecordType.Alert) {
      if (end - start >= 2) events.push({ kind: 'alert', level: buf[start]!, code: buf[start + 1]! })
    } else if (type === RecordType.Handshake) {
      for (let at = start; at + HEADER <= end; ) {
        const next = this.fragment(buf, at, end, events)
        if (next < 0) return
        at = next
      }
    } else if (type === RecordType.Heartbeat) {
      this.traffic.heartbeats++
      const payload = end - start >= 3 ? buf.readUInt16BE(start + 1) : 0
      if (buf[start] === 1 && payload + 3 > end - start) this.services.anomaly('tls.heartbleed', `${payload} bytes asked of ${end - start}`)
    }
  }

  /** Answers where the next message begins, -1 when this is none. */
  private fragment(buf: Buffer, at: number, end: number, events: TlsEvent[]): number {
    const type = buf[at]!
    const length = buf.readUIntBE(at + 1, 3)
    const sequence = buf.readUInt16BE(at + 4)
    const offset = buf.readUIntBE(at + 6, 3)
    const size = buf.readUIntBE(at + 9, 3)
    const from = at + HEADER
    if (!isHandshake(type, length) || offset + size > length || from + size > end) return -1
    this.renew(type, buf, from, size)
    if (this.told.has(sequence)) return from + size
    if (offset === 0 && size === length) {
      this.tell(sequence, type, buf, from, from + size, events)
      return from + size
    }
    const pieces = this.piecesOf(sequence, type, length)
    if (!pieces) return from + size
    if (++pieces.fragments <= MAX_FRAGMENTS && pieces.type === type && pieces.bytes.length === length) {
      buf.copy(pieces.bytes, offset, from, from + size)
      if (cover(pieces.have, offset, offset + size) >= length) {
        this.tell(sequence, type, pieces.bytes, 0, length, events)
        return from + size
      }
    }
    events.push({ kind: 'part' })
    return from + size
  }

  private piecesOf(sequence: number, type: number, length: number): Pieces | undefined {
    const known = this.open.get(sequence)
    if (known) return known
    if (length > MAX_MESSAGE || this.open.size >= MAX_OPEN || !this.services.hold(length)) {
      if (length > MAX_MESSAGE) this.services.anomaly('tls.handshake-size', `${length} bytes`)
      return undefined
    }
    const pieces: Pieces = { type, bytes: Buffer.alloc(length), have: [], fragments: 0 }
    this.open.set(sequence, pieces)
    return pieces
  }

  private tell(sequence: number, type: number, buf: Buffer, start: number, end: number, events: TlsEvent[]): void {
    const pieces = this.open.get(sequence)
    if (pieces) {
      this.services.hold(-pieces.bytes.length)
      this.open.delete(sequence)
    }
    // Two handshakes of ten messages fit; who counts further gets them told again.
    if (this.told.size >= 64) this.told.clear()
    this.told.add(sequence)
    events.push(readHandshake(type, buf, start, end, true, this.services.certificate as ReadCertificate))
  }

  /** A hello with another random, once a handshake is over, begins a new one that counts from 0 again. */
  private renew(type: number, buf: Buffer, from: number, size: number): void {
    if (this.isClient && type === 1 && this.talk.settled && size >= 34 && buf.toString('hex', from + 2, from + 34) !== this.talk.random)
      this.forget()
    if (this.generation !== this.talk.generation) {
      this.generation = this.talk.generation
      if (!this.isClient) this.forget()
    }
  }

  private forget(): void {
    for (const pieces of this.open.values()) this.services.hold(-pieces.bytes.length)
    this.open.clear()
    this.told.clear()
  }
}

/** Adds a range to the sorted ones; answers how many bytes they cover without a hole from 0. */
function cover(have: number[], from: number, to: number): number {
  let at = 0
  while (at < have.length && have[at + 1]! < from) at += 2
  let until = at
  while (until < have.length && have[until]! <= to) {
    from = Math.min(from, have[until]!)
    to = Math.max(to, have[until + 1]!)
    until += 2
  }
  have.splice(at, until - at, from, to)
  return have[0] === 0 ? have[1]! : 0
}
