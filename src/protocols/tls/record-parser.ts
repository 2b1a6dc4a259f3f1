/**
 * One direction of TLS over TCP: records (RFC 8446 §5.1). Records in the clear are read whole, at most 16 KB; encrypted ones are
 * passed over by their length, as the segments come, and nothing of them is kept.
 *
 *   begin   SSL 2.0 or a record                          -> records, ssl2
 *   records header, content                              -> lost after a gap or a header that is none
 *   lost    look for the next header                     -> records
 *   ssl2    SSL 2.0 records, two or three header bytes
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { Assembly } from './assembly.js'
import { is13, SSL2 } from './code-names.js'
import type { ReadCertificate } from './handshake.js'
import { readSsl2Hello } from './hello.js'
import { RecordType, type Talk, type TlsEvent, type TlsMessage, type Traffic } from './messages.js'
import { isHeader, isHeaderPart, ssl2HelloLength } from './records.js'
import { readSsl2 } from './ssl2.js'

/** Bytes without any header before this side is given up; a record is at most 18 KB. */
const MAX_LOST = 262_144

/** Padding differs from message to message, by up to a block and a hash. */
const MAX_HEARTBEAT_GROWTH = 128

type Into = (message: TlsMessage) => void
export interface Services {
  readonly certificate: ReadCertificate
  readonly hold: (bytes: number) => boolean
  readonly anomaly: (code: string, detail?: string) => void
  /** Bytes that cannot be read by anybody without keys. */
  readonly opaque: (bytes: number) => void
}

export class RecordParser implements Parser<TlsMessage> {
  private mode: 'begin' | 'records' | 'lost' | 'ssl2' = 'begin'
  /** Content of an encrypted record that is still to come. */
  private skip = 0
  private skipCounts = false
  /** This side changed over to encryption (before TLS 1.3, where the message means nothing). */
  private ciphered = false
  private generation = 0
  private searched = 0
  private broken = 0
  private readonly assembly: Assembly
  private readonly traffic: Traffic

  constructor(
    private readonly isClient: boolean,
    private readonly talk: Talk,
    private readonly services: Services,
  ) {
    this.traffic = isClient ? talk.client : talk.server
    this.assembly = new Assembly(services.certificate, services.hold, (bytes) => services.anomaly('tls.handshake-size', `${bytes} bytes`))
  }

  next(cur: Cursor, into: Into): Verdict {
    const from = cur.pos
    for (;;) {
      if (this.skip > 0) this.pass(cur, Math.min(this.skip, cur.left))
      if (this.mode !== 'records') {
        if (cur.left === 0) return cur.pos > from ? 'message' : 'need-more'
        if (this.mode === 'begin' && !this.begin(cur)) return this.wait(cur, from, 5)
        if (this.mode === 'lost') {
          if (this.searched > MAX_LOST && cur.pos === from) return 'malformed'
          if (!this.search(cur)) {
            return cur.pos > from ? 'message' : 'need-more'
          }
        }
        if ((this.mode as string) === 'ssl2') return this.ssl2(cur, from, into)
      }
      if (cur.left < 5) return this.wait(cur, from, 5)
      const { buf, pos, end } = cur
      if (!isHeader(buf, pos)) {
        this.stumble()
        continue
      }
      const type = buf[pos]!
      const length = (buf[pos + 3]! << 8) | buf[pos + 4]!
      if (type === RecordType.Application) {
        const told = this.talk.tells(this.traffic)
        if (told && pos > from) return 'message'
        this.header(cur)
        this.seal(length, true)
        if (!told) continue
        this.traffic.told++
        into([{ kind: 'sealed', type, length }])
        return 'message'
      }
      // A message of its own: what was passed over before it must not count as its bytes.
      if (pos > from) return 'message'
      if (type === RecordType.Handshake || type === RecordType.Heartbeat) {
        if (end - pos < Math.min(5 + length, 14)) return this.wait(cur, from, Math.min(5 + length, 14))
        if (this.isSealed(buf, pos, type, length)) return this.sealed(cur, type, length, into)
      } else if (type === RecordType.Alert ? length !== 2 : length !== 1) return this.sealed(cur, type, length, into)
      if (end - pos < 5 + length) return this.wait(cur, from, 5 + length)
      return this.clear(cur, type, length, into)
    }
  }

