/** Handshake messages (RFC 5246 §7.4) from their bodies, whether those came in one record or in many. */
import type { Certificate } from './certificate.js'
import { readClientHello, readServerHello } from './hello.js'
import type { TlsEvent } from './messages.js'

/** Certificates read of one message; chains have two to five. */
const MAX_CERTIFICATES = 16
/** Bytes of one certificate; the largest in use have 30 KB of names. */
const MAX_CERTIFICATE = 65536

export const HandshakeType = {
  HelloRequest: 0,
  ClientHello: 1,
  ServerHello: 2,
  VerifyRequest: 3,
  NewTicket: 4,
  Retry: 6,
  Certificate: 11,
  ServerKeyExchange: 12,
  CertificateRequest: 13,
  HelloDone: 14,
  CertificateVerify: 15,
  CertificateStatus: 22,
} as const

/** Those that may stand in the clear, and longest lengths where the format sets one. */
const KNOWN: Readonly<Record<number, number>> = {
  0: 0,
  1: 0xffffff,
  2: 0xffff,
  3: 258,
  4: 0xffff + 6,
  5: 0,
  6: 0xffff,
  8: 0xffff,
  11: 0xffffff,
  12: 0xffff,
  13: 0x3ffff,
  14: 0,
  15: 0xffff + 4,
  16: 0xffff,
  20: 64,
  21: 0xffff,
  22: 0xffffff,
  23: 0xffff,
  25: 0xffffff,
  67: 514,
}

/** A message of that type and length can stand in the clear. */
export const isHandshake = (type: number, length: number): boolean => length <= (KNOWN[type] ?? -1)

export type ReadCertificate = (der: Buffer) => Certificate

const PART: TlsEvent = { kind: 'part' }

/** @param whole false for a hello whose end was not captured: what is there is told */
export function readHandshake(
  type: number,
  buf: Buffer,
  start: number,
  end: number,
  dtls: boolean,
  certificate: ReadCertificate,
): TlsEvent {
  switch (type) {
    case HandshakeType.HelloRequest:
      return { kind: 'hello-request' }
    case HandshakeType.ClientHello:
      return { kind: 'client-hello', hello: readClientHello(buf, start, end, dtls) }
    case HandshakeType.ServerHello:
      return { kind: 'server-hello', hello: readServerHello(buf, start, end) }
    case HandshakeType.VerifyRequest:
      return { kind: 'verify-request' }
    case HandshakeType.NewTicket:
      return { kind: 'new-ticket' }
    case HandshakeType.Certificate:
      return readCertificates(buf, start, end, certificate)
    case HandshakeType.ServerKeyExchange:
      // ECCurveType named_curve, then the curve (RFC 8422 §5.4). Other exchanges begin with a length, whose first byte is 0 to 2.
      return { kind: 'key-exchange', group: end - start > 4 && buf[start] === 3 ? buf.readUInt16BE(start + 1) : undefined }
    case HandshakeType.CertificateRequest:
      return { kind: 'certificate-request' }
    case HandshakeType.HelloDone:
      return { kind: 'hello-done' }
    case HandshakeType.CertificateVerify:
      return { kind: 'certificate-verify' }
    case HandshakeType.CertificateStatus: {
      const status = ocspStatus(buf, start, end)
      return status < 0 ? PART : { kind: 'ocsp', status }
    }
    default:
      return PART
  }
}

/** Before TLS 1.3, which encrypts them: a list of certificates, each with its length, the sender's own first. */
function readCertificates(buf: Buffer, start: number, end: number, certificate: ReadCertificate): TlsEvent {
  const certificates: Certificate[] = []
  let more = 0
  if (end - start >= 3) {
    const until = Math.min(end, start + 3 + buf.readUIntBE(start, 3))
    let at = start + 3
    while (at + 3 <= until) {
      const length = buf.readUIntBE(at, 3)
      at += 3
      if (length === 0 || at + length > until) break
      if (certificates.length < MAX_CERTIFICATES && length <= MAX_CERTIFICATE) certificates.push(certificate(buf.subarray(at, at + length)))
      else more++
      at += length
    }
  }
  return { kind: 'certificate', certificates, more }
}

/** CertificateStatus (RFC 6066 §8): type 1, a length, OCSPResponse { ENUMERATED status, ... } in DER. -1 when it is none. */
function ocspStatus(buf: Buffer, start: number, end: number): number {
  if (end - start < 9 || buf[start] !== 1 || buf[start + 4] !== 0x30) return -1
  const wide = buf[start + 5]!
  const at = start + 6 + (wide & 0x80 ? wide & 0x7f : 0)
  return at + 3 <= end && buf[at] === 0x0a && buf[at + 1] === 1 ? buf[at + 2]! : -1
}
