/** How well the first bytes of one side fit the format; what that is worth where is for each protocol to say. */
import type { Cursor } from '../../../bytes/cursor.js'
import { HEADER_BYTES } from './message.js'
import { plausibleHeader, plausibleMessage, plausibleStart } from './plausible.js'

/**
 * absent  this side has said nothing yet
 * whole   a message of which every byte is accounted for
 * start   header and question fit, the rest is missing or does not
 * begun   what is there may become a message (TCP)
 * turned  a query where a response belongs, or the other way round
 * no      none of it
 */
export type Grade = 'absent' | 'whole' | 'start' | 'begun' | 'turned' | 'no'

export function gradeDatagram(cur: Cursor, response: boolean): Grade {
  if (cur.left === 0) return 'absent'
  return grade(cur.buf, cur.pos, cur.end, response)
}

export function gradeStream(cur: Cursor, response: boolean): Grade {
  if (cur.left === 0) return 'absent'
  if (cur.left < 2) return 'begun'
  const length = cur.u16()
  if (length < HEADER_BYTES) return 'no'
  if (cur.left < HEADER_BYTES) return 'begun'
  if (cur.left >= length) return grade(cur.buf, cur.pos, cur.pos + length, response)
  if (!plausibleHeader(cur.buf, cur.pos, cur.end)) return 'no'
  return isResponse(cur.buf, cur.pos) === response ? 'begun' : 'turned'
}

function grade(buf: Uint8Array, from: number, to: number, response: boolean): Grade {
  if (!plausibleStart(buf, from, to)) return 'no'
  if (isResponse(buf, from) !== response) return 'turned'
  return plausibleMessage(buf, from, to) ? 'whole' : 'start'
}

export const isResponse = (buf: Uint8Array, from: number): boolean => (buf[from + 2]! & 0x80) !== 0

/**
 * For the siblings that a port names. Towards a group the sender is the client, whatever it says; between hosts a query
 * makes a client and a response a server. A message of which not even the header fits is left to others.
 */
export function gradeMulticast(client: Cursor, server: Cursor, group: boolean): 'yes' | 'maybe' | 'no' {
  if (group) return client.left > 0 ? fits(client) : 'no'
  const asked = client.left > 0 ? (client.left >= HEADER_BYTES && isResponse(client.buf, client.pos) ? 'no' : fits(client)) : 'yes'
  const answered = server.left > 0 ? (server.left >= HEADER_BYTES && !isResponse(server.buf, server.pos) ? 'no' : fits(server)) : 'yes'
  if (client.left === 0 && server.left === 0) return 'maybe'
  if (asked === 'no' || answered === 'no') return 'no'
  return asked === 'maybe' || answered === 'maybe' ? 'maybe' : 'yes'
}

/** RFC 6762 §18, RFC 4795 §2.1.1: opcode 0, and a count that the bytes could hold. */
function fits(cur: Cursor): 'yes' | 'maybe' {
  const { buf, pos, end } = cur
  if (end - pos < HEADER_BYTES || (buf[pos + 2]! & 0x78) !== 0) return 'maybe'
  const counts = [4, 6, 8, 10].reduce((sum, at) => sum + ((buf[pos + at]! << 8) | buf[pos + at + 1]!), 0)
  return counts > 0 && counts * 5 <= end - pos - HEADER_BYTES ? 'yes' : 'maybe'
}
