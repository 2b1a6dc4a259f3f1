/** Is this AMQP 0-9-1 (or a header of another AMQP)? By the protocol header, or by whole frames in the middle of a connection. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import type { Likeness, Look } from '../protocol.js'
import { frameLikeness, Type } from './framing.js'

const MAGIC = Buffer.from('AMQP')

export function probe(look: Look): Likeness {
  const client = ofSide(look.client, 'client', look.hinted)
  const server = ofSide(look.server, 'server', look.hinted)
  // One side that is certain settles it: the other may begin in the middle of a frame.
  if (client === 'yes' || server === 'yes') return 'yes'
  return client === 'no' || server === 'no' ? 'no' : 'maybe'
}

function ofSide(cur: Cursor, side: Side, hinted: boolean): Likeness {
  const { buf, pos, end } = cur
  if (pos === end) return 'maybe'
  if (buf[pos] === MAGIC[0]) return header(buf, pos, end, side)
  const likeness = frameLikeness(buf, pos, end, side, 0)
  if (likeness !== 'yes') return likeness
  const type = buf[pos]
  // Bytes that happen to look like a body, and heartbeats that either side may send: the next frame or the port tells.
  return type === Type.method || type === Type.header || hinted ? 'yes' : 'maybe'
}

function header(buf: Buffer, pos: number, end: number, side: Side): Likeness {
  for (let i = 0; i < 4 && pos + i < end; i++) if (buf[pos + i] !== MAGIC[i]) return 'no'
  if (end - pos < 8) return 'maybe'
  const [a, b, c] = [buf[pos + 4]!, buf[pos + 5]!, buf[pos + 6]!]
  // 0-9-1 and its kin; 0-8 and 0-9 as first written; 1.0 with its layers.
  const known = (a === 0 && b === 0) || (a === 1 && b === 1) || (a <= 3 && b === 1 && c === 0)
  // A server sends one only when it refuses the client's, or in 1.0: it does not say who is who.
  return known ? (side === 'client' ? 'yes' : 'maybe') : 'no'
}
