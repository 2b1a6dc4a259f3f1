/** The fixed part, the cookie and the first option make DHCP certain on any port; BOOTP needs its ports. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { MAX_HARDWARE_TYPE } from '../shared/dhcp/hardware.js'
import { FIXED_BYTES, MAGIC_COOKIE, misfit } from './message.js'
import { BOOTREPLY, BOOTREQUEST } from './names.js'

/** RFC 1542 §4.1.1: relays drop what passed 16 of them. */
const MAX_HOPS = 16

export function probe({ client, server, hinted }: Look): Likeness {
  const fromClient = client.left > 0 ? grade(client, BOOTREQUEST, hinted) : undefined
  const fromServer = server.left > 0 ? grade(server, BOOTREPLY, hinted) : undefined
  if (fromClient === 'no' || fromServer === 'no') return 'no'
  return fromClient ?? fromServer ?? 'no'
}

function grade(cur: Cursor, op: number, hinted: boolean): Likeness {
  const { buf, pos, left } = cur
  if (buf[pos] !== op) return 'no'
  if (misfit(cur) !== undefined) return hinted ? 'maybe' : 'no'
  const plausible =
    buf[pos + 1]! > 0 &&
    buf[pos + 1]! <= MAX_HARDWARE_TYPE &&
    (buf[pos + 1] !== 1 || buf[pos + 2] === 6) &&
    buf[pos + 3]! <= MAX_HOPS &&
    (buf[pos + 10]! & 0x7f) === 0 &&
    buf[pos + 11] === 0
  const cookie = left >= FIXED_BYTES + 4 && buf.readUInt32BE(pos + FIXED_BYTES) === MAGIC_COOKIE
  if (cookie && (plausible || hinted)) return 'yes'
  if (!hinted) return 'no'
  return plausible && (left >= FIXED_BYTES || cur.cut > 0) ? 'yes' : 'maybe'
}