  gap(bytes: number): 'resync' | 'stop' {
    const inside = Math.min(bytes, this.skip)
    this.skip -= inside
    // It ends inside the record, or with it: nothing is in doubt.
    if (inside === bytes && this.mode === 'records') return 'resync'
    this.assembly.drop()
    if (this.mode === 'ssl2') return 'stop'
    this.mode = 'lost'
    this.searched = 0
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    const { buf, pos, end } = held
    const events: TlsEvent[] = []
    // The record's end is missing: what is there of a hello is better than nothing.
    if ((this.mode === 'records' || this.mode === 'begin') && end - pos > 9 && isHeader(buf, pos) && buf[pos] === RecordType.Handshake) {
      if (!this.isSealed(buf, pos, RecordType.Handshake, (buf[pos + 3]! << 8) | buf[pos + 4]!)) {
        this.assembly.take(buf, pos + 5, end, events)
        this.count(end - pos)
        held.pos = end
      }
    }
    this.assembly.rest(events)
    if (events.length > 0) into(events)
  }

  private begin(cur: Cursor): boolean {
    const { buf, pos } = cur
    if (cur.left < 3) return false
    if (isHeaderPart(buf, pos, cur.end)) {
      this.mode = 'records'
      return true
    }
    // A server answers in the old format only when it chose the old version.
    if (this.isClient ? cur.left < 11 : cur.left < 5) return (buf[pos]! & 0x80) === 0 && this.stray()
    if (this.isClient ? ssl2HelloLength(buf, pos, cur.end) > 0 : (buf[pos]! & 0x80) !== 0 && buf[pos + 2] === 4) this.mode = 'ssl2'
    else this.stray()
    return true
  }

  /** Begun in the middle of a record. */
  private stray(): boolean {
    this.mode = 'lost'
    return true
  }

  private wait(cur: Cursor, from: number, want: number): Verdict {
    if (cur.pos > from) return 'message'
    cur.want = want
    return 'need-more'
  }

  private count(bytes: number): void {
    this.traffic.bytes += bytes
  }

  private header(cur: Cursor): void {
    this.traffic.records++
    this.count(5)
    cur.pos += 5
  }

  private seal(length: number, counts: boolean): void {
    this.skip = length
    this.skipCounts = counts
    if (counts) this.traffic.lastSealed = length
  }

  private pass(cur: Cursor, bytes: number): void {
    cur.pos += bytes
    this.skip -= bytes
    this.count(bytes)
    if (this.skipCounts) this.traffic.application += bytes
    this.services.opaque(bytes)
  }

  private sealed(cur: Cursor, type: number, length: number, into: Into): Verdict {
    this.header(cur)
    this.seal(length, false)
    if (type === RecordType.Heartbeat) this.encryptedHeartbeat(length)
    // Behind encryption alerts and changes of keys are few, and each is news.
    if (type === RecordType.Alert || type === RecordType.ChangeCipherSpec || this.talk.tells(this.traffic)) {
      this.traffic.told++
      into([{ kind: 'sealed', type, length }])
    }
    return 'message'
  }

  /**
   * A handshake record behind ChangeCipherSpec is encrypted; but TLS 1.3 sends that message for show, and says hello once more
   * in the clear behind it. So does a client that begins anew.
   */
  private isSealed(buf: Buffer, pos: number, type: number, length: number): boolean {
    if (this.generation !== this.talk.generation) {
      this.generation = this.talk.generation
      this.ciphered = false
    }
    if (type === RecordType.Heartbeat) return this.ciphered || length < 3
    if (!this.ciphered) return false
    if (length < 42 || buf[pos + 6] !== 0 || buf[pos + 9] !== 3 || buf[pos + 5] !== (this.isClient ? 1 : 2)) return true
    return buf.readUIntBE(pos + 6, 3) + 4 > length
  }

