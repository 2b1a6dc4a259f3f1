/** A DHCP or BOOTP message off the wire (RFC 951, RFC 2131 §2): the fixed part, and the options by code. */
import type { Cursor } from '../../bytes/cursor.js'
import { ipv4Text } from '../../model/address.js'
import { BOOTREPLY, BOOTREQUEST, MessageType } from './names.js'
import { Option, type Options, readOptions } from './options.js'

/** From `op` to the end of `file`. */
export const FIXED_BYTES = 236
/** Up to and including `chaddr`: without these nothing tells who it is about. */
export const LEAST_BYTES = 44
const SNAME_AT = 44
const FILE_AT = 108
const CHADDR_AT = 28
/** RFC 1497: what options begin with. */
export const MAGIC_COOKIE = 0x63825363
export const MAX_HARDWARE_ADDRESS = 16
const NONE = Buffer.alloc(0)

export interface DhcpMessage {
  readonly reply: boolean
  /** Option 53; 0 without it. */
  readonly type: number
  readonly hardwareType: number
  readonly hops: number
  readonly xid: number
  readonly seconds: number
  readonly broadcast: boolean
  /** Addresses as text; undefined where the message has 0.0.0.0. */
  readonly ciaddr: string | undefined
  readonly yiaddr: string | undefined
  readonly siaddr: string | undefined
  readonly giaddr: string | undefined
  readonly chaddr: Buffer
  /** Bytes of the fields up to their first NUL; empty when they hold options instead. */
  readonly sname: Buffer
  readonly file: Buffer
  readonly options: Options
  /** The magic cookie is there; BOOTP may do without. */
  readonly cookie: boolean
  /** The datagram itself ends before `file` does. */
  readonly short: boolean
  /** Bytes are missing: the message is short, or the capture kept less of it. */
  readonly cut: boolean
}

/** Whether the bytes can be a message at all; `undefined` when they can, else why not. */
export function misfit(cur: Cursor): string | undefined {
  const { buf, pos } = cur
  if (cur.left < LEAST_BYTES) return `${cur.left} bytes are fewer than the ${LEAST_BYTES} that name the client.`
  const op = buf[pos]!
  if (op !== BOOTREQUEST && op !== BOOTREPLY) return `Operation ${op} is neither request nor reply.`
  if (buf[pos + 2]! > MAX_HARDWARE_ADDRESS) return `A hardware address of ${buf[pos + 2]} bytes does not fit.`
  return undefined
}

/** Reads a datagram that `misfit` found nothing against. Everything kept is copied. */
export function readMessage(cur: Cursor): DhcpMessage {
  const { buf, pos, end } = cur
  const cookie = end - pos >= FIXED_BYTES + 4 && buf.readUInt32BE(pos + FIXED_BYTES) === MAGIC_COOKIE
  const options = readOptions(
    buf,
    cookie ? pos + FIXED_BYTES + 4 : end,
    end,
    Math.min(end, pos + FILE_AT),
    Math.min(end, pos + FIXED_BYTES),
    Math.min(end, pos + SNAME_AT),
    cur.cut > 0,
  )
  const type = options.values.get(Option.MESSAGE_TYPE)
  return {
    reply: buf[pos] === BOOTREPLY,
    type: type !== undefined && type.length > 0 ? type[0]! : MessageType.BOOTP,
    hardwareType: buf[pos + 1]!,
    hops: buf[pos + 3]!,
    xid: buf.readUInt32BE(pos + 4),
    seconds: buf.readUInt16BE(pos + 8),
    broadcast: (buf[pos + 10]! & 0x80) !== 0,
    ciaddr: addressAt(buf, pos + 12),
    yiaddr: addressAt(buf, pos + 16),
    siaddr: addressAt(buf, pos + 20),
    giaddr: addressAt(buf, pos + 24),
    chaddr: Buffer.from(buf.subarray(pos + CHADDR_AT, pos + CHADDR_AT + buf[pos + 2]!)),
    sname: options.inSname ? NONE : untilNul(buf, pos + SNAME_AT, Math.min(end, pos + FILE_AT)),
    file: options.inFile ? NONE : untilNul(buf, pos + FILE_AT, Math.min(end, pos + FIXED_BYTES)),
    options,
    cookie,
    short: cur.cut === 0 && end - pos < FIXED_BYTES,
    cut: cur.cut > 0 || end - pos < FIXED_BYTES,
  }
}

const addressAt = (buf: Buffer, at: number): string | undefined => (buf.readUInt32BE(at) === 0 ? undefined : ipv4Text(buf, at))

function untilNul(buf: Buffer, from: number, to: number): Buffer {
  let at = from
  while (at < to && buf[at] !== 0) at++
  return at > from ? Buffer.from(buf.subarray(from, at)) : NONE
}
