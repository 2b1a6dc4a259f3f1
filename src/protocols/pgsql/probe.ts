/** Is this PostgreSQL? By packets before the login, whose codes nothing else has, or by messages whose insides hold together. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { type Belief, chain, untyped } from './plausible.js'

export function probe(look: Look): Likeness {
  const client = clientSide(look.client)
  if (client === 'no') return 'no'
  const server = serverSide(look.server, look.client.left === 0)
  if (server === 'no') {
    // A capture that begins inside an answer: what the client says is enough, on a known port.
    return client === 'yes' && look.hinted ? 'yes' : 'no'
  }
  if (client === 'yes' || server === 'yes') return 'yes'
  return 'maybe'
}

function clientSide(cur: Cursor): Belief {
  if (cur.left === 0) return 'maybe'
  return cur.peek() === 0 ? untyped(cur.buf, cur.pos, cur.end) : chain(cur.buf, cur.pos, cur.end, true)
}

function serverSide(cur: Cursor, alone: boolean): Belief {
  const { buf, pos, end } = cur
  if (pos === end) return 'maybe'
  const first = buf[pos]
  if (first === 0x53 || first === 0x4e || first === 0x47) {
    // One byte that answers a request to encrypt; behind yes comes TLS, behind no a message.
    if (end - pos === 1) return 'maybe'
    const rest = chain(buf, pos, end, false)
    if (rest !== 'no') return rest
    if (alone) return 'no'
    return buf[pos + 1]! >= 0x14 && buf[pos + 1]! <= 0x17 ? 'maybe' : chain(buf, pos + 1, end, false)
  }
  return chain(buf, pos, end, false)
}
