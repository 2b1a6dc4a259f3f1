/** Is this TNS? By the packets that open a connection, or by data packets of both sides that fit. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { Fn, isFunction, Tns, Ttc } from './names.js'
import { type Grade, gradePacket, HEADER, type Header, readHeader } from './packet.js'

type Mark = Grade | 'absent' | 'likely'

export function probe(look: Look): Likeness {
  const client = grade(look.client, true)
  const server = grade(look.server, false)
  if (client === 'no' && server === 'no') return 'no'
  if (client === 'strong') return server === 'no' ? 'no' : 'yes'
  if (server === 'strong') return client === 'no' && look.client.left > HEADER ? (look.hinted ? 'maybe' : 'no') : 'yes'
  if (client === 'no' || server === 'no') {
    // One side may begin in the middle of a packet; the other one must then be beyond doubt.
    return client === 'likely' || server === 'likely' ? 'maybe' : 'no'
  }
  if (client === 'likely' && (server === 'likely' || server === 'weak')) return 'yes'
  if (server === 'likely' && client === 'weak') return 'yes'
  return 'maybe'
}

function grade(cur: Cursor, client: boolean): Mark {
  const { buf, pos, end } = cur
  if (end === pos) return 'absent'
  const mark = gradePacket(buf, pos, end, false)
  if (mark === 'no' || mark === 'short') return mark
  const header = readHeader(buf, pos, end, false) as Header
  // Each side has packets that only the other one sends.
  if (client ? ONLY_SERVER.has(header.type) : header.type === Tns.CONNECT) return 'no'
  if (mark === 'strong' || header.type !== Tns.DATA) return mark
  return gradeContent(buf, pos + HEADER + 2, Math.min(end, pos + header.length), pos + header.length, end, client)
}
const ONLY_SERVER: ReadonlySet<number> = new Set([Tns.ACCEPT, Tns.REFUSE, Tns.REDIRECT, Tns.RESEND])

const FROM_CLIENT: ReadonlySet<number> = new Set([
  Ttc.PROTOCOL,
  Ttc.DATA_TYPES,
  Ttc.FUNCTION,
  Ttc.PIGGYBACK,
  Ttc.ROW_DATA,
  Ttc.FAST_AUTH,
  14,
  26,
])

/** The first message: a call that there is, and a packet that ends where the bytes end or where another begins. */
function gradeContent(buf: Buffer, at: number, stop: number, next: number, end: number, client: boolean): Mark {
  if (at >= stop) return 'weak'
  const kind = buf[at]!
  if (client && !FROM_CLIENT.has(kind) && kind !== 0x28) return 'no'
  if (!client && (kind === Ttc.FUNCTION || kind === Ttc.PIGGYBACK || kind === Ttc.FAST_AUTH)) return 'no'
  const fits = next === end || (next < end && gradePacket(buf, next, end, false) !== 'no')
  if (next < end && !fits) return 'no'
  if (client && (kind === Ttc.FUNCTION || kind === Ttc.PIGGYBACK)) {
    if (at + 1 < stop && !isFunction(buf[at + 1]!)) return 'no'
    const fn = buf[at + 1]
    return fits && (stop - at > 3 || fn === Fn.PING || fn === Fn.COMMIT || fn === Fn.ROLLBACK || fn === Fn.LOGOFF) ? 'likely' : 'weak'
  }
  return fits ? 'likely' : 'weak'
}
