/** Is this TLS? By the head of a record and what stands in it, or by one record behind another; never by the port alone. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { isHandshake } from './handshake.js'
import { DTLS_HEADER, isDtlsHeader, isHeader, isHeaderPart, ssl2HelloLength } from './records.js'

/** An encrypted Finished: 16 to 64 bytes and what CBC adds. */
const MAX_FINISHED = 160

/** What one side's bytes say. `turned` = they are what the other side would send. */
type Grade = 'absent' | 'no' | 'turned' | 'maybe' | 'yes'

export function probe(look: Look): Likeness {
  const grade = look.transport === 'udp' ? gradeDatagram : gradeStream
  const client = grade(look.client, true)
  const server = grade(look.server, false)
  if (client === 'no' || client === 'turned' || server === 'no' || server === 'turned') return 'no'
  if (client === 'yes' || server === 'yes') return 'yes'
  // Two heads of records, one from either side, are no chance.
  if (client === 'maybe' && server === 'maybe' && look.client.left > 5 && look.server.left > 5) return 'yes'
  return client === 'maybe' || server === 'maybe' ? 'maybe' : 'no'
}

function gradeStream(cur: Cursor, isClient: boolean): Grade {
  const { buf, pos, end } = cur
  if (pos === end) return 'absent'
  if (isHeaderPart(buf, pos, end)) return gradeRecord(buf, pos, end, isClient)
  if ((buf[pos]! & 0x80) === 0) return 'no'
  if (!isClient) return gradeSsl2Server(buf, pos, end)
  if (end - pos >= 11) return ssl2HelloLength(buf, pos, end) > 0 ? 'yes' : 'no'
  return end - pos < 3 || buf[pos + 2] === 1 ? 'maybe' : 'no'
}

/** SERVER-HELLO of SSL 2.0: type 4, session hit, certificate type, version 2; the client's hello is what makes it sure. */
function gradeSsl2Server(buf: Buffer, pos: number, end: number): Grade {
  if (end - pos < 7) return end - pos < 3 || buf[pos + 2] === 4 ? 'maybe' : 'no'
  return buf[pos + 2] === 4 && buf[pos + 3]! <= 1 && buf[pos + 5] === 0 && buf[pos + 6] === 2 ? 'maybe' : 'no'
}

function gradeRecord(buf: Buffer, pos: number, end: number, isClient: boolean): Grade {
  if (end - pos < 6) return 'maybe'
  const type = buf[pos]!
  const length = (buf[pos + 3]! << 8) | buf[pos + 4]!
  // A record of handshake begins with a message that exists, or it is encrypted and then short.
  if (
    type === 22 &&
    length > MAX_FINISHED &&
    (end - pos >= 9 ? !isHandshake(buf[pos + 5]!, buf.readUIntBE(pos + 6, 3)) : buf[pos + 5]! > 25)
  )
    return 'no'
  if (type === 22 && end - pos >= 11) {
    const message = buf[pos + 5]!
    const size = buf.readUIntBE(pos + 6, 3)
    const hello = buf[pos + 9] === 3 && buf[pos + 10]! <= 4 && size >= 38 && size < 65536
    if (message === 1 && hello) return isClient ? 'yes' : 'turned'
    // Drafts of TLS 1.3 had 0x7f here.
    if (message === 2 && (hello || buf[pos + 9] === 0x7f)) return isClient ? 'turned' : 'yes'
    const whole = isHandshake(message, size) && size + 4 <= length
    if (whole && sentBy(message) === (isClient ? 'server' : 'client')) return 'turned'
    if (whole && (message === 11 || message === 16 || message === 12) && size > 0) return 'yes'
  }
  if (type === 21 && length === 2) {
    if (end - pos < 7) return 'maybe'
    return (buf[pos + 5] === 1 || buf[pos + 5] === 2) && buf[pos + 6]! <= 121 ? 'yes' : 'no'
  }
  if (type === 20 && (length !== 1 || buf[pos + 5] !== 1)) return 'no'
  // The middle of a connection: one record ends where the next begins.
  const next = pos + 5 + length
  if (next >= end) return 'maybe'
  return isHeaderPart(buf, next, end) ? (end - next >= 5 && isHeader(buf, next) ? 'yes' : 'maybe') : 'no'
}

/** Messages that only one side sends, RFC 5246 §7.4, RFC 6347 §4.2.2: a capture may begin with any of them. */
function sentBy(message: number): 'client' | 'server' | undefined {
  // ClientHello, ClientKeyExchange.
  if (message === 1 || message === 16) return 'client'
  // ServerHello, HelloVerifyRequest, NewSessionTicket, ServerKeyExchange, CertificateRequest, ServerHelloDone, CertificateStatus.
  return message === 2 || message === 3 || message === 4 || (message >= 12 && message <= 14) || message === 22 ? 'server' : undefined
}

/** Every record of the datagram, up to its end. */
function gradeDatagram(cur: Cursor, isClient: boolean): Grade {
  const { buf, pos, end } = cur
  if (pos === end) return 'absent'
  for (let at = pos; at < end; ) {
    if (end - at < DTLS_HEADER || !isDtlsHeader(buf, at)) return 'no'
    const length = buf.readUInt16BE(at + 11)
    if (at + DTLS_HEADER + length > end + cur.cut) return 'no'
    if (at === pos && buf[at] === 22 && buf.readUInt16BE(at + 3) === 0) {
      const message = at + DTLS_HEADER
      if (end - message < 12) return 'no'
      const size = buf.readUIntBE(message + 1, 3)
      if (!isHandshake(buf[message]!, size) || buf.readUIntBE(message + 6, 3) + buf.readUIntBE(message + 9, 3) > size) return 'no'
      if (sentBy(buf[message]!) === (isClient ? 'server' : 'client')) return 'turned'
    }
    at += DTLS_HEADER + length
  }
  return 'yes'
}
