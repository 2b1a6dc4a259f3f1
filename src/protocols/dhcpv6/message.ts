/** A message off the wire (RFC 8415 §8, §9): what client and server say to each other, and the relays that it is wrapped in. */
import type { Cursor } from '../../bytes/cursor.js'
import { ipv6Text } from '../../model/address.js'
import { isKnownType, isRelayed, MessageType, messageTypeName, Option } from './names.js'
import { first, type Options, readOptions } from './options.js'

/** Type and transaction id. */
export const HEAD_BYTES = 4
/** Type, hop count, link address, peer address. */
export const RELAY_HEAD_BYTES = 34
/** RFC 3315 let relays pass on what had passed 32 others; RFC 8415 §7.6 lowered it to 8. */
export const MAX_RELAYS = 32
const NOTHING: Options = { list: [], overrun: undefined, many: false }

export interface Relay {
  readonly hops: number
  /** Of the network that it took the message from, and of whom; `::` where the relay leaves it open. */
  readonly link: string
  readonly peer: string
  readonly options: Options
}

export interface Dhcpv6Message {
  /** What client or server said; the relay's own type where that cannot be read. */
  readonly type: number
  /** 0 where there is none: in RECONFIGURE, and where nothing but a relay can be read. */
  readonly xid: number
  readonly options: Options
  /** From the outermost to the one next to the client. */
  readonly relays: readonly Relay[]
  /** Type of the outermost message, when relays wrap it. */
  readonly relayedAs: number | undefined
  /** Why the message inside the relays cannot be read. */
  readonly hidden: 'none' | 'short' | 'deep' | undefined
  /** The capture kept less than the whole. */
  readonly cut: boolean
}

/** Whether the bytes can be a message at all; `undefined` when they can, else why not. */
export function misfit(cur: Cursor): string | undefined {
  const type = cur.left > 0 ? cur.peek() : 0
  if (!isKnownType(type)) return `Message type ${type} is none that travels over UDP.`
  const least = isRelayed(type) ? RELAY_HEAD_BYTES : HEAD_BYTES
  return cur.left < least ? `${cur.left} bytes are fewer than the ${least} that a ${messageTypeName(type)} begins with.` : undefined
}

/** Reads a datagram that `misfit` found nothing against. Everything kept is copied, once. */
export function readMessage(cur: Cursor): Dhcpv6Message {
  const cut = cur.cut > 0
  const relays: Relay[] = []
  let bytes = Buffer.from(cur.buf.subarray(cur.pos, cur.end))
  const relayedAs = isRelayed(bytes[0]!) ? bytes[0]! : undefined
  const wrapped = (hidden: Dhcpv6Message['hidden']): Dhcpv6Message => ({
    ...{ type: relayedAs!, xid: 0, options: NOTHING, relays, relayedAs, hidden, cut },
  })
  while (bytes.length > 0 && isRelayed(bytes[0]!)) {
    if (bytes.length < RELAY_HEAD_BYTES) return wrapped('short')
    if (relays.length >= MAX_RELAYS) return wrapped('deep')
    const options = readOptions(bytes, RELAY_HEAD_BYTES)
    relays.push({ hops: bytes[1]!, link: ipv6Text(bytes, 2), peer: ipv6Text(bytes, 18), options })
    const inner = first(options, Option.RELAY_MSG)
    if (inner === undefined) return wrapped('none')
    bytes = inner as Buffer<ArrayBuffer>
  }
  if (bytes.length < HEAD_BYTES || !isKnownType(bytes[0]!)) return wrapped('short')
  const type = bytes[0]!
  const options = readOptions(bytes, HEAD_BYTES)
  return { type, xid: bytes.readUIntBE(1, 3), options, relays, relayedAs, hidden: undefined, cut }
}

/** The transaction id of the message for IPv4 that types 20 and 21 carry instead of one of their own (RFC 7341 §8). */
export function carriedXid(m: Dhcpv6Message): number | undefined {
  if (m.type !== MessageType.DHCPV4_QUERY && m.type !== MessageType.DHCPV4_RESPONSE) return undefined
  const carried = first(m.options, Option.DHCPV4_MSG)
  return carried !== undefined && carried.length >= 8 ? carried.readUInt32BE(4) : undefined
}
