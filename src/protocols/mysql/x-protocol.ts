/** X Protocol (port 33060 by default): messages of protobuf behind a 32-bit length and a type. Named, not read. */

const AUTH_MECHANISMS = /^(?:MYSQL41|PLAIN|SHA256_MEMORY|EXTERNAL)/

/** What a client of it begins with. 'maybe': asking for capabilities is the same five bytes as COM_QUIT. */
export function xFromClient(buf: Buffer, at: number, end: number): 'yes' | 'maybe' | 'no' {
  if (end - at < 5 || buf[at + 3] !== 0) return 'no'
  const length = buf.readUInt32LE(at)
  const type = buf[at + 4]!
  if (type === 1 && length === 1) return 'maybe'
  if (end - at < 9 || length < 8 || length > 65_536 || buf[at + 5] !== 0x0a) return 'no'
  if (type === 4) return AUTH_MECHANISMS.test(buf.toString('latin1', at + 7, Math.min(end, at + 24))) ? 'yes' : 'no'
  // CapabilitiesSet holds one message of capabilities, which holds one capability after the other.
  if (type !== 2 || buf[at + 6]! >= 0x80 || buf[at + 7] !== 0x0a) return 'no'
  return buf[at + 6] === length - 3 ? 'yes' : 'no'
}

/** What a server of it begins with: its hello, or capabilities. */
export function xFromServer(buf: Buffer, at: number, end: number): boolean {
  if (end - at < 6) return false
  const length = buf.readUInt32LE(at)
  const type = buf[at + 4]!
  if (type === 0x0b) return length >= 3 && length < 256 && buf[at + 5] === 0x08 && (buf[at + 6] ?? 0) <= 5
  return type === 2 && length > 3 && length < 65_536 && buf[at + 5] === 0x0a
}
