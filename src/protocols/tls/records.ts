/** What the head of a record looks like: TLS (RFC 8446 §5.1), SSL 2.0, DTLS (RFC 6347 §4.1). */

/** Longest content: 2^14 and what encryption and compression may add (RFC 5246 §6.2.3). */
export const MAX_RECORD = 16384 + 2048

const isType = (type: number): boolean => type >= 20 && type <= 24

/** Five bytes are there: type, version 3.x, length. No record but one of application data is empty. */
export function isHeader(buf: Buffer, at: number): boolean {
  const length = (buf[at + 3]! << 8) | buf[at + 4]!
  return isType(buf[at]!) && buf[at + 1] === 3 && buf[at + 2]! <= 4 && length <= MAX_RECORD && (length > 0 || buf[at] === 23)
}

/** As far as the header is there (at least one byte), nothing speaks against it. */
export function isHeaderPart(buf: Buffer, at: number, end: number): boolean {
  if (at + 5 <= end) return isHeader(buf, at)
  return isType(buf[at]!) && (at + 1 >= end || buf[at + 1] === 3) && (at + 2 >= end || buf[at + 2]! <= 4)
}

/**
 * Length of a ClientHello in the format of SSL 2.0 (two header bytes, type 1, version, three lengths), its record's header
 * included; 0 when it is none. Needs eleven bytes.
 */
export function ssl2HelloLength(buf: Buffer, at: number, end: number): number {
  if (end - at < 11 || (buf[at]! & 0x80) === 0 || buf[at + 2] !== 1) return 0
  const version = buf.readUInt16BE(at + 3)
  if (version !== 2 && (version < 0x0300 || version > 0x0304)) return 0
  const length = ((buf[at]! & 0x7f) << 8) | buf[at + 1]!
  const ciphers = buf.readUInt16BE(at + 5)
  const id = buf.readUInt16BE(at + 7)
  const challenge = buf.readUInt16BE(at + 9)
  if (ciphers === 0 || ciphers % 3 !== 0 || (id !== 0 && id !== 16 && id !== 32) || challenge < 16 || challenge > 32) return 0
  return length === 9 + ciphers + id + challenge ? length + 2 : 0
}

export const DTLS_HEADER = 13

/** Version of a DTLS record: 1.0, 1.2, or what OpenSSL sent before the standard. */
const isDtlsVersion = (high: number, low: number): boolean => (high === 0xfe && (low === 0xff || low === 0xfd)) || (high === 1 && low === 0)

/** Thirteen bytes are there: type, version, epoch, sequence number, length. */
export function isDtlsHeader(buf: Buffer, at: number): boolean {
  const length = (buf[at + 11]! << 8) | buf[at + 12]!
  // Type 25 is a record with a connection id (RFC 9146), whose header is longer.
  return isType(buf[at]!) && isDtlsVersion(buf[at + 1]!, buf[at + 2]!) && length > 0 && length <= MAX_RECORD
}
