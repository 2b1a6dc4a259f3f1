/** Options that fill the datagram to its last byte, and among them an identifier of the right form, make it certain on any port. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'
import { isWellFormedDuid } from './duid.js'
import { HEAD_BYTES, MAX_RELAYS, RELAY_HEAD_BYTES } from './message.js'
import { fromServer, isKnownType, isRelayed, MAX_PLAUSIBLE_OPTION, MessageType, Option } from './names.js'

export function probe({ client, server, hinted }: Look): Likeness {
  const fromClient = client.left > 0 ? grade(client, false, hinted) : undefined
  const toClient = server.left > 0 ? grade(server, true, hinted) : undefined
  if (fromClient === 'no' || toClient === 'no') return 'no'
  return fromClient ?? toClient ?? 'no'
}

function grade(cur: Cursor, downwards: boolean, hinted: boolean): Likeness {
  const type = cur.peek()
  if (!isKnownType(type) || fromServer(type) !== downwards) return 'no'
  if (isSound(cur.buf, cur.pos, cur.end, cur.cut > 0)) return 'yes'
  return hinted ? 'maybe' : 'no'
}

/** @param cut the capture did not keep the whole: the last option may reach beyond `to` */
function isSound(buf: Buffer, from: number, to: number, cut: boolean): boolean {
  let at = from
  let end = to
  for (let depth = 0; depth <= MAX_RELAYS; depth++) {
    const type = at < end ? buf[at]! : 0
    if (!isKnownType(type)) return false
    const relayed = isRelayed(type)
    const head = at + (relayed ? RELAY_HEAD_BYTES : HEAD_BYTES)
    if (head > end) return false
    const found = scan(buf, head, end, cut)
    if (found === undefined) return false
    if (!relayed) return identifies(type, found)
    if (found.inner < 0) return false
    at = found.inner
    end = found.innerEnd
  }
  return false
}

interface Found {
  duid: boolean
  asks: boolean
  elapsed: boolean
  carries: boolean
  inner: number
  innerEnd: number
}

/** Undefined when these are no options. */
function scan(buf: Buffer, from: number, to: number, cut: boolean): Found | undefined {
  const found: Found = { duid: false, asks: false, elapsed: false, carries: false, inner: -1, innerEnd: -1 }
  let at = from
  while (at < to) {
    if (at + 4 > to) return cut ? found : undefined
    const code = buf.readUInt16BE(at)
    const value = at + 4
    const stop = value + buf.readUInt16BE(at + 2)
    if (code === 0 || code > MAX_PLAUSIBLE_OPTION || (stop > to && !cut)) return undefined
    const end = Math.min(stop, to)
    switch (code) {
      case Option.CLIENTID:
      case Option.SERVERID:
        if (stop <= to && !isWellFormedDuid(buf, value, stop)) return undefined
        if (stop <= to) found.duid = true
        break
      case Option.ORO:
        if ((stop - value) % 2 !== 0) return undefined
        found.asks = true
        break
      case Option.ELAPSED_TIME:
        if (stop - value !== 2) return undefined
        found.elapsed = true
        break
      case Option.DHCPV4_MSG:
        found.carries = stop - value >= LEAST_DHCPV4 && (buf[value] === 1 || buf[value] === 2)
        break
      case Option.RELAY_MSG:
        if (found.inner < 0) {
          found.inner = value
          found.innerEnd = end
        }
    }
    at = stop
  }
  return found
}
/** The fixed part of RFC 2131 with the cookie behind it. */
const LEAST_DHCPV4 = 240

/** INFORMATION-REQUEST may leave out who asks; then it says what it wants and for how long it has tried (RFC 8415 §18.2.6). */
const identifies = (type: number, { duid, asks, elapsed, carries }: Found): boolean =>
  duid ||
  (type === MessageType.INFORMATION_REQUEST && asks && elapsed) ||
  (carries && (type === MessageType.DHCPV4_QUERY || type === MessageType.DHCPV4_RESPONSE))