  private clear(cur: Cursor, type: number, length: number, into: Into): Verdict {
    const { buf, pos } = cur
    const start = pos + 5
    const end = start + length
    this.header(cur)
    this.count(length)
    cur.pos = end
    const events: TlsEvent[] = []
    if (type === RecordType.Handshake) {
      if (!this.assembly.take(buf, start, end, events)) {
        // Encrypted though ChangeCipherSpec was not seen, or the middle of a message whose beginning was lost.
        this.assembly.drop()
        this.services.opaque(length)
        if (this.talk.tells(this.traffic)) events.push({ kind: 'sealed', type, length })
        this.traffic.told++
      } else if (events.length === 0) events.push(PART)
    } else if (type === RecordType.Alert) events.push({ kind: 'alert', level: buf[start]!, code: buf[start + 1]! })
    else if (type === RecordType.ChangeCipherSpec) {
      this.assembly.drop()
      this.ciphered = !is13(this.talk.version)
      events.push(CHANGED)
    } else this.heartbeat(buf, start, length)
    if (events.length > 0) into(events)
    return 'message'
  }

  /** RFC 6520 §4. A request whose payload is said to be longer than the record reads the other side's memory (CVE-2014-0160). */
  private heartbeat(buf: Buffer, start: number, length: number): void {
    this.traffic.heartbeats++
    const payload = buf.readUInt16BE(start + 1)
    if (buf[start] === 1 && payload + 3 > length) this.services.anomaly('tls.heartbleed', `${payload} bytes asked of ${length}`)
  }

  /** The answer repeats the request: one that is much longer brought something along. */
  private encryptedHeartbeat(length: number): void {
    this.traffic.heartbeats++
    this.traffic.lastHeartbeat = length
    const asked = this.talk.client.lastHeartbeat
    if (!this.isClient && asked > 0 && length > asked + MAX_HEARTBEAT_GROWTH)
      this.services.anomaly('tls.heartbleed', `${length} bytes answer ${asked}`)
  }

  /** What stands here is no header. */
  private stumble(): void {
    if (this.broken++ === 0) this.services.anomaly('tls.record-malformed', this.isClient ? 'from the client' : 'from the server')
    this.assembly.drop()
    this.mode = 'lost'
    this.searched = 0
  }

  /** Moves to the next place that looks like a record. */
  private search(cur: Cursor): boolean {
    const { buf, end } = cur
    const from = cur.pos
    for (let at = from; at + 5 <= end; at++) {
      if (buf[at + 1] !== 3 || !isHeader(buf, at)) continue
      const next = at + 5 + ((buf[at + 3]! << 8) | buf[at + 4]!)
      if (next > end ? buf[at] !== RecordType.Application : next < end && !isHeaderPart(buf, next, end)) continue
      this.leave(cur, at)
      this.mode = 'records'
      return true
    }
    this.leave(cur, Math.max(from, end - 4))
    return false
  }

  private leave(cur: Cursor, at: number): void {
    const bytes = at - cur.pos
    cur.pos = at
    this.searched += bytes
    this.count(bytes)
    this.services.opaque(bytes)
  }

  private ssl2(cur: Cursor, from: number, into: Into): Verdict {
    if (cur.pos > from) return 'message'
    const { buf, pos, end } = cur
    if (end - pos < 3) return this.wait(cur, from, 3)
    const wide = (buf[pos]! & 0x80) !== 0
    const length = wide ? ((buf[pos]! & 0x7f) << 8) | buf[pos + 1]! : ((buf[pos]! & 0x3f) << 8) | buf[pos + 1]!
    const start = pos + (wide ? 2 : 3)
    if (this.talk.ssl2 && this.talk.settled) {
      cur.pos = start
      this.count(start - pos)
      this.seal(length, true)
      return 'message'
    }
    if (end < start + length) return this.wait(cur, from, start + length - pos)
    this.count(start + length - pos)
    this.traffic.records++
    cur.pos = start + length
    if (this.isClient && buf[start] === 1 && !this.talk.ssl2) {
      const hello = readSsl2Hello(buf, start + 1, start + length)
      // Anything newer goes on in records.
      this.mode = hello.version > SSL2 ? 'begin' : 'ssl2'
      into([{ kind: 'client-hello', hello }])
    } else into([readSsl2(buf, start, start + length, this.services.certificate, this.talk)])
    return 'message'
  }
}

const PART: TlsEvent = { kind: 'part' }
const CHANGED: TlsEvent = { kind: 'change-cipher-spec' }
