/** Is this SIP? By a whole first line of either side; the port alone never settles it. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { kindOfLine, kindOfStart, type LineKind, MAX_LINE } from './start-line.js'

/** Enough of a line that goes on to tell whether it may become one. */
const MAX_START = 512

interface Opening {
  readonly kind: LineKind | 'none'
  readonly whole: boolean
}

export function probe(look: Look): Likeness {
  const client = opening(look.client)
  const server = opening(look.server)
  if (client.kind === 'no' || server.kind === 'no') return 'no'
  if (client.kind === 'none' && server.kind === 'none') return look.hinted && look.transport === 'tcp' ? 'maybe' : 'no'
  // Who asks is the client. Its side may also open with an answer, when both sides ask or it comes on a new connection.
  const sure = (client.kind === 'request' && client.whole) || (server.kind === 'response' && server.whole)
  if (sure) return 'yes'
  // A datagram is shown whole, unless the capture cut it.
  if (look.transport === 'udp' && !client.whole && !server.whole && look.client.cut + look.server.cut === 0) return 'no'
  return 'maybe'
}

function opening(cur: Cursor): Opening {
  while (cur.peek() === 0x0d || cur.peek() === 0x0a) cur.pos++
  if (cur.left === 0) return { kind: 'none', whole: false }
  const lf = cur.lineEnd(MAX_LINE)
  if (lf >= 0) return { kind: kindOfLine(cur.buf.toString('latin1', cur.pos, lf)), whole: true }
  return { kind: kindOfStart(cur.buf.toString('latin1', cur.pos, Math.min(cur.end, cur.pos + MAX_START))), whole: false }
}
