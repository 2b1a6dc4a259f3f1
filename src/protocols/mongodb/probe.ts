/** Is this MongoDB? By the header and the document behind it; who asks and who answers is told by opcode and responseTo. */
import type { Likeness, Look } from '../protocol.js'
import { startsHere } from './header.js'

export function probe(look: Look): Likeness {
  const { client, server } = look
  const asks = client.left === 0 ? undefined : startsHere(client.buf, client.pos, client.end, 'client')
  if (asks === 'no') return 'no'
  const answers = server.left === 0 ? undefined : startsHere(server.buf, server.pos, server.end, 'server')
  if (answers === 'no') return 'no'
  return asks === 'yes' || answers === 'yes' ? 'yes' : 'maybe'
}
