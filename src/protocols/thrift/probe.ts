/** Is this Thrift? Its magic is weak, so a whole message header is asked for: version, kind, a name that an IDL can give, a field type. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import type { Likeness, Look } from '../protocol.js'
import { Kind } from './names.js'
import { readStart } from './start.js'

/** Names shorter than this occur in random bytes. */
const SURE_NAME = 3

export function probe(look: Look): Likeness {
  const client = ofSide(look.client, 'client')
  if (client === 'no') return 'no'
  const server = ofSide(look.server, 'server')
  // The other side may begin in the middle of a message.
  if (client === 'yes') return 'yes'
  if (server === 'yes') return 'yes'
  return server === 'no' ? 'no' : 'maybe'
}

function ofSide(cur: Cursor, side: Side): Likeness {
  if (cur.left === 0) return 'maybe'
  const start = readStart(cur.buf, cur.pos, cur.end)
  if (typeof start === 'string') return start
  const asks = start.kind === Kind.call || start.kind === Kind.oneway
  if (asks !== (side === 'client')) return 'no'
  return start.name.length >= SURE_NAME || start.protocol === 'binary' ? 'yes' : 'maybe'
}
