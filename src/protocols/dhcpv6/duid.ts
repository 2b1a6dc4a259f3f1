/** DHCP unique identifiers (RFC 8415 §11, RFC 6355): who a client or a server is, whatever address it has. */
import { hardwareTypeName, MAX_HARDWARE_TYPE } from '../shared/dhcp/hardware.js'
import { hardwareAddress, hexText } from '../shared/dhcp/values.js'

/** RFC 8415 §11.1: two bytes of type and at most 128 behind them. */
export const MAX_DUID = 130
/** DUID times count from 2000-01-01T00:00:00Z. */
const EPOCH = 946_684_800
const ETHERNET = 1

export interface Duid {
  /** The whole of it in hex; of one that is too long, as much as may be. */
  readonly hex: string
  readonly type: string
  readonly mac?: string
  readonly hardware_type?: string
  /** When it was made, ISO 8601. */
  readonly time?: string
  /** IANA number of the vendor. */
  readonly enterprise?: number
  /** What the vendor chose, hex. */
  readonly identifier?: string
  readonly uuid?: string
}

export function readDuid(bytes: Buffer): Duid {
  const hex = bytes.toString('hex', 0, MAX_DUID)
  const type = bytes.length >= 2 ? bytes.readUInt16BE(0) : -1
  switch (type) {
    case 1:
      if (bytes.length < 9) break
      return {
        hex,
        type: 'LLT',
        ...hardware(bytes, 8),
        time: new Date((EPOCH + bytes.readUInt32BE(4)) * 1000).toISOString().replace('.000Z', 'Z'),
      }
    case 2:
      if (bytes.length < 7) break
      return { hex, type: 'EN', enterprise: bytes.readUInt32BE(2), identifier: bytes.toString('hex', 6, MAX_DUID) }
    case 3:
      if (bytes.length < 5) break
      return { hex, type: 'LL', ...hardware(bytes, 4) }
    case 4:
      if (bytes.length !== 18) break
      return { hex, type: 'UUID', uuid: hex.slice(4).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }
  }
  return { hex, type: type < 0 ? 'unknown' : `unknown (${type})` }
}

function hardware(bytes: Buffer, from: number): Pick<Duid, 'hardware_type' | 'mac'> {
  const address = bytes.subarray(from, MAX_DUID)
  return { hardware_type: hardwareTypeName(bytes.readUInt16BE(2)), mac: hardwareAddress(address) ?? hexText(address) }
}

/** Whether it keeps to its type's form: what a probe may rely on. */
export function isWellFormedDuid(buf: Buffer, from: number, to: number): boolean {
  const length = to - from
  if (length < 3 || length > MAX_DUID) return false
  const hardwareType = length >= 4 ? buf.readUInt16BE(from + 2) : 0
  switch (buf.readUInt16BE(from)) {
    case 1:
      return hardwareType === ETHERNET ? length === 14 : hardwareType > 0 && hardwareType <= MAX_HARDWARE_TYPE && length > 8
    case 2:
      return length > 6
    case 3:
      return hardwareType === ETHERNET ? length === 10 : hardwareType > 0 && hardwareType <= MAX_HARDWARE_TYPE && length > 4
    case 4:
      return length === 18
  }
  return false
}
