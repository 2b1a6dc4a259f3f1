/** Is this HTTP/1? By the first line of either side; the other side must not speak against it. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { MAX_SOUGHT_LINE, probeLikeness } from './start-line.js'

/** The first bytes of a side, empty lines before a message left out. */
function opening(cur: Cursor): string {
  let at = cur.pos
  while (at < cur.end && (cur.buf[at] === 0x0d || cur.buf[at] === 0x0a)) at++
  return cur.buf.toString('latin1', at, Math.min(cur.end, at + MAX_SOUGHT_LINE))
}

export function probe(look: Look): Likeness {
  const client = opening(look.client)
  const server = opening(look.server)
  // Roles the wrong way round.
  if (client.startsWith('HTTP/1.') || (server !== '' && probeLikeness('client', server) === 'yes')) return 'no'
  const asks = client === '' ? 'maybe' : probeLikeness('client', client)
  const answers = server === '' ? 'maybe' : probeLikeness('server', server)
  if (asks === 'yes' || answers === 'yes') return 'yes'
  if (asks === 'weak') return look.hinted || answers === 'maybe' ? 'maybe' : 'no'
  if (asks === 'no' || answers === 'no') return 'no'
  return client === '' && server === '' ? 'no' : 'maybe'
}
