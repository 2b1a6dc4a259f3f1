/** What the decode tests share: decode one frame and look at it. */
import { decode } from '../../src/decode/decode.js'
import { type Decoded, Packet } from '../../src/decode/packet.js'
import { ipText } from '../../src/model/address.js'

export interface Looked {
  readonly result: Decoded
  readonly p: Packet
}

/** Decodes `frame` in the middle of a larger buffer, where reading too far finds other bytes than zeros. */
export function look(frame: Uint8Array, opts: { link?: number; snaplen?: number; original?: number; p?: Packet } = {}): Looked {
  const before = 37
  const buf = Buffer.alloc(before + frame.length + 64, 0xee)
  buf.set(frame, before)
  const p = opts.p ?? new Packet()
  const captured = Math.min(frame.length, opts.snaplen ?? frame.length)
  const result = decode(p, opts.link ?? 1, buf, before, captured, opts.original ?? frame.length)
  return { result, p }
}

export const src = (p: Packet): string => ipText(p.ipVersion === 6 ? 6 : 4, p.buf, p.srcIp)
export const dst = (p: Packet): string => ipText(p.ipVersion === 6 ? 6 : 4, p.buf, p.dstIp)
export const payload = (p: Packet): string => Buffer.from(p.buf.subarray(p.payload, p.payload + p.payloadCaptured)).toString('latin1')
