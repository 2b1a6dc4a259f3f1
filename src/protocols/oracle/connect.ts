/** Bodies of the packets that open a connection: CONNECT, ACCEPT, REFUSE, REDIRECT. Offsets count from the packet's start. */

import { HEADER } from './packet.js'
import { decodeText } from './reader.js'

export interface Connect {
  readonly version: number
  readonly lowest: number
  readonly options: number
  readonly sdu: number
  readonly tdu: number
  /** Bytes of connect data announced; more than the packet holds means that they come in a data packet of their own. */
  readonly length: number
  readonly flags0: number
  readonly flags1: number
  /** What of the connect data is in the packet. */
  readonly text: string
}

export function readConnect(body: Buffer): Connect | undefined {
  if (body.length < 26) return undefined
  const at = (offset: number): number => body.readUInt16BE(offset - HEADER)
  const offset = at(26)
  const length = at(24)
  const large = offset >= 66 && body.length >= 66 - HEADER
  const text = offset >= 26 ? decodeText(body.subarray(offset - HEADER, offset - HEADER + length)).replace(/\0+$/, '') : ''
  return {
    version: at(8),
    lowest: at(10),
    options: at(12),
    sdu: (large && body.readUInt32BE(58 - HEADER)) || at(14),
    tdu: (large && body.readUInt32BE(62 - HEADER)) || at(16),
    length,
    flags0: body[32 - HEADER] ?? 0,
    flags1: body[33 - HEADER] ?? 0,
    text,
  }
}

export interface Accept {
  readonly version: number
  readonly options: number
  readonly sdu: number
  readonly tdu: number
  /** Network services (encryption, checksums) will be negotiated. */
  readonly services: boolean
  readonly compression: boolean
}

/** Flags that say that there will be no negotiation of network services. */
const NO_SERVICES = 0x08
const SERVICES_OFF = 0x04

export function readAccept(body: Buffer): Accept | undefined {
  if (body.length < 16) return undefined
  const version = body.readUInt16BE(0)
  const large = version >= 315 && body.length >= 33
  const [flags0, flags1] = [body[14]!, body[15]!]
  return {
    version,
    options: body.readUInt16BE(2),
    sdu: large ? body.readUInt32BE(24) : body.readUInt16BE(4),
    tdu: large ? body.readUInt32BE(28) : body.readUInt16BE(6),
    services: (flags1 & NO_SERVICES) === 0 && (flags0 & SERVICES_OFF) === 0,
    compression: large && (body[32]! & 0x80) !== 0,
  }
}

export interface Refuse {
  readonly user: number
  readonly system: number
  /** Bytes of text announced; when the packet has none, they come in a data packet. */
  readonly length: number
  readonly text: string
}
export const readRefuse = (body: Buffer): Refuse | undefined =>
  body.length < 4
    ? undefined
    : { user: body[0]!, system: body[1]!, length: body.readUInt16BE(2), text: decodeText(body.subarray(4)).replace(/\0+$/, '') }

export interface Redirect {
  readonly length: number
  readonly text: string
}
export const readRedirect = (body: Buffer): Redirect | undefined =>
  body.length < 2 ? undefined : { length: body.readUInt16BE(0), text: decodeText(body.subarray(2)).replace(/\0+$/, '') }

/** What codes that refuse a connection mean, in short; others stand as a number. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [1153, 'descriptor not understood'],
  [1189, 'user not known to the listener'],
  [12500, 'server process not started'],
  [12502, 'no connect data'],
  [12504, 'no service or SID named'],
  [12505, 'unknown SID'],
  [12514, 'unknown service'],
  [12516, 'no handler for the protocol'],
  [12518, 'hand-off to the server failed'],
  [12519, 'no handler for the service'],
  [12520, 'no handler for the type of server'],
  [12521, 'unknown instance'],
  [12526, 'instances restricted'],
  [12528, 'instances blocked'],
  [12529, 'refused by a filter'],
  [12564, 'connection refused'],
])
export const refusal = (code: number): string => {
  const words = REFUSALS.get(code)
  return `TNS-${String(code).padStart(5, '0')}${words === undefined ? '' : `: ${words}`}`
}
