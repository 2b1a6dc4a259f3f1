/** Is this the CQL native protocol? By frames whose bodies fit their headers, or by the checksums of segments. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { type Grade, gradeBody, HEADER, readHeader } from './header.js'
import { payloadCrc, readSegmentHeader, TRAILER } from './segment.js'

interface Seen {
  readonly grade: Grade | 'absent'
  readonly version: number
  readonly stream: number
}
const ABSENT: Seen = { grade: 'absent', version: 0, stream: 0 }
const no = (grade: Grade): Seen => ({ grade, version: 0, stream: 0 })

export function probe(look: Look): Likeness {
  const client = grade(look.client, false)
  const server = grade(look.server, true)
  // One side may begin in the middle of a long frame while the other shows itself.
  if (client.grade === 'strong' || server.grade === 'strong') {
    if (client.grade === 'no' || server.grade === 'no') return startsTurned(look) ? 'no' : 'yes'
    return 'yes'
  }
  if (client.grade === 'no' || server.grade === 'no') return 'no'
  if (client.grade === 'weak' && server.grade === 'weak') {
    // OPTIONS and an answer under its id; a compressed request and its answer.
    if (client.version === server.version && client.stream === server.stream && client.version >= 3) return 'yes'
  }
  return 'maybe'
}

/** The roles are the other way round: the client's bytes are answers. */
const startsTurned = (look: Look): boolean => {
  const { client, server } = look
  return readsAs(client, true) || readsAs(server, false)
}
const readsAs = (cur: Cursor, fromServer: boolean): boolean => {
  const header = readHeader(cur.buf, cur.pos, cur.end, fromServer)
  return header !== undefined && header !== 'short' && gradeBody(cur.buf, cur.pos, cur.end, header) !== 'no'
}

function grade(cur: Cursor, fromServer: boolean): Seen {
  const { buf, pos, end } = cur
  if (end === pos) return ABSENT
  const segment = readSegment(buf, pos, end, fromServer)
  if (segment) return segment
  const header = readHeader(buf, pos, end, fromServer)
  if (!header) return no(end - pos < HEADER && !cur.last ? 'short' : 'no')
  if (header === 'short') return no('short')
  const found = gradeBody(buf, pos, end, header)
  // The short header of v1 and v2 says too little by itself.
  return { grade: found === 'weak' && header.version <= 2 ? 'short' : found, version: header.version, stream: header.stream }
}

/** A segment whose payload is right as well, or begins with a frame. */
function readSegment(buf: Buffer, pos: number, end: number, fromServer: boolean): Seen | undefined {
  for (const compressed of [false, true]) {
    const header = readSegmentHeader(buf, pos, end, compressed)
    if (!header || header.length === 0) continue
    const payload = pos + header.size
    const trailer = payload + header.length
    if (trailer + TRAILER <= end) return no(payloadCrc(buf.subarray(payload, trailer)) === buf.readUInt32LE(trailer) ? 'strong' : 'no')
    if (header.uncompressed === 0 && end - payload >= HEADER) {
      const inside = readHeader(buf, payload, end, fromServer)
      if (inside && inside !== 'short') return no('strong')
    }
    return no('short')
  }
  return undefined
}
