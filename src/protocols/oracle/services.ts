/**
 * The negotiation of network services (Advanced Networking): magic, length, version, number of services, and for each its type,
 * its fields and an error; every field has a length and a type. An answer chooses one algorithm for encryption and checksums.
 */
import { NaService } from './names.js'

export interface Services {
  readonly version: string
  /** Algorithm ids offered, or the one chosen. */
  readonly encryption: readonly number[]
  readonly integrity: readonly number[]
}
const HEAD = 13
/** Services and fields of one message: there are four, with eight fields at most. */
const MAX_SERVICES = 16
const MAX_FIELDS = 32
const BYTE = 2

export function readServices(buf: Buffer): Services | undefined {
  if (buf.length < HEAD || buf.readUInt32BE(0) !== 0xdeadbeef) return undefined
  const version = buf.readUInt32BE(6)
  const count = Math.min(buf.readUInt16BE(10), MAX_SERVICES)
  let encryption: readonly number[] = []
  let integrity: readonly number[] = []
  let at = HEAD
  for (let i = 0; i < count && at + 8 <= buf.length; i++) {
    const service = buf.readUInt16BE(at)
    const fields = Math.min(buf.readUInt16BE(at + 2), MAX_FIELDS)
    at += 8
    for (let f = 0; f < fields && at + 4 <= buf.length; f++) {
      const length = buf.readUInt16BE(at)
      const type = buf.readUInt16BE(at + 2)
      at += 4
      // A list of bytes in a request, one byte in an answer. The second field of both services.
      if (f === 1 && (type === BYTE || type === 1)) {
        const ids = [...buf.subarray(at, Math.min(at + length, buf.length))]
        if (service === NaService.ENCRYPTION) encryption = ids
        else if (service === NaService.INTEGRITY) integrity = ids
      }
      at += length
    }
  }
  const text = `${version >>> 24}.${(version >>> 20) & 15}.${(version >>> 12) & 255}.${(version >>> 8) & 15}.${version & 255}`
  return { version: text, encryption, integrity }
}
