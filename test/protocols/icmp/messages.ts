/** ICMP messages for the tests; checksums stay 0, the parser does not look at them. */
import { ipv4, ipv6, type Segment } from '../../support/captures.js'

export const message = (type: number, code: number, rest: readonly number[] | Uint8Array, body: string | Uint8Array = ''): Buffer =>
  Buffer.concat([Buffer.of(type, code, 0, 0), Buffer.from(rest), typeof body === 'string' ? Buffer.from(body, 'latin1') : body])

/** A message with identifier and sequence number: echo and its like. */
export const numbered = (type: number, id: number, seq: number, data: string | Uint8Array = 'ping'): Buffer =>
  message(type, 0, [id >> 8, id & 0xff, seq >> 8, seq & 0xff], data)

export const ping = (seq: number, data?: string): Buffer => numbered(8, 0x8790, seq, data)
export const pong = (seq: number, data?: string): Buffer => numbered(0, 0x8790, seq, data)

/** What a router quotes: the IP header and `bytes` of what follows. */
export const quote4 = (src: string, dst: string, segment: Segment, bytes = 8): Buffer => ipv4({ src, dst }, segment).subarray(0, 20 + bytes)
export const quote6 = (src: string, dst: string, segment: Segment, extensions?: { first: number; bytes: Uint8Array }): Buffer =>
  ipv6(extensions ? { src, dst, extensions } : { src, dst }, segment)
